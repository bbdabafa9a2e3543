"""The arithmetic of picture and mask nodes, held against values worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.draft import pixels
from comfyvn.draft.values import DraftOutOfMemoryError, Frame, Pixels, checked


def flat(width: int, height: int, *colour: int) -> Frame:
    frame = np.empty((height, width, len(colour)), np.uint8)
    frame[:] = colour
    return Frame(frame)


def plane(rows: list[list[int]]) -> Pixels:
    return np.array(rows, np.uint8)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_mixing_is_exact_at_both_ends_and_between_them_elsewhere(low: int, high: int, weight: int) -> None:
    result = int(
        pixels.mix(np.full((1, 1, 3), low, np.uint8), np.full((1, 1, 3), high, np.uint8), plane([[weight]]))[0, 0, 0]
    )
    assert min(low, high) <= result <= max(low, high)
    if weight in (0, 255):
        assert result == (high if weight else low)


def test_pasting_cuts_off_what_hangs_over_and_keeps_the_rest() -> None:
    below, above = flat(4, 4, 0, 0, 0), flat(3, 3, 255, 255, 255)
    result = pixels.paste(below, above, (2, -1)).pixels[..., 0]
    assert (result[:2, 2:] == 255).all() and result.sum() == 4 * 255
    assert pixels.paste(below, above, (9, 9)) is below


def test_alpha_of_the_upper_picture_plays_no_part() -> None:
    result = pixels.paste(flat(2, 2, 1, 2, 3), flat(2, 2, 9, 9, 9, 0), (0, 0))
    assert result.pixels.tolist() == [[[9, 9, 9]] * 2] * 2
    kept = pixels.paste(flat(2, 2, 1, 2, 3, 4), flat(2, 2, 9, 9, 9), (0, 0), plane([[0, 255], [0, 255]]))
    assert kept.pixels[:, 0].tolist() == [[1, 2, 3, 4]] * 2
    assert kept.pixels[:, 1].tolist() == [[9, 9, 9, 255]] * 2


def test_a_new_ground_keeps_what_is_known_of_the_figure() -> None:
    cutout = flat(2, 1, 7, 7, 7, 255).pixels.copy()
    cutout[0, 0, 3] = 0
    sprite = Frame(cutout[..., :3], cutout=cutout)
    ground = pixels.paste(sprite, flat(2, 1, 128, 128, 128), (0, 0), 255 - cutout[..., 3])
    assert ground.cutout is not None and ground.pixels[0].tolist() == [[128] * 3, [7] * 3]
    assert pixels.paste(sprite, flat(2, 1, 0, 0, 0), (0, 0)).cutout is None


@pytest.mark.parametrize(
    ("amount", "tapered", "count"), [(1, True, 5), (1, False, 9), (2, True, 13), (-1, True, 0), (0, True, 1)]
)
def test_masks_grow_as_diamonds_or_squares(amount: int, tapered: bool, count: int) -> None:
    dot = np.zeros((7, 7), np.uint8)
    dot[3, 3] = 255
    assert (pixels.grow(dot, amount, tapered) == 255).sum() == count


def test_feathering_fades_towards_the_edges() -> None:
    soft = pixels.feather(np.full((4, 4), 255, np.uint8), 2, 0, 0, 0)
    assert soft[0].tolist() == [128, 255, 255, 255]
    assert pixels.feather(np.full((1, 4), 255, np.uint8), 0, 0, 4, 0)[0].tolist() == [255, 191, 128, 64]


def test_crops_stay_inside_and_take_the_face_along() -> None:
    frame = Frame(flat(10, 10, 0, 0, 0).pixels, face=(0.4, 0.4, 0.2, 0.2))
    part = pixels.crop(frame, (2, 3, 100, 5))
    assert part.size == (8, 5)
    assert part.face == pytest.approx((0.25, 0.2, 0.25, 0.4))
    assert pixels.crop(frame, (50, 50, 5, 5)).size == (1, 1)


def test_padding_is_grey_or_transparent() -> None:
    assert pixels.pad(flat(1, 1, 9, 9, 9), 1, 0, 0, 0).pixels[0].tolist() == [[128] * 3, [9] * 3]
    assert pixels.pad(flat(1, 1, 9, 9, 9, 255), 0, 1, 0, 0).pixels[0, 0, 3] == 0


def test_centre_crops_before_scaling() -> None:
    wide = np.zeros((2, 6, 3), np.uint8)
    wide[:, 2:4] = 200
    scaled = pixels.scale(Frame(wide), (4, 4), "nearest-exact", "center")
    assert (scaled.pixels == 200).all()


@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4]),
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60), st.integers(1, 60)),
    st.tuples(st.integers(1, 50), st.integers(1, 50)), st.sampled_from(["disabled", "center"]),
)  # fmt: skip
def test_sizes_come_out_as_asked(
    width: int, height: int, channels: int, box: tuple[int, int, int, int], size: tuple[int, int], crop: Any
) -> None:
    frame = Frame(np.zeros((height, width, channels), np.uint8))
    assert pixels.scale(frame, size, "bilinear", crop).size == size
    part = pixels.crop(frame, box)
    assert 1 <= part.size[0] <= width and 1 <= part.size[1] <= height


def test_a_picture_that_nobody_can_want_is_refused() -> None:
    with pytest.raises(DraftOutOfMemoryError):
        checked(16384, 16384)
