"""Ctrl-C and its like: the first ends a build within two seconds and leaves a clean tree, the second ends it at once.

A signal's number is written to a socket by the interpreter's own handler, whatever the main thread is doing: on Windows
it may sit in a wait that no Python handler gets a word into. A thread reads it there, stops the work, and sees to it
that the process ends. Everything is published whole or not at all, so nothing is lost by ending hard.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

WITHIN_S = 2.0  # from the signal to the end of the process
LEAVING_S = 0.3  # of those, for what the interpreter does at its end

# What ends a build, by name, because not every system has all; and the exit code that tells of it.
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGBREAK": 130}
SHOW_CURSOR = b"\x1b[?25h"

Stop = Callable[[float], bool]  # within so many seconds; False: not all of it ended


class Stopping:
    """One build that signals may end. `code`: the exit code that the first signal asks for, 0 before it."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.code = 0
        self.is_clean = True
        self._until = 0.0
        self._guard = threading.RLock()  # the handler may come while the main thread is in here
        self._is_raised = False
        self._ended = threading.Event()
        self._terminal = _terminal_settings()

    @property
    def is_asked(self) -> bool:
        return self.code != 0

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """The Python handler, in the main thread: interrupts what it does, once; the second time, all ends."""
        self.note(number)
        if self._is_raised:
            self.leave()
        self._is_raised = True
        raise KeyboardInterrupt

    def note(self, number: int) -> None:
        """A signal came: the first one begins the end. The handler and the watching thread both tell of it."""
        with self._guard:
            if self.is_asked:
                return
            self.code = _codes().get(number, SIGNALS["SIGINT"])
            self._until = time.monotonic() + WITHIN_S
            threading.Thread(target=self._end, name="comfyvn-stopping", daemon=True).start()
            threading.Thread(target=self._watch_over, name="comfyvn-leaving", daemon=True).start()

    def wait(self) -> None:
        """Until what was asked to stop has ended, or its time is over."""
        self._ended.wait(max(self._until - LEAVING_S - time.monotonic(), 0.0))

    def _end(self) -> None:
        try:
            self.is_clean = self._stop(max(self._until - LEAVING_S - time.monotonic(), 0.1))
        finally:
            self._ended.set()

    def _watch_over(self) -> None:
        time.sleep(max(self._until - time.monotonic(), 0.0))
        self.leave()

    def leave(self) -> NoReturn:
        """Ends the process here and now."""
        self._restore_terminal()
        os._exit(self.code or SIGNALS["SIGINT"])

    def _restore_terminal(self) -> None:
        """By its file descriptor: whoever holds the stream's lock may be what we do not wait for."""
        with contextlib.suppress(OSError, ValueError):
            if os.isatty(1):
                os.write(1, SHOW_CURSOR + b"\n")
        if self._terminal is not None:
            import termios

            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(0, termios.TCSANOW, self._terminal)


def _terminal_settings() -> Any:
    """Of standard input, where it is a terminal and the system has such settings."""
    try:
        import termios
    except ImportError:
        return None
    try:
        return termios.tcgetattr(0) if os.isatty(0) else None
    except (OSError, termios.error):
        return None


def _codes() -> dict[int, int]:
    """Signal number → exit code, of the signals that this system has."""
    return {int(getattr(signal, name)): code for name, code in SIGNALS.items() if hasattr(signal, name)}


@contextmanager
def stoppable(stop: Stop) -> Iterator[Stopping]:
    """Meanwhile the signals end the build by `stop`, which is called on a thread of its own.

    In the main thread, the first one raises KeyboardInterrupt. Once one came, nothing is put back: the process ends.
    Elsewhere than in the main thread signals cannot be handled, and nothing happens.
    """
    stopping = Stopping(stop)
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    # One that is ignored (nohup, a shell's background job) stays so.
    numbers = [number for number in _codes() if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, stopping.handle) for number in numbers}
    undo = _watched(stopping, numbers)
    atexit.register(_leave_if_asked, stopping)
    try:
        yield stopping
    finally:
        if not stopping.is_asked:
            undo()
            for number, handler in before.items():
                signal.signal(number, handler)
            atexit.unregister(_leave_if_asked)


def _watched(stopping: Stopping, numbers: list[int]) -> Callable[[], None]:
    """Starts the thread that hears of signals by a socket; gives what ends it."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(stopping, ours, numbers), name="comfyvn-signals", daemon=True).start()

    def undo() -> None:
        signal.set_wakeup_fd(before)
        theirs.close()  # the thread reads the end of it

    return undo


def _listen(stopping: Stopping, ours: socket.socket, numbers: list[int]) -> None:
    heard = 0
    with ours:
        while data := ours.recv(64):
            for number in data:
                if number not in numbers:
                    continue
                heard += 1
                stopping.note(number)
                if heard > 1:
                    stopping.leave()


def _leave_if_asked(stopping: Stopping) -> None:
    """At the interpreter's end: threads that still work may not be waited for, nor ended in the middle of C++."""
    if stopping.is_asked:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        stopping.leave()
