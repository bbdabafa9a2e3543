"""Mouth cues: the shapes of the letters at their time, rest where nobody speaks, and Rhubarb's own file."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.audio.mouth import FRAME_MS, SHORTEST, MouthCue, mouth_cues, rhubarb
from comfyvn.audio.samples import Samples
from comfyvn.audio.subtitles import Anchor

RATE = 48_000
SHAPES = set("ABCDEFGHX")


def voice(seconds: float, level: float = 0.3) -> Samples:
    return level * np.sin(2 * np.pi * 180 * np.arange(round(seconds * RATE)) / RATE)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE))


def values(shown: tuple[MouthCue, ...]) -> str:
    return "".join(cue.value for cue in shown)


def test_letters_take_their_shapes_in_turn_within_their_word() -> None:
    sound = np.concatenate([silence(0.1), voice(0.6), silence(0.3), voice(0.4), silence(0.2)])
    shown = mouth_cues(sound, RATE, "mafo lu", (Anchor(0, 100.0), Anchor(5, 1000.0)))
    assert shown == (
        MouthCue(0, 100, "X"),
        MouthCue(100, 250, "A"), MouthCue(250, 400, "D"), MouthCue(400, 550, "G"), MouthCue(550, 700, "E"),
        MouthCue(700, 1000, "X"),
        MouthCue(1000, 1200, "H"), MouthCue(1200, 1400, "F"),
        MouthCue(1400, 1600, "X"),
    )  # fmt: skip


def test_kana_spell_vowels_and_accents_do_not_matter() -> None:
    sound = voice(0.6)
    assert values(mouth_cues(sound, RATE, "うあえ", (Anchor(0, 0.0),))) == "FDC"
    assert values(mouth_cues(sound, RATE, "áéô", (Anchor(0, 0.0),))) == "DCE"


@pytest.mark.parametrize("text", ["", "你好吗", "Привет"])
def test_without_spelt_sounds_loudness_opens_the_mouth(text: str) -> None:
    sound = np.concatenate([silence(0.2), voice(0.3, 0.05), voice(0.3, 0.11), voice(0.3, 0.3), silence(0.2)])
    assert values(mouth_cues(sound, RATE, text, (Anchor(0, 0.0),))) == "XBCDX"


def test_a_hiss_is_spoken_with_closed_teeth() -> None:
    hiss = np.diff(np.random.default_rng(1).normal(0, 0.2, RATE // 2 + 1))
    shown = mouth_cues(np.concatenate([voice(0.5), hiss]), RATE, "", ())
    assert values(shown) == "DB"


def test_the_stop_in_a_word_is_no_rest() -> None:
    sound = np.concatenate([voice(0.2), silence(0.05), voice(0.2), silence(0.15), voice(0.2)])
    assert values(mouth_cues(sound, RATE, "", ())).count("X") == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 0.3), st.floats(0.0, 0.5)), max_size=6),
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(-2, 35), st.floats(-50, 2500), st.booleans()), max_size=12),
)
def test_any_clip_is_covered_without_a_gap(
    pieces: list[tuple[float, float]], text: str, places: list[tuple[int, float, bool]]
) -> None:
    sound = np.concatenate([silence(0.0), *(voice(seconds, level) for seconds, level in pieces)])
    anchors = [Anchor(max(place, 0), ms, sentence) for place, ms, sentence in places]
    shown = mouth_cues(sound, RATE, text, anchors)
    duration = len(sound) * 1000 // RATE
    assert shown == mouth_cues(sound, RATE, text, anchors)
    assert sum(cue.end_ms - cue.start_ms for cue in shown) == duration
    assert all(cue.start_ms < cue.end_ms and cue.value in SHAPES for cue in shown)
    assert all(before.end_ms == after.start_ms and before.value != after.value for before, after in pairwise(shown))
    brief = [cue for cue in shown[1:-1] if cue.value not in "AX"]
    assert all(cue.end_ms - cue.start_ms >= SHORTEST * FRAME_MS for cue in brief)
    document = json.loads(rhubarb(shown, duration))
    assert document["metadata"]["duration"] == pytest.approx(duration / 1000)
    assert [set(cue) for cue in document["mouthCues"]] == [{"start", "end", "value"}] * len(shown)


def test_the_file_is_written_as_rhubarb_writes_it() -> None:
    assert rhubarb([MouthCue(0, 50, "X"), MouthCue(50, 1234, "D")], 1234).decode() == (
        '{\n  "metadata": {\n    "soundFile": "",\n    "duration": 1.234\n  },\n  "mouthCues": [\n'
        '    { "start": 0.00, "end": 0.05, "value": "X" },\n    { "start": 0.05, "end": 1.234, "value": "D" }\n  ]\n}\n'
    )
