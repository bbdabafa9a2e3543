"""Checks translations: that they are of something, say what it says by now, and show what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn.contracts import place
from comfyvn.contracts.check_lines import control_characters, shown_texts
from comfyvn.contracts.findings import View, unknown, warning
from comfyvn.contracts.mistakes import nearest, shown
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Line, lines
from comfyvn.contracts.text import near_misses, pieces, used_variables
from comfyvn.contracts.translated import dubbed_languages, is_stale
from comfyvn.contracts.translation import LineTranslation, SceneTranslation
from comfyvn.errors import Problem

Lines = Mapping[str, Line]


def check_translations(view: View) -> Iterator[Problem]:
    """An unfinished translation is no error: what is missing is shown in the first language."""
    project = view.project
    if "novel" in view.unread:
        return
    for number, language in enumerate(project.novel.dubbed or ()):
        if language not in project.novel.languages[1:]:
            known = project.novel.languages[1:]
            yield unknown("novel", f"$.dubbed[{number}]", "language", language, known, "beside the novel's first")
    for language, novel in project.novel_translations.items():
        key = f"tl/{language}"
        yield from _language(view, key, language)
        for original, text in novel.strings.items():
            yield from control_characters(key, place.show(("strings", original)), text)
    for name, scene in project.scene_translations.items():
        language, _, scene_id = name.partition("/")
        if f"tl/{language}" not in project.novel_translations:
            yield from _language(view, f"tl/{name}", language)
        yield from _scene(view, f"tl/{name}", language, scene_id, scene)


def texts_in(project: Project, language: str) -> Iterator[tuple[str, str, str]]:
    """(contract key, JSON path, text) of everything that a player reads in this language where it is translated."""
    if language == project.novel.languages[0]:
        yield from shown_texts(project)
        return
    novel = project.novel_translations.get(language)
    for original, text in novel.strings.items() if novel else ():
        yield f"tl/{language}", place.show(("strings", original)), text
    for name, scene in project.scene_translations.items():
        if name.startswith(f"{language}/"):
            for line_id, line in scene.lines.items():
                yield f"tl/{name}", place.show(("lines", line_id, "text")), line.text


def _language(view: View, key: str, language: str) -> Iterator[Problem]:
    first, *others = view.project.novel.languages
    if language == first:
        message = f'the scenes themselves are written in "{language}": nothing reads a translation into it'
        yield warning(key, "$", message, ", ".join(others))
    elif language not in others:
        message = f'the novel is not played in "{language}", so nothing reads this'
        cure = f"languages: [{', '.join((first, *others, language))}] in comfyvn.yaml"
        yield warning(key, "$", message, cure, suggestion=nearest(language, others))


def _scene(view: View, key: str, language: str, scene_id: str, scene: SceneTranslation) -> Iterator[Problem]:
    if f"scenes/{scene_id}" in view.unread and scene_id not in view.project.scenes:
        return
    source = view.project.scenes.get(scene_id)
    if source is None:
        found = unknown(key, "$", "scene", scene_id, view.known("scenes"))
        yield warning(key, "$", found.message, found.allowed, suggestion=found.suggestion)
        return
    known = {line.id: line for line in lines(source) if line.id}
    yield from _stale(key, language, scene, known)
    for line_id, found_line in scene.lines.items():
        path = place.show(("lines", line_id))
        if line_id not in known:
            yield _strange(view, key, path, line_id, known, scene_id)
        else:
            yield from _line(view, key, path, language, known[line_id], found_line)


def _strange(view: View, key: str, path: str, line_id: str, known: Lines, scene_id: str) -> Problem:
    whole = not any(name.startswith("scenes/") for name in view.unread)
    homes = [line.scene for line in view.project.lines() if line.id == line_id] if whole else []
    if homes:
        message = f'the line "{line_id}" is in the scene {homes[0]} by now'
        return warning(key, path, message, f"the translation in {key.rpartition('/')[0]}/{homes[0]}")
    found = unknown(key, path, "line", line_id, known, f"in the scene {scene_id}")
    return warning(key, path, found.message, found.allowed, suggestion=found.suggestion)


def _stale(key: str, language: str, scene: SceneTranslation, known: Lines) -> Iterator[Problem]:
    old = [name for name, found in scene.lines.items() if name in known and is_stale(known[name], found)]
    if old:
        one = len(old) == 1
        message = (
            "the line says something else by now than what was translated"
            if one
            else f"{len(old)} lines say something else by now than what was translated; the first is this one"
        )
        cure = f"translate it anew, or keep it: `comfyvn translate accept {language} {old[0]}`"
        yield warning(key, place.show(("lines", old[0])), message, cure, shown(known[old[0]].text))


def _line(
    view: View, key: str, path: str, language: str, line: Line, found: LineTranslation
) -> Iterator[Problem]:
    variables = view.project.novel.variables
    yield from control_characters(key, f"{path}.text", found.text)
    for typed, meant in near_misses(found.text, variables):
        yield warning(key, f"{path}.text", f"{typed} is shown as typed", value=typed, suggestion=meant)
    if not found.text:
        return
    here, there = (set(used_variables(text, variables)) for text in (found.text, line.text))
    for name in sorted(there - here):
        message = f"the line shows [{name}], its translation does not"
        yield warning(key, f"{path}.text", message, value=shown(found.text))
    for name in sorted(here - there):
        message = f"the translation shows [{name}], the line does not"
        yield warning(key, f"{path}.text", message, value=shown(found.text))
    yield from _markup(key, path, line, found, variables)
    unread = any(name.startswith("voices/") for name in view.unread)
    if here and found.spoken is None and language in dubbed_languages(view.project) and not unread:
        own = view.project.clips.get((line.clip or line.id or "", language))
        if view.project.is_voiced(line) and line.clip is None and not (own and (own.file or own.text)):
            message = f"a voiced line shows the variable [{min(here)}], which a recording cannot say: it is not dubbed"
            yield warning(key, f"{path}.text", message, '"spoken": what the voice says instead', shown(found.text))


def _markup(
    key: str, path: str, line: Line, found: LineTranslation, variables: Mapping[str, object]
) -> Iterator[Problem]:
    """Emphasis and size may differ; a tag that decides when the text goes on was probably lost."""
    here, there = ({piece.name for piece in pieces(text, tuple(variables)) if piece.kind == "single"}
                   for text in (found.text, line.text))  # fmt: skip
    lost = sorted(there - here)
    if lost:
        tags = " ".join("{" + name + "}" for name in lost)
        yield warning(key, f"{path}.text", f"the line has {tags}, its translation has not", value=shown(found.text))
