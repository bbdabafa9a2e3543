"""Writing files so that a half-written one can never be taken for an artifact: temporary file, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from comfyvn.errors import StoreError

RENAME_TRIES = 6  # on Windows a virus scanner or a viewer may hold the file for a moment


class Scratch:
    """The folder for half-written files, on the same disk as the artifacts; emptied when a build begins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def empty(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def file(self) -> Iterator[Path]:
        """A new empty file that is gone afterwards unless it was moved away."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{os.getpid()}-{secrets.token_hex(8)}"
        path.touch(mode=0o666, exist_ok=False)  # not mkstemp: its files are private, artifacts are ordinary ones
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def publish(self, data: bytes, path: Path) -> None:
        """Writes `data` to `path` atomically and durably. Raises StoreError naming the file."""
        try:
            with self.file() as scratch:
                _write_through(scratch, data)
                move(scratch, path)
        except OSError as error:
            raise StoreError(f"cannot write ({error.strerror or error})", str(path), _advice(error)) from error


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def move(source: Path, path: Path) -> None:
    """Renames over `path`, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rename(source, path)


def rename(source: Path, path: Path) -> None:
    """Renames over `path`; a file held open by another program is tried again for a second, then named."""
    for attempt in range(RENAME_TRIES):
        try:
            source.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or attempt == RENAME_TRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)
        except OSError as error:
            if error.errno != errno.EXDEV:  # build/ lies on another disk than the scratch folder
                raise
            beside = path.with_name(f".{path.name}.part")
            try:
                _write_through(beside, source.read_bytes())
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
            return


def _advice(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full: free some room, then run the same command again; nothing finished is lost"
    if error.errno == errno.EFBIG:
        return "the file is larger than this disk or account allows: free some room, or raise the limit (`ulimit -f`)"
    if error.errno == errno.EROFS:
        return "the disk cannot be written to: mount it for writing, or move the novel"
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return "a file is where a folder should be, or a folder where a file should: move it away"
    return "close the program that holds the file, or check the folder's permissions, then run the same command again"
