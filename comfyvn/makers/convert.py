"""Voice conversion: the second step that gives what was spoken another timbre."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from comfyvn.errors import MakeError
from comfyvn.makers.made import Job
from comfyvn.makers.workshop import Workshop

if TYPE_CHECKING:
    from comfyvn.audio.samples import Samples


def convert(
    samples: Samples, rate: int, conversion: Mapping[str, object], job: Job, workshop: Workshop
) -> tuple[Samples, int]:
    """`samples` at `rate` Hz in the voice of a recipe's `conversion`. Raises MakeError: nothing here can do it yet."""
    if not conversion:
        return samples, rate
    what = f'nothing can give the clip the voice "{conversion.get("model")}"'
    raise MakeError(what, job.target, 'take "rvc" out of the voice or the clip, to hear the engine\'s own timbre')


def is_repeatable(conversion: Mapping[str, object]) -> bool:
    """Whether the same sound always comes back."""
    return not conversion
