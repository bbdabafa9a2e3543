"""Node classes that load pictures, change their geometry and put them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from comfyvn.draft.pixels import crop, feather, grow, join_alpha, pad, paste, resample, scale, scale_part
from comfyvn.draft.values import SOFTWARE, Drawing, Frame, Images, Masks, Pixels, checked, pixel_digest
from comfyvn.draft.world import Call, Handler, NodeFailed, Outcome, give


def load_image(call: Call) -> Outcome:
    """RGB and, as ComfyUI has it, the inverted alpha as mask (64 × 64 of nothing where there is no alpha)."""
    frames: list[Frame] = []
    masks: list[Pixels] = []
    with _open(call) as image:
        marked = image.info.get("Software") == SOFTWARE
        for page in ImageSequence.Iterator(image):
            upright = ImageOps.exif_transpose(page)
            if frames and upright.size != frames[0].size:
                continue
            frame, mask = _loaded(upright)
            frames.append(replace(frame, marked=marked and frame.cutout is None))
            masks.append(mask)
    return give(Images(tuple(frames)), Masks(tuple(masks)))


def load_mask(call: Call) -> Outcome:
    channel = call.text("channel", "alpha")
    with _open(call) as image:
        upright = ImageOps.exif_transpose(image)
        if channel == "alpha":
            return give(Masks((_loaded(upright)[1],)))
        plane = upright.convert("RGB").getchannel({"red": 0, "green": 1, "blue": 2}[channel])
    return give(Masks((np.asarray(plane),)))


def _open(call: Call) -> Image.Image:
    name = call.text("image")
    default = "output" if call.definition.name == "LoadImageOutput" else "input"
    path = call.world.folders.find(name, default)
    if path is None:
        raise NodeFailed(f"image file {name!r} is not there")
    try:
        return Image.open(path)
    except UnidentifiedImageError as error:
        raise UnidentifiedImageError(f"cannot identify image file {name!r}") from error


def _loaded(image: Image.Image) -> tuple[Frame, Pixels]:
    alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    pixels = np.asarray(image.convert("RGBA" if alpha else "RGB"))
    origin = pixel_digest(pixels)
    if not alpha:
        return Frame(pixels, origin=origin), np.zeros((64, 64), np.uint8)
    return Frame(pixels[..., :3], cutout=pixels, origin=origin), 255 - pixels[..., 3]


def empty_image(call: Call) -> Outcome:
    width, height = checked(call.whole("width", 512), call.whole("height", 512))
    colour = call.whole("color")
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = (colour >> 16 & 255, colour >> 8 & 255, colour & 255)
    return give(Images((Frame(pixels),) * max(1, call.whole("batch_size", 1))))


def _map(change: Callable[[Call, Frame], Frame], name: str = "image") -> Handler:
    def run(call: Call) -> Outcome:
        return give(Images(tuple(change(call, frame) for frame in call.need(name, Images).frames)))

    return run


def _map_parts(change: Callable[[Call, Frame | Drawing], Frame | Drawing]) -> Handler:
    """As `_map`, without drawing what is not drawn yet."""

    def run(call: Call) -> Outcome:
        return give(Images(tuple(change(call, part) for part in call.need("image", Images).parts)))

    return run


def _scaled(call: Call, frame: Frame | Drawing) -> Frame | Drawing:
    width, height = call.whole("width"), call.whole("height")
    if not width and not height:
        return frame
    size = (width or max(1, round(frame.size[0] * height / frame.size[1])), height)
    size = (size[0], height or max(1, round(frame.size[1] * width / frame.size[0])))
    method, crop_mode = call.text("upscale_method", "lanczos"), call.text("crop", "disabled")
    return scale_part(frame, checked(*size), method, crop_mode)


def _scaled_by(call: Call, frame: Frame | Drawing) -> Frame | Drawing:
    factor = call.number("scale_by", 1.0)
    size = checked(round(frame.size[0] * factor), round(frame.size[1] * factor))
    return scale_part(frame, size, call.text("upscale_method", "lanczos"))


def _upscaled(call: Call, frame: Frame | Drawing) -> Frame | Drawing:
    return scale_part(frame, checked(frame.size[0] * 4, frame.size[1] * 4))


def _cropped(call: Call, frame: Frame) -> Frame:
    return crop(frame, (call.whole("x"), call.whole("y"), call.whole("width", 512), call.whole("height", 512)))


def _inverted(call: Call, frame: Frame) -> Frame:
    pixels = frame.pixels.copy()
    pixels[..., :3] = 255 - pixels[..., :3]
    return Frame(pixels, drawn=frame.drawn, face=frame.face)


def _square(call: Call, frame: Frame) -> Frame:
    side = min(frame.size)
    x, y = (frame.size[0] - side) // 2, (frame.size[1] - side) // 2
    where = call.text("crop_position", "center")
    box = {"top": (x, 0), "bottom": (x, 2 * y), "left": (0, y), "right": (2 * x, y)}.get(where, (x, y))
    return scale(crop(frame, (*box, side, side)), (224, 224))


def resize_kj(call: Call) -> Outcome:
    images = call.need("image", Images)
    width, height = images.size
    wanted = (call.whole("width") or width, call.whole("height") or height)
    mode, method = call.text("keep_proportion", "stretch"), call.text("upscale_method", "lanczos")
    if mode == "resize" or mode.startswith(("pad", "pillar")):
        factor = min(wanted[0] / width, wanted[1] / height)
        inner = (max(1, round(width * factor)), max(1, round(height * factor)))
    else:
        inner = wanted
    step = max(1, call.whole("divisible_by", 1))
    frames = tuple(
        scale(frame, checked(*inner), method, "center" if mode == "crop" else "disabled") for frame in images.frames
    )
    if inner != wanted and mode != "resize":
        left, top = (wanted[0] - inner[0]) // 2, (wanted[1] - inner[1]) // 2
        margin = (left, top, wanted[0] - inner[0] - left, wanted[1] - inner[1] - top)
        frames = tuple(pad(frame, *margin, value=0) for frame in frames)
    size = (max(step, frames[0].size[0] // step * step), max(step, frames[0].size[1] // step * step))
    frames = tuple(scale(frame, checked(*size), method) for frame in frames)
    mask = call.get("mask", Masks) or Masks((np.zeros((64, 64), np.uint8),))
    planes = Masks(tuple(resample(plane, size) for plane in mask.planes))
    return give(Images(frames), *size, planes)


def pad_for_outpaint(call: Call) -> Outcome:
    images = call.need("image", Images)
    margin = (call.whole("left"), call.whole("top"), call.whole("right"), call.whole("bottom"))
    frames = tuple(pad(frame, *margin) for frame in images.frames)
    width, height = frames[0].size
    soft = call.whole("feathering")
    kept = np.full((images.size[1], images.size[0]), 255, np.uint8)
    kept = feather(kept, *(soft if side else 0 for side in margin)) if soft else kept
    mask = np.full((height, width), 255, np.uint8)
    mask[margin[1] : margin[1] + images.size[1], margin[0] : margin[0] + images.size[0]] = 255 - kept
    return give(Images(frames), Masks((mask,)))


def composite(call: Call) -> Outcome:
    below, above = call.need("destination", Images), call.need("source", Images)
    mask = call.get("mask", Masks)
    frames = []
    for index, frame in enumerate(below.frames):
        top = above.frames[index % len(above.frames)]
        top = scale(top, below.size, "bilinear") if call.inputs.get("resize_source") else top
        plane = mask.planes[index % len(mask.planes)] if mask else None
        frames.append(paste(frame, top, (call.whole("x"), call.whole("y")), plane))
    return give(Images(tuple(frames)))


def blend(call: Call) -> Outcome:
    first, second = call.need("image1", Images), call.need("image2", Images)
    factor, mode = call.number("blend_factor", 0.5), call.text("blend_mode", "normal")
    frames = []
    for index, frame in enumerate(first.frames):
        other = scale(second.frames[index % len(second.frames)], first.size, "bicubic", "center")
        low = frame.pixels[..., :3].astype(np.float32) / 255
        high = other.pixels[..., :3].astype(np.float32) / 255
        mixed = low * (1 - factor) + _blended(low, high, mode) * factor
        pixels = np.rint(np.clip(mixed, 0, 1) * 255).astype(np.uint8)
        frames.append(Frame(pixels, drawn=frame.drawn or other.drawn, face=frame.face))
    return give(Images(tuple(frames)))


Colours = NDArray[np.floating[Any]]


def _blended(low: Colours, high: Colours, mode: str) -> Colours:
    if mode == "multiply":
        return low * high
    if mode == "screen":
        return 1 - (1 - low) * (1 - high)
    if mode == "difference":
        return low - high
    if mode == "overlay":
        return np.where(low <= 0.5, 2 * low * high, 1 - 2 * (1 - low) * (1 - high))
    if mode == "soft_light":
        root = np.where(low <= 0.25, ((16 * low - 12) * low + 4) * low, np.sqrt(low))
        return np.where(high <= 0.5, low - (1 - 2 * high) * low * (1 - low), low + (2 * high - 1) * (root - low))
    return high


def join(call: Call) -> Outcome:
    """ComfyUI's alpha input is a mask of what is *not* seen."""
    images, mask = call.need("image", Images), call.need("alpha", Masks)
    frames = (
        join_alpha(frame, 255 - mask.planes[min(index, len(mask.planes) - 1)])
        for index, frame in enumerate(images.frames)
    )
    return give(Images(tuple(frames)))


