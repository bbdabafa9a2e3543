"""Proposals are held against our own workflows: from the bare graph, the header must come out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from comfyvn.errors import WorkflowError
from comfyvn.graph.bind import bind
from comfyvn.graph.propose import Proposal, propose
from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.template import Workflow, parse
from comfyvn.graph.written import written
from comfyvn.reading import read_definitions
from comfyvn.reading.toolbox import shipped_workflows

PICTURES = ("background", "background_variant", "sprite_expression", "sprite_pack")
SAME = ("prompt", "negative", "checkpoint", "steps", "cfg", "sampler_name", "scheduler", "width", "height")


def names() -> ModelNames:
    return ModelNames([("sdxl_base", "checkpoints", "sd_xl_base_1.0.safetensors")])


def proposed(workflow: Workflow, family: str | None = None) -> Proposal:
    canonical = shipped_workflows()[family] if family else None
    return propose(workflow.graph, read_definitions(), names(), "mine", family or "custom", canonical)


@pytest.mark.parametrize("name", sorted(shipped_workflows()))
def test_every_graph_of_ours_gets_a_header_that_is_sound(name: str) -> None:
    proposal = proposed(shipped_workflows()[name], name)
    found = parse(proposal.document, "mine.json", read_definitions())
    assert set(found.outputs) >= set(shipped_workflows()[name].outputs)
    assert set(found.expected_inputs) >= set(shipped_workflows()[name].expected_inputs)
    assert set(found.seed_keys) == set(shipped_workflows()[name].seed_keys)


@pytest.mark.parametrize("name", PICTURES)
def test_what_every_picture_takes_is_found_where_our_own_header_has_it(name: str) -> None:
    ours = shipped_workflows()[name]
    found = parse(proposed(ours, name).document, "mine.json", read_definitions())
    for key in SAME:
        if key in ours.expected_inputs and ours.expected_inputs[key].to:
            assert set(found.expected_inputs[key].to) & set(ours.expected_inputs[key].to), key


@pytest.mark.parametrize("name", PICTURES)
def test_seeds_keep_their_meaning(name: str) -> None:
    ours = shipped_workflows()[name]
    found = proposed(ours, name).document["seed_keys"]
    for key, places in ours.seed_keys.items():
        assert set(found[key]) == set(places), key


GRAPH: Mapping[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "SDXL\\sd_xl_base_1.0.safetensors"}},
    "2": {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["1", 0],
            "clip": ["1", 1],
            "lora_name": "a.safetensors",
            "strength_model": 0.5,
            "strength_clip": 1.0,
        },
    },
    "3": {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["2", 0],
            "clip": ["2", 1],
            "lora_name": "b.safetensors",
            "strength_model": 1.0,
            "strength_clip": 1.0,
        },
    },
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "a {red|blue} boat", "clip": ["3", 1]}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "people", "clip": ["3", 1]}},
    "6": {"class_type": "PrimitiveInt", "inputs": {"value": 640}},
    "7": {"class_type": "EmptyLatentImage", "inputs": {"width": ["6", 0], "height": ["6", 0], "batch_size": 4}},
    "8": {"class_type": "LoadImage", "inputs": {"image": "pose.png"}},
    "9": {"class_type": "ControlNetLoader", "inputs": {"control_net_name": "depth.safetensors"}},
    "10": {
        "class_type": "ControlNetApplyAdvanced",
        "inputs": {
            "positive": ["4", 0],
            "negative": ["5", 0],
            "control_net": ["9", 0],
            "image": ["8", 0],
            "strength": 0.7,
            "start_percent": 0.0,
            "end_percent": 1.0,
        },
    },
    "11": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["3", 0],
            "positive": ["10", 0],
            "negative": ["10", 1],
            "latent_image": ["7", 0],
            "seed": 5,
            "steps": 9,
            "cfg": 4.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
        },
    },
    "12": {"class_type": "VAEDecode", "inputs": {"samples": ["11", 0], "vae": ["1", 2]}},
    "13": {"class_type": "SaveImage", "inputs": {"images": ["12", 0], "filename_prefix": "boat"}},
    "14": {"class_type": "PreviewImage", "inputs": {"images": ["12", 0]}},
}


def imported(family: str | None = None) -> tuple[Proposal, Workflow]:
    canonical = shipped_workflows()[family] if family else None
    proposal = propose(GRAPH, read_definitions(), names(), "mine", family or "custom", canonical)
    return proposal, parse(proposal.document, "mine.json", read_definitions())


def test_prompts_are_told_apart_behind_a_node_that_has_both() -> None:
    _, workflow = imported()
    assert workflow.expected_inputs["prompt"].to == ("4.text",)
    assert workflow.expected_inputs["negative"].to == ("5.text",)


def test_a_chain_of_loras_becomes_a_list_that_may_be_empty() -> None:
    proposal, workflow = imported()
    assert set(workflow.graph) == {"1", "2", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}
    values = {"prompt": "x", "seed": 1}
    assert all(entry["class_type"] != "LoraLoader" for entry in bind(workflow, values).graph.values())
    two = bind(workflow, {**values, "loras": [{"model": "l1"}, {"model": "l2", "weight": 0.3}]}).graph
    assert two["11"]["inputs"]["model"] == ["2001", 0]
    assert two["2001"]["inputs"] == {
        "model": ["2", 0],
        "clip": ["2", 1],
        "lora_name": {"$model": "l2"},
        "strength_model": 0.3,
        "strength_clip": 0.3,
    }
    assert any("a (0.5), b (1)" in remark for remark in proposal.look)


def test_a_control_picture_may_be_absent_with_the_nodes_that_use_it() -> None:
    _, workflow = imported()
    bound = bind(workflow, {"prompt": "x", "seed": 1}).graph
    assert "10" not in bound and "8" not in bound
    assert bound["11"]["inputs"]["positive"] == ["4", 0]
    assert "10" in bind(workflow, {"prompt": "x", "seed": 1, "control_image": "p.png"}).graph


def test_pictures_that_a_model_is_shown_become_lists() -> None:
    ours = shipped_workflows()["sprite_pack"]
    found = parse(proposed(ours, "sprite_pack").document, "mine.json", read_definitions())
    for name in ("face_references", "style_references"):
        assert found.expand[name].items["image"] == ours.expand[name].items["image"]
        assert found.expand[name].items["weight"] == ours.expand[name].items["weight"]
        values = {
            "prompt": "x",
            "character_seed": 1,
            "detail_seed": 2,
            name: [{"image": "a"}, {"image": "b", "weight": 0.2}],
        }
        classes = [entry["class_type"] for entry in bind(found, values).graph.values()]
        assert classes.count("IPAdapterAdvanced") == 2
    none = bind(found, {"prompt": "x", "character_seed": 1, "detail_seed": 2})
    assert not [entry for entry in none.graph.values() if "IPAdapter" in entry["class_type"]]


def test_known_models_have_their_names_and_new_ones_are_listed() -> None:
    proposal, workflow = imported()
    assert workflow.expected_inputs["checkpoint"].default == "sdxl_base"
    assert workflow.expected_inputs["controlnet"].default == "depth"
    assert dict(proposal.models)["depth"] == {"file": "depth.safetensors", "folder": "controlnet"}


def test_what_an_author_should_look_at_is_said() -> None:
    proposal, _ = imported()
    told = "\n".join(proposal.look)
    assert "14" in told  # the preview feeds nothing
    assert "only the first picture of a batch" in told
    assert "4.text has alternatives" in told


def test_in_a_family_the_names_are_the_family_s_and_what_is_missing_is_declared() -> None:
    proposal, workflow = imported("background")
    assert "background" in workflow.outputs
    assert workflow.seed_keys == {"background_seed": ("11.seed",)}
    assert workflow.expected_inputs["output_width"].to == ()
    assert any("output_width" in remark for remark in proposal.look)
    values = {"prompt": "x", "background_seed": 1, "output_width": 1920, "output_height": 1080, "loras": []}
    assert bind(workflow, values).outputs == {"background": "13"}


def test_ids_that_no_address_can_name_are_numbered() -> None:
    ids = {name: f"a.{name}" for name in GRAPH}
    graph = {
        ids[name]: {
            **entry,
            "inputs": {k: [ids[v[0]], v[1]] if isinstance(v, list) else v for k, v in entry["inputs"].items()},
        }
        for name, entry in GRAPH.items()
    }
    proposal = propose(graph, read_definitions(), names(), "mine", "custom")
    assert parse(proposal.document, "mine.json", read_definitions()).expected_inputs["prompt"].to == ("4.text",)


def test_a_graph_that_saves_nothing_is_refused() -> None:
    with pytest.raises(WorkflowError, match="saves no picture"):
        propose({"1": GRAPH["1"]}, read_definitions(), names(), "mine", "custom")


def test_a_proposal_is_written_with_a_line_for_each_part() -> None:
    proposal, _ = imported()
    text = written(proposal.document)
    assert text == written(proposal.document)
    assert '\n    "prompt": {"type": "text"' in text
    assert '\n    "13": {"class_type": "SaveImage"' in text
