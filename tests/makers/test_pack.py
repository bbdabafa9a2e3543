"""Atlases: pasting a frame back gives the sprite, for any sprites."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from comfyvn.errors import MakeError
from comfyvn.makers.pack import pack
from comfyvn.recipe import Pack


@st.composite
def sprites(draw: st.DrawFn) -> Image.Image:
    """A transparent canvas with a random opaque or half-transparent patch somewhere on it, or nothing at all."""
    width, height = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    canvas = np.zeros((height, width, 4), dtype=np.uint8)
    if draw(st.booleans()):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        w, h = draw(st.integers(1, width - x)), draw(st.integers(1, height - y))
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        canvas[y : y + h, x : x + w] = rng.integers(0, 256, (h, w, 4), dtype=np.uint8)
    canvas[canvas[:, :, 3] == 0] = 0
    return Image.fromarray(canvas)


def _packed(pictures: dict[str, Image.Image], folder: Path, **options: Any) -> tuple[dict[str, Any], list[Image.Image]]:
    paths = {}
    for number, (name, picture) in enumerate(pictures.items()):
        paths[name] = folder / f"{number}.png"
        picture.save(paths[name])
    made = pack(Pack(engine="comfyvn", name="aya", **options), paths)
    manifest = json.loads(bytes(made.files[".json"]))  # type: ignore[arg-type]
    images = [Image.open(io.BytesIO(bytes(data))) for key, data in made.files.items() if key != ".json"]  # type: ignore[arg-type]
    return manifest, images


@settings(max_examples=60, deadline=None)
@given(st.lists(sprites(), min_size=1, max_size=12))
def test_pasting_a_frame_back_gives_the_sprite(pictures: list[Image.Image]) -> None:
    named = {f"casual/standing/e{number}": picture for number, picture in enumerate(pictures)}
    with tempfile.TemporaryDirectory() as folder:
        manifest, pages = _packed(named, Path(folder), max_size=128)
    for name, picture in named.items():
        frame = manifest["frames"][name]
        canvas = Image.new("RGBA", (frame["sourceSize"]["w"], frame["sourceSize"]["h"]), (0, 0, 0, 0))
        box = frame["frame"]
        crop = pages[frame["page"]].crop((box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"]))
        canvas.paste(crop, (frame["spriteSourceSize"]["x"], frame["spriteSourceSize"]["y"]))
        assert canvas.tobytes() == picture.tobytes()
        assert frame["rotated"] is False
    for page, facts in zip(pages, manifest["meta"]["images"], strict=True):
        assert page.size == (facts["size"]["w"], facts["size"]["h"])
        assert max(page.size) <= 128


def test_frames_never_touch_each_other(tmp_path: Path) -> None:
    pictures = {f"a/b/c{n}": Image.new("RGBA", (20 + n, 30 - n), (n, 2 * n, 3, 255)) for n in range(12)}
    manifest, _ = _packed(pictures, tmp_path, max_size=100, padding=2)
    boxes = [(f["page"], *f["frame"].values()) for f in manifest["frames"].values()]
    for index, (page, x, y, w, h) in enumerate(boxes):
        for other_page, ox, oy, ow, oh in boxes[index + 1 :]:
            apart = x + w + 2 <= ox or ox + ow + 2 <= x or y + h + 2 <= oy or oy + oh + 2 <= y
            assert page != other_page or apart


def test_equal_frames_share_one_place_and_bytes_are_stable(tmp_path: Path) -> None:
    red = Image.new("RGBA", (50, 50), (200, 0, 0, 255))
    manifest, pages = _packed({"a/b/c": red, "a/b/d": red}, tmp_path)
    assert manifest["frames"]["a/b/c"]["frame"] == manifest["frames"]["a/b/d"]["frame"]
    assert pages[0].size == (50, 50)
    again, _ = _packed({"a/b/d": red, "a/b/c": red}, tmp_path)
    assert again == manifest


def test_a_sprite_larger_than_a_page_is_named(tmp_path: Path) -> None:
    with pytest.raises(MakeError) as caught:
        _packed({"casual/standing/happy": Image.new("RGBA", (200, 10), (1, 1, 1, 255))}, tmp_path, max_size=128)
    assert "casual/standing/happy" in str(caught.value)
