"""Builds that are killed, and builds that meet: nothing is lost, nothing half-written is ever taken for an artifact."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.novel_runs import doit, environment, tree

NO_KILL = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


def _start(novel: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "doit"],
        cwd=novel,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


@NO_KILL
@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_killed_build_is_finished_by_the_next(novel: Path, own_cache: Path, lines: int) -> None:
    """Killed after it said so many lines: each says that a target is finished, and none of those is made again."""
    expected = tree(novel / "build")
    shutil.rmtree(novel / "build")
    shutil.rmtree(novel / ".comfyvn")
    shutil.rmtree(own_cache)
    build = _start(novel)
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
