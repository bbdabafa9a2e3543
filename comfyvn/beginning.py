"""Starting a novel: the files that `comfyvn init` writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from comfyvn.contracts.model import DEVICE_NAMES
from comfyvn.errors import UsageError
from comfyvn.store.attributes import attributes

HERE = Path(__file__).parent
SAMPLE = HERE / "sample"  # inside an installed package; a source checkout is itself the sample
SHARED = ("dodo.py", "doit.cfg")
SAMPLE_PARTS = ("comfyvn.yaml", "data", "schemas")

NOVEL = """\
# The novel itself. `comfyvn check` says what is wrong, docs and schemas what is possible.
version: 1
id: {id}
title: {title}
languages: [en]
resolution: [1920, 1080]
start: opening            # the scene that begins the story
style: storyboard         # data/styles/storyboard.json
engines: {{image: draft, video: draft, voice: [espeak]}}   # image: comfyui renders on providers/servers.yaml
voiced: all
exports: [renpy]
"""
STYLE = """\
{
  "$schema": "../../schemas/style.json",
  "version": 1,
  "id": "storyboard",
  "checkpoint": "sdxl_base",
  "prompt": "clean line art, soft flat colours",
  "negative": "lowres, bad anatomy, text, watermark"
}
"""
CHARACTER = """\
{
  "$schema": "../../../schemas/character.json",
  "version": 1,
  "id": "robin",
  "name": "Robin",
  "color": "#d9a441",
  "prompt": "a young woman, short brown hair, green eyes",
  "outfits": {"casual": {"prompt": "blue hoodie, grey trousers"}},
  "pose_families": {
    "standing": {
      "seeds": {"character_seed": 1, "detail_seed": 2, "control_seed": 3},
      "poses": {"standing": {"prompt": "standing, arms down"}}
    }
  },
  "expressions": {
    "neutral": {"prompt": "calm neutral expression", "seed": 10},
    "happy": {"prompt": "happy smile", "seed": 11}
  }
}
"""
LOCATION = """\
{
  "$schema": "../../schemas/location.json",
  "version": 1,
  "id": "room",
  "name": "Room",
  "prompt": "a small room with a window and a desk",
  "moment": "day",
  "seed": 20,
  "variants": {"night": {"prompt": "night", "seed": 21}}
}
"""
SCENE = """\
{
  "$schema": "../../schemas/scene.json",
  "version": 1,
  "id": "opening",
  "background": "room",
  "script": [
    {"narrate": "It is morning.", "id": "l00001"},
    {"show": "robin", "at": "center", "with": "dissolve"},
    {"say": "robin", "text": "Hello! Change my words, then run doit again.", "expression": "happy", "id": "l00002"},
    {"end": "The end"}
  ]
}
"""
STYLE_FILE = "data/styles/storyboard.json"
IGNORED = "build/\n.comfyvn/\n__pycache__/\n"


def begin(folder: Path, sample: bool = False) -> list[Path]:
    """Writes a new novel into `folder` and returns its files, relative to it.

    Raises UsageError when the folder has something in it already: nothing is ever overwritten.
    """
    _need_empty(folder)
    files = dict(_sample_files() if sample else _small_files(folder))
    for name, content in files.items():
        _write(folder / name, content)
    return [Path(name) for name in files]


def begin_with(folder: Path, own: Mapping[str, str | bytes | Path]) -> None:
    """Writes a novel made of these files (place → content, or a file to copy) and what every novel shares.

    Raises UsageError when the folder has something in it already.
    """
    _need_empty(folder)
    for name, content in {**dict(_shared_files()), **dict(_schema_files()), STYLE_FILE: STYLE, **own}.items():
        _write(folder / name, content)


def _write(path: Path, content: str | bytes | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copyfile(content, path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _need_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(path.name != ".git" for path in folder.iterdir())):
        raise UsageError("the folder is not empty", str(folder), "name a new folder; init never overwrites anything")


def _shared_files() -> Iterator[tuple[str, str | Path]]:
    source = SAMPLE if SAMPLE.is_dir() else HERE.parent
    for name in SHARED:
        yield name, source / name
    for kind in ("workflows", "providers"):
        for path in sorted((HERE / kind).glob("*.json")):
            if path.name != "nodes.json":  # node definitions stay with the package
                yield f"{kind}/{path.name}", path
    yield ".gitignore", IGNORED
    yield ".gitattributes", attributes()


def _sample_files() -> Iterator[tuple[str, str | Path]]:
    yield from _shared_files()
    source = SAMPLE if SAMPLE.is_dir() else HERE.parent
    for part in SAMPLE_PARTS:
        for path in sorted([source / part] if (source / part).is_file() else (source / part).rglob("*")):
            if path.is_file():
                yield path.relative_to(source).as_posix(), path


def _schema_files() -> Iterator[tuple[str, Path]]:
    source = SAMPLE if SAMPLE.is_dir() else HERE.parent
    for path in sorted((source / "schemas").glob("*.json")):
        yield f"schemas/{path.name}", path


def _small_files(folder: Path) -> Iterator[tuple[str, str | Path]]:
    yield from _shared_files()
    yield from _schema_files()
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in folder.resolve().name.lower())
    novel_id = name if name[:1].isalpha() and name not in DEVICE_NAMES else f"novel_{name}".rstrip("_")
    yield "comfyvn.yaml", NOVEL.format(id=novel_id[:64], title=json_string(folder.resolve().name))
    yield STYLE_FILE, STYLE
    yield "data/characters/robin/character.json", CHARACTER
    yield "data/locations/room.json", LOCATION
    yield "data/scenes/opening.json", SCENE


def json_string(text: str) -> str:
    """A JSON string, which is a YAML string too."""
    import json

    return json.dumps(text, ensure_ascii=False)
