"""Programs that answer one question after another: starting one may take longer than the answer."""

from __future__ import annotations

import struct
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

SIZE = struct.Struct("<I")  # goes before each question
LAST_WORDS = 4096  # bytes of what a program complains of


class Died(Exception):
    """The program ended, or was ended (`is_late`), before it had answered; `why`: its status and last words."""

    def __init__(self, why: str, is_late: bool = False) -> None:
        super().__init__(why)
        self.why, self.is_late = why, is_late


class Processes:
    """As many of one program as there are questions at once; idle ones are kept for the next. For any thread."""

    def __init__(self, command: Sequence[str], head: struct.Struct) -> None:
        """`head`: what an answer begins with; all its numbers but the first word are lengths of what follows."""
        self._command, self._head = tuple(command), head
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._guard = threading.Lock()
        self._is_stopped = False

    def ask(self, question: bytes, seconds: float) -> tuple[bytes, list[bytes]]:
        """The answer's first word, and its parts. Raises Died; OSError where the program does not start."""
        process = self._taken()
        is_well = False
        try:
            answer = process.ask(question, self._head, seconds)
            is_well = True
            return answer
        finally:
            with self._guard:
                self._busy.discard(process)
                is_well = is_well and not self._is_stopped
                if is_well:
                    self._idle.append(process)
            if not is_well:
                process.end()

    def close(self) -> None:
        """Ends those that are idle."""
        with self._guard:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def stop(self) -> None:
        """Ends all, and begins no more; returns at once."""
        with self._guard:
            self._is_stopped = True
            for process in (*self._busy, *self._idle):
                process.kill()
        self.close()

    def _taken(self) -> _Process:
        with self._guard:
            process = self._idle.pop() if self._idle else _Process(self._command)
            self._busy.add(process)
            if self._is_stopped:
                process.kill()
            return process


class _Process:
    def __init__(self, command: Sequence[str]) -> None:
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads fills up
        self._is_late = False
        hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no console window flashes up on Windows
        pipe, folder = subprocess.PIPE, Path(tempfile.gettempdir())
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=self._complaints, cwd=folder, creationflags=hidden
            )
        except BaseException:
            self._complaints.close()
            raise

    def ask(self, question: bytes, head: struct.Struct, seconds: float) -> tuple[bytes, list[bytes]]:
        late = threading.Timer(max(seconds, 0.0), self._give_up)
        late.daemon = True
        late.start()
        try:
            return self._answer(question, head)
        except OSError as error:
            raise self._died() from error
        finally:
            late.cancel()

    def _answer(self, question: bytes, head: struct.Struct) -> tuple[bytes, list[bytes]]:
        pipes = self._process
        assert pipes.stdin is not None and pipes.stdout is not None
        pipes.stdin.write(SIZE.pack(len(question)) + question)
        pipes.stdin.flush()
        word, *sizes = head.unpack(self._read(pipes.stdout, head.size))
        return word, [self._read(pipes.stdout, size) for size in sizes]

    def _read(self, pipe: IO[bytes], size: int) -> bytes:
        data = pipe.read(size)
        if len(data) != size:
            raise self._died()
        return data

    def _give_up(self) -> None:
        self._is_late = True
        self.kill()

    def _died(self) -> Died:
        self.kill()
        status = self._process.wait()
        self._complaints.seek(0)
        words = self._complaints.read()[-LAST_WORDS:].decode(errors="replace").strip().rpartition("\n")[2]
        return Died(f"status {status}{': ' + words if words else ''}", self._is_late)

    def kill(self) -> None:
        with suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()
        self._complaints.close()
