"""Turns at this machine's cores: as many at once as there are, and none that is kept while a server does the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Turn = Literal["cpu", "speech"]
KINDS: tuple[Turn, ...] = ("cpu", "speech")


class Turns:
    """For any number of threads; each has one turn at the most."""

    def __init__(self, count: int) -> None:
        """`count`: turns of each kind at once."""
        self._free = {kind: threading.BoundedSemaphore(count) for kind in KINDS}
        self._here = threading.local()  # .turn: that of this thread, .waited: for how long it did nothing in it

    @contextmanager
    def turn(self, kind: Turn) -> Iterator[None]:
        """Waits for a turn, and has it until the end."""
        with self._free[kind]:
            self._here.turn, self._here.waited = kind, 0.0
            try:
                yield
            finally:
                self._here.turn = None

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """While a server does this thread's work: its turn goes to others, and is taken again afterwards.

        How many wait on a server at once is its own slots' matter. Nothing happens on a thread that has no turn.
        """
        kind: Turn | None = getattr(self._here, "turn", None)
        if kind is None:
            yield
            return
        self._free[kind].release()
        self._here.turn = None
        try:
            yield
        finally:
            began = time.monotonic()
            self._free[kind].acquire()
            self._here.turn = kind
            self.wait(time.monotonic() - began)

    def wait(self, seconds: float) -> None:
        """So many seconds of this thread's turn were spent in a queue: no work, for whoever asks how long it took."""
        self._here.waited = getattr(self._here, "waited", 0.0) + max(seconds, 0.0)

    def waited(self) -> float:
        """Seconds of this thread's turn that were spent in queues."""
        return float(getattr(self._here, "waited", 0.0))
