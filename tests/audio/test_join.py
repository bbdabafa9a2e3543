"""Joining: pauses of the length that was asked for, no clicks, and words that stay where they were said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.audio.encode import RATE
from comfyvn.audio.join import FADE, Part, joined
from comfyvn.audio.samples import Samples
from comfyvn.audio.subtitles import Anchor
from comfyvn.audio.trim import sounding


def hum(seconds: float, rate: int = RATE, before: float = 0.0, after: float = 0.0, hertz: float = 200.0) -> Samples:
    """A tone with digital silence around it, as engines leave it."""
    tone = 0.3 * np.sin(2 * np.pi * hertz * (np.arange(round(seconds * rate)) + 0.5) / rate)
    return np.concatenate([np.zeros(round(before * rate)), tone, np.zeros(round(after * rate))])


def silences(samples: Samples) -> list[float]:
    """Milliseconds of each quiet between sounds."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    gaps = np.diff(loud)
    return [float(gap - 1) * 1000 / RATE for gap in gaps if gap > RATE // 200]


@settings(max_examples=15, deadline=None)
@given(
    st.integers(25, 900), st.integers(25, 900), st.floats(0, 0.4), st.floats(0, 0.4), st.sampled_from([22_050, 48_000])
)
def test_a_pause_is_as_long_as_asked_whatever_silence_engines_leave(
    first: int, second: int, before: float, after: float, rate: int
) -> None:
    sounds = [hum(0.3, rate, before, after), hum(0.2, rate, after, before), hum(0.3, rate)]
    parts = [Part(sound, rate, "a", (), pause) for sound, pause in zip(sounds, (first, second, 0), strict=True)]
    made = joined(parts)
    assert silences(made.samples) == pytest.approx([first, second], abs=0.6)
    head, tail = sounding(made.samples)
    assert head == pytest.approx(FADE * RATE, abs=4)
    assert len(made.samples) - tail == pytest.approx(FADE * RATE, abs=4)


@pytest.mark.parametrize("pause", [0, 5, 12, 300])
def test_nothing_clicks(pause: int) -> None:
    """Chunks that begin and end in the middle of a sound: no step is higher than those of the tone itself."""
    noise = np.random.default_rng(3).normal(0, 0.0003, RATE)
    chunk = hum(1.0) + noise
    made = joined([Part(chunk[100:], RATE, "a", (), pause), Part(chunk[37:-61], RATE, "b")])
    inner = made.samples[round(FADE * RATE) + 10 : -round(FADE * RATE) - 10]
    steps = np.abs(np.diff(inner))
    assert steps.max() <= 0.35  # two ends of a tone of 0.3 meet where there is no pause; nothing is added to that
    assert np.abs(made.samples[:2]).max() < 0.01
    if pause >= 20:
        quiet = made.samples[round((1.0 + 0.02 + pause / 2000) * RATE)]
        assert quiet == 0.0


def test_breath_beside_a_chunk_fades_out_and_in() -> None:
    breath = np.full(RATE // 2, 2e-4)
    chunk = np.concatenate([breath, hum(0.3), breath])
    made = joined([Part(chunk, RATE, "a", (), 200), Part(chunk, RATE, "b")])
    end = round((FADE + 0.3) * RATE)
    tail = made.samples[end : end + round(FADE * RATE)]
    assert tail[0] == pytest.approx(2e-4, rel=0.05)
    assert np.all(np.diff(tail) < 0)
    assert np.all(made.samples[end + round(FADE * RATE) : end + round(0.18 * RATE)] == 0.0)


def test_words_stay_where_they_are_said() -> None:
    said = hum(0.5, 22_050, before=0.2, after=0.3)
    first = Part(said, 22_050, "Hi there.", (Anchor(0, 200.0), Anchor(3, 450.0)), 250)
    second = Part(hum(0.4, before=0.1), RATE, "Go on.", (Anchor(0, 50.0), Anchor(3, 300.0), Anchor(99, 310.0)))
    made = joined([first, second])
    assert made.text == "Hi there. Go on."
    assert [(anchor.position, round(anchor.ms), anchor.sentence) for anchor in made.anchors] == [
        (0, 10, True), (0, 10, False), (3, 260, False),
        (10, 760, True), (10, 760, False), (13, 960, False),  # the word before the sound is heard when it begins
    ]  # fmt: skip


def test_a_single_part_is_taken_as_it_is() -> None:
    sound = hum(0.3, 22_050, before=0.1)
    made = joined([Part(np.column_stack([sound, sound]), 22_050, "Hi\nyou\x00!", (Anchor(3, 150.0),))])
    np.testing.assert_allclose(made.samples, sound)
    assert (made.rate, made.text, made.anchors) == (22_050, "Hi you !", (Anchor(3, 150.0),))


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (("Oh.", "Well?"), "Oh. Well?"),
        (("今日は。", "雨です。"), "今日は。雨です。"),
        (("안녕.", "잘 가."), "안녕. 잘 가."),
        (("Oh. ", "Well?"), "Oh. Well?"), (("", "a"), "a"), (("a\u2028b", "c"), "a b c"),
    ],
)  # fmt: skip
def test_sentences_are_spaced_as_their_script_spaces_them(texts: tuple[str, ...], whole: str) -> None:
    assert joined([Part(hum(0.1), RATE, text) for text in texts]).text == whole


def test_a_part_without_sound_is_named() -> None:
    with pytest.raises(ValueError, match="no sound in 'b'"):
        joined([Part(hum(0.1), RATE, "a"), Part(np.zeros(RATE), RATE, "b")])
    with pytest.raises(ValueError, match="nothing to join"):
        joined([])
