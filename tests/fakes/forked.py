"""Processes that have loaded everything before they begin: forks of one that has imported what a build imports.

A test that counts what a build makes runs `doit` and `comfyvn` some ten times, each in a process of its own; without
this, most of their time goes into importing the same modules again. The child runs the module as `python -m` does, in
the folder and the environment that it is told, and ends as the interpreter ends. What such a run starts itself with
the interpreter (the draft endpoint, Git's hooks) is a fork too: `sys.executable` is a program there that asks for one
(interpreter.py). Where there is no fork, an ordinary process is started.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import hashlib
import importlib
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

LOADED = (
    *("doit.doit_cmd", "httpx", "numpy", "PIL.Image", "scipy.signal", "soundfile", "soxr", "pyloudnorm", "av"),
    *("uvicorn", "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.on", "websockets", "encodings.idna"),
)
"""Imported beside comfyvn's packages, which import these where they use them."""

DRAWN_ANEW = "COMFYVN_TESTS_DRAW_ANEW"
"""Set for a run, it draws every draft itself, and so takes its time: for tests that stop it on the way."""
kept: Path | None = None
"""A folder for what every run would work out again, set for a session of tests before the first run."""

SHIM = Path(__file__).with_name("interpreter.py")
OWN = ("comfyvn.cli", "comfyvn.tasks", "comfyvn.start")
"""Every run imports these itself: how doit was started is told by which of them it has brought along."""


