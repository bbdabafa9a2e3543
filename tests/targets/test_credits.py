"""Credits and licences: what may be sold, what is to be named, and text that stays on its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.targets.credits import Work, commercial, credits_text, licence_of, speech, works
from tests.fakes import renpy_novel


@pytest.mark.parametrize(
    ("licence", "may"),
    [("CC0-1.0", "yes"), ("CC-BY-4.0", "yes"), ("CC-BY-NC-4.0", "no"), ("cc by-nc-sa", "no"), ("", "unknown"),
     (" unknown ", "unknown"), ("?", "unknown"), ("TODO", "unknown"), ("FLUX.1 [dev] Non-Commercial License", "no"),
     ("research only", "no"), ("bought from Ann", "yes"), ("for personal use", "no"), ("Incense Music", "yes"),
     ("LicenseRef-NCSoft", "yes")],
)  # fmt: skip
def test_whether_a_work_may_be_sold(licence: str, may: str) -> None:
    assert commercial(licence) == may


def test_a_licence_of_the_nearest_folder_counts() -> None:
    said = {"art/": "ours", "art/bought/": "CC-BY-4.0", "art/bought/x.png": "CC0-1.0"}
    assert [licence_of(f"art/{name}", said) for name in ("a.png", "bought/b.png", "bought/x.png")] == [
        "ours", "CC-BY-4.0", "CC0-1.0",
    ]  # fmt: skip
    assert licence_of("fonts/a.ttf", said) == ""


def test_what_is_known_of_voices() -> None:
    assert (speech("espeak@1.52.0", {}).commercial, speech("espeak", {}).is_trained) == ("yes", False)
    assert speech("xtts@2", {}).commercial == "no" and speech("piper@1.8", {}).commercial == "unknown"
    bought = speech("xtts@2", {"xtts": "bought from Coqui"})
    assert (bought.commercial, bought.name, bought.is_trained) == ("yes", "Coqui XTTS v2", True)


def test_works_are_the_files_that_the_game_holds() -> None:
    found = {work.file: work for work in works(renpy_novel.project())}
    assert found["audio/theme.OGG"].key == "assets/theme"
    assert not any("reference" in work.path for work in found.values())


@given(st.lists(st.text(max_size=40), min_size=4, max_size=4))
def test_nothing_in_a_text_begins_a_line(texts: list[str]) -> None:
    title, author, name, licence = texts
    work = Work("assets/a", "$", "a.ogg", "music", name, author, "", licence)
    text = credits_text(title, author, "1.0", [work], ["Made with", "", "- x"])
    assert text.isprintable() or set(text) - {"\n"} == {letter for letter in text if letter.isprintable()}
    assert sum(line.startswith("- music:") for line in text.split("\n")) == 1
    assert len(text.split("\n")) <= 11
