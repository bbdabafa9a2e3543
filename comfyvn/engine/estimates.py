"""How long a target will take, told by what was made before: medians of the journal's entries."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Literal

from comfyvn.store.journal import Entry

NEWEST = 32  # past renders of a sort that count: a server is faster since it got another card
ASSUMED_S = 60.0  # what a budget counts for a render of which no past one tells

Basis = Literal["workflow, models and server", "workflow and models", "workflow", "kind"]
BASES: tuple[Basis, ...] = ("workflow, models and server", "workflow and models", "workflow", "kind")


@dataclass(frozen=True)
class Sort:
    """What makes durations alike. `engine` without its version: drafts tell nothing of finals."""

    kind: str
    engine: str
    workflow: str = ""
    models: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Estimate:
    """Seconds of work, waiting left out: the median of `past` ones that have `basis` in common with it."""

    seconds: float
    past: int
    basis: Basis


class Estimates:
    """Thread-safe. Learns from past builds, and from this one while it goes on."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._known: dict[tuple[object, ...], deque[float]] = {}
        self._guard = threading.Lock()
        for entry in entries:
            seconds = worked_s(entry)
            if seconds is not None:
                self.learn(sort_of(entry), entry.server, seconds)

    def learn(self, sort: Sort, server: str, seconds: float) -> None:
        with self._guard:
            for key in _keys(sort, server):
                self._known.setdefault(key, deque(maxlen=NEWEST)).append(seconds)

    def of(self, sort: Sort, server: str = "") -> Estimate | None:
        """By the closest past ones that there are: on this server, else on any; None when there is none at all."""
        with self._guard:
            for basis, key in zip(BASES, _keys(sort, server), strict=True):
                known = self._known.get(key)
                if known:
                    return Estimate(median(known), len(known), basis)
        return None


def sort_of(entry: Entry) -> Sort:
    return Sort(entry.kind, engine_name(entry.engine), entry.workflow, frozenset(entry.models))


def engine_name(engine: str) -> str:
    """`draft@3` → `draft`."""
    return engine.partition("@")[0]


def worked_s(entry: Entry) -> float | None:
    """Seconds of the work itself; None for an entry that tells nothing of it: what came from a cache took no work."""
    if entry.how != "made" or entry.cached_by_server:
        return None
    if entry.running_s > 0:
        return entry.running_s
    return None if entry.server else entry.seconds


def _keys(sort: Sort, server: str) -> tuple[tuple[object, ...], ...]:
    """In the order of `BASES`."""
    widest = (sort.kind, sort.engine)
    by_workflow = (*widest, sort.workflow)
    by_models = (*by_workflow, sort.models)
    return (*by_models, server), by_models, by_workflow, widest
