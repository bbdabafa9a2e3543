"""What the web export's texts say of artifacts: frames of an atlas, captions, and how each artifact was made."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

WORDS = re.compile(r"(prompt|negative|spoken|text|moment)$")  # facts that are words of the author
STAMP = r"((?:\d+:)?\d\d:\d\d[.,]\d{3})"
CUE = re.compile(STAMP + r" --> " + STAMP + r"[^\n]*\n(.*?)(?:\n\n|\Z)", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def frames_json(atlas: Mapping[str, Any]) -> dict[str, Any]:
    """Pages (name, width, height), and sprite → [page, x, y, w, h, left, top, canvas w, canvas h], all in pixels.

    `atlas` is a TexturePacker JSON hash.
    """
    pages = [[str(page["image"]), page["size"]["w"], page["size"]["h"]] for page in atlas["meta"]["images"]]
    return {"pages": pages, "frames": {name: _frame(frame) for name, frame in atlas["frames"].items()}}


def _frame(frame: Mapping[str, Any]) -> list[int]:
    cut, inner, canvas = frame["frame"], frame["spriteSourceSize"], frame["sourceSize"]
    return [
        frame.get("page", 0), cut["x"], cut["y"], cut["w"], cut["h"], inner["x"], inner["y"], canvas["w"], canvas["h"]
    ]  # fmt: skip


def cues(subtitles: str) -> list[list[Any]]:
    """[start in ms, end in ms, text] of a WebVTT or SRT file as we write it: no settings, voices or styles."""
    body = subtitles.replace("\r\n", "\n")
    return [[_ms(one[1]), _ms(one[2]), html.unescape(TAG.sub("", one[3])).strip()] for one in CUE.finditer(body)]


def _ms(stamp: str) -> int:
    clock, ms = stamp[:-4], stamp[-3:]
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000 + int(ms)


def made_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record in the gallery's words: lists of [name, value] in which every value is text (a seed has 64 bits)."""
    recipe = record["recipe"]
    inner = recipe["render"] if isinstance(recipe.get("render"), Mapping) else recipe
    spoken = [["text", recipe["text"]]] if recipe.get("kind") == "speak" else []
    facts = record.get("facts") or {}
    seeds = record.get("seeds") or ({"seed": recipe["seed"]} if "seed" in recipe else {})
    found: dict[str, Any] = {
        "engine": record["engine"],
        "quality": record["quality"],
        "repeatable": record["repeatable"],
        "made": record["made"],
        "workflow": inner.get("workflow", ""),
        "words": spoken + [[name, _text(value)] for name, value in facts.items() if WORDS.search(name)],
        "settings": [[name, _text(value)] for name, value in facts.items() if not WORDS.search(name)],
        "seeds": [[name, _text(value)] for name, value in seeds.items()],
        "sampling": list(_rows(record.get("sampling") or {})),
        "models": list(_rows(record.get("models") or {})),
        "packs": list(_rows(record.get("packs") or {})),
        "made_with": [[name, _text(value)] for name, value in (record.get("made_with") or {}).items()],
        "notes": [[name, _text(value)] for name, value in (record.get("notes") or {}).items()],
        "files": [[name, facts["content"]] for name, facts in record["files"].items()],
    }
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def _rows(table: Mapping[str, Mapping[str, Any]]) -> Iterator[list[str]]:
    for name, values in table.items():
        yield [name, ", ".join(f"{key} {_text(value)}" for key, value in values.items())]


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)
