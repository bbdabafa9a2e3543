"""A shared cache's folder somewhere else, over fsspec: bytes by name, with bounds, and no half file under its name.

fsspec and what it needs are imported when the first question is asked. Whatever goes wrong outside becomes a
RemoteError here; what is simply not there is None.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from comfyvn.errors import RemoteError, StoreError
from comfyvn.store.connections import Connect, Connections, Refused
from comfyvn.store.files import Scratch

CHUNK = 2**20
BLOCK = 8 * 2**20  # what is asked for at once
# Paramiko asks for 32 KiB at a time. OpenSSH gives 255 KiB at once, any other server as much as it likes. Paramiko's
# own way to be quick, `prefetch`, transfers a file twice when its thread is not scheduled in time.
SFTP_REQUEST = 255 * 2**10
PARTIAL = "partial"
LEFT_SECONDS = 86_400.0


class Remote:
    """`base`: the folder's path as the filesystem names it; `label`: how messages name it, never with a secret.

    Any number of threads may use it. `moves`: files are written under another name and then moved, because this
    filesystem shows a file while it is being written; `local`: it is a folder of this computer, such as a NAS;
    `hidden`: secrets that no message may repeat.
    """

    def __init__(
        self,
        connect: Connect,
        base: str,
        label: str,
        moves: bool = True,
        local: bool = False,
        hidden: Sequence[str] = (),
    ) -> None:
        self.base, self.label, self._moves, self._local = base.rstrip("/"), label, moves, local
        self._connections = Connections(connect, label, hidden)
        self._do = self._connections.do
        self._folders: set[str] = set()

    # --- reading

    def read(self, name: str, limit: int) -> bytes | None:
        """A small file's bytes. Raises Refused above `limit` bytes, RemoteError."""

        def operation(fs: Any) -> bytes:
            size = self._bounded(fs, name, limit)
            return fs.cat_file(self._path(name), start=0, end=size) if size else b""

        with contextlib.suppress(FileNotFoundError):
            return self._do(f"read {name}", operation)
        return None

    def fetch(self, name: str, into: Path, limit: int) -> str | None:
        """Copies a file to `into`; its SHA-256 in hex. Raises Refused above `limit` bytes, RemoteError, StoreError."""

        def operation(fs: Any) -> str:
            size = self._bounded(fs, name, limit)
            with _written(into) as target, fs.open(self._path(name), "rb", block_size=BLOCK) as source:
                digest, count = _copied(source, target, size)
            if count != size:
                raise OSError(f"{count:,} bytes came of {size:,}")
            return digest

        with contextlib.suppress(FileNotFoundError):
            return self._do(f"read {name}", operation)
        return None

    def size(self, name: str) -> int | None:
        """A file's size in bytes; None when it is not there. Raises RemoteError; Refused for a folder."""
        with contextlib.suppress(FileNotFoundError):
            return self._do(f"look for {name}", lambda fs: self._size(fs, name))
        return None

    def listing(self, folder: str) -> list[tuple[str, int]]:
        """(name relative to the base, size in bytes) of every file below `folder`. Raises RemoteError."""

        def operation(fs: Any) -> list[tuple[str, int]]:
            try:
                found = fs.find(self._path(folder), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
            start = len(fs._strip_protocol(self.base)) + 1
            return [(str(path)[start:], int(info.get("size") or 0)) for path, info in found.items()]

        return self._do(f"list {folder}", operation)

    # --- writing

    def write(self, name: str, data: bytes) -> None:
        """Puts bytes under a name, at once. Raises RemoteError."""
        self._put(name, data)

    def send(self, name: str, file: Path) -> None:
        """Puts a file's bytes under a name, at once. Raises RemoteError; OSError when the file cannot be read."""
        self._put(name, file.read_bytes())

    def remove(self, name: str) -> None:
        """Raises RemoteError; nothing when it is not there."""

        def operation(fs: Any) -> None:
            with contextlib.suppress(FileNotFoundError):
                fs.rm_file(self._path(name))

        self._do(f"remove {name}", operation)

    def sweep(self) -> int:
        """Removes what writers that were cut off have left half-written, a day ago or longer; how many there were."""

        def operation(fs: Any) -> int:
            try:
                found = fs.ls(self._path(PARTIAL), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return 0
            old = [info["name"] for info in found if info["type"] == "file" and _age(info) > LEFT_SECONDS]
            for path in old:
                with contextlib.suppress(FileNotFoundError):
                    fs.rm_file(path)
            return len(old)

        return self._do("sweep", operation)

    def _put(self, name: str, data: bytes) -> None:
        def operation(fs: Any) -> None:
            if self._local:
                self._need_base()
                self._make_folders(fs, name)
                Scratch(Path(self._path(PARTIAL))).publish(data, Path(self._path(name)))
            elif self._moves:
                self._move_in(fs, name, data)
            else:
                fs.pipe_file(self._path(name), data)

        try:
            self._do(f"write {name}", operation)
        except FileNotFoundError:  # somebody has removed the folders that we made
            self._folders.clear()
            self._do(f"write {name}", operation)

    def _move_in(self, fs: Any, name: str, data: bytes) -> None:
        self._make_folders(fs, name)
        scratch, path = self._path(f"{PARTIAL}/{os.getpid()}-{secrets.token_hex(8)}"), self._path(name)
        try:
            with fs.open(scratch, "wb") as file:
                pipelined = getattr(file, "set_pipelined", None)  # SFTP: no waiting for an answer to every 32 KiB
                if pipelined is not None:
                    pipelined(True)
                file.write(data)
            if fs.info(scratch)["size"] != len(data):
                raise OSError("it arrived cut short")
            try:
                fs.mv(scratch, path)
            except OSError:
                # A server that renames over nothing (SFTP without OpenSSH's extension): the old file goes first.
                if not fs.exists(path):
                    raise
                fs.rm_file(path)
                fs.mv(scratch, path)
        except BaseException:
            with contextlib.suppress(Exception):
                fs.rm_file(scratch)
            raise

    def _make_folders(self, fs: Any, name: str) -> None:
        """The folders that a file of this name needs, from the outermost in."""
        parts = name.split("/")[:-1]
        for folder in (PARTIAL, *("/".join(parts[:count]) for count in range(1, len(parts) + 1))):
            if folder not in self._folders:
                self._make_folder(fs, self._path(folder))
                self._folders.add(folder)

    def _make_folder(self, fs: Any, path: str) -> None:
        if fs.isdir(path):
            return
        try:
            fs.makedirs(path, exist_ok=True)
        except OSError:
            if not fs.isdir(path):  # else another writer came first
                raise
        with contextlib.suppress(Exception):  # what one account has made, the others of the team may write to as well
            _allow(fs, self.base, path)

    def _need_base(self) -> None:
        # Never made by us: a NAS that is not mounted would become a folder of this computer's own disk.
        if not Path(self.base).is_dir():
            raise RemoteError(
                "the shared cache's folder is not there", self.label, "mount the disk, or make the folder once"
            )

    # --- what is there

    def close(self) -> None:
        self._connections.close()

    def _path(self, name: str) -> str:
        return f"{self.base}/{name}"

    def _size(self, fs: Any, name: str) -> int:
        """Raises FileNotFoundError; Refused for what is no file."""
        if self._local:
            self._need_base()
        try:
            info = fs.info(self._path(name))
        except NotADirectoryError as error:
            raise FileNotFoundError(name) from error
        if info.get("type") != "file":
            raise Refused("no file")
        return int(info["size"])

    def _bounded(self, fs: Any, name: str, limit: int) -> int:
        """The size of a file that may be read."""
        size = self._size(fs, name)
        if size > limit:
            raise Refused(f"{size:,} bytes")
        return size


@contextlib.contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _copied(source: Any, target: IO[bytes], size: int) -> tuple[str, int]:
    """Copies at most `size` bytes and one more; their SHA-256 in hex, and how many there were."""
    if hasattr(source, "MAX_REQUEST_SIZE"):
        source.MAX_REQUEST_SIZE = SFTP_REQUEST
    digest, count = hashlib.sha256(), 0
    while count <= size and (data := source.read(min(CHUNK, size + 1 - count))):
        digest.update(data)
        _keep(target, data)
        count += len(data)
    return digest.hexdigest(), count


def _keep(target: IO[bytes], data: bytes) -> None:
    try:
        target.write(data)
    except OSError as error:  # this computer's disk, not the line: another connection would not help
        raise StoreError(f"cannot write ({error.strerror or error})", target.name, "free some room") from error


def _allow(fs: Any, base: str, path: str) -> None:
    """Gives a folder the permissions of the cache's own, where the filesystem has such a thing."""
    ftp = getattr(fs, "ftp", None)
    if ftp is not None:
        ftp.chmod(path, stat.S_IMODE(ftp.stat(base).st_mode))
    else:
        fs.chmod(path, stat.S_IMODE(fs.info(base)["mode"]))


def _age(info: Any) -> float:
    """Seconds since a listed file was written; 0 where the filesystem does not say."""
    at = info.get("mtime") or info.get("LastModified") or info.get("created")
    moment = at.timestamp() if hasattr(at, "timestamp") else at
    return time.time() - float(moment) if isinstance(moment, int | float) else 0.0
