"""Runs doit on a novel as its user does, in a process of its own, and tells what was made."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from PIL import Image

from tests.fakes import forked

REPOSITORY = Path(__file__).parents[2]
MADE = re.compile(r"^\[\d+/\d+\] (\S+)(?:  (.*))?$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """`made`, `cached` and `taken`: names of the targets that were made, or came from the cache or from takes/."""

    code: int
    output: str
    made: frozenset[str]
    cached: frozenset[str]
    taken: frozenset[str] = frozenset()


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """`folder`, which `make` fills; whichever of pytest's processes comes first makes it, the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "made-once-for-all-tests"  # exports are searched for the names of folders
    with FileLock(folder / "lock"):
        if not (folder / "whole").exists():
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            make(made)
            (folder / "whole").touch()
    return made


def set_up(folder: Path) -> Path:
    """Adds what makes a folder of contracts buildable."""
    for name in ("dodo.py", "doit.cfg"):
        shutil.copyfile(REPOSITORY / name, folder / name)
    return folder


def copied(built: tuple[Path, Path], folder: Path, own_cache: Path) -> Path:
    """A copy, in `folder`, of a (built novel, filled cache); the test's own cache is filled alike."""
    novel, cache = built
    shutil.copytree(cache, own_cache, dirs_exist_ok=True)
    return Path(shutil.copytree(novel, folder))


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore", **more}


def doit(folder: Path, *arguments: str, **variables: str) -> Run:
    code, output = forked.run("doit", arguments, folder, environment(**variables))
    found = MADE.findall(output)
    return Run(
        code,
        output,
        frozenset(name for name, note in found if note not in ("from the cache", "from takes/")),
        frozenset(name for name, note in found if note == "from the cache"),
        frozenset(name for name, note in found if note == "from takes/"),
    )


def comfyvn(folder: Path, *arguments: str) -> Run:
    code, output = forked.run("comfyvn.cli", arguments, folder, environment())
    return Run(code, output, frozenset(), frozenset())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its name relative to it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def dot(file: Path, at: tuple[int, int], colour: tuple[int, ...]) -> bytes:
    """A retouch of one pixel, saved as an editor saves it; the bytes that the file has then."""
    with Image.open(file) as image:
        image.load()
    image.putpixel(at, colour)
    image.save(file)
    return file.read_bytes()
