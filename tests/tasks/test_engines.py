"""Drafts and finals: another engine makes pictures stale and nothing else; a draft never replaces a final."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comfyvn.draft.process import DraftServer
from tests.fakes.novel_runs import comfyvn, doit, set_up, tree
from tests.fakes.small_novel import NOVEL, write, write_small_novel

AYA = "data/characters/aya/character.json"
FINAL = NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
PICTURES = {
    "sprites:aya/casual/standing/base", "sprites:aya/casual/standing/calm", "sprites:aya/casual/standing/happy",
    "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern",
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[DraftServer]:
    """The draft endpoint, declared to be a ComfyUI server: to the bridge there is no difference."""
    with DraftServer() as running:
        yield running


def test_switching_the_engine_and_back(
    novel: Path, server: DraftServer, edit: Callable[[Path, str, str], None]
) -> None:
    write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}', slots: 2}}}}\n")
    write(novel / "comfyvn.yaml", FINAL)
    run = doit(novel)
    assert run.code == 0, run.output
    assert run.made >= PICTURES
    assert not any(name.startswith("voices:") for name in run.made | run.cached)
    record = json.loads((novel / "build/backgrounds/pier/night.png.render.json").read_text("utf-8"))
    assert (record["engine"], record["quality"]) == ("comfyui", "final")
    assert doit(novel).made == frozenset()

    finals = tree(novel / "build/sprites") | tree(novel / "build/backgrounds")
    write(novel / "comfyvn.yaml", NOVEL)
    assert not doit(novel).made & PICTURES
    assert tree(novel / "build/sprites") | tree(novel / "build/backgrounds") == finals

    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay.")
    assert doit(novel).made == {"voices:en/l3aaaa", "manifests:renpy", "export_renpy"}

    edit(novel / AYA, '"happy smile"', '"sad"')
    run = doit(novel)
    assert not run.made & PICTURES
    assert "kept: sprites:aya/casual/standing/happy" in run.output
    assert "kept     sprites:aya/casual/standing/happy" in comfyvn(novel, "status").output


def test_another_server_of_the_same_kind_renders_nothing(novel: Path, server: DraftServer) -> None:
    write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}'}}}}\n")
    write(novel / "comfyvn.yaml", FINAL)
    assert doit(novel, "backgrounds").made == {"backgrounds:pier/base", "backgrounds:pier/night"}
    write(novel / "providers/servers.yaml", "servers: {other: {url: 'http://127.0.0.1:9'}}\n")
    assert doit(novel, "backgrounds").made == frozenset()


def test_forgetting_renders_again_on_a_server_that_remembers(novel: Path, server: DraftServer) -> None:
    def prompts() -> int:
        with urllib.request.urlopen(f"{server.url}/history") as answer:
            return len(json.loads(answer.read()))

    write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}'}}}}\n")
    write(novel / "comfyvn.yaml", FINAL)
    assert doit(novel, "backgrounds").code == 0
    assert prompts() == 2
    plate = (novel / "build/backgrounds/pier/base.png").read_bytes()
    doit(novel, "forget", "backgrounds:pier/base")
    assert doit(novel, "backgrounds").made == {"backgrounds:pier/base"}
    assert prompts() == 3
    assert doit(novel, "-a", "backgrounds").made == {"backgrounds:pier/base", "backgrounds:pier/night"}
    assert prompts() == 5
    assert (novel / "build/backgrounds/pier/base.png").read_bytes() == plate


def test_a_server_that_is_down_is_passed_over(novel: Path, server: DraftServer) -> None:
    servers = f"servers: {{dead: {{url: 'http://127.0.0.1:9', silence_s: 2}}, gpu: {{url: '{server.url}'}}}}\n"
    write(novel / "providers/servers.yaml", servers)
    write(novel / "comfyvn.yaml", FINAL)
    run = doit(novel, "backgrounds")
    assert (run.code, run.made) == (0, {"backgrounds:pier/base", "backgrounds:pier/night"})


def test_a_novel_of_finals_goes_on_growing_with_drafts(
    tmp_path: Path, server: DraftServer, edit: Callable[[Path, str, str], None], own_cache: Path
) -> None:
    """Built with finals from the start: atlas, manifest and export are final too, and must follow all the same."""
    novel = set_up(write_small_novel(tmp_path / "novel", novel=FINAL))
    write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}', slots: 2}}}}\n")
    assert doit(novel).code == 0
    write(novel / "comfyvn.yaml", NOVEL)
    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay a little while.")
    assert doit(novel).made == {"voices:en/l3aaaa", "manifests:renpy", "export_renpy"}
    edit(novel / AYA, '"expressions": {', '"expressions": {"sad": {"prompt": "sad", "seed": 23},')
    sad = "sprites:aya/casual/standing/sad"
    assert doit(novel).made == {sad, "atlases:aya", "manifests:renpy", "export_renpy"}
    assert "casual/standing/sad" in (novel / "build/atlases/aya/aya.json").read_text("utf-8")


def test_a_lock_draws_no_draft_again(novel: Path) -> None:
    """Our own endpoint has no packs and no weights; the same pins make finals stale (test_lock.py)."""
    packs = {"ComfyUI": {"commit": "a" * 40}}
    write(novel / "providers/nodeset.lock.json", {"version": 1, "packs": packs})
    assert doit(novel).made == frozenset()
    assert comfyvn(novel, "verify").code == 0
