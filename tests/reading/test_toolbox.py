"""Workflows, registry and lock: the novel's own come first, and what is wrong with them is in the report."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from comfyvn.errors import ContractError, WorkflowError
from comfyvn.reading import read, read_definitions, read_lock, read_registry, read_workflows
from tests.fakes.small_novel import write, write_small_novel

CANONICAL = {"background", "background_variant", "scene_still", "sprite_expression", "sprite_matte", "sprite_pack"}


def shipped(place: str) -> Any:
    return json.loads(resources.files("comfyvn").joinpath(place).read_text("utf-8"))


def test_a_novel_without_any_uses_the_packages_own(tmp_path: Path) -> None:
    assert set(read_workflows(tmp_path)) >= CANONICAL
    assert read_workflows(tmp_path)["background"].file == "comfyvn/workflows/background.json"
    assert "sdxl_base" in read_registry(tmp_path).models
    assert read_lock(tmp_path).packs == {}
    assert "KSampler" in read_definitions().classes


def test_the_novels_own_come_first(tmp_path: Path) -> None:
    write(tmp_path / "workflows/mine.json", {**shipped("workflows/background.json"), "doc": "Mine."})
    workflows = read_workflows(tmp_path)
    assert workflows["background"].doc == "Mine."
    assert workflows["background"].file == "workflows/mine.json"
    assert set(workflows) >= CANONICAL
    write(tmp_path / "providers/providers.json", {"version": 1})
    assert read_registry(tmp_path).models == {}
    write(tmp_path / "providers/nodeset.lock.json", {"version": 1, "packs": {"ComfyUI": {"commit": "ab" * 20}}})
    assert read_lock(tmp_path).packs["ComfyUI"].commit == "ab" * 20


MINE = {
    "version": 1,
    "packs": {"Mine": {"repo": "me/mine"}},
    "models": {"sdxl_base": {"file": "SDXL/base.safetensors", "folder": "checkpoints", "licence": "mine"}},
    "implied": [{"node": "Mine", "models": ["sam_vit_b"]}],
}


def test_the_users_own_registry_lies_over_the_novels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    novel, own = tmp_path / "novel", tmp_path / "config"
    monkeypatch.setenv("COMFYVN_CONFIG", str(own))
    novel.mkdir()
    assert "Mine" not in read_registry(novel).packs
    write(own / "providers.json", MINE)
    found = read_registry(novel)
    assert {"Mine", "ComfyUI"} <= set(found.packs)
    assert found.models["sdxl_base"].licence == "mine"
    assert found.models["sam_vit_b"].commercial == "yes"
    assert found.implied[-1].node == "Mine"
    write(novel / "providers/providers.json", {"version": 1, "models": {"sam_vit_b": {"file": "s", "folder": "sams"}}})
    assert set(read_registry(novel).models) == {"sdxl_base", "sam_vit_b"}


@pytest.mark.parametrize(
    ("mine", "problem"),
    [
        ({**MINE, "implied": [{"node": "Mine", "models": ["nothing"]}]}, 'no model "nothing" in the registry'),
        ({**MINE, "pack": {}}, "unknown key"),
        ("{", "not JSON"),
    ],
)
def test_mistakes_in_the_users_own_registry_name_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: object, problem: str
) -> None:
    novel, own = tmp_path / "novel", tmp_path / "config"
    monkeypatch.setenv("COMFYVN_CONFIG", str(own))
    write(own / "providers.json", mine)
    write_small_novel(novel)
    with pytest.raises(ContractError, match=problem) as caught:
        read_registry(novel)
    assert caught.value.where.startswith(str(own / "providers.json"))
    (found,) = read(novel).problems
    assert (found.file, problem in found.message, found.line > 0) == (str(own / "providers.json"), True, True)


def test_two_workflows_of_one_id(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / f"workflows/{name}.json", shipped("workflows/background.json"))
    with pytest.raises(WorkflowError) as caught:
        read_workflows(tmp_path)
    assert caught.value.where == "workflows/two.json and workflows/one.json"


def test_a_node_that_does_not_exist_is_in_the_report(tmp_path: Path) -> None:
    workflow = shipped("workflows/background.json")
    node = next(name for name, item in workflow["graph"].items() if item["class_type"] == "KSampler")
    workflow["graph"][node]["class_type"] = "KSmpler"
    write_small_novel(tmp_path, {"workflows/background.json": workflow})
    with pytest.raises(WorkflowError):
        read_workflows(tmp_path)
    problems = read(tmp_path).problems
    assert {problem.file for problem in problems} == {"workflows/background.json"}
    assert any("KSmpler" in problem.message for problem in problems)
    assert all(problem.line > 1 for problem in problems if problem.path != "$" and problem.path)


def test_mistakes_in_the_registry_have_a_line(tmp_path: Path) -> None:
    registry = {"version": 1, "models": {"one": {"file": "one.safetensors"}}}
    write_small_novel(tmp_path, {"providers/providers.json": registry})
    (problem,) = read(tmp_path).problems
    assert (problem.file, problem.line) == ("providers/providers.json", 4)


@pytest.mark.parametrize(
    "name", ["workflows/background.json", "providers/providers.json", "providers/nodeset.lock.json"]
)
@pytest.mark.parametrize("data", ["{", "[]", '{"x": 1}'])
def test_broken_files_are_in_the_report(tmp_path: Path, name: str, data: str) -> None:
    write_small_novel(tmp_path, {name: data})
    problems = read(tmp_path).problems
    assert problems
    assert {problem.file for problem in problems} == {name}
    with pytest.raises((ContractError, WorkflowError)):
        for reader in (read_workflows, read_registry, read_lock):
            reader(tmp_path)
