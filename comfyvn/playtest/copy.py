"""The copy of a game that is played, with our driver in it; the game itself is only read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path, PurePath

from comfyvn.errors import UsageError

LEFT = {"saves", "cache", ".git", "log.txt", "traceback.txt", "errors.txt"}
DRIVER = ("00comfyvn_driver.rpy", "comfyvn_driver.py")


def game_folder(folder: Path) -> Path:
    """The folder that holds `game/`: `folder`, or the one whose `game/` it is. Raises UsageError."""
    for project in (folder, folder.parent):
        if (project / "game").is_dir() and (project == folder or folder.name == "game"):
            return project
    todo = "name the folder that holds the game's folder game/; `doit export_renpy` makes build/export/renpy"
    raise UsageError("there is no Ren'Py game here (no game/ folder)", str(folder), todo)


def is_left(inner: PurePath) -> bool:
    """Whether a place in a project is what the engine leaves in it or in its game/. Elsewhere such a name is as good
    as any other.
    """
    parts = inner.parts[1:] if inner.parts[:1] == ("game",) else inner.parts
    return parts[:1] != () and parts[0] in LEFT


def copied(project: Path, into: Path) -> Path:
    """A copy of a project. It shares no file with it, by links of any kind: a game may write into its own files.

    Raises UsageError where it cannot be copied.
    """
    try:
        for folder, inner, names in os.walk(project):
            there = Path(folder).relative_to(project)
            inner[:] = sorted(name for name in inner if not is_left(there / name))
            (into / there).mkdir(parents=True, exist_ok=True)
            for name in names:
                if _is_taken(project / there, name, names) and not is_left(there / name):
                    shutil.copyfile(project / there / name, into / there / name)
    except OSError as error:
        what, where = f"the game cannot be copied: {error.strerror}", str(error.filename or project)
        todo = f"it is copied into {into}; the variable TMPDIR names another folder, with room for all of it"
        raise UsageError(what, where, todo) from error
    return into


def _is_taken(folder: Path, name: str, names: Collection[str]) -> bool:
    """Compiled scripts are taken along only where their source is not there to be compiled; links to nothing never."""
    is_made = name.endswith((".rpyc", ".rpymc")) and name[:-1] in names
    return not is_made and (folder / name).is_file()


def add_driver(project: Path) -> None:
    inside = files("comfyvn.playtest") / "inside"
    for name, file in zip(DRIVER, ("driver.rpy", "driver.py"), strict=True):
        (project / "game" / name).write_bytes((inside / file).read_bytes())
