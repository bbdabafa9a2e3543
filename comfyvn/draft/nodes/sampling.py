"""Node classes that make, mask, sample and decode latents: this is where the drawing happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from comfyvn.draft.drawing import Request, Sketch, repaint
from comfyvn.draft.pixels import fit, grow, scale_part
from comfyvn.draft.values import (
    Bundle,
    Conditioning,
    Drawing,
    Frame,
    Guider,
    Images,
    Latent,
    Masks,
    Model,
    Noise,
    Sigmas,
    checked,
)
from comfyvn.draft.world import Call, Handler, Outcome, give

KEPT_BELOW = 0.3  # img2img with less denoise than this leaves the picture as it is
_CUTTING = (
    "Rembg", "RemBg", "RemoveBackground", "BiRefNet", "BRIA", "Sam2", "SAMDetector",
    "JoinImageWithAlpha", "CombineAlpha",
)  # fmt: skip
_MAX_STEPS_SHOWN = 200
DETAILERS = ("DetailerForEach",)  # classes that sample although no latent leaves them


def empty_latent(call: Call) -> Outcome:
    size = checked(call.whole("width", 512), call.whole("height", 512))
    return give(Latent(size, max(1, call.whole("batch_size", 1))))


def encode(call: Call) -> Outcome:
    images = call.need("pixels", Images)
    return give(Latent(images.size, len(images), images))


def encode_for_inpaint(call: Call) -> Outcome:
    images, mask = call.need("pixels", Images), call.need("mask", Masks)
    amount = call.whole("grow_mask_by")
    grown = Masks(tuple(grow(plane, amount, tapered=False) for plane in mask.planes)) if amount else mask
    return give(Latent(images.size, len(images), images, grown))


def condition_for_inpaint(call: Call) -> Outcome:
    images, mask = call.need("pixels", Images), call.need("mask", Masks)
    latent = Latent(images.size, len(images), images, mask)
    return give(call.need("positive", Conditioning), call.need("negative", Conditioning), latent)


def set_mask(call: Call) -> Outcome:
    return give(replace(call.need("samples", Latent), mask=call.need("mask", Masks)))


def scale_latent(call: Call) -> Outcome:
    latent = call.need("samples", Latent)
    if "scale_by" in call.inputs:
        factor = call.number("scale_by", 1.0)
        size = (round(latent.size[0] * factor), round(latent.size[1] * factor))
    else:
        size = _stated_size(call, latent.size)
    size = checked(*size)
    crop = call.text("crop", "disabled")
    images = latent.images and Images(tuple(scale_part(part, size, crop=crop) for part in latent.images.parts))
    return give(replace(latent, size=size, images=images))


def _stated_size(call: Call, old: tuple[int, int]) -> tuple[int, int]:
    """Width and height as given; a 0 follows the other one."""
    width, height = call.whole("width"), call.whole("height")
    if not width and not height:
        return old
    if not width:
        return round(old[0] * height / old[1]), height
    return width, height or round(old[1] * width / old[0])


def decode(call: Call) -> Outcome:
    latent = call.need("samples", Latent)
    return give(latent.images or _grey(latent))


def _grey(latent: Latent) -> Images:
    width, height = checked(*latent.size)
    frame = Frame(np.full((height, width, 3), 128, np.uint8))
    return Images((frame,) * latent.batch)


# --- samplers ---


def ksampler(call: Call) -> Outcome:
    model, positive = call.need("model", Model), call.need("positive", Conditioning)
    sigmas = Sigmas(call.whole("steps", 20), call.number("denoise", 1.0))
    return give(_sample(call, model, positive, call.whole("seed"), sigmas))


def ksampler_advanced(call: Call) -> Outcome:
    model, positive = call.need("model", Model), call.need("positive", Conditioning)
    steps = max(1, call.whole("steps", 20))
    first, last = min(call.whole("start_at_step"), steps), min(call.whole("end_at_step", steps), steps)
    sigmas = Sigmas(max(0, last - first), (steps - first) / steps)
    return give(_sample(call, model, positive, call.whole("noise_seed"), sigmas))


def sampler_custom(call: Call) -> Outcome:
    model, positive = call.need("model", Model), call.need("positive", Conditioning)
    latent = _sample(call, model, positive, call.whole("noise_seed"), call.get("sigmas", Sigmas) or Sigmas())
    return give(latent, latent)


def sampler_custom_advanced(call: Call) -> Outcome:
    guider = call.need("guider", Guider)
    noise, sigmas = call.get("noise", Noise) or Noise(), call.get("sigmas", Sigmas) or Sigmas()
    latent = _sample(call, guider.model, guider.positive, noise.seed, sigmas)
    return give(latent, latent)


def random_noise(call: Call) -> Outcome:
    return give(Noise(call.whole("noise_seed")))


def no_noise(call: Call) -> Outcome:
    return give(Noise())


def scheduler(call: Call) -> Outcome:
    return give(Sigmas(call.whole("steps", 20), call.number("denoise", 1.0)))


def guider(call: Call) -> Outcome:
    positive = call.get("conditioning", Conditioning) or call.need("positive", Conditioning)
    return give(Guider(call.need("model", Model), positive))


def detail_segments(call: Call) -> Outcome:
    """DetailerForEach: what a mask marks is repainted; faces that a detector found are sharp already and stay."""
    images, segments = call.need("image", Images), call.need("segs", Bundle)
    mask = segments.find(Masks)
    if mask is None or segments.find(Images) is not None:
        return give(images)
    latent = Latent(images.size, len(images), images, mask)
    model, positive = call.need("model", Model), call.need("positive", Conditioning)
    sigmas = Sigmas(call.whole("steps", 20), call.number("denoise", 0.5))
    return give(_sample(call, model, positive, call.whole("seed"), sigmas, latent).images)


def _sample(
    call: Call, model: Model, positive: Conditioning, seed: int, sigmas: Sigmas, latent: Latent | None = None
) -> Latent:
    latent = latent or call.get("latent_image", Latent) or call.need("samples", Latent)
    sketches: dict[Request, Sketch] = {}
    parts: list[Frame | Drawing] = []
    for index in range(latent.batch):
        request = _request(call, model, positive, latent, seed, index)
        parts.append(_paint(request, latent, index, sigmas) or sketches.setdefault(request, Sketch(request)))
    images = Images(tuple(parts))
    _report(call, sigmas.steps, images)
    return replace(latent, images=images, mask=None)


def _request(call: Call, model: Model, positive: Conditioning, latent: Latent, seed: int, index: int) -> Request:
    # The pictures of a batch differ from each other; the frames of a film do not.
    film = model.motion or len(positive.texts) > 1
    consumers = call.world.consumers.get(call.node, frozenset())
    return Request(
        positive.text(index),
        latent.size,
        seed if film else (seed + index) % 2**64,
        tuple(sorted({*model.references, *positive.references})),
        positive.controls,
        loses_background(consumers),
    )


def loses_background(consumers: frozenset[str]) -> bool:
    """Whether one of the node classes that a picture reaches cuts its figure out."""
    return any(word in name for name in consumers for word in _CUTTING)


def _paint(request: Request, latent: Latent, index: int, sigmas: Sigmas) -> Frame | None:
    """The picture where it comes from the one in the latent: kept, or repainted through the mask. None: drawn anew."""
    if latent.images is None:
        return None
    keep = sigmas.steps == 0 or sigmas.denoise < KEPT_BELOW
    if not keep and latent.mask is None:
        return None
    source = latent.images.frames[min(index, len(latent.images) - 1)]
    if keep or latent.mask is None:
        return source
    return repaint(source, fit(latent.mask, latent.size, latent.batch)[index], request)


def _report(call: Call, steps: int, images: Images) -> None:
    """The steps that a sampler would have taken; the picture is there from the first on."""
    total = min(steps, _MAX_STEPS_SHOWN)
    for step in range(1, total + 1):
        call.world.progress(step, total, images)


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("EmptyLatentImage", "EmptySD3LatentImage"), empty_latent),
    "VAEEncode": encode,
    "VAEEncodeForInpaint": encode_for_inpaint,
    "InpaintModelConditioning": condition_for_inpaint,
    "SetLatentNoiseMask": set_mask,
    **dict.fromkeys(("LatentUpscale", "LatentUpscaleBy"), scale_latent),
    **dict.fromkeys(("VAEDecode", "VAEDecodeTiled", "VHS_VAEDecodeBatched"), decode),
    "KSampler": ksampler,
    "KSamplerAdvanced": ksampler_advanced,
    "SamplerCustom": sampler_custom,
    "SamplerCustomAdvanced": sampler_custom_advanced,
    "RandomNoise": random_noise,
    "DisableNoise": no_noise,
    "BasicScheduler": scheduler,
    **dict.fromkeys(("BasicGuider", "CFGGuider"), guider),
    **dict.fromkeys(DETAILERS, detail_segments),
}
