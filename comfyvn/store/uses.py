"""How often a cache had what it was asked for: one line for each build, summed up when somebody wants to know."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from pathlib import Path

FILE = "uses.jsonl"
KINDS = ("near", "far", "missed")  # here; in the shared cache; nowhere
FULL_BYTES = 2**18


class Uses:
    """Counts for one build, from any thread."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._guard = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, kind: str) -> None:
        with self._guard:
            self._counts[kind] += 1

    def write(self) -> None:
        """Adds the counts to the file; they serve people only, so one that cannot be written is no failure."""
        with self._guard:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > FULL_BYTES:
                counts += Counter(read_uses(self._file.parent))
                self._file.write_text(json.dumps(counts) + "\n", "utf-8")
                return
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(counts) + "\n")


def read_uses(folder: Path) -> dict[str, int]:
    """Kind → how often, over all builds; torn lines are passed over."""
    total: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    with contextlib.suppress(OSError):
        for line in (folder / FILE).read_text("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError, AttributeError):
                found = json.loads(line)
                total.update({kind: number for kind in KINDS if isinstance(number := found.get(kind), int)})
    return dict(total)
