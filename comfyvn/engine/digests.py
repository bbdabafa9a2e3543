"""Content digests of files, remembered by what the file system says of them, so that nothing is read twice."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.files import Scratch

RACY_NS = 20_000_000  # a file written this recently may change again without its time stamp moving


@dataclass(frozen=True)
class Digest:
    content: str
    sha256: str
    size: int


class DigestTable:
    """path → (modification time, size, inode, change time) → digests; an append-only journal, compacted when long."""

    def __init__(self, root: Path, journal: Path, scratch: Scratch) -> None:
        self._root, self._journal, self._scratch = root, journal, scratch
        self._guard = threading.Lock()
        self._table: dict[str, tuple[list[int], Digest]] = {}
        self._lines = 0
        self._load()

    def of(self, file: str) -> Digest:
        """Digests of a file of the novel. Raises StoreError when it is missing or not what its name says."""
        path = self._root / file
        try:
            signature = _signature(path)
        except OSError:
            signature = []
        with self._guard:
            known = self._table.get(file)
        if known and signature and known[0] == signature:
            return known[1]
        digest = Digest(content_digest(path), byte_digest(path), path.stat().st_size)
        if signature and time.time_ns() - max(signature[0], signature[3]) > RACY_NS:
            self._remember(file, signature, digest)
        return digest

    def wrote(self, file: str, digest: Digest) -> None:
        """Notes what was just published, so that it need not be read back."""
        self._remember(file, _signature(self._root / file), digest)

    def _remember(self, file: str, signature: list[int], digest: Digest) -> None:
        line = json.dumps([file, signature, digest.content, digest.sha256, digest.size])
        with self._guard:
            self._table[file] = (signature, digest)
            self._lines += 1
            # Remembering is a convenience: where it cannot be kept, the file is read again next time.
            with contextlib.suppress(OSError), self._journal.open("a", encoding="utf-8") as journal:
                journal.write(line + "\n")

    def _load(self) -> None:
        try:
            lines = self._journal.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return
        for line in lines:
            try:
                file, signature, content, sha256, size = json.loads(line)
                self._table[file] = (signature, Digest(content, sha256, size))
            except (ValueError, TypeError, RecursionError):
                continue  # a torn line: that file is simply read again
        self._lines = len(lines)

    def compact(self) -> None:
        """Rewrites a journal that is mostly history. Called under the build lock."""
        if self._lines <= 2 * len(self._table) + 1000:
            return
        rows = [json.dumps([file, sig, d.content, d.sha256, d.size]) for file, (sig, d) in self._table.items()]
        self._scratch.publish(("\n".join(rows) + "\n").encode(), self._journal)
        self._lines = len(rows)


def _signature(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns]
