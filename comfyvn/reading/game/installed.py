"""Where the Ren'Py engine is on this computer, and what of its environment a game that is started may know."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from comfyvn.errors import UsageError

VARIABLE = "RENPY"  # the engine's program: renpy.sh or renpy.exe of an SDK
DEBIAN = "/usr/games"  # where Debian has it, and root does not look
APT = "apt-get install -y --no-install-recommends renpy xvfb libgl1-mesa-dri"
SDK = "https://www.renpy.org/latest.html"

# A game is a program of somebody else's. Secrets are told by variables, under any name: it gets these and no other.
TOLD = frozenset([
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBGL_DRIVERS_PATH", "TZ",
    "TEMP", "TMP", "TMPDIR", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS",
])  # fmt: skip


def engine(environ: Mapping[str, str]) -> str:
    """The engine's program, as an absolute path. Raises UsageError, which tells how to get it."""
    named = environ.get(VARIABLE)
    found = shutil.which(named or "renpy", path=environ.get("PATH", os.defpath) + os.pathsep + DEBIAN)
    if found is not None:
        return str(Path(found).absolute())  # it is started in other folders
    if named and Path(named).is_file():
        what = f"{named} cannot be run"
        raise UsageError(what, f"${VARIABLE}", "name the SDK's renpy.sh (Linux, macOS) or renpy.exe (Windows)")
    first = f"on Debian: {APT}; else get" if sys.platform.startswith("linux") else "get"
    todo = f"{first} the SDK from {SDK} and set ${VARIABLE} to its renpy.sh or renpy.exe"
    raise UsageError("Ren'Py is not installed" if not named else f"there is no {named}", f"${VARIABLE}", todo)


def found(environ: Mapping[str, str]) -> str | None:
    """The engine's program; None where it is not installed. Raises UsageError where $RENPY names what cannot be run."""
    try:
        return engine(environ)
    except UsageError:
        if environ.get(VARIABLE):
            raise
        return None


def told(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment of an engine whose home is a folder that is thrown away; it has no sound device."""
    kept = {name: value for name, value in environ.items() if name.upper() in TOLD}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home), "SDL_AUDIODRIVER": "dummy"}
