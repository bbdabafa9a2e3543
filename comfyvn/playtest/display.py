"""A screen that nobody sees: Xvfb on Linux; elsewhere the engine opens a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from comfyvn.errors import UsageError
from comfyvn.reading.game.installed import APT

SIZE = "3840x2160x24"  # larger than any game: windows are not shrunk, and screenshots have the game's own size


def is_needed() -> bool:
    return sys.platform.startswith("linux")


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """What the environment of a program must say that is to be shown there. Raises UsageError without Xvfb."""
    if not is_needed():
        yield {}
        return
    program = shutil.which("Xvfb")
    if program is None:
        raise UsageError("Xvfb is not installed, which shows the game to nobody", "", f"on Debian: {APT}")
    told, telling = os.pipe()
    try:
        command = [program, "-displayfd", str(telling), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]
        server = subprocess.Popen(
            command, pass_fds=(telling,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(telling)
    try:
        number = _number(told)
        if not number:
            server.kill()
            said = server.communicate()[1].decode("utf-8", "replace").strip()
            raise UsageError("Xvfb did not start", said[-300:], f"see that it runs by hand: {' '.join(command)}")
        yield {"DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11", "WAYLAND_DISPLAY": ""}
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.communicate(timeout=5)
        if server.poll() is None:
            server.kill()
            server.communicate()


def _number(told: int) -> str:
    """The display's number, which the server tells when it is ready; "" when it ends before."""
    with os.fdopen(told) as pipe:
        return pipe.readline().strip()
