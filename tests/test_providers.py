"""The registry names what the workflows need, and pins say what is fixed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyvn.errors import ContractError
from comfyvn.graph.bind import bind
from comfyvn.graph.definitions import from_facts
from comfyvn.graph.template import Workflow, parse
from comfyvn.providers import Registry, implied_models, not_for_sale, overlaid, parse_lock, parse_registry, pins

PACKAGE = Path(__file__).parents[1] / "comfyvn"
FACTS = from_facts(json.loads((PACKAGE / "providers" / "nodes.json").read_text(encoding="utf-8")))
FILES = sorted((PACKAGE / "workflows").glob("*.json"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads((PACKAGE / "providers" / "providers.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def registry(document: dict[str, Any]) -> Registry:
    return parse_registry(document)


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def workflow(request: pytest.FixtureRequest) -> Workflow:
    return parse(json.loads(request.param.read_text(encoding="utf-8")), request.param.name, FACTS)


def test_the_registry_has_what_the_workflows_name(workflow: Workflow, registry: Registry) -> None:
    assert set(workflow.packs) <= set(registry.packs)
    for name, spec in workflow.expected_inputs.items():
        if spec.type == "model" and spec.default is not None:
            assert registry.model(spec.default).folder == workflow.models[name]


def test_every_pack_of_the_definitions_is_registered(registry: Registry) -> None:
    assert {node.pack for node in FACTS.classes.values()} <= set(registry.packs)


def test_models_that_nodes_load_by_themselves_are_known(registry: Registry) -> None:
    file = PACKAGE / "workflows" / "sprite_pack.json"
    workflow = parse(json.loads(file.read_text(encoding="utf-8")), file.name, FACTS)
    values = {"prompt": "girl", "character_seed": 1, "detail_seed": 2}
    assert implied_models(registry, bind(workflow, values).graph) == ("inspyrenet",)
    faces = values | {"face_references": [{"image": "a.png"}]}
    assert implied_models(registry, bind(workflow, faces).graph) == (
        "clip_vit_h",
        "inspyrenet",
        "ipadapter_plus_face_sdxl",
    )


def test_models_whose_licence_forbids_sale_are_named(registry: Registry) -> None:
    assert list(not_for_sale(registry, ["sdxl_base", "flux_dev"])) == ["flux_dev"]


def test_models_by_folder_is_what_a_complete_server_lists(registry: Registry) -> None:
    folders = registry.models_by_folder()
    assert "sd_xl_base_1.0.safetensors" in folders["checkpoints"]
    assert all(files == sorted(set(files)) for files in folders.values())
    assert list(folders) == sorted(folders)


COMMIT, HASH = "a" * 40, "b" * 64


def test_unpinned_things_enter_by_name_only(registry: Registry) -> None:
    lock = parse_lock(
        {"version": 1, "packs": {"ComfyUI": {"commit": COMMIT}}, "models": {"sam_vit_b": {"sha256": HASH}}}
    )
    found = pins(registry, lock, ["ComfyUI-Impact-Pack", "ComfyUI"], ["sam_vit_b", "sdxl_base"])
    assert found == {
        "packs": {"ComfyUI": COMMIT, "ComfyUI-Impact-Pack": None},
        "models": {"sam_vit_b": HASH, "sdxl_base": None},
    }
    assert pins(registry, parse_lock(None), ["ComfyUI"], []) == {"packs": {"ComfyUI": None}, "models": {}}


def test_verifying_a_pin_changes_no_recipe(registry: Registry) -> None:
    locks = [
        parse_lock({"packs": {"ComfyUI": {"commit": COMMIT, "state": state}}}) for state in ("claimed", "verified")
    ]
    assert pins(registry, locks[0], ["ComfyUI"], []) == pins(registry, locks[1], ["ComfyUI"], [])


def test_unknown_names_are_told_with_the_nearest_known_one(registry: Registry) -> None:
    with pytest.raises(ContractError) as caught:
        pins(registry, parse_lock(None), ["ComfyUI-Impact-Pak"], ["sdxl_bas"])
    assert [problem.suggestion for problem in caught.value.problems] == ["ComfyUI-Impact-Pack", "sdxl_base"]
    with pytest.raises(ContractError, match='no model "openpose" in the registry'):
        registry.model("openpose")
    with pytest.raises(ContractError, match='no pack "KJNodes" in the registry'):
        registry.pack("KJNodes")


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("packs", {"A": {"repo": "https://example.org/a"}}, "$.packs.A.repo"),
        ("models", {"a": {"file": "", "folder": "vae"}}, "$.models.a.file"),
        ("models", {"a": {"file": "a", "folder": "vae", "sha256": "x"}}, "$.models.a.sha256"),
        ("models", {"a": {"file": "a", "folder": "vae", "commercial": "perhaps"}}, "$.models.a.commercial"),
        ("implied", [{"node": "A", "models": ["absent"]}], '$.implied[0].models: no model "absent"'),
        ("extra", 1, "$.extra: unknown key"),
        ("version", 2, "$.version"),
    ],
)
def test_a_wrong_registry_is_refused(path: str, value: object, problem: str, document: dict[str, Any]) -> None:
    with pytest.raises(ContractError) as caught:
        parse_registry({**document, path: value})
    assert any(problem in str(each) for each in caught.value.problems)


@pytest.mark.parametrize("commit", ["0" * 40, "0" * 64, ""])
def test_a_commit_of_zeros_pins_nothing(commit: str, registry: Registry) -> None:
    lock = parse_lock({"packs": {"ComfyUI": {"commit": commit}}, "models": {"sdxl_base": {"sha256": "0" * 64}}})
    assert pins(registry, lock, ["ComfyUI"], ["sdxl_base"]) == {
        "packs": {"ComfyUI": None},
        "models": {"sdxl_base": None},
    }


def test_what_fixes_a_pack(registry: Registry) -> None:
    changed = {"commit": COMMIT, "version": "1.0.0", "changes": HASH}
    packs = {"ComfyUI": {"version": "0.3.64"}, "ComfyUI-KJNodes": changed, "Comfy-RVC": {}}
    lock = parse_lock({"packs": packs})
    assert pins(registry, lock, packs, [])["packs"] == {
        "ComfyUI": "0.3.64",
        "ComfyUI-KJNodes": f"{COMMIT}+{HASH[:16]}",
        "Comfy-RVC": None,
    }


def test_definitions_are_locked_for_telling_and_enter_no_recipe(registry: Registry) -> None:
    lock = parse_lock({"packs": {"ComfyUI": {"commit": COMMIT}}})
    more = parse_lock({"packs": {"ComfyUI": {"commit": COMMIT}}, "classes": {"KSampler": HASH}})
    assert pins(registry, more, ["ComfyUI"], []) == pins(registry, lock, ["ComfyUI"], [])


def test_of_two_registries_the_upper_one_counts_by_name() -> None:
    model = {"file": "m", "folder": "vae", "licence": "MIT", "commercial": "no"}
    under = parse_registry(
        {"version": 1, "packs": {"A": {"repo": "a/a"}, "B": {"repo": "b/b"}}, "models": {"m": model}}
    )
    mine = {"packs": {"B": {"repo": "me/b"}, "C": {"repo": "c/c"}}, "implied": [{"node": "N", "models": ["m"]}]}
    over = parse_registry({"version": 1, **mine}, "mine", under)
    both = overlaid(under, over)
    assert {name: pack.repo for name, pack in both.packs.items()} == {"A": "a/a", "B": "me/b", "C": "c/c"}
    assert both.models["m"].commercial == "no"
    assert overlaid(both, over) == both


@pytest.mark.parametrize("commit", ["A" * 40, "abc", "main", "a" * 41])
def test_what_is_no_commit_is_refused(commit: str) -> None:
    with pytest.raises(ContractError, match=r"packs\.A\.commit|problems"):
        parse_lock({"packs": {"A": {"commit": commit}}})
