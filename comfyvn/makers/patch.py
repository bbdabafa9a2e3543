"""A repainted face put on its accepted base, so that every pixel outside the feathered mask is the base's."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from comfyvn.errors import MakeError
from comfyvn.makers.copy import png
from comfyvn.makers.embedded import embedded

Box = tuple[float, float, float, float]


def mask(size: tuple[int, int], box: Box, feather: float) -> Image.Image:
    """An 8-bit mask of `size`: 0 outside `box` (fractions: x, y, width, height), 255 inside, soft towards the edge.

    The edge is a smoothstep inward over `feather` × the box's smaller side: the mask is 0 on and outside the box.
    """
    width, height = size
    x, y, w, h = box
    left, top, right, bottom = round(x * width), round(y * height), round((x + w) * width), round((y + h) * height)
    soft = max(1.0, feather * min(right - left, bottom - top))
    across = np.minimum(np.arange(width) - left, right - 1 - np.arange(width))
    down = np.minimum(np.arange(height) - top, bottom - 1 - np.arange(height))
    edge = np.clip(np.minimum(across[None, :], down[:, None]) / soft, 0.0, 1.0)
    smooth = edge * edge * (3.0 - 2.0 * edge)
    return Image.fromarray(np.round(smooth * 255.0).astype(np.uint8))


def composite(base: Image.Image, face: Image.Image, blend: Image.Image) -> Image.Image:
    """`face` over `base` through `blend` (RGBA; the face's colour in the mask, the base's own transparency everywhere).

    Where the mask is 0 the base's pixels are kept bit for bit.
    """
    result = base.convert("RGBA")
    box = blend.getbbox()
    if box is None:
        return result
    place = result.crop(box)  # a face is a small part of a figure
    under = np.asarray(place, dtype=np.uint8)
    over = np.asarray(_fitted(face, base.size).convert("RGBA").crop(box), dtype=np.float64)
    weight = np.asarray(blend.crop(box), dtype=np.float64)[:, :, None] / 255.0
    mixed = under.astype(np.float64)
    mixed[:, :, :3] = under[:, :, :3] * (1.0 - weight) + over[:, :, :3] * weight
    result.paste(Image.fromarray(np.where(weight > 0, np.round(mixed), under).astype(np.uint8)), box)
    return result


def _fitted(face: Image.Image, size: tuple[int, int]) -> Image.Image:
    return face if face.size == size else face.resize(size, Image.Resampling.LANCZOS)


def patched(base: bytes, face: bytes, box: Box, feather: float) -> bytes:
    """PNG of the base with the face patched in, holding the face's graph. Raises MakeError when either is no picture.

    The base's graph is in the base: whoever drops the patch on ComfyUI wants the expression.
    """
    try:
        with Image.open(io.BytesIO(base)) as under, Image.open(io.BytesIO(face)) as over:
            return png(composite(under, over, mask(under.size, box, feather)), embedded(over))
    except (OSError, SyntaxError, ValueError) as error:
        raise MakeError(f"a face cannot be patched in ({error})", "", "make the base again") from error
