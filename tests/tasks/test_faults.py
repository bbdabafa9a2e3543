"""Builds that are killed, and builds that meet: nothing is lost, nothing half-written is ever taken for an artifact."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from comfyvn.engine.opening import open_novel
from tests.fakes import forked
from tests.fakes.novel_runs import doit, environment, tree
from tests.fakes.small_novel import files, write

NO_KILL = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


def _start(novel: Path, begin: forked.Begin = forked.start) -> forked.Process:
    return begin("doit", [], novel, environment(**{forked.DRAWN_ANEW: "1"}))


@NO_KILL
@pytest.mark.parametrize(("lines", "begin"), [(1, forked.unforked), (4, forked.start), (9, forked.start)])
def test_a_killed_build_is_finished_by_the_next(
    novel: Path, own_cache: Path, lines: int, begin: forked.Begin
) -> None:
    """Killed after it said so many lines: each says that a target is finished, and none of those is made again."""
    expected = tree(novel / "build")
    shutil.rmtree(novel / "build")
    shutil.rmtree(novel / ".comfyvn")
    shutil.rmtree(own_cache)
    build = _start(novel, begin)
    assert build.stdout is not None
    finished = [build.stdout.readline().split()[1] for _ in range(lines)]
    os.kill(build.pid, signal.SIGKILL)
    build.communicate()
    run = doit(novel)
    assert run.code == 0, run.output
    assert not set(finished) & run.made
    assert tree(novel / "build") == expected
    assert list((novel / ".comfyvn/partial").glob("*")) == []


@NO_KILL
def test_a_killed_rebuild_leaves_no_old_record_on_new_pixels(novel: Path) -> None:
    character = novel / "data/characters/aya/character.json"
    character.write_text(character.read_text("utf-8").replace('"character_seed": 11', '"character_seed": 12'), "utf-8")
    build = _start(novel)
    assert build.stdout is not None
    build.stdout.readline()
    os.kill(build.pid, signal.SIGKILL)
    build.communicate()
    assert doit(novel).code == 0
    again = doit(novel)
    assert (again.code, again.made, again.cached) == (0, frozenset(), frozenset())


def test_two_builds_at_once(novel: Path, own_cache: Path) -> None:
    expected = tree(novel / "build")
    shutil.rmtree(novel / "build")
    shutil.rmtree(own_cache)
    one, other = _start(novel), _start(novel)
    outputs = [build.communicate(timeout=200)[0] for build in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], outputs
    assert any("another build runs in this novel (process " in output for output in outputs), outputs
    assert tree(novel / "build") == expected
    assert doit(novel).made == frozenset()


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_ctrl_c_leaves_a_clean_tree(novel: Path, own_cache: Path) -> None:
    expected = tree(novel / "build")
    shutil.rmtree(novel / "build")
    shutil.rmtree(own_cache)
    build = _start(novel)
    assert build.stdout is not None
    build.stdout.readline()
    time.sleep(0.2)
    os.kill(build.pid, signal.SIGINT)
    output = build.communicate(timeout=60)[0]
    assert build.returncode == 130, output
    assert "Traceback" not in output
    assert doit(novel).code == 0
    assert tree(novel / "build") == expected


def test_an_input_that_changes_during_the_work_is_never_taken_for_fresh(novel: Path, tmp_path: Path) -> None:
    """The digest is of what was there before; what the maker read is not known, so it is made once more."""
    red, blue = (tmp_path / f"{colour}.png" for colour in ("red", "blue"))
    Image.new("RGB", (672, 384), "red").save(red)
    Image.new("RGB", (672, 384), "blue").save(blue)
    location = files()["data/locations/pier.json"]
    write(novel / "data/locations/pier.json", {**location, "file": "data/plate.png"})
    plate = novel / "data/plate.png"
    shutil.copyfile(blue, plate)
    name, swapped = "backgrounds:pier/base", threading.Event()

    def swap(target: str, _what: str) -> None:
        if target == name and not swapped.is_set():
            swapped.set()
            shutil.copyfile(red, plate)

    opened = open_novel(novel, report=swap)
    opened.engine.begin()
    try:
        assert "changed meanwhile" in opened.engine.make(name).note
    finally:
        opened.engine.end()
    shutil.copyfile(blue, plate)
    assert doit(novel, name).made == {name}
    with Image.open(novel / "build/backgrounds/pier/base.png") as image:
        assert image.convert("RGB").getpixel((5, 5)) == (0, 0, 255)


@NO_KILL
def test_a_draft_endpoint_that_dies_is_started_again(novel: Path, own_cache: Path) -> None:
    shutil.rmtree(own_cache)
    shutil.rmtree(novel / "build")
    opened = open_novel(novel)
    opened.engine.begin()
    try:
        assert opened.engine.make("backgrounds:pier/base").how == "made"
        endpoint = opened.engine.workshop._draft
        endpoint._process.kill()
        assert opened.engine.make("backgrounds:pier/night").how == "made"
    finally:
        opened.engine.end()


def test_a_missing_part_of_a_retouched_clip_comes_back(novel: Path) -> None:
    subtitles = novel / "build/voices/en/l1aaaa.srt"
    subtitles.write_text(subtitles.read_text("utf-8").replace("00:00:00", "00:00:01"), "utf-8")
    edited = subtitles.read_bytes()
    sound = novel / "build/voices/en/l1aaaa.ogg"
    sound.unlink()
    assert doit(novel).code == 0
    assert sound.is_file()
    assert subtitles.read_bytes() == edited


def test_a_file_of_the_overlay_may_become_a_folder_and_back(novel: Path) -> None:
    overlay = novel / "renpy/game"
    overlay.mkdir(parents=True)
    (overlay / "extra").write_text("one", "utf-8")
    assert doit(novel).code == 0
    assert (novel / "build/export/renpy/game/extra").read_text("utf-8") == "one"
    (overlay / "extra").unlink()
    (overlay / "extra").mkdir()
    (overlay / "extra/deep.txt").write_text("two", "utf-8")
    assert doit(novel).code == 0
    shutil.rmtree(overlay / "extra")
    (overlay / "extra").write_text("three", "utf-8")
    assert doit(novel).code == 0
    assert (novel / "build/export/renpy/game/extra").read_text("utf-8") == "three"
    (overlay / "extra").unlink()
    assert doit(novel).code == 0
    assert not (novel / "build/export/renpy/game/extra").exists()
