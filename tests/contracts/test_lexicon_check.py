"""Lexicons and clips in several languages as `comfyvn check` sees them: what cannot be said is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comfyvn.reading import read
from tests.fakes.small_novel import NOVEL, files, write_small_novel

AYA = "data/characters/aya/character.json"
NOVEL_FR = NOVEL.replace("languages: [en]", "languages: [en, fr]")


def problems(
    root: Path, voice: dict[str, Any] | None = None, clips: list[Any] | None = None, novel: str = NOVEL_FR
) -> list[str]:
    aya = files()[AYA]
    changed = {AYA: {**aya, "voice": {**aya["voice"], **(voice or {})}}}
    voices = {"data/voices/more.json": {"version": 1, "clips": clips}} if clips else {}
    found = read(write_small_novel(root, {**changed, **voices}, novel)).problems
    return [f"{problem.file} {problem.path}: {problem.said()}" for problem in found if problem.severity == "error"]


def test_respellings_are_fine(tmp_path: Path) -> None:
    voice = {"lexicon": {"Maren": "MAH-ren"}, "languages": {"fr": {"lexicon": {"AC/DC": "a c d c", "x/y": "a/b"}}}}
    novel = NOVEL_FR + 'lexicon: {fr: {Maren: "Marène", "St. Elmo": Saint Elme}}\n'
    assert problems(tmp_path, voice, novel=novel) == []


@pytest.mark.parametrize("said", ["[[m'A:r@n]]", "mɑːrən", "<phoneme ph='x'>Maren</phoneme>"])
def test_phonemes_of_one_engine_are_refused_with_what_to_write(tmp_path: Path, said: str) -> None:
    (one,) = problems(tmp_path, {"languages": {"fr": {"lexicon": {"Maren": said}}}})
    assert f"{AYA} $.voice.languages.fr.lexicon.Maren" in one
    assert "phonemes" in one and "IPA between slashes" in one and "MAH-ren" in one


def test_ipa_stands_between_slashes_or_beside_a_respelling(tmp_path: Path) -> None:
    said = {"Maren": "/ˈmɑːrən/", "Odile": {"ipa": "oʊˈdiːl", "spelt": "oh-DEEL"}, "Zoë": {"ipa": "/ˈzəʊ.i/"}}
    assert problems(tmp_path, {"lexicon": said}) == []


@pytest.mark.parametrize(
    "said", ["/MAH-ren/", "/m4ren/", "/[[m]]/", "//", {"ipa": "…"}, {"ipa": "ˈmɑːrən", "spelt": "…"}]
)
def test_what_is_no_ipa_is_refused(tmp_path: Path, said: object) -> None:
    (one,) = problems(tmp_path, {"lexicon": {"Maren": said}})
    assert "$.voice.lexicon.Maren" in one and ("not given in IPA" in one or "would not be said" in one)


def test_an_engine_that_takes_no_ipa_is_one_warning_for_all_its_words(tmp_path: Path) -> None:
    said = {"Maren": "/ˈmɑːrən/", "Tern": "/tɜːn/", "Odile": {"ipa": "oʊˈdiːl", "spelt": "oh-DEEL"}}
    aya = files()[AYA]
    voice = {**aya["voice"], "preferred_tts": ["xtts", "espeak"], "lexicon": said}
    found = read(write_small_novel(tmp_path, {AYA: {**aya, "voice": voice}}, NOVEL_FR)).problems
    (one,) = [problem for problem in found if "IPA" in problem.message]
    assert (one.severity, one.path) == ("warning", "$.voice.lexicon.Maren")
    assert "xtts takes no IPA" in one.message and "(and 1 more)" in one.message


def test_words_that_no_text_has_and_respellings_that_nobody_hears(tmp_path: Path) -> None:
    novel = NOVEL_FR + 'lexicon: {de: {Boot: "Boat"}, en: {"…": dots, Maren: "…"}}\n'
    found = problems(tmp_path, novel=novel)
    assert len(found) == 3
    assert any("$.lexicon.de" in one and 'no language "de"' in one for one in found)
    assert any('$.lexicon.en["…"]' in one and "no text has such a word" in one for one in found)
    assert any("$.lexicon.en.Maren" in one and "would not be said" in one for one in found)


def test_clips_that_say_nothing(tmp_path: Path) -> None:
    own = [
        {"id": "l1aaaa", "language": "fr"},
        {"id": "l2aaaa", "language": "fr", "text": "Bon."},
        {"id": "l3aaaa", "text": "…"},
        {"id": "n1aaaa"},
    ]
    found = problems(tmp_path, clips=own)
    assert len(found) == 2
    assert "$.clips[0].text" in found[0] and 'in "en"' in found[0] and 'in "fr"' in found[0]
    assert "$.clips[2].text" in found[1] and "nothing to speak" in found[1]


def test_recordings_of_languages_and_their_deliveries_are_looked_for(tmp_path: Path) -> None:
    voice = {"languages": {"fr": {"reference": "no.wav", "delivery": {"low": {"reference": "none.wav"}}}}}
    found = problems(tmp_path, voice)
    assert len(found) == 2
    assert "$.voice.languages.fr.reference" in found[0] and "$.voice.languages.fr.delivery.low.reference" in found[1]
