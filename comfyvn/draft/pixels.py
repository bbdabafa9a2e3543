"""Real arithmetic on the pictures and masks of a graph: scaling, cropping, padding, compositing, growing …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from comfyvn.draft.keying import key
from comfyvn.draft.values import Box, Drawing, Frame, Images, Masks, Pixels, checked

FILTERS = {
    "nearest-exact": Image.Resampling.NEAREST,
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def resample(pixels: Pixels, size: tuple[int, int], method: str = "lanczos") -> Pixels:
    """An array (height, width[, 3|4]) at `size` (width, height)."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(checked(*size), FILTERS.get(method, Image.Resampling.LANCZOS)))


def scale_part(
    part: Frame | Drawing, size: tuple[int, int], method: str = "lanczos", crop: str = "disabled"
) -> Frame | Drawing:
    """As `scale`; a drawing is not enlarged but will be drawn larger."""
    return scale(part, size, method, crop) if isinstance(part, Frame) else part.scaled(size, crop == "center")


def scale(frame: Frame, size: tuple[int, int], method: str = "lanczos", crop: str = "disabled") -> Frame:
    """ComfyUI's common upscale: stretched to `size`, or first cut to its aspect around the centre (`crop="center"`)."""
    if frame.size == size:
        return frame
    if crop == "center":
        frame = cut_to_aspect(frame, size)
    return _each(frame, lambda pixels: resample(pixels, size, method))


