"""The gate's eyes: real eSpeak takes are sound, and damaged ones are called by their name."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.quality import Fault, expected_seconds, faults, flat_tops, speech_level
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.tts import Speech, Spoken

LINES = {
    "en": "Good evening. The last ferry left an hour ago, and nobody told us why.",
    "fr": "Bonsoir. Le dernier bac est parti il y a une heure.",
    "de": "Guten Abend. Die letzte Fähre ist vor einer Stunde abgefahren.",
    "es": "Buenas noches. El último ferry salió hace una hora.",
    "ja": "こんばんは。さいごのフェリーはいちじかんまえにでました。",
    "zh": "晚上好。最后一班渡轮一个小时前就开走了。",
    "ru": "Добрый вечер. Последний паром ушёл час назад.",
    "ko": "안녕하세요. 마지막 배는 한 시간 전에 떠났습니다.",
}


@cache
def spoken(text: str, language: str = "en", **voice: Any) -> Spoken:
    return Espeak().speak(Speech(text, language, voice=voice))


def kinds(found: tuple[Fault, ...]) -> list[str]:
    return [fault.kind for fault in found]


@pytest.mark.parametrize("language", sorted(LINES))
@pytest.mark.parametrize("voice", [{}, {"rate": 80}, {"rate": 450}, {"variant": "whisper"}], ids=str)
def test_nothing_is_wrong_with_a_sound_take(language: str, voice: dict[str, Any]) -> None:
    said = spoken(LINES[language], language, **voice)
    assert faults(said.samples, said.rate, LINES[language], voice.get("rate", 165) / 165) == ()


@pytest.mark.parametrize("text", ["No.", "Oh!", "I… know.", "In 1987, he paid $1,250 for 3 boats.", "Hmm…", "OK, 42."])
def test_nor_with_short_words_and_numbers(text: str) -> None:
    said = spoken(text)
    assert faults(said.samples, said.rate, text) == ()


def test_what_is_cut_within_speech_is_told() -> None:
    said = spoken(LINES["en"])
    level, found, cuts = speech_level(said.samples, said.rate), 0, 0
    for end in range(said.rate, len(said.samples) - 2000, 701):
        take = said.samples[:end]
        if np.sqrt(np.mean(take[-400:] ** 2)) >= 0.3 * level:  # speech is there, no pause
            cuts += 1
            found += "cut off" in kinds(faults(take, said.rate, LINES["en"]))
    assert cuts > 20 and found >= 0.9 * cuts


def test_what_is_too_loud_for_its_format_is_told() -> None:
    said = spoken(LINES["en"])
    loud = np.clip(said.samples * 1.6 / np.abs(said.samples).max(), -1.0, 32767 / 32768)
    assert kinds(faults(loud, said.rate, LINES["en"])) == ["clipped"]
    stereo = np.column_stack([said.samples, loud])
    assert kinds(faults(stereo, said.rate, LINES["en"])) == ["clipped"]
    full = said.samples / np.abs(said.samples).max()  # at full scale, and whole
    assert faults(full, said.rate, LINES["en"]) == ()
    assert flat_tops(np.sin(2 * np.pi * 80 * np.arange(96_000) / 48_000)) == 0


def test_silence_is_told_and_nothing_else() -> None:
    assert kinds(faults(np.zeros(24_000), 24_000, "Hello.")) == ["silent"]
    assert kinds(faults(np.zeros(0), 24_000, "Hello.")) == ["silent"]
    assert kinds(faults(np.full(24_000, 5e-5), 24_000, "Hello.")) == ["silent"]


def test_a_take_of_another_length_than_its_text_is_told() -> None:
    said = spoken(LINES["en"])
    assert kinds(faults(said.samples, said.rate, LINES["en"] * 8)) == ["too short"]
    assert kinds(faults(np.tile(said.samples, 3), said.rate, "No.")) == ["too long"]


def test_slow_speech_may_be_slow() -> None:
    said = spoken("Nobody knows.", rate=80)
    assert faults(said.samples, said.rate, "Nobody knows.", 80 / 165) == ()


@given(st.text(max_size=200))
def test_any_text_has_an_expected_length(text: str) -> None:
    assert 0 <= expected_seconds(text) <= 0.065 * 5 * len(text)


@given(
    st.integers(0, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**32 - 1))),
    st.sampled_from([8000, 22_050, 48_000]),
)
def test_any_sound_can_be_looked_at(shape: tuple[int, int], rate: int) -> None:
    count, seed = shape
    noise = np.random.default_rng(seed).uniform(-1, 1, count)
    assert all(fault.said for fault in faults(noise, rate, "Hello."))
    assert kinds(faults(noise[:, None].repeat(2, axis=1), rate, "Hello.")) == kinds(faults(noise, rate, "Hello."))
