"""The part of a terminal that moves while a build runs: a bar, and below it what is being done now and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.text import Text

ROWS = 6  # lines of current work
LONG_S = 5.0  # without a change after which a line says for how long
WAITING = frozenset({"starting", "waiting for a server"})  # what is no work yet


@dataclass(frozen=True)
class Work:
    """What is done for a target, in the words of who does it (`gpu: KSampler 12/20`), since when."""

    target: str
    what: str
    since: float


def rows(working: Sequence[Work], now: float, width: int) -> list[str]:
    """A line for each piece of work, those of one server together; one more for what found no room or waits."""
    active = sorted((work for work in working if work.what not in WAITING), key=lambda work: (work.what, work.target))
    waiting, more = len(working) - len(active), len(active) - ROWS
    lines = [_cut(f"{_words(work, now)}  {work.target}", width) for work in active[:ROWS]]
    rest = [f"{more} more at work"] if more > 0 else []
    rest += [f"{waiting} waiting"] if waiting else []
    return [f"  {line}" for line in [*lines, *([", ".join(rest)] if rest else [])]]


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: max(width - 1, 0)]}…"


def _words(work: Work, now: float) -> str:
    seconds = now - work.since
    if seconds < LONG_S:
        return work.what
    is_told = re.search(r"\d+/\d+|queued|downloading| s\b", work.what)
    # A server says nothing while it loads a model, which may take minutes.
    return f"{work.what}, for {seconds:.0f} s{'' if is_told else ' without a step: models may be loading'}"


class Moving(Progress):
    """The bar with its lines of current work, asked for at every refresh: one render may take minutes."""

    def __init__(self, out: TextIO, total: int, done: int, lines: Callable[[int], Sequence[str]]) -> None:
        self._lines, self._terminal = lines, Console(file=out)
        columns = (BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
        super().__init__(*columns, console=self._terminal, transient=True)
        self._bar = self.add_task("", total=total, completed=done)

    def get_renderables(self) -> list[RenderableType]:
        """Called by rich for every frame."""
        lines = [Text(line, no_wrap=True) for line in self._lines(self._terminal.width - 2)]
        return [self.make_tasks_table(self.tasks), *lines]

    def advance_to(self, done: int) -> None:
        self.update(self._bar, completed=done)

    def say(self, line: str) -> None:
        """A line that stays, above the bar."""
        self._terminal.print(line, markup=False, highlight=False)
