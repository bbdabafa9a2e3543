"""Writes subtitle cues as WebVTT, with the time of each word where an engine told it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from comfyvn.audio.lines import sentence_start
from comfyvn.audio.subtitles import Anchor, Cue

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def vtt(shown: Sequence[Cue], text: str, anchors: Sequence[Anchor] = ()) -> str:
    """`shown`, the cues of `text`, as a WebVTT file (W3C, WebVTT: The Web Video Text Tracks Format, section 4).

    A cue holds a sentence; its words are timed by cue timestamp tags, `<00:00:01.250>`, which is the standard's own
    way (section 4.2.2): a player that does not know them shows the sentence all the same. `anchors` say when which
    character of the text is heard. As the standard demands, the tags of a cue rise and lie inside it; `&`, `<` and
    `>` are escaped, so that no text can end a cue.
    """
    words = sorted((int(anchor.ms), sentence_start(text, anchor.position)) for anchor in anchors)
    blocks = ["WEBVTT\n"]
    at = 0
    for cue in shown:
        lines = []
        for line in cue.lines:
            start = max(text.find(line, at), 0)  # cues leave nothing of the text out but white space
            at = start + len(line)
            lines.append((start, line))
        blocks.append(f"{_clock(cue.start_ms)} --> {_clock(cue.end_ms)}\n{_body(cue, lines, words)}\n")
    return "\n".join(blocks)


def _body(cue: Cue, lines: Sequence[tuple[int, str]], words: Sequence[tuple[int, int]]) -> str:
    """The lines of `cue` with tags in them; each line comes with its place in the text, each word with (ms, place)."""
    marks = list(_marks(cue, lines[0][0], words))
    written = []
    for start, line in lines:
        tags = [(place - start, f"<{_clock(ms)}>") for place, ms in marks if start <= place < start + len(line)]
        pieces = pairwise([(0, ""), *tags, (len(line), "")])
        written.append("".join(tag + line[begin:end].translate(_ESCAPES) for (begin, tag), (end, _) in pieces))
    return "\n".join(written)


def _marks(cue: Cue, first: int, words: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where in the text a word of `cue` begins, and when, both rising; its first word begins with the cue itself."""
    place, time = first, cue.start_ms
    for ms, begin in words[bisect_right(words, (cue.start_ms, first)) : bisect_left(words, (cue.end_ms, 0))]:
        if begin > place and time < ms < cue.end_ms:
            place, time = begin, ms
            yield place, time


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
