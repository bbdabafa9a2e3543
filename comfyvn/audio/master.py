"""Makes a finished clip of what an engine spoke: trimmed, 48 kHz mono, levelled, encoded and subtitled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from comfyvn.audio.encode import RATE, decode, ogg, quantized, resample, wav
from comfyvn.audio.level import Levelled, level
from comfyvn.audio.loudness import Loudness, amplitude, measure, peak_envelope, true_peak
from comfyvn.audio.samples import Samples
from comfyvn.audio.subtitles import Anchor, cues, srt
from comfyvn.audio.trim import trim

HEADROOM = 0.35
"""dB left below the wanted peak at first: Vorbis gives most clips back a little higher than they went in."""

ATTEMPTS = 8


@dataclass(frozen=True)
class Mastered:
    """A finished clip; numbers are measured on its WAV, `peak_dbtp` is the higher one of WAV and decoded OGG."""

    wav: bytes
    ogg: bytes
    srt: str
    duration_ms: int
    loudness: Loudness
    peak_dbtp: float
    limited_db: float


def master(
    samples: Samples, rate: int, text: str, anchors: Sequence[Anchor] = (), *, loudness: float, peak: float
) -> Mastered:
    """Finish `samples` (any rate and channel count) at `loudness` LUFS and at most `peak` dBTP, in WAV and in OGG.

    `anchors` time the characters of `text` against `samples`. Raises ValueError when there is no sound in them.
    """
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    kept, shift = trim(np.asarray(mono, dtype=np.float64), rate)
    if not len(kept):
        raise ValueError("there is no sound in it")
    levelled, pressed, highest = _pressed(resample(kept, rate), loudness, peak)
    if levelled.loudness.lufs == float("-inf"):
        raise ValueError("it is too quiet to be measured")
    duration = len(levelled.samples) * 1000 // RATE
    moved = [replace(anchor, ms=anchor.ms - shift * 1000) for anchor in anchors]
    return Mastered(
        wav=wav(levelled.samples),
        ogg=pressed,
        srt=srt(cues(text, moved, duration)),
        duration_ms=duration,
        loudness=measure(quantized(levelled.samples), RATE),
        peak_dbtp=highest,
        limited_db=levelled.limited_db,
    )


def _pressed(samples: Samples, loudness: float, peak: float) -> tuple[Levelled, bytes, float]:
    """Level under a ceiling that is lowered until the peak holds in both files; the last attempt lowers everything."""
    ceiling, envelope = peak - HEADROOM, peak_envelope(samples)
    for _ in range(ATTEMPTS):
        levelled = level(samples, RATE, loudness, ceiling, envelope)
        pressed, highest = _highest(levelled.samples)
        if highest <= peak:
            return levelled, pressed, highest
        ceiling -= highest - peak + 0.02
    return _quieter(levelled, highest - peak + HEADROOM)


def _highest(samples: Samples) -> tuple[bytes, float]:
    """The OGG file of `samples`, and the highest true peak that a player of it or of the WAV meets."""
    pressed = ogg(samples)
    played, _ = decode(pressed)
    return pressed, max(true_peak(quantized(samples)), true_peak(played))


def _quieter(levelled: Levelled, decibel: float) -> tuple[Levelled, bytes, float]:
    samples = levelled.samples * amplitude(-decibel)
    pressed, highest = _highest(samples)
    return replace(levelled, samples=samples, loudness=measure(samples, RATE)), pressed, highest
