"""Sentences as chunks: in six languages, bounded, and nothing of the text lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.chunks import LONGEST, PAUSES, chunks, pause_after, weight
from comfyvn.audio.wording import has_words, spoken_text

WORDS = st.text(st.sampled_from("aé。.!?… 日「」'\"-M😀,*\u200d\u0301"), max_size=80)
LANGUAGES = st.sampled_from(["en", "fr", "de", "es", "ja", "zh", "pt-br", "xx", ""])


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Who met Mrs. Jones at St. Paul's. Yes.", ["Dr. Who met Mrs. Jones at St. Paul's.", "Yes."]),
        ("en", 'He said "Stop!" and left. Really?! Yes.', ['He said "Stop!" and left.', "Really?!", "Yes."]),
        ("en", "It is 5 p.m. We owe J. R. R. Tolkien $3.50.", ["It is 5 p.m.", "We owe J. R. R. Tolkien $3.50."]),
        ("en", "So do I. Then we went.", ["So do I.", "Then we went."]),
        ("en_gb", "Mr. Fox. Hello.", ["Mr. Fox.", "Hello."]),
        ("fr", "M. Dupont et Mme. Durand sont là. Ils partent.", ["M. Dupont et Mme. Durand sont là.", "Ils partent."]),
        ("fr", "« Non ! » dit J.-P. Sartre. Oui.", ["« Non ! » dit J.-P. Sartre.", "Oui."]),
        ("de", "Am 3. Oktober kam z. B. Dr. Müller. „Nein!“, rief er.",
         ["Am 3. Oktober kam z. B. Dr. Müller.", "„Nein!“, rief er."]),
        ("es", "¿Qué hora es? ¡Vámonos! El Sr. López llegó.", ["¿Qué hora es?", "¡Vámonos!", "El Sr. López llegó."]),
        ("ja", "え？本当に！？「うん。そうだ。」はい。", ["え？", "本当に！？", "「うん。そうだ。」", "はい。"]),
        ("zh", "“真的吗？”他问。好吧！", ["“真的吗？”", "他问。", "好吧！"]),
    ],
)  # fmt: skip
def test_sentences(language: str, text: str, expected: list[str]) -> None:
    assert [chunk.strip() for chunk in chunks(text, language)] == expected


@given(WORDS, LANGUAGES)
def test_together_they_are_the_text_and_each_has_something_to_say(text: str, language: str) -> None:
    line = spoken_text(text)
    found = chunks(line, language)
    assert "".join(found) == line
    assert all(found)
    if len(found) > 1:
        assert all(has_words(chunk) for chunk in found)


@given(st.text(min_size=1, max_size=60), st.sampled_from(["en", "ja"]))
def test_any_text_is_cut_without_loss(text: str, language: str) -> None:
    line = spoken_text(text)
    assert "".join(chunks(line, language)) == line


@pytest.mark.parametrize("unit", ["a", "word ", "clause, ", "あ", "日本、", "a. ", "😀"])
def test_what_has_no_end_is_cut_all_the_same(unit: str) -> None:
    text = (unit * (20_000 // len(unit))).strip()
    found = chunks(text, "en")
    assert "".join(found) == text
    assert all(weight(chunk.strip()) <= LONGEST for chunk in found)
    if " " in unit:  # between words, not within them
        assert all(chunk.endswith(" ") for chunk in found[:-1])


def test_a_long_sentence_is_cut_after_a_clause() -> None:
    half = "the lamp had burnt all night above the water and nobody had come to put it out"
    text = f"When the ferry was late again, {half}; when it came at last, {half}, {half}."
    assert weight(text) > LONGEST
    assert all(chunk.strip()[-1] in ",;." for chunk in chunks(text, "en"))


def test_what_says_nothing_goes_with_its_neighbour() -> None:
    assert chunks("… Hm. … 😀! Well.", "en") == ("… Hm. … 😀! ", "Well.")
    assert chunks("?! 😀", "en") == ("?! 😀",)
    assert chunks("a" + "!" * 500, "en") == ("a" + "!" * 500,)
    assert chunks("", "en") == ()


def test_pauses_follow_the_mark_and_the_pace() -> None:
    assert [pause_after(text) for text in ("Yes. ", "Yes! ", "Yes, ", "Yes; ", "Yes ", "はい。", "「はい。」")] == [
        PAUSES["."], PAUSES["!"], PAUSES[","], PAUSES[";"], PAUSES[""], PAUSES["."], PAUSES["."]
    ]  # fmt: skip
    assert pause_after("Yes.", 350) == 150
    assert pause_after("Yes.", 1e9) == pause_after("Yes.", 350)
    assert pause_after("Yes.", 0) == pause_after("Yes.", 100) == 525
