"""Cues: readable, in order, never past the end, and showing what was typed."""

from __future__ import annotations

import re
from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.lines import WIDTH, columns, fitting_lines, sentence_start
from comfyvn.audio.subtitles import LONGEST, SHORTEST, Anchor, Cue, cues, srt

BLOCK = re.compile(
    r"(\d+)\n(\d\d):([0-5]\d):([0-5]\d),(\d{3}) --> (\d\d):([0-5]\d):([0-5]\d),(\d{3})\n((?:[^\n]+\n){1,2})\n"
)


def strictly_read(text: str) -> list[Cue]:
    """A reader that accepts nothing but numbered blocks of at most two lines."""
    found: list[Cue] = []
    at = 0
    while at < len(text):
        match = BLOCK.match(text, at)
        assert match, text[at:]
        assert int(match[1]) == len(found) + 1
        times = [int(match[group]) for group in range(2, 10)]
        start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (times[:4], times[4:]))
        found.append(Cue(start, end, tuple(match[10].splitlines())))
        at = match.end()
    return found


def squeezed(text: str) -> str:
    return "".join(text.replace("\u2060", "").split())


letters = st.text(st.sampled_from("abc ,.!?<>{}\\N&;-'\"猫。「」あっ🙂é\u0301ש"), min_size=1, max_size=400)


@given(letters, st.data())
def test_any_text_makes_valid_cues(raw: str, data: st.DataObject) -> None:
    text = " ".join(raw.split()) or "a"
    duration = data.draw(st.integers(20 * len(text), 200 * len(text) + 100))
    places = st.tuples(st.integers(-1, len(text) + 2), st.integers(-50, duration + 50), st.booleans())
    anchors = [Anchor(*place) for place in data.draw(st.lists(places, max_size=30))]
    made = cues(text, anchors, duration)
    assert made == cues(text, anchors, duration)
    assert all(0 <= cue.start_ms < cue.end_ms <= duration for cue in made)
    assert all(first.end_ms <= second.start_ms for first, second in pairwise(made))
    assert all(len(cue.lines) <= 2 and all(columns(line) <= WIDTH for line in cue.lines) for cue in made)
    assert all(cue.end_ms - cue.start_ms <= LONGEST for cue in made)


@given(letters)
def test_no_text_is_lost_and_the_file_reads_back(raw: str) -> None:
    text = " ".join(raw.split()) or "a"
    made = cues(text, (), 80 * len(text) + 500)
    assert squeezed("".join(line for cue in made for line in cue.lines)) == squeezed(text)
    assert [(cue.start_ms, cue.end_ms) for cue in strictly_read(srt(made))] == [(c.start_ms, c.end_ms) for c in made]
    assert squeezed("".join(line for cue in strictly_read(srt(made)) for line in cue.lines)) == squeezed(text)


def test_sentences_get_their_own_cues_from_the_engines_times() -> None:
    text = 'I am here. "Are you coming?" Yes.'
    anchors = [Anchor(0, 30.0, True), Anchor(12, 1500.0, True), Anchor(29, 3100.0, True)]
    made = cues(text, anchors, 4200)
    assert [cue.lines for cue in made] == [("I am here.",), ('"Are you coming?"',), ("Yes.",)]
    assert [(cue.start_ms, cue.end_ms) for cue in made] == [(30, 1500), (1500, 3100), (3100, 4200)]


def test_a_long_sentence_breaks_at_a_clause_and_a_short_one_joins() -> None:
    text = (
        "The rain had stopped an hour ago, and the street smelled of wet stone and tea, "
        "so we walked home the long way round, past the harbour."
    )
    made = cues(text, [Anchor(0, 0.0, True)], 9000)
    assert len(made) == 2
    assert made[0].lines[-1].endswith(",")
    joined = cues("Oh! Well then.", [Anchor(0, 0.0, True), Anchor(4, 400.0, True)], 1500)
    assert joined == (Cue(0, 1500, ("Oh! Well then.",)),)
    assert joined[0].end_ms >= SHORTEST


