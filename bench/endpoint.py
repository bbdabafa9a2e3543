"""The draft endpoint as a process of its own that notes every prompt it is sent, for whoever counts and measures.

usage: python bench/endpoint.py JOURNAL WATCH PORT STEP_DELAY

A line of JOURNAL for each POST /prompt, as JSON: `prompt_id`, and of the process whose id stands in the file WATCH
`cpu`, the CPU seconds that it had used by then, and `peak_mb`, the most memory (null where the system does not tell).
Ends with its standard input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REPOSITORY = Path(__file__).resolve().parents[1]
SERVERS = "providers/servers.yaml"


@dataclass(frozen=True)
class Posted:
    """A prompt that was sent: its id, and the CPU seconds and MB that its sender had used when it came."""

    prompt_id: str
    cpu: float | None
    peak_mb: float | None = None


@dataclass
class Endpoint:
    """Started by `with`, in `folder`; `url` is where it answers. `step_delay`: seconds that a sampler step takes."""

    folder: Path
    step_delay: float = 0.0
    port: int = 0
    url: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def journal(self) -> Path:
        return self.folder / "prompts.jsonl"

    @property
    def watch(self) -> Path:
        """Write the id of the process whose CPU is to be noted here."""
        return self.folder / "watched"

    def __enter__(self) -> Endpoint:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it on a free port; again on the one that it had, so that novels need not be told."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, str(self.journal), str(self.watch), str(self.port), str(self.step_delay)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            start_new_session=os.name == "posix",  # Ctrl-C is for whoever started us
        )
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        if self.process is not None:
            self.process.communicate()
            self.process = None

    def serve(self, novel: Path, slots: int = 4) -> None:
        """Names this server in the novel's servers.yaml, as one that draws drafts."""
        entry = f"servers:\n  bench: {{url: '{self.url}', kind: draft, slots: {slots}}}\n"
        (novel / SERVERS).parent.mkdir(parents=True, exist_ok=True)
        (novel / SERVERS).write_text(entry, "utf-8")

    def posted(self) -> list[Posted]:
        """Every prompt that was ever sent, oldest first."""
        lines = self.journal.read_text("utf-8").splitlines() if self.journal.exists() else []
        return [Posted(**json.loads(line)) for line in lines]


class Noting:
    """Passes everything on, and notes each POST /prompt before the endpoint sees it."""

    def __init__(self, app: ASGIApp, journal: Path, watch: Path) -> None:
        self._app, self._journal, self._watch = app, journal, watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].endswith("/prompt"):
            await self._app(scope, receive, send)
            return
        cpu, peak, body, messages = used_cpu(self._watch), peak_mb(self._watch), b"", []
        while True:
            message = await receive()
            messages.append(message)
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self._note(body, cpu, peak)

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, again, send)

    def _note(self, body: bytes, cpu: float | None, peak: float | None) -> None:
        line = json.dumps({"prompt_id": json.loads(body).get("prompt_id", ""), "cpu": cpu, "peak_mb": peak})
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def used_cpu(watch: Path) -> float | None:
    """CPU seconds of the process named in `watch`, with the children that it has waited for; None where unknown."""
    try:
        stat = Path(f"/proc/{int(watch.read_text('ascii'))}/stat").read_text("ascii", "replace")
    except (OSError, ValueError):
        return None
    ticks = stat.rpartition(")")[2].split()[11:15]  # utime, stime, cutime, cstime: fields 14 to 17 of proc(5)
    return sum(map(int, ticks)) / float(os.sysconf("SC_CLK_TCK"))


def peak_mb(watch: Path) -> float | None:
    """The most memory that the process named in `watch` has had, in MB (2^20 bytes); None where unknown."""
    try:
        status = Path(f"/proc/{int(watch.read_text('ascii'))}/status").read_text("ascii", "replace")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, ValueError, IndexError):
        return None


def main() -> None:
    import uvicorn

    from comfyvn.draft.__main__ import Announcing, shipped_definitions
    from comfyvn.draft.app import create_app

    journal, watch, port, step_delay = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    with tempfile.TemporaryDirectory(prefix="comfyvn-bench-") as folder:
        app: Any = Noting(create_app(shipped_definitions(), {}, Path(folder), step_delay=step_delay), journal, watch)
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="websockets-sansio")
        listener = config.bind_socket()
        server = Announcing(config, f"http://127.0.0.1:{listener.getsockname()[1]}")

        def end() -> None:
            sys.stdin.read()
            server.should_exit = True

        threading.Thread(target=end, daemon=True).start()
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
