"""A figure cut out of a picture that somebody loads: what is not its even ground, with edges unmixed from it.

As compositors key a blue screen (T. Porter, T. Duff, "Compositing Digital Images", 1984): an edge pixel is
`alpha * figure + (1 - alpha) * ground`; with the ground known, and the figure taken from the nearest pixel inside,
alpha follows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comfyvn.draft.values import Pixels

NEAR = 6  # how far a channel may be from the ground's and still be ground: more than a JPEG's noise, less than an edge
EVEN = 0.6  # of the picture's margin that must be ground
EDGE = 1  # pixels along the outline that are mixed with the ground
SPECK = 0.02  # of the largest part's area: what is smaller, as a label in a corner, is none of the figure


def key(pixels: Pixels) -> Pixels | None:
    """(height, width, 4) with straight alpha, of (height, width, 3); None where no even ground surrounds a figure."""
    from scipy import ndimage  # heavy, and of use to this alone

    margin = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = np.median(margin, axis=0).astype(np.int16)
    like_ground = _near(pixels, ground)
    if _near(margin, ground).mean() < EVEN:
        return None
    parts, _ = ndimage.label(like_ground)
    around = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    # What the figure encloses, as an arm does, is ground where it is the very same; cloth of about that colour is not.
    outside = like_ground & (np.isin(parts, around) | (pixels == ground).all(axis=-1))
    figure = _without_specks(~outside)
    if not figure.any():
        return None
    inside = ndimage.binary_erosion(figure, iterations=EDGE, border_value=1)
    if not inside.any():
        inside = figure
    at = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    nearest = pixels[tuple(at)]
    edge = figure & ~inside
    alpha = np.where(inside, 255, 0).astype(np.uint8)
    alpha[edge] = _mixed(pixels[edge], nearest[edge], ground)
    colours = np.where(inside[..., None], pixels, nearest)
    colours[~figure] = 0
    return np.dstack([colours, alpha])


def _near(pixels: Pixels, ground: NDArray[np.int16]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(pixels.astype(np.int16) - ground) <= NEAR).all(axis=-1))


def _mixed(pixels: Pixels, figure: Pixels, ground: NDArray[np.int16]) -> Pixels:
    """How much of the figure is in these pixels, 0…255: the share along the line from ground to figure."""
    line, seen = figure.astype(np.float64) - ground, pixels.astype(np.float64) - ground
    length = (line * line).sum(axis=-1)
    share = np.where(length > 0, (seen * line).sum(axis=-1) / np.maximum(length, 1), 1.0)
    return np.asarray(np.rint(np.clip(share, 0, 1) * 255), np.uint8)


def _without_specks(figure: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    parts, _ = ndimage.label(figure)
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return np.asarray((areas >= SPECK * areas.max())[parts] & figure)