def cut_to_aspect(frame: Frame, size: tuple[int, int]) -> Frame:
    width, height = frame.size
    wanted = size[0] / size[1]
    if width / height > wanted:
        kept = max(1, round(height * wanted))
        return crop(frame, ((width - kept) // 2, 0, kept, height))
    kept = max(1, round(width / wanted))
    return crop(frame, (0, (height - kept) // 2, width, kept))


def crop(frame: Frame, box: tuple[int, int, int, int]) -> Frame:
    """The part `box` = (x, y, width, height), kept inside the picture and at least one pixel large, as by ImageCrop."""
    width, height = frame.size
    left, top = min(box[0], width - 1), min(box[1], height - 1)
    right, bottom = min(width, left + max(1, box[2])), min(height, top + max(1, box[3]))
    cut = _each(frame, lambda pixels: pixels[top:bottom, left:right])
    return replace(cut, face=_moved(frame.face, frame.size, (-left, -top), cut.size))


def pad(frame: Frame, left: int, top: int, right: int, bottom: int, value: int = 128) -> Frame:
    """The picture with a margin of flat grey (transparent where it has alpha)."""
    checked(frame.size[0] + left + right, frame.size[1] + top + bottom)

    def widen(pixels: Pixels) -> Pixels:
        height, width, channels = pixels.shape
        wide = np.full((height + top + bottom, width + left + right, channels), value, np.uint8)
        if channels == 4:
            wide[..., 3] = 0
        wide[top : top + height, left : left + width] = pixels
        return wide

    wide = _each(frame, widen)
    return replace(wide, face=_moved(frame.face, frame.size, (left, top), wide.size))


def paste(below: Frame, above: Frame, at: tuple[int, int], mask: Pixels | None = None) -> Frame:
    """`above` over `below` at (x, y) through `mask` (stretched to `above`; None: everywhere).

    What hangs over is cut off. As in ComfyUI, the alpha of `above` plays no part; the result has alpha where `below`
    has it.
    """
    x, y = at
    left, top = max(0, x), max(0, y)
    right, bottom = min(below.size[0], x + above.size[0]), min(below.size[1], y + above.size[1])
    if right <= left or bottom <= top:
        return below
    part = (slice(top - y, bottom - y), slice(left - x, right - x))
    weight = np.full(above.pixels.shape[:2], 255, np.uint8) if mask is None else resample(mask, above.size, "bilinear")
    source = above.pixels if mask is None else clean_edges(above)
    if below.pixels.shape[2] == 4 and source.shape[2] == 3:
        source = np.dstack([source, np.full(source.shape[:2], 255, np.uint8)])
    pixels = below.pixels.copy()
    target = pixels[top:bottom, left:right]
    pixels[top:bottom, left:right] = mix(target, source[part][..., : target.shape[2]], weight[part])
    known = below.cutout
    # A new ground under a figure leaves what is known of the figure true.
    if known is not None and weight[part][known[top:bottom, left:right, 3] == 255].any():
        known = None
    return Frame(pixels, cutout=known, drawn=below.drawn or above.drawn, face=below.face, marked=below.marked)


def clean_edges(frame: Frame) -> Pixels:
    """The picture's colours; where a cutout is known those of the figure alone, so that no ground shines through."""
    if frame.cutout is None:
        return frame.pixels
    colours = frame.pixels.copy()
    seen = frame.cutout[..., 3] > 0
    colours[..., :3][seen] = frame.cutout[..., :3][seen]
    return colours


def mix(low: Pixels, high: Pixels, weight: Pixels) -> Pixels:
    """`low` where weight is 0, `high` where it is 255, rounded; exact at both ends."""
    factor = weight.astype(np.uint16)[..., None]
    blended = (low.astype(np.uint16) * (255 - factor) + high.astype(np.uint16) * factor + 127) // 255  # 65,152 at most
    return blended.astype(np.uint8)


def over(figure: Pixels, ground: Pixels) -> Pixels:
    """An RGBA picture laid on an opaque RGB one of the same size."""
    return mix(ground[..., :3], figure[..., :3], figure[..., 3])


def join_alpha(frame: Frame, alpha: Pixels) -> Frame:
    """The picture with this alpha (255 = seen), stretched to it."""
    plane = resample(alpha, frame.size, "bilinear")
    return replace(frame, pixels=np.dstack([clean_edges(frame)[..., :3], plane]), cutout=None)


def without_background(frame: Frame) -> Frame:
    """What a background remover gives: the known cutout, the picture's own alpha, what stands on an even ground, or
    else a soft oval.
    """
    known = frame.cutout if frame.cutout is not None else frame.pixels if frame.pixels.shape[2] == 4 else None
    if known is not None and not _is_filled(known[..., 3]):
        return replace(frame, pixels=known, cutout=None)
    keyed = key(frame.pixels[..., :3])
    if keyed is None:
        keyed = np.dstack([frame.pixels[..., :3], _oval(frame.size)]) if known is None else known
    return replace(frame, pixels=keyed, cutout=None)


def _is_filled(alpha: Pixels) -> bool:
    """Whether a picture's margin is seen: then its alpha cuts nothing out, and an editor has only written it along."""
    margin = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    return bool((margin > 250).mean() > 0.9)


def alpha_of(frame: Frame) -> Pixels:
    """The plane that a segmenter finds (255 = the figure)."""
    return without_background(frame).pixels[..., 3]


def box_plane(size: tuple[int, int], box: Box) -> Pixels:
    """A mask that is 255 inside `box`."""
    width, height = size
    plane = np.zeros((height, width), np.uint8)
    left, top = int(box[0] * width), int(box[1] * height)
    right, bottom = round((box[0] + box[2]) * width), round((box[1] + box[3]) * height)
    plane[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 255
    return plane


def grow(plane: Pixels, amount: int, tapered: bool = True) -> Pixels:
    """The mask grown (or shrunk, below 0) by `amount` pixels; tapered corners grow as a diamond, others as a square."""
    image = Image.fromarray(plane)
    shrink = amount < 0
    for _ in range(min(abs(amount), max(plane.shape))):
        image = _taper(image, shrink) if tapered else image.filter(_ring(shrink))
    return np.asarray(image)


def feather(plane: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """FeatherMask: the mask fades towards the edges of the picture over so many pixels."""
    result = plane.astype(np.float32)
    height, width = plane.shape
    result *= _ramp(width, left, right)[None, :]
    result *= _ramp(height, top, bottom)[:, None]
    return np.rint(result).astype(np.uint8)


def batch(frames: tuple[Frame, ...]) -> Images:
    """One batch of one size, that of the first, and one number of channels, as tensors need it."""
    size = frames[0].size
    scaled = [scale(frame, size, "bilinear", "center") for frame in frames]
    alpha = any(frame.pixels.shape[2] == 4 for frame in scaled)
    return Images(tuple(_with_alpha(frame) if alpha else frame for frame in scaled))


def fit(planes: Masks, size: tuple[int, int], count: int) -> tuple[Pixels, ...]:
    """`count` planes of `size`; a short batch repeats its last."""
    scaled = [resample(plane, size, "bilinear") for plane in planes.planes]
    return tuple(scaled[min(index, len(scaled) - 1)] for index in range(count))


def _each(frame: Frame, change: Callable[[Pixels], Pixels]) -> Frame:
    cutout = None if frame.cutout is None else change(frame.cutout)
    return replace(frame, pixels=change(frame.pixels), cutout=cutout)


def _moved(face: Box | None, old: tuple[int, int], shift: tuple[int, int], new: tuple[int, int]) -> Box | None:
    if face is None:
        return None
    left = (face[0] * old[0] + shift[0]) / new[0]
    top = (face[1] * old[1] + shift[1]) / new[1]
    return left, top, face[2] * old[0] / new[0], face[3] * old[1] / new[1]


def _with_alpha(frame: Frame) -> Frame:
    if frame.pixels.shape[2] == 4:
        return frame
    opaque = np.full(frame.pixels.shape[:2], 255, np.uint8)
    return replace(frame, pixels=np.dstack([frame.pixels, opaque]))


def _oval(size: tuple[int, int]) -> Pixels:
    width, height = size
    y, x = np.ogrid[0:height, 0:width]
    reach = ((x + 0.5) / width * 2 - 1) ** 2 + ((y + 0.5) / height * 2 - 1) ** 2
    return np.clip((0.8 - reach) * 2550, 0, 255).astype(np.uint8)


def _ramp(length: int, low: int, high: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    ramp = np.ones(length, np.float32)
    for index in range(min(low, length)):
        ramp[index] *= (index + 1) / low
    for index in range(min(high, length)):
        ramp[length - 1 - index] *= (index + 1) / high
    return ramp


def _ring(shrink: bool) -> ImageFilter.RankFilter:
    return ImageFilter.MinFilter(3) if shrink else ImageFilter.MaxFilter(3)


def _taper(image: Image.Image, shrink: bool) -> Image.Image:
    choose = ImageChops.darker if shrink else ImageChops.lighter
    result = image
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        result = choose(result, _shifted(image, x, y))
    return result


def _shifted(image: Image.Image, x: int, y: int) -> Image.Image:
    # ImageChops.offset would wrap round to the other side; the edge itself is kept instead.
    moved = image.copy()
    moved.paste(image, (x, y))
    return moved
