"""Text for a voice: one line without commands, and whether it says anything."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.wording import has_words, spoken_text


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_clean_line(text: str) -> None:
    line = spoken_text(text)
    assert line == spoken_text(line) == line.strip()
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in line)
    assert "  " not in line
    line.encode("utf-8")


def test_what_shapes_words_stays_and_what_steers_text_goes() -> None:
    assert spoken_text("\u202eabc\u202c\ufeff\u00addef\r\n\x01+10v") == "abcdef +10v"
    assert spoken_text("می\u200cخواهم 👩\u200d🚀") == "می\u200cخواهم 👩\u200d🚀"
    assert spoken_text("e\u0301") == "é"


@pytest.mark.parametrize("text", ["a", "7", "日本", "שלום", "♥", "😀", "€"])
def test_something_to_say(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize("text", ["", " ", "…", "?!", "「」", "—", "\u0301"])
def test_nothing_to_say(text: str) -> None:
    assert not has_words(text)
