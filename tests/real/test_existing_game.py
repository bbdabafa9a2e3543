"""Assets inside Ren'Py's own "The Question": lint and play, with our pictures in a hand-written line, and its voice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from comfyvn.contracts.project import Project
from comfyvn.playtest.play import Wishes, playtest
from comfyvn.recipe import TargetInput
from comfyvn.targets import renpy_into
from tests.fakes import renpy_novel, translations
from tests.fakes.real_renpy import MARKS

QUESTION = Path("/usr/share/games/renpy/the_question")

pytestmark = [
    *MARKS,
    pytest.mark.skipif(not QUESTION.is_dir(), reason="apt-get install -y --no-install-recommends renpy-thequestion"),
]
LINES = """label start:
    scene bg cafe night
    show aya uniform happy at left
    show _hide happy at right
    "A line of ours, in somebody else's game." id n0001
    show still start kiss
    "And its own, by the engine's name for it."
"""


def put(novel: Project, game: Path) -> None:
    """What the export would write, with placeholders for artifacts."""
    atlases = {key: renpy_novel.atlas(character) for key, character in novel.characters.items()}
    texts = renpy_into.texts(novel) | renpy_into.image_texts(novel, atlases)
    files = {place: text.encode() for place, text in texts.items()}
    plate, noise = renpy_novel.backdrop("a place"), renpy_novel.sound()
    for place, item in renpy_into.assets(novel).items():
        if place.endswith("/") and isinstance(item, TargetInput):
            key = item.target.partition(":")[2]
            page = renpy_novel.sprite_page(novel.characters[key], atlases[key]["frames"])
            files[f"{place}{key}-0.png"] = page
        else:
            files[place] = noise if place.endswith(".ogg") else plate
    for place, data in files.items():
        file = game / "game" / renpy_into.place(novel) / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def test_the_game_lints_and_plays_to_every_ending_with_our_pictures_and_voice(tmp_path: Path) -> None:
    folder = tmp_path / "the_question"
    shutil.copytree(QUESTION, folder)
    put(renpy_novel.project(export={"renpy": {"into": "../the_question", "sprites": "atlas"}}), folder)
    script = folder / "game/script.rpy"
    script.write_text(script.read_text("utf-8-sig").replace("label start:\n", LINES, 1), "utf-8")
    played = playtest(folder, Wishes(timeout=280), os.environ)
    assert played.is_good(strict=True), list(played.ordered())
    assert played.reached == set(played.lines) and played.labels_reached == played.labels > 4
    assert played.voices == {"comfyvn/tide_letters/voice/n0001.ogg"}
    assert all("n0001" in walk.ids for walk in played.walks)


def test_voices_alone_and_a_dubbed_line_is_heard_in_the_players_language(tmp_path: Path) -> None:
    folder = tmp_path / "game"
    (folder / "game").mkdir(parents=True)
    novel = translations.project(export={"renpy": {"into": "../game", "pictures": False}})
    put(novel, folder)
    assert {path.suffix for path in (folder / "game").rglob("*.*")} == {".rpy", ".ogg"}
    spoken = 'label start:\n    "Said." id a0001\n    "Never dubbed." id n0001\n    return\n'
    (folder / "game/script.rpy").write_text(f'{spoken}\ntranslate de strings:\n    old "Yes"\n    new "Ja"\n', "utf-8")
    played = playtest(folder, Wishes(timeout=200, language="de"), os.environ)
    assert "comfyvn/tide_letters/tl/de/voice/a0001.ogg" in played.voices
    assert "comfyvn/tide_letters/voice/a0001.ogg" not in played.voices
