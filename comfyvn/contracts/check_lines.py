"""Checks what is said: line ids, markup that looks like a slip, variables in voiced text, characters no font shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from comfyvn.contracts import scene as script
from comfyvn.contracts.findings import View, warning
from comfyvn.contracts.mistakes import shown
from comfyvn.contracts.project import Project, declared
from comfyvn.contracts.scene import Line, Scene, lines
from comfyvn.contracts.text import near_misses, used_variables
from comfyvn.errors import Problem

FILL_IDS = "run `comfyvn ids --fill`"
MOST_LETTERS = 1000  # in one line: what a screen of 1920 × 1080 shows at the usual text size
TEXT_KEYS = {"say": "text", "narrate": "narrate", "menu": "prompt", "choice": "text", "input": "prompt"}


def check_lines(view: View) -> Iterator[Problem]:
    for scene in view.project.scenes.values():
        yield from _missing_ids(scene)
        yield from _too_long(scene)
        for line in lines(scene):
            yield from _text(view, line)
            yield from _spoken(view, line)
    yield from _duplicates(view.project)
    for key, path, text in shown_texts(view.project):
        yield from control_characters(key, path, text)


def text_path(line: Line) -> str:
    """The JSON path of a line's text."""
    return f"{line.path}.{TEXT_KEYS[line.kind]}"


def _missing_ids(scene: Scene) -> Iterator[Problem]:
    missing = [line for line in lines(scene) if line.id is None]
    if missing:
        count = len(missing)
        message = "a line has no id" if count == 1 else f"{count} lines have no id; the first is this one"
        yield Problem(
            f"scenes/{scene.id}", message, path=missing[0].path, value=shown(missing[0].text), allowed=FILL_IDS
        )


def _too_long(scene: Scene) -> Iterator[Problem]:
    for line in lines(scene):
        if len(line.text) > MOST_LETTERS:
            message = f"{len(line.text)} characters fill more than the screen: players have to scroll"
            yield warning(f"scenes/{line.scene}", text_path(line), message, "several lines, each with an id of its own")


def _duplicates(project: Project) -> Iterator[Problem]:
    places: dict[str, list[Line]] = defaultdict(list)
    for line in project.lines():
        if line.id is not None:
            places[line.id].append(line)
    for line_id, found in places.items():
        for line in found if len(found) > 1 else ():
            others = ", ".join(f"{other.scene} {other.path}" for other in found if other is not line)
            message = f'the line id "{line_id}" is used again: {others}'
            yield Problem(f"scenes/{line.scene}", message, path=f"{line.path}.id", value=f'"{line_id}"',
                          allowed="an id that no other line has (remove one, then `comfyvn ids --fill`)")  # fmt: skip


def _text(view: View, line: Line) -> Iterator[Problem]:
    """Marks that are shown as typed although something else was probably meant."""
    for typed, meant in near_misses(line.text, () if "novel" in view.unread else view.project.novel.variables):
        yield warning(
            f"scenes/{line.scene}", text_path(line), f"{typed} is shown as typed", value=typed, suggestion=meant
        )


def _spoken(view: View, line: Line) -> Iterator[Problem]:
    """A recording cannot say what a variable will hold."""
    used = used_variables(line.text, view.project.novel.variables)
    if not used or "novel" in view.unread or line.spoken is not None or line.clip is not None:
        return
    said = any(clip.text is not None or clip.file for (name, _), clip in view.project.clips.items() if name == line.id)
    if view.project.is_voiced(line) and not said:
        message = f"a voiced line shows the variable [{used[0]}], which a recording cannot say"
        yield Problem(f"scenes/{line.scene}", message, path=text_path(line), value=shown(line.text),
                      allowed='"spoken": what the voice says instead, or "voiced": false')  # fmt: skip


def shown_texts(project: Project) -> Iterator[tuple[str, str, str]]:
    """(contract key, JSON path, text) of everything that a player reads in the novel's first language."""
    for name in ("title", "author", "description"):
        yield "novel", f"$.{name}", getattr(project.novel, name)
    scenes = declared(project.scenes.values())
    for name, value in project.novel.variables.items():
        if isinstance(value, str) and name not in scenes:
            yield "novel", f"$.variables.{name}", value
    for character_id, character in project.characters.items():
        yield f"characters/{character_id}", "$.name", character.name
    for scene_id, scene in project.scenes.items():
        yield f"scenes/{scene_id}", "$.title", scene.title
        for number, shot in enumerate(scene.shots):
            yield f"scenes/{scene_id}", f"$.shots[{number}].title", shot.title
        for name, value in scene.variables.items():
            if isinstance(value, str):
                yield f"scenes/{scene_id}", f"$.variables.{name}", value
        for line in lines(scene):
            yield f"scenes/{scene_id}", text_path(line), line.text
        for path, statement in script.walk(scene.script):
            if isinstance(statement, script.End):
                yield f"scenes/{scene_id}", f"{path}.end", statement.end
            elif isinstance(statement, script.Input):
                yield f"scenes/{scene_id}", f"{path}.default", statement.default
    for asset_id, asset in project.assets.items():
        for number, caption in enumerate(asset.captions):
            yield f"assets/{asset_id}", f"$.captions[{number}].text", caption.text


def control_characters(key: str, path: str, text: str) -> Iterator[Problem]:
    found = sorted(
        {letter for letter in text if (ord(letter) < 32 and letter not in "\n\t") or 127 <= ord(letter) < 160}
    )
    if found:
        listed = ", ".join(f"U+{ord(letter):04X}" for letter in found)
        yield Problem(key, f"the text holds control characters, which cannot be shown: {listed}", path=path)
