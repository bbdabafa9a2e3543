"""The lexicon: whole words in any script, the longest first, with sense for capitals."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.heard import heard, passages
from comfyvn.audio.lexicon import as_written, lexicon, place_as_written, respelt
from comfyvn.audio.subtitles import Anchor
from comfyvn.audio.wording import spoken_text

WORDS = {
    "Maren": "MAH-ren", "polish": "shine", "Polish": "Poh-lish", "New York": "Noo Yawk", "York": "Yok", "US": "U S",
    "マレン": "まれん", "東京": "とうきょう", "café": "kaffay", "Straße": "Shtrahsse", "สวัสดี": "สวัส", "नमस्ते": "नमस",
    "서울": "Seoul", "می": "mi", "C++": "see plus plus",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Maren and Maren's boat, Maren-like.", "MAH-ren and MAH-ren's boat, MAH-ren-like."),
        ("MAREN! maren, Marens, Mareno, _Maren_, Maren2", "MAH-ren! maren, Marens, Mareno, _Maren_, Maren2"),
        ("polish the Polish POLISH.", "shine the Poh-lish Poh-lish."),
        ("New York, NEW YORK, York, Yorkshire", "Noo Yawk, Noo Yawk, Yok, Yorkshire"),
        ("Tell us of the US.", "Tell us of the U S."),
        ("マレンさん、マレンゴ、東京都", "まれんさん、マレンゴ、とうきょう都"),
        ("Cafe\u0301 und STRASSE", "kaffay und Shtrahsse"),
        ("สวัสดีครับ नमस्ते नमस्तेजी 서울에서", "สวัสครับ नमस नमस्तेजी Seoul에서"),
        ("می‌خواهم می", "می‌خواهم mi"),
        ("C++, (C++)", "see plus plus, (see plus plus)"),
    ],
)  # fmt: skip
def test_whole_words(text: str, said: str) -> None:
    assert respelt(spoken_text(text), lexicon(WORDS))[0] == said


def test_the_longest_whole_word_wins_and_nothing_is_looked_at_twice() -> None:
    words = lexicon({"a": "b", "b": "c", "a b": "x", "a bc": "y"})
    assert respelt("a b", words)[0] == "x"
    assert respelt("a bcd", words)[0] == "b bcd"
    assert respelt("a", words)[0] == "b"


@given(
    st.dictionaries(st.text("abA ", min_size=1, max_size=3), st.text("xyz", min_size=1, max_size=5), max_size=5),
    st.text("abAB .'", max_size=40),
)
def test_what_is_heard_can_be_read_back(words: dict[str, str], text: str) -> None:
    line = spoken_text(text)
    said, found = respelt(line, lexicon(words))
    assert as_written(said, found) == line
    ordered = dict(reversed(words.items()))
    assert respelt(line, lexicon(ordered)) == (said, found)
    for word in re.findall(r"\w+", said):  # no word is half respelt
        assert set(word) <= set("abAB") or set(word) <= set("xyz")
    places = [place_as_written(position, found) for position in range(len(said))]
    assert places == sorted(places) and all(0 <= place < len(line) for place in places)


def test_passages_show_what_is_written_and_time_it() -> None:
    said = heard("Maren said hi. I like Maren a lot!", "en", lexicon({"Maren": "MAH-ren", "hi": "hello there"}))
    assert said.text == "MAH-ren said hello there. I like MAH-ren a lot!"
    assert said.chunks == ("MAH-ren said hello there. ", "I like MAH-ren a lot!")
    one, two = passages(said)
    assert (one.heard, one.text) == ("MAH-ren said hello there.", "Maren said hi. ")
    assert (two.heard, two.text) == ("I like MAH-ren a lot!", "I like Maren a lot!")
    moved = two.as_written(
        [Anchor(two.heard.index(word), 100.0 * number) for number, word in enumerate(["MAH", "lot"])]
    )
    assert [two.text[anchor.position :].split()[0] for anchor in moved] == ["Maren", "lot!"]
    assert [anchor.ms for anchor in moved] == [0.0, 100.0]


def test_numbers_and_abbreviations_are_left_to_the_engine() -> None:
    text = "On 3 May 1984, at 7.30 p.m., Dr. No paid £5.20 for 2 kg, i.e. 50 %."
    assert heard(text, "en", lexicon({})).text == text


def test_sounds_are_given_beside_what_is_written_or_respelt() -> None:
    words = lexicon({"Maren": None, "Odile": "oh-DEEL"}, {"Maren": "ˈmɑːrən", "Odile": "oʊˈdiːl"})
    said = heard("Hi. MAREN and Odile, Maren's!", "en", words)
    assert said.text == "Hi. MAREN and oh-DEEL, Maren's!" and said.written == "Hi. MAREN and Odile, Maren's!"
    assert [(said.text[one.start : one.stop], one.ipa) for one in said.respelt] == [
        ("MAREN", "ˈmɑːrən"), ("oh-DEEL", "oʊˈdiːl"), ("Maren", "ˈmɑːrən")
    ]  # fmt: skip
    assert [said.is_respelt(one) for one in said.respelt] == [False, True, False]
    _, second = passages(said)
    assert [(second.heard[one.start : one.stop], one.ipa) for one in second.respelt][1] == ("oh-DEEL", "oʊˈdiːl")
