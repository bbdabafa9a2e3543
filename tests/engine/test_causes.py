"""What moved, in words: pins, inputs, texts of an export, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comfyvn import reading
from comfyvn.engine.causes import Reason, reasons_of
from comfyvn.engine.export_causes import TEXTS, text_name, texts_and_facts
from comfyvn.engine.judge import MOVED, Judge, Verdict
from comfyvn.engine.state import State
from comfyvn.reading.player import read_player
from comfyvn.recipe import FileInput, Pack, Recipe, Render, TargetInput, document
from comfyvn.store.records import FileFacts, Record
from comfyvn.targets import bundle, renpy, renpy_into, web
from comfyvn.targets.target import Target
from tests.fakes import translations
from tests.fakes.small_novel import write_small_novel

PIER = "game/scenes/pier.rpy"
OLD, NEW = "a1" * 20, "b2" * 20


def _reasons(tmp_path: Path, old: Recipe, new: Recipe, inputs: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What is said of a target that was made of `inputs` (name → digest) and would be made of `now`."""
    target = Target("sprites:x", new, ("build/x.png",))
    facts = {"x.png": FileFacts("px1:0", "0", 1)}
    record = Record(target.name, "fp1:0", "fp1:0", "fp1:0", "comfyui", "final", True, facts, document(old, inputs))
    verdict = Verdict("stale", MOVED, "fp1:1", document(new, now), now, record, "pins")
    judge = Judge(tmp_path, {}, State(tmp_path))
    return [reason.text for reason in reasons_of(target, verdict, judge, {})]


def _pinned(**packs: str | None) -> Render:
    return Render("comfyui", "sprite_pack", {}, "sprite", "9", pins={"packs": packs})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (OLD, NEW, "pack impact moved a1a1a1a → b2b2b2b"),
        (None, NEW, "pack impact is pinned now: b2b2b2b"),
        (OLD, None, "pack impact is no longer pinned: a1a1a1a"),
        (OLD, OLD + "+99", "pack impact moved a1a1a1a → a1a1a1a+99"),
        (OLD, "a1a1a1a" + "0" * 33, f"pack impact moved {OLD} → a1a1a1a{'0' * 33}"),
        ("1.2.3", "1.3.0", "pack impact moved 1.2.3 → 1.3.0"),
    ],
)
def test_pins(tmp_path: Path, old: str | None, new: str | None, said: str) -> None:
    assert _reasons(tmp_path, _pinned(impact=old), _pinned(impact=new), {}, {}) == [said]


def test_models_are_pinned_by_hash(tmp_path: Path) -> None:
    old, new = ({"models": {"sdxl_base": each * 32}} for each in ("0a", "0b"))
    recipes = [Render("comfyui", "x", {}, "sprite", "9", pins=pins) for pins in (old, new)]
    assert _reasons(tmp_path, *recipes, {}, {}) == ["model sdxl_base moved 0a0a0a0 → 0b0b0b0"]


def test_inputs_of_few_and_of_many(tmp_path: Path) -> None:
    def packed(count: int) -> Pack:
        inputs = {f"frame{number}": TargetInput(f"sprites:a/{number}", "x.png") for number in range(count)}
        return Pack("comfyvn", "a", inputs={**inputs, "file": FileInput("data/x.png")})

    def digests(count: int, content: str) -> dict[str, str]:
        return {**{f"frame{number}": f"px1:{content}" for number in range(count)}, "file": "px1:same"}

    few = _reasons(tmp_path, packed(2), packed(2), digests(2, "0" * 64), digests(2, "1" * 64))
    assert few == [f"sprites:a/{number} has new content (00000000 → 11111111)" for number in range(2)]
    many = _reasons(tmp_path, packed(20), packed(20), digests(20, "0" * 64), digests(20, "1" * 64))
    assert many == ["20 sprites have new content"]
    assert _reasons(tmp_path, packed(1), packed(2), digests(1, "x"), digests(2, "x")) == ["sprites:a/1 is new"]


def test_a_reason_of_one_target_has_words_for_many() -> None:
    assert Reason("build/x.png is gone", alike="its file is gone").general() == "its file is gone"
    assert Reason("steps: 20 → 30").general() == "steps: 20 → 30"


# --- exports


def test_every_text_of_an_export_has_a_name_for_people(tmp_path: Path) -> None:
    places = set[str]()
    for project in (reading.read_project(write_small_novel(tmp_path)), translations.project()):
        places |= {*renpy.texts(project), *renpy_into.texts(project)}
        places |= {*web.texts(project, read_player()), *bundle.texts(project)}
    assert {place for place in places if text_name(place) == place} == set()
    assert TEXTS.keys() <= places
    assert text_name("game/tl/de/scenes/pier.rpy") == "the script of scene pier in de"
    assert text_name("game/tl/_id/strings.rpy") == "the names and buttons in id"
    assert text_name("assets/data/cast/aya.js") == "what the page knows of aya"
    assert text_name("game/images_aya.rpy") == text_name("images_aya.rpy") == "the images of aya"
    assert text_name("game/scenes/pier.rpy") == "the script of scene pier"
    assert text_name("game/other.rpy") == "game/other.rpy"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"texts": {PIER: "1"}}, {"texts": {PIER: "2"}}, "the script of scene pier changed"),
        ({}, {"texts": {PIER: "2"}}, "the script of scene pier is new"),
        ({"texts": {PIER: "1"}}, {}, "the script of scene pier is gone"),
        ({"facts": {"resolution": [1, 2]}}, {"facts": {"resolution": [2, 2]}}, "resolution: [1, 2] → [2, 2]"),
        ({"facts": {"characters": {"a": {"height": 1}}}}, {"facts": {"characters": {}}}, "characters/a is gone"),
        ({"facts": {}}, {"facts": {"characters": {"a": {"height": 1}}}}, "characters/a is new"),
    ],
)  # fmt: skip
def test_texts_and_facts(old: dict[str, Any], new: dict[str, Any], said: str) -> None:
    assert list(texts_and_facts(old, new)) == [said]
    assert list(texts_and_facts(old, old)) == []


def test_sprites_that_came_and_went() -> None:
    old, new = ({"facts": {"characters": {"a": {"height": 1, "sprites": names}}}} for names in (["x", "y"], ["y", "z"]))
    assert list(texts_and_facts(old, new)) == ["characters/a: sprites new: z", "characters/a: sprites gone: x"]
    again = {"facts": {"characters": {"a": {"height": 1, "sprites": ["y", "x"]}}}}
    assert list(texts_and_facts(old, again)) == ["characters/a: its sprites come in another order"]
