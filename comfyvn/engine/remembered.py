"""A novel's plan as it is kept between builds, in .comfyvn/plan: it may be lost at any time, and is made anew."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import comfyvn
from comfyvn.engine.packed import pieces, unpack
from comfyvn.engine.parts import Kept
from comfyvn.engine.sweep import FOLDER, UNSURE, Signature, is_racy, signature
from comfyvn.errors import StoreError
from comfyvn.store.files import Scratch

FORMAT = 4
FILE = "plan"


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
    plan is made of; `media`: what slots name; `novel`: values of comfyvn.yaml by name, as digests; `parts`, and the
    `digests` of what they were made of: see Parts; `declared`: the variables of scenes.
    """

    package: str
    tools: str
    contracts: Mapping[str, Seen] = field(default_factory=dict)
    others: Mapping[str, Seen] = field(default_factory=dict)
    media: Mapping[str, Signature] = field(default_factory=dict)
    novel: Mapping[str, str] = field(default_factory=dict)
    parts: Kept = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    declared: dict[str, Any] = field(default_factory=dict)


def load(root: Path) -> Remembered | None:
    """What is remembered of the novel's plan; None for nothing, or nothing sound."""
    try:
        value = unpack((root / FOLDER / FILE).read_bytes())
        if value.pop("format") != FORMAT:
            return None
        value["contracts"] = {key: Seen(*item) for key, item in value["contracts"].items()}
        value["others"] = {key: Seen(*item) for key, item in value["others"].items()}
        return Remembered(**value)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _written(seen: Seen) -> tuple[Any, ...]:
    return (seen.file, seen.signed, seen.sha256, seen.frame)


def save(plan: Remembered, scratch: Scratch, root: Path) -> None:
    """Keeps it; a folder that cannot be written costs time, and nothing else."""
    value = {
        "format": FORMAT,
        "package": plan.package,
        "tools": plan.tools,
        "contracts": {key: _written(item) for key, item in plan.contracts.items()},
        "others": {key: _written(item) for key, item in plan.others.items()},
        "media": dict(plan.media),
        "novel": dict(plan.novel),
        "parts": plan.parts,
        "digests": dict(plan.digests),
        "declared": plan.declared,
    }
    try:
        scratch.publish(pieces(value), root / FOLDER / FILE)
    except StoreError:
        return


def look(root: Path, file: str, known: Seen | None, now_ns: int) -> tuple[Seen, bytes | None]:
    """A file as it is now, read only when it does not look as it did; its bytes where they were read.

    A file that is not there, or cannot be read, has the digest "".
    """
    path = os.path.join(root, file)  # noqa: PTH118 - pathlib is slow for thousands
    signed = signature(path)
    if known is not None and known.signed == signed:
        return known, None
    try:
        data = Path(path).read_bytes()
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
