"""Content digests of files, remembered by what the file system says of them, so that nothing is read twice."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyvn.engine.lines import rows
from comfyvn.engine.sweep import ABSENT, UNSURE, Signature, is_racy, signature
from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.files import Scratch

SHARDS = 64


@dataclass(frozen=True, slots=True)
class Digest:
    content: str
    sha256: str
    size: int


class DigestTable:
    """path → (modification time, size, inode, change time) → digests, in append-only journals that are compacted.

    A journal for each of a few groups of folders, read when a file of it is first asked for: a build that makes one
    sprite does not read what is known of ten thousand.
    """

    def __init__(self, root: Path, folder: Path, scratch: Scratch) -> None:
        self._root, self._folder, self._scratch = root, folder, scratch
        self._guard = threading.Lock()
        self._shards: dict[str, _Shard] = {}
        self._by_folder: dict[str, _Shard] = {}

    def of(self, file: str) -> Digest:
        """Digests of a file of the novel. Raises StoreError when it is missing or not what its name says."""
        now = self._look(file)
        with self._guard:
            known = self._shard(file).known(file)
        if known and now != ABSENT and known[0] == now:
            return known[1]
        path = self._root / file
        digest = Digest(content_digest(path), byte_digest(path), path.stat().st_size)
        if now != ABSENT and not is_racy(now, time.time_ns()):
            self._remember(file, now, digest)
        return digest

    def signed(self, file: str) -> Signature:
        """What the file system said of a file when its digest was taken; UNSURE where that is not known."""
        with self._guard:
            known = self._shard(file).known(file)
        return known[0] if known else UNSURE

    def wrote(self, file: str, digest: Digest) -> None:
        """Notes what was just published, so that it need not be read back."""
        self._remember(file, self._look(file), digest)

    def _look(self, file: str) -> Signature:
        return signature(os.path.join(self._root, file))  # noqa: PTH118 - pathlib is slow for thousands

    def _remember(self, file: str, signed: Signature, digest: Digest) -> None:
        with self._guard:
            self._shard(file).add(file, signed, digest)

    def _shard(self, file: str) -> _Shard:
        folder = file.rpartition("/")[0]
        found = self._by_folder.get(folder)
        if found is None:
            name = _shard_of(folder)
            if name not in self._shards:
                self._shards[name] = _Shard(self._folder / f"{name}.jsonl")
            found = self._by_folder[folder] = self._shards[name]
        return found

    def compact(self) -> None:
        """Rewrites journals that are mostly history, of those that were read anyway. Called under the build lock."""
        with self._guard:
            for shard in self._shards.values():
                shard.compact(self._scratch)


    def close(self) -> None:
        """Compacts, and lets go of all that was read: whoever asks later reads it again."""
        self.compact()
        with self._guard:
            self._shards.clear()
            self._by_folder.clear()


def _shard_of(folder: str) -> str:
    """By what kind of artifact it is, then by its folder: an export, made of all atlases, reads of no sprite."""
    top, _, rest = folder.partition("/")
    kind = rest.partition("/")[0] if top == "build" else ""
    number = zlib.crc32(folder.encode("utf-8", "surrogateescape")) % SHARDS
    return f"{kind if kind.isidentifier() else 'other'}-{number:02x}"


class _Shard:
    """One journal: a line for each digest that was taken, the latest of a file counts.

    What is known of a file is held as bytes: as values, those of ten thousand sprites take four times the memory.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._lines = 0
        self._is_torn = False  # the last line has no end
        self._table: dict[str, bytes] = {}
        for row in self._rows():
            with contextlib.suppress(ValueError, TypeError, AttributeError, struct.error):
                file, (a, b, c, d), content, sha256, size = row
                self._table[file] = _packed((a, b, c, d), Digest(content, sha256, size))

    def _rows(self) -> list[Any]:
        try:
            data = self._journal.read_bytes()
        except OSError:
            return []
        *lines, rest = data.split(b"\n")
        self._lines, self._is_torn = len(lines), bool(rest)
        return rows(lines)  # of a damaged one the file is read again

    def known(self, file: str) -> tuple[Signature, Digest] | None:
        packed = self._table.get(file)
        return None if packed is None else _unpacked(packed)

    def add(self, file: str, signed: Signature, digest: Digest) -> None:
        line = _line(file, signed, digest)
        self._table.pop(file, None)
        with contextlib.suppress(struct.error):  # a time after the year 2262: such a file is read again
            self._table[file] = _packed(signed, digest)
        self._lines += 1
        # Remembering is a convenience: where it cannot be kept, the file is read again next time.
        with contextlib.suppress(OSError):
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write("\n" + line if self._is_torn else line)
                self._is_torn = False

    def compact(self, scratch: Scratch) -> None:
        if self._lines > 2 * len(self._table) + 100:
            lines = [_line(file, *_unpacked(packed)) for file, packed in self._table.items()]
            scratch.publish("".join(lines).encode("utf-8", "surrogateescape"), self._journal)
            self._lines = len(lines)


_HEAD = struct.Struct("=4qQ32s")  # signature, size, SHA-256; the content digest follows
_BITS = 64  # some file systems use all of them in inodes; a signature has -1 and -2 too


def _packed(signed: Signature, digest: Digest) -> bytes:
    a, b, inode, d = signed
    signed_inode = inode - 2**_BITS if inode >= 2 ** (_BITS - 1) else inode
    head = _HEAD.pack(a, b, signed_inode, d, digest.size, _hex(digest.sha256))
    return head + digest.content.encode()


def _unpacked(packed: bytes) -> tuple[Signature, Digest]:
    a, b, inode, d, size, sha256 = _HEAD.unpack_from(packed)
    signed = a, b, inode + 2**_BITS if inode < UNSURE[2] else inode, d
    return signed, Digest(packed[_HEAD.size :].decode(), sha256.hex(), size)


def _hex(sha256: str) -> bytes:
    data = bytes.fromhex(sha256)
    if len(data) != 32 or data.hex() != sha256:
        raise ValueError(f"{sha256!r} is no SHA-256")
    return data


def _line(file: str, signed: Signature, digest: Digest) -> str:
    return json.dumps([file, signed, digest.content, digest.sha256, digest.size]) + "\n"