def combine_alpha(call: Call) -> Outcome:
    """LayerStyle's node takes the mask of what is seen."""
    images, mask = call.need("RGB_image", Images), call.need("mask", Masks)
    frames = (
        join_alpha(frame, mask.planes[min(index, len(mask.planes) - 1)]) for index, frame in enumerate(images.frames)
    )
    return give(Images(tuple(frames)))


def split(call: Call) -> Outcome:
    frames, planes = [], []
    for frame in call.need("image", Images).frames:
        frames.append(replace(frame, pixels=frame.pixels[..., :3], cutout=frame.cutout))
        alpha = frame.pixels[..., 3] if frame.pixels.shape[2] == 4 else np.full(frame.pixels.shape[:2], 255, np.uint8)
        planes.append(255 - alpha)
    return give(Images(tuple(frames)), Masks(tuple(planes)))


def remove_alpha(call: Call) -> Outcome:
    colour = _colour(call.text("background_color", "#000000"))
    mask = call.get("mask", Masks)
    frames = []
    for index, frame in enumerate(call.need("RGBA_image", Images).frames):
        plane = mask.planes[index % len(mask.planes)] if mask else None
        if plane is None and frame.pixels.shape[2] == 4:
            plane = frame.pixels[..., 3]
        rgb = replace(frame, pixels=frame.pixels[..., :3])
        if call.inputs.get("fill_background") and plane is not None:
            ground = np.empty_like(rgb.pixels)
            ground[:] = colour
            cutout = join_alpha(rgb, plane).pixels
            rgb = replace(paste(Frame(ground), rgb, (0, 0), plane), cutout=cutout, face=frame.face, drawn=frame.drawn)
        frames.append(rgb)
    return give(Images(tuple(frames)))


