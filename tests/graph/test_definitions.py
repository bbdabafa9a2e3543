"""Definitions read the same from a server and from the facts file, in every form that servers use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.graph.definitions import Definitions, from_facts, from_object_info, pack_of, parse_input
from comfyvn.graph.facts import dump_facts, to_facts
from comfyvn.graph.folders import mark_folders

DATA = Path(__file__).parent.parent / "data" / "comfyui"
FACTS = Path(__file__).parents[2] / "comfyvn" / "providers" / "nodes.json"


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    """A part of a real server's `/object_info`."""
    return json.loads((DATA / "object_info.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def shipped() -> Definitions:
    return from_facts(json.loads(FACTS.read_text(encoding="utf-8")))


def test_the_shipped_facts_are_what_a_server_says(answer: dict[str, Any], shipped: Definitions) -> None:
    live = mark_folders(from_object_info(answer))
    for name in live:
        assert live.classes[name].inputs == shipped.classes[name].inputs, name
        assert live.classes[name].outputs == shipped.classes[name].outputs, name
        assert live.classes[name].output_node is shipped.classes[name].output_node


def test_the_shipped_file_is_as_the_importer_writes_it(shipped: Definitions) -> None:
    assert dump_facts(to_facts(shipped)) == FACTS.read_text(encoding="utf-8")


def test_the_shipped_facts_hold_no_prose_and_no_file_of_a_machine() -> None:
    text = FACTS.read_text(encoding="utf-8")
    for word in ("tooltip", "description", "label_on", "sd_xl_base", "tiny_sd15", "example.png", "ref_face"):
        assert word not in text


def test_object_info_comes_back_as_it_was(answer: dict[str, Any]) -> None:
    definitions = from_object_info(answer)
    again = from_object_info(definitions.to_object_info())
    assert again.classes == definitions.classes
    wire = definitions.to_object_info()["KSampler"]
    for key in ("output", "output_name", "output_is_list", "output_node", "input_order", "name"):
        assert wire[key] == answer["KSampler"][key]
    assert wire["input"]["required"]["seed"] == answer["KSampler"]["input"]["required"]["seed"]


def test_both_forms_of_a_choice(answer: dict[str, Any]) -> None:
    definitions = from_object_info(answer)
    listed, newer = definitions.classes["LoadImage"].input("image"), definitions.classes["UpscaleModelLoader"].inputs[0]
    assert listed is not None
    assert (listed.type, listed.listed, newer.type, newer.listed) == ("COMBO", True, "COMBO", False)
    assert newer.options == ("RealESRGAN_x4plus.pth",)
    assert definitions.to_object_info()["UpscaleModelLoader"]["input"]["required"]["model_name"] == [
        "COMBO",
        {"multiselect": False, "options": ["RealESRGAN_x4plus.pth"]},
    ]


def test_odd_inputs_of_real_packs(answer: dict[str, Any]) -> None:
    classes = from_object_info(answer).classes
    audio, scale = classes["MergeAudioNode"].input("audio1"), classes["RIFE VFI"].input("scale_factor")
    source, fmt = classes["PreviewAny"].input("source"), classes["VHS_VideoCombine"].input("format")
    assert audio is not None and audio.types == {"AUDIO", "VHS_AUDIO"} and not audio.is_widget
    assert scale is not None and scale.options == (0.25, 0.5, 1.0, 2.0, 4.0)
    assert source is not None and source.is_widget
    assert fmt is not None and [entry.name for entry in fmt.format_inputs("image/webp")] == ["lossless"]
    assert fmt.format_inputs("no such format") == ()


@pytest.mark.parametrize(
    "node",
    [3, None, [], {"input": [1]}, {"input": {"required": ["a"]}}, {"output": 3}, {"output": {"a": 1}},
     {"input": {"required": {"a": ["INT"]}}, "input_order": [1]}, {"input": {"required": {"a": [3, 4]}}, "output": 1}],
)  # fmt: skip
def test_a_class_that_makes_no_sense_hides_no_other(answer: dict[str, Any], node: Any) -> None:
    assert set(from_object_info({**answer, "Odd": node}).classes) - {"Odd"} == set(answer)


@pytest.mark.parametrize("spec", [[], None, 3, "FLOAT", {}])
def test_an_input_that_makes_no_sense_is_left_out(spec: Any) -> None:
    info = {"A": {"input": {"required": {"x": spec, "y": ["INT"]}}, "output": ["IMAGE"]}}
    assert [entry.name for entry in from_object_info(info).classes["A"].inputs] == ["y"]


def test_folders_are_filled_in_for_a_machine(shipped: Definitions) -> None:
    there = shipped.with_options({"checkpoints": ["b.safetensors", "a.safetensors"], "sams": ["s.pth"]})
    wire = there.to_object_info()
    assert wire["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] == ["b.safetensors", "a.safetensors"]
    assert wire["SAMLoader"]["input"]["required"]["model_name"][0] == ["ESAM", "s.pth"]
    assert wire["VAELoader"]["input"]["required"]["vae_name"][0] == []
    ckpt = shipped.classes["CheckpointLoaderSimple"].input("ckpt_name")
    assert ckpt is not None and (ckpt.folder, ckpt.options) == ("checkpoints", None)


def test_packs_of_modules() -> None:
    modules = ["nodes", "comfy_extras.nodes_mask", "custom_nodes.ComfyUI-KJNodes"]
    assert [pack_of(module) for module in modules] == ["ComfyUI", "ComfyUI", "ComfyUI-KJNodes"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_any_config_is_read_and_written_alike(config: dict[str, Any], options: list[str]) -> None:
    entry = parse_input("x", [options, config], required=True)
    assert parse_input("x", entry.wire(), required=True) == entry
