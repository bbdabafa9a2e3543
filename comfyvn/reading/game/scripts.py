"""A game's files, and its script as the engine's parser or our reader has it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from comfyvn.errors import ComfyVNError, UsageError
from comfyvn.reading.files import inside
from comfyvn.reading.game import engine, installed, own_reader
from comfyvn.reading.game.nodes import GameScript, Node

SKIPPED = (*engine.SKIPPED, "cache", "saves")  # folders of a game that hold no story


def scripts_of(game: Path) -> list[str]:
    return [file for file in files_of(game) if file.endswith(".rpy")]


def files_of(game: Path) -> list[str]:
    """The game's files, relative to its folder; links that lead out of it are left out."""
    found = (path for path in sorted(game.rglob("*")) if path.is_file() and inside(game, path))
    names = [path.relative_to(game).as_posix() for path in found]
    return [name for name in names if name.split("/")[0] not in SKIPPED]


def read_scripts(game: Path, scripts: list[str], reader: str) -> GameScript:
    lines = {f"game/{file}": (game / file).read_text("utf-8-sig", "replace").splitlines() for file in scripts}
    renpy = _program(reader)
    problems: list[tuple[str, int, str]] = []
    if renpy is not None:
        try:
            found: Any = engine.parsed(game, renpy)
        except ComfyVNError as error:
            if reader == "engine":
                raise
            problems.append(("game", 0, error.what))  # what we can read of it is better than nothing
        else:
            problems = [(f"game/{file}", line, what) for file, line, what in found["problems"]]
            return GameScript(found["nodes"], f"by {found['version'].rsplit('.', 1)[0]}", lines, problems)
    nodes: list[Node] = []
    for file in scripts:
        own, wrong = own_reader.read_file(f"game/{file}", (game / file).read_text("utf-8-sig", "replace"))
        nodes += own
        problems += wrong
    return GameScript(nodes, "without the engine", lines, problems)


def _program(reader: str) -> str | None:
    if reader == "own":
        return None
    try:
        return installed.engine(os.environ) if reader == "engine" else installed.found(os.environ)
    except UsageError as error:
        raise UsageError(error.what, error.where, f"{error.todo}; or give --reader own") from error
