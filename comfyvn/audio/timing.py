"""Brings speech to a wanted length without changing its pitch, as far as that can be done unheard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comfyvn.audio.samples import Samples
from comfyvn.audio.trim import LEAD, TAIL

SLOWEST, FASTEST = 0.8, 1.25
"""How fast speech may be played, 1 being as it was spoken: beyond that it is heard to have been stretched."""

CALMEST, BRISKEST = 0.85, 1.2
"""How fast an engine may be asked to speak, 1 being as it is cast: beyond that it is another way of speaking, drawling
or out of breath, and engines that were trained on people begin to swallow words."""

UNHEARD = 0.03
"""Share of its length by which speech may be stretched unheard: no engine is asked again for that."""


@dataclass(frozen=True)
class Fitted:
    """`samples` played at `speed` (1: untouched); `missed_ms` is how much longer they are than was wanted."""

    samples: Samples
    speed: float = 1.0
    missed_ms: int = 0

    def at(self, ms: float) -> float:
        """When is heard what was heard at `ms`; the quiet before the first sound keeps its length."""
        lead = LEAD * 1000
        return ms if ms <= lead else lead + (ms - lead) / self.speed


def speed_for(seconds: float, target_ms: int) -> float:
    """How fast an engine is to say what took it `seconds` from the first sound to the last, in a clip of `target_ms`.

    In hundredths, between `CALMEST` and `BRISKEST`; 1 where stretching alone will not be heard.
    """
    speed = seconds / max(target_ms / 1000 - LEAD - TAIL, 1e-3)
    return 1.0 if abs(speed - 1) <= UNHEARD else round(min(max(speed, CALMEST), BRISKEST), 2)


def off_by(seconds: float, target_ms: int) -> float:
    """How many seconds of speech are too many, or too few, for a clip of `target_ms`."""
    return abs(seconds - (target_ms / 1000 - LEAD - TAIL))


def fitted(samples: Samples, rate: int, target_ms: int | None) -> Fitted:
    """Mono `samples` with `LEAD` and `TAIL` of quiet around them (as `trim` leaves them), `target_ms` long.

    What sounds is stretched within `SLOWEST` and `FASTEST`; a target outside of these is missed, and by how much is
    told. None wants nothing.
    """
    lead, tail = round(LEAD * rate), round(TAIL * rate)
    length = len(samples) - lead - tail
    wanted = 0 if target_ms is None else round(target_ms * rate / 1000) - lead - tail
    if target_ms is None or length <= 0 or abs(wanted - length) * 1000 < rate:  # not a millisecond is missing
        return Fitted(samples)
    speed = min(max(length / max(wanted, 1), SLOWEST), FASTEST)
    core = _stretched(samples[lead : lead + length], rate, speed)
    made = np.concatenate([samples[:lead], core, samples[lead + length :]])
    return Fitted(made, length / len(core), len(made) * 1000 // rate - target_ms)


def _stretched(samples: Samples, rate: int, speed: float) -> Samples:
    """The pitch stays, round(n / speed) samples come out: Signalsmith Stretch, with a fixed seed."""
    from python_stretch.Signalsmith import Stretch  # loaded for the few clips that have a target

    stretch = Stretch(1)
    stretch.preset(1, float(rate))
    stretch.setTimeFactor(speed)
    made = np.asarray(stretch.process(samples.astype(np.float32)[np.newaxis]), dtype=np.float64).reshape(-1)
    exact = np.zeros(round(len(samples) / speed))
    exact[: len(made)] = made[: len(exact)]  # it counts in single precision: minutes may come out a sample short
    return exact
