"""What failed in a run, what waits for it, and which exports hold older art because of it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping

from comfyvn.engine.judge import RENDERED
from comfyvn.engine.last_good import ART
from comfyvn.errors import ComfyVNError
from comfyvn.recipe import targets_of
from comfyvn.targets.row import Row
from comfyvn.targets.target import Target
from comfyvn.tasks.causes import NAMED, Failure


class Ledger:
    """What went wrong in one run; written to from every thread.

    `failed`: target → failure; `waiting`: target → the needs that it waits for; `stale`: atlas, manifest or export →
    what it holds that should have been made again.
    """

    def __init__(self) -> None:
        self.failed: dict[str, Failure] = {}
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.stale: dict[str, frozenset[str]] = {}
        self.unpaid: set[str] = set()  # of those that failed: not begun, because they would have cost too much
        self._guard = threading.RLock()

    def fail(self, name: str, error: ComfyVNError) -> None:
        with self._guard:
            self.failed[name] = Failure.of(name, error)

    def wait(self, target: Target) -> None:
        with self._guard:
            self.waiting[target.name] = self.behind(target)

    def is_well(self, name: str) -> bool:
        """Whether the target is neither failed nor waiting."""
        return name not in self.failed and name not in self.waiting

    def behind(self, target: Target) -> tuple[str, ...]:
        """What this target is made of and that is not what it should be."""
        with self._guard:
            return tuple(name for name in dict.fromkeys(targets_of(target.recipe)) if not self.is_well(name))

    def holds_up(self, target: Target) -> bool:
        """Whether a target must wait for what it is made of; notes what one that need not wait holds instead."""
        with self._guard:
            if not self.failed:
                return False
            behind = self.behind(target)
            if target.recipe.kind in ART:
                return bool(behind)
            needs = dict.fromkeys(targets_of(target.recipe))
            held = frozenset(behind).union(*(self.stale.get(name, frozenset()) for name in needs))
            if held:
                self.stale[target.name] = held
            return False

    def told(self, rows: Mapping[str, Row], made: Collection[str]) -> Iterator[str]:
        """A line for each export that holds stale art; for the atlases, where no export was asked for."""
        for kind in ("export", "pack"):
            of_kind = [name for name in self.stale if rows[name].kind == kind and self.is_well(name)]
            if of_kind:
                yield from (self._line(name, rows, name in made) for name in sorted(of_kind))
                return

    def _line(self, name: str, rows: Mapping[str, Row], was_made: bool) -> str:
        # What failed first: what waits for that follows from it.
        held = sorted(self.stale[name], key=lambda one: (one not in self.failed, one))
        named = [f"{one} ({self._why(one, rows)})" for one in held[:NAMED]]
        rest = [f"{len(held) - NAMED} more"] if len(held) > NAMED else []
        noun = _noun({rows[one].kind for one in held}, len(held))
        return f"{name} {'was made with' if was_made else 'still holds'} {len(held)} stale {noun}: " + ", ".join(
            [*named, *rest]
        )

    def _why(self, name: str, rows: Mapping[str, Row]) -> str:
        if name in self.unpaid:
            return "not begun: over the budget"
        if name in self.failed:
            return "its render failed" if rows[name].kind in RENDERED else "it failed"
        return f"it waits for {', '.join(self.waiting.get(name, ()))}"


def _noun(kinds: Collection[str], count: int) -> str:
    noun = "clip" if set(kinds) == {"speak"} else "artifact" if "speak" in kinds else "picture"
    return noun if count == 1 else f"{noun}s"
