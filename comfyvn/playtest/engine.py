"""Where the Ren'Py engine is, and how it is called."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from comfyvn.errors import UsageError
from comfyvn.playtest.display import APT

VARIABLE = "RENPY"  # the engine's program: renpy.sh or renpy.exe of an SDK
SDK = "https://www.renpy.org/latest.html"


def engine(environ: Mapping[str, str]) -> str:
    """The engine's program. Raises UsageError."""
    named = environ.get(VARIABLE)
    path = environ.get("PATH", os.defpath) + os.pathsep + "/usr/games"  # where Debian has it, and root does not look
    found = shutil.which(named or "renpy", path=path)
    if found is None and named and Path(named).is_file():
        what = f"{named} cannot be run"
        raise UsageError(what, f"${VARIABLE}", "name the SDK's renpy.sh (Linux, macOS) or renpy.exe (Windows)")
    if found is None:
        first = f"on Debian: {APT}; else get" if sys.platform.startswith("linux") else "get"
        todo = f"{first} the SDK from {SDK} and set ${VARIABLE} to its renpy.sh or renpy.exe"
        raise UsageError("Ren'Py is not installed" if not named else f"there is no {named}", f"${VARIABLE}", todo)
    return found


def environment(environ: Mapping[str, str], home: Path, shown: Mapping[str, str]) -> dict[str, str]:
    """For an engine that plays by itself: no sound device, no editor, no questions, nothing of the user's own."""
    kept = {name: value for name, value in environ.items() if name not in ("RENPY_SKIP_MAIN_MENU", "PYTHONPATH")}
    return {
        **kept,
        "SDL_AUDIODRIVER": "dummy",
        "RENPY_SIMPLE_EXCEPTIONS": "1",
        "RENPY_LESS_UPDATES": "1",
        "RENPY_EDIT_PY": "",
        "RENPY_SKIP_SPLASHSCREEN": "1",
        "RENPY_PERFORMANCE_TEST": "0",
        "RENPY_RENDERER": "gl2",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "BROWSER": "true",
        "HOME": str(home),
        **shown,
    }
