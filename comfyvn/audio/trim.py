"""Cuts and pads the silence around a clip to fixed lengths, so that lines follow each other at an even pace."""

from __future__ import annotations

import numpy as np

from comfyvn.audio.loudness import amplitude
from comfyvn.audio.samples import Samples, doubles, pieces

LEAD, TAIL = 0.030, 0.120
"""Seconds kept before the first and after the last sound."""

FADE = 0.005
THRESHOLD = -54.0  # dB under the clip's own peak: below what is heard beside it, above an engine's noise floor


SILENT = 1e-4
"""Amplitude (−80 dBFS) under which a whole clip counts as silence."""


def sounding(samples: Samples, threshold: float = THRESHOLD) -> tuple[int, int]:
    """First and one past the last sample within `threshold` dB of the clip's peak; (0, 0) for silence."""
    parts = [place for _, _, place in pieces(len(samples), 0)]
    highest = max((float(_size(samples[part]).max()) for part in parts), default=0.0)
    if highest < SILENT:
        return 0, 0
    least = highest * amplitude(threshold)
    (first, _), (_, last) = (
        next(filter(None, (_loud(samples, part, least) for part in order))) for order in (parts, parts[::-1])
    )
    return first, last


def _size(samples: Samples) -> Samples:
    """How large each sample is, over all channels."""
    size: Samples = np.abs(doubles(samples))
    return size if samples.ndim == 1 else size.max(axis=1, initial=0.0)


def _loud(samples: Samples, part: slice, least: float) -> tuple[int, int] | None:
    """First and one past the last sample in `part` that is as large as `least`; None where none is."""
    loud = np.flatnonzero(_size(samples[part]) >= least)
    return (part.start + int(loud[0]), part.start + int(loud[-1]) + 1) if len(loud) else None


def trim(samples: Samples, rate: int) -> tuple[Samples, float]:
    """The clip with `LEAD` and `TAIL` seconds of quiet around its sound, and the seconds by which it starts later.

    Where the clip has less quiet than that, silence is added (the shift is then negative). Silence becomes empty.
    """
    first, last = sounding(samples)
    if last == 0:
        return samples[:0], 0.0
    lead, tail = round(LEAD * rate), round(TAIL * rate)
    begin, end = max(first - lead, 0), min(last + tail, len(samples))
    before, after = lead - (first - begin), tail - (end - last)  # samples of silence that are missing
    kept = np.zeros((before + end - begin + after, *samples.shape[1:]), samples.dtype)
    inner = kept[before : before + end - begin]
    inner[:] = samples[begin:end]
    _fade(inner, round(FADE * rate), at_start=begin > 0, at_end=end < len(samples))
    return kept, (begin - before) / rate


def _fade(samples: Samples, length: int, *, at_start: bool, at_end: bool) -> None:
    """Ramps where sound was cut, so that no step clicks."""
    length = min(length, len(samples) // 2)
    ramp = np.linspace(0.0, 1.0, length, endpoint=False).reshape(-1, *(1 for _ in range(samples.ndim - 1)))
    if at_start:
        samples[:length] *= ramp
    if at_end:
        samples[len(samples) - length :] *= ramp[::-1]
