"""Outputs by their type alone, for node classes that nobody described and outputs that a handler left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from comfyvn.draft.drawing import Request, draw
from comfyvn.draft.nodes.sound import murmur, silence
from comfyvn.draft.pixels import alpha_of
from comfyvn.draft.values import (
    Bundle,
    Conditioning,
    Frame,
    Guider,
    Images,
    Latent,
    Masks,
    Model,
    Noise,
    Sigmas,
    Sound,
    Video,
    checked,
)
from comfyvn.draft.world import Call, Handler, Outcome, give
from comfyvn.graph.definitions import ANY, Output


def complete(call: Call, outcome: Outcome) -> Outcome:
    """The outcome with a value for every output of the class: what the handler left out (or gave as None) by type."""
    given = outcome.values
    outputs = call.definition.outputs
    values = tuple(
        given[index] if index < len(given) and given[index] is not None else by_type(call, output)
        for index, output in enumerate(outputs)
    )
    return Outcome(values, outcome.ui)


def by_type(call: Call, output: Output) -> object:
    """A value for one output: what came in under the same name or type, else something plausible of that type."""
    kinds = [kind for part in output.type.split(",") if (kind := part.strip())]
    passed = _passed(call, output, kinds)
    if passed is not None:
        return passed
    maker = next((MAKERS[kind] for kind in kinds if kind in MAKERS), None)
    return maker(call) if maker else Bundle(output.type, tuple(call.inputs.items()))


def _passed(call: Call, output: Output, kinds: list[str]) -> object:
    python = next((PYTHON[kind] for kind in kinds if kind in PYTHON), None)
    if python is None:
        return None
    same = [
        value
        for entry in call.definition.inputs
        if set(kinds) & entry.types and ANY not in entry.types and (value := call.get(entry.name, python)) is not None
    ]
    named = call.get(output.name, python)
    inside = (value.find(python, output.name) for value in call.inputs.values() if isinstance(value, Bundle))
    deep = next((value for value in inside if value is not None), None)
    value = next((found for found in (named, deep, *same) if found is not None), None)
    return _with_references(call, value) if "MODEL" in kinds and isinstance(value, Model) else value


def _with_references(call: Call, model: Model) -> Model:
    # A class that takes a model and a picture and gives a model is one more way to show it a face.
    images = next((value for value in call.inputs.values() if isinstance(value, Images)), None)
    return model.refer(tuple(frame.digest() for frame in images.frames)) if images else model


def _picture(call: Call) -> Images:
    images, latent, masks, film = call.first(Images), call.first(Latent), call.first(Masks), call.first(Video)
    if images or film:
        return images or (film.images if film else _blank(call))
    if latent and latent.images:
        return latent.images
    if masks:
        return Images(tuple(Frame(np.dstack([plane] * 3)) for plane in masks.planes))
    text = _words(call)
    return Images((draw(Request(text, _size(call), call.whole("seed"))),)) if text else _blank(call)


def _blank(call: Call) -> Images:
    width, height = _size(call)
    return Images((Frame(np.full((height, width, 3), 128, np.uint8)),))


def _size(call: Call) -> tuple[int, int]:
    return checked(call.whole("width") or 512, call.whole("height") or 512)


def _words(call: Call) -> str:
    """The first input that is named like a prompt and says something."""
    named = (call.text(name) for name in call.inputs if "prompt" in name or "text" in name)
    return next((text for text in named if text.strip()), "")


def _mask(call: Call) -> Masks:
    masks, images = call.first(Masks), call.first(Images)
    if masks:
        return masks
    if images:
        return Masks(tuple(alpha_of(frame) for frame in images.frames))
    width, height = _size(call)
    return Masks((np.full((height, width), 255, np.uint8),))


def _latent(call: Call) -> Latent:
    latent, images = call.first(Latent), call.first(Images)
    if latent:
        return latent
    return Latent(images.size, len(images.frames), images) if images else Latent(_size(call))


def _sound(call: Call) -> Sound:
    text = _words(call)
    return call.first(Sound) or (murmur(text, call.whole("seed")) if text else silence(1.0))


def _film(call: Call) -> Video:
    return call.first(Video) or Video(_picture(call), call.number("fps", 24.0) or 24.0, call.first(Sound))


def _guider(call: Call) -> Guider:
    return Guider(call.first(Model) or Model(), call.first(Conditioning) or Conditioning())


PYTHON: Mapping[str, type] = {
    "IMAGE": Images,
    "MASK": Masks,
    "LATENT": Latent,
    "CONDITIONING": Conditioning,
    "MODEL": Model,
    "CLIP": Model,
    "VAE": Model,
    "AUDIO": Sound,
    "VHS_AUDIO": Sound,
    "AUDIOPATH": Sound,
    "VIDEO": Video,
    "NOISE": Noise,
    "SIGMAS": Sigmas,
    "GUIDER": Guider,
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}

MAKERS: Mapping[str, Callable[[Call], object]] = {
    "IMAGE": _picture,
    "MASK": _mask,
    "LATENT": _latent,
    "CONDITIONING": lambda call: call.first(Conditioning) or Conditioning((_words(call),)),
    "MODEL": lambda call: call.first(Model) or Model(),
    "CLIP": lambda call: call.first(Model) or Model(),
    "VAE": lambda call: call.first(Model) or Model(),
    "AUDIO": _sound,
    "VHS_AUDIO": _sound,
    "AUDIOPATH": _sound,
    "VIDEO": _film,
    "NOISE": lambda call: Noise(call.whole("seed") or call.whole("noise_seed")),
    "SIGMAS": lambda call: Sigmas(call.whole("steps", 20)),
    "GUIDER": _guider,
    "INT": lambda call: call.whole("value"),
    "FLOAT": lambda call: call.number("value"),
    "STRING": lambda call: _words(call),
    "BOOLEAN": lambda call: bool(call.inputs.get("value")),
}


def join_strings(call: Call) -> Outcome:
    parts = [call.text(name) for name in ("string1", "string2") if name in call.inputs]
    return give(call.text("delimiter").join(parts))


def nothing_more(call: Call) -> Outcome:
    return Outcome()


HANDLERS: Mapping[str, Handler] = {"JoinStrings": join_strings}
