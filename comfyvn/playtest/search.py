"""Pure: which run of a story to play next, so that every choice is taken and every line reached.

A choice that was seen and not taken becomes a later run, which takes the choices that lead to it. While lines are left
that no run reached (a branch on a variable), runs try other combinations of choices, up to a limit. At last, labels
that no run reached are started directly, so that what stands in them is played at least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_EXTRA = 32  # combinations that are tried for lines that need one
MOST_KNOWN = 4000  # combinations that are remembered
MOST_TRIES = 2  # of a choice that was not on offer when its run came to its menu

Way = tuple[str, tuple[str, ...]]  # the label that a run starts at, and the choices that it takes


@dataclass(frozen=True)
class Run:
    """`plan`: the choices to take, by key; after them the player takes what was taken least (`taken`: how often)."""

    number: int
    start: str
    plan: tuple[str, ...] = ()
    is_forced: bool = False
    taken: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """A menu that a run came to: what was on offer (keys), and what it took."""

    options: tuple[str, ...]
    taken: str


class Search:
    """`labels` are all that the story has, `parameters` those that cannot be started; `lines`: ids of all lines."""

    def __init__(self, labels: Iterable[str], parameters: Iterable[str], lines: Iterable[str]) -> None:
        self._labels, self._parameters, self._lines = list(labels), set(parameters), set(lines)
        self._reached: set[str] = set()  # labels that runs came to by themselves
        self._met: set[str] = set()  # lines
        self._forced: list[str] = []
        self._pending: dict[str, Way] = {}
        self._tries: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self._known: set[Way] = set()
        self._untried: list[Way] = []
        self._playing: dict[int, Run] = {}
        self._count = self._extra = 0

    @property
    def count(self) -> int:
        """How many runs were begun."""
        return self._count

    @property
    def unreached(self) -> list[str]:
        """Labels that no run reached by itself."""
        return [label for label in self._labels if label not in self._reached]

    @property
    def untaken(self) -> list[str]:
        """Choices that were on offer once, and that no run could come to again."""
        return list(self._pending)

    def waiting(self) -> int:
        """How many runs could begin now."""
        begun = {run.plan[-1] for run in self._playing.values() if run.plan}
        return 0 if not self._count else sum(self._may_try(key) and key not in begun for key in self._pending)

    def next(self) -> Run | None:
        """The next run; None while there is none, for good when none is playing either."""
        way = self._next_way()
        if way is None:
            return None
        (start, plan), is_forced = way
        run = Run(self._count, start, plan, is_forced, dict(self._taken))
        self._playing[run.number] = run
        self._count += 1
        return run

    def is_over(self) -> bool:
        return not self._playing and self._next_way(dry=True) is None

    def played(self, run: Run, labels: Iterable[str], lines: Iterable[str], choices: Iterable[Choice]) -> None:
        """What a run met. One that crashed on its way is over too."""
        self._playing.pop(run.number, None)
        met = set(labels)
        self._reached |= met - ({run.start} if run.is_forced else set())
        self._met |= set(lines)
        path: tuple[str, ...] = ()
        for choice in choices:
            self._note(run.start, path, choice)
            path += (choice.taken,)

    def _note(self, start: str, path: tuple[str, ...], choice: Choice) -> None:
        for key in choice.options:
            if not self._taken[key]:
                self._pending.setdefault(key, (start, path))
        for key in choice.options:
            way = (start, (*path, key))
            if way not in self._known and len(self._known) < MOST_KNOWN:
                self._known.add(way)
                if key != choice.taken:
                    self._untried.append(way)
        self._taken[choice.taken] += 1
        self._pending.pop(choice.taken, None)

    def _may_try(self, key: str) -> bool:
        return self._tries[key] < MOST_TRIES

    def _next_way(self, dry: bool = False) -> tuple[Way, bool] | None:
        if not self._count:
            return ("start", ()), False
        begun = {run.plan[-1] for run in self._playing.values() if run.plan}
        for key, (start, path) in self._pending.items():
            if self._may_try(key) and key not in begun:
                self._tries[key] += not dry
                return (start, (*path, key)), False
        if self._playing:  # what follows depends on what they meet
            return None
        if self._untried and self._extra < MOST_EXTRA and not self._forced and self._lacks():
            way = self._untried[0] if dry else self._untried.pop(0)
            self._extra += not dry
            return way, False
        for label in self.unreached:
            if label not in self._forced and label not in self._parameters:
                if not dry:
                    self._forced.append(label)
                return (label, ()), True
        return None

    def _lacks(self) -> bool:
        return bool(self._lines - self._met or self.unreached)
