"""Reading journals: files of JSON lines, one for each thing that was noted; a kill may have left a part of the last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


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
