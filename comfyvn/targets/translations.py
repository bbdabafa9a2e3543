"""What there is to translate into a language, and how far it is: missing, stale, or done.

Pure: a release asks `unfinished`, `comfyvn translate` shows and exports `entries`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from comfyvn.contracts.check_lines import text_path
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Line, lines
from comfyvn.contracts.text import has_words, plain, used_variables
from comfyvn.contracts.translated import dubbed_languages, is_stale
from comfyvn.contracts.translation import LineTranslation
from comfyvn.contracts.work_list import Entry
from comfyvn.targets.renpy import interface
from comfyvn.targets.renpy_tl import interface_text, uses
from comfyvn.targets.renpy_tl_words import interface_words
from comfyvn.targets.voices import heard_at

USES = {"one line": "title of the novel", "literal": "name or description", "title": "title of a scene",
        "shown": "name of an ending", "answer": "answer when nothing is typed"}  # fmt: skip
INTERFACE = "interface"


def entries(project: Project, language: str) -> Iterator[Entry]:
    """Everything that is shown to a player in `language`: the novel's own texts, then scene by scene in reading order.

    What has no words ("…") needs no translation and is left out.
    """
    yield from _strings(project, language)
    for scene in sorted(project.scenes):
        for line in lines(project.scenes[scene]):
            if line.id and has_words(plain(line.text, project.novel.variables)):
                yield _line(project, language, line)


def unfinished(project: Project) -> Iterator[Entry]:
    """What is missing or stale in any further language of the novel, language by language."""
    for language in project.novel.languages[1:]:
        yield from (entry for entry in entries(project, language) if entry.state != "done")


def _line(project: Project, language: str, line: Line) -> Entry:
    scene = project.scene_translations.get(f"{language}/{line.scene}")
    found = (scene.lines.get(line.id or "") if scene else None) or LineTranslation(text="")
    return Entry(
        language=language,
        scene=line.scene,
        id=line.id or "",
        kind=line.kind,
        speaker=_speaker(project, line),
        context=f"scenes/{line.scene} {text_path(line)}" + (f", said {line.delivery}" if line.delivery else ""),
        source=line.text,
        text=found.text,
        spoken_source=line.spoken or "",
        spoken=found.spoken or "",
        note=found.note,
        state=_state(project, language, line, found),
    )


def _state(
    project: Project, language: str, line: Line, found: LineTranslation
) -> Literal["missing", "stale", "unmarked", "unspoken", "done"]:
    if not found.text:
        return "missing"
    if is_stale(line, found):
        return "stale"
    if found.source is None:
        return "unmarked"
    variables = project.novel.variables
    needs_words = found.spoken is None and used_variables(found.text, variables)
    if needs_words and language in dubbed_languages(project) and project.is_voiced(line) and line.clip is None:
        return "done" if any(spoken == language for _, spoken, _ in heard_at(project, line)) else "unspoken"
    return "done"


def _speaker(project: Project, line: Line) -> str:
    if line.kind in ("choice", "input"):
        return ""
    return project.characters[line.speaker].name if line.speaker else "narrator"


def _strings(project: Project, language: str) -> Iterator[Entry]:
    novel = project.novel_translations.get(language)
    known = novel.strings if novel else {}
    words = interface_words(language)
    told: set[str] = set()
    for use, text in uses(project):
        if text not in told and has_words(text):
            told.add(text)
            yield _string(language, USES[use], text, known.get(text, ""), bool(known.get(text)))
    if "renpy" in project.novel.exports:
        for text in interface(project):
            if text not in told and has_words(text) and len(text) > 1:  # keys and pages are called A, Q, <
                told.add(text)
                found = known.get(text) or words.get(text, "")
                yield _string(language, INTERFACE, text, found, bool(interface_text(text, found)))


def _string(language: str, context: str, source: str, text: str, is_done: bool) -> Entry:
    return Entry(language, "", "", "string", "", context, source, text, "", "", "", "done" if is_done else "missing")
