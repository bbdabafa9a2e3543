"""Icons of a game, made of one picture."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from comfyvn.errors import MakeError
from comfyvn.makers.icons import ICO_SIZES, icons


def test_icons_are_square_whole_and_the_same_every_time(tmp_path: Path) -> None:
    Image.new("RGB", (600, 300), (200, 10, 10)).save(tmp_path / "a.png")
    found = icons(tmp_path / "a.png")
    assert found == icons(tmp_path / "a.png") and set(found) == {"icon.ico", "icon.icns"}
    with Image.open(io.BytesIO(found["icon.ico"])) as image:
        assert image.info["sizes"] == {(size, size) for size in ICO_SIZES}
        top, middle = image.convert("RGBA").getpixel((128, 5)), image.convert("RGBA").getpixel((128, 128))
        assert top == (0, 0, 0, 0) and middle == (200, 10, 10, 255)
    with Image.open(io.BytesIO(found["icon.icns"])) as image:
        assert image.width == image.height


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(MakeError):
        icons(tmp_path / "a.png")


def test_a_picture_too_large_to_be_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (300, 300)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(MakeError, match=r"(?s)too large.*a\.png"):
        icons(tmp_path / "a.png")
