"""Checks that everything a scene names is there: people, sprites, places, shots, labels, assets, variables."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

from comfyvn.contracts import scene as script
from comfyvn.contracts.check_cast import delivery
from comfyvn.contracts.condition import parse_condition, type_fault, type_of
from comfyvn.contracts.findings import View, sprite_parts, unknown, warning
from comfyvn.contracts.location import split_background
from comfyvn.contracts.mistakes import nearest, shown
from comfyvn.contracts.scene import Scene, split_goal
from comfyvn.contracts.words import BASE
from comfyvn.errors import Problem

DECLARE = "a name declared under `variables:` in comfyvn.yaml, or with `default` in a scene"

NOT_RUN = {  # exports that the novel asks for → what becomes of its `renpy` statements there
    frozenset({"web"}): "the web export leaves Ren'Py code out",
    frozenset({"bundle"}): "the bundle holds Ren'Py code as text, which nothing but Ren'Py runs",
    frozenset({"web", "bundle"}): "the web export leaves Ren'Py code out, and the bundle holds it as text",
}


def check_scenes(view: View) -> Iterator[Problem]:
    for scene_id, scene in view.project.scenes.items():
        yield from _check_scene(view, f"scenes/{scene_id}", scene)


def _check_scene(view: View, key: str, scene: Scene) -> Iterator[Problem]:
    if isinstance(scene.background, str):
        yield from _background(view, key, "$.background", scene.background)
    placed: set[str] = set()
    for number, placement in enumerate(scene.placements):
        path = f"$.placements[{number}]"
        yield from _person(view, key, path, "character", placement)
        if placement.character in placed:
            yield warning(key, path, f"{placement.character} is placed twice")
        placed.add(placement.character)
    yield from _asset(view, key, "$.music", scene.music, "music")
    yield from _asset(view, key, "$.ambience", scene.ambience, "ambience")
    yield from _shots(view, key, scene)
    yield from _labels(view, key, scene)
    yield from _variables(view, key, scene)
    if scene.next is not None:
        yield from _goal(view, key, "$.next", scene.next, scene)
    for path, statement in script.walk(scene.script):
        yield from _statement(view, key, path, statement, scene)


def _shots(view: View, key: str, scene: Scene) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, shot in enumerate(scene.shots):
        path = f"$.shots[{number}]"
        if shot.id in seen:
            yield Problem(key, f'a shot before this one is called "{shot.id}" too', path=f"{path}.id")
        seen.add(shot.id)
        if shot.background is not None:
            yield from _background(view, key, f"{path}.background", shot.background)
        if shot.hero is not None:
            yield from _person(view, key, f"{path}.hero", "character", shot.hero)


def _labels(view: View, key: str, scene: Scene) -> Iterator[Problem]:
    first = view.labels[scene.id]
    for path, statement in script.walk(scene.script):
        if isinstance(statement, script.Label) and first[statement.label] != path:
            message = f'the label "{statement.label}" stands at {first[statement.label]} too'
            yield Problem(key, message, path=f"{path}.label", value=f'"{statement.label}"')


def _statement(view: View, key: str, path: str, statement: Any, scene: Scene) -> Iterator[Problem]:
    match statement:
        case script.Say():
            yield from _person(view, key, path, "say", statement)
            yield from _spoken(view, key, path, statement, statement.say)
        case script.Narrate():
            yield from _spoken(view, key, path, statement, None)
        case script.Show():
            yield from _person(view, key, path, "show", statement)
        case script.Hide():
            yield from view.misses(key, f"{path}.hide", "characters", statement.hide)
        case script.Background():
            yield from _background(view, key, f"{path}.background", statement.background)
        case script.Still():
            shots = [shot.id for shot in scene.shots]
            if statement.still not in shots:
                yield unknown(key, f"{path}.still", "shot", statement.still, shots, "in this scene")
        case script.Menu():
            yield from _menu(view, key, path, statement, scene)
        case script.Jump():
            yield from _goal(view, key, f"{path}.jump", statement.jump, scene)
        case script.If():
            yield from _condition(view, key, f"{path}.if", statement.condition)
        case script.Music():
            yield from _asset(view, key, f"{path}.music", statement.music, "music")
        case script.Ambience():
            yield from _asset(view, key, f"{path}.ambience", statement.ambience, "ambience")
        case script.Sound():
            yield from _asset(view, key, f"{path}.sound", statement.sound, "sound")
        case script.Movie():
            yield from _asset(view, key, f"{path}.movie", statement.movie, "video")
        case script.Page() if scene.mode != "nvl":
            message = "there is no page to clear: this scene's lines stand in a box"
            yield warning(key, f"{path}.nvl", message, 'a scene with "mode": "nvl"')
        case script.Set() | script.Add() | script.Input():
            yield from _variable(view, key, path, statement)
        case script.Renpy():
            yield from _code(view, key, f"{path}.renpy", statement.renpy)


def _code(view: View, key: str, path: str, code: str) -> Iterator[Problem]:
    """Code is run by the game as it stands, so a person must have said that it is theirs."""
    if "novel" not in view.unread and not view.project.novel.trusted:
        message = "Ren'Py code goes into the game as it stands, and this novel does not say that it is trusted"
        allowed = "`trusted: true` in comfyvn.yaml, once you have read every `renpy` statement"
        yield Problem(key, message, path=path, value=shown(code), allowed=allowed)
    held = "novel" not in view.unread and NOT_RUN.get(frozenset({"web", "bundle"} & {*view.project.novel.exports}))
    if held:
        yield warning(key, path, held, "a story that goes on without it")
    lines = [line for line in code.split("\n") if line.strip()]
    if not lines:
        yield Problem(key, "there is no code", path=path, value=shown(code), allowed="statements of Ren'Py")
    elif "\t" in code:
        yield Problem(key, "the code holds a tab, which Ren'Py does not take", path=path, allowed="spaces")
    elif any(indent(line) < indent(lines[0]) for line in lines):
        message = "a line of the code is indented less than the first one"
        yield Problem(key, message, path=path, value=shown(code), allowed="lines indented as the first, or deeper")


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _person(view: View, key: str, path: str, name: str, shown_: Any) -> Iterator[Problem]:
    """Somebody in a picture: `name` is the key that says who."""
    character_id = getattr(shown_, name)
    yield from view.misses(key, f"{path}.{name}", "characters", character_id)
    character = view.project.characters.get(character_id)
    if character is not None:
        outfit, pose = getattr(shown_, "outfit", None), getattr(shown_, "pose", None)
        yield from sprite_parts(view, key, path, character, (outfit, pose, shown_.expression))


def _spoken(view: View, key: str, path: str, line: Any, speaker: str | None) -> Iterator[Problem]:
    yield from delivery(view, key, f"{path}.delivery", speaker, line.delivery)
    unread = any(name.startswith("voices/") for name in view.unread)
    if line.clip is not None and line.clip not in view.project.clip_ids and not unread:
        yield unknown(key, f"{path}.clip", "voice clip", line.clip, view.project.clip_ids)


def _menu(view: View, key: str, path: str, menu: script.Menu, scene: Scene) -> Iterator[Problem]:
    if menu.speaker is not None:
        yield from _person(view, key, path, "speaker", menu)
    elif menu.expression is not None:
        yield warning(key, f"{path}.expression", "nobody speaks this menu, so the expression changes nothing")
    yield from _spoken(view, key, path, menu, menu.speaker)
    for number, choice in enumerate(menu.menu):
        if choice.condition is not None:
            yield from _condition(view, key, f"{path}.menu[{number}].if", choice.condition)
        if choice.jump is not None:
            yield from _goal(view, key, f"{path}.menu[{number}].jump", choice.jump, scene)
    if all(choice.condition is not None for choice in menu.menu):
        yield warning(key, path, "every choice of this menu has a condition: there may be nothing to choose")


def _background(view: View, key: str, path: str, name: str) -> Iterator[Problem]:
    location_id, variant = split_background(name)
    yield from view.misses(key, path, "locations", location_id)
    location = view.project.locations.get(location_id)
    if location is not None and variant != BASE and variant not in location.variants:
        known = [f"{location_id}/{item}" for item in location.variants]
        found = unknown(key, path, "variant", variant, location.variants, f"of {location_id}")
        yield Problem(key, found.message, path=path, value=f'"{name}"', allowed=", ".join([location_id, *known]),
                      suggestion=nearest(name, known))  # fmt: skip


def _asset(view: View, key: str, path: str, name: str | None, kind: str) -> Iterator[Problem]:
    if name is None:
        return
    asset = view.project.assets.get(name)
    if asset.kind == kind if asset else view.knows("assets", name):
        return
    fitting = sorted(item.id for item in view.project.assets.values() if item.kind == kind)
    if asset is None:
        yield unknown(key, path, f"{kind} asset", name, fitting)
    else:
        message = f'the asset "{name}" is of the kind "{asset.kind}", not "{kind}"'
        yield Problem(key, message, path=path, value=f'"{name}"', allowed=", ".join(fitting))


def _variables(view: View, key: str, scene: Scene) -> Iterator[Problem]:
    """A variable may be declared in several places, as long as all say how it begins alike."""
    for name, value in scene.variables.items():
        path = f"$.variables.{name}"
        begins = view.project.novel.variables.get(name, value)
        if repr(begins) != repr(value):
            message = f'the variable "{name}" begins as {shown(begins)} elsewhere: in comfyvn.yaml or another scene'
            yield Problem(key, message, path=path, value=shown(value), allowed=shown(begins))
        if keyword.iskeyword(name) or name in ("true", "false"):
            yield Problem(key, f'a variable cannot be called "{name}": conditions use that word', path=path)


def _goal(view: View, key: str, path: str, goal: str, scene: Scene) -> Iterator[Problem]:
    target, label = split_goal(goal, scene.id)
    if not view.knows("scenes", target):
        yield unknown(key, path, "scene", target, view.known("scenes"))
        return
    if label is not None and target in view.project.scenes:
        known = view.labels[target]
        if label not in known:
            yield unknown(key, path, "label", label, known, f"in the scene {target}")


def _condition(view: View, key: str, path: str, text: str) -> Iterator[Problem]:
    try:
        condition = parse_condition(text)
    except ValueError as error:
        yield Problem(key, str(error), path=path, value=shown(text), allowed='such as trust > 2 and visitor == "Mira"')
        return
    if "novel" in view.unread:
        return
    variables = view.project.novel.variables
    missing = [name for name in condition.names if name not in variables]
    for name in missing:
        yield unknown(key, path, "variable", name, variables, new=DECLARE)
    fault = "" if missing else type_fault(condition, {name: type_of(value) for name, value in variables.items()})
    if fault:
        yield Problem(key, fault, path=path, value=shown(text))


def _variable(view: View, key: str, path: str, statement: script.Set | script.Add | script.Input) -> Iterator[Problem]:
    if "novel" in view.unread:
        return
    word = next(name for name in ("set", "add", "input") if hasattr(statement, name))
    name: str = getattr(statement, word)
    variables = view.project.novel.variables
    if name not in variables:
        yield unknown(key, f"{path}.{word}", "variable", name, variables, new=DECLARE)
        return
    declared = type_of(variables[name])
    if isinstance(statement, script.Set) and type_of(statement.value) != declared:
        message = f'the variable "{name}" holds {declared}, not {type_of(statement.value)}'
        yield Problem(key, message, path=f"{path}.value", value=shown(statement.value), allowed=declared)
    needed = {"add": "a number", "input": "text"}.get(word, declared)
    if declared != needed:
        message = f'"{word}" needs a variable that holds {needed}; "{name}" holds {declared}'
        yield Problem(key, message, path=f"{path}.{word}", value=f'"{name}"')
