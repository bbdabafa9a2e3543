"""Assets into a game that exists: nothing there is touched but what we wrote, and that is judged as all else is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from comfyvn.engine.opening import open_novel
from comfyvn.errors import ContractError, MakeError
from tests.engine.conftest import SECRET, build
from tests.fakes.small_novel import NOVEL, write, write_small_novel

OURS = "game/comfyvn/small"
INTO = NOVEL + "export: {renpy: {into: ../game of mine}}\n"


@pytest.fixture
def here(drawn_once: tuple[Path, Path], tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a built novel, and a game with a script of its own that it has written into."""
    monkeypatch.setenv("GUEST_KEY", SECRET)
    root, cache = drawn_once
    shutil.copytree(cache, own_cache, dirs_exist_ok=True)
    shutil.copytree(root, tmp_path / "here/novel")
    write(tmp_path / "here/novel/comfyvn.yaml", INTO)
    write(tmp_path / "here/game of mine/game/script.rpy", "label start:\n    return\n")
    build(tmp_path / "here/novel")
    return tmp_path / "here"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def condition(here: Path) -> str:
    novel = open_novel(here / "novel")
    return novel.engine.judge.verdict(novel.targets["export_renpy"]).condition


def test_the_game_gets_images_voices_and_their_definitions_and_no_story(here: Path) -> None:
    there = contents(here / "game of mine")
    record = json.loads(there["game/comfyvn/small.render.json"])
    listed = {f"game/comfyvn/{name}" for name in record["files"]}
    assert there.keys() == listed | {"game/script.rpy", "game/comfyvn/small.render.json"}
    assert {name.split("/")[3] for name in listed} == {
        "sprites", "bg", "comfyvn_assets.rpy", "images_aya.rpy", "stills", "voice",
    }  # fmt: skip
    assert there["game/script.rpy"] == b"label start:\n    return\n"
    assert not (here / "novel/build/export").exists()
    assert str(here).encode() not in b"".join(there.values())
    assert condition(here) == "fresh"


def test_a_game_may_be_named_by_its_whole_path(here: Path) -> None:
    first = contents(here / "game of mine")
    (here / "game of mine").rename(here / "elsewhere")
    shutil.rmtree(here / "elsewhere/game/comfyvn")
    write(here / "novel/comfyvn.yaml", INTO.replace("../game of mine", str(here / "elsewhere")))
    build(here / "novel")
    assert condition(here) == "fresh"
    again = contents(here / "elsewhere")
    assert again.keys() == first.keys()
    picture = next(name for name in again if name.endswith(".png"))
    (here / "elsewhere" / picture).write_bytes(b"")
    assert condition(here) == "stale"


def test_what_is_gone_is_written_again_and_what_is_not_made_any_more_goes(here: Path) -> None:
    game = here / "game of mine"
    before = contents(game)
    stamps = {path: path.stat().st_mtime_ns for path in (game / OURS).rglob("*") if path.is_file()}
    voice = next((game / OURS / "voice").iterdir())
    voice.unlink()
    assert condition(here) == "missing"
    build(here / "novel")
    assert contents(game) == before
    assert {path for path, stamp in stamps.items() if path.stat().st_mtime_ns != stamp} == {voice}
    write(game / OURS / "mine.txt", "my own notes")
    write(here / "novel/comfyvn.yaml", INTO.replace("voiced: all", "voiced: none"))
    build(here / "novel", "manifests:renpy", "export_renpy")
    assert not (game / OURS / "voice").exists()
    assert (game / OURS / "mine.txt").read_text() == "my own notes"


def test_what_was_changed_by_hand_or_is_somebody_elses_is_left_alone(here: Path) -> None:
    ours = here / "game of mine" / OURS
    plate = next((ours / "bg").rglob("*.png"))
    plate.write_bytes(b"painted over")
    before = contents(here / "game of mine")
    assert condition(here) == "stale"
    with pytest.raises(MakeError, match="in the way") as caught:
        build(here / "novel", "export_renpy")
    assert plate.name in caught.value.where
    assert contents(here / "game of mine") == before
    plate.unlink()
    build(here / "novel", "export_renpy")
    assert plate.read_bytes() != b"painted over"
    # Without our record everything there is somebody's, but what is as we would write it.
    (ours.parent / "small.render.json").unlink()
    build(here / "novel", "export_renpy")
    (ours.parent / "small.render.json").unlink()
    (ours / "comfyvn_assets.rpy").write_text("# my own\n")
    with pytest.raises(MakeError, match="in the way"):
        build(here / "novel", "export_renpy")
    assert (ours / "comfyvn_assets.rpy").read_text() == "# my own\n"


def test_clean_takes_away_what_we_wrote_and_nothing_else(here: Path) -> None:
    ours = here / "game of mine" / OURS
    kept = ours / "comfyvn_assets.rpy"
    kept.write_text("# changed by hand\n")
    (ours / "images_aya.rpyc").write_bytes(b"what Ren'Py compiled of ours, and would go on running")
    novel = open_novel(here / "novel")
    novel.engine.clean("export_renpy")
    assert contents(here / "game of mine") == {
        "game/script.rpy": b"label start:\n    return\n", f"{OURS}/comfyvn_assets.rpy": b"# changed by hand\n",
    }  # fmt: skip


def test_a_folder_that_is_no_game_is_refused(here: Path) -> None:
    (here / "game of mine/game/script.rpy").unlink()
    (here / "game of mine" / OURS / "comfyvn_assets.rpy").unlink()
    with pytest.raises(MakeError, match="no Ren'Py game"):
        build(here / "novel", "export_renpy")


@pytest.mark.parametrize("into", ["build/export/renpy", "x/../build", "'~/game'", "'C:\\game'", "''", ".", "./renpy"])
def test_a_folder_of_the_novel_itself_is_no_game(tmp_path: Path, into: str) -> None:
    write_small_novel(tmp_path, novel=NOVEL + f"export: {{renpy: {{into: {into}}}}}\n")
    with pytest.raises(ContractError, match=r"export\.renpy\.into|into"):
        open_novel(tmp_path)
