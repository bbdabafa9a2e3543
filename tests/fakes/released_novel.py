"""A small novel with all that a release looks at: ratings, music, an icon, two exports; and what pins everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from bench.novel import small_character, write_json, write_small
from comfyvn.engine.opening import open_novel
from comfyvn.engine.unpinned import uses

NOVEL = """\
version: 1
id: small
title: "Small <b>{i}"
author: Somebody
start: s0
style: tiny
voiced: all
resolution: [320, 180]
exports: [renpy, bundle]
engines: {image: comfyui, voice: [espeak]}
rating: mature
variables: {trust: 0}
icon: art/icon.png
licences: {"art/": "CC0-1.0"}
"""


def write_released(folder: Path, url: str) -> Path:
    """`url`: of the server that renders it."""
    write_small(folder)
    (folder / "comfyvn.yaml").write_text(NOVEL, "utf-8")
    (folder / "art").mkdir()
    Image.new("RGBA", (64, 48), (200, 120, 40, 255)).save(folder / "art/icon.png")
    soundfile.write(folder / "art/theme.ogg", np.zeros(4800, "float32"), 48000, format="OGG", subtype="VORBIS")
    theme = {"version": 1, "id": "theme", "kind": "music", "file": "art/theme.ogg", "title": "Theme\nSong",
             "author": "An Author", "licence": "CC0-1.0", "loop": {"start": 0.0}}  # fmt: skip
    write_json(folder / "data/assets/theme.json", theme)
    person = small_character(0)
    gown = {"prompt": "gown", "rating": "mature", "poses": ["standing"]}
    person["outfits"] = {"day": {"prompt": "coat"}, "gown": gown}
    write_json(folder / "data/characters/c0/character.json", person)
    write_json(folder / "data/scenes/s0.json", first_scene())
    secret = {"version": 1, "id": "secret", "background": {"prompt": "a cellar", "seed": 7}, "rating": "mature",
              "script": [{"narrate": "Nobody sees this.", "id": "sec1"}, {"jump": "s1"}]}  # fmt: skip
    write_json(folder / "data/scenes/secret.json", secret)
    (folder / "providers").mkdir()
    (folder / "providers/servers.yaml").write_text(f"servers: {{one: {{url: '{url}'}}}}\n", "utf-8")
    return folder


def first_scene() -> dict[str, Any]:
    menu = {
        "menu": [
            {"text": "Down", "id": "ch1", "rating": "mature", "jump": "secret"},
            {"text": "On", "id": "ch2", "script": [{"add": "trust"}], "jump": "s1"},
        ],
        "prompt": "Where to?",
        "speaker": "c0",
        "id": "m1",
    }
    script = [
        {"narrate": "It is <late>.", "id": "n1"},
        {"say": "c0", "text": "So it {b}begins{/b}.", "expression": "happy", "id": "a0"},
        {"show": "c0", "outfit": "gown", "pose": "standing", "at": "left"},
        {"say": "c0", "text": "And now?", "id": "a1", "rating": "teen"},
        {"still": "view"},
        {"background": "p0/dusk"},
        {"music": None},
        menu,
    ]
    still = {"id": "view", "prompt": "a door", "moment": "noon", "title": "A door",
             "seeds": {"background_seed": 1, "hero_seed": 2}}  # fmt: skip
    placement = {"character": "c0", "expression": "sad"}
    return {"version": 1, "id": "s0", "title": "One", "background": "p0", "music": "theme", "shots": [still],
            "placements": [placement], "script": script}  # fmt: skip


def pin(folder: Path) -> None:
    """Writes a lock that pins every pack and model that the novel uses."""
    novel = open_novel(folder)
    found: dict[str, Any] = {"version": 1, "packs": {}, "models": {}}
    for number, use in enumerate(uses(novel.targets, novel.tools.lock), 1):
        if use.kind == "pack":
            found["packs"][use.name] = {"commit": f"{number:040x}", "state": "verified"}
        else:
            found["models"][use.name] = {"sha256": f"{number:064x}", "state": "verified"}
    (folder / "providers/nodeset.lock.json").write_text(json.dumps(found), "utf-8")
