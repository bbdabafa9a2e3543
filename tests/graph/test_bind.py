"""Binding: every workflow, with every combination of optional inputs, gives a graph that a server accepts."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.errors import WorkflowError
from comfyvn.graph import header
from comfyvn.graph.bind import Bound, bind, resolve
from comfyvn.graph.check import check, errors, validate
from comfyvn.graph.definitions import Definitions, from_facts
from comfyvn.graph.header import InputSpec
from comfyvn.graph.links import is_link
from comfyvn.graph.template import Workflow, parse

PACKAGE = Path(__file__).parents[2] / "comfyvn"
DEFINITIONS = from_facts(json.loads((PACKAGE / "providers" / "nodes.json").read_text(encoding="utf-8")))
FILES = sorted((PACKAGE / "workflows").glob("*.json"))
WORKFLOWS = {file.stem: parse(json.loads(file.read_text(encoding="utf-8")), file.name, DEFINITIONS) for file in FILES}
# Files that a node class lists by itself and loads by itself: names that are the same on every server.
KNOWN_FILES = {"depth_anything_v2_vits.pth", "content-vec-best.safetensors"}
SEEDS = {"character_seed": 11, "detail_seed": 12, "control_seed": 13}
SPRITE = {"prompt": "girl\ncoat\nstanding\nhappy\nanime", **SEEDS}


def example(workflow: Workflow, name: str, items: int = 1) -> Any:
    """A value that fits an input."""
    spec = workflow.expected_inputs[name]
    if spec.type == "list":
        return [{key: value(key, field, i) for key, field in spec.item.items()} for i in range(items)]
    return value(name, spec)


def value(name: str, spec: InputSpec, index: int = 0) -> Any:
    kinds = {
        "text": "a\nb\nc",
        "model": f"some_model{index}",
        "bool": True,
        "schedule": {"0": "a", 9: "b"},
        "int": 1 + index,
        "float": 0.5,
    }
    if spec.type in header.FILES:
        return f"{name}{index}"
    return kinds[spec.type] if spec.default is None else spec.default


def minimal(workflow: Workflow) -> dict[str, Any]:
    required = [name for name, spec in workflow.expected_inputs.items() if spec.required]
    return {name: example(workflow, name) for name in required} | dict.fromkeys(workflow.seed_keys, 7)


def mixes(workflow: Workflow) -> Iterator[dict[str, Any]]:
    """Values with every mix of optional inputs: none, each alone, … all; lists have two items."""
    least = minimal(workflow)
    for count in range(len(workflow.optional) + 1):
        for chosen in itertools.combinations(workflow.optional, count):
            yield least | {name: example(workflow, name, items=2) for name in chosen}


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_every_mix_of_optional_inputs_passes_the_check_for_every_family(workflow: Workflow) -> None:
    families = [(name, base) for name, variants in workflow.variants.items() for base in variants.bases]
    for values in mixes(workflow):
        sound(bind(workflow, values))
    for name, base in families:
        everything = {key: example(workflow, key, items=2) for key in workflow.optional}
        sound(bind(workflow, minimal(workflow) | everything | {name: "mine"}, {"mine": base}))


def sound(bound: Bound) -> None:
    """Our check has nothing to say, a server takes the graph as it is, and all that is said to be made is made."""
    assert check(bound.graph, DEFINITIONS) == [], bound.inputs
    prefixes = {name: f"comfyvn/{name}" for name in bound.outputs}
    files = dict.fromkeys(bound.inputs, "x.png")
    resolved = resolve(bound.graph, files, dict.fromkeys(bound.models, "m.safetensors"), prefixes)
    verdict = validate(resolved, DEFINITIONS)
    assert (verdict.error, verdict.node_errors) == (None, {})
    assert set(bound.outputs.values()) <= set(verdict.outputs)
    assert verdict.graph == resolved, "a server would convert a value"


def test_outputs_on_request_are_made_where_they_are_named_and_bring_nothing_else() -> None:
    usual, uncut = (bind(WORKFLOWS["sprite_pack"], SPRITE, wanted=wanted) for wanted in (None, ("uncut",)))
    assert (set(usual.outputs), set(uncut.outputs)) == ({"sprite"}, {"uncut"})
    classes = [{node["class_type"] for node in bound.graph.values()} for bound in (usual, uncut)]
    assert classes[0] - classes[1] == {"InspyrenetRembg"} and classes[1] <= classes[0]
    assert "ComfyUI-Inspyrenet-Rembg" in usual.packs and "ComfyUI-Inspyrenet-Rembg" not in uncut.packs
    sound(uncut)
    with pytest.raises(WorkflowError, match=r'no output "cut" \(it has: sprite, uncut\): name the node'):
        bind(WORKFLOWS["sprite_pack"], SPRITE, wanted=("cut",))


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_no_example_value_is_left_where_an_input_goes(workflow: Workflow) -> None:
    everything = {name: example(workflow, name, items=2) for name in workflow.expected_inputs}
    bound = bind(workflow, everything | dict.fromkeys(workflow.seed_keys, 7))
    chosen = {spec.default for spec in workflow.expected_inputs.values() if spec.type == "choice"}
    for node in bound.graph.values():
        left = {text for text in node["inputs"].values() if isinstance(text, str)} - chosen - KNOWN_FILES
        assert not [text for text in left if "example" in text or text.endswith((".safetensors", ".pth", ".ckpt"))]


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_the_order_of_values_does_not_matter(workflow: Workflow) -> None:
    values = {name: example(workflow, name, items=3) for name in workflow.expected_inputs} | dict.fromkeys(
        workflow.seed_keys, 7
    )
    backwards = dict(reversed(values.items()))
    one, other = bind(workflow, values), bind(workflow, backwards)
    assert one == other
    assert json.dumps(one.graph) == json.dumps(other.graph)


def test_binding_leaves_the_workflow_alone() -> None:
    workflow = WORKFLOWS["sprite_pack"]
    before = copy.deepcopy(workflow.graph)
    bind(workflow, SPRITE | {"loras": [{"model": "a"}, {"model": "b", "weight": 0.3}], "width": 640})
    assert workflow.graph == before


def test_a_plain_sprite_needs_neither_references_nor_pose() -> None:
    bound = bind(WORKFLOWS["sprite_pack"], SPRITE)
    classes = {node["class_type"] for node in bound.graph.values()}
    assert classes == {
        "CheckpointLoaderSimple",
        "CLIPTextEncode",
        "EmptyLatentImage",
        "KSampler",
        "VAEDecode",
        "UltralyticsDetectorProvider",
        "SAMLoader",
        "FaceDetailer",
        "InspyrenetRembg",
        "SaveImage",
    }
    assert "ComfyUI_IPAdapter_plus" not in bound.packs and "comfyui_controlnet_aux" not in bound.packs
    assert bound.models == ("face_yolov8m", "sam_vit_b", "sdxl_base")
    assert bound.seeds == SEEDS
    assert bound.outputs == {"sprite": "23"}


def test_a_pose_picture_brings_its_nodes() -> None:
    bound = bind(WORKFLOWS["sprite_pack"], SPRITE | {"pose_image": "pose.png", "pose_strength": 0.5})
    assert bound.graph["15"]["inputs"]["strength"] == 0.5
    assert bound.graph["17"]["inputs"]["positive"] == ["15", 0]
    assert bound.graph["12"]["inputs"]["image"] == {"$input": "pose_image"}
    assert bound.inputs == {"pose_image": "pose.png"}
    assert "openpose_sdxl" in bound.models


def chain(graph: Mapping[str, Any], node: str, name: str, class_type: str) -> list[dict[str, Any]]:
    """The nodes of a class that follow each other from a node's input upwards, first the one nearest to the model."""
    found: list[dict[str, Any]] = []
    link = graph[node]["inputs"][name]
    while is_link(link) and name in graph[link[0]]["inputs"]:
        if graph[link[0]]["class_type"] == class_type:
            found.insert(0, graph[link[0]])
        link = graph[link[0]]["inputs"][name]
    return found


