"""Face patches: outside the feathered mask the pixels are the base's, bit for bit."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from comfyvn.makers.copy import png
from comfyvn.makers.patch import composite, mask, patched

fractions = st.floats(0.0, 0.6, allow_nan=False)


def _noise(size: tuple[int, int], seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 4), dtype=np.uint8))


@settings(max_examples=60, deadline=None)
@given(fractions, fractions, st.floats(0.1, 0.4), st.floats(0.1, 0.4), st.floats(0.0, 0.5), st.integers(0, 2**31))
def test_outside_the_mask_the_base_is_untouched(
    x: float, y: float, w: float, h: float, feather: float, seed: int
) -> None:
    base, face = _noise((90, 70), seed), _noise((90, 70), seed + 1)
    blend = mask(base.size, (x, y, w, h), feather)
    result = np.asarray(composite(base, face, blend))
    outside = np.asarray(blend) == 0
    assert (result[outside] == np.asarray(base)[outside]).all()
    assert (result[:, :, 3] == np.asarray(base)[:, :, 3]).all()


def test_the_mask_is_soft_inside_the_box_and_full_in_its_middle() -> None:
    blend = np.asarray(mask((100, 100), (0.2, 0.2, 0.6, 0.6), 0.2))
    assert blend[50, 50] == 255
    assert blend[19, 50] == 0
    assert blend[80, 50] == 0
    assert 0 < blend[25, 50] < 255
    edge = blend[50, 20:50].astype(int)
    assert (np.diff(edge) >= 0).all()


def test_in_the_middle_the_face_is_the_new_one_and_the_size_is_the_base_s() -> None:
    base, face = Image.new("RGBA", (64, 64), (10, 10, 10, 255)), Image.new("RGB", (32, 32), (200, 100, 50))
    data = patched(png(base), png(face), (0.25, 0.25, 0.5, 0.5), 0.1)
    with Image.open(io.BytesIO(data)) as result:
        assert result.size == (64, 64)
        assert result.getpixel((32, 32)) == (200, 100, 50, 255)
        assert result.getpixel((2, 2)) == (10, 10, 10, 255)
