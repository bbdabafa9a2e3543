"""Runs the draft endpoint as a child process that cannot outlive this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

import comfyvn
from comfyvn.errors import ServerDown

START_SECONDS = 60.0
STOP_SECONDS = 0.3  # nothing of its is worth waiting for: the folder is ours to remove


class DraftServer:
    """`start()` spawns the server and sets `url`; `stop()` ends it and removes its files. Also a context manager.

    `models`: model folder → file names that it offers; folders that are not named accept any name. `nodes`: a file of
    node classes besides the package's own.
    """

    def __init__(
        self,
        models: Mapping[str, Sequence[str]] | None = None,
        *,
        step_delay: float = 0.0,
        nodes: Path | None = None,
    ) -> None:
        self._nodes = nodes.resolve() if nodes else None
        self._models = {folder: list(names) for folder, names in (models or {}).items()}
        self._step_delay = step_delay
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self.url = ""

    def __enter__(self) -> DraftServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Starts the server unless it runs, and returns its URL. Raises `ServerDown` if it does not come up."""
        if self._process is not None and self._process.poll() is None:
            return self.url
        self.stop()
        folder = Path(tempfile.mkdtemp(prefix="comfyvn-draft-"))
        self._folder = folder
        models = folder / "models.json"
        models.write_text(json.dumps(self._models), encoding="utf-8")
        # -P: the folder we are in may hold files named like modules.
        command = [sys.executable, "-P", "-m", "comfyvn.draft", "--port", "0", "--exit-with-stdin", "--temporary"]
        command += ["--folder", str(folder), "--models", str(models), "--step-delay", str(self._step_delay)]
        command += ["--nodes", str(self._nodes)] if self._nodes else []
        with (folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
                # Ctrl-C is for us: a server that hears it too is gone before the build knows why.
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        try:
            self.url = self._await_url(self._process)
        except ServerDown:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Ends the server if it runs and removes its folder."""
        process, self._process, self.url = self._process, None, ""
        if process is not None:
            _end(process)
        folder, self._folder = self._folder, None
        if folder is not None:
            # On Windows a file may stay open a moment longer; the system's own clean-up takes the rest.
            shutil.rmtree(folder, ignore_errors=True)

    def _await_url(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        line = _first_line(process.stdout, START_SECONDS)
        try:
            url = json.loads(line)["url"]
        except (ValueError, KeyError, TypeError) as error:
            said = (self._folder / "log.txt").read_text(encoding="utf-8", errors="replace") if self._folder else ""
            raise ServerDown(
                "the draft endpoint did not start", said.strip().splitlines()[-1] if said.strip() else "",
                "run `comfyvn draft-server` to see what it says",
            ) from error  # fmt: skip
        return str(url)


def _environment() -> dict[str, str]:
    """Ours, with the child's import path leading to this very package even where it is not installed."""
    root = str(Path(comfyvn.__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


def _first_line(stream: IO[bytes], seconds: float) -> bytes:
    """The first line of a pipe, or what there is of it after so long: pipes have no timeout of their own everywhere."""
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.append(stream.readline()), daemon=True)
    reader.start()
    reader.join(seconds)
    return lines[0] if lines else b""


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # Last: while a thread still waits for the first line, closing would wait for that thread.
    if process.stdout is not None:
        process.stdout.close()
