"""One workflow for several families of models: the family decides defaults, and models do not mix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comfyvn.errors import WorkflowError
from comfyvn.graph.bind import Bound, bind
from comfyvn.graph.definitions import from_facts
from comfyvn.graph.template import parse

PACKAGE = Path(__file__).parents[2] / "comfyvn"
DEFINITIONS = from_facts(json.loads((PACKAGE / "providers" / "nodes.json").read_text("utf-8")))
BASES = {"old": "sd15", "new": "sdxl", "turbo": "sdxl_turbo", "other": "sd3", "old_lora": "sd15", "new_lora": "sdxl"}
SPRITE = {"prompt": "x", "character_seed": 1, "detail_seed": 2}


def document(name: str) -> dict[str, Any]:
    return json.loads((PACKAGE / "workflows" / f"{name}.json").read_text("utf-8"))  # type: ignore[no-any-return]


def bound(values: Mapping[str, Any], name: str = "sprite_pack", bases: Mapping[str, str] = BASES) -> Bound:
    return bind(parse(document(name), name, DEFINITIONS), SPRITE | dict(values), bases)


def test_the_family_decides_what_nobody_says() -> None:
    pose = {"pose_image": "pose.png"}
    old, new = bound({"checkpoint": "old", **pose}).graph, bound({"checkpoint": "new", **pose}).graph
    assert (old["16"]["inputs"]["width"], old["16"]["inputs"]["height"]) == (512, 768)
    assert (new["16"]["inputs"]["width"], new["16"]["inputs"]["height"]) == (832, 1216)
    assert old["14"]["inputs"]["control_net_name"] == {"$model": "openpose_sd15"}
    assert [graph["13"]["inputs"]["scale_stick_for_xinsr_cn"] for graph in (old, new)] == ["disable", "enable"]


def test_what_is_said_wins_over_the_family() -> None:
    graph = bound({"checkpoint": "old", "width": 640, "detail_size": 512}).graph
    assert (graph["16"]["inputs"]["width"], graph["16"]["inputs"]["height"]) == (640, 768)
    assert graph["21"]["inputs"]["max_size"] == 512.0


def test_an_unknown_family_changes_nothing_and_mixes_with_everything() -> None:
    plain = bound({"checkpoint": "new"}).graph
    mine = bound({"checkpoint": "mine", "loras": [{"model": "old_lora"}]}).graph
    assert mine["16"] == plain["16"]


def test_a_kind_of_a_family_goes_with_it() -> None:
    assert bound({"checkpoint": "turbo", "loras": [{"model": "new_lora"}]}).models.count("turbo") == 1


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"checkpoint": "new", "loras": [{"model": "new_lora"}, {"model": "old_lora"}]},
         'input loras[1].model: "old_lora" is made for sd15, and checkpoint "new" is sdxl'),
        ({"checkpoint": "old", "controlnet": "openpose_sdxl"}, 'input controlnet: "openpose_sdxl" is made for sdxl'),
        ({"checkpoint": "other"}, 'input checkpoint: "other" is of the family sd3; allowed: models of sd15, sdxl'),
    ],
)  # fmt: skip
def test_families_do_not_mix(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        bound(values, bases={**BASES, "openpose_sdxl": "sdxl"})
    (told,) = caught.value.problems
    assert problem in told


def test_a_film_wants_sd15() -> None:
    film = {"prompts": {0: "x"}, "animation_seed": 1, "detail_seed": 2, "rife_seed": 3}
    workflow = parse(document("video_ad_evolved"), "film", DEFINITIONS)
    assert bind(workflow, film, {"sd15_base": "sd15"}).outputs == {"film": "42"}
    with pytest.raises(WorkflowError, match="of the family sdxl; allowed: models of sd15"):
        bind(workflow, film | {"checkpoint": "new"}, BASES)


@pytest.mark.parametrize(
    ("variants", "problem"),
    [
        ({"prompt": {"bases": {"sdxl": {}}}}, "$.variants.prompt: no input with a model"),
        ({"checkpoint": {"fits": ["prompt"], "bases": {"sdxl": {}}}}, "fits: no input with a model is called prompt"),
        ({"checkpoint": {"bases": {}}}, "$.variants.checkpoint.bases"),
        ({"checkpoint": {"bases": {"sd15": {"nothing": 1}}}}, "bases.sd15: nothing is no expected input"),
        ({"checkpoint": {"bases": {"sd15": {"width": 1}}}}, "bases.sd15.width: input width: given 1"),
        ({"checkpoint": {"base": {}}}, 'unknown key; did you mean "bases"?'),
    ],
)
def test_a_wrong_variant_is_told_with_its_path(variants: object, problem: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        parse({**document("sprite_pack"), "variants": variants}, "mine.json", DEFINITIONS)
    assert any(problem in each for each in caught.value.problems), caught.value.problems


# --- items that are joined


def film(frames: list[int]) -> Bound:
    values = {"prompts": {0: "x"}, "animation_seed": 1, "detail_seed": 2, "rife_seed": 3}
    items = [{"image": f"{i}.png", "hold": hold} for i, hold in enumerate(frames)]
    return bind(parse(document("video_ad_evolved"), "film", DEFINITIONS), {**values, "pose_frames": items})


def test_one_frame_needs_no_joining() -> None:
    graph = film([5]).graph
    assert not [node for node in graph.values() if node["class_type"] == "ImageBatch"]
    assert graph["27"]["inputs"]["image"] == ["25", 0] and graph["25"]["inputs"]["amount"] == 5


def test_frames_are_joined_in_order() -> None:
    graph = film([1, 2, 3]).graph
    joined = [node for node in graph.values() if node["class_type"] == "ImageBatch"]
    assert [(node["inputs"]["image1"], node["inputs"]["image2"]) for node in joined] == [
        (["25", 0], ["25001", 0]),
        (["26001", 0], ["25002", 0]),
    ]
    assert graph["27"]["inputs"]["image"] == ["26002", 0]


def test_a_wrong_first_is_told_with_its_path() -> None:
    wrong = document("video_ad_evolved")
    wrong["expand"]["pose_frames"]["first"] = {"28": {"0": "28.width"}, "26": {"0": "26.image3"}}
    with pytest.raises(WorkflowError) as caught:
        parse(wrong, "mine.json", DEFINITIONS)
    assert "$.expand.pose_frames.first: 28 is not in `nodes`" in caught.value.problems
    assert any(each.startswith("$.expand.pose_frames.first.26.0: 26.image3") for each in caught.value.problems)
