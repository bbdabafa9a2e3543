"""Runs doit on a novel as its user does, in a process of its own, and tells what was made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
    done = subprocess.run(
        [sys.executable, "-m", "doit", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=240,
    )
    found = MADE.findall(done.stdout)
    return Run(
        done.returncode,
        done.stdout,
        frozenset(name for name, note in found if note not in ("from the cache", "from takes/")),
        frozenset(name for name, note in found if note == "from the cache"),
        frozenset(name for name, note in found if note == "from takes/"),
    )


def comfyvn(folder: Path, *arguments: str) -> Run:
    done = subprocess.run(
        [sys.executable, "-m", "comfyvn.cli", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=240,
    )
    return Run(done.returncode, done.stdout, frozenset(), frozenset())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its name relative to it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
