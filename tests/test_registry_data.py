"""The registry that ships: every model of every workflow is in it, with its licence; the defaults may be sold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyvn.contracts.bases import family, goes_with
from comfyvn.contracts.style import default_size
from comfyvn.graph.bind import bind
from comfyvn.graph.definitions import from_facts
from comfyvn.graph.header import FILES
from comfyvn.graph.template import Workflow, parse
from comfyvn.providers import Registry, implied_models, not_for_sale, parse_registry

PACKAGE = Path(__file__).parents[1] / "comfyvn"
DEFINITIONS = from_facts(json.loads((PACKAGE / "providers" / "nodes.json").read_text("utf-8")))
REGISTRY = parse_registry(json.loads((PACKAGE / "providers" / "providers.json").read_text("utf-8")))
WORKFLOWS = {
    file.stem: parse(json.loads(file.read_text("utf-8")), file.name, DEFINITIONS)
    for file in sorted((PACKAGE / "workflows").glob("*.json"))
}
# Voices can be made elsewhere: these two are there for those who want them, and say what they are.
NOT_SOLD = {"voice_clip_xtts": {"xtts_v2"}}


def everything(workflow: Workflow, **given: Any) -> dict[str, Any]:
    """Values for every input but FaceID's; optional models are the registry's own where it has some."""
    values: dict[str, Any] = {}
    for name, spec in workflow.expected_inputs.items():
        if spec.type == "list" and not name.startswith("faceid"):
            values[name] = [{key: _value(key, entry.type) for key, entry in spec.item.items() if entry.default is None}]
        elif spec.required or spec.type in FILES or (spec.type == "text" and spec.default is None):
            values[name] = {0: "x"} if spec.type == "schedule" else _value(name, spec.type)
    values = {name: value for name, value in values.items() if "loras" not in name}
    return values | dict.fromkeys(workflow.seed_keys, 1) | given


def _value(name: str, kind: str) -> str:
    return "sdxl_base" if kind == "model" else f"{name}"


def used(workflow: Workflow, **given: Any) -> set[str]:
    """Models that a bound graph names, and those that its nodes load by themselves."""
    bound = bind(workflow, everything(workflow, **given), REGISTRY.bases())
    return {*bound.models, *implied_models(REGISTRY, bound.graph)}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_defaults_of_every_workflow_may_be_sold(name: str) -> None:
    workflow = WORKFLOWS[name]
    for base in ({"sdxl": "sdxl_base", "sd15": "sd15_base"}[base] for base in _checkpoints(workflow)):
        assert set(not_for_sale(REGISTRY, used(workflow, checkpoint=base))) == set()
    if not workflow.variants:
        assert set(not_for_sale(REGISTRY, used(workflow))) == NOT_SOLD.get(name, set())


def _checkpoints(workflow: Workflow) -> list[str]:
    return list(workflow.variants["checkpoint"].bases) if workflow.variants else []


def test_flux_schnell_may_be_sold_and_needs_four_steps() -> None:
    workflow = WORKFLOWS["scene_still"]
    assert not not_for_sale(REGISTRY, used(workflow, hero_model="flux_schnell"))
    assert set(not_for_sale(REGISTRY, used(workflow, hero_model="flux_dev"))) == {"flux_dev"}
    steps = {
        model: bind(workflow, everything(workflow, hero_model=model), REGISTRY.bases()).graph["38"]["inputs"]["steps"]
        for model in ("flux_schnell", "flux_dev")
    }
    assert steps == {"flux_schnell": 4, "flux_dev": 20}


@pytest.mark.parametrize("name", ["sprite_pack", "sprite_expression", "scene_still"])
@pytest.mark.parametrize("base", ["sdxl", "sd15"])
def test_every_identity_preset_names_its_models(name: str, base: str) -> None:
    workflow, checkpoint = WORKFLOWS[name], f"{base}_base"
    face = [{"image": "face.png"}]
    for preset in workflow.expected_inputs["identity_preset"].choices:
        if base == "sd15" or "SD1.5 only" not in preset:
            models = used(workflow, checkpoint=checkpoint, identity_preset=preset, face_references=face)
            assert any(model.startswith("ipadapter") for model in models), preset
            assert not not_for_sale(REGISTRY, models), preset
    for preset in workflow.expected_inputs["faceid_preset"].choices:
        if not ("SD1.5 only" in preset and base == "sdxl") and not ("SDXL only" in preset and base == "sd15"):
            models = used(workflow, checkpoint=checkpoint, faceid_preset=preset, faceid_references=face)
            assert any(model.startswith("faceid") for model in models), preset
            assert "insightface_buffalo_l" in not_for_sale(REGISTRY, models), preset


def test_every_model_says_where_it_comes_from_and_what_it_may_be_used_for() -> None:
    for name, model in REGISTRY.models.items():
        assert model.source.startswith("https://") and model.licence, name
        assert model.commercial == "yes" or model.note, f"{name}: say why it may not be sold"
        assert model.commercial != "unknown", name


def test_models_of_one_graph_are_of_one_family() -> None:
    """An implied model never contradicts the checkpoint that it is implied for."""
    for entry in REGISTRY.implied:
        for name in entry.models:
            assert goes_with(entry.base, REGISTRY.model(name).base), name


@pytest.mark.parametrize(("name", "kind"), [("sprite_pack", "sprite"), ("background", "background")])
def test_sizes_that_nobody_says_are_the_workflow_s_own(name: str, kind: Any) -> None:
    workflow = WORKFLOWS[name]
    for base, defaults in workflow.variants["checkpoint"].bases.items():
        stated = [defaults.get(side, workflow.expected_inputs[side].default) for side in ("width", "height")]
        assert tuple(stated) == default_size(kind, base)
    hero = WORKFLOWS["scene_still"].variants["checkpoint"].bases["sd15"]
    assert (hero["hero_render_width"], hero["hero_render_height"]) == default_size("sprite", "sd15")
    assert (hero["width"], hero["height"]) == default_size("still", "sd15")


def test_a_checkpoint_of_unknown_family_is_taken_for_sdxl() -> None:
    mine = {**REGISTRY.models, "mine": REGISTRY.model("sdxl_base").model_copy(update={"base": ""})}
    registry = Registry(version=1, models=mine, implied=REGISTRY.implied)
    values = everything(WORKFLOWS["sprite_pack"], checkpoint="mine", face_references=[{"image": "a.png"}])
    graph = bind(WORKFLOWS["sprite_pack"], values, registry.bases()).graph
    assert "ipadapter_plus_face_sdxl" in implied_models(registry, graph)
    assert family("flux_schnell") == "flux" and goes_with("flux", "flux_schnell") and not goes_with("sdxl", "sd15")
