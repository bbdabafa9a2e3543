"""Builds as a user starts them: settled, killed at a random moment, or two at once; and what each of them said."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.forked import Begin, Process, unforked

REPOSITORY = Path(__file__).resolve().parents[1]
LINE = re.compile(r"^\[\d+/\d+\] (\S+)", re.MULTILINE)
PATIENCE_S = 240
PROGRAMS = {"doit": ("doit",), "build": ("comfyvn.cli", "build"), "status": ("comfyvn.cli", "status")}


@dataclass(frozen=True)
class Run:
    """`done`: names of the targets that it said it had made, or taken from the cache, in that order."""

    code: int
    output: str

    @property
    def done(self) -> list[str]:
        return LINE.findall(self.output)


@dataclass(frozen=True)
class Runner:
    """Starts programs in the novel's folder with this cache. `begin`: how, as a user does unless it is told."""

    novel: Path
    cache: Path
    begin: Begin = unforked

    def start(self, program: str, *arguments: str, cwd: Path | None = None) -> Process:
        module, *words = PROGRAMS[program]
        variables = {"PYTHONPATH": str(REPOSITORY), "COMFYVN_CACHE": str(self.cache), "PYTHONWARNINGS": "ignore"}
        return self.begin(module, [*words, *arguments], cwd or self.novel, {**os.environ, **variables})

    def run(self, program: str, *arguments: str, cwd: Path | None = None) -> Run:
        return ended(self.start(program, *arguments, cwd=cwd))

    def killed(self, program: str, how: signal.Signals, chance: random.Random, *arguments: str) -> Run:
        """A build that gets a signal: after a random time, or soon after a random line."""
        process, seen = self.start(program, *arguments), Seen()
        reader = threading.Thread(target=seen.read, args=(process,))
        reader.start()
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0.2, 3.0))
        else:
            seen.wait_for(chance.randrange(1, 8), process)
            time.sleep(chance.uniform(0.0, 0.05))
        process.send_signal(how)  # nothing happens where it has ended
        code = process.wait(PATIENCE_S)
        reader.join()
        return Run(code, seen.text())

    def two_at_once(self, chance: random.Random, kill_one: bool) -> list[Run]:
        """`doit` and `comfyvn build`, begun within a moment; the first may be killed."""
        first = self.start("doit")
        time.sleep(chance.uniform(0.0, 0.3))
        second = self.start("build")
        readers, runs = [], [Seen(), Seen()]
        for process, seen in zip((first, second), runs, strict=True):
            readers.append(threading.Thread(target=seen.read, args=(process,)))
            readers[-1].start()
        if kill_one:
            time.sleep(chance.uniform(0.5, 3.0))
            first.send_signal(signal.SIGKILL)
        codes = [process.wait(PATIENCE_S) for process in (first, second)]
        for reader in readers:
            reader.join()
        return [Run(code, seen.text()) for code, seen in zip(codes, runs, strict=True)]


class Seen:
    """What a program has said so far."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def read(self, process: Process) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._lines.append(line)

    def wait_for(self, count: int, process: Process) -> None:
        """Returns once so many targets are done, or the program has ended."""
        while len(LINE.findall(self.text())) < count and process.poll() is None:
            time.sleep(0.005)

    def text(self) -> str:
        return "".join(self._lines)


def ended(process: Process) -> Run:
    output, _ = process.communicate(timeout=PATIENCE_S)
    return Run(process.returncode, output)


def git(novel: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=fuzz", "-c", "user.email=fuzz@example.invalid", "-c", "core.autocrlf=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=novel, check=True, capture_output=True, text=True)
    return done.stdout


def repeated(names: Sequence[str]) -> list[str]:
    """What is there more than once."""
    return sorted({name for name in names if names.count(name) > 1})
