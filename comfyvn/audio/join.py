"""Joins spoken chunks into one sound, with pauses of a measured length and without clicks."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from comfyvn.audio.encode import RATE, resample
from comfyvn.audio.samples import Samples, mono
from comfyvn.audio.subtitles import Anchor
from comfyvn.audio.trim import sounding

FADE = 0.010
"""Seconds over which what is left of a chunk beside its sound comes in and dies away."""

LONG = 5 * 60 * RATE
"""Samples of joined chunks from which they are kept in single precision: half of the memory, and 144 dB of range."""


@dataclass(frozen=True)
class Part:
    """A spoken chunk: `samples` of shape (n,) or (n, channels) at `rate` Hz say `text`.

    `anchors` time the characters of `text` against `samples`. `pause_ms` of silence follow it, 0 after the last.
    """

    samples: Samples
    rate: int
    text: str
    anchors: tuple[Anchor, ...] = ()
    pause_ms: int = 0


@dataclass(frozen=True)
class Joined:
    """The chunks as one: mono `samples`, the whole text, and when which character of it is heard."""

    samples: Samples
    rate: int
    text: str
    anchors: tuple[Anchor, ...]


def joined(parts: Sequence[Part]) -> Joined:
    """Put `parts` behind each other; between the last sound of one and the first of the next lie `pause_ms` exactly.

    A single part is taken as it is, at its own rate; several come at 48 kHz, and a sentence begins with each. Raises
    ValueError for a part without sound, and when there is no part.
    """
    if not parts:
        raise ValueError("there is nothing to join")
    text, positions = _text([part.text for part in parts])
    if len(parts) == 1:
        return Joined(mono(parts[0].samples), parts[0].rate, text, _own(parts[0]))
    samples, laid = _overlaid(parts)
    anchors = [
        anchor
        for part, position, (span, begin) in zip(parts, positions, laid, strict=True)
        for anchor in _moved(part, position, span, begin)
    ]
    return Joined(samples, RATE, text, tuple(anchors))


Span = tuple[int, int]


def _overlaid(parts: Sequence[Part]) -> tuple[Samples, list[tuple[Span, int]]]:
    """Every part from a fade before its sound to one after it; where a pause is shorter than both, they cross.

    And of each part its span of sound and the sample of the whole at which that begins. Parts are resampled one by one:
    those of a long text would fill the memory.
    """
    fade = round(FADE * RATE)
    whole = _silence(sum(_most(part) for part in parts) + 2 * fade)
    ramp = np.sin(np.linspace(0.0, np.pi / 2, fade, endpoint=False))  # equal power: no dip where two of them cross
    laid: list[tuple[Span, int]] = []
    begin = fade
    for part in parts:
        voice = resample(mono(part.samples), part.rate)
        first, last = _span(voice, part.text)
        low, high = max(first - fade, 0), min(last + fade, len(voice))
        cut = voice[low:high].copy()
        cut[: first - low] *= ramp[fade - (first - low) :]
        cut[len(cut) - (high - last) :] *= ramp[::-1][: high - last]
        whole[begin - (first - low) : begin - first + high] += cut
        laid.append(((first, last), begin))
        end = begin + last - first
        begin = end + round(part.pause_ms * RATE / 1000)
    return whole[: end + fade], laid


def _silence(length: int) -> Samples:
    return np.zeros(length, np.float32 if length > LONG else np.float64)


def _most(part: Part) -> int:
    """No fewer samples than the part and its pause take up at 48 kHz."""
    return len(part.samples) * RATE // part.rate + round(part.pause_ms * RATE / 1000) + 2


def _span(voice: Samples, text: str) -> Span:
    span = sounding(voice)
    if span[1] == 0:
        raise ValueError(f"there is no sound in {text[:40]!r}")
    return span


def _moved(part: Part, position: int, span: Span, begin: int) -> list[Anchor]:
    """The anchors of `part` where it stands in the whole, before them one for the sentence that begins with it."""
    first, last = (sample * 1000 / RATE for sample in span)
    at = begin * 1000 / RATE
    inner = [
        replace(anchor, position=position + anchor.position, ms=at + min(max(anchor.ms, first), last) - first)
        for anchor in _own(part)
    ]
    return [Anchor(position, at, sentence=True), *inner]


def _own(part: Part) -> tuple[Anchor, ...]:
    """Engines outside may time characters that the text does not have."""
    return tuple(anchor for anchor in part.anchors if 0 <= anchor.position < max(len(part.text), 1))


def _text(texts: Sequence[str]) -> tuple[str, list[int]]:
    """The texts in one, and where each begins in it; scripts that put no space between sentences get none."""
    whole, positions = "", []
    for text in map(_one_line, texts):
        if whole and text and not whole[-1].isspace() and unicodedata.east_asian_width(whole[-1]) not in "WF":
            whole += " "
        positions.append(len(whole))
        whole += text
    return whole, positions


def _one_line(text: str) -> str:
    """`text` with a space for each line break and control character, so that every position stays what it was."""
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter for letter in text)
