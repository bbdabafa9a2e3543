"""What is said of translations: that they are of something, say what it says by now, and show what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comfyvn.contracts.translation import source_digest
from comfyvn.reading import read
from tests.fakes.small_novel import NOVEL, files, write_small_novel

TWO = NOVEL.replace("languages: [en]", "languages: [en, de]")
SCENE, REST = "data/tl/de/arrival.json", "data/tl/de.json"


def line(text: str, of: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "source": source_digest(of), **more}


def told(root: Path, lines: dict[str, Any], novel: str = TWO, **more: Any) -> list[str]:
    changed = {SCENE: {"version": 1, "lines": lines}, **more}
    return [str(problem) for problem in read(write_small_novel(root, changed, novel)).problems]


def test_a_translation_that_fits_is_nothing_to_speak_of(tmp_path: Path) -> None:
    lines = {"n1aaaa": line("Die Fähre kommt zu spät.", "The ferry is late."), "c2aaaa": {"text": "Schweigen."}}
    assert told(tmp_path, lines, **{REST: {"strings": {"Aya": "Aya"}}}) == []


def test_a_digest_is_that_of_the_text_in_any_form_of_unicode() -> None:
    assert source_digest("The ferry is late.") == "c160a7eefc7f"  # never changes: it is kept in every translation
    assert source_digest("Caf\u00e9") == source_digest("Cafe\u0301")


def test_a_stale_translation_is_told_once_for_a_file(tmp_path: Path) -> None:
    lines = {"n1aaaa": line("Alt.", "Old."), "l1aaaa": line("Da bist {i}du{/i}.", "Older."), "l2aaaa": line("", "")}
    (found,) = told(tmp_path, lines)
    assert found.startswith(f"{SCENE}:") and "2 lines say something else by now" in found
    assert "comfyvn translate accept de n1aaaa" in found


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ({"n1aaab": {"text": "x"}}, 'there is no line "n1aaab" in the scene arrival'),
        ({"l3aaaa": {"text": "x"}}, 'the line "l3aaaa" is in the scene evening by now'),
        ({"n1aaaa": {"text": "Die [visitor] kommt."}}, "the translation shows [visitor], the line does not"),
        ({"n1aaaa": {"text": "Die {I}Fähre{/I}."}}, "is shown as typed"),
        ({"n1aaaa": {"text": "Die\u0007Fähre."}}, "control characters"),
        ({"n1aaaa": {"text": "Die Fähre.", "sorce": "c160a7eefc7f"}}, "source"),
        ({"n1aaaa": {"text": "Die Fähre.", "source": "c160"}}, "not written as it must be"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, lines: dict[str, Any], what: str) -> None:
    found = told(tmp_path, lines)
    assert found and all(each.startswith(f"{SCENE}:") for each in found)
    assert any(what in each for each in found), found


def test_a_variable_needs_words_where_the_translation_is_spoken(tmp_path: Path) -> None:
    arrival = files()["data/scenes/arrival.json"]
    arrival["script"][0] = {"narrate": "Late, [visitor].", "spoken": "Late.", "id": "n1aaaa"}
    own = line("Zu spät, [visitor].", "Late, [visitor].")
    (found,) = told(tmp_path / "a", {"n1aaaa": own}, **{"data/scenes/arrival.json": arrival})
    assert "[visitor], which a recording cannot say: it is not dubbed" in found
    said = {"n1aaaa": {**own, "spoken": "Zu spät."}}
    assert told(tmp_path / "b", said, **{"data/scenes/arrival.json": arrival}) == []
    silent = TWO + "dubbed: []\n"
    assert told(tmp_path / "c", {"n1aaaa": own}, silent, **{"data/scenes/arrival.json": arrival}) == []


def test_languages_that_are_not_played_are_warned_of(tmp_path: Path) -> None:
    changed = {"data/tl/en/arrival.json": {"lines": {}}, "data/tl/fr.json": {"strings": {}}}
    found = [str(each) for each in read(write_small_novel(tmp_path, changed, TWO)).problems]
    assert any("the scenes themselves are written in" in each for each in found)
    assert any("languages: [en, de, fr] in comfyvn.yaml" in each for each in found)
    assert all(problem.severity == "warning" for problem in read(tmp_path).problems)


def test_names_that_are_no_languages_and_dubs_of_none_are_errors(tmp_path: Path) -> None:
    changed = {"data/tl/German.json": {"strings": {}}, "data/tl/de/Bad-Name.json": {"lines": {}}}
    found = read(write_small_novel(tmp_path, changed, TWO + "dubbed: [fr]\n")).errors
    assert {problem.file for problem in found} == {"data/tl/German.json", "data/tl/de/Bad-Name.json", "comfyvn.yaml"}
    assert any("no language" in str(problem) for problem in found)


def test_letters_that_the_font_has_not_are_found_in_translations_too(tmp_path: Path) -> None:
    (found,) = told(tmp_path, {"n1aaaa": line("フェリー。", "The ferry is late.")})
    assert "cannot show: フ ェ リ ー" in found and "fonts: {de: …}" in found


def test_a_clip_without_words_may_say_the_translation(tmp_path: Path) -> None:
    clip = {"clips": [{"id": "n1aaaa", "language": "de", "seed": 4}]}
    lines = {"n1aaaa": line("Die Fähre kommt zu spät.", "The ferry is late.")}
    assert told(tmp_path / "a", lines, **{"data/voices/de.json": clip}) == []
    (found,) = told(tmp_path / "b", {}, **{"data/voices/de.json": clip})
    assert "says nothing" in found and "not translated" in found
