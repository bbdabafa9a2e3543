"""Which errors are met by trying again: the table, what follows it, and the page that shows it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from comfyvn import errors
from comfyvn.bridge.outputs import Gone
from comfyvn.bridge.rendering import Artifact
from comfyvn.bridge.servers import Server
from comfyvn.engine.finishing import Finishing
from comfyvn.engine.retry import POLICIES, attempted, policy_of
from comfyvn.engine.room import Room
from comfyvn.errors import ComfyVNError, DiskFull, DownloadError, FileHeld, Interrupted, NotWritable, StoreError
from comfyvn.store.files import Scratch, rename
from comfyvn.store.refused import HELD_TRIES, patiently, refused

PAGE = Path(__file__).parents[2] / "docs/failures.md"
NO_PAUSE = [].append  # a pause that only remembers


def _kinds(kind: type[ComfyVNError]) -> set[type[ComfyVNError]]:
    below = {each for sub in kind.__subclasses__() for each in _kinds(sub) if each.__module__ == "comfyvn.errors"}
    return {kind, *below}


def test_every_class_is_in_the_table_or_below_one_that_is_and_the_page_shows_each() -> None:
    page = PAGE.read_text("utf-8")
    for kind, policy in POLICIES.items():
        assert f"| `{kind.__name__}` | {policy.by} |" in page
        assert policy.why in page
    written_out = {errors.ContractError, errors.WorkflowError, errors.UsageError}  # of contracts: before any work
    assert _kinds(ComfyVNError) - written_out == set(POLICIES)


@pytest.mark.parametrize(("failures", "calls"), [(0, 1), (1, 2), (5, 2)])
def test_a_broken_download_is_tried_once_more(failures: int, calls: int) -> None:
    met: list[DownloadError] = []

    def work() -> str:
        met.append(DownloadError("broken", "gpu", "again"))
        if len(met) <= failures:
            raise met[-1]
        return "made"

    pauses: list[float] = []
    if failures < 2:
        assert attempted(work, pauses.append) == "made"
    else:
        with pytest.raises(DownloadError):
            attempted(work, pauses.append)
    assert len(met) == calls
    assert len(pauses) == calls - 1


@pytest.mark.parametrize(
    "error",
    [
        Gone(Artifact("o", "1", "images", "a.png", "", "output"), Server("gpu", "http://127.0.0.1:1")),
        errors.ServerDown("off"), errors.RenderFailed("no"), DiskFull("full"), errors.MakeError("no"),
        errors.InputMissing("gone"), FileHeld("held"), ComfyVNError("?"),
    ],
)  # fmt: skip
def test_what_trying_again_does_not_help_is_not_tried_again(error: ComfyVNError) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        attempted(work, NO_PAUSE)
    assert len(calls) == 1


def test_a_build_that_is_stopped_does_not_sit_out_a_pause() -> None:
    finishing, calls = Finishing(), []

    def work() -> None:
        calls.append(1)
        finishing.stop()
        raise DownloadError("broken")

    with pytest.raises(Interrupted):
        attempted(work, finishing.sleep)
    assert len(calls) == 1
    with pytest.raises(Interrupted), finishing.section():
        raise AssertionError("nothing begins any more")


@pytest.mark.parametrize(
    ("number", "kind", "todo"),
    [
        (errno.ENOSPC, DiskFull, "free some room"),
        (errno.EDQUOT, DiskFull, "quota"),
        (errno.EROFS, NotWritable, "mount it for writing"),
        (errno.EACCES, FileHeld if os.name == "nt" else NotWritable, ""),
        (errno.EBUSY, FileHeld, "close the program"),
        (errno.ENOTDIR, StoreError, "a file is where a folder should be"),
        (errno.EIO, StoreError, "whole"),
    ],
)
def test_what_the_system_says_has_a_class_and_an_advice(number: int, kind: type[StoreError], todo: str) -> None:
    error = refused(OSError(number, os.strerror(number)), Path("x/y.png"))
    assert type(error) is kind
    assert os.strerror(number) in error.what and error.where and todo in error.todo


def test_a_file_that_is_let_go_of_in_time_is_written() -> None:
    pauses: list[float] = []

    def work() -> str:
        if len(pauses) < 4:
            raise OSError(errno.EBUSY, "busy")
        return "written"

    assert patiently(work, pauses.append) == "written"
    assert pauses == sorted(pauses) and len(pauses) == 4


def test_a_file_that_is_held_for_good_is_given_up() -> None:
    pauses: list[float] = []
    calls = []

    def work() -> None:
        calls.append(1)
        raise OSError(errno.ETXTBSY, "busy")

    with pytest.raises(OSError, match="busy"):
        patiently(work, pauses.append)
    assert len(calls) == HELD_TRIES


def test_a_rename_that_is_refused_for_another_reason_is_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a", "utf-8")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c").touch()
    with pytest.raises(OSError, match=r"."):
        rename(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").exists()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs Linux and root, to mount a small disk")
def test_a_disk_without_room_is_asked_before_each_piece_of_work_until_it_has_some(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        scratch = Scratch(disk / "partial")
        room = Room(scratch)
        room.check()
        filler = disk / "filler"
        filler.write_bytes(bytes(5 * 2**20))
        with pytest.raises(DiskFull), room.noting():
            scratch.publish(bytes(3 * 2**20), disk / "picture.png")
        with pytest.raises(DiskFull, match="No space left"):
            room.check()
        filler.unlink()
        room.check()
        scratch.publish(b"picture", disk / "picture.png")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_scratch_folder_that_is_closed_takes_nothing_and_holds_nothing(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "partial")
    with scratch.file() as half:
        half.write_bytes(b"half")
        others = half.with_name("1-theirs")
        others.write_bytes(b"of another process")
        scratch.close()
        assert not half.exists() and others.exists()
    with pytest.raises(StoreError):
        scratch.publish(b"late", tmp_path / "late")
    assert policy_of(DiskFull("x")).asks_first
