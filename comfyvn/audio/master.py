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
"""dB left below the wanted peak: Vorbis gives most clips back a little higher than they went in."""

DRIFT = 0.1
"""LU by which the OGG may differ from what was asked: Vorbis takes up to half a LU out of whispers and noise."""

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
    source = resample(kept, rate)
    envelope = peak_envelope(source)
    levelled = level(source, RATE, loudness, peak - HEADROOM, envelope)
    heard = quantized(levelled.samples)
    measured = measure(heard, RATE)
    if measured.lufs == float("-inf"):
        raise ValueError("it is too quiet to be measured")
    pressed = _pressed(source, envelope, levelled, loudness, peak)
    duration = len(heard) * 1000 // RATE
    moved = [replace(anchor, ms=anchor.ms - shift * 1000) for anchor in anchors]
    return Mastered(
        wav=wav(heard),
        ogg=pressed.data,
        srt=srt(cues(text, moved, duration)),
        duration_ms=duration,
        loudness=measured,
        peak_dbtp=max(true_peak(heard), pressed.peak),
        limited_db=levelled.limited_db,
    )


@dataclass(frozen=True)
class _Pressed:
    """An OGG file, and the true peak and loudness of what a player gets out of it."""

    data: bytes
    peak: float
    lufs: float


def _press(samples: Samples) -> _Pressed:
    data = ogg(samples)
    played, rate = decode(data)
    return _Pressed(data, true_peak(played), measure(played, rate).lufs)


def _pressed(source: Samples, envelope: Samples, levelled: Levelled, loudness: float, peak: float) -> _Pressed:
    """The OGG file of `levelled`, levelled anew against what Vorbis does to it until level and peak hold once decoded.

    Where both cannot be had, the peak holds.
    """
    aim, ceiling, levelled_to = loudness, peak - HEADROOM, levelled.loudness.lufs
    for _ in range(ATTEMPTS):
        pressed = _press(levelled.samples)
        over, miss = pressed.peak - peak, levelled_to - pressed.lufs
        if over <= 0 and abs(miss) <= DRIFT:
            return pressed
        if over > 0:
            ceiling -= over + 0.02
        if abs(miss) > DRIFT / 2:
            aim += miss
        levelled = level(source, RATE, aim, ceiling, envelope)
    while pressed.peak > peak:
        levelled = replace(levelled, samples=levelled.samples * amplitude(peak - pressed.peak - 0.1))
        pressed = _press(levelled.samples)
    return pressed
