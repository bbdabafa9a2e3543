"""Somebody who speaks with a look is on screen, or could be: only what is certain is told."""

from __future__ import annotations

from typing import Any

import pytest

from comfyvn.contracts.character import Character
from comfyvn.contracts.check_stage import check_stage
from comfyvn.contracts.findings import View
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from tests.fakes.small_novel import files

UNSEEN = "aya speaks with an expression but is not on screen"
HAPPY = {"say": "aya", "text": "x", "expression": "happy"}
SHOW, HIDE, GONE, STILL = {"show": "aya"}, {"hide": "aya"}, {"background": "pier"}, {"still": "view"}
PLACED = [{"character": "aya"}]


def found(unread: frozenset[str] = frozenset(), **scenes: Any) -> list[tuple[str, str]]:
    """(scene and path, message) for scripts by scene; a pair is (script, other members)."""
    parsed = {}
    for name, given in scenes.items():
        script, others = given if isinstance(given, tuple) else (given, {})
        parsed[name] = Scene.model_validate({"id": name, "background": "pier", "script": script, **others})
    novel = Novel.model_validate({"id": "n", "title": "N", "start": "a", "style": "plain"})
    aya = Character.model_validate(files()["data/characters/aya/character.json"])
    told = list(check_stage(View(Project(novel, scenes=parsed, characters={"aya": aya}), unread)))
    assert {problem.severity for problem in told} <= {"warning"}
    return [(f"{problem.file.partition('/')[2]} {problem.path}", problem.message) for problem in told]


@pytest.mark.parametrize(
    "script",
    [
        [HAPPY],
        [SHOW, HIDE, HAPPY],
        [SHOW, GONE, HAPPY],
        [STILL, GONE, HAPPY],
        [HAPPY, SHOW, HAPPY],
        [{"if": "x", "then": [SHOW, HIDE]}, HAPPY],
        [{"menu": [{"text": "x", "script": [HIDE]}, {"text": "y"}]}, HAPPY],
    ],
)
def test_nobody_is_there(script: list[Any]) -> None:
    index = script.index(HAPPY)
    assert found(a=script) == [(f"a $.script[{index}].expression", UNSEEN)]


@pytest.mark.parametrize(
    "script",
    [
        [SHOW, HAPPY],
        [{"say": "aya", "text": "x"}],
        [STILL, HAPPY],
        [{"if": "x", "then": [SHOW]}, HAPPY],
        [{"menu": [{"text": "x", "script": [SHOW]}, {"text": "y"}]}, HAPPY],
        [{"label": "again"}, {"if": "x", "then": [HAPPY]}, SHOW, {"jump": ".again"}],
        [{"end": "E"}, HAPPY],
        [{"say": "bo", "text": "x", "expression": "happy"}],
    ],
)
def test_somebody_may_be_there(script: list[Any]) -> None:
    assert found(a=script) == []


def test_placements_and_jumps_from_other_scenes_count() -> None:
    assert found(a=([HAPPY], {"placements": PLACED})) == []
    later = [{"end": "E"}, {"label": "later"}, HAPPY]
    assert found(a=[SHOW, {"jump": "b.later"}], b=later) == []
    assert found(a=[{"jump": "b.later"}], b=later) == [("b $.script[2].expression", UNSEEN)]
    assert found(a=([HIDE, {"jump": "b.later"}], {"placements": PLACED}), b=later)


def test_a_new_scene_clears_the_stage() -> None:
    assert found(a=([SHOW], {"next": "b"}), b=[HAPPY])


def test_menus_speak_too_and_the_first_of_a_scene_is_told() -> None:
    menu = {"menu": [{"text": "x"}], "speaker": "aya", "prompt": "?", "expression": "happy"}
    assert [path for path, _ in found(a=[menu, HAPPY, HAPPY])] == ["a $.script[0].expression"]
    posed = {"say": "aya", "text": "x", "pose": "standing"}
    assert found(a=[posed]) == [("a $.script[0].pose", "aya speaks with a pose but is not on screen")]


def test_nothing_is_told_while_a_scene_is_unread() -> None:
    assert found(frozenset({"scenes/b"}), a=[HAPPY]) == []
