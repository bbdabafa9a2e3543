"""Canonical JSON and fingerprints: the golden values below hold for ever; a change of rules needs a new prefix."""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.recipe import (
    Copy,
    Export,
    FileInput,
    Manifest,
    Pack,
    Patch,
    Render,
    Speak,
    TargetInput,
    canonical,
    document,
    fingerprint,
    targets_of,
    without_engine,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, 2.0, 2.5, -0.0]}, '{"a":[1,2,2.5,0],"b":1}'),
        ({"seed": 18446744073709551615}, '{"seed":18446744073709551615}'),
        ({"text": 'cafe\u0301 "x" \\ \n \x01 \u20ac'}, '{"text":"caf\u00e9 \\"x\\" \\\\ \\n \\u0001 \u20ac"}'),
        ({"gone": None, "kept": False, "empty": {}}, '{"empty":{},"kept":false}'),
        ({"z": 1e300, "tiny": 5e-324, "third": 1 / 3}, None),
        ([None, True], "[null,true]"),
    ],
)
def test_canonical_json_is_what_the_rules_say(value: Any, text: str | None) -> None:
    found = canonical(value).decode()
    if text is None:
        assert json.loads(found) == value
    else:
        assert found == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, {1, 2}, b"x", {"a": object()}])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def test_golden_fingerprints() -> None:
    render = Render(
        engine="draft@1",
        workflow="background",
        graph={"1": {"class_type": "KSampler", "inputs": {"seed": 7, "cfg": 6.0, "prompt": "a caf\u00e9"}}},
        output="background",
        output_node="1",
        seeds={"background_seed": 7},
        packs=("ComfyUI (core)",),
        inputs={"plate": TargetInput("backgrounds:cafe/base", "build/backgrounds/cafe/base.png")},
    )
    assert fingerprint(document(render, {"plate": "px1:00"})) == (
        "fp1:f1c3e2cfc9b1af239e15d9915bdf90e8d03912cfe0d8826df42515892dfc3680"
    )
    speak = Speak(engine="espeak@1.52.0", text="Hello.", language="en", voice={"variant": "f3"}, engines=("espeak",))
    assert fingerprint(document(speak, {})) == "fp1:66f0cfabb6dab90d5515806d7ff6e3c5edd0e515f944f82d760cfc6f22e89a8d"


@given(json_values)
def test_reading_and_writing_back_changes_nothing(value: Any) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(st.text(alphabet="abcdef", min_size=1), json_values))
def test_the_order_of_members_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_file_names_stay_out_and_contents_go_in() -> None:
    one = Pack(engine="comfyvn", name="aya", inputs={"happy": FileInput("a.png")})
    other = Pack(engine="comfyvn", name="aya", inputs={"happy": FileInput("somewhere/else.png")})
    assert document(one, {"happy": "px1:1"}) == document(other, {"happy": "px1:1"})
    assert fingerprint(document(one, {"happy": "px1:1"})) != fingerprint(document(one, {"happy": "px1:2"}))


def test_the_engine_is_in_the_fingerprint_and_can_be_taken_out() -> None:
    def patch(engine: str) -> Patch:
        render = Render(engine=engine, workflow="w", graph={}, output="face", output_node="1")
        return Patch(render=render, box=(0.1, 0.2, 0.3, 0.4), feather=0.1)

    draft, final = document(patch("draft@1"), {}), document(patch("comfyui"), {})
    assert fingerprint(draft) != fingerprint(final)
    assert fingerprint(without_engine(draft)) == fingerprint(without_engine(final))


def test_empty_members_of_a_recipe_are_left_out_but_not_those_of_its_graph() -> None:
    graph = {"1": {"inputs": {"text": "", "list": []}}}
    render = Render(engine="e", workflow="w", graph=graph, output="o", output_node="1")
    found = document(render, {})
    assert set(found) == {"kind", "version", "engine", "workflow", "graph", "output", "output_node"}
    assert found["graph"] == graph


def test_every_default_of_a_recipe_is_empty_or_fixed_for_ever() -> None:
    """A member that is added later must not change the fingerprints of those who do not use it."""
    fixed = {
        ("Pack", "max_size"): 4096,
        ("Pack", "padding"): 2,
        ("Pack", "anchor"): (0.5, 1.0),
        ("Speak", "seed"): 0,
        ("Speak", "loudness"): -16.0,
        ("Speak", "peak"): -1.0,
        ("Copy", "fit"): "cover",
    }
    for kind in (Render, Patch, Pack, Speak, Copy, Manifest, Export):
        for item in fields(kind):
            if item.default is not MISSING:
                assert item.default in (None, "", ()) or fixed[kind.__name__, item.name] == item.default
            elif item.default_factory is not MISSING:
                assert item.default_factory() == {}


def test_needs_are_named_in_order() -> None:
    inputs = {"b": TargetInput("t:2"), "a": FileInput("x.png"), "c": TargetInput("t:1")}
    assert list(targets_of(Copy(engine="comfyvn", inputs=inputs))) == ["t:2", "t:1"]
