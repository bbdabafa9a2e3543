"""Checks who is on screen: somebody who is nowhere to be seen cannot change their expression."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from comfyvn.contracts import scene as script
from comfyvn.contracts.findings import View, warning
from comfyvn.contracts.flow import FINISH, Point
from comfyvn.errors import Problem

OnScreen = frozenset[str]


def check_stage(view: View) -> Iterator[Problem]:
    """A warning at the first line of each scene and speaker that states a look although no way through the story has
    the speaker on screen there; none while a scene is unread, which might jump here with anybody.
    """
    if any(key.startswith("scenes/") for key in view.unread):
        return
    before = _before(view)
    for scene_id, scene in view.project.scenes.items():
        told: set[str] = set()
        for path, statement in script.walk(scene.script):
            who, part = _look(statement)
            here = before.get((scene_id, path))
            if not part or here is None or who in {*here, *told} or who not in view.project.characters:
                continue
            told.add(who)
            message = f"{who} speaks with {'an' if part != 'pose' else 'a'} {part} but is not on screen"
            hint = f'{{"show": "{who}"}} before this line, or a placement in the scene'
            yield warning(f"scenes/{scene_id}", f"{path}.{part}", message, hint)


def _look(statement: Any) -> tuple[str, str]:
    """Who speaks, and the key that says how they look; "" when nobody does or nothing is said about it."""
    who = statement.say if isinstance(statement, script.Say) else getattr(statement, "speaker", None)
    stated = [part for part in ("expression", "pose", "outfit") if getattr(statement, part, None) is not None]
    return (who, stated[0]) if who and stated else ("", "")


def _before(view: View) -> Mapping[Point, OnScreen]:
    """Everybody who may be on screen at each point of the story that some scene's beginning leads to."""
    scenes = view.project.scenes
    statements = {(name, path): it for name, scene in scenes.items() for path, it in script.walk(scene.script)}
    opening = {(name, "$"): frozenset(it.character for it in scene.placements) for name, scene in scenes.items()}
    before: dict[Point, OnScreen] = {point: frozenset() for point in opening}
    waiting = deque(opening)
    while waiting:
        point = waiting.popleft()
        after = opening[point] if point in opening else _after(view, statements.get(point), before[point])
        for following in view.graph.get(point, ()):
            known = before.get(following)
            if following != FINISH and (known is None or not after <= known):
                before[following] = after | (known or frozenset())
                waiting.append(following)
    return before


def _after(view: View, statement: object, there: OnScreen) -> OnScreen:
    match statement:
        case script.Show():
            return there | {statement.show}
        case script.Hide():
            return there - {statement.hide}
        case script.Background() | script.Movie():
            return frozenset()
        case script.Still():
            return frozenset(view.project.characters)  # who is in the picture is not said; nobody is blamed
    return there
