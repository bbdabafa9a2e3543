"""Casting: words decide the kind of voice, the id decides which one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.casting import KINDS, NARRATION, cast, kind_of

DESCRIBED = {
    "girl": ["a cheerful girl with red hair", "17-year-old girl, her hat", "teenage waitress"],
    "woman": ["1girl, silver hair", "woman, deep blue eyes", "25 years old girl", "a lady with her father's watch"],
    "man": ["a man in a coat", "1boy", "king", "demon hunter, male", "an old friend of his"],
    "boy": ["small town boy", "14 year old prince"],
    "old man": ["old man", "an old bearded man with a pipe", "grandfather", "aged 72, male"],
    "old woman": ["elderly lady", "old woman", "grandma"],
    "child": ["a little girl", "8-year-old boy", "kid"],
    "deep man": ["man with a deep voice", "his deep, calm voice", "gruff father"],
    "deep woman": ["deep woman", "a woman, deep, slow"],
    "robot": ["android girl"],
    "ghost": ["the ghost of a sailor"],
    "monster": ["a demon"],
}


@pytest.mark.parametrize(("kind", "words"), [(kind, words) for kind, lines in DESCRIBED.items() for words in lines])
def test_words_name_the_kind(kind: str, words: str) -> None:
    assert kind_of(words, otherwise="man") == kind
    assert cast("aya", words)["variant"] in KINDS[kind].variants


def test_every_kind_can_be_asked_for() -> None:
    assert set(DESCRIBED) == set(KINDS)


@given(st.text(max_size=20), st.text(max_size=60))
def test_settings_are_always_ones_that_engines_take(character: str, words: str) -> None:
    voice = cast(character, words)
    assert voice == cast(character, words)
    assert 0 <= int(voice["pitch"]) <= 99
    assert 0 <= int(voice["pitch_range"]) <= 99
    assert 80 <= int(voice["rate"]) <= 450


def test_the_pick_never_changes() -> None:
    assert cast("aya", "a girl") == {"variant": "f3", "pitch": 57, "pitch_range": 42, "rate": 190}
    assert cast("ren", "an old man") == {"variant": "m4", "pitch": 35, "pitch_range": 66, "rate": 148}


def test_characters_of_one_kind_differ() -> None:
    voices = {tuple(cast(f"girl_{number}", "girl").values()) for number in range(40)}
    assert len(voices) >= 35


def test_narration_is_neutral_unless_described() -> None:
    assert cast("narrator") == cast("") == dict(NARRATION)
    assert cast("narrator", "an old woman")["variant"] in KINDS["old woman"].variants
    assert all(NARRATION["variant"] not in kind.variants for kind in KINDS.values())


def test_pace_and_height_are_heard() -> None:
    plain, slow, shrill = (cast("bo", words) for words in ("a man", "a slow man", "a man, squeaky"))
    assert int(slow["rate"]) == int(plain["rate"]) - 18
    assert int(shrill["pitch"]) == int(plain["pitch"]) + 14
