"""Stopping in the middle of a build: what is being published is finished, and nothing new begins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from comfyvn.bridge.pool import build_stopped


class Finishing:
    """Once `stop` was called there is no way back: an engine that was stopped makes nothing any more."""

    def __init__(self) -> None:
        self._inside = 0
        self._changed = threading.Condition()
        self._stopped = threading.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def check(self) -> None:
        """Raises Interrupted when the build was stopped."""
        if self.is_stopped:
            raise build_stopped()

    def sleep(self, seconds: float) -> None:
        """A pause that ends when the build is stopped. Raises Interrupted then."""
        self._stopped.wait(seconds)
        self.check()

    @contextmanager
    def section(self) -> Iterator[None]:
        """What is to be finished when it has begun. Raises Interrupted when the build was stopped before."""
        with self._changed:
            self.check()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Nothing begins from now on."""
        with self._changed:
            self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Waits until what had begun is finished; False when it is not, after so long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._inside, seconds)