def test_what_is_said_faster_than_it_is_read_stays_on_into_the_next_cue() -> None:
    long = "The rain had stopped an hour ago, and the street smelled of wet stone and old tea."
    made = cues(f"Oh! {long}", [Anchor(0, 0.0, True), Anchor(4, 400.0, True)], 5400)
    assert [(cue.start_ms, cue.end_ms) for cue in made] == [(0, SHORTEST), (SHORTEST, 5400)]
    last = cues(f"{long} Oh!", [Anchor(0, 0.0, True), Anchor(len(long) + 1, 5000.0, True)], 5400)
    assert [(cue.start_ms, cue.end_ms) for cue in last] == [(0, 5400 - SHORTEST), (5400 - SHORTEST, 5400)]


@given(st.lists(st.tuples(st.integers(1, 80), st.integers(100, 6000)), min_size=1, max_size=8))
def test_no_cue_is_too_short_while_its_neighbours_have_time(sentences: list[tuple[int, int]]) -> None:
    anchors, text, ms = [], "", 0
    for letters, length in sentences:
        anchors.append(Anchor(len(text), ms, sentence=True))
        text += "m" * min(letters, 40) + " " + "m" * max(letters - 41, 1) + ". "
        ms += length
    lengths = [cue.end_ms - cue.start_ms for cue in cues(text.strip(), anchors, ms)]
    for at, length in enumerate(lengths):
        beside = [lengths[other] for other in (at - 1, at + 1) if 0 <= other < len(lengths)]
        assert length >= SHORTEST - 1 or all(other <= SHORTEST + 1 for other in beside)


def test_japanese_and_chinese_lines_break_between_phrases() -> None:
    assert fitting_lines("昨日の夜はなかなか眠れなくてずっと窓の外を眺めていた") == (
        "昨日の夜はなかなか眠れなくて", "ずっと窓の外を眺めていた",
    )  # fmt: skip
    lines = fitting_lines("我们今天去海边散步了很久天气非常好所以大家都很高兴地回家")
    assert lines is not None
    assert lines[1].startswith(("天气", "非常", "所以"))  # and not within one of these words


def test_korean_breaks_at_its_spaces() -> None:
    lines = fitting_lines("어젯밤에는 좀처럼 잠들지 못하고 계속 창밖을 바라보고 있었다")
    assert lines is not None
    assert lines == ("어젯밤에는 좀처럼 잠들지 못하고", "계속 창밖을 바라보고 있었다")


def test_wide_characters_take_two_columns_and_never_start_a_line_with_a_full_stop() -> None:
    lines = fitting_lines("今日はとても天気がいいので、みんなで海まで歩いていきました。")
    assert lines is not None
    assert len(lines) == 2
    assert all(columns(line) <= WIDTH and line[0] not in "、。" for line in lines)


def test_time_without_anchors_follows_length() -> None:
    text = "aaaa " * 40
    made = cues(text.strip(), (), 20_000)
    assert len(made) >= 3
    assert all(cue.end_ms - cue.start_ms >= SHORTEST for cue in made)


@pytest.mark.parametrize(
    "text",
    ["<i>soft</i>", r"{\an8}up", "a --> b", "00:00:01,000 --> 00:00:02,000", r"one \N two", "&lt;b&gt;", "< b >"],
)
def test_what_players_take_for_markup_is_shown_as_typed(text: str) -> None:
    file = srt([Cue(0, 1000, (text,))])
    assert len(strictly_read(file)) == 1
    loaded = pysubs2.SSAFile.from_string(file, "srt")
    assert len(loaded) == 1
    assert loaded[0].text.replace("\u2060", "") == text
    assert "-->" not in file.splitlines()[2]


def test_plain_text_gets_no_invisible_characters() -> None:
    assert "\u2060" not in srt([Cue(0, 1000, ("AT&T: 1 < 2 -- fine.",))])


@pytest.mark.parametrize(("text", "duration"), [("", 1000), ("  ", 1000), ("hello", 0)])
def test_nothing_to_show(text: str, duration: int) -> None:
    assert cues(text, (), duration) == ()


@pytest.mark.parametrize(
    ("text", "position", "start"),
    [("Hi. “Go!”", 5, 4), ("Hi.Go", 3, 3), ("<b>x", 1, 0), ("は。「い", 3, 2), ("abc", 99, 0), ("a b", -4, 0)],
)
def test_a_sentence_begins_with_the_marks_that_open_it(text: str, position: int, start: int) -> None:
    assert sentence_start(text, position) == start
