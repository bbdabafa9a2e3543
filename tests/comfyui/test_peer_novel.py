"""A whole novel built by doit on a server: made, made no more, and after an edit exactly what the edit touches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fakes import core_workflows, small_novel
from tests.fakes.novel_runs import doit, set_up, tree
from tests.fakes.peer import Peer
from tests.fakes.small_novel import NOVEL, write, write_small_novel

AYA = "data/characters/aya/character.json"
FINAL = NOVEL.replace("voiced: all", "voiced: none") + "resolution: [320, 180]\nengines: {image: comfyui}\n"
PICTURES = {
    "sprites:aya/casual/standing/base", "sprites:aya/casual/standing/calm", "sprites:aya/casual/standing/happy",
    "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern",
}  # fmt: skip


@pytest.fixture
def novel(peer: Peer, checkpoint: str, tmp_path: Path) -> Path:
    """The small novel on this server: its own workflows need one checkpoint and no pack, its pictures are tiny."""
    files: dict[str, Any] = small_novel.files()
    style = files["data/styles/plain.json"]
    style |= {"sampler": "euler", "scheduler": "normal", "steps": 2, "prompt": f"clean line art, {peer.nonce}"}
    style["size"] = {"sprite": [64, 96], "background": [64, 64], "still": [64, 64]}
    del files["data/scenes/evening.json"]["shots"][0]["hero"]
    root = set_up(write_small_novel(tmp_path / "novel", {**files, **core_workflows.files()}, FINAL))
    write(root / "providers/servers.yaml", servers(peer, checkpoint))
    return root


def servers(peer: Peer, checkpoint: str) -> str:
    return f"servers: {{peer: {{url: '{peer.url}', slots: 2, models: {{sdxl_base: '{checkpoint}'}}}}}}\n"


def test_a_novel_is_built_once_and_then_only_what_an_edit_touches(peer: Peer, novel: Path) -> None:
    run = doit(novel)
    assert run.code == 0, run.output
    assert run.made >= PICTURES, run.output
    assert doit(novel).made == frozenset()

    record = json.loads((novel / "build/sprites/aya/casual/standing/base.png.render.json").read_text("utf-8"))
    assert (record["engine"], record["quality"]) == ("comfyui", "final")
    assert record["made_with"]["comfyui_version"] == peer.stats["system"]["comfyui_version"]
    with Image.open(novel / "build/backgrounds/pier/night.png") as plate:
        assert plate.size == (320, 180)
    check_patch(novel)

    before = tree(novel / "build/sprites")
    file = novel / AYA
    file.write_text(file.read_text("utf-8").replace('"happy smile"', '"laughing"'), "utf-8")
    run = doit(novel)
    assert run.made & PICTURES == {"sprites:aya/casual/standing/happy"}, run.output
    after = tree(novel / "build/sprites")
    assert {name for name in before if before[name] != after[name]} == {
        "aya/casual/standing/happy.png", "aya/casual/standing/happy.png.render.json",
    }  # fmt: skip


def check_patch(novel: Path) -> None:
    """An expression is the base, changed inside the face's box alone."""
    folder = novel / "build/sprites/aya/casual/standing"
    with Image.open(folder / "base.png") as base, Image.open(folder / "happy.png") as happy:
        width, height = base.size
        assert (happy.size, happy.mode) == (base.size, base.mode)
        lower = (0, height // 2, width, height)
        assert happy.crop(lower).tobytes() == base.crop(lower).tobytes()
        assert happy.tobytes() != base.tobytes()


def test_deleting_the_build_brings_everything_back_from_the_cache(novel: Path) -> None:
    assert doit(novel, "backgrounds").code == 0
    plate = (novel / "build/backgrounds/pier/night.png").read_bytes()
    for file in (novel / "build/backgrounds").rglob("*"):
        if file.is_file():
            file.unlink()
    run = doit(novel, "backgrounds")
    assert run.cached == {"backgrounds:pier/base", "backgrounds:pier/night"}, run.output
    assert (novel / "build/backgrounds/pier/night.png").read_bytes() == plate


def test_a_forgotten_picture_is_rendered_again_to_the_same_pixels(novel: Path) -> None:
    assert doit(novel, "backgrounds:pier/base").code == 0
    plate = novel / "build/backgrounds/pier/base.png"
    with Image.open(plate) as picture:
        before = picture.tobytes()
    doit(novel, "forget", "backgrounds:pier/base")
    run = doit(novel, "backgrounds:pier/base")
    assert run.made == {"backgrounds:pier/base"}, run.output
    with Image.open(plate) as picture:
        assert picture.tobytes() == before
