"""Sends beside a build what it makes: a few threads, which stop at the first failure and never hold it up for long."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from comfyvn.errors import StoreError

SENDERS = 2
QUIET_S = 30.0  # how long the end of a build waits for uploads of which none gets done


class Sender:
    """For one build. `send` is called with what was added; `failed` once, with the first error that ended it."""

    def __init__(self, send: Callable[[str], object], failed: Callable[[Exception], None]) -> None:
        self._send, self._failed = send, failed
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()
        self._is_stopped = False
        self._last = 0.0

    def add(self, fingerprint: str) -> None:
        """From any thread; nothing after a failure."""
        with self._guard:
            if self._is_stopped:
                return
            self._waiting.put(fingerprint)
            if len(self._threads) < SENDERS:
                # A daemon: an upload that hangs must not keep the program alive.
                thread = threading.Thread(target=self._run, name="comfyvn-cache", daemon=True)
                self._threads.append(thread)
                thread.start()

    def hurry(self) -> None:
        """Nothing more is begun, and `close` waits for nothing."""
        with self._guard:
            self._is_stopped = True

    def close(self) -> bool:
        """Waits as long as uploads get on; whether everything was sent."""
        for _ in self._threads:
            self._waiting.put(None)
        self._last = time.monotonic()
        for thread in self._threads:
            while thread.is_alive() and not self._is_stopped and time.monotonic() - self._last < QUIET_S:
                thread.join(0.1)
        is_done = not self._is_stopped and not any(thread.is_alive() for thread in self._threads)
        self.hurry()
        return is_done

    def _run(self) -> None:
        while (fingerprint := self._waiting.get()) is not None:
            if self._is_stopped:
                return
            try:
                self._send(fingerprint)
            except (StoreError, OSError, ValueError) as error:
                self._stop(error)
                return
            self._last = time.monotonic()

    def _stop(self, error: Exception) -> None:
        with self._guard:
            is_first, self._is_stopped = not self._is_stopped, True
        if is_first:
            self._failed(error)
