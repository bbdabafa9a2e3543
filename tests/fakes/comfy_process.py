"""The ComfyUI double as a process of its own, to be killed and started again on the same port.

usage: python -m tests.fakes.comfy_process PORT JOURNAL [SECONDS]

Prints its URL, ends with its standard input. Every prompt that begins to run is a line of JOURNAL, so that whoever
counts is right whatever became of the process. SECONDS: how long a prompt takes.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.comfy import FakeComfy, Prompt, paint, running

REPOSITORY = Path(__file__).parents[2]


@dataclass
class ComfyProcess:
    """`start` and `kill` it as often as you like; `runs` are the ids of the prompts that ever began to run."""

    journal: Path
    port: int = 0
    url: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self, seconds: float = 0.0) -> None:
        command = [sys.executable, "-m", "tests.fakes.comfy_process", str(self.port), str(self.journal), str(seconds)]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """At once, as the system does when memory is out."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()

    def runs(self) -> list[str]:
        return self.journal.read_text("utf-8").split() if self.journal.exists() else []

    def wait_for_runs(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while len(self.runs()) < count:
            assert time.monotonic() < deadline, f"{self.runs()} after a minute"
            time.sleep(0.01)


@contextlib.contextmanager
def comfy_process(journal: Path, seconds: float = 0.0) -> Iterator[ComfyProcess]:
    """A started one, killed at the end."""
    server = ComfyProcess(journal)
    server.start(seconds)
    try:
        yield server
    finally:
        server.kill()


def main() -> None:
    port, journal, seconds = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

    def play(server: FakeComfy, prompt: Prompt) -> None:
        with journal.open("a", encoding="utf-8") as file:
            file.write(f"{prompt.id}\n")
        server.say(prompt, "execution_start")
        time.sleep(seconds)
        paint(server, prompt)

    with running(FakeComfy(play), port) as fake:
        print(fake.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
