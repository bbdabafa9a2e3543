"""What reading a script gives: values, where each stands, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfyvn.contracts.place import Steps
from comfyvn.reading.script.blocks import Line, Slip

Value = dict[str, Any]


@dataclass(frozen=True)
class Gap:
    """Where in the file a line's id would stand, and what comes before and after it there."""

    at: int
    before: str
    after: str = ""


@dataclass(frozen=True)
class Spot:
    """Where a value stands. `gap`: its id is missing there; `json`: from there to its line's end it is JSON."""

    line: Line
    gap: Gap | None = None
    json: int | None = None


@dataclass
class Found:
    """What has been read: `at` says where the value at each step stands."""

    at: dict[Steps, Spot] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)


def no_block(line: Line, what: str) -> None:
    if line.block:
        inner = line.block[0].number
        raise Slip(f"nothing can be indented below {what}", "a line indented as the one before it", line=inner)


def block_of(line: Line) -> tuple[Line, ...]:
    if not line.block:
        raise Slip("what belongs here is missing", "indented lines below; `pass` for nothing")
    return line.block


def merged(value: Value, new: Value) -> None:
    for name, item in new.items():
        if name in value:
            raise Slip(f"{name} is given twice")
        value[name] = item