def _colour(text: str) -> tuple[int, int, int]:
    digits = text.strip().lstrip("#")
    try:
        value = int(digits[:6], 16)
    except ValueError:
        return 0, 0, 0
    return value >> 16 & 255, value >> 8 & 255, value & 255


def mask_to_image(call: Call) -> Outcome:
    planes = call.need("mask", Masks).planes
    return give(Images(tuple(Frame(np.dstack([plane] * 3)) for plane in planes)))


def grown_edge(call: Call) -> Outcome:
    """Mask refiners: the mask they are given, slightly grown where asked for."""
    images, mask = call.need("image", Images), call.need("mask", Masks)
    amount = max(-64, min(64, call.whole("mask_grow")))
    planes = tuple(grow(plane, amount) for plane in mask.planes)
    frames = tuple(join_alpha(frame, planes[min(index, len(planes) - 1)]) for index, frame in enumerate(images.frames))
    return give(Images(frames), Masks(planes))


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("LoadImage", "LoadImageOutput"), load_image),
    "LoadImageMask": load_mask,
    "EmptyImage": empty_image,
    "ImageScale": _map_parts(_scaled),
    "ImageScaleBy": _map_parts(_scaled_by),
    "ImageUpscaleWithModel": _map_parts(_upscaled),
    "ImageCrop": _map(_cropped),
    "ImageInvert": _map(_inverted),
    "PrepImageForClipVision": _map(_square),
    "ImageResizeKJv2": resize_kj,
    "ImagePadForOutpaint": pad_for_outpaint,
    "ImageCompositeMasked": composite,
    "ImageBlend": blend,
    "JoinImageWithAlpha": join,
    "LayerUtility: ImageCombineAlpha": combine_alpha,
    "SplitImageWithAlpha": split,
    "LayerUtility: ImageRemoveAlpha": remove_alpha,
    "MaskToImage": mask_to_image,
    "LayerMask: MaskEdgeUltraDetail V2": grown_edge,
}
