"""Finished art: taken byte for byte where it fits, else fitted without a stretch."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from comfyvn.errors import MakeError
from comfyvn.makers.copy import copy
from comfyvn.recipe import Copy


def _picture(path: Path, size: tuple[int, int], colour: str = "red") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def _open(data: object) -> Image.Image:
    assert isinstance(data, bytes)
    return Image.open(io.BytesIO(data))


def test_a_png_that_fits_is_taken_as_it_is(tmp_path: Path) -> None:
    art = _picture(tmp_path / "art.png", (64, 48))
    assert copy(Copy(engine="comfyvn", size=(64, 48)), art).files[".png"] == art.read_bytes()
    assert copy(Copy(engine="comfyvn"), art).files[".png"] == art.read_bytes()


def test_cover_fills_and_crops(tmp_path: Path) -> None:
    art = _picture(tmp_path / "art.jpg", (100, 100))
    with _open(copy(Copy(engine="comfyvn", size=(64, 36)), art).files[".png"]) as image:
        assert (image.format, image.size) == ("PNG", (64, 36))


def test_contain_shows_all_of_it_standing_on_the_lower_edge(tmp_path: Path) -> None:
    art = _picture(tmp_path / "art.webp", (100, 50))
    with _open(copy(Copy(engine="comfyvn", size=(50, 100), fit="contain"), art).files[".png"]) as image:
        assert image.size == (50, 100)
        assert image.getchannel("A").getbbox() == (0, 75, 50, 100)


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "art.png").write_bytes(b"not a picture")
    with pytest.raises(MakeError) as caught:
        copy(Copy(engine="comfyvn"), tmp_path / "art.png")
    assert "art.png" in caught.value.where
