"""The targets of a plan: rows that are known at once, and recipes that are bound when somebody asks for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from comfyvn.contracts.project import Project
from comfyvn.errors import InputMoved
from comfyvn.targets.plan import EXPORTS, assembled, planned
from comfyvn.targets.row import Row
from comfyvn.targets.target import Target, Toolbox

MOST_BOUND = 3000  # recipes that are kept bound at once: about 35 MB


class Rows(NamedTuple):
    """The rows of one unit; `part`: as they are remembered."""

    part: object
    rows: Sequence[Row]


class Targets(Mapping[str, Target]):
    """Every target by name, needs before users; a target's recipe is made when it is asked for. For many threads."""

    def __init__(self, rows: Mapping[str, Row], project: Project, tools: Toolbox) -> None:
        self.rows = rows
        self.by_unit: dict[str, Rows] = {}
        self._project, self._tools = project, tools
        self._made: dict[str, dict[str, Target]] = {}
        self._size = 0
        self._guard = threading.RLock()

    def keep(self, unit: str, targets: list[Target]) -> None:
        """Keeps the bound recipes of a unit; the oldest go when there are many: a graph takes room, and binds again."""
        self._made[unit] = {target.name: target for target in targets}
        self._size += len(targets)
        while self._size > MOST_BOUND and len(self._made) > 1:
            oldest = next(each for each in self._made if each != EXPORTS)
            if oldest == unit:
                return
            self._size -= len(self._made.pop(oldest))

    def __getitem__(self, name: str) -> Target:
        unit = self.rows[name].unit
        with self._guard:
            if unit not in self._made:
                self.keep(unit, list(planned(self._project, self._tools, unit)))
            if name not in self._made[unit]:
                raise InputMoved(f"{name} is no longer what was planned", unit, "build again")
            return self._made[unit][name]

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def together(now: Mapping[str, Rows], before: Targets | None) -> dict[str, Row]:
    """The rows of all units, needs first: in the order of `before` where no target came, went or needs another."""
    if before is not None and list(now) == list(before.by_unit):
        both = zip(now.values(), before.by_unit.values(), strict=True)
        changed = [(own.rows, was.rows) for own, was in both if own is not was]
        if all(_ordered(own) == _ordered(was) for own, was in changed):
            anew = [row for own, _ in changed for row in own if before.rows[row.name].unit == row.unit]
            return {**before.rows, **{row.name: row for row in anew}}
    return {row.name: row for row in assembled({unit: own.rows for unit, own in now.items()})}


def _ordered(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """What the order of all rows, and which of two of one name stays, is decided by."""
    return [(row.name, row.kind, row.needs) for row in rows]


def moved(now: Targets, before: Targets) -> list[str]:
    """Names of the targets whose recipe is another than it was, or that were not there."""
    changed = (own.rows for unit, own in now.by_unit.items() if before.by_unit.get(unit) is not own)
    rows = (row for own in changed for row in own)
    return [row.name for row in rows if row.name not in before.rows or before.rows[row.name].key != row.key]
