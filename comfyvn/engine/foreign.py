"""Publishing into a folder that is not ours: a game that exists. Nothing there is touched but what we wrote.

What we wrote is what the target's record lists, with the content that it lists. A file that is there and that no record
lists is somebody else's; one that holds something else than we wrote was changed by hand. Both are left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from comfyvn import paths
from comfyvn.engine.digests import DigestTable
from comfyvn.errors import MakeError, StoreError
from comfyvn.makers.made import Data
from comfyvn.store.content import byte_digest
from comfyvn.store.records import FileFacts, Record
from comfyvn.targets.target import Target

SCRIPTS = ("*.rpy", "*.rpyc", "*.rpa")
TOLD = 3  # files that an error names


def is_foreign(target: Target) -> bool:
    """Whether a target's files lie in a folder that is not ours."""
    return not target.artifact.startswith(f"{paths.BUILD}/")


def check(
    root: Path, target: Target, names: Mapping[str, Data], old: Record | None, table: DigestTable
) -> None:
    """Before the first file is written. Raises MakeError where there is no game, or a file there is not ours."""
    folder = PurePosixPath(target.artifact).parent  # game/comfyvn
    game = root / folder.parent
    if not game.is_dir() or not any(_scripts(game, root / folder)):
        todo = "name the folder that holds the game's game/ (export: {renpy: {into: ...}} in comfyvn.yaml)"
        raise MakeError("there is no Ren'Py game to write into", str(game), todo)
    known = old.files if old is not None else {}
    bad = [name for name, data in names.items() if _is_others(root, table, str(folder / name), data, known.get(name))]
    if bad:
        more = f" and {len(bad) - TOLD} more" if len(bad) > TOLD else ""
        where = ", ".join(str(folder / name) for name in bad[:TOLD]) + more
        raise MakeError(
            "a file of the game is in the way: we did not write it, or it was changed since",
            where,
            "move it away (what you changed is better kept in files of your own), then build again",
        )


def is_ours(root: Path, table: DigestTable, file: str, sha256: str) -> bool:
    """Whether a file is as we wrote it; `sha256`: of what we wrote, "" where that was cut off."""
    return _there(root, table, file) == sha256


def _scripts(game: Path, ours: Path) -> Iterator[Path]:
    return (path for kind in SCRIPTS for path in game.rglob(kind) if not path.is_relative_to(ours))


def _is_others(root: Path, table: DigestTable, file: str, data: Data, known: FileFacts | None) -> bool:
    found = _there(root, table, file)
    if found is None or (known is not None and known.sha256 in ("", found)):
        return False
    if isinstance(data, Path):
        return found != byte_digest(data)
    return found != hashlib.sha256(data if isinstance(data, bytes) else data.read_bytes()).hexdigest()


def _there(root: Path, table: DigestTable, file: str) -> str | None:
    """The SHA-256 of what lies there; None where nothing does."""
    try:
        return table.of(file).sha256
    except StoreError:  # nothing, or not what its name says
        return byte_digest(root / file) if (root / file).exists() else None
