"""The untracked journal of what was made where, when and how fast: one JSON object a line, oldest first.

It serves estimates and questions such as "which server drew this?". Nothing that is built depends on it, and it may be
deleted at any time. It holds what records must not: server names, times, prompt ids.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pydantic import TypeAdapter

How = Literal["made", "cached"]
FILE, OLDER = "made.jsonl", "made.1.jsonl"  # the journal is both; a full FILE becomes OLDER
FULL_BYTES = 4 * 2**20  # about ten thousand entries


@dataclass(frozen=True)
class Entry:
    """One target that was made, or taken from the cache.

    `at`: when it was done, UTC, ISO 8601. `fingerprint`: what the record calls `made`. `seconds`: wall time of all of
    it, waiting for a server or a core included; `queued_s` (on the server, before the first step), `running_s` (the
    work itself) and `download_s` are parts of it. `cached_by_server`: the server gave what it had. `how`: `cached` is
    our own cache. Of what ran on no server, `server` and `prompt_id` are empty.
    """

    target: str
    at: str
    how: How
    kind: str
    engine: str
    fingerprint: str = ""
    seconds: float = 0.0
    server: str = ""
    prompt_id: str = ""
    attempt: int = 0
    cached_by_server: bool = False
    queued_s: float = 0.0
    running_s: float = 0.0
    download_s: float = 0.0
    workflow: str = ""
    models: tuple[str, ...] = ()


def append(folder: Path, entry: Entry) -> None:
    """Adds an entry to the journal in `folder`; one writer at a time.

    A journal that cannot be written is no reason to stop a build: the entry is then lost.
    """
    line = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE).open("a+b") as file:
            is_full = file.tell() + len(line) > FULL_BYTES
            if not is_full:
                file.write(_after_torn(file) + line)
                return
        (folder / FILE).replace(folder / OLDER)
        (folder / FILE).write_bytes(line)


def _after_torn(file: IO[bytes]) -> bytes:
    """A line end, where the last writer was stopped in the middle of a line."""
    if file.tell() == 0:
        return b""
    file.seek(-1, 2)
    return b"" if file.read(1) == b"\n" else b"\n"


def read(folder: Path) -> Iterator[Entry]:
    """Every entry, oldest first. Torn lines, and entries that make no sense, are passed over."""
    for name in (OLDER, FILE):
        try:
            data = (folder / name).read_bytes()
        except OSError:
            continue
        yield from filter(None, map(parse, data.split(b"\n")))


def parse(line: bytes) -> Entry | None:
    """The entry in a line; members that a later package added are passed over. None when it is none."""
    try:
        entry: Entry = _reader().validate_json(line)
    except ValueError:
        return None
    seconds = (entry.seconds, entry.queued_s, entry.running_s, entry.download_s)
    return entry if all(math.isfinite(value) and value >= 0 for value in seconds) else None


@functools.cache
def _reader() -> TypeAdapter[Entry]:
    from pydantic import TypeAdapter  # only readers need it: a build that makes nothing does not load it for this

    return TypeAdapter(Entry)
