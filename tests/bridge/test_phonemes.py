"""Words in IPA between the rest of a text: each engine's marks come from us, and never from what an author typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comfyvn.bridge.phonemes import sounds, told, unbracketed
from comfyvn.bridge.speech import Sounded, Speech
from comfyvn.bridge.voices.kokoro import defused, input_of, is_british_english, letters
from comfyvn.errors import VoiceError


def bracketed(word: str, ipa: str) -> str:
    return f"[[{ipa}]]"


def speech(text: str, word: str, ipa: str, language: str = "en") -> Speech:
    places = [at for at in range(len(text)) if text.startswith(word, at)]
    return Speech(text, language, phonemes=tuple(Sounded(at, at + len(word), ipa) for at in places))


def test_the_rest_of_the_text_stays_and_every_character_has_its_place() -> None:
    said = told(speech("A [[x]] Bo, Bo", "Bo", "bəʊ"), bracketed, unbracketed)
    assert said.text == "A [ [x]] [[bəʊ]], [[bəʊ]]"
    assert [said.place(said.text.index(sign)) for sign in ("x", "[[bəʊ]], ", ",")] == [4, 8, 10]
    assert said.place(999) == 12


@pytest.mark.parametrize(
    ("text", "ipa", "language", "whole"),
    [
        ("Bo's hat", "bəʊ", "en-GB", "[[bəʊz]] hat"),
        ("Bo’s hat", "bɒp", "en", "[[bɒps]] hat"),
        ("Bo's hat", "bɒtʃ", "en", "[[bɒtʃɪz]] hat"),
        ("Bo'shun", "bəʊ", "en", "[[bəʊ]]'shun"),
        ("la ville d'Bo", "bo", "fr", "la ville [[dbo]]"),
        ("qu’Bo, J'Bo", "bo", "fr", "[[kbo]], [[ʒbo]]"),
        ("Bo's Hut", "bo", "de", "[[bo]]'s Hut"),
    ],
)
def test_what_hangs_on_a_word_is_said_with_it(text: str, ipa: str, language: str, whole: str) -> None:
    assert told(speech(text, "Bo", ipa, language), bracketed, unbracketed).text == whole


@example("[[[[", 0, 0)
@example("a[Bo]", 2, 2)
@given(st.text("[]a(/ ", max_size=30), st.integers(0, 30), st.integers(0, 5))
def test_nothing_that_is_typed_becomes_a_mark(text: str, start: int, size: int) -> None:
    start = min(start, len(text))
    words = (Sounded(start, min(start + size, len(text)), "ə"),) if size else ()
    said = told(Speech(text, "de", phonemes=words), lambda _word, _ipa: "\0", unbracketed)
    assert not re.search(r"\[[\[\0]", said.text) and said.text.count("\0") == len(words)
    assert len(said.places) == len(said.text) and list(said.places) == sorted(said.places)
    kept = "".join(letter for part in (text[:start], text[start + size if words else start :]) for letter in part)
    assert said.text.replace("\0", "").replace(" ", "") == kept.replace(" ", "")


def test_ipa_has_one_spelling() -> None:
    assert sounds("'t͡ʃa:.gɝ|ʤ") == "ˈtʃaːɡɝdʒ" and sounds("ç") == "c\u0327"


# --- Kokoro's own letters


@pytest.mark.parametrize(
    ("ipa", "american", "british"),
    [
        ("ˈkoʊkəroʊ", "kˈOkəɹO", "kˈQkəɹQ"),
        ("mɪˈsɑːki", "mɪsˈɑki", "mɪsˈɑːki"),
        ("t͡ʃeɪndʒ", "ʧˈAnʤ", "ʧˈAnʤ"),
        ("bɜːd", "bˈɜɹd", "bˈɜːd"),
        ("ˈmærən", "mˈæɹən", "mˈaɹən"),
        ("ˌjuːˈniːk ˈbed", "jˌunˈik bˈɛd", "jˌuːnˈiːk bˈɛd"),
    ],
)
def test_the_letters_of_misaki(ipa: str, american: str, british: str) -> None:
    assert (letters("x", ipa, False), letters("x", ipa, True)) == (american, british)


def test_a_sound_that_kokoro_has_not_is_named_with_its_word() -> None:
    with pytest.raises(VoiceError, match='no sound "x", which is in "Loch"'):
        letters("Loch", "lɒx", True)


def test_links_and_pauses_that_are_typed_are_read_out() -> None:
    typed = "See [this](/ðæt/), [that](+2) and [silent 2s] and [Pause:1s]. [laughs] f(x)[0]"
    assert defused(typed) == "See [this] (/ðæt/), [that] (+2) and [ silent 2s] and [ Pause:1s]. [laughs] f(x)[0]"
    assert input_of(speech("[Bo](/x/) Bo", "Bo", "bəʊ"), True) == "[[Bo](/bˈQ/)] (/x/) [Bo](/bˈQ/)"


@pytest.mark.parametrize(
    ("code", "voice", "language", "found"),
    [("", "af_heart", "fr", False), ("", "bf_emma", "en", True), ("b", "af_heart", "en", True),
     ("", "nova", "en", False), ("", "nova", "en_GB", True), ("", "ff_siwis", "en", None), ("", "nova", "ja", None)],
)  # fmt: skip
def test_which_english_it_is(code: str, voice: str, language: str, found: bool | None) -> None:
    assert is_british_english(code, voice, language) is found
