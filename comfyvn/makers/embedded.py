"""The graph that a server writes into a picture, read out and written into another, so that ComfyUI opens either.

ComfyUI's editor opens a dropped picture by its `workflow` (editor form) or, without one, by its `prompt` (API form),
which it lays out by itself. A graph posted over HTTP has the second alone, and that is enough. PNG: text chunks of
these names. WebP and JPEG: EXIF strings `prompt:{…}`. `comfyvn` is ours: workflow, packs, pins, seeds, fingerprint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from PIL import Image

NAMES = ("prompt", "workflow", "comfyvn")
LONGEST = 8 * 2**20  # characters; no graph is that long, and a picture with more of it is trouble


def embedded(image: Image.Image) -> dict[str, str]:
    """Name → JSON text, of what a server wrote into a picture; what is no JSON object is left out."""
    return {name: clean for name, text in _texts(image) if (clean := _clean(text)) is not None}


def _texts(image: Image.Image) -> Iterator[tuple[str, str]]:
    chunks = getattr(image, "text", {})
    yield from ((name, str(chunks[name])) for name in NAMES if name in chunks)
    if image.format != "PNG":
        for value in _exif(image):
            name, _, text = value.partition(":")
            if name in NAMES:
                yield name, text


def _exif(image: Image.Image) -> list[str]:
    try:
        return [value for value in image.getexif().values() if isinstance(value, str)]
    except Exception:  # Pillow raises nearly anything on hostile bytes; a picture without a graph is a picture still
        return []


def _clean(text: str) -> str | None:
    """The JSON without NaN, which nodes that always run leave in a prompt and at which editors stumble."""
    if len(text) > LONGEST:
        return None
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return json.dumps(value) if isinstance(value, dict) else None
