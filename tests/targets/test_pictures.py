"""From contracts to the inputs of workflows: identity, poses, families, upscaling, heroes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from comfyvn import reading
from comfyvn.engine.opening import toolbox
from comfyvn.errors import WorkflowError
from comfyvn.recipe import Copy, FileInput, Patch, Render, TargetInput
from comfyvn.targets.plan import plan
from comfyvn.targets.target import Target
from tests.fakes.small_novel import files, write_small_novel

STYLE, AYA, PIER = "data/styles/plain.json", "data/characters/aya/character.json", "data/locations/pier.json"
ROOT = Path(__file__).parents[2]
BASE, HAPPY, STILL = "sprites:aya/casual/standing/base", "sprites:aya/casual/standing/happy", "scenes:evening/lantern"
BASE_FILE = "build/sprites/aya/casual/standing/base.png"
CALM, UNCUT = "sprites:aya/casual/standing/calm", "uncut:aya/casual/standing/base"
POSES = {"main": {"seeds": {"character_seed": 1, "detail_seed": 2, "control_seed": 3}, "poses": {"standing": {}}}}


def planned(
    root: Path, changes: dict[str, dict[str, Any]], more_files: dict[str, dict[str, Any]] | None = None
) -> dict[str, Target]:
    write_small_novel(root, {name: {**files()[name], **more} for name, more in changes.items()} | (more_files or {}))
    (root / "art").mkdir(exist_ok=True)
    for name in ("face", "manner", "pose", "skeleton", "wave"):
        shutil.copy(ROOT / "docs" / "images" / "sample.png", root / "art" / f"{name}.png")
    return plan(reading.read_project(root), toolbox(root))


def render(target: Target) -> Render:
    recipe = target.recipe.render if isinstance(target.recipe, Patch) else target.recipe
    assert isinstance(recipe, Render)
    return recipe


def classes(target: Target) -> set[str]:
    return {node["class_type"] for node in render(target).graph.values()}


FACE = {"face": [{"file": "art/face.png", "weight": 0.7}], "style": [{"file": "art/manner.png"}]}


def test_the_preset_chooses_the_adapter_of_bases_faces_and_stills(tmp_path: Path) -> None:
    for preset, mine, other in (
        (None, "IPAdapterUnifiedLoader", "IPAdapterUnifiedLoaderFaceID"),
        ("PLUS (high strength)", "IPAdapterUnifiedLoader", "IPAdapterUnifiedLoaderFaceID"),
        ("FACEID PORTRAIT (style transfer)", "IPAdapterUnifiedLoaderFaceID", None),
    ):
        identity = {**FACE, "style": [], **({"preset": preset} if preset else {})}
        targets = planned(tmp_path, {AYA: {"identity": identity}})
        for name in (BASE, HAPPY, STILL):
            found = [node for node in render(targets[name]).graph.values() if node["class_type"] == mine]
            assert [node["inputs"]["preset"] for node in found] == [preset or "PLUS FACE (portraits)"], name
            assert other not in classes(targets[name])
            assert FileInput("art/face.png") in render(targets[name]).inputs.values()


def test_a_style_reference_is_followed_by_bases_alone(tmp_path: Path) -> None:
    targets = planned(tmp_path, {AYA: {"identity": FACE}})
    manner = FileInput("art/manner.png")
    assert manner in render(targets[BASE]).inputs.values() and manner not in render(targets[HAPPY]).inputs.values()


def test_a_photographed_pose_is_read_and_a_drawn_skeleton_is_not(tmp_path: Path) -> None:
    pose = {"standing": {"image": "art/pose.png"}}
    read = planned(tmp_path, {AYA: {"pose_families": {"main": {**POSES["main"], "poses": pose}}}})[BASE]
    drawn_pose = {"standing": {"skeleton": "art/skeleton.png"}}
    drawn = planned(tmp_path, {AYA: {"pose_families": {"main": {**POSES["main"], "poses": drawn_pose}}}})[BASE]
    assert "DWPreprocessor" in classes(read) and "DWPreprocessor" not in classes(drawn)
    for target, file in ((read, "art/pose.png"), (drawn, "art/skeleton.png")):
        assert "ControlNetApplyAdvanced" in classes(target)
        assert list(render(target).inputs.values()) == [FileInput(file)]


def test_a_checkpoint_of_sd15_brings_its_sizes_and_controlnets(tmp_path: Path) -> None:
    style = {"checkpoint": "sd15_base", "size": {}}
    pose = {"standing": {"image": "art/pose.png"}}
    character = {"pose_families": {"main": {**POSES["main"], "poses": pose}}}
    targets = planned(tmp_path, {STYLE: style, AYA: character})
    base, place, variant = (render(targets[name]) for name in (BASE, "backgrounds:pier/base", "backgrounds:pier/night"))
    assert (base.graph["16"]["inputs"]["width"], base.graph["16"]["inputs"]["height"]) == (512, 768)
    assert "openpose_sd15" in base.models and "depth_sd15" in variant.models
    assert (place.graph["5"]["inputs"]["width"], place.graph["5"]["inputs"]["height"]) == (912, 512)


def test_an_upscaler_is_used_everywhere_but_on_faces(tmp_path: Path) -> None:
    cell = {"casual/standing/happy": {"file": "art/wave.png"}}
    targets = planned(tmp_path, {STYLE: {"upscale": "realesrgan_x4plus"}, AYA: {"cells": cell}})
    for name in (BASE, "backgrounds:pier/base", "backgrounds:pier/night", STILL):
        assert "ImageUpscaleWithModel" in classes(targets[name]), name
    assert "ImageUpscaleWithModel" not in classes(targets["sprites:aya/casual/standing/calm"])
    art = targets[HAPPY].recipe
    assert isinstance(art, Copy) and art.size == (832, 1216), "finished art stands on the upscaled canvas"
    none = planned(tmp_path, {STYLE: {"upscale": "realesrgan_x4plus"}, PIER: {"style": {"upscale": "none"}}})
    assert "ImageUpscaleWithModel" not in classes(none["backgrounds:pier/base"])


def test_a_sprite_is_cut_out_in_its_render_or_by_a_target_of_its_own(tmp_path: Path) -> None:
    usual = planned(tmp_path, {})
    assert planned(tmp_path, {STYLE: {"matte": "in_render"}}).keys() == usual.keys()
    cells = {"casual/standing/calm": {"mode": "full"}, "casual/standing/happy": {"file": "art/wave.png"}}
    apart = planned(tmp_path, {STYLE: {"matte": "own_target"}, AYA: {"cells": cells}})
    names = [name for name in apart if name.startswith(("uncut:", "sprites:"))]
    assert names == [UNCUT, UNCUT.replace("base", "calm"), BASE, CALM, HAPPY], "what it is cut out of comes first"
    for cell in ("base", "calm"):
        sprite, uncut = (render(apart[f"{kind}:aya/casual/standing/{cell}"]) for kind in ("sprites", "uncut"))
        picture = TargetInput(f"uncut:aya/casual/standing/{cell}", f"build/uncut/aya/casual/standing/{cell}.png")
        assert (sprite.workflow, dict(sprite.inputs)) == ("sprite_matte", {"picture": picture})
        assert (dict(sprite.seeds), uncut.output, uncut.workflow) == ({}, "uncut", "sprite_pack")
        assert "InspyrenetRembg" not in {node["class_type"] for node in uncut.graph.values()}
        assert set(uncut.seeds) == {"character_seed", "detail_seed", "control_seed"}


def test_one_character_s_sprites_may_be_cut_out_apart(tmp_path: Path) -> None:
    targets = planned(tmp_path, {AYA: {"style": {"matte": "own_target"}}})
    assert UNCUT in targets and render(targets[HAPPY]).inputs["base"] == TargetInput(BASE, BASE_FILE)


def test_a_workflow_of_one_s_own_that_gives_no_uncut_picture_is_told_of(tmp_path: Path) -> None:
    own = json.loads((ROOT / "workflows" / "sprite_pack.json").read_text("utf-8"))
    del own["outputs"]["uncut"]
    files = {"workflows/sprite_pack.json": own}
    with pytest.raises(WorkflowError, match='has no output "uncut"') as told:
        planned(tmp_path, {STYLE: {"matte": "own_target"}}, files)
    assert "characters/aya" in str(told.value.where)


def test_whatever_else_a_workflow_gives_stays_in_the_recipe(tmp_path: Path) -> None:
    own = json.loads((ROOT / "workflows" / "sprite_pack.json").read_text("utf-8"))
    own["graph"]["33"] = {"class_type": "SaveImage", "inputs": {"images": ["18", 0], "filename_prefix": "x"}}
    own["outputs"]["first"] = {"node": "33", "kind": "image"}
    targets = planned(tmp_path, {}, {"workflows/sprite_pack.json": own})
    assert "33" in render(targets[BASE]).graph and "32" not in render(targets[BASE]).graph


def test_why_a_sprite_moved_is_told_in_the_words_of_what_it_is_cut_out_of(tmp_path: Path) -> None:
    usual, apart = planned(tmp_path, {})[BASE], planned(tmp_path, {STYLE: {"matte": "own_target"}})
    assert dict(apart[BASE].facts) == dict(apart[UNCUT].facts) == {**usual.facts, "styles/plain: matte": "own_target"}


def test_a_hero_model_paints_the_hero_and_points_say_where_he_is(tmp_path: Path) -> None:
    plain, flux = planned(tmp_path, {})[STILL], planned(tmp_path, {STYLE: {"hero": "flux_schnell"}})[STILL]
    assert "UNETLoader" not in classes(plain) and "KSampler" in classes(plain)
    assert "flux_schnell" in render(flux).models and "FluxGuidance" in classes(flux)
    points = json.loads(render(flux).graph["45"]["inputs"]["value"])
    face = (0.28, 0.04, 0.44, 0.26)
    assert points[0] == {"x": round((face[0] + face[2] / 2) * 832), "y": round((face[1] + face[3] / 2) * 1216)}
    assert all(0 <= point["x"] < 832 and 0 <= point["y"] < 1216 for point in points) and len(points) == 3


def test_how_strictly_a_variant_keeps_its_shapes_is_the_author_s(tmp_path: Path) -> None:
    variants = {"night": {"prompt": "night", "seed": 5, "structure": 0.25}, "rain": {"prompt": "rain", "seed": 6}}
    targets = planned(tmp_path, {PIER: {"variants": variants}})
    strengths = [
        render(targets[f"backgrounds:pier/{name}"]).graph["16"]["inputs"]["strength"] for name in ("night", "rain")
    ]
    assert strengths == [0.25, 0.6]
    assert targets["backgrounds:pier/night"].facts["locations/pier: variants.night.structure"] == 0.25
