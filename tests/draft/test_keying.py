"""Cutting figures out of pictures that somebody loads: what stands on an even ground, its edges, its holes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from comfyvn.draft.art import stamp_draft, tag_box
from comfyvn.draft.drawing import GROUND, Request, draw
from comfyvn.draft.keying import FAINT, FEW, NEAR, key
from comfyvn.draft.pixels import over, without_background
from comfyvn.draft.values import Frame, Pixels

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


def dressed(mode: str = "RGB") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A body on the ground that figures are drawn on, and a pen."""
    image = Image.new(mode, (200, 300), GROUND if mode == "RGB" else (*GROUND, 255))
    pen = ImageDraw.Draw(image)
    pen.rectangle((60, 80, 140, 299), fill=(30, 40, 90))
    return image, pen


def test_what_is_added_outside_the_figure_is_cut_out_with_it_and_our_own_tag_is_not() -> None:
    image, pen = dressed()
    pen.rectangle((90, 20, 110, 80), fill=(200, 30, 30))  # a hat, where there was ground
    found = key(np.asarray(stamp_draft(image)))
    assert found is not None
    alpha = found[..., 3]
    assert alpha[50, 100] == alpha[200, 100] == 255
    left, top, right, bottom = tag_box(image.size)
    assert not alpha[top:bottom, left:right].any() and alpha[150, 20] == 0


@pytest.mark.parametrize("width", [1, 2, 3, 6])
def test_thin_and_small_things_keep_their_colour(width: int) -> None:
    """A staff at the body's side and one that stands apart, a jewel that hangs in the air."""
    image, pen = dressed()
    pen.rectangle((141, 100, 140 + width, 290), fill=(200, 30, 30))
    pen.rectangle((170, 60, 169 + width, 290), fill=(20, 20, 20))
    pen.rectangle((20, 40, 20 + width, 40 + width), fill=(250, 240, 20))
    found = key(np.asarray(image))
    assert found is not None
    for at, colour in (((200, 141), (200, 30, 30)), ((200, 170), (20, 20, 20)), ((40, 20), (250, 240, 20))):
        assert tuple(found[at]) == (*colour, 255)


@pytest.mark.parametrize("quality", [80, 92])
def test_a_picture_that_was_saved_as_jpeg_is_cut_out_too(quality: int) -> None:
    image, pen = dressed()
    pen.ellipse((70, 20, 130, 80), fill=(220, 60, 40))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    found = key(np.asarray(Image.open(file)))
    assert found is not None
    alpha = found[..., 3]
    assert (alpha[50, 100], alpha[200, 100]) == (255, 255)
    assert not alpha[:, :40].any() and not alpha[:, 160:].any(), "no crumbs of the ground"


def test_alpha_that_an_editor_writes_along_cuts_nothing_out() -> None:
    image, _ = dressed("RGBA")
    image.putpixel((3, 3), (*GROUND, 250))
    found = without_background(Frame(np.asarray(image))).pixels
    assert (found[5, 5, 3], found[200, 100, 3]) == (0, 255)
    cut = np.asarray(image).copy()
    cut[..., 3] = np.where(np.arange(200)[None, :] < 100, 255, 0)
    cut[:, :2, 3] = 0
    assert (without_background(Frame(cut)).pixels == cut).all(), "what is cut out already stays as it is"


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
    apart = max(abs(a - b) for a, b in zip(ground, box, strict=True))
    if apart <= NEAR or (apart < FAINT and w * h < FEW):
        assert found is None
    else:
        assert found is not None
        alpha = found[..., 3]
        assert (alpha[10 : 10 + h, 8 : 8 + w] == 255).all() and int((alpha > 0).sum()) == w * h
        assert (found[10 : 10 + h, 8 : 8 + w, :3] == box).all()