WEIGHTS = st.lists(st.floats(-1, 5, allow_nan=False), max_size=6)


@settings(max_examples=40, deadline=None)
@given(loras=WEIGHTS, faces=WEIGHTS, styles=WEIGHTS)
def test_items_become_nodes_in_order(loras: list[float], faces: list[float], styles: list[float]) -> None:
    values: dict[str, Any] = {
        "loras": [{"model": f"lora{i}", "weight": weight} for i, weight in enumerate(loras)],
        "face_references": [{"image": f"face{i}", "weight": weight} for i, weight in enumerate(faces)],
        "style_references": [{"image": f"style{i}", "weight": weight} for i, weight in enumerate(styles)],
    }
    bound = bind(WORKFLOWS["sprite_pack"], SPRITE | values)
    assert check(bound.graph, DEFINITIONS) == []
    found = [node["inputs"] for node in chain(bound.graph, "17", "model", "LoraLoader")]
    assert [(node["lora_name"], node["strength_model"]) for node in found] == [
        ({"$model": f"lora{i}"}, weight) for i, weight in enumerate(loras)
    ]
    assert len(chain(bound.graph, "10", "clip", "LoraLoader")) == len(loras)
    adapters = [node["inputs"]["weight"] for node in chain(bound.graph, "17", "model", "IPAdapterAdvanced")]
    assert adapters == faces + styles
    assert list(bound.inputs) == sorted(
        [f"face_references/{i}" for i in range(len(faces))] + [f"style_references/{i}" for i in range(len(styles))]
    )
    assert bound.inputs == {name: name.split("_")[0] + name.split("/")[1] for name in bound.inputs}
    for node in bound.graph.values():
        assert all(value[0] in bound.graph for value in node["inputs"].values() if is_link(value))


