"""Measures how loud sound is heard (LUFS, ITU-R BS.1770-5) and how high it peaks between its samples (dBTP)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import reduce

import numpy as np
from pyloudnorm.meter import Meter
from scipy.signal import resample_poly

from comfyvn.audio.samples import Samples, pieces

BLOCK = 0.4
"""Seconds of a gating block (BS.1770-5, annex 1)."""

STEP = 0.1
"""Seconds from one gating block to the next: they overlap by three quarters."""

OVERSAMPLING = 4
MARGIN = 64  # the 4× interpolator reaches ten samples to each side


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS (−inf: silence). `gated` is false for sound shorter than one block of 0.4 s."""

    lufs: float
    gated: bool


def measure(samples: Samples, rate: int) -> Loudness:
    """Integrated loudness of `samples` at `rate` Hz; sound under 0.4 s is measured as one ungated block.

    Only whole blocks count, as BS.1770 says: pyloudnorm alone would also take a block that reaches past the end.
    The coefficients "DeMan" are the standard's own, recomputed for any rate (within 0.001 LU of libebur128).
    """
    length = len(samples)
    if length < BLOCK * rate:
        return Loudness(_integrated(samples, rate, (length - 1) / rate), gated=False) if length > 1 else _SILENCE
    whole = int((length / rate - BLOCK) / STEP + 1e-9)
    return Loudness(_integrated(samples[: round((BLOCK + STEP * whole) * rate)], rate, BLOCK), gated=True)


_SILENCE = Loudness(float("-inf"), gated=False)


def _integrated(samples: Samples, rate: int, block: float) -> float:
    meter = Meter(rate, filter_class="DeMan", block_size=block)
    with warnings.catch_warnings():  # silence divides by zero in there, and means −inf
        warnings.simplefilter("ignore", RuntimeWarning)
        value = float(meter.integrated_loudness(samples))
    return value if np.isfinite(value) else float("-inf")


def true_peak(samples: Samples) -> float:
    """Highest peak in dBTP over all channels, 4× oversampled (BS.1770-5, annex 2); −inf for silence."""
    highest = 0.0
    for read, _, _ in pieces(len(samples), MARGIN):
        finer = resample_poly(samples[read], OVERSAMPLING, 1, axis=0)
        highest = max(highest, float(finer.max()), -float(finer.min()))
    return decibels(highest)


def peak_envelope(samples: Samples) -> Samples:
    """For every sample of shape (n,) or (n, channels) the highest peak around it, over all channels: shape (n,).

    A peak between two samples counts for both, so that a gain taken from the envelope holds it down from both sides.
    """
    envelope = np.zeros(len(samples))
    for read, inner, place in pieces(len(samples), MARGIN):
        envelope[place] = _peaks(samples[read])[inner]
    return envelope


def _peaks(samples: Samples) -> Samples:
    finer: Samples = np.abs(resample_poly(samples, OVERSAMPLING, 1, axis=0))
    mono: Samples = finer if finer.ndim == 1 else finer.max(axis=1)
    after: Samples = reduce(np.maximum, (mono[phase::OVERSAMPLING] for phase in range(OVERSAMPLING)))
    after[1:] = np.maximum(after[1:], after[:-1])  # what lies between k−1 and k belongs to k as well
    return after


def decibels(value: float) -> float:
    """A linear amplitude in dB; −inf for 0."""
    return float(20 * np.log10(value)) if value > 0 else float("-inf")


def amplitude(decibel: float) -> float:
    """A value in dB as a linear amplitude."""
    return float(10.0 ** (decibel / 20))
