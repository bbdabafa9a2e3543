"""What is made of findings, and of lint's words; the copy that is played."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from comfyvn.errors import UsageError
from comfyvn.playtest.copy import DRIVER, add_driver, copied, game_folder
from comfyvn.playtest.engine import environment
from comfyvn.playtest.junit import junit
from comfyvn.playtest.lint import findings
from comfyvn.playtest.media import broken
from comfyvn.playtest.report import FAULTS, GAPS, Finding, Line, Report, document, summary
from comfyvn.reading.game.installed import engine
from tests.fakes import renpy_novel

LINT = """\ufeffRen'Py 8.0.3.22090809u lint report, generated at: Sun Nov 29 21:00:00 2026

game/script.rpy:14 'nobody' is not an image.

game/script.rpy:20 Could not evaluate 'x', in the who part of a say statement.
Perhaps you forgot to define a character?

I'm sorry, but errors were detected in your script.

Statistics:

The game contains 12 dialogue blocks.
"""


def test_lint_is_read_a_report_at_a_time() -> None:
    found = findings(LINT)
    assert [(one.where, one.said) for one in found] == [
        ("game/script.rpy:14", "'nobody' is not an image."),
        ("game/script.rpy:20", "Could not evaluate 'x', in the who part of a say statement."),
        ("", "I'm sorry, but errors were detected in your script."),
    ]
    assert found[1].detail == "Perhaps you forgot to define a character?"
    clean = LINT[: LINT.index("game/")] + LINT[LINT.index("Statistics") :]
    assert findings(clean) == []


def report(*kinds: str) -> Report:
    lines = {"a": Line("a", "game/script.rpy:3", "aya", "Hi."), "b": Line("b", "game/script.rpy:4", "", "No.")}
    found = [Finding(kind, f"a {kind} \x00", "game/script.rpy:1") for kind in kinds]  # type: ignore[arg-type]
    return Report("8.0", 3, 2, lines, {"a"}, {"a.ogg"}, [], [*found, *found])


@pytest.mark.parametrize("kind", [*FAULTS, *GAPS, "untaken choice", "silent media", "engine crash"])
def test_faults_fail_and_gaps_fail_a_strict_playtest(kind: str) -> None:
    told = report(kind)
    assert told.is_good(strict=False) is (kind not in FAULTS)
    assert told.is_good(strict=True) is (kind not in (*FAULTS, *GAPS))
    assert [one.kind for one in told.ordered()] == [kind]  # each once
    for strict in (False, True):
        suites = JUnitXml.fromstring(junit(told, strict))
        assert (suites.failures == 0) is told.is_good(strict)
        assert document(told, strict)["good"] is told.is_good(strict)


def test_the_summary_counts_what_is_there() -> None:
    told = report("error", "missing media", "unvoiced line")
    assert summary(told) == (
        "labels reached 2/3, say statements 1/2, voices played 1, missing 1, unvoiced 1, errors 1, runs 0"
    )


def test_the_copy_has_our_driver_and_the_game_stays_as_it_is(tmp_path: Path) -> None:
    game = tmp_path / "game folder"
    kept = ("game/script.rpy", "game/lone.rpyc", "game/bg.png", "game/bg/cache/base.png", "game/bg/saves/log.txt")
    for name in (*kept, "game/script.rpyc", "game/saves/1.save", "game/cache/x.png", "cache/x.png", "log.txt"):
        (game / name).parent.mkdir(parents=True, exist_ok=True)
        (game / name).write_bytes(name.encode())
    before = {path: path.stat().st_mtime_ns for path in game.rglob("*")}
    copy = copied(game, tmp_path / "copy")
    add_driver(copy)
    for name in kept:
        (copy / name).write_text("changed")  # as a game may, that opens its own files for writing
    there = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert there == {*kept, *(f"game/{name}" for name in DRIVER)}
    assert {path: path.stat().st_mtime_ns for path in game.rglob("*")} == before
    assert {name: (game / name).read_bytes() for name in kept} == {name: name.encode() for name in kept}


def test_a_game_that_cannot_be_copied_says_where_to(tmp_path: Path) -> None:
    (tmp_path / "one/game").mkdir(parents=True)
    (tmp_path / "full").write_text("no folder")
    with pytest.raises(UsageError, match=r"(?s)cannot be copied.*TMPDIR"):
        copied(tmp_path / "one", tmp_path / "full/copy")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_to_nothing_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "one/game").mkdir(parents=True)
    (tmp_path / "one/game/.#script.rpy").symlink_to("somebody@elsewhere")  # an editor's lock
    (tmp_path / "picture.png").write_bytes(b"theirs")
    (tmp_path / "one/game/bg.png").symlink_to("../../picture.png")
    copied(tmp_path / "one", tmp_path / "two")
    assert [path.name for path in (tmp_path / "two/game").iterdir()] == ["bg.png"]
    assert not (tmp_path / "two/game/bg.png").is_symlink()


def test_a_folder_that_is_no_game_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Ren'Py game here.*game/ folder"):
        game_folder(tmp_path)
    (tmp_path / "game").mkdir()
    assert game_folder(tmp_path / "game") == game_folder(tmp_path) == tmp_path


def test_where_the_engine_is_not_installed_the_next_step_is_told(tmp_path: Path) -> None:
    program = tmp_path / "renpy.sh"
    with pytest.raises(UsageError) as caught:
        engine({"RENPY": str(program), "PATH": ""})
    assert "RENPY" in caught.value.todo and "SDK" in caught.value.todo
    program.write_text("#!/bin/sh\n")
    with pytest.raises(UsageError, match="cannot be run"):
        engine({"RENPY": str(program), "PATH": ""})
    program.chmod(0o755)
    assert engine({"RENPY": str(program), "PATH": ""}) == str(program)


def test_a_game_that_is_played_hears_of_no_secret(tmp_path: Path) -> None:
    secret = {"GUEST_KEY": "s3cret", "PYTHONPATH": "/mine", "RENPY_SKIP_MAIN_MENU": "1", "HOME": "/home/me"}
    found = environment({**secret, "PATH": "/bin", "SystemRoot": "C:/Windows"}, tmp_path, {"DISPLAY": ":7"})
    assert found.keys().isdisjoint(secret.keys() - {"HOME"})
    assert found["HOME"] == str(tmp_path)
    assert (found["PATH"], found["SystemRoot"], found["DISPLAY"]) == ("/bin", "C:/Windows", ":7")


def test_media_that_no_program_opens_are_named(tmp_path: Path) -> None:
    game = tmp_path / "game"
    game.mkdir()
    (game / "good.png").write_bytes(renpy_novel.backdrop("x"))
    (game / "good.ogg").write_bytes(renpy_novel.sound())
    assert list(broken(tmp_path)) == []
    (game / "cut.png").write_bytes(renpy_novel.backdrop("x")[:-40])
    (game / "cut.ogg").write_bytes(b"OggS" + bytes(300))
    (game / "film.webm").write_bytes(b"no film")
    (game / "notes.txt").write_bytes(b"no picture, and none is promised")
    for name in ("cache", "bg/cache"):
        (game / name).mkdir(parents=True)
        (game / name / "cut.png").write_bytes(b"no picture")
    there = ["game/bg/cache/cut.png", "game/cut.ogg", "game/cut.png", "game/film.webm"]
    assert [one.where for one in broken(tmp_path)] == there
