"""The novel in one of its further languages: a line as it is shown and said there. Look-ups only."""

from __future__ import annotations

from dataclasses import replace

from comfyvn.contracts.project import Project, said
from comfyvn.contracts.scene import Line
from comfyvn.contracts.text import has_words, used_variables
from comfyvn.contracts.translation import LineTranslation, source_digest


def translation(project: Project, language: str, line: Line) -> LineTranslation | None:
    """What the contracts say of a line in a further language, stale or not; None where there is nothing to show."""
    scene = project.scene_translations.get(f"{language}/{line.scene}")
    found = scene.lines.get(line.id or "") if scene is not None else None
    return found if found is not None and found.text else None


def translated(project: Project, language: str, line: Line) -> Line | None:
    """The line with its text (and what a voice says) in a further language; None where it is not translated."""
    found = translation(project, language, line)
    return None if found is None else replace(line, text=found.text, spoken=found.spoken)


def string(project: Project, language: str, text: str) -> str | None:
    """A text that is no line (a name, a title) in a further language; None where it is not translated."""
    novel = project.novel_translations.get(language)
    return (novel.strings.get(text) or None) if novel is not None else None


def is_stale(line: Line, found: LineTranslation) -> bool:
    """Whether the line says something else by now than what was translated."""
    return bool(found.text) and found.source is not None and found.source != source_digest(line.text)


def dubbed_languages(project: Project) -> tuple[str, ...]:
    """The further languages whose translated lines are spoken: all of them, unless the novel names those that are."""
    _, *others = project.novel.languages
    asked = project.novel.dubbed
    return tuple(language for language in others if asked is None or language in asked)


def dubbed(project: Project, language: str, line: Line) -> Line | None:
    """The line as it is spoken in a further language; None where it has no voice of its own there.

    It is spoken where it is spoken in the first language and translated. A variable that it shows cannot be said, so
    such a translation needs `spoken`; a line that borrows a clip (`clip`) says what that clip says in this language.
    """
    if line.clip is not None or language not in dubbed_languages(project) or not project.is_voiced(line):
        return None
    own = translated(project, language, line)
    return own if own is not None and can_be_said(project, own) else None


def can_be_said(project: Project, line: Line) -> bool:
    """Whether there is something to say in a line, and no variable whose value a recording cannot know."""
    variables = project.novel.variables
    if line.spoken is None and used_variables(line.text, variables):
        return False
    return has_words(said(line, variables))
