"""Importing what we exported gives the same scenes: every line with its id, every choice, jump, variable and sound."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from comfyvn import reading
from comfyvn.beginning import begin_with
from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.reading.game import installed
from comfyvn.reading.game.novel import chooser, import_game
from comfyvn.reading.script.written import document
from tests.fakes import renpy_novel

ROOT = Path(__file__).parents[3]
NO_FILM = "a film whose file is not there"
LOUD = "a sound above full volume plays at full volume"
LOST = ("delivery", "spoken", "clip", "voiced")  # a game has no such thing: what it says is said
READERS = [
    "own",
    pytest.param("engine", marks=pytest.mark.skipif(installed.found(os.environ) is None, reason=(
        "apt-get install -y --no-install-recommends renpy"))),
]  # fmt: skip


def imported(root: Path, game: Path, reader: str) -> Project:
    found = import_game(game, reader)
    assert {one.what for one in found.report.left} <= {LOUD}
    begin_with(root, found.files)
    numbers = chooser(found.novel_id)
    reading.fill_ids(root, lambda: f"n{next(numbers):08x}")
    reading.fill_seeds(root, lambda: next(numbers))
    return reading.read_project(root)


def told(scene: Scene, novel: Project) -> Any:
    """A scene as a game tells it: a dissolve need not be said, and how loud a sound is told by one number.
    """
    value = document(scene)
    for name in ("$schema", "shots", "music", "ambience"):
        value.pop(name, None)
    for one in value.get("placements", []):
        looks = (one.get(name) for name in ("outfit", "pose", "expression"))
        shown = novel.characters[one["character"]].shown(*looks)
        one.update(zip(("outfit", "pose", "expression"), shown, strict=True))
    if not isinstance(value["background"], str):
        value["background"] = "a place of its own"
    # Music that begins with the scene and music that its first statements begin are the same in a game.
    opening: list[Any] = [{kind: name} for kind in ("music", "ambience") if (name := getattr(scene, kind))]
    return json.loads(json.dumps({**value, "script": _script(opening + value["script"], novel)}, sort_keys=True))


def _script(script: list[Any], novel: Project) -> list[Any]:
    return [_statement(dict(one), novel) for one in script]


def _statement(one: dict[str, Any], novel: Project) -> dict[str, Any]:
    for kind in ("music", "ambience", "sound"):
        if one.get(kind):
            level = one.pop("volume", 1.0) * 10 ** (novel.assets[one[kind]].gain / 20)
            one["volume"] = min(round(level, 4), 1.0)
    for name in LOST:
        one.pop(name, None)
    if one.get("with") == "dissolve" or ("hide" in one and one.get("with") in ("move", "ease")):
        del one["with"]
    if str(one.get("id")).startswith(("scene_", "n")) and len(str(one["id"])) > 8:  # a line that had none was given one
        one.pop("id", None)
    if "input" in one:
        one.pop("id", None)
        one["default"] = one.get("default", "")
    if one.get("at") is not None and one["at"] == 0.5:
        one["at"] = "center"
    if "if" in one:
        one["if"] = parse_condition(one["if"]).code
    for name in ("then", "else"):
        if name in one:
            one[name] = _script(one[name], novel)
    if "menu" in one:
        one["menu"] = [_choice(dict(choice), novel) for choice in one["menu"]]
        if "speaker" not in one:
            one.pop("expression", None)
    return one


def _choice(choice: dict[str, Any], novel: Project) -> dict[str, Any]:
    choice.pop("id", None)  # compared by themselves: they are in an export that is translated
    if "if" in choice:
        choice["if"] = parse_condition(choice["if"]).code
    if "script" in choice:
        choice["script"] = _script(choice["script"], novel)
    return choice


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """The sample's export, without pictures and sounds that take long to make."""
    novel = reading.read_project(ROOT)
    return novel, _exported(novel, tmp_path_factory.mktemp("sample"))


def _exported(novel: Project, folder: Path) -> Path:
    renpy_novel.write(novel, folder)
    return folder


@pytest.mark.parametrize("reader", READERS)
def test_the_samples_export_is_read_as_its_scenes(sample: tuple[Project, Path], tmp_path: Path, reader: str) -> None:
    novel, game = sample
    found = imported(tmp_path / "novel", game, reader)
    assert found.scenes.keys() == novel.scenes.keys()
    for key, scene in novel.scenes.items():
        assert told(found.scenes[key], found) == told(scene, novel), key
    assert found.novel.start == novel.novel.start
    assert found.novel.variables == novel.novel.variables
    ids = {line.id: (line.text, line.speaker) for line in novel.lines() if line.id}
    assert len(novel.novel.languages) > 1, "or choices and questions have no ids in the export"
    assert ids.items() <= {line.id: (line.text, line.speaker) for line in found.lines()}.items()
    for key, person in novel.characters.items():
        assert set(found.characters[key].sprites()) == set(person.sprites())
        assert found.characters[key].name == person.name


@pytest.mark.parametrize("reader", READERS)
def test_a_novel_with_every_statement_comes_back(tmp_path: Path, reader: str) -> None:
    novel = renpy_novel.project()
    game = _exported(novel, tmp_path / "game")
    found = imported(tmp_path / "novel", game, reader)
    for key, scene in novel.scenes.items():
        assert told(found.scenes[key], found) == told(scene, novel), key
    assert found.novel.variables == novel.novel.variables
    assert found.locations.keys() == {"cafe", "black"}
    film = found.assets["opening"]
    assert (film.kind, film.captions) == ("video", novel.assets["opening"].captions)
    assert (tmp_path / "novel" / film.file).read_bytes() == (game / "game/movies/opening.webm").read_bytes()


def test_a_film_whose_file_is_not_there_is_left_out_and_told_of(tmp_path: Path) -> None:
    game = _exported(renpy_novel.project(), tmp_path / "game")
    (game / "game/movies/opening.webm").unlink()
    found = import_game(game, "own")
    assert [one.detail for one in found.report.left if one.what == NO_FILM] == ["opening"] * 2
    assert not [place for place in found.files if "movie" in place or "opening" in place]
