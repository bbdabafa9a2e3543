"""Brings sound to a loudness under a peak ceiling: one linear gain, and a look-ahead limiter where peaks would pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from comfyvn.audio.loudness import (
    BLOCK,
    Envelope,
    Loudness,
    amplitude,
    decibels,
    measure,
    measure_long,
)
from comfyvn.audio.samples import PIECE, Samples, blocks, doubles, pieces

LOOK_AHEAD = 0.005
"""Seconds before and after a peak over which the gain falls and recovers."""

REACH = 30.0
"""dB by which the limiter may lower a peak; speech needs up to 10, and a lone click would ask for hundreds."""

ROUNDS = 12
CLOSE = 0.02  # LU; far below the ±0.2 that a clip may be off


@dataclass(frozen=True)
class Gain:
    """`samples` times `factor`, and less where a peak would pass `top` (an amplitude); 0 for no limit.

    Falls and rises smoothly around such a peak. The lowest gain within the look-ahead is smoothed by three running
    means whose joint width is that of the look-ahead: a bell without corners that can never rise above what the peak in
    its middle needs. `after`: factors that come last.
    """

    samples: Samples
    envelope: Envelope
    rate: int
    factor: float = 1.0
    top: float = 0.0
    after: tuple[float, ...] = ()

    def blocks(self) -> Iterator[Samples]:
        """What comes out, piece after piece; of a long sound it is worked out anew each time."""
        if len(self.samples) <= PIECE:
            yield self._whole
        else:
            yield from self._worked_out()

    @cached_property
    def _whole(self) -> Samples:
        return np.concatenate([self.samples[:0], *self._worked_out()])

    def _worked_out(self) -> Iterator[Samples]:
        width = int(LOOK_AHEAD * self.rate * 2 / 3) | 1  # odd: an even window would sit half a sample off
        for read, inner, place in pieces(len(self.samples), 6 * width):
            made = doubles(self.samples[place]) * self._gain(read, inner, width)
            for factor in self.after:
                made = made * factor
            yield made

    def _gain(self, read: slice, inner: slice, width: int) -> Samples | float:
        if not self.top:
            return self.factor
        curve: Samples = self.top / np.maximum(self.envelope.of(read) * self.factor, self.top)
        curve = minimum_filter1d(curve, 3 * width, mode="nearest")
        for _ in range(3):
            curve = uniform_filter1d(curve, width, mode="nearest")
        gain: Samples = curve[inner] * self.factor
        return gain if self.samples.ndim == 1 else gain[:, np.newaxis]

    def measured(self) -> Loudness:
        """How loud it is."""
        if self.samples.ndim == 1 and len(self.samples) > max(PIECE, BLOCK * self.rate):
            return measure_long(self.blocks(), len(self.samples), self.rate)
        return measure(np.concatenate(list(self.blocks())), self.rate)


@dataclass(frozen=True)
class Levelled:
    """Sound at the wanted level; `limited_db` is how far the limiter reached down (0: linear gain alone)."""

    gain: Gain = field(repr=False)
    loudness: Loudness
    limited_db: float

    @property
    def samples(self) -> Samples:
        """All of it at once."""
        is_untouched = self.gain.factor == 1.0 and not self.gain.top and not self.gain.after
        return self.gain.samples if is_untouched else np.concatenate(list(self.gain.blocks()))


def level(samples: Samples, rate: int, loudness: float, ceiling: float, envelope: Envelope | None = None) -> Levelled:
    """Bring `samples` to `loudness` (LUFS) with no true peak above `ceiling` (dBTP).

    `envelope` is theirs, for a caller who levels the same sound twice. Limiting takes loudness away, so gain and
    measurement are repeated until both hold. Silence comes back unchanged. Raises ValueError when `samples` are not
    finite. A sound that is nothing but clicks stays quieter than asked: the outcome tells.
    """
    if not all(np.isfinite(block).all() for block in blocks(samples)):
        raise ValueError("the sound holds values that are no numbers")
    source = measure(samples, rate)
    envelope = Envelope(samples) if envelope is None else envelope
    if source.lufs == float("-inf"):
        return Levelled(Gain(samples, envelope, rate), source, 0.0)
    most = ceiling + REACH - decibels(envelope.highest)
    gain = min(loudness - source.lufs, most)
    best = _limited(samples, envelope, rate, gain, ceiling)
    slope = 1.0  # LU that a dB of gain brings; the limiter eats the rest
    for _ in range(ROUNDS):
        miss = loudness - best.loudness.lufs
        if abs(miss) <= CLOSE or (miss > 0 and gain >= most):
            break
        gain = min(gain + miss / slope, most)
        better = _limited(samples, envelope, rate, gain, ceiling)
        if abs(loudness - better.loudness.lufs) >= abs(miss):
            break  # nothing but peaks is left: more gain makes it no louder
        slope = min(max((better.loudness.lufs - best.loudness.lufs) * slope / miss, 0.2), 1.0)
        best = better
    return best


def _limited(samples: Samples, envelope: Envelope, rate: int, gain: float, ceiling: float) -> Levelled:
    factor, top = amplitude(gain), amplitude(ceiling)
    highest = envelope.highest * factor
    is_held = highest > top
    louder = Gain(samples, envelope, rate, factor, top if is_held else 0.0)
    return Levelled(louder, louder.measured(), decibels(highest) - ceiling if is_held else 0.0)
