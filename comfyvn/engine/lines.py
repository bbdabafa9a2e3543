"""Reading journals: files of JSON lines, one for each thing that was noted; a kill may have left a part of the last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

AT_ONCE = 1000  # lines of a long journal that are in memory as text


def read_rows(file: IO[bytes]) -> Iterator[Any]:
    """The value of each line of a journal, which is never in memory whole. Raises OSError."""
    while lines := list(islice(file, AT_ONCE)):
        yield from rows([line for line in lines if line.strip()])


def rows(lines: Sequence[bytes]) -> list[Any]:
    """The value of each line; a line that is no JSON, or null, is passed over."""
    try:
        found: list[Any] = json.loads(b"[" + b",".join(lines) + b"]")  # of thousands: a call for each takes far longer
    except (ValueError, RecursionError):
        found = [_row(line) for line in lines]
    return [row for row in found if row is not None]


def _row(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