def test_a_still_takes_a_plate_or_paints_one() -> None:
    workflow = WORKFLOWS["scene_still"]
    painted = bind(workflow, {"background_prompt": "pier\ndusk\nanime", "background_seed": 5})
    assert (painted.seeds, painted.inputs) == ({"background_seed": 5}, {})
    placed = bind(workflow, {"plate": "pier.png", "hero_prompt": "girl", "background_seed": 5, "hero_seed": 6})
    assert placed.seeds == {"hero_seed": 6}, "the seed of what is not painted is not in the recipe"
    assert placed.inputs == {"plate": "pier.png"}
    bare = bind(workflow, {"plate": "pier.png"})
    assert sorted(node["class_type"] for node in bare.graph.values()) == ["ImageScale", "LoadImage", "SaveImage"]
    assert (bare.packs, bare.models) == (("ComfyUI",), ())


def test_whole_numbers_are_floats_where_the_node_takes_floats() -> None:
    one = bind(WORKFLOWS["sprite_pack"], SPRITE | {"cfg": 6})
    assert json.dumps(one.graph) == json.dumps(bind(WORKFLOWS["sprite_pack"], SPRITE | {"cfg": 6.0}).graph)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"promt": "x"}, 'unknown input promt; did you mean "prompt"?'),
        ({"prompt": None}, "input prompt is required"),
        ({"prompt": 5}, "input prompt: given 5; allowed: text"),
        ({"steps": 0}, "input steps: given 0; allowed: int 1…200"),
        ({"steps": True}, "input steps: given True"),
        ({"steps": 2.5}, "input steps: given 2.5"),
        ({"cfg": float("nan")}, "input cfg: given nan"),
        ({"cfg": 101}, "allowed: float 0.0…100.0"),
        ({"scheduler": "karas"}, 'did you mean "karras"?'),
        ({"identity_preset": "PLUS FACE"}, 'did you mean "PLUS FACE (portraits)"?'),
        ({"loras": "x"}, "input loras: given 'x'; allowed: list"),
        ({"loras": ["x"]}, "input loras[0]: given 'x'"),
        ({"loras": [{}]}, "input loras[0].model is required"),
        ({"loras": [{"model": "a", "wight": 1}]}, 'unknown field wight; did you mean "weight"?'),
        ({"loras": [{"model": "a"}] * 101}, "at most 100"),
        ({"face_references": [{"image": "a", "weight": 9}]}, "input face_references[0].weight: given 9"),
        ({"character_seed": -1}, "input character_seed: given -1; allowed: seed 0…18446744073709551615"),
        ({"character_seed": 2**64}, "input character_seed: given 18446744073709551616"),
        ({"character_seed": None}, "seed character_seed is required"),
    ],
)
def test_values_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        bind(WORKFLOWS["sprite_pack"], SPRITE | changes)
    assert any(message in problem for problem in caught.value.problems)
    assert caught.value.where == "sprite_pack.json"


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(WorkflowError) as caught:
        bind(WORKFLOWS["sprite_pack"], {"steps": 0, "cfg": "x", "nope": 1})
    assert len(caught.value.problems) == 4


