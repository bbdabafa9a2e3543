"""The names of what could not be made, kept for `comfyvn build --failed`: of the last run, and of earlier ones still.

A name leaves the list when its target is made or found up to date. The list is a convenience: whether anything is up
to date is never asked of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from comfyvn.store.files import Scratch

FILE = "failed.json"
VERSION = 1


def read(folder: Path) -> tuple[str, ...]:
    """Names of targets, sorted; `folder`: the novel's .comfyvn. What is damaged holds none."""
    try:
        document = json.loads((folder / FILE).read_bytes())
        names = document["targets"] if document["version"] == VERSION else []
        return tuple(sorted({name for name in names if isinstance(name, str)}))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()


def update(folder: Path, scratch: Scratch, failed: Collection[str], well: Collection[str]) -> None:
    """Adds what `failed` and takes away what is `well` now. Raises StoreError."""
    before = set(read(folder))
    names = (before - set(well)) | set(failed)
    if not names:
        (folder / FILE).unlink(missing_ok=True)
    elif names != before:
        text = json.dumps({"version": VERSION, "targets": sorted(names)}, indent=1) + "\n"
        scratch.publish(text.encode(), folder / FILE)
