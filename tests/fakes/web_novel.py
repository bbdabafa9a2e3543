"""A web export of any novel with placeholders for what a GPU and voices would make: short tones, plain pictures."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from comfyvn.audio.encode import ogg
from comfyvn.contracts.project import Project, said
from comfyvn.makers.web import Sources, derived
from comfyvn.reading.player import read_player
from comfyvn.recipe import Input, TargetInput
from comfyvn.store.cache import Cache
from comfyvn.targets import web
from tests.fakes.renpy_novel import atlas, sprite_page

SECONDS = 0.5
RATE = 48_000
TONE = 0.1 * np.sin(2 * np.pi * 330 * np.arange(int(SECONDS * RATE)) / RATE)
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n{text}\n"


@functools.cache
def tone() -> bytes:
    return ogg(TONE)


@functools.cache
def wav() -> bytes:
    sound = io.BytesIO()
    soundfile.write(sound, TONE, RATE, format="WAV", subtype="PCM_16")
    return sound.getvalue()


def record(target: str, **more: Any) -> dict[str, Any]:
    """As the engine writes it."""
    return {
        "target": target, "wanted": "fp1:00", "made": "fp1:00", "subject": "fp1:00", "engine": "draft@3",
        "quality": "draft", "repeatable": True, "recipe": {"kind": "render", "workflow": "sprite_pack"},
        "files": {"happy.png": {"content": "px1:00", "sha256": "00", "size": 3}},
        "facts": {"styles/plain: prompt": "clean line art"}, "seeds": {"character_seed": 2**64 - 1}, "record": 1,
        "models": {"sdxl_base": {"state": "not pinned"}}, "packs": {"ComfyUI": {"commit": "0" * 40}}, **more,
    }  # fmt: skip


def captions(novel: Project) -> dict[str, str]:
    """Clip → what its one cue says."""
    voiced = (line for line in novel.lines() if line.id is not None and novel.is_voiced(line))
    words = ((line.clip or line.id or "", said(line, novel.novel.variables).split()) for line in voiced)
    return {clip: " ".join(said_)[:80].strip() for clip, said_ in words}


def write(novel: Project, folder: Path, root: Path, **facts: Any) -> Path:
    """The export in `folder`; `root` has the novel's own files, and takes what artifacts would be; `facts`: of records.

    A file of the novel that is not there is a tone.
    """
    words = captions(novel)
    made = root / "made"
    made.mkdir(parents=True, exist_ok=True)
    places = web.assets(novel)
    sources = Sources(lambda item: _files(item, novel, words, made, facts), repr, Cache(root / "cache"))
    texts = {**web.texts(novel, read_player()), **derived(web.sources(places), sources)}
    for place, text in texts.items():
        _put(folder / place, text.encode())
    for place, item in places.items():
        if place.startswith(web.SOURCE):
            continue
        if place.endswith("/") and isinstance(item, TargetInput):
            key = item.target.partition(":")[2]
            one = novel.characters[key]
            _put(folder / place / f"{key}-0.png", sprite_page(one, atlas(one)["frames"]))
        elif isinstance(item, TargetInput):
            _put(folder / place, tone() if place.endswith(".ogg") else _picture(place))
        else:
            _put(folder / place, (root / item.path).read_bytes() if (root / item.path).is_file() else tone())
    return folder


def _files(item: Input, novel: Project, words: Mapping[str, str], made: Path, facts: Mapping[str, Any]) -> list[Path]:
    """The artifacts that a source names, written when it is asked for."""
    assert isinstance(item, TargetInput)
    kind, _, name = item.target.partition(":")
    stem = made / item.target.replace(":", "_").replace("/", "_")
    if item.file.endswith(".render.json"):
        return [_put(stem.with_suffix(".json"), json.dumps(record(item.target, **facts)).encode())]
    if kind == "atlases":
        return [_put(stem.with_suffix(".atlas"), json.dumps(atlas(novel.characters[name])).encode())]
    text = words[PurePosixPath(name).name].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return [
        _put(stem.with_suffix(".vtt"), VTT.format(text=text).encode()),
        _put(stem.with_suffix(".wav"), wav()),
    ]


def _put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _picture(name: str) -> bytes:
    out = io.BytesIO()
    tone = sum(name.encode()) % 90
    Image.new("RGB", (320, 180), (60 + tone, 90 + tone, 140)).save(out, "PNG")
    return out.getvalue()
