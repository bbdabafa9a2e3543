"""Cutting figures out of pictures that somebody loads: what stands on an even ground, its edges, its holes."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from comfyvn.draft.drawing import Request, draw
from comfyvn.draft.keying import key
from comfyvn.draft.pixels import over
from comfyvn.draft.values import Pixels

FIGURE = "young woman, silver hair\nnavy blazer, skirt\n{}\nsmile\nflat colours"
PINK = (240, 120, 200)
colours = st.tuples(*[st.integers(0, 255)] * 3)


def laid_on(cutout: Pixels, colour: tuple[int, int, int]) -> Pixels:
    ground = np.empty((*cutout.shape[:2], 3), np.uint8)
    ground[:] = colour
    return over(cutout, ground)


def test_a_drawn_figure_is_cut_out_as_if_it_had_never_had_a_ground() -> None:
    """Laid on another colour it looks as the true cutout does, edges and the hole under an arm among it."""
    for pose in ("standing", "waving", "hand on hip"):
        frame = draw(Request(FIGURE.format(pose), (416, 608), 7))
        found = key(frame.pixels)
        assert found is not None and frame.cutout is not None
        apart = np.abs(laid_on(found, PINK).astype(int) - laid_on(frame.cutout, PINK)).max(axis=2)
        assert (apart > 48).mean() < 0.0005, pose
        assert (found[..., 3] == 255).mean() > 0.1


def test_what_is_added_outside_the_figure_is_cut_out_with_it_and_a_label_in_a_corner_is_not() -> None:
    image = Image.new("RGB", (200, 300), (128, 128, 128))
    pen = ImageDraw.Draw(image)
    pen.rectangle((60, 80, 140, 299), fill=(30, 40, 90))
    pen.rectangle((90, 20, 110, 80), fill=(200, 30, 30))  # a hat, where there was ground
    pen.rectangle((4, 4, 30, 12), fill=(10, 10, 10))
    alpha = np.asarray(key(np.asarray(image)))[..., 3]
    assert alpha[50, 100] == alpha[200, 100] == 255
    assert alpha[8, 16] == alpha[150, 20] == 0


def test_a_picture_that_was_saved_as_jpeg_is_cut_out_too() -> None:
    image, file = Image.new("RGB", (160, 240), (128, 128, 128)), io.BytesIO()
    ImageDraw.Draw(image).ellipse((40, 40, 120, 200), fill=(220, 60, 40))
    image.save(file, "JPEG", quality=92)
    alpha = np.asarray(key(np.asarray(Image.open(file))))[..., 3]
    assert (alpha[120, 80], alpha[4, 4], alpha[236, 80]) == (255, 0, 0)


def test_a_picture_without_an_even_ground_is_not_keyed() -> None:
    across = np.tile(np.linspace(0, 255, 120).astype(np.uint8), (120, 1))
    assert key(np.dstack([across, across.T, np.full_like(across, 9)])) is None
    assert key(np.full((40, 40, 3), 128, np.uint8)) is None, "nothing stands on it"


@settings(max_examples=40, deadline=None)
@given(colours, colours, st.integers(1, 30), st.integers(1, 30))
def test_a_box_of_any_colour_on_any_other(
    ground: tuple[int, int, int], box: tuple[int, int, int], w: int, h: int
) -> None:
    pixels = np.empty((64, 48, 3), np.uint8)
    pixels[:] = ground
    pixels[10 : 10 + h, 8 : 8 + w] = box
    found = key(pixels)
    if max(abs(a - b) for a, b in zip(ground, box, strict=True)) <= 6:
        assert found is None
    else:
        assert found is not None
        alpha = found[..., 3]
        assert (alpha[10 : 10 + h, 8 : 8 + w] == 255).all() and int((alpha > 0).sum()) == w * h
        assert (found[10 : 10 + h, 8 : 8 + w, :3] == box).all()
