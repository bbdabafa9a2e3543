"""The copy of a game that is played, with our driver in it; the game itself is only read."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path

from comfyvn.errors import UsageError

SCRIPTS = {".rpy", ".rpym", ".rpyc", ".rpymc", ".py", ".json", ".txt"}
LEFT = {"saves", "cache", ".git", "log.txt", "traceback.txt", "errors.txt"}  # what the engine leaves beside a game
DRIVER = ("00comfyvn_driver.rpy", "comfyvn_driver.py")


def game_folder(folder: Path) -> Path:
    """The folder that holds `game/`: `folder`, or the one whose `game/` it is. Raises UsageError."""
    for project in (folder, folder.parent):
        if (project / "game").is_dir() and (project == folder or folder.name == "game"):
            return project
    todo = "name the folder that holds the game's folder game/; `doit export_renpy` makes build/export/renpy"
    raise UsageError("there is no Ren'Py game here (no game/ folder)", str(folder), todo)


def copied(project: Path, into: Path) -> Path:
    """A copy of a project with the driver in it. Pictures and sounds are links where links can be made."""
    for folder, inner, names in os.walk(project):
        inner[:] = sorted(name for name in inner if name not in LEFT)
        place = into / Path(folder).relative_to(project)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            # Compiled scripts are taken along only where their source is not there to be compiled.
            if name in LEFT or (name.endswith((".rpyc", ".rpymc")) and name[:-1] in names):
                continue
            _copy(Path(folder) / name, place / name)
    return into


def add_driver(project: Path) -> None:
    inside = files("comfyvn.playtest") / "inside"
    for name, file in zip(DRIVER, ("driver.rpy", "driver.py"), strict=True):
        (project / "game" / name).write_bytes((inside / file).read_bytes())


def _copy(source: Path, target: Path) -> None:
    if source.suffix.lower() not in SCRIPTS:
        try:
            target.symlink_to(source.resolve())
            return
        except OSError:  # Windows, without the right to make links
            pass
    shutil.copyfile(source, target)