def run(module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """(exit code, what it wrote to both outputs) of `python -m module`; TimeoutError after four minutes."""
    if not hasattr(os, "fork"):
        return _started(module, arguments, folder, environment)
    with tempfile.TemporaryFile() as output, Path(os.devnull).open() as nothing:
        files = [nothing.fileno(), output.fileno(), output.fileno()]
        with _asked([module, *arguments], folder, environment, files) as line:
            line.settimeout(240)
            _number(line)
            code = _number(line)
        output.seek(0)
        return code, output.read().decode()


class Fork:
    """A run of its own that goes on, as a `subprocess.Popen` of text is one: both outputs are `stdout`, a pipe.

    `pid` is that of the process which runs, so a signal reaches it as it would any other. It is killed with whoever
    started it.
    """

    def __init__(self, module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.args = [module, *arguments]
        self.returncode: int | None = None
        self._guard = threading.Lock()
        ours, theirs = os.pipe()
        self.stdout = os.fdopen(ours, encoding="utf-8", errors="replace")
        try:
            with Path(os.devnull).open() as nothing:
                self._line = _asked(self.args, folder, environment, [nothing.fileno(), theirs, theirs])
        finally:
            os.close(theirs)
        self.pid = _number(self._line)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """All that it says from here on, and None. It has ended then."""
        if self.stdout.closed:
            self.wait(timeout)
            return "", None
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(self.stdout.read()), daemon=True)
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        self.stdout.close()
        self.wait(timeout)
        return said[0], None

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        """Its exit code, or None if it does not end within so many seconds."""
        with self._guard:
            if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
                self.returncode = _number(self._line)
                self._line.close()
            return self.returncode


Process = subprocess.Popen[str] | Fork
Begin = Callable[[str, Sequence[str], Path, Mapping[str, str]], Process]


def start(module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Process:
    """`python -m module`, begun; for whoever stops it, or reads what it says while it runs."""
    if hasattr(os, "fork"):
        return Fork(module, arguments, folder, environment)
    return unforked(module, arguments, folder, environment)


def unforked(
    module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[str]:
    """The same as an ordinary process: where how the interpreter itself begins and ends is part of the matter."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def interpreter() -> str:
    """What to start in the place of the Python interpreter; `-m comfyvn…` and `-m doit` are forks then."""
    return str(Path(_template()).with_name("python")) if hasattr(os, "fork") else sys.executable


class Interpreter:
    """What a module may have for its `sys` that uses no more of it than this."""

    @property
    def executable(self) -> str:
        return interpreter()


def _asked(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], files: Sequence[int]
) -> socket.socket:
    """A line on which a run was asked for: its pid comes, and when it has ended its exit code.

    The message: module, arguments, folder and environment, as interpreter.py writes it too.
    """
    variables = [f"{name}={value}" for name, value in environment.items()]
    data = "\0".join((str(len(command)), *command, str(folder), *variables)).encode("utf-8", "surrogateescape")
    line = socket.socket(socket.AF_UNIX)
    line.connect(_template())
    sent = socket.send_fds(line, [data], files)
    line.sendall(data[sent:])
    line.shutdown(socket.SHUT_WR)
    return line


def _number(line: socket.socket) -> int:
    """The next number that is told; not a byte more is read, for `select` sees none that lies in a buffer."""
    told = b""
    while not told.endswith(b"\n"):
        more = line.recv(1)
        assert more, "the process that forks is gone"
        told += more
    return int(told)


def _started(
    module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    process = unforked(module, arguments, folder, environment)
    output, _ = process.communicate(timeout=240)
    return process.returncode, output


@functools.cache
def _template() -> str:
    """The address of the process that has loaded everything; it is started once, and ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="cvn"))
    address = str(folder / "line")
    command = [sys.executable, "-m", __name__, address, *([str(kept)] if kept else [])]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

    atexit.register(end)
    while not Path(address).exists():
        assert process.poll() is None, "it did not start"
        time.sleep(0.02)
    return address


class _Handler(socketserver.BaseRequestHandler):
    """One run: this fork waits for the one that runs, and tells which it is and how it ended.

    Whoever asked is as good as the process itself (interpreter.py): when that one is killed, so is this.
    """

    def handle(self) -> None:
        data, files, _, _ = socket.recv_fds(self.request, 2**16, 3)
        while more := self.request.recv(2**16):
            data += more
        count, *parts = data.decode("utf-8", "surrogateescape").split("\0")
        command, folder, variables = parts[: int(count)], parts[int(count)], parts[int(count) + 1 :]
        pid = os.fork()
        if pid == 0:
            _become(command[0], command[1:], folder, dict(each.split("=", 1) for each in variables), files)
        for file in files:
            os.close(file)  # a pipe has an end when nobody holds it any more
        with contextlib.suppress(BrokenPipeError):
            self.request.sendall(f"{pid}\n".encode())
        threading.Thread(target=_kill_with, args=(self.request.fileno(), pid), daemon=True).start()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with contextlib.suppress(BrokenPipeError):
            self.request.sendall(f"{code}\n".encode())


def _kill_with(line: int, pid: int) -> None:
    """Kills the process once nobody is at the other end of the line any more."""
    waiting = select.poll()
    waiting.register(line, 0)  # hanging up is told of unasked
    waiting.poll()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _become(
    module: str, arguments: Sequence[str], folder: str, environment: Mapping[str, str], files: Sequence[int]
) -> NoReturn:
    """Turns this process into `python -m module`; `files`: its standard input, output and error."""
    code = 1
    try:
        for number, file in enumerate([os.dup(file) for file in files]):
            os.dup2(file, number)
        os.closerange(3, 1024)
        for name, number in (("stdout", 1), ("stderr", 2)):
            stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        sys.path[0] = folder
        sys.argv = [module, *arguments]
        # Runs follow each other within the second that compiled files are dated by: a dodo.py changed meanwhile would
        # not be read again.
        sys.dont_write_bytecode = True
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


class _Template(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    max_children = 1000
    parent = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self.parent:  # whoever started it was killed
            os._exit(0)


def _interpreter(address: Path) -> str:
    """Writes the program that stands in for the interpreter."""
    program = address.with_name("python")
    head = f"#!{sys.executable} -IS\nADDRESS, PYTHON = {str(address)!r}, {sys.executable!r}\n"
    program.write_text(head + SHIM.read_text("utf-8"), "utf-8")
    program.chmod(0o755)
    return str(program)


def _keep_drawings(folder: Path) -> None:
    """Most of a draft's time goes into rasterizing its SVG, which gives the same bytes for the same text."""
    import resvg_py

    rasterized = resvg_py.svg_to_bytes

    def kept_or_rasterized(**options: object) -> bytes:
        if DRAWN_ANEW in os.environ:
            return bytes(rasterized(**options))
        path = folder / hashlib.sha256(repr(sorted(options.items())).encode()).hexdigest()
        if not path.exists():
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                file.write(bytes(rasterized(**options)))
            Path(file.name).replace(path)
        return path.read_bytes()

    resvg_py.svg_to_bytes = kept_or_rasterized


def _serve(address: str, *kept: str) -> None:
    warnings.simplefilter("ignore")
    sys.argv = ["doit"]  # doit takes its own name from here, once
    import comfyvn

    for package in (found for found in pkgutil.iter_modules(comfyvn.__path__, "comfyvn.") if found.name not in OWN):
        module = importlib.import_module(package.name)
        if package.ispkg:
            for found in pkgutil.walk_packages(module.__path__, f"{package.name}."):
                if not found.name.endswith("__main__"):
                    importlib.import_module(found.name)
    for name in LOADED:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.startswith(OWN)]
    for folder in kept:
        _keep_drawings(Path(folder))
    gc.freeze()
    sys.executable = _interpreter(Path(address))
    with _Template(address + ".new", _Handler) as server:
        Path(address + ".new").rename(address)
        server.serve_forever(poll_interval=0.5)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
