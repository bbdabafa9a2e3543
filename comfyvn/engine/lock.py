"""One build at a time in a novel: a lock that says who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from comfyvn.errors import LockHeld
from comfyvn.store.refused import refused

HOLDER_TRIES = 10  # whoever has just taken the lock says a moment later who it is


class BuildLock:
    """Held from the first artifact that is made until the process ends; the system frees it when the process dies."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "lock", thread_local=False)
        self._holder = folder / "lock.json"

    def try_acquire(self) -> bool:
        """Takes the lock if nobody else holds it; says whether it is ours now."""
        try:
            self.acquire(None)
        except LockHeld:
            return False
        return True

    def acquire(self, waiting: Callable[[str], None] | None) -> None:
        """Takes the lock. With `waiting`, tells it once who holds the lock and waits; without, raises LockHeld."""
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:
            if waiting is None:
                raise LockHeld(
                    f"another build runs in this novel ({self.holder()})",
                    str(self._holder.parent),
                    "wait for it to end",
                ) from error
            waiting(f"another build runs in this novel ({self.holder()}): waiting for it to end")
            self._lock.acquire()
        except OSError as error:
            raise refused(error, self._holder.with_name("lock")) from error
        with contextlib.suppress(OSError):  # on a full disk nobody is told who holds it: no reason not to build
            self._holder.write_text(json.dumps({"pid": os.getpid(), "command": Path(sys.argv[0]).name}), "utf-8")

    def holder(self) -> str:
        for _ in range(HOLDER_TRIES):
            try:
                facts = json.loads(self._holder.read_text("utf-8"))
                return f"process {facts['pid']}, {facts['command']}"
            except (OSError, ValueError, KeyError, TypeError):
                time.sleep(0.05)
        return "an unknown process"

    def release(self) -> None:
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                self._holder.unlink(missing_ok=True)
            self._lock.release()
