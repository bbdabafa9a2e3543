"""Cuts and pads the silence around a clip to fixed lengths, so that lines follow each other at an even pace."""

from __future__ import annotations

import numpy as np

from comfyvn.audio.loudness import amplitude
from comfyvn.audio.samples import Samples

LEAD, TAIL = 0.030, 0.120
"""Seconds kept before the first and after the last sound."""

FADE = 0.005
THRESHOLD = -54.0  # dB under the clip's own peak: below what is heard beside it, above an engine's noise floor


SILENT = 1e-4
"""Amplitude (−80 dBFS) under which a whole clip counts as silence."""


def sounding(samples: Samples, threshold: float = THRESHOLD) -> tuple[int, int]:
    """First and one past the last sample within `threshold` dB of the clip's peak; (0, 0) for silence."""
    size = np.abs(samples) if samples.ndim == 1 else np.abs(samples).max(axis=1, initial=0.0)
    highest = float(size.max(initial=0.0))
    if highest < SILENT:
        return 0, 0
    loud = np.flatnonzero(size >= highest * amplitude(threshold))
    return int(loud[0]), int(loud[-1]) + 1


def trim(samples: Samples, rate: int) -> tuple[Samples, float]:
    """The clip with `LEAD` and `TAIL` seconds of quiet around its sound, and the seconds by which it starts later.

    Where the clip has less quiet than that, silence is added (the shift is then negative). Silence becomes empty.
    """
    first, last = sounding(samples)
    if last == 0:
        return samples[:0], 0.0
    lead, tail = round(LEAD * rate), round(TAIL * rate)
    begin, end = max(first - lead, 0), min(last + tail, len(samples))
    kept = _faded(samples[begin:end], round(FADE * rate), at_start=begin > 0, at_end=end < len(samples))
    missing = (lead - (first - begin), tail - (end - last))
    padding = (missing, *((0, 0) for _ in range(samples.ndim - 1)))
    return np.pad(kept, padding), (begin - missing[0]) / rate


def _faded(samples: Samples, length: int, *, at_start: bool, at_end: bool) -> Samples:
    """Ramps where sound was cut, so that no step clicks."""
    faded = samples.copy()
    length = min(length, len(faded) // 2)
    ramp = np.linspace(0.0, 1.0, length, endpoint=False).reshape(-1, *(1 for _ in range(samples.ndim - 1)))
    if at_start:
        faded[:length] *= ramp
    if at_end:
        faded[len(faded) - length :] *= ramp[::-1]
    return faded
