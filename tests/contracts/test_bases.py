"""Models of different families in one picture are an error where the contract says so; a novel may have both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyvn import reading
from comfyvn.errors import Problem
from tests.fakes.small_novel import files, write_small_novel

STYLE, AYA, PIER = "data/styles/plain.json", "data/characters/aya/character.json", "data/locations/pier.json"
REGISTRY = "providers/providers.json"
PACKAGE = Path(__file__).parents[2] / "comfyvn"


def problems(root: Path, changes: dict[str, dict[str, Any]]) -> tuple[Problem, ...]:
    registry = json.loads((PACKAGE / REGISTRY).read_text("utf-8"))
    for name, base in (("old_lora", "sd15"), ("new_lora", "sdxl"), ("any_lora", "")):
        registry["models"][name] = {"file": f"{name}.safetensors", "folder": "loras", "base": base}
    changed = {name: {**files()[name], **more} for name, more in changes.items()}
    return reading.read(write_small_novel(root, {**changed, REGISTRY: registry})).errors


OLD = {"loras": [{"model": "any_lora"}, {"model": "old_lora"}]}


@pytest.mark.parametrize(
    ("changes", "file", "path"),
    [
        ({STYLE: OLD}, STYLE, "$.loras[1].model"),
        ({AYA: {"style": OLD}}, AYA, "$.style.loras[1].model"),
        ({PIER: {"style": {"checkpoint": "sd15_base", "loras": [{"model": "new_lora"}]}}}, PIER,
         "$.style.loras[0].model"),
        ({PIER: {"variants": {"night": {"seed": 3, "style": OLD}}}}, PIER, "$.variants.night.style.loras[1].model"),
        ({AYA: {"control": {"model": "openpose_sd15"}}}, AYA, "$.control.model"),
        ({AYA: {"identity": {"preset": "FACEID PLUS - SD1.5 only"}}}, AYA, "$.identity.preset"),
        ({AYA: {"outfits": {"casual": {"style": OLD}}}}, AYA, "$.outfits.casual.style.loras[1].model"),
        ({AYA: {"cells": {"casual/standing/happy": {"style": OLD}}}}, AYA,
         '$.cells["casual/standing/happy"].style.loras[1].model'),
    ],
)  # fmt: skip
def test_mixed_families_are_told_where_they_are_said(
    tmp_path: Path, changes: dict[str, dict[str, Any]], file: str, path: str
) -> None:
    (found,) = problems(tmp_path, changes)
    assert (found.file, found.path) == (file, path)
    assert found.line > 1 and "is made for" in found.message


def test_a_checkpoint_under_an_inherited_lora_is_told_at_the_lora(tmp_path: Path) -> None:
    lora = {"loras": [{"model": "new_lora"}]}
    (found,) = problems(tmp_path, {STYLE: lora, AYA: {"style": {"checkpoint": "sd15_base"}}})
    assert (found.file, found.path) == (STYLE, "$.loras[0].model")


def test_families_side_by_side_are_fine(tmp_path: Path) -> None:
    own = {"style": {"checkpoint": "sd15_base", "loras": [{"model": "old_lora"}, {"model": "any_lora"}]}}
    assert problems(tmp_path, {STYLE: {"loras": [{"model": "new_lora"}]}, PIER: own}) == ()
