"""Cuts a spoken text into subtitle cues from an engine's word times, and writes them as SRT."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from comfyvn.audio.lines import best_break, fitting_lines, sentence_start

SHORTEST, LONGEST = 800, 7000
"""Milliseconds that a cue should be shown at least and at most."""


@dataclass(frozen=True)
class Anchor:
    """The text from character `position` (from 0) on is heard from `ms` on; `sentence`: a sentence begins there."""

    position: int
    ms: float
    sentence: bool = False


@dataclass(frozen=True)
class Cue:
    """Lines shown from `start_ms` until `end_ms`."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Timeline:
    """When each character is heard: straight lines between anchors that rise in both position and time."""

    positions: tuple[int, ...]
    times: tuple[float, ...]

    def at(self, position: int) -> float:
        after = min(max(bisect_right(self.positions, position), 1), len(self.positions) - 1)
        (left, right), (begin, end) = self.positions[after - 1 : after + 1], self.times[after - 1 : after + 1]
        return begin + (end - begin) * (position - left) / (right - left)


@dataclass(frozen=True)
class _Span:
    """Characters `start` to `stop` of the text, shown together from `begin` to `end` (ms)."""

    start: int
    stop: int
    begin: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.begin


def cues(text: str, anchors: Sequence[Anchor], duration_ms: int) -> tuple[Cue, ...]:
    """Subtitle cues of `text`, which is spoken in `duration_ms`: two lines of 42 columns, in order, never overlapping.

    A cue holds a sentence, or the part of one that fits. It lasts 0.8 s to 7 s, unless the clip leaves it no 0.8 s.
    Without anchors the time is shared out by length.
    """
    if not text.strip() or duration_ms <= 0:
        return ()
    opened = [
        replace(anchor, position=sentence_start(text, anchor.position)) if anchor.sentence else anchor
        for anchor in anchors
    ]
    timeline = _timeline(len(text), opened, duration_ms)
    starts = (0, *sorted({anchor.position for anchor in opened if anchor.sentence and 0 < anchor.position < len(text)}))
    sentences = (_span(start, stop, timeline) for start, stop in pairwise((*starts, len(text))))
    parts = [part for sentence in sentences for part in _split(text, sentence, timeline)]
    kept = _lengthened(_joined(text, parts))
    return tuple(_cue(text, part) for part in kept if int(part.begin) < int(part.end))


def _timeline(length: int, anchors: Sequence[Anchor], duration_ms: int) -> _Timeline:
    first = anchors[0].ms if anchors and anchors[0].position <= 0 else 0.0
    positions, times = [0], [first if 0 < first < duration_ms else 0.0]
    for anchor in anchors:
        if positions[-1] < anchor.position < length and times[-1] < anchor.ms < duration_ms:
            positions.append(anchor.position)
            times.append(anchor.ms)
    return _Timeline((*positions, length), (*times, float(duration_ms)))


def _span(start: int, stop: int, timeline: _Timeline) -> _Span:
    return _Span(start, stop, timeline.at(start), timeline.at(stop))


def _split(text: str, span: _Span, timeline: _Timeline) -> list[_Span]:
    """Halve `span` at its best breaks until each part fits the screen and the longest time."""
    fits = fitting_lines(text[span.start : span.stop]) is not None
    if fits and span.length <= LONGEST:
        return [span]
    middle = best_break(text[span.start : span.stop], anywhere=not fits)
    if middle is None:
        return [span]
    halves = (_span(span.start, span.start + middle, timeline), _span(span.start + middle, span.stop, timeline))
    return [part for half in halves for part in _split(text, half, timeline)]


def _joined(text: str, parts: Sequence[_Span]) -> list[_Span]:
    """Join what is too short to be read with its neighbour, if both together still fit."""
    joined: list[_Span] = []
    for part in parts:
        if joined and min(part.length, joined[-1].length) < SHORTEST:
            both = _Span(joined[-1].start, part.stop, joined[-1].begin, part.end)
            if both.length <= LONGEST and fitting_lines(text[both.start : both.stop]) is not None:
                joined[-1] = both
                continue
        joined.append(part)
    return joined


def _lengthened(parts: Sequence[_Span]) -> list[_Span]:
    """Let what is too short, and fits nowhere, be read on into its neighbours as far as these can spare the time."""
    spans = list(parts)
    for at, span in enumerate(spans):
        if at + 1 < len(spans):
            after = spans[at + 1]
            end = span.end + max(min(SHORTEST - span.length, after.length - SHORTEST), 0.0)
            span, spans[at + 1] = replace(span, end=end), replace(after, begin=end)
        if at > 0:
            before = spans[at - 1]
            begin = span.begin - max(min(SHORTEST - span.length, before.length - SHORTEST), 0.0)
            span, spans[at - 1] = replace(span, begin=begin), replace(before, end=begin)
        spans[at] = span
    return spans


def _cue(text: str, span: _Span) -> Cue:
    shown = text[span.start : span.stop]
    lines = fitting_lines(shown) or (shown.strip(),)
    return Cue(int(span.begin), int(min(span.end, span.begin + LONGEST)), lines)


_TAGS = re.compile(
    r"(?<=<)(?=\s*[A-Za-z/!?])|(?<=\{)|(?<=--)(?=>)|(?<=\\)(?=[Nnh])|(?<=&)(?=#?\w+;)|(?<=\d)(?=:\d\d:\d\d[.,]\d)"
)


def srt(shown: Sequence[Cue]) -> str:
    """`shown` as SubRip text, ending every line with a bare line feed.

    SRT has no escapes, and players take `<i>`, `{\\an8}`, `&lt;` and `\\N` for markup, a time or `-->` for a new cue:
    an invisible word joiner (U+2060) breaks each of them, so that the text shows as it was typed.
    """
    import pysubs2  # planning comes by here for the cues alone

    file = pysubs2.SSAFile()
    for cue in shown:
        body = r"\N".join(_TAGS.sub("\u2060", line) for line in cue.lines)
        file.append(pysubs2.SSAEvent(start=cue.start_ms, end=cue.end_ms, text=body))
    return file.to_string("srt", keep_ssa_tags=True)
