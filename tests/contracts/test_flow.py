"""The story as a graph: what is never reached, what leads nowhere, and circles without an end."""

from __future__ import annotations

from typing import Any

import pytest

from comfyvn.contracts.check_flow import check_flow
from comfyvn.contracts.findings import View
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene

SAY = {"narrate": "x", "id": "x1"}
END = {"end": "The end"}


def found(unread: frozenset[str] = frozenset(), **scripts: Any) -> list[tuple[str, str, str]]:
    """(scene and path, severity, message) for scenes by name; a pair is (script, next). The story starts at `a`."""
    scenes = {}
    for name, given in scripts.items():
        script, following = given if isinstance(given, tuple) else (given, None)
        value = {"id": name, "background": "pier", "script": script, "next": following}
        scenes[name] = Scene.model_validate(value)
    novel = Novel.model_validate({"id": "n", "title": "N", "start": "a", "style": "plain"})
    told = check_flow(View(Project(novel, scenes=scenes), unread))
    return [(f"{item.file.partition('/')[2]} {item.path}", item.severity, item.message) for item in told]


def test_a_story_that_ends() -> None:
    assert found(a=([SAY, {"jump": "b.later"}], "c"), b=[{"label": "later"}, END], c=[END]) == [
        ("c $", "warning", "nothing leads to this scene")
    ]


@pytest.mark.parametrize("script", [[], [SAY], [{"if": "x", "then": [END]}], [{"menu": [{"text": "x"}]}]])
def test_dead_ends(script: Any) -> None:
    path = f"a $.script[{len(script) - 1}]" if script else "a $.script"
    assert found(a=script) == [(path, "warning", "the script ends here and leads nowhere")]


def test_after_a_jump_only_a_label_is_reached() -> None:
    script = [{"jump": ".x"}, SAY, SAY, {"label": "x"}, END, SAY, {"label": "y"}]
    assert found(a=script) == [
        ("a $.script[1]", "warning", "this is never reached: the story has gone elsewhere"),
        ("a $.script[5]", "warning", "this is never reached: the story has gone elsewhere"),
    ]


def test_a_label_that_nothing_jumps_to() -> None:
    assert found(a=[END, {"label": "y"}, END]) == [("a $.script[1]", "warning", "nothing jumps to this label")]


def test_branches_that_both_leave() -> None:
    branch = {"if": "x", "then": [END, SAY], "else": [{"jump": ".y"}]}
    assert found(a=[branch, SAY, {"label": "y"}, END]) == [
        ("a $.script[0].then[1]", "warning", "this is never reached: the story has gone elsewhere"),
        ("a $.script[1]", "warning", "this is never reached: the story has gone elsewhere"),
    ]


def test_choices_go_on_unless_they_jump() -> None:
    menu = {"menu": [{"text": "x", "script": [SAY], "jump": "b"}, {"text": "y", "script": [SAY]}]}
    assert found(a=[menu, END], b=[END]) == []


CIRCLE = "no ending can be reached from here: the story goes round for ever"


def test_a_circle_of_scenes() -> None:
    assert found(a=([SAY], "b"), b=([SAY], "c"), c=[{"jump": "b"}]) == [
        ("b $.script", "error", f"{CIRCLE} (b → c → b)")
    ]


def test_a_circle_within_a_scene() -> None:
    script = [SAY, {"label": "x"}, SAY, {"jump": ".x"}]
    assert found(a=script) == [("a $.script[1]", "error", f"{CIRCLE} (within a)")]


def test_two_circles_are_two_errors() -> None:
    menu = {"menu": [{"text": "x", "jump": "b"}, {"text": "y", "jump": "c"}]}
    told = found(a=[menu], b=([], "b"), c=([], "c"))
    assert [item[:2] for item in told] == [("b $.script", "error"), ("c $.script", "error")]


def test_a_circle_with_a_way_out_is_fine() -> None:
    assert found(a=[{"label": "x"}, {"if": "trust", "then": [END]}, {"jump": ".x"}]) == []


def test_one_way_may_be_a_trap_though_another_ends() -> None:
    menu = {"menu": [{"text": "x", "jump": "b"}, {"text": "y", "script": [END]}]}
    assert [item[:2] for item in found(a=[menu], b=([SAY], "b"))] == [("b $.script", "error")]


def test_nothing_is_said_while_a_scene_is_unread() -> None:
    assert found(frozenset({"scenes/z"}), a=([SAY], "z"), b=[SAY]) == []


def test_ten_thousand_statements_are_no_matter() -> None:
    assert found(a=[*[SAY] * 10_000, END]) == []
