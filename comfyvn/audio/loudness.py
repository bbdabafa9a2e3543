"""Measures how loud sound is heard (LUFS, ITU-R BS.1770-5) and how high it peaks between its samples (dBTP)."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from pyloudnorm.meter import Meter
from scipy.signal import lfilter, resample_poly

from comfyvn.audio.samples import PIECE, Samples, Tape, blocks, doubles, pieces

BLOCK = 0.4
"""Seconds of a gating block (BS.1770-5, annex 1)."""

STEP = 0.1
"""Seconds from one gating block to the next: they overlap by three quarters."""

ABSOLUTE, RELATIVE = -70.0, 10.0  # LUFS below which a block is silence, LU under the mean of the rest

OVERSAMPLING = 4
MARGIN = 64  # the 4× interpolator reaches ten samples to each side
KEPT = 16 * PIECE  # samples of which an envelope is kept: 64 MB


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
    if length > PIECE and samples.ndim == 1:
        return measure_long(blocks(samples), length, rate)
    return Loudness(_integrated(samples[: _counted(length, rate)], rate, BLOCK), gated=True)


_SILENCE = Loudness(float("-inf"), gated=False)


def measure_long(sound: Iterable[Samples], length: int, rate: int) -> Loudness:
    """As `measure`, of mono sound of more than a block that comes piece by piece, `length` samples in all.

    pyloudnorm holds several copies of all that it measures. Here are its filters and its sums, in its order, so that
    the same comes out to the last bit.
    """
    counted = _counted(length, rate)
    power = np.fromiter(_powers(_weighted(sound, rate), counted, rate), np.float64)
    with warnings.catch_warnings(), np.errstate(divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of no block at all: silence
        level = -0.691 + 10.0 * np.log10(power)
        above = power[level >= ABSOLUTE]
        threshold = -0.691 + 10.0 * np.log10(np.mean(above)) - RELATIVE
        value = -0.691 + 10.0 * np.log10(np.nan_to_num(np.mean(power[(level > threshold) & (level > ABSOLUTE)])))
    return Loudness(float(value) if np.isfinite(value) else float("-inf"), gated=True)


def _counted(length: int, rate: int) -> int:
    """How many of `length` samples lie in whole blocks."""
    whole = int((length / rate - BLOCK) / STEP + 1e-9)
    return round((BLOCK + STEP * whole) * rate)


def _weighted(sound: Iterable[Samples], rate: int) -> Iterator[Samples]:
    """`sound` as loudness hears it (K-weighting), by filters that go on from piece to piece."""
    stages = list(Meter(rate, filter_class="DeMan", block_size=BLOCK)._filters.values())
    states = [np.zeros(max(len(stage.a), len(stage.b)) - 1) for stage in stages]
    for piece in sound:
        heard = piece
        for at, stage in enumerate(stages):
            filtered, states[at] = lfilter(stage.b, stage.a, heard, zi=states[at])
            heard = stage.passband_gain * filtered
        yield heard


def _powers(weighted: Iterable[Samples], counted: int, rate: int) -> Iterator[float]:
    """The mean square of each gating block."""
    tape, overlap = Tape(weighted), STEP / BLOCK
    for number in range(round((counted / rate - BLOCK) / (BLOCK * overlap)) + 1):
        low, high = int(BLOCK * (number * overlap) * rate), int(BLOCK * (number * overlap + 1) * rate)
        yield 1.0 / (BLOCK * rate) * np.sum(np.square(tape.read(slice(low, min(high, counted)))))


def _integrated(samples: Samples, rate: int, block: float) -> float:
    meter = Meter(rate, filter_class="DeMan", block_size=block)
    with warnings.catch_warnings():  # silence divides by zero in there, and means −inf
        warnings.simplefilter("ignore", RuntimeWarning)
        value = float(meter.integrated_loudness(doubles(samples)))
    return value if np.isfinite(value) else float("-inf")


def true_peak(samples: Samples) -> float:
    """Highest peak in dBTP over all channels, 4× oversampled (BS.1770-5, annex 2); −inf for silence."""
    return _true_peak(doubles(samples[read]) for read, _, _ in pieces(len(samples), MARGIN))


def true_peak_long(sound: Iterable[Samples], length: int) -> float:
    """As `true_peak`, of mono sound that comes piece by piece, `length` samples in all."""
    tape = Tape(sound)
    return _true_peak(tape.read(read) for read, _, _ in pieces(length, MARGIN))


def _true_peak(windows: Iterable[Samples]) -> float:
    highest = 0.0
    for window in windows:
        finer = resample_poly(window, OVERSAMPLING, 1, axis=0)
        highest = max(highest, float(finer.max()), -float(finer.min()))
    return decibels(highest)


class Envelope:
    """For every sample of shape (n,) or (n, channels) the highest peak around it, over all channels: shape (n,).

    A peak between two samples counts for both, so that a gain taken from the envelope holds it down from both sides.
    """

    def __init__(self, samples: Samples, kept: int = KEPT) -> None:
        """That of a sound of more than `kept` samples is worked out anew whenever a part of it is asked for."""
        self._samples = samples
        self._whole = self._of(slice(0, len(samples))) if len(samples) <= kept else None
        if self._whole is not None:
            self.highest = float(self._whole.max(initial=0.0))
        else:
            self.highest = max(float(self._of(place).max()) for _, _, place in pieces(len(samples), 0))

    def of(self, part: slice) -> Samples:
        """The envelope of a part of the sound."""
        return self._of(part) if self._whole is None else self._whole[part]

    def _of(self, part: slice) -> Samples:
        found = np.zeros(part.stop - part.start)
        for read, inner, place in pieces(len(found), 0):
            low, high = max(part.start + read.start - MARGIN, 0), part.start + read.stop + MARGIN
            begin = part.start + read.start - low
            found[place] = _peaks(doubles(self._samples[low:high]))[begin : begin + inner.stop]
        return found


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
