"""Which server a render was sent to, on disk while it is under way: a build that was killed finds its prompt there.

A server is asked for a prompt before it gets it, so nothing is rendered twice where one server makes everything. Of
several, the next build would ask the one that suits best by then, and that may be another one.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

MOST_BYTES = 1000  # of a server's name


class Placements:
    """A small file for each render under way. Losing one means a render done twice; nothing else depends on them."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` None: nothing is kept."""
        self._folder = folder

    def begin(self, target: str, server: str) -> None:
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
                self._file(self._folder, target).write_text(server, "utf-8")

    def end(self, target: str) -> None:
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._file(self._folder, target).unlink(missing_ok=True)

    def before(self, target: str) -> str:
        """The server that a build was killed over; "" for none."""
        if self._folder is None:
            return ""
        try:
            with self._file(self._folder, target).open("rb") as file:
                return file.read(MOST_BYTES).decode()
        except (OSError, UnicodeDecodeError):
            return ""

    @staticmethod
    def _file(folder: Path, target: str) -> Path:
        return folder / hashlib.sha256(target.encode()).hexdigest()[:32]
