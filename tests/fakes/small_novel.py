"""Writes a minimal valid novel into a folder: one character, one place, two scenes, a menu and an ending."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

NOVEL = """\
version: 1
id: small
title: A Small Novel
languages: [en]
start: arrival
style: plain
voiced: all
variables:
  trust: 0
  visitor: "you"
exports: [renpy]
"""

FILES: dict[str, Any] = {
    "data/styles/plain.json": {
        "version": 1,
        "id": "plain",
        "prompt": "clean line art, soft colours",
        "negative": "blurry",
        "size": {"sprite": [416, 608], "background": [672, 384], "still": [672, 384]},
        "licence": "CC0-1.0",
    },
    "data/characters/aya/character.json": {
        "version": 1,
        "id": "aya",
        "name": "Aya",
        "color": "#88c0d0",
        "prompt": "young woman, short black hair, green eyes",
        "outfits": {"casual": {"prompt": "yellow raincoat"}},
        "pose_families": {
            "main": {
                "seeds": {"character_seed": 11, "detail_seed": 12, "control_seed": 13},
                "poses": {"standing": {"prompt": "standing, hands together"}},
            }
        },
        "expressions": {"calm": {"prompt": "calm", "seed": 21}, "happy": {"prompt": "happy smile", "seed": 22}},
        "voice": {"voice": "en-gb", "variant": "f3", "pitch": 60},
    },
    "data/locations/pier.json": {
        "version": 1,
        "id": "pier",
        "name": "The pier",
        "prompt": "wooden pier at a small harbour",
        "moment": "morning, clear sky",
        "seed": 31,
        "variants": {"night": {"prompt": "night, lanterns", "seed": 32}},
    },
    "data/scenes/arrival.json": {
        "version": 1,
        "id": "arrival",
        "title": "Arrival",
        "background": "pier",
        "placements": [{"character": "aya", "at": "left"}],
        "script": [
            {"narrate": "The ferry is late.", "id": "n1aaaa"},
            {"say": "aya", "text": "There {i}you{/i} are.", "id": "l1aaaa", "expression": "happy"},
            {
                "menu": [
                    {"text": "Wave.", "id": "c1aaaa", "script": [{"add": "trust", "value": 1}], "jump": "evening"},
                    {"text": "Say nothing.", "id": "c2aaaa"},
                ],
                "prompt": "She looks up.",
                "id": "m1aaaa",
            },
            {"say": "aya", "text": "Well.", "id": "l2aaaa"},
        ],
        "next": "evening",
    },
    "data/scenes/evening.json": {
        "version": 1,
        "id": "evening",
        "title": "Evening",
        "background": "pier/night",
        "shots": [
            {
                "id": "lantern",
                "prompt": "a lantern over dark water",
                "moment": "night",
                "hero": {"character": "aya", "expression": "calm"},
                "seeds": {"background_seed": 41, "hero_seed": 42},
            }
        ],
        "script": [
            {"still": "lantern", "with": "dissolve"},
            {"if": "trust > 0", "then": [{"say": "aya", "text": "Stay a while.", "id": "l3aaaa"}]},
            {"narrate": "The water is quiet.", "id": "n2aaaa"},
            {"end": "Lanterns"},
        ],
    },
}


def files() -> dict[str, Any]:
    """The novel's JSON files as fresh values, by name; change them before `write_small_novel`."""
    return copy.deepcopy(FILES)


def write_small_novel(root: Path, changed: dict[str, Any] | None = None, novel: str = NOVEL) -> Path:
    """The novel written into `root`; `changed` replaces files (None: left out; str or bytes: written as they are)."""
    write(root / "comfyvn.yaml", novel)
    for name, value in {**files(), **(changed or {})}.items():
        if value is not None:
            write(root / name, value)
    return root


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(value, str | bytes):
        value = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    path.write_bytes(value.encode() if isinstance(value, str) else value)
