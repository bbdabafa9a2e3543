"""Inputs that come and go with the values of others, on definitions of a real ComfyUI 0.33."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.graph.check import check, errors, validate
from comfyvn.graph.definitions import Definitions, from_object_info, parse_input
from comfyvn.graph.dynamic import live

DATA = Path(__file__).parent.parent / "data" / "comfyui" / "object_info_dynamic.json"
ANSWER: dict[str, Any] = json.loads(DATA.read_text("utf-8"))


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return from_object_info(ANSWER, "0.33.0")


def names(definitions: Definitions, class_type: str, **inputs: Any) -> dict[str, bool]:
    """Input → whether it is required."""
    return {entry.name: entry.required for entry in live(definitions.classes[class_type], inputs).inputs}


def test_the_chosen_option_brings_its_inputs(definitions: Definitions) -> None:
    assert "resize_type.width" not in names(definitions, "ResizeImageMaskNode")
    got = names(definitions, "ResizeImageMaskNode", resize_type="scale width")
    assert got == {"input": True, "resize_type": True, "resize_type.width": True, "scale_method": True}
    entry = live(definitions.classes["ResizeImageMaskNode"], {"resize_type": "scale width"}).input("resize_type")
    assert entry is not None and entry.is_choice and "match size" in (entry.options or ())


def test_options_of_options_are_found(definitions: Definitions) -> None:
    chosen = {"format": "mp4", "format.codec": "h264", "format.codec.encoding": "re-encode"}
    got = names(definitions, "SaveVideo", **chosen)
    assert {"format.codec", "format.codec.encoding", "format.codec.encoding.crf"} <= set(got)
    assert not got["format.codec.encoding"] and got["format.codec.encoding.crf"]


def test_a_list_has_the_items_that_are_given_and_those_that_must_be(definitions: Definitions) -> None:
    assert names(definitions, "BatchImagesNode") == {"images.image0": True}
    given = {"images.image0": ["1", 0], "images.image2": ["1", 0], "images.image99": ["1", 0]}
    assert names(definitions, "BatchImagesNode", **given) == {"images.image0": True, "images.image2": False}
    named = names(definitions, "StringFormat", **{"values.b": "x"})
    assert named == {"values.b": False, "f_string": True}


def graph(resize: dict[str, Any], **more: Any) -> dict[str, Any]:
    nearest = {"scale_method": "nearest-exact", "input": ["3", 0]}
    empty = {"width": 8, "height": 8, "batch_size": 1, "color": 0}
    return {
        "1": {"class_type": "EmptyImage", "inputs": empty},
        "3": {"class_type": "BatchImagesNode", "inputs": {"images.image0": ["1", 0], "images.image1": ["1", 0]}},
        "4": {"class_type": "ResizeImageMaskNode", "inputs": {**nearest, **resize}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
        **more,
    }


def test_a_graph_of_such_nodes_is_sound(definitions: Definitions) -> None:
    sound = graph({"resize_type": "scale width", "resize_type.width": 16})
    assert check(sound, definitions) == []
    verdict = validate(sound, definitions)
    assert verdict.error is None and verdict.outputs == ("2",)


@pytest.mark.parametrize(
    ("resize", "node", "name", "code"),
    [
        ({"resize_type": "bigger"}, "4", "resize_type", "value_not_in_list"),
        ({}, "4", "resize_type", "required_input_missing"),
        ({"resize_type": "scale width"}, "4", "resize_type.width", "required_input_missing"),
        ({"resize_type": "scale width", "resize_type.width": -1}, "4", "resize_type.width", "value_smaller_than_min"),
        ({"resize_type": "scale width", "resize_type.width": "wide"}, "4", "resize_type.width", "invalid_input_type"),
        ({"resize_type": "match size", "resize_type.match": ["9", 0]}, "4", "resize_type.match", "dangling_link"),
    ],
)
def test_mistakes_are_found_where_they_are(
    definitions: Definitions, resize: dict[str, Any], node: str, name: str, code: str
) -> None:
    found = {(issue.node, issue.input, issue.code) for issue in errors(check(graph(resize), definitions))}
    assert (node, name, code) in found


def test_an_input_of_another_option_is_told(definitions: Definitions) -> None:
    wrong = graph({"resize_type": "scale width", "resize_type.width": 16, "resize_type.height": 16})
    (issue,) = check(wrong, definitions)
    assert (issue.code, issue.input, issue.severity) == ("unknown_input", "resize_type.height", "warning")
    assert issue.suggestion == "resize_type.width"


def test_a_missing_item_and_one_of_a_wrong_type_are_told(definitions: Definitions) -> None:
    wrong = graph({"resize_type": "scale width", "resize_type.width": 16})
    wrong["3"]["inputs"] = {"images.image1": ["5", 0]}
    wrong["5"] = {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 8, "height": 8}}
    found = {(issue.input, issue.code) for issue in errors(check(wrong, definitions))}
    assert found == {("images.image0", "required_input_missing"), ("images.image1", "return_type_mismatch")}


def test_literals_of_options_are_stored_as_the_server_stores_them(definitions: Definitions) -> None:
    verdict = validate(graph({"resize_type": "scale width", "resize_type.width": "16"}), definitions)
    assert verdict.graph["4"]["inputs"]["resize_type.width"] == 16


def test_a_matched_type_takes_and_gives_anything(definitions: Definitions) -> None:
    switch = {"switch": True, "on_true": ["1", 0], "on_false": ["3", 0]}
    chosen = graph({"resize_type": "scale width", "resize_type.width": 16})
    chosen["6"] = {"class_type": "ComfySwitchNode", "inputs": switch}
    chosen["4"]["inputs"]["input"] = ["6", 0]
    assert errors(check(chosen, definitions)) == []
    chosen["6"]["inputs"]["on_false"] = "a word"
    assert errors(check(chosen, definitions)) == []


def test_a_class_without_such_inputs_is_left_alone(definitions: Definitions) -> None:
    plain = definitions.classes["SaveImage"]
    assert live(plain, {"filename_prefix": "x"}) is plain


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
KEYS = ("options", "template", "inputs", "slotType", "key", "required", "optional", "names", "prefix", "min", "max")


@settings(max_examples=300)
@given(
    st.sampled_from(["COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3", "COMFY_DYNAMICSLOT_V3", "COMFY_MATCHTYPE_V3"]),
    st.dictionaries(st.sampled_from(KEYS), json_values | st.dictionaries(st.sampled_from(KEYS), json_values)),
    st.dictionaries(st.sampled_from(["x", "x.a", "x.a0"]), json_values),
)
def test_no_definition_makes_us_stumble(kind: str, config: dict[str, Any], given: dict[str, Any]) -> None:
    answer = {"C": {"input": {"required": {"x": [kind, config]}}, "output": []}}
    node = live(from_object_info(answer).classes["C"], given)
    assert all(entry.name.startswith("x") for entry in node.inputs)


def test_what_a_server_says_of_them_comes_back_whole(definitions: Definitions) -> None:
    entry = parse_input("format", ANSWER["SaveVideo"]["input"]["required"]["format"], required=True)
    assert entry.wire() == ANSWER["SaveVideo"]["input"]["required"]["format"]
    again = from_object_info(definitions.to_object_info(), "0.33.0")
    assert {name: again.classes[name].inputs for name in again} == {
        name: definitions.classes[name].inputs for name in definitions
    }
