"""Programs that are run for one answer each, and that do not outlive whoever asked when the build is stopped."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


class Children:
    """Any number of threads may run programs at once."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._guard = threading.Lock()
        self._is_stopped = False

    def run(self, command: Sequence[str], question: bytes, seconds: float, folder: Path) -> tuple[bytes, int, bytes]:
        """What it said, its exit code, and its complaints. Raises subprocess.TimeoutExpired, OSError."""
        process = self._started(command, folder)
        try:
            said, complaint = process.communicate(question, seconds)
            return said, process.returncode, complaint
        except BaseException:
            process.kill()
            process.communicate()
            raise
        finally:
            with self._guard:
                self._running.discard(process)

    def stop(self) -> None:
        """Ends what runs, and whatever is begun from now on; returns at once."""
        with self._guard:
            self._is_stopped = True
            for process in self._running:
                with suppress(OSError):
                    process.kill()

    def _started(self, command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
        hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no console window flashes up on Windows
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder, creationflags=hidden)
        with self._guard:
            self._running.add(process)
            if self._is_stopped:
                process.kill()
        return process
