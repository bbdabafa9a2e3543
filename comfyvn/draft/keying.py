"""A figure cut out of a picture that somebody loads: what is not its even ground, with edges unmixed from it.

As compositors key a blue screen (T. Porter, T. Duff, "Compositing Digital Images", 1984): an edge pixel is
`alpha * figure + (1 - alpha) * ground`; with the ground known, and the figure taken from the nearest pixel inside,
alpha follows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comfyvn.draft.art import tag_box
from comfyvn.draft.values import Pixels

NEAR = 8  # how far a channel may be from the ground's and still be ground
EVEN = 0.6  # of the picture's margin that must be ground
FAINT, FEW = 40, 64  # channel difference and pixels: a part below both is a JPEG's noise around something else
BESIDE = ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
Plane = NDArray[np.bool_]


def key(pixels: Pixels) -> Pixels | None:
    """(height, width, 4) with straight alpha, of (height, width, 3); None where no even ground surrounds a figure."""
    from scipy import ndimage  # heavy, and of use to this alone

    margin = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = np.median(margin, axis=0).astype(np.int16)
    apart = np.abs(pixels.astype(np.int16) - ground).max(axis=-1)
    if (np.abs(margin.astype(np.int16) - ground).max(axis=-1) <= NEAR).mean() < EVEN:
        return None
    parts, _ = ndimage.label(apart <= NEAR)
    around = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    # What the figure encloses, as an arm does, is ground where it is the very same; cloth of about that colour is not.
    outside = (apart <= NEAR) & (np.isin(parts, around) | (apart == 0))
    parts, count = ndimage.label(~outside, np.ones((3, 3)))
    figure = ~outside & _is_figure(parts, count, apart)[parts]
    if not figure.any():
        return None
    return _unmixed(pixels, figure, ground)


def _is_figure(parts: NDArray[np.int32], count: int, apart: NDArray[np.int16]) -> Plane:
    """Which of the numbered parts belong to the figure: neither our own DRAFT tag nor noise."""
    from scipy import ndimage

    numbers = np.arange(count + 1)
    areas = np.bincount(parts.ravel(), minlength=count + 1)
    strongest = np.asarray(ndimage.maximum(apart, parts, numbers))
    found = np.asarray((strongest >= FAINT) | (areas >= FEW))
    left, top, right, bottom = tag_box((parts.shape[1], parts.shape[0]))
    in_corner = np.bincount(parts[top:bottom, left:right].ravel(), minlength=count + 1)
    found &= in_corner != areas
    found[0] = False
    return found


def _unmixed(pixels: Pixels, figure: Plane, ground: NDArray[np.int16]) -> Pixels:
    """Pixels along the outline take the colour of one beside them inside, and as much alpha as that leaves them.

    What has no inside, such as a thin line, stays as it is.
    """
    padded = np.pad(figure, 1, mode="edge")
    height, width = figure.shape
    around = [padded[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in BESIDE[:4]]
    inside = figure & np.logical_and.reduce(around)
    rows, columns = np.nonzero(figure & ~inside)
    colours = np.where(figure[..., None], pixels, 0).astype(np.uint8)
    alpha = np.where(figure, 255, 0).astype(np.uint8)
    nearest, is_found = pixels[rows, columns].copy(), np.zeros(len(rows), bool)
    for y, x in BESIDE:
        beside = np.clip(rows + y, 0, height - 1), np.clip(columns + x, 0, width - 1)
        fits = ~is_found & inside[beside]
        nearest[fits] = pixels[beside][fits]
        is_found |= fits
    share, is_mixed = _share(pixels[rows, columns], nearest, ground)
    rows, columns = rows[is_mixed], columns[is_mixed]
    alpha[rows, columns] = np.rint(share[is_mixed] * 255)
    colours[rows, columns] = nearest[is_mixed]
    return np.dstack([colours, alpha])


def _share(pixels: Pixels, figure: Pixels, ground: NDArray[np.int16]) -> tuple[NDArray[np.float64], Plane]:
    """How much of the figure is in these pixels, 0…1, along the line from ground to figure; and which lie on that line:
    what has another colour than both is a stroke of its own.
    """
    line, seen = figure.astype(np.float64) - ground, pixels.astype(np.float64) - ground
    length = np.maximum((line * line).sum(axis=-1), 1)
    share = np.clip((seen * line).sum(axis=-1) / length, 0, 1)
    off = np.abs(seen - share[:, None] * line).max(axis=-1)
    return share, np.asarray(off < FAINT)