def test_a_plate_makes_the_prompt_unneeded_and_nothing_else_does() -> None:
    with pytest.raises(WorkflowError, match=r"background_prompt \(or plate\) is required"):
        bind(WORKFLOWS["scene_still"], {"hero_prompt": "girl", "hero_seed": 1})


def test_an_example_never_slips_into_a_render() -> None:
    document = json.loads((PACKAGE / "workflows" / "sprite_pack.json").read_text(encoding="utf-8"))
    document["optional"]["pose_image"] = {}
    workflow = parse(document, "mine.json", DEFINITIONS)
    with pytest.raises(WorkflowError, match=r"pose_image is absent, and the example value at 12\.image"):
        bind(workflow, SPRITE)


def test_a_token_without_a_name_is_refused() -> None:
    bound = bind(WORKFLOWS["background"], {"prompt": "pier", "background_seed": 1})
    with pytest.raises(WorkflowError, match="sdxl_base") as caught:
        resolve(bound.graph, {}, {"other": "x"}, {"background": "x"})
    assert caught.value.where == "node 1 input ckpt_name"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_example_graph_itself_runs(file: Path) -> None:
    graph = json.loads(file.read_text(encoding="utf-8"))["graph"]
    assert check(graph, DEFINITIONS) == []
    assert validate(graph, DEFINITIONS).error is None
    named = [node["inputs"]["ckpt_name"] for node in graph.values() if "ckpt_name" in node["inputs"]]
    assert errors(check(graph, DEFINITIONS.with_options({"checkpoints": named}))) == []


def test_definitions_are_enough_for_every_workflow() -> None:
    assert isinstance(DEFINITIONS, Definitions) and len(WORKFLOWS) == 9


def test_a_schedule_is_written_in_the_order_of_its_frames_with_its_quotes() -> None:
    seeds = {"animation_seed": 1, "detail_seed": 2, "rife_seed": 3}
    prompts = {"24": 'she says "é\\" {', 0: "two\nlines", 8: "x"}
    text = bind(WORKFLOWS["video_ad_evolved"], {"prompts": prompts, **seeds}).graph["18"]["inputs"]["text"]
    assert text.startswith('"0": "two\\nlines", "8": "x", "24": ')
    assert json.loads("{" + text + "}") == {"0": "two\nlines", "8": "x", "24": 'she says "é\\" {'}
    again = bind(WORKFLOWS["video_ad_evolved"], {"prompts": text, **seeds})
    assert again.graph["18"]["inputs"]["text"] == text
    for wrong in ("a pier", '"0": 5', {}, {"first": "x"}, {-1: "x"}, {True: "x"}, {"0": 5}):
        with pytest.raises(WorkflowError, match=r"prompts.*(allowed: schedule|is required)"):
            bind(WORKFLOWS["video_ad_evolved"], {"prompts": wrong, **seeds})
