"""One engine that plays: its process, and the conversation with the driver inside it.

Messages are JSON objects, one a line, over a loopback socket. The driver says `hello` (labels, lines, missing films),
then asks for runs by saying what became of the last: `played`, or `crashed`, after which the engine ends. While it
plays it tells where it is (`at`). Told `end`, it opens once more what was heard, says what does not decode (`ended`).
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

PATIENCE = 0.2  # seconds between two looks at whether the engine still runs
WINDOWS_FAULT = 0xC0000000  # NTSTATUS values of severity "error" begin here, for example 0xC0000005
Message = Mapping[str, Any]


class EngineEnded(Exception):
    """The engine is gone, or was ended because its time was up; `said`: the end of its output; `crash`: the signal (on
    Windows: the status) that ended the program itself, "" where it left by its own will.
    """

    def __init__(self, why: str, said: str, crash: str = "") -> None:
        super().__init__(why)
        self.why, self.said, self.crash = why, said, crash


class Conversation:
    """What is said to one engine, and heard from it, until `deadline` on the clock of time.monotonic."""

    def __init__(self, process: Program, link: socket.socket, deadline: float) -> None:
        self._process, self._link, self._deadline = process, link, deadline
        self._left = b""
        link.settimeout(PATIENCE)

    def tell(self, message: Message) -> None:
        """Raises EngineEnded."""
        try:
            self._link.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise self._process.ended() from error

    def hear(self) -> Message:
        """Raises EngineEnded."""
        while b"\n" not in self._left:
            try:
                data = self._link.recv(1 << 16)
            except TimeoutError:
                if time.monotonic() > self._deadline:
                    raise self._process.timed_out() from None
                continue
            except OSError as error:
                raise self._process.ended() from error
            if not data:
                raise self._process.ended()
            self._left += data
        line, self._left = self._left.split(b"\n", 1)
        message: Message = json.loads(line)
        return message


class Program:
    """A program of the engine in a process group of its own; its output goes to a file, which never blocks it."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 # closed with the program
        self._process = subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self, deadline: float) -> int | None:
        """Its exit code; None where it did not end in time, and was ended."""
        try:
            return self._process.wait(max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def said(self) -> str:
        self._output.seek(0)
        return self._output.read().decode("utf-8", "replace").replace("\ufeff", "").replace("\r\n", "\n")

    def ended(self) -> EngineEnded:
        """Why nothing is heard of it any more."""
        code = self.wait(time.monotonic() + 5)
        crash = _crash(code)
        why = f"the engine stopped ({crash or f'exit code {code}'})"
        return EngineEnded(why, self.said()[-4000:].strip(), crash)

    def timed_out(self) -> EngineEnded:
        self.kill()
        return EngineEnded("the time is up (--timeout)", "")

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()

    def close(self) -> None:
        if self.is_running():
            self.kill()
        self._output.close()


def _crash(code: int | None) -> str:
    """What ended a program that did not end by itself, as its exit code tells it; "" for any other exit code."""
    if code is None:
        return ""
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    return f"status {code:#x}" if code >= WINDOWS_FAULT else ""


@contextmanager
def conversation(command: Sequence[str], environ: Mapping[str, str], deadline: float) -> Iterator[Conversation]:
    """Starts an engine with our driver in its game, and ends it at the end. Raises EngineEnded."""
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        told = {"COMFYVN_PLAY_PORT": str(server.getsockname()[1]), "COMFYVN_PLAY_TOKEN": token}
        process = Program(command, {**environ, **told})
        try:
            with _accepted(server, process, deadline) as link:
                yield Conversation(process, link, deadline)
        finally:
            process.close()


def _accepted(server: socket.socket, process: Program, deadline: float) -> socket.socket:
    while True:
        try:
            return server.accept()[0]
        except TimeoutError:
            if not process.is_running():
                raise process.ended() from None
            if time.monotonic() > deadline:
                raise process.timed_out() from None
