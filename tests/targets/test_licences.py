"""Models that may not be sold are told once each, where the contract asks for them, and only if something uses them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from comfyvn import reading
from comfyvn.engine.opening import toolbox
from comfyvn.errors import Problem
from comfyvn.targets.licences import unsold
from comfyvn.targets.plan import plan
from tests.fakes.small_novel import files, write_small_novel

STYLE, AYA = "data/styles/plain.json", "data/characters/aya/character.json"
ROOT = Path(__file__).parents[2]


def told(root: Path, changes: dict[str, dict[str, Any]]) -> list[Problem]:
    write_small_novel(root, {name: {**files()[name], **more} for name, more in changes.items()})
    (root / "art").mkdir(exist_ok=True)
    shutil.copy(ROOT / "docs" / "images" / "sample.png", root / "art" / "face.png")
    project, tools = reading.read_project(root), toolbox(root)
    return list(reading.located_in(root, project, unsold(plan(project, tools), tools.registry)))


def test_the_sample_leans_on_nothing_that_may_not_be_sold() -> None:
    project, tools = reading.read_project(ROOT), toolbox(ROOT)
    assert list(unsold(plan(project, tools), tools.registry)) == []
    assert project.styles["storybook"].hero == "flux_schnell"


def test_a_hero_model_is_told_at_the_style_that_names_it(tmp_path: Path) -> None:
    (found,) = told(tmp_path, {STYLE: {"hero": "flux_dev"}})
    assert (found.file, found.path, found.severity) == (STYLE, "$.hero", "warning")
    line = (tmp_path / STYLE).read_text("utf-8").splitlines()[found.line - 1]
    assert '"flux_dev"' in line and "used by scenes:evening/lantern" in found.message


def test_what_a_preset_brings_is_told_at_the_preset(tmp_path: Path) -> None:
    identity = {"face": [{"file": "art/face.png"}], "preset": "FACEID PLUS V2"}
    found = told(tmp_path, {AYA: {"identity": identity}})
    assert [problem.value for problem in found] == [
        '"faceid_plusv2_sdxl"', '"faceid_plusv2_sdxl_lora"', '"insightface_buffalo_l"',
    ]  # fmt: skip
    assert {(problem.file, problem.path) for problem in found} == {(AYA, "$.identity.preset")}
    assert "and 3 more" in found[0].message


def test_what_nobody_uses_is_not_told(tmp_path: Path) -> None:
    assert told(tmp_path, {AYA: {"identity": {"preset": "FACEID PLUS V2"}}}) == []
