"""A novel's plan as it is kept between builds, in .comfyvn/plan.json: it may be lost at any time, and is made anew."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import comfyvn
from comfyvn.engine.parts import Kept
from comfyvn.engine.sweep import FOLDER, UNSURE, Signature, is_racy, signature
from comfyvn.errors import StoreError
from comfyvn.store.files import Scratch

FORMAT = 2
FILE = "plan.json"


@dataclass(frozen=True)
class Seen:
    """A file as it was when it was read: `signed` before that, its SHA-256, and the frame of a contract."""

    file: str
    signed: Signature
    sha256: str
    frame: str = ""


@dataclass(frozen=True)
class Remembered:
    """`package`: what tells of another version of this package; `contracts` by key; `others`: every other file that a
    plan is made of; `media`: what slots name; `novel`: values of comfyvn.yaml by name, as digests; `parts`: see Parts.
    """

    package: str
    tools: str
    contracts: Mapping[str, Seen] = field(default_factory=dict)
    others: Mapping[str, Seen] = field(default_factory=dict)
    media: Mapping[str, Signature] = field(default_factory=dict)
    novel: Mapping[str, str] = field(default_factory=dict)
    parts: Kept = field(default_factory=dict)


def load(root: Path) -> Remembered | None:
    """What is remembered of the novel's plan; None for nothing, or nothing sound."""
    try:
        value = json.loads((root / FOLDER / FILE).read_bytes())
        if value.pop("format") != FORMAT:
            return None
        value["contracts"] = {key: _seen(item) for key, item in value["contracts"].items()}
        value["others"] = {key: _seen(item) for key, item in value["others"].items()}
        value["media"] = {key: _signature(item) for key, item in value["media"].items()}
        return Remembered(**value) if _is_sound(value) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _seen(item: list[Any]) -> Seen:
    file, signed, sha256, frame = item
    return Seen(str(file), _signature(signed), str(sha256), str(frame))


def _signature(item: list[Any]) -> Signature:
    a, b, c, d = item
    return (int(a), int(b), int(c), int(d))


def _written(seen: Seen) -> list[Any]:
    return [seen.file, seen.signed, seen.sha256, seen.frame]


def _is_sound(value: Mapping[str, Any]) -> bool:
    parts = value["parts"]
    return all(isinstance(item, list) and len(item) == 2 and isinstance(item[1], dict) for item in parts.values())


def save(plan: Remembered, scratch: Scratch, root: Path) -> None:
    """Keeps it; a folder that cannot be written costs time, and nothing else."""
    value = {
        "format": FORMAT,
        "package": plan.package,
        "tools": plan.tools,
        "contracts": {key: _written(item) for key, item in plan.contracts.items()},
        "others": {key: _written(item) for key, item in plan.others.items()},
        "media": plan.media,
        "novel": plan.novel,
        "parts": plan.parts,
    }
    try:
        scratch.publish(json.dumps(value, separators=(",", ":")).encode(), root / FOLDER / FILE)
    except StoreError:
        return


def look(root: Path, file: str, known: Seen | None, now_ns: int) -> tuple[Seen, bytes | None]:
    """A file as it is now, read only when it does not look as it did; its bytes where they were read.

    A file that is not there, or cannot be read, has the digest "".
    """
    path = root / file
    signed = signature(str(path))
    if known is not None and known.signed == signed:
        return known, None
    try:
        data = path.read_bytes()
    except OSError:
        return Seen(file, signed, ""), None
    return Seen(file, UNSURE if is_racy(signed, now_ns) else signed, hashlib.sha256(data).hexdigest()), data


def package_files() -> dict[str, Signature]:
    """Every file of this package → its signature: another version of it may plan otherwise."""
    folder = os.path.dirname(comfyvn.__file__)  # noqa: PTH120 - part of every build
    found: dict[str, Signature] = {}
    for inner, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = os.path.join(inner, name)  # noqa: PTH118
            found[path] = signature(path)
    return found


def package_key(files: Mapping[str, Signature]) -> str:
    return hashlib.sha256(repr(sorted((path, signed[:2]) for path, signed in files.items())).encode()).hexdigest()
