"""The copy of a game that is played, with our driver in it; the game itself is only read."""

from __future__ import annotations

import os
import shutil
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
    """A copy of a project. It shares no file with it, by links of any kind: a game may write into its own files."""
    for folder, inner, names in os.walk(project):
        there = Path(folder).relative_to(project)
        inner[:] = sorted(name for name in inner if not is_left(there / name))
        (into / there).mkdir(parents=True, exist_ok=True)
        for name in names:
            # Compiled scripts are taken along only where their source is not there to be compiled.
            if is_left(there / name) or (name.endswith((".rpyc", ".rpymc")) and name[:-1] in names):
                continue
            shutil.copyfile(project / there / name, into / there / name)
    return into


def add_driver(project: Path) -> None:
    inside = files("comfyvn.playtest") / "inside"
    for name, file in zip(DRIVER, ("driver.rpy", "driver.py"), strict=True):
        (project / "game" / name).write_bytes((inside / file).read_bytes())
