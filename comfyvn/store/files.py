"""Writing files so that a half-written one can never be taken for an artifact: temporary file, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from comfyvn.store.refused import patiently, refused


class Scratch:
    """The folder for half-written files, on the same disk as the artifacts; emptied when a build begins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._is_closed = False

    def empty(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """No file begins any more, and what this process has half-written is gone: it ends."""
        self._is_closed = True
        for path in self.folder.glob(f"{os.getpid()}-*"):
            with contextlib.suppress(OSError):
                path.unlink()

    @contextlib.contextmanager
    def file(self) -> Iterator[Path]:
        """A new empty file that is gone afterwards unless it was moved away."""
        if self._is_closed:
            raise OSError(errno.ECANCELED, "the build was stopped")
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{os.getpid()}-{secrets.token_hex(8)}"
        path.touch(mode=0o666, exist_ok=False)  # not mkstemp: its files are private, artifacts are ordinary ones
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def publish(self, data: bytes | Sequence[bytes], path: Path) -> None:
        """Writes `data`, or its parts, to `path` atomically and durably. Raises StoreError naming the file."""
        try:
            with self.file() as scratch:
                _write_through(scratch, data)
                move(scratch, path)
        except OSError as error:
            raise refused(error, path) from error


def _write_through(path: Path, data: bytes | Sequence[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines([data] if isinstance(data, bytes) else data)
        file.flush()
        os.fsync(file.fileno())


def move(source: Path, path: Path) -> None:
    """Renames over `path`, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rename(source, path)


def rename(source: Path, path: Path) -> None:
    """Renames over `path`; a file held open by another program is tried again for a while. Raises OSError."""
    try:
        patiently(partial(source.replace, path))
    except OSError as error:
        if error.errno != errno.EXDEV:  # build/ lies on another disk than the scratch folder
            raise
        beside = path.with_name(f".{path.name}.part")
        try:
            _write_through(beside, source.read_bytes())
            patiently(partial(beside.replace, path))
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
