"""Node classes that make and change masks, find figures and faces, and remove backgrounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from comfyvn.draft.pixels import alpha_of, box_plane, crop, feather, fit, grow, join_alpha, resample, without_background
from comfyvn.draft.values import Box, Bundle, Frame, Images, Masks, Pixels, checked
from comfyvn.draft.world import Call, Handler, Outcome, give

DEFAULT_FACE: Box = (0.28, 0.04, 0.44, 0.26)  # where a standing figure's face is when nobody knows better


def _each(change: Callable[[Call, Pixels], Pixels]) -> Handler:
    def run(call: Call) -> Outcome:
        return give(Masks(tuple(change(call, plane) for plane in call.need("mask", Masks).planes)))

    return run


def solid(call: Call) -> Outcome:
    width, height = checked(call.whole("width", 512), call.whole("height", 512))
    value = round(min(1.0, max(0.0, call.number("value", 1.0))) * 255)
    return give(Masks((np.full((height, width), value, np.uint8),)))


def _inverted(call: Call, plane: Pixels) -> Pixels:
    return 255 - plane


def _cropped(call: Call, plane: Pixels) -> Pixels:
    x, y = min(call.whole("x"), plane.shape[1] - 1), min(call.whole("y"), plane.shape[0] - 1)
    return plane[y : y + call.whole("height", 512), x : x + call.whole("width", 512)]


def _grown(call: Call, plane: Pixels) -> Pixels:
    return grow(plane, call.whole("expand"), bool(call.inputs.get("tapered_corners", True)))


def _feathered(call: Call, plane: Pixels) -> Pixels:
    return feather(plane, call.whole("left"), call.whole("top"), call.whole("right"), call.whole("bottom"))


def _threshold(call: Call, plane: Pixels) -> Pixels:
    return np.where(plane > call.number("value", 0.5) * 255, 255, 0).astype(np.uint8)


def grow_and_blur(call: Call) -> Outcome:
    planes = []
    for plane in call.need("mask", Masks).planes:
        shown = 255 - plane if call.inputs.get("flip_input") else plane
        grown = Image.fromarray(grow(shown, call.whole("expand"), bool(call.inputs.get("tapered_corners", True))))
        radius = call.number("blur_radius")
        planes.append(np.asarray(grown.filter(ImageFilter.GaussianBlur(radius)) if radius else grown))
    return give(Masks(tuple(planes)), Masks(tuple(255 - plane for plane in planes)))


def combine(call: Call) -> Outcome:
    """MaskComposite: `source` worked into `destination` at (x, y)."""
    below, above = call.need("destination", Masks), call.need("source", Masks)
    x, y = call.whole("x"), call.whole("y")
    planes = []
    for index, plane in enumerate(below.planes):
        part = above.planes[index % len(above.planes)][: max(0, plane.shape[0] - y), : max(0, plane.shape[1] - x)]
        result = plane.copy()
        area = (slice(y, y + part.shape[0]), slice(x, x + part.shape[1]))
        result[area] = _operated(result[area], part, call.text("operation", "add"))
        planes.append(result)
    return give(Masks(tuple(planes)))


def _operated(low: Pixels, high: Pixels, operation: str) -> Pixels:
    first, second = low.astype(np.int32), high.astype(np.int32)
    one, other = first > 127, second > 127
    results = {
        "multiply": (first * second + 127) // 255,
        "add": np.minimum(255, first + second),
        "subtract": np.maximum(0, first - second),
        "and": (one & other) * 255,
        "or": (one | other) * 255,
        "xor": (one ^ other) * 255,
    }
    return np.asarray(results[operation], np.uint8)


def image_to_mask(call: Call) -> Outcome:
    channel = {"red": 0, "green": 1, "blue": 2, "alpha": 3}.get(call.text("channel", "red"), 0)
    planes = []
    for frame in call.need("image", Images).frames:
        known = channel < frame.pixels.shape[2]
        plane = frame.pixels[..., channel] if known else np.full(frame.pixels.shape[:2], 255, np.uint8)
        planes.append(np.ascontiguousarray(plane))
    return give(Masks(tuple(planes)))


# --- finding figures and faces ---


def remove_background(call: Call) -> Outcome:
    frames = tuple(without_background(frame) for frame in call.need("image", Images).frames)
    return give(Images(frames), Masks(tuple(frame.pixels[..., 3] for frame in frames)))


def segment(call: Call) -> Outcome:
    """SAM and its kin: the figure's own outline, for every output that is a mask; pictures pass through."""
    images = call.first(Images)
    if images is None:
        mask = call.first(Masks)
        return give(mask or Masks((np.full((64, 64), 255, np.uint8),)))
    mask = Masks(tuple(alpha_of(frame) for frame in images.frames))
    known = {"MASK": mask, "IMAGE": images}
    outputs = tuple(
        known.get(output.type, Bundle(output.type, (("image", images),))) for output in call.definition.outputs
    )
    return Outcome(outputs)


def find_faces(call: Call) -> Outcome:
    """Face detectors: the place of the face as far as it is known, remembered with the picture."""
    images = call.first(Images)
    if images is None:
        return Outcome()
    mask = _face_masks(images)
    found = (("image", images), ("mask", mask))
    return Outcome(tuple(mask if o.type == "MASK" else Bundle(o.type, found) for o in call.definition.outputs))


def _face_masks(images: Images) -> Masks:
    return Masks(tuple(box_plane(frame.size, frame.face or DEFAULT_FACE) for frame in images.frames))


