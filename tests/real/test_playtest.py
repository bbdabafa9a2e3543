"""`comfyvn playtest` in real Ren'Py, on a game with one of every fault."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from tests.fakes import faulty_game
from tests.fakes.real_renpy import MARKS

pytestmark = MARKS


def playtest(game: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "comfyvn.cli", "playtest", str(game), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("playtest")
    game = faulty_game.write(folder / "faulty")
    before = sorted((str(path), path.stat().st_mtime_ns) for path in game.rglob("*"))
    status, said = playtest(game, "--strict", "-n", "2", "--json", "--junit", str(folder / "play.xml"))
    assert status == 1, said
    assert sorted((str(path), path.stat().st_mtime_ns) for path in game.rglob("*")) == before
    return {**json.loads(said), "junit": (folder / "play.xml").read_bytes()}


def test_every_fault_is_found_once_and_where_it_is(played: dict[str, Any]) -> None:
    found = [(one["kind"], one["where"], one["said"]) for one in played["findings"]]
    assert len(found) == len(set(found))
    assert {(kind, where) for kind, where, _ in found} == {
        ("lint", "game/script.rpy:14"),
        ("lint", "game/script.rpy:20"),
        ("error", "game/script.rpy:17"),
        ("missing media", ""),
        ("broken media", "game/images/torn.png"),
        ("broken media", "game/sound/noise.ogg"),
        ("unvoiced line", "game/script.rpy:7"),
        ("unreached label", "game/script.rpy:40"),
        ("unreached label", "game/script.rpy:44"),
        ("unreached line", "game/script.rpy:45"),
    }
    said = {said for _, _, said in found}
    assert {"sound 'sound/none.ogg'", "image 'nobody'", "r_two: there is no voice/r_two.ogg"} <= said
    assert "NameError: name 'nothing' is not defined" in said


def test_the_walks_tell_the_lines_in_order(played: dict[str, Any]) -> None:
    whole = [walk for walk in played["walks"] if walk["whole"] and walk["start"] == "start"]
    ways = {tuple(choice["text"] for choice in walk["choices"]): walk["ids"] for walk in whole}
    assert ways["Go", "3"] == ["r_one", "r_two", "n_go", "n_brave", "n_3", "n_end"]
    assert {way[1] for way in ways} == set("0123456")
    assert all(walk["choices"][0]["after"] == 2 for walk in whole)
    stay = next(walk for walk in whole if walk["choices"][0]["text"] == "Stay")
    assert stay["choices"][0]["number"] == 1  # the caption is 0
    assert "n_brave" not in stay["ids"]
    assert played["voices"] == ["voice/r_one.ogg"]


def test_the_junit_report_fails_where_the_playtest_does(played: dict[str, Any]) -> None:
    suites = {suite.name: suite.failures for suite in JUnitXml.fromstring(played["junit"])}
    assert suites["error"] == 1 and suites["lint"] == 2 and suites["unreached label"] == 2


def test_a_script_that_cannot_be_read_and_a_time_that_is_up_are_told(tmp_path: Path) -> None:
    game = faulty_game.write(tmp_path / "faulty")
    status, said = playtest(game, "--timeout", "0.1")
    assert status == 1 and "the time is up (--timeout)" in said
    (game / "game/script.rpy").write_text("label start:\n    this is no statement\n")
    status, said = playtest(game)
    assert status == 1 and "game/script.rpy:2" in said and "the engine stopped" not in said, said


CRASH = """
label start:
    "Before."
    python:
        import os, signal
        with open(os.path.join(config.gamedir, "crashes"), "a+") as file:
            file.write("x")
        if os.path.getsize(file.name) <= {crashes}:
            os.kill(os.getpid(), signal.SIGSEGV)
    "After."
    return
"""


@pytest.mark.parametrize("crashes", [1, 2])
def test_a_crash_of_the_engine_itself_is_no_fault_of_the_game_unless_it_comes_again(
    tmp_path: Path, crashes: int
) -> None:
    game = faulty_game.with_script(tmp_path / "crashing", CRASH.format(crashes=crashes)).parent
    status, said = playtest(game, "--json")
    report = json.loads(said)
    found = {one["kind"]: one for one in report["findings"]}
    assert found["engine crash"]["where"] == "game/script.rpy:3" and "SIGSEGV" in found["engine crash"]["said"]
    assert "script.rpy" in found["engine crash"]["detail"], "where the engine was, for whoever mends it"
    assert status == (crashes == 2) and ("error" in found) == (crashes == 2), said
    assert report["labels"] == {"all": 1, "reached": 1 if crashes == 1 else 0}
