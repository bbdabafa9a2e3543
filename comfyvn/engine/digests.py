"""Content digests of files, remembered by what the file system says of them, so that nothing is read twice."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyvn.engine.sweep import ABSENT, UNSURE, Signature, signature
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
        self._known: dict[str, tuple[Signature, Digest]] | None = None
        self._lines = 0
        self._is_torn = False  # the journal's last line has no end

    def of(self, file: str) -> Digest:
        """Digests of a file of the novel. Raises StoreError when it is missing or not what its name says."""
        path = self._root / file
        now = signature(str(path))
        with self._guard:
            known = self._table.get(file)
        if known and now != ABSENT and known[0] == now:
            return known[1]
        digest = Digest(content_digest(path), byte_digest(path), path.stat().st_size)
        if now != ABSENT and time.time_ns() - max(now[0], now[3]) > RACY_NS:
            self._remember(file, now, digest)
        return digest

    def signed(self, file: str) -> Signature:
        """What the file system said of a file when its digest was taken; UNSURE where that is not known."""
        with self._guard:
            known = self._table.get(file)
        return known[0] if known else UNSURE

    def wrote(self, file: str, digest: Digest) -> None:
        """Notes what was just published, so that it need not be read back."""
        self._remember(file, signature(str(self._root / file)), digest)

    def _remember(self, file: str, signed: Signature, digest: Digest) -> None:
        line = json.dumps([file, signed, digest.content, digest.sha256, digest.size]) + "\n"
        with self._guard:
            self._table[file] = (signed, digest)
            self._lines += 1
            # Remembering is a convenience: where it cannot be kept, the file is read again next time.
            with contextlib.suppress(OSError), self._journal.open("a", encoding="utf-8") as journal:
                journal.write("\n" + line if self._is_torn else line)
                self._is_torn = False

    @property
    def _table(self) -> dict[str, tuple[Signature, Digest]]:
        """Read when the first file is asked for."""
        if self._known is None:
            self._known = {}
            for row in self._rows():
                with contextlib.suppress(ValueError, TypeError):
                    file, (a, b, c, d), content, sha256, size = row
                    self._known[file] = ((a, b, c, d), Digest(content, sha256, size))
        return self._known

    def _rows(self) -> list[Any]:
        try:
            data = self._journal.read_bytes()
        except OSError:
            return []
        *lines, rest = data.split(b"\n")
        self._lines, self._is_torn = len(lines), bool(rest)
        try:
            found: list[Any] = json.loads(b"[" + b",".join(lines) + b"]")
            return found
        except (ValueError, RecursionError):
            return [row for row in map(_row, lines) if row is not None]  # a damaged one: that file is read again

    def compact(self) -> None:
        """Rewrites a journal that is mostly history, when it was read anyway. Called under the build lock."""
        with self._guard:
            known = self._known
            if known is None or self._lines <= 2 * len(known) + 1000:
                return
            rows = [json.dumps([file, signed, d.content, d.sha256, d.size]) for file, (signed, d) in known.items()]
            self._scratch.publish(("\n".join(rows) + "\n").encode(), self._journal)
            self._lines = len(rows)


def _row(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
