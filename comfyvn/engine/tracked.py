"""What the repository itself says was made: records that Git tracks, which vouch for entries of a shared cache.

What is staged is read, not what lies in the folder: that a build replaces.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from comfyvn import paths
from comfyvn.engine.entries import facts_in
from comfyvn.errors import StoreError
from comfyvn.nodeset.git import tracked_files
from comfyvn.store import records
from comfyvn.store.signing import Vouched

TAKES_FILE = "takes/takes.json"
DEPTH = 8


def tracked(root: Path) -> Mapping[str, Sequence[Vouched]]:
    """Fingerprint (`made`) → what tracked records of the novel in `root` say; nothing where there is no Git."""
    found: dict[str, list[Vouched]] = {}
    with contextlib.suppress(StoreError, OSError, subprocess.TimeoutExpired):
        for name, data in tracked_files(root, f"*{paths.RECORD_SUFFIX}", TAKES_FILE):
            stated = _takes(data) if name == TAKES_FILE else _record(data)
            for made, vouched in stated:
                found.setdefault(made, []).append(vouched)
    return found


def _record(data: bytes) -> Iterator[tuple[str, Vouched]]:
    record = records.parse(data)
    if record is not None and record.made:
        files = {name: facts.sha256 for name, facts in record.files.items()}
        yield record.made, Vouched(files, facts_in(vars(record)) or {})


def _takes(data: bytes) -> Iterator[tuple[str, Vouched]]:
    with contextlib.suppress(ValueError, RecursionError):
        yield from _within(json.loads(data), DEPTH)


def _within(value: object, depth: int) -> Iterator[tuple[str, Vouched]]:
    """Every object that says all that a record would of how something was made."""
    if isinstance(value, dict):
        stated = _stated(value)
        if stated is not None:
            yield stated
    inner: Any = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in inner if depth else ():
        yield from _within(member, depth - 1)


def _stated(value: Mapping[str, Any]) -> tuple[str, Vouched] | None:
    made, files, facts = value.get("made"), value.get("files"), facts_in(value)
    if not isinstance(made, str) or not isinstance(files, dict) or facts is None:
        return None
    digests = {name: of.get("sha256") if isinstance(of, dict) else None for name, of in files.items()}
    listed = {name: digest for name, digest in digests.items() if isinstance(digest, str)}
    return (made, Vouched(listed, facts)) if listed and len(listed) == len(files) else None
