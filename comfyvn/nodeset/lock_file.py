"""Writes `providers/nodeset.lock.json` so that a diff of it shows what moved: sorted, one entry a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from comfyvn.providers import LOCK_FILE, Lock
from comfyvn.reading.files import write_whole


def lock_text(lock: Lock) -> str:
    """The file's text: the same for equal locks. Members that say nothing are left out."""
    parts: dict[str, Mapping[str, object]] = {
        "packs": _entries(lock.packs),
        "models": _entries(lock.models),
        "classes": lock.classes,
    }
    blocks = [f'  "{name}": {_block(entries)}' for name, entries in parts.items() if entries or name != "classes"]
    return "{\n" + ",\n".join(['  "version": 1', *blocks]) + "\n}\n"


def _entries(pins: Mapping[str, BaseModel]) -> dict[str, object]:
    return {name: {key: value for key, value in pin.model_dump().items() if value} for name, pin in pins.items()}


def _block(entries: Mapping[str, object]) -> str:
    rows = [f"    {_json(name)}: {_json(value)}" for name, value in sorted(entries.items())]
    return "{\n" + ",\n".join(rows) + "\n  }" if rows else "{}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_lock(root: Path, lock: Lock) -> bool:
    """Writes the novel's lock file if it says anything else now; whether it did."""
    path, data = root / LOCK_FILE, lock_text(lock).encode()
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    return True
