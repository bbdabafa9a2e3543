"""What is wrong with a take, by its sound and its text alone: silent, clipped, cut off, far too short or too long."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

import numpy as np

from comfyvn.audio.loudness import decibels
from comfyvn.audio.samples import Samples, mono
from comfyvn.audio.trim import SILENT, sounding

Kind = Literal["silent", "clipped", "cut off", "too short", "too long"]

FULL = 1.0 - 2.0**-14
"""Amplitude from which a sample is at full scale: one step of 16 bits below it, and a little for resampling."""

FLAT_SAMPLES, FLAT_TOPS = 4, 3
"""So many neighbours at full scale are a flat top; one sine period there has two. So many flat tops are heard."""

END = 0.003
"""Seconds at the end that are looked at: eSpeak NG leaves 3 ms of silence there at its fastest, and 8 usually."""

CUT_DB = -21.0
"""Level of the end against the take's own speech from which it is cut off.

Measured on eSpeak NG with the sample's cast, 206 sentences: the least quiet end of a whole one is 22.6 dB under its
speech, the next 28.9; 89 % of takes that are cut within loud speech end above this.
"""

SECONDS_PER_UNIT = 0.065
"""Of speech for one letter of an alphabet; measured on eSpeak NG at 165 words a minute, six languages: 0.055–0.075."""

SLOWEST, FASTEST = 4.0, 4.0
"""Factors by which a voice may be slower or faster than that: a whisper drags, and an auctioneer runs."""

GRACE = 1.5
"""Seconds that any take may be longer: breath, and the silence that engines leave around speech."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong; `said` tells people what was measured."""

    kind: Kind
    said: str


def faults(samples: Samples, rate: int, text: str, pace: float = 1.0) -> tuple[Fault, ...]:
    """What is wrong with the take `samples` (shape (n,) or (n, channels), at `rate` Hz) of `text`, worst first.

    `pace`: how fast was asked for, 1 being usual. A silent take has no other fault.
    """
    heard = mono(samples)
    first, last = sounding(heard)
    if last == 0:
        return (Fault("silent", f"no sound in {len(heard) / rate:.2f} s"),)
    found = (_clipping(samples), _cut(heard, rate), _length((last - first) / rate, text, pace))
    return tuple(fault for fault in found if fault is not None)


def _clipping(samples: Samples) -> Fault | None:
    tops = sum(flat_tops(channel) for channel in (samples.T if samples.ndim > 1 else [samples]))
    return Fault("clipped", f"{tops} peaks are flat at full scale") if tops >= FLAT_TOPS else None


def flat_tops(samples: Samples) -> int:
    """How many runs of at least `FLAT_SAMPLES` samples (shape (n,)) stand at full scale."""
    at_top = np.concatenate([[False], np.abs(samples) >= FULL, [False]])
    edges = np.flatnonzero(at_top[1:] != at_top[:-1])
    return int(np.count_nonzero(edges[1::2] - edges[::2] >= FLAT_SAMPLES))


def _cut(heard: Samples, rate: int) -> Fault | None:
    """Speech that is there to the very last sample: an engine that ran out of room, or a download that broke off."""
    end = heard[-max(1, round(END * rate)) :]
    under = decibels(speech_level(heard, rate)) - decibels(_rms(end))
    return None if under >= -CUT_DB else Fault("cut off", f"it ends {under:.0f} dB under its speech, not dying away")


def speech_level(heard: Samples, rate: int) -> float:
    """RMS amplitude of the louder half of a take's 20 ms frames: of its speech, however long its pauses are."""
    size = max(1, round(0.02 * rate))
    count = max(1, len(heard) // size)
    if len(heard) < size:
        return max(_rms(heard), SILENT)
    frames = np.sqrt(np.mean(heard[: count * size].reshape(count, -1) ** 2, axis=1))
    return max(_rms(np.sort(frames)[-max(1, count // 2) :]), SILENT)


def _rms(values: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _length(seconds: float, text: str, pace: float) -> Fault | None:
    usual = expected_seconds(text) / pace
    if seconds < usual / FASTEST:
        return Fault("too short", f"{seconds:.2f} s where about {usual:.1f} s were to be said")
    if seconds > usual * SLOWEST + GRACE:
        return Fault("too long", f"{seconds:.2f} s where about {usual:.1f} s were to be said")
    return None


def expected_seconds(text: str) -> float:
    """About how long `text` takes to say, in any script: letters, digits and signs by how much each stands for."""
    return SECONDS_PER_UNIT * sum(map(_weight, text))


def _weight(letter: str) -> float:
    """How many letters of an alphabet a character takes as long as: a kanji is two syllables, a digit a word."""
    kind = unicodedata.category(letter)
    if kind[0] == "N":
        return 5.0
    if kind[0] not in "LM":
        return 0.5 if kind[0] in "PZ" else 0.0
    if unicodedata.east_asian_width(letter) not in "WF":
        return 1.0
    name = unicodedata.name(letter, "")
    return 2.0 if name.startswith(("HIRAGANA", "KATAKANA")) else 3.0
