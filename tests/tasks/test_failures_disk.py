"""Builds on disks that are full, read-only or held: each is named, nothing is lost, nothing half-written is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.comfy import FakeComfy, paint, running
from tests.fakes.failing import Edit, Moody, studio
from tests.fakes.novel_runs import Run, doit, tree

PLATE = "build/backgrounds/pier/base.png"
PIER = "data/locations/pier.json"

Mount = Callable[..., Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts what `mount` is told, on a path; the test is left out where that is not allowed."""
    mounted: list[Path] = []

    def do(path: Path, *arguments: str) -> Path:
        if sys.platform != "linux" or os.geteuid() != 0:
            pytest.skip("needs Linux and root, to mount a small disk")
        done = subprocess.run(["mount", *arguments, str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
        mounted.append(path)
        return path

    yield do
    for path in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(path)], check=False)


def _is_told(run: Run, *words: str) -> None:
    """Three lines and no traceback."""
    assert run.code == 1, run.output
    assert "Traceback" not in run.output
    assert "where: " in run.output and "to do: " in run.output
    for word in words:
        assert word in run.output, run.output


def _halves(novel: Path) -> list[Path]:
    return [*(novel / ".comfyvn/partial").glob("*"), *novel.rglob("*.part")]


def _fill(folder: Path, spare: int) -> Path:
    """A file that leaves about `spare` bytes of the disk."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    filler.write_bytes(bytes(max(free - spare, 0)))
    return filler


def test_a_full_disk_is_told_once_and_no_further_render_is_begun(mount: Mount, tmp_path: Path, edit: Edit) -> None:
    """A real one. The sprites come one after the other on one slot: the first that finds no room is the last begun."""
    moody = Moody()
    with running(FakeComfy(moody)) as fake:
        (tmp_path / "disk").mkdir()
        disk = mount(tmp_path / "disk", "-t", "tmpfs", "-o", "size=8m", "tmpfs")
        novel = studio(disk / "novel", fake.url)
        run = doit(novel)
        assert run.code == 0, run.output
        before = tree(novel / "build")
        edit(novel / PIER, "wooden pier", "stone pier")
        edit(novel / "data/characters/aya/character.json", "yellow raincoat", "red raincoat")
        filler = _fill(disk, 0)
        moody.played.clear()
        run = doit(novel, "-n", "1")
        _is_told(run, "No space left on device", "the disk is full: free some room")
        assert run.output.count("the disk is full") == 1
        assert tree(novel / "build") == before
        assert len(moody.played) == 1  # the others would have been rendered for nothing
        assert _halves(novel) == []
        filler.unlink()
        moody.played.clear()
        run = doit(novel)
        assert run.code == 0, run.output
        assert len(moody.played) == 5  # what was rendered before is fetched
        assert doit(novel).made == frozenset()


def test_a_read_only_build_folder(mount: Mount, tmp_path: Path, edit: Edit) -> None:
    with running(FakeComfy(Moody())) as fake:
        novel = studio(tmp_path / "novel", fake.url)
        assert doit(novel).code == 0
        before = tree(novel / "build")
        mount(novel / "build", "--bind", str(novel / "build"))
        subprocess.run(["mount", "-o", "remount,ro,bind", str(novel / "build")], check=True)
        edit(novel / PIER, "wooden pier", "stone pier")
        run = doit(novel)
        _is_told(run, "Read-only file system", PLATE, "mount it for writing")
        assert tree(novel / "build") == before
        subprocess.run(["mount", "-o", "remount,rw,bind", str(novel / "build")], check=True)
        assert doit(novel).code == 0


def test_a_file_that_another_program_holds_is_named_and_the_rest_goes_on(
    mount: Mount, tmp_path: Path, edit: Edit
) -> None:
    """Linux says "busy" of a mounted file that is to be replaced, as Windows does of an open one."""
    with running(FakeComfy(Moody())) as fake:
        novel = studio(tmp_path / "novel", fake.url)
        assert doit(novel).code == 0
        plate = mount(novel / PLATE, "--bind", str(novel / PLATE))
        edit(novel / PIER, "wooden pier", "stone pier")
        edit(novel / "data/scenes/evening.json", "dark water", "black water")
        run = doit(novel)
        _is_told(run, "Device or resource busy", PLATE, "close the program that holds the file")
        assert {"scenes:evening/lantern", "export_renpy"} <= run.made
        assert "export_renpy was made with 2 stale pictures: backgrounds:pier/base (its render failed)" in run.output
        assert _halves(novel) == []
        subprocess.run(["umount", str(plate)], check=True)
        run = doit(novel)
        assert (run.code, "backgrounds:pier/base" in run.made | run.cached) == (0, True), run.output


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind root, nor Windows")
def test_a_folder_that_is_not_ours_to_write(tmp_path: Path, edit: Edit) -> None:
    with running(FakeComfy(Moody())) as fake:
        novel = studio(tmp_path / "novel", fake.url)
        assert doit(novel).code == 0
        folder = novel / "build/backgrounds/pier"
        edit(novel / PIER, "wooden pier", "stone pier")
        folder.chmod(0o555)
        try:
            _is_told(doit(novel), "Permission denied", "belong to you")
        finally:
            folder.chmod(0o755)
        assert doit(novel).code == 0


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    with running(FakeComfy(paint)) as fake:
        novel = studio(tmp_path / "novel", fake.url)
        (novel / "build").mkdir()
        (novel / "build/backgrounds").write_text("mine", "utf-8")
        run = doit(novel, "backgrounds:pier/base")
        _is_told(run, "a file is where a folder should be", "build/backgrounds/pier/base.png")
        assert (novel / "build/backgrounds").read_text("utf-8") == "mine"
        assert _halves(novel) == []
        (novel / "build/backgrounds").unlink()
        assert doit(novel, "backgrounds:pier/base").code == 0


def test_a_state_folder_that_is_read_only(mount: Mount, tmp_path: Path) -> None:
    """Not even the lock can be taken: it ends before anything is made."""
    with running(FakeComfy(paint)) as fake:
        novel = studio(tmp_path / "novel", fake.url)
        (novel / ".comfyvn").mkdir()
        mount(novel / ".comfyvn", "--bind", str(novel / ".comfyvn"))
        subprocess.run(["mount", "-o", "remount,ro,bind", str(novel / ".comfyvn")], check=True)
        run = doit(novel, "backgrounds:pier/base")
        assert run.code in (1, 3)
        assert "Traceback" not in run.output and "to do: " in run.output, run.output
        assert fake.begun == []
        shutil.rmtree(novel / "build", ignore_errors=True)
