"""What a build tells: counts, current work and the time left on a terminal; plain lines elsewhere; quiet on a no-op."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from textwrap import shorten
from typing import Any, TextIO

from doit.exceptions import BaseFail, UnmetDependency

SHOWN = 3  # targets named in the line of current work
CACHED = "from the cache"
REST = 48  # columns of the live line that are not current work


class Session:
    """What happens in one run of doit; written to from every thread. `always`: doit was asked to run all (-a)."""

    always = False

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.counts: Counter[str] = Counter()
        self.kept: dict[str, str] = {}
        self.working: dict[str, str] = {}
        self.how: dict[str, tuple[str, str]] = {}
        self.guard = threading.Lock()

    def report(self, target: str, what: str) -> None:
        with self.guard:
            self.working[target] = what

    def judged(self, target: str, condition: str, reason: str) -> None:
        with self.guard:
            if condition in ("edited", "kept"):
                self.kept[target] = reason

    def finished(self, target: str, how: str, note: str) -> None:
        with self.guard:
            self.counts[how] += 1
            self.how[target] = (how, note)
            self.working.pop(target, None)

    def say(self, text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class NovelReporter:
    """doit's reporter interface. On a terminal a live line; elsewhere a line for each artifact that was made."""

    desc = "counts, current work, time left; quiet when nothing is to do"
    session: Session

    def __init__(self, outstream: TextIO, _options: dict[str, Any]) -> None:
        self._out = outstream
        self._fresh = self._total = self._done = 0
        self._failures: list[tuple[str, BaseFail]] = []
        self._errors: list[str] = []
        self._began = time.monotonic()
        self._live: Any = None
        self._bar: Any = None
        self._opening = threading.Lock()

    # --- called by doit

    def initialize(self, tasks: dict[str, Any], selected: list[str]) -> None:
        self._total = sum(1 for name in _reachable(tasks, selected) if tasks[name].actions)

    def get_status(self, task: Any) -> None:
        pass

    def execute_task(self, task: Any) -> None:
        if task.actions:
            self.session.report(task.name, "starting")
            self._open()

    def add_success(self, task: Any) -> None:
        if not task.actions:
            return
        self._done += 1
        how, note = self.session.how.get(task.name, ("made", ""))
        with self.session.guard:
            self.session.working.pop(task.name, None)
        if how in ("made", "cached"):
            self._line(task.name, CACHED if how == "cached" else note)
        self._advance()

    def add_failure(self, task: Any, fail: BaseFail) -> None:
        if not task.actions:
            return  # a group fails with its members, which are named themselves
        self._failures.append((task.name, fail))
        self._done += 1
        with self.session.guard:
            self.session.working.pop(task.name, None)
        self._advance()

    def skip_uptodate(self, task: Any) -> None:
        if task.actions:
            self._fresh += 1
            self._done += 1
            self._advance()

    def skip_ignore(self, task: Any) -> None:
        self._done += 1
        self._write(f"ignored: {task.name}")

    def cleanup_error(self, exception: BaseFail) -> None:
        self._errors.append(exception.get_msg())

    def runtime_error(self, message: str) -> None:
        self._errors.append(message)

    def teardown_task(self, task: Any) -> None:
        pass

    def complete_run(self) -> None:
        if self._live is not None:
            self._live.stop()
        for name, reason in sorted(self.session.kept.items()):
            self._write(f"kept: {name}: {reason}")
        self._write_failures()
        for message in self._errors:
            self._write(message)
        self._write(self._summary())

    # --- what is shown

    def _summary(self) -> str:
        counts = self.session.counts
        words = {"made": "made", "cached": CACHED}
        parts = [f"{counts[how]} {word}" for how, word in words.items() if counts[how]]
        if not parts and not self._failures and not self._errors:
            return f"up to date: {self._fresh + counts['fresh']} artifacts"
        fresh = self._fresh + counts["fresh"]
        parts += [f"{fresh} up to date"] if fresh else []
        failed = len(self._own_failures())
        parts += [f"{failed} failed"] if failed else []
        parts += [f"{len(self._failures) - failed} wait for those"] if len(self._failures) > failed else []
        return f"{', '.join(parts)} in {time.monotonic() - self._began:.1f} s"

    def _write_failures(self) -> None:
        own = self._own_failures()
        for name, fail in own:
            self._write(f"\nfailed: {name}\n{fail.get_msg().strip()}")
        if own:
            self._write(f"\nto retry just these: doit {' '.join(name for name, _ in own[:20])}")

    def _own_failures(self) -> list[tuple[str, BaseFail]]:
        """Failures of targets themselves, not of what waits for them."""
        return [(name, fail) for name, fail in self._failures if not isinstance(fail, UnmetDependency)]

    def _line(self, name: str, note: str) -> None:
        line = f"[{self._done}/{self._total}] {name}" + (f"  {note}" if note else "")
        if self._live is None:
            self._write(line)
        elif note != CACHED:  # a thousand lines from the cache would scroll away the few that were made
            self._live.console.print(line, markup=False, highlight=False)

    def _write(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()

    def _open(self) -> None:
        """Starts the live line when the first artifact is made on a terminal; threads may come here together."""
        if not getattr(self._out, "isatty", lambda: False)():
            return
        with self._opening:
            if self._live is None:
                self._live = self._started()

    def _started(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
        from rich.text import Text

        console, now = Console(file=self._out), self._now

        class Now(ProgressColumn):
            """Current work, asked for at every refresh: one render may take minutes."""

            def render(self, task: Task) -> Text:
                return Text(shorten(now(), max(console.width - REST, 16), placeholder=" …"))

        columns = (BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn(), Now())
        live = Progress(*columns, console=console, transient=True)
        self._bar = live.add_task("", total=self._total, completed=self._done)
        live.start()
        return live

    def _now(self) -> str:
        with self.session.guard:
            return ", ".join(f"{name} ({what})" for name, what in list(self.session.working.items())[:SHOWN])

    def _advance(self) -> None:
        if self._live is not None:
            self._live.update(self._bar, completed=self._done)


def reporter_for(session: Session) -> type[NovelReporter]:
    """The reporter's class for one session: doit makes the instance itself."""
    return type("BoundReporter", (NovelReporter,), {"session": session})


def _reachable(tasks: dict[str, Any], selected: list[str]) -> set[str]:
    """Names of the selected tasks and of everything that they need."""
    found: set[str] = set()
    waiting = list(selected)
    while waiting:
        name = waiting.pop()
        if name not in found and name in tasks:
            found.add(name)
            waiting.extend(tasks[name].task_dep)
            waiting.extend(tasks[name].setup_tasks)
    return found
