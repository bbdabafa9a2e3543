"""Lays a converted voice over the one it was made from, and mixes the two."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import correlate

from comfyvn.audio.samples import Samples

REACH = 0.08
"""Seconds by which a converter may be late or early: RVC pads its input and cuts what comes out."""

ENVELOPE = 1000  # Hz at which envelopes are compared: a lag is found to the millisecond
SMOOTH = 0.010  # seconds; longer than a period of a low voice, so that pitch does not decide
ALIKE = 0.5  # correlation from which a lag is believed


def aligned(other: Samples, model: Samples, rate: int) -> Samples:
    """`other` moved to where its loud and quiet parts lie in `model`, cut or padded to its length (both (n,))."""
    late = lag(other, model, rate)
    moved = other[late:] if late > 0 else np.concatenate([np.zeros(-late), other])
    return np.concatenate([moved[: len(model)], np.zeros(max(0, len(model) - len(moved)))])


def lag(other: Samples, model: Samples, rate: int) -> int:
    """Samples by which `other` comes later than `model`, by the correlation of their envelopes; 0 where none is sure.

    Envelopes, not waves: a voice of another pitch has the same syllables and no common wave.
    """
    step = max(1, rate // ENVELOPE)
    first, second = (_envelope(each, rate, step) for each in (other, model))
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    if size == 0.0:
        return 0
    reach = int(REACH * rate / step)
    alike = correlate(first, second, mode="full") / size
    middle = len(second) - 1
    low, high = max(0, middle - reach), min(len(alike), middle + reach + 1)
    best = low + int(np.argmax(alike[low:high]))
    return (best - middle) * step if alike[best] >= ALIKE else 0


def _envelope(samples: Samples, rate: int, step: int) -> Samples:
    smooth: Samples = uniform_filter1d(np.abs(samples), max(1, round(SMOOTH * rate)), mode="constant")[::step]
    return smooth - smooth.mean() if len(smooth) else smooth


def mixed(dry: Samples, wet: Samples, mix: float) -> Samples:
    """`dry` where `mix` is 0, `wet` at the level of `dry` where it is 1, both in between (all (n,))."""
    level, other = (float(np.sqrt(np.mean(each**2))) if len(each) else 0.0 for each in (dry, wet))
    fitted = wet * (level / other) if other > 0 else wet
    return (1.0 - mix) * dry + mix * fitted