def mask_to_segments(call: Call) -> Outcome:
    return give(Bundle("SEGS", (("mask", call.need("mask", Masks)),)))


def segments_to_mask(call: Call) -> Outcome:
    return give(call.first(Masks) or Masks((np.zeros((64, 64), np.uint8),)))


def detail_face(call: Call) -> Outcome:
    """FaceDetailer: the faces drawn here are sharp already, so the picture passes; the side outputs show the face."""
    images = call.need("image", Images)
    mask = _face_masks(images)
    faces = tuple(_cut_face(frame) for frame in images.frames)
    cropped = Images(faces)
    alpha = Images(tuple(join_alpha(face, np.full((face.size[1], face.size[0]), 255, np.uint8)) for face in faces))
    pipe = Bundle("DETAILER_PIPE", tuple(call.inputs.items()))
    known = {"image": images, "cropped_refined": cropped, "cropped_enhanced_alpha": alpha, "mask": mask}
    known_or_kin = {**known, "detailer_pipe": pipe, "cnet_images": cropped}
    by_type = {"IMAGE": images, "MASK": mask}
    outputs = call.definition.outputs
    return Outcome(
        tuple(known_or_kin.get(o.name, by_type.get(o.type, Bundle(o.type, (("image", images),)))) for o in outputs)
    )


def _cut_face(frame: Frame) -> Frame:
    width, height = frame.size
    x, y, w, h = frame.face or DEFAULT_FACE
    left, top = max(0, round(x * width)), max(0, round(y * height))
    return crop(frame, (left, top, max(1, round(w * width)), max(1, round(h * height))))


def porter_duff(call: Call) -> Outcome:
    """PorterDuffImageComposite; alphas are masks of what is *not* seen, as ComfyUI has it."""
    source, ground = call.need("source", Images), call.need("destination", Images)
    ground_alpha, source_alpha = call.need("destination_alpha", Masks), call.need("source_alpha", Masks)
    size = ground.size
    frames, planes = [], []
    for index, frame in enumerate(ground.frames):
        top = source.frames[index % len(source.frames)]
        colours = [_unit(resample(pixels[..., :3], size, "bicubic")) for pixels in (top.pixels, frame.pixels)]
        alphas = [1 - _unit(fit(mask, size, index + 1)[index])[..., None] for mask in (source_alpha, ground_alpha)]
        colour, alpha = _porter_duff(call.text("mode", "DST"), *colours, *alphas)
        frames.append(Frame(_bytes(colour), drawn=top.drawn or frame.drawn, face=frame.face))
        planes.append(255 - _bytes(alpha[..., 0]))
    return give(Images(tuple(frames)), Masks(tuple(planes)))


Unit = NDArray[np.floating[Any]]


def _unit(pixels: Pixels) -> Unit:
    return pixels.astype(np.float32) / 255


def _bytes(values: Unit) -> Pixels:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _porter_duff(mode: str, src: Unit, dst: Unit, sa: Unit, da: Unit) -> tuple[Unit, Unit]:
    """Colour and alpha by the Porter-Duff rules (T. Porter, T. Duff, "Compositing Digital Images", 1984)."""
    factors = {
        "CLEAR": (0 * sa, 0 * da),
        "SRC": (1 + 0 * sa, 0 * da),
        "DST": (0 * sa, 1 + 0 * da),
        "SRC_OVER": (1 + 0 * sa, 1 - sa),
        "DST_OVER": (1 - da, 1 + 0 * da),
        "SRC_IN": (da, 0 * da),
        "DST_IN": (0 * sa, sa),
        "SRC_OUT": (1 - da, 0 * da),
        "DST_OUT": (0 * sa, 1 - sa),
        "SRC_ATOP": (da, 1 - sa),
        "DST_ATOP": (1 - da, sa),
        "XOR": (1 - da, 1 - sa),
        "ADD": (1 + 0 * sa, 1 + 0 * da),
    }
    if mode in factors:
        first, second = factors[mode]
        return src * first * sa + dst * second * da, np.minimum(1, sa * first + da * second)
    union = sa + da - sa * da
    mixed = {"DARKEN": np.minimum(src, dst), "LIGHTEN": np.maximum(src, dst), "MULTIPLY": src * dst}
    screen = src + dst - src * dst
    return mixed.get(mode, screen), union


HANDLERS: Mapping[str, Handler] = {
    "SolidMask": solid,
    "InvertMask": _each(_inverted),
    "CropMask": _each(_cropped),
    "GrowMask": _each(_grown),
    "FeatherMask": _each(_feathered),
    "ThresholdMask": _each(_threshold),
    "GrowMaskWithBlur": grow_and_blur,
    "MaskComposite": combine,
    "ImageToMask": image_to_mask,
    **dict.fromkeys(("InspyrenetRembg", "InspyrenetRembgAdvanced", "LayerMask: RemBgUltra"), remove_background),
    **dict.fromkeys(("Sam2Segmentation", "Sam2AutoSegmentation", "Sam2VideoSegmentation"), segment),
    "SAMDetectorCombined": segments_to_mask,
    **dict.fromkeys(
        (
            "BboxDetectorSEGS",
            "BboxDetectorCombined_v2",
            "SegmDetectorSEGS",
            "ImpactSimpleDetectorSEGS",
            "ImpactSimpleDetectorSEGS_for_AD",
        ),
        find_faces,
    ),
    "MaskToSEGS": mask_to_segments,
    "SegsToCombinedMask": segments_to_mask,
    **dict.fromkeys(("FaceDetailer", "FaceDetailerPipe"), detail_face),
    "PorterDuffImageComposite": porter_duff,
}
