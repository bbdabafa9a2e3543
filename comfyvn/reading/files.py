"""Finds and loads the novel's own files, within bounds: no huge file, no link that leads out of the folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from comfyvn.errors import InputMoved, Problem
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.source import Source, Unread
from comfyvn.reading.yaml_text import parse_yaml

LIMIT = 16 * 2**20  # bytes of a contract; a scene of 10,000 lines has about 1 MB
YAML_LIMIT = 2**20


def load(root: Path, file: str) -> Source | Unread:
    """The value of a JSON or YAML file of the novel; `file` is relative, with forward slashes. Never raises."""
    data = load_bytes(root, file, YAML_LIMIT if file.endswith((".yaml", ".yml")) else LIMIT)
    return Unread(file, (data,)) if isinstance(data, Problem) else parse(file, data)


def load_bytes(root: Path, file: str, limit: int = LIMIT) -> bytes | Problem:
    """A file's content, or why it is not taken; a file above `limit` bytes is refused without being read."""
    path = root / file
    try:
        if not inside(root, path):
            return Problem(
                file, "the file is a link that leads out of the novel's folder", allowed="a file of the novel"
            )
        if not path.is_file():
            return Problem(file, "the file is not there" if not path.exists() else "not a file")
        size = path.stat().st_size
        if size > limit:
            return Problem(
                file, f"the file is too large to be a contract: {size:,} bytes", allowed=f"at most {limit:,}"
            )
        return path.read_bytes()
    except OSError as error:
        return Problem(file, f"the file cannot be read: {error.strerror or error}")


def parse(file: str, data: bytes) -> Source | Unread:
    """The value of a JSON or YAML file, or of a scene's script, with this content."""
    if file.endswith(".rpy"):
        from comfyvn.reading.script.source import parse_script  # most novels have none

        return parse_script(file, data)
    return parse_yaml(file, data) if file.endswith((".yaml", ".yml")) else parse_json(file, data)


def unmoved(file: str, data: bytes, digest: str) -> None:
    """Raises InputMoved unless `data` has this SHA-256: a build binds what it has planned with, and nothing newer."""
    if hashlib.sha256(data).hexdigest() != digest:
        todo = "build again: the next `doit` takes it as it is now"
        raise InputMoved(f"{file} was changed while the build ran", file, todo)


def inside(root: Path, path: Path) -> bool:
    """Whether a path, links followed, stays within the folder `root`."""
    return path.resolve().is_relative_to(root.resolve())


def names(folder: Path) -> list[str]:
    """The names in a folder, sorted by code point; none when there is no such folder. Hidden ones are left out."""
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def write_whole(path: Path, data: bytes) -> None:
    """Puts `data` in the place of a file at once: a reader sees the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
