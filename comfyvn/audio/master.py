"""Brings a clip to its level and encodes it, so that loudness and peak hold in the WAV and in the decoded OGG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from comfyvn.audio.encode import RATE, decode, decoded, ogg, quantized, wav
from comfyvn.audio.level import Levelled, level
from comfyvn.audio.loudness import (
    Envelope,
    Loudness,
    amplitude,
    measure,
    measure_long,
    true_peak,
    true_peak_long,
)
from comfyvn.audio.samples import PIECE, Samples

HEADROOM = 0.35
"""dB left below the wanted peak: Vorbis gives most clips back a little higher than they went in."""

DRIFT = 0.1
"""LU by which the OGG may differ from what was asked: Vorbis takes up to half a LU out of whispers and noise."""

ATTEMPTS = 8


@dataclass(frozen=True)
class Mastered:
    """A clip at its level, 48 kHz mono.

    Numbers are measured on the WAV, `peak_dbtp` is the higher one of WAV and decoded OGG; `limited_db` tells how far
    peaks were pressed down.
    """

    wav: bytes
    ogg: bytes
    loudness: Loudness
    peak_dbtp: float
    limited_db: float

    @property
    def samples(self) -> Samples:
        """Those of the WAV, in single precision, which holds them exactly."""
        return decode(self.wav, "float32")[0]


def master(source: Samples, *, loudness: float, peak: float, bits: int = 16) -> Mastered:
    """Bring `source` (48 kHz mono) to `loudness` LUFS and at most `peak` dBTP; `bits` a sample in the WAV, 16 or 24.

    Raises ValueError when there is nothing in it that could be measured.
    """
    envelope = Envelope(source)
    levelled = level(source, RATE, loudness, peak - HEADROOM, envelope)
    heard = _Heard(levelled, bits)
    measured = heard.measured()
    if measured.lufs == float("-inf"):
        raise ValueError("it is too quiet to be measured")
    pressed = _pressed(source, envelope, levelled, loudness, peak)
    return Mastered(
        wav=wav(heard.blocks(), bits=bits),
        ogg=pressed.data,
        loudness=measured,
        peak_dbtp=max(true_peak_long(heard.blocks(), len(source)), pressed.peak),
        limited_db=levelled.limited_db,
    )


@dataclass(frozen=True)
class _Heard:
    """A levelled sound as its WAV has it, with `bits` a sample."""

    levelled: Levelled
    bits: int

    def blocks(self) -> Iterator[Samples]:
        return (quantized(block, self.bits) for block in self.levelled.gain.blocks())

    def measured(self) -> Loudness:
        length = len(self.levelled.gain.samples)
        return measure_long(self.blocks(), length, RATE) if length > PIECE else measure(next(self.blocks()), RATE)


@dataclass(frozen=True)
class _Pressed:
    """An OGG file, and the true peak and loudness of what a player gets out of it."""

    data: bytes
    peak: float
    lufs: float


def _press(levelled: Levelled) -> _Pressed:
    data, length = ogg(levelled.gain.blocks()), len(levelled.gain.samples)
    if length > PIECE:
        return _Pressed(data, true_peak_long(decoded(data), length), measure_long(decoded(data), length, RATE).lufs)
    played, rate = decode(data)
    return _Pressed(data, true_peak(played), measure(played, rate).lufs)


def _pressed(source: Samples, envelope: Envelope, levelled: Levelled, loudness: float, peak: float) -> _Pressed:
    """The OGG file of `levelled`, levelled anew against what Vorbis does to it until level and peak hold once decoded.

    Where both cannot be had, the peak holds.
    """
    aim, ceiling, levelled_to = loudness, peak - HEADROOM, levelled.loudness.lufs
    for _ in range(ATTEMPTS):
        pressed = _press(levelled)
        over, miss = pressed.peak - peak, levelled_to - pressed.lufs
        if over <= 0 and abs(miss) <= DRIFT:
            return pressed
        if over > 0:
            ceiling -= over + 0.02
        if abs(miss) > DRIFT / 2:
            aim += miss
        levelled = level(source, RATE, aim, ceiling, envelope)
    while pressed.peak > peak:
        gain = levelled.gain
        after = (*gain.after, amplitude(peak - pressed.peak - 0.1))
        levelled = replace(levelled, gain=replace(gain, after=after))
        pressed = _press(levelled)
    return pressed
