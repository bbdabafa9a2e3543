"""WebVTT: what the standard demands, and the text as it was typed, whatever is in it."""

from __future__ import annotations

import html
import io
import re
from itertools import pairwise

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.lines import WIDTH, columns
from comfyvn.audio.subtitles import LONGEST, Anchor, Cue, cues
from comfyvn.audio.vtt import vtt

CLOCK = r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
TIMING = re.compile(rf"{CLOCK} --> {CLOCK}")
TAG = re.compile(rf"<{CLOCK}>")
ENTITIES = re.compile(r"&(?!amp;|lt;|gt;)")


def milliseconds(clock: tuple[str, ...]) -> int:
    hours, minutes, seconds, rest = map(int, clock)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def strictly_read(file: str) -> list[tuple[int, int, list[str], list[tuple[int, str]]]]:
    """(start, end, lines as shown, words after each tag) of every cue; refuses what the standard's grammar does."""
    head, *blocks = file.split("\n\n")
    assert head == "WEBVTT" or (not blocks and head == "WEBVTT\n")
    found = []
    for block in blocks:
        timing, *lines = block.rstrip("\n").split("\n")
        match = TIMING.fullmatch(timing)
        assert match, timing
        start, end = milliseconds(match.groups()[:4]), milliseconds(match.groups()[4:])
        assert start < end
        payload = "\n".join(lines)
        assert lines
        assert all(line.strip() for line in lines)
        assert "-->" not in payload
        bare = TAG.sub("", payload)
        assert "<" not in bare
        assert ">" not in bare
        assert not ENTITIES.search(bare)
        tags = [(milliseconds(tag.groups()), payload[tag.end() :]) for tag in TAG.finditer(payload)]
        times = [start, *(ms for ms, _ in tags), end]
        assert all(before < after for before, after in pairwise(times))
        found.append((start, end, [html.unescape(TAG.sub("", line)) for line in lines], tags))
    return found


letters = st.text(st.sampled_from("abc ,.!?<>&;-:0'\"/猫。「」あっ🙂é\u0301ש\u200f"), min_size=1, max_size=400)


@given(letters, st.data())
def test_any_text_makes_a_valid_file_that_shows_what_was_typed(raw: str, data: st.DataObject) -> None:
    text = " ".join(raw.split()) or "a"
    duration = data.draw(st.integers(20 * len(text), 200 * len(text) + 100))
    places = st.tuples(st.integers(-1, len(text) + 2), st.integers(-50, duration + 50), st.booleans())
    anchors = [Anchor(*place) for place in data.draw(st.lists(places, max_size=30))]
    shown = cues(text, anchors, duration)
    file = vtt(shown, text, anchors)
    assert file == vtt(shown, text, anchors)
    read = strictly_read(file)
    assert [tuple(lines) for _, _, lines, _ in read] == [cue.lines for cue in shown]
    assert all(end <= duration and end - start <= LONGEST for start, end, _, _ in read)
    assert all(first[1] <= second[0] for first, second in pairwise(read))
    assert all(len(lines) <= 2 and all(columns(line) <= WIDTH for line in lines) for _, _, lines, _ in read)
    captions = webvtt.from_buffer(io.StringIO(file), strict=True).captions
    assert [(caption.start_time.in_seconds(), len(caption.lines)) for caption in captions] == [
        (start // 1000, len(lines)) for start, _, lines, _ in read
    ]


def test_words_are_timed_inside_of_their_sentence() -> None:
    text = 'I am here. "Are you coming?"'
    anchors = [Anchor(0, 30.0, True), Anchor(0, 30.0), Anchor(5, 260.5), Anchor(12, 1500.0, True), Anchor(12, 1500.0)]
    anchors += [Anchor(16, 1700.0), Anchor(20, 1900.0)]
    assert vtt(cues(text, anchors, 2900), text, anchors) == (
        "WEBVTT\n"
        "\n00:00:00.030 --> 00:00:01.500\nI am <00:00:00.260>here.\n"
        '\n00:00:01.500 --> 00:00:02.900\n"Are <00:00:01.700>you <00:00:01.900>coming?"\n'
    )


def test_marks_that_open_a_word_belong_to_it_and_an_escape_is_never_torn() -> None:
    text = 'Now "<go>" & stop'
    anchors = [Anchor(0, 100.0), Anchor(6, 600.0), Anchor(11, 900.0), Anchor(13, 1000.0)]
    assert vtt(cues(text, anchors, 2000), text, anchors).endswith(
        'Now <00:00:00.600>"&lt;go&gt;" <00:00:00.900>&amp; <00:00:01.000>stop\n'
    )


def test_a_word_that_comes_again_is_not_timed_twice() -> None:
    text = "no no no"
    anchors = [Anchor(3, 400.0), Anchor(3, 450.0), Anchor(6, 430.0), Anchor(6, 900.0)]
    [(_, _, _, tags)] = strictly_read(vtt(cues(text, anchors, 2000), text, anchors))
    assert [(ms, rest) for ms, rest in tags] == [(400, "no <00:00:00.430>no"), (430, "no")]


@pytest.mark.parametrize(
    "text",
    ["<i>soft</i>", "a --> b", "00:00:01.000 --> 00:00:02.000", "&lt;b&gt; &amp;", "NOTE this", "STYLE", "WEBVTT",
     "<00:01.000>x"],
)  # fmt: skip
def test_what_the_format_has_a_meaning_for_is_shown_as_typed(text: str) -> None:
    file = vtt([Cue(0, 1000, (text,))], text)
    assert [lines for _, _, lines, _ in strictly_read(file)] == [[text]]
    [caption] = webvtt.from_buffer(io.StringIO(file), strict=True).captions
    assert html.unescape(caption.raw_text) == text


def test_nothing_to_show_is_a_file_without_cues() -> None:
    assert vtt((), "") == "WEBVTT\n"
    assert webvtt.from_buffer(io.StringIO(vtt((), "")), strict=True).captions == []


def test_hours_are_written() -> None:
    assert "01:02:03.004 --> 01:02:09.000" in vtt([Cue(3_723_004, 3_729_000, ("a",))], "a")
