"""The class of a change, from what a record says and what the contracts say now."""

from __future__ import annotations

from typing import Any

import pytest

from comfyvn.engine.staleness import cause_of, pins_of, with_pins

OLD: dict[str, Any] = {
    "kind": "render", "version": 1, "engine": "comfyui", "workflow": "w", "graph": {"1": {"steps": 20}},
    "seeds": {"s": 1}, "models": ["m"], "packs": ["A"], "inputs": {"base": "px1:1"},
    "pins": {"packs": {"A": None}, "models": {"m": None}},
}  # fmt: skip
PATCH = {"kind": "patch", "version": 1, "render": OLD, "box": [0, 0, 1, 1], "feather": 0.1}
FACTS = {"styles/ink: steps": 20, "characters/aya: prompt": "girl", "characters/aya outfits.coat: style.cfg": 6}
PINS = {"packs": {"A": "a" * 40}, "models": {"m": None}}
STEPS = {"graph": {"1": {"steps": 30}}}
STYLE = {"styles/ink: steps": 30}


@pytest.mark.parametrize(
    ("change", "facts", "cause"),
    [
        ({"pins": PINS}, {}, "pins"),
        (STEPS, STYLE, "style"),
        (STEPS, {"characters/aya outfits.coat: style.cfg": None}, "style"),
        ({**STEPS, "pins": PINS, "models": ["other"]}, STYLE, "style"),
        (STEPS, {}, "content"),  # the workflow's own graph moved
        (STEPS, {**STYLE, "characters/aya: prompt": "boy"}, "content"),
        (STEPS, {**STYLE, "characters/aya: pose.style": "x"}, "content"),
        ({**STEPS, "inputs": {"base": "px1:2"}}, STYLE, "content"),
        ({**STEPS, "seeds": {"s": 2}}, STYLE, "content"),
        ({"pins": PINS, "engine": "draft@1"}, {}, "content"),
        ({"pins": PINS, "version": 2}, {}, "content"),
        ({"inputs": {"base": "px1:2"}}, {}, "content"),
    ],
)
@pytest.mark.parametrize("patch", [False, True])
def test_the_largest_change_names_the_class(
    change: dict[str, Any], facts: dict[str, Any], cause: str, patch: bool
) -> None:
    new = {**OLD, **change}
    now = {name: value for name, value in {**FACTS, **facts}.items() if value is not None}
    old, new = (PATCH, {**PATCH, "render": new}) if patch else (OLD, new)
    assert cause_of(old, new, FACTS, now) == cause


def test_pins_are_put_where_they_belong() -> None:
    assert pins_of(with_pins(PATCH, PINS)) == pins_of(with_pins(OLD, PINS)) == PINS
    assert with_pins(with_pins(PATCH, PINS), pins_of(PATCH)) == PATCH
    speech = {"kind": "speak", "text": "Hi."}
    assert (with_pins(speech, PINS), pins_of(speech)) == (speech, {})
