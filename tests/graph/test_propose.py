"""Proposals are held against our own workflows: from the bare graph, the header must come out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from comfyvn.errors import WorkflowError
from comfyvn.graph.bind import bind, resolve
from comfyvn.graph.definitions import Definitions, from_object_info
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


def as_strangers(graph: Mapping[str, Any]) -> dict[str, Any]:
    """The same graph with ids that say nothing, as somebody else would have drawn it."""
    return {
        f"n{node}": {
            **entry,
            "inputs": {k: [f"n{v[0]}", v[1]] if isinstance(v, list) else v for k, v in entry["inputs"].items()},
        }
        for node, entry in graph.items()
    }


def guessed(name: str) -> Proposal:
    """What is proposed for a graph of ours that cannot be known again."""
    ours = shipped_workflows()[name]
    return propose(as_strangers(ours.graph), read_definitions(), names(), "mine", name, ours)


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
    found = parse(guessed(name).document, "mine.json", read_definitions())
    for key in SAME:
        if key in ours.expected_inputs and ours.expected_inputs[key].to:
            assert set(found.expected_inputs[key].to) & {f"n{place}" for place in ours.expected_inputs[key].to}, key


@pytest.mark.parametrize("name", PICTURES)
def test_seeds_keep_their_meaning(name: str) -> None:
    ours = shipped_workflows()[name]
    found = guessed(name).document["seed_keys"]
    for key, places in ours.seed_keys.items():
        assert set(found[key]) == {f"n{place}" for place in places}, key


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
    found = parse(guessed("sprite_pack").document, "mine.json", read_definitions())
    for name in ("face_references", "style_references"):
        for key in ("image", "weight"):
            assert found.expand[name].items[key] == tuple(f"n{place}" for place in ours.expand[name].items[key])
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


def test_in_a_family_that_is_given_no_such_input_words_stay_and_the_name_of_its_words_is_taken() -> None:
    assert imported("scene_still")[1].expected_inputs["background_prompt"].to == ("4.text",)
    proposal, workflow = imported("video_ad_evolved")
    assert (workflow.expected_inputs["prompt"].required, workflow.expected_inputs["prompt"].default) == (
        False,
        GRAPH["4"]["inputs"]["text"],
    )
    assert any("prompt keeps its words" in remark for remark in proposal.look)
    assert any("is always given has no place" in remark and "prompts" in remark for remark in proposal.look)


def classes(**more: Any) -> Definitions:
    """Our definitions, and these: class → (inputs by name, output types)."""
    answer = {
        name: {"input": {"required": inputs}, "output": outputs, "python_module": "nodes"}
        for name, (inputs, outputs) in more.items()
    }
    return Definitions({**read_definitions().classes, **from_object_info(answer).classes})


def told(graph: Mapping[str, Any], known: Definitions, family: str | None = None) -> tuple[Proposal, Workflow]:
    canonical = shipped_workflows()[family] if family else None
    proposal = propose(graph, known, names(), "mine", family or "custom", canonical)
    return proposal, parse(proposal.document, "mine.json", known)


def test_a_constant_that_the_editor_may_roll_is_no_seed_unless_it_is_used_as_one() -> None:
    roll = ["INT", {"default": 0, "control_after_generate": True}]
    known = classes(Number=({"value": roll}, ["INT"]))
    graph = {
        **GRAPH,
        "20": {"class_type": "Number", "inputs": {"value": 30}},
        "21": {"class_type": "Number", "inputs": {"value": 12}},
        "11": {**GRAPH["11"], "inputs": {**GRAPH["11"]["inputs"], "steps": ["20", 0], "seed": ["21", 0]}},
    }
    _, workflow = told(graph, known)
    assert workflow.seed_keys == {"seed": ("21.value",)}
    assert workflow.expected_inputs["steps"].to == ("20.value",)


def test_further_texts_of_an_encoder_are_inputs_of_their_own_and_a_sound_has_its_length() -> None:
    long = ["STRING", {"multiline": True}]
    known = classes(
        Song=({"clip": ["CLIP"], "tags": long, "lyrics": long}, ["CONDITIONING"]),
        Silence=({"seconds": ["FLOAT", {"default": 9.0}]}, ["LATENT"]),
    )
    graph = {
        **GRAPH,
        "4": {"class_type": "Song", "inputs": {"clip": ["3", 1], "tags": "folk", "lyrics": "la la"}},
        "20": {"class_type": "Silence", "inputs": {"seconds": 30}},
        "11": {**GRAPH["11"], "inputs": {**GRAPH["11"]["inputs"], "latent_image": ["20", 0]}},
    }
    _, workflow = told(graph, known)
    assert workflow.expected_inputs["prompt"].to == ("4.tags",)
    assert (workflow.expected_inputs["lyrics"].to, workflow.expected_inputs["lyrics"].default) == (
        ("4.lyrics",),
        "la la",
    )
    assert workflow.expected_inputs["seconds"].default == 30.0


def test_a_node_that_does_all_by_itself_is_asked_for_its_prompt_and_a_comparison_is_no_picture() -> None:
    long = ["STRING", {"multiline": True}]
    known = classes(
        Painter=({"prompt": long, "negative_prompt": long, "seed": ["INT", {}]}, ["IMAGE"]),
        ImageCompare=({"image_a": ["IMAGE"]}, []),
    )
    compare = replace(known.classes["ImageCompare"], output_node=True)
    known = Definitions({**known.classes, "ImageCompare": compare})
    graph = {
        "1": {"class_type": "Painter", "inputs": {"prompt": "a pier", "negative_prompt": "people", "seed": 4}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
        "3": {"class_type": "ImageCompare", "inputs": {"image_a": ["1", 0]}},
    }
    _, workflow = told(graph, known)
    assert set(workflow.outputs) == {"image"} and "3" not in workflow.graph
    assert workflow.expected_inputs["prompt"].to == ("1.prompt",)
    assert workflow.expected_inputs["negative"].default == "people"
    assert workflow.seed_keys == {"seed": ("1.seed",)}


def test_distilled_guidance_is_found_in_the_conditioning() -> None:
    guided = {"class_type": "FluxGuidance", "inputs": {"conditioning": ["4", 0], "guidance": 3.5}}
    graph = {**GRAPH, "20": guided}
    graph = {
        node: {**entry, "inputs": {k: ["20", 0] if v == ["4", 0] else v for k, v in entry["inputs"].items()}}
        if node != "20"
        else entry
        for node, entry in graph.items()
    }
    assert told(graph, read_definitions())[1].expected_inputs["guidance"].to == ("20.guidance",)


def test_a_picture_that_is_repainted_is_the_family_s_base_and_its_own_mask_is_told() -> None:
    graph: dict[str, Any] = {node: GRAPH[node] for node in ("1", "2", "3", "4", "5", "11", "12", "13")}
    graph["20"] = {"class_type": "LoadImage", "inputs": {"image": "p.png"}}
    graph["21"] = {
        "class_type": "VAEEncodeForInpaint",
        "inputs": {"pixels": ["20", 0], "vae": ["1", 2], "mask": ["20", 1], "grow_mask_by": 6},
    }
    both = {"positive": ["4", 0], "negative": ["5", 0], "latent_image": ["21", 0]}
    graph["11"] = {**graph["11"], "inputs": {**graph["11"]["inputs"], **both}}
    proposal, workflow = told(graph, read_definitions(), "sprite_expression")
    assert (workflow.expected_inputs["base"].to, workflow.expected_inputs["base"].required) == (("20.image",), True)
    assert any(remark.endswith("does not follow it: mask") for remark in proposal.look)
    assert any("mask from the transparency" in remark for remark in proposal.look)
    other, _ = told(graph, read_definitions(), "background")
    assert any("whoever uses background gives no such file" in remark for remark in other.look)


# --- graphs that were made from ours


def least(workflow: Workflow, lists: int = 0) -> dict[str, Any]:
    """Values with which a workflow is bound: what it must have, and so many items of every list and every file."""
    models = {"loras": "sdxl_base", "controlnet": "depth"}
    values: dict[str, Any] = {key: 100 + index for index, key in enumerate(workflow.seed_keys)}
    for name, spec in workflow.expected_inputs.items():
        if spec.type in ("image", "mask", "audio", "video") and (spec.required or lists):
            values[name] = f"{name}.png"
        elif spec.type == "schedule":
            values[name] = {0: "a pier"}
        elif spec.required:
            values[name] = f"{name} of somebody"
        elif spec.type == "list" and lists:
            item = {"image": "x.png", "model": models.get(workflow.models.get(name, ""), "one")}
            values[name] = [{key: item[key] for key in spec.item if key in item}] * lists
    return values


@pytest.mark.parametrize("lists", [0, 1, 2])
@pytest.mark.parametrize("name", sorted(shipped_workflows()))
def test_a_built_graph_has_the_inputs_of_the_workflow_it_was_built_from(name: str, lists: int) -> None:
    ours = shipped_workflows()[name]
    bound = bind(ours, least(ours, lists))
    graph = resolve(
        bound.graph,
        dict.fromkeys(bound.inputs, "x.png"),
        {model: f"{model}.safetensors" for model in bound.models},
        dict.fromkeys(bound.outputs, "x"),
    )
    proposal = propose(graph, read_definitions(), names(), "mine", name, ours)
    found = parse(proposal.document, "mine.json", read_definitions())
    for key, spec in ours.expected_inputs.items():
        places = [place for place in spec.to if is_plain(graph, place)]
        assert sorted(found.expected_inputs[key].to) == sorted(places), key
        if key in ours.expand and lists == 1 and set(ours.expand[key].nodes) <= set(graph):
            assert found.expand[key] == ours.expand[key]
    for key, places_of in ours.seed_keys.items():
        assert set(found.seed_keys[key]) == {place for place in places_of if is_plain(graph, place)}
    again = {key: value for key, value in least(ours, lists).items() if key not in ours.expand}
    assert set(bind(found, again).outputs) == set(bound.outputs)


def test_what_is_made_on_request_stays_so_in_a_copy_and_is_asked_of_nobody_else() -> None:
    ours = shipped_workflows()["sprite_pack"]
    graph = {node: dict(entry) for node, entry in ours.graph.items()}
    copy = parse(
        propose(graph, read_definitions(), names(), "mine", "sprite_pack", ours, origin=ours).document,
        "",
        read_definitions(),
    )
    assert copy.outputs == ours.outputs
    other, workflow = told(GRAPH, read_definitions(), "sprite_pack")
    assert set(workflow.outputs) == {"sprite"} and not any("uncut" in remark for remark in other.look)
    twice = {**GRAPH, "90": {"class_type": "SaveImage", "inputs": {"images": ["12", 0], "filename_prefix": "x"}}}
    assert "uncut" not in told(twice, read_definitions(), "sprite_pack")[1].outputs


def is_plain(graph: Mapping[str, Any], place: str) -> bool:
    node, _, name = place.partition(".")
    return node in graph and not isinstance(graph[node]["inputs"].get(name, []), list)


def test_a_copy_that_was_rewired_falls_back_to_what_the_graph_says() -> None:
    """What our header says of the upscaling that this copy leaves out is not said of it."""
    ours = shipped_workflows()["background"]
    graph = {node: dict(entry) for node, entry in ours.graph.items()}
    output = ours.outputs["background"].node
    decoded = next(node for node, entry in graph.items() if entry["class_type"] == "VAEDecode")
    graph[output] = {**graph[output], "inputs": {**graph[output]["inputs"], "images": [decoded, 0]}}
    found = parse(
        propose(graph, read_definitions(), names(), "mine", "background", ours).document, "", read_definitions()
    )
    assert found.expected_inputs["prompt"].to == ours.expected_inputs["prompt"].to
    assert found.expected_inputs["output_width"].to == ()


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
