"""Brings sound to a loudness under a peak ceiling: one linear gain, and a look-ahead limiter where peaks would pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from comfyvn.audio.loudness import Loudness, amplitude, decibels, measure, peak_envelope
from comfyvn.audio.samples import Samples, pieces

LOOK_AHEAD = 0.005
"""Seconds before and after a peak over which the gain falls and recovers."""

REACH = 30.0
"""dB by which the limiter may lower a peak; speech needs up to 10, and a lone click would ask for hundreds."""

ROUNDS = 12
CLOSE = 0.02  # LU; far below the ±0.2 that a clip may be off


@dataclass(frozen=True)
class Levelled:
    """`samples` at the wanted level; `limited_db` is how far the limiter reached down (0: linear gain alone)."""

    samples: Samples
    loudness: Loudness
    limited_db: float


def level(samples: Samples, rate: int, loudness: float, ceiling: float, envelope: Samples | None = None) -> Levelled:
    """Bring `samples` to `loudness` (LUFS) with no true peak above `ceiling` (dBTP).

    `envelope` is their `peak_envelope`, for a caller who levels the same sound twice. Limiting takes loudness away, so
    gain and measurement are repeated until both hold. Silence comes back unchanged. Raises ValueError when `samples`
    are not finite. A sound that is nothing but clicks stays quieter than asked: the outcome tells.
    """
    if not np.isfinite(samples).all():
        raise ValueError("the sound holds values that are no numbers")
    source = measure(samples, rate)
    if source.lufs == float("-inf"):
        return Levelled(samples, source, 0.0)
    envelope = peak_envelope(samples) if envelope is None else envelope
    most = ceiling + REACH - decibels(float(envelope.max()))
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


def _limited(samples: Samples, envelope: Samples, rate: int, gain: float, ceiling: float) -> Levelled:
    factor, top = amplitude(gain), amplitude(ceiling)
    highest = float(envelope.max(initial=0.0)) * factor
    if highest <= top:
        louder, reach = samples * factor, 0.0
    else:
        louder, reach = _held_down(samples, envelope, rate, factor, top), decibels(highest) - ceiling
    return Levelled(louder, measure(louder, rate), reach)


def _held_down(samples: Samples, envelope: Samples, rate: int, factor: float, top: float) -> Samples:
    """`samples` times `factor`, falling and rising smoothly around every peak that would pass `top`.

    The lowest gain within the look-ahead is smoothed by three running means whose joint width is that of the
    look-ahead: a bell without corners that can never rise above what the peak in its middle needs.
    """
    width = int(LOOK_AHEAD * rate * 2 / 3) | 1  # odd: an even window would sit half a sample off
    held = np.empty_like(samples)
    for read, inner, place in pieces(len(samples), 6 * width):
        curve = top / np.maximum(envelope[read] * factor, top)
        curve = minimum_filter1d(curve, 3 * width, mode="nearest")
        for _ in range(3):
            curve = uniform_filter1d(curve, width, mode="nearest")
        gain = curve[inner] * factor
        held[place] = samples[place] * (gain if samples.ndim == 1 else gain[:, np.newaxis])
    return held
