"""A scene in two files: `data/scenes/<id>.json`, and its script in Ren'Py's language in `data/scenes/<id>.rpy`.

Whoever asks for the contract `scenes/<id>` gets both as one value; what keeps watch over files knows the second by the
key `scenes/<id>.rpy`. The language is loaded only where such a file is read.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from comfyvn.contracts.mistakes import shown
from comfyvn.errors import Problem
from comfyvn.reading import files
from comfyvn.reading.source import Source, Unread

SUFFIX = ".rpy"
FOLDER = "scenes"


def script_key(key: str) -> str:
    """`scenes/pier` → `scenes/pier.rpy`."""
    return key + SUFFIX


def contract_key(key: str) -> str:
    """The contract that a file belongs to: `scenes/pier.rpy` → `scenes/pier`."""
    return key.removesuffix(SUFFIX)


def is_script(key: str) -> bool:
    return key.endswith(SUFFIX)


def script_file(file: str) -> str:
    """`data/scenes/pier.json` → `data/scenes/pier.rpy`."""
    return file.removesuffix(".json") + SUFFIX


def load(root: Path, key: str, file: str, known: Collection[str] | None = None) -> Source | Unread:
    """A contract's file, with its scene's script file where there is one. `known`: keys of files that are there."""
    main = files.load(root, file)
    if not key.startswith(FOLDER + "/"):
        return main
    text = script_file(file)
    is_there = (root / text).exists() if known is None else script_key(key) in known
    return joined(main, files.load(root, text)) if is_there else main


def parse(file: str, data: bytes, text: bytes | None = None) -> Source | Unread:
    """The same of contents; `text`: the script file's."""
    main = files.parse(file, data)
    return main if text is None else joined(main, files.parse(script_file(file), text))


def joined(main: Source | Unread, text: Source | Unread) -> Source | Unread:
    """One source of two; each member knows its file. A member that is in both is an error."""
    problems = [problem for one in (main, text) if isinstance(one, Unread) for problem in one.problems]
    if isinstance(main, Unread) or isinstance(text, Unread):
        return Unread(main.file, tuple(problems))
    if not isinstance(main.value, dict):
        return main
    twice = [name for name in text.value if name in main.value]
    if twice:
        return Unread(main.file, tuple(_twice(main, text, name) for name in twice))
    return Source(main.file, {**main.value, **text.value}, main.line, dict.fromkeys(text.value, text))


def _twice(main: Source, text: Source, name: str) -> Problem:
    message = f'"{name}" is here and in {text.file}'
    allowed = f'one of the two: remove "{name}" here, or move the other file away'
    value = shown(main.value[name])
    return main.locate(Problem("", message, path=f"$.{name}", value=value, allowed=allowed))
