"""Voice conversion (RVC): the second step that gives what was spoken another timbre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from comfyvn.errors import BridgeError, DownloadError, Interrupted, MakeError
from comfyvn.makers.made import Job
from comfyvn.makers.sounds import Sound, sound
from comfyvn.makers.workshop import Workshop
from comfyvn.recipe import Render
from comfyvn.targets.conversion import is_sketch

if TYPE_CHECKING:
    from comfyvn.audio.samples import Samples

INPUT = "clip"
SLACK, SLACK_SHARE = 0.25, 0.1
"""Seconds, and share of the length, by which a converted sound may be longer or shorter than what went in."""


def convert(samples: Samples, rate: int, conversion: Mapping[str, object], job: Job, workshop: Workshop) -> Sound:
    """`samples` (mono or more, at `rate` Hz) in the voice of a recipe's `conversion`: mono, equally long, same rate.

    They are sent as WAV to a ComfyUI server of the pool. What comes back is laid over what went in (`blend.aligned`),
    so that word times stay true, and mixed with it as `mix` says; without a `conversion`, or with mix 0, nothing is
    sent. Raises BridgeError (with the next step) or MakeError.
    """
    from comfyvn.audio.blend import aligned, mixed
    from comfyvn.audio.encode import resample, wav
    from comfyvn.audio.samples import mono

    mix = float(str(conversion.get("mix", 1)))
    if not conversion or mix == 0:
        return Sound(samples, rate, {})
    dry = mono(samples)
    recipe = _render(conversion)
    try:
        found = sound(recipe, {INPUT: wav(dry, rate)}, Job(job.target, "", job.purpose), workshop)
        wet = resample(mono(found.samples), found.rate, rate)
        _check_length(len(wet) / rate, len(dry) / rate, recipe)
    except Interrupted:
        raise
    except BridgeError as error:  # its own type stays: it says whether to try again
        error.what = f'RVC gave no voice "{conversion.get("model")}": {error.what}'
        hint = 'or take "rvc" out of the voice to hear the engine\'s own timbre'
        error.todo = f"{error.todo}; {hint}" if error.todo else f"ask `comfyvn doctor` about the servers, {hint}"
        raise
    return Sound(mixed(dry, aligned(wet, dry, rate), mix), rate, found.made_with)


def is_repeatable(conversion: Mapping[str, object]) -> bool:
    """Whether the same sound always comes back: RVC adds noise that no seed reaches, the draft endpoint does not."""
    return not conversion or is_sketch(conversion)


def _render(conversion: Mapping[str, object]) -> Render:
    """The Render whose document a conversion holds (see targets.conversion). Raises MakeError where it holds none."""
    document = conversion.get("render")
    if not isinstance(document, Mapping):
        raise MakeError(
            f'the registry has no RVC model "{conversion.get("model")}"', "rvc of the voice",
            'name its file in providers/providers.json, in the folder "rvc", or speak with an engine that has it',
        )  # fmt: skip
    names = {item.name for item in fields(Render)}
    values: dict[str, Any] = {str(name): value for name, value in document.items() if name in names}
    for name in ("packs", "models"):
        values[name] = tuple(values.get(name, ()))
    return Render(**values)


def _check_length(seconds: float, wanted: float, recipe: Render) -> None:
    if abs(seconds - wanted) > SLACK + SLACK_SHARE * wanted:
        what = f"{seconds:.2f} s came back where {wanted:.2f} s were sent"
        todo = f"look at what workflows/{recipe.workflow}.json does to the length"
        raise DownloadError(what, f"workflow {recipe.workflow}", todo)
