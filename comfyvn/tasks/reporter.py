"""What a build tells: counts, current work and the time left on a terminal; plain lines elsewhere; quiet on a no-op.

What a server's silence or return gives cause to say comes from the bridge by way of the log, and is a line of its own.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TextIO

from doit.exceptions import BaseFail, UnmetDependency

if TYPE_CHECKING:
    from comfyvn.tasks.live import Moving

CACHED = "from the cache"
TAKEN = "from takes/"
NAMED = 8  # targets in a line about failures
TOLD = ("comfyvn.bridge", "comfyvn.store")  # the loggers whose warnings are for whoever waits
NAMED_KEPT = ("edited", "both", "kept", "frozen-stale")  # conditions that are told at the end of every build


class Session:
    """What happens in one run of doit; written to from every thread.

    `always`: doit was asked to run all (-a); `asked`: the names that it was given; `limit`: what renders may cost.
    """

    limit: float | None = None
    always = False
    asked: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.counts: Counter[str] = Counter()
        self.kept: dict[str, str] = {}
        self.held_back: Counter[str] = Counter()
        self.working: dict[str, tuple[str, float]] = {}  # target -> what is done for it, since when
        self.how: dict[str, tuple[str, str]] = {}
        self.settled = 0  # artifacts that are up to date and need not be looked at
        self.unpaid: set[str] = set()  # targets that were not begun, because they would have cost too much
        self.guard = threading.Lock()

    def report(self, target: str, what: str) -> None:
        with self.guard:
            self.working[target] = (what, time.monotonic())

    def judged(self, target: str, condition: str, reason: str) -> None:
        with self.guard:
            if condition in NAMED_KEPT:
                self.kept[target] = reason

    def is_asked_for(self, target: str, files: Collection[str] = ()) -> bool:
        """Whether doit was given this target's name, that of a group that it is in, or one of its `files`."""
        return any(
            fnmatchcase(target, name) or target.startswith((f"{name}/", f"{name}:")) or name in files
            for name in self.asked
        )

    def held(self, cause: str) -> None:
        """One more target is stale in a way that comfyvn.yaml does not make anew by itself."""
        with self.guard:
            self.held_back[cause] += 1

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
        self._live: Moving | None = None
        self._opening = threading.Lock()
        self._notices = Notices(self.notice)

    # --- called by doit

    def initialize(self, tasks: dict[str, Any], selected: list[str]) -> None:
        self._total = sum(1 for name in _reachable(tasks, selected) if tasks[name].actions)
        for name in TOLD:
            logging.getLogger(name).addHandler(self._notices)

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
        if how in ("made", "cached", "taken"):
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
        for name in TOLD:
            logging.getLogger(name).removeHandler(self._notices)
        if self._live is not None:
            self._live.stop()
        for name, reason in sorted(self.session.kept.items()):
            self._write(f"kept: {name}: {reason}")
        if self.session.held_back:
            self._write(held_note(self.session.held_back))
        self._write_failures()
        for message in self._errors:
            self._write(message)
        self._write(self._summary())

    # --- what is shown

    def _summary(self) -> str:
        counts = self.session.counts
        words = {"made": "made", "cached": CACHED, "taken": TAKEN}
        parts = [f"{counts[how]} {word}" for how, word in words.items() if counts[how]]
        if not parts and self._done < self._total and not self._failures:
            return "nothing was finished"  # Ctrl-C came first
        if not parts and not self._failures and not self._errors:
            return up_to_date(self._fresh + counts["fresh"] + self.session.settled)
        fresh = self._fresh + counts["fresh"] + self.session.settled
        parts += [f"{fresh} up to date"] if fresh else []
        own, unpaid = len(self._own_failures()), len(self.session.unpaid)
        parts += [f"{own - unpaid} failed"] if own > unpaid else []
        parts += [f"{unpaid} over the budget"] if unpaid else []
        parts += [f"{len(self._failures) - own} wait for those"] if len(self._failures) > own else []
        return f"{', '.join(parts)} in {time.monotonic() - self._began:.1f} s"

    def _write_failures(self) -> None:
        own = self._own_failures()
        for message, names in _by_message(own).items():
            word = "not begun" if self.session.unpaid.issuperset(names) else "failed"
            self._write(f"\n{word}: {_some(names)}\n{message}")
        own = [(name, fail) for name, fail in own if name not in self.session.unpaid]  # `doit` would just spend more
        if len(own) > NAMED:
            self._write("\nto retry: run the same command again; what was made is kept")
        elif own:
            self._write(f"\nto retry just these: doit {' '.join(name for name, _ in own)}")

    def _own_failures(self) -> list[tuple[str, BaseFail]]:
        """Failures of targets themselves, not of what waits for them."""
        return [(name, fail) for name, fail in self._failures if not isinstance(fail, UnmetDependency)]

    def _line(self, name: str, note: str) -> None:
        line = f"[{self._done}/{self._total}] {name}" + (f"  {note}" if note else "")
        if self._live is None:
            self._write(line)
        elif note not in (CACHED, TAKEN):  # a thousand lines from the cache would scroll away the few that were made
            self._live.say(line)

    def notice(self, text: str) -> None:
        """Something that whoever waits should know now; comes from any thread."""
        self._write(text) if self._live is None else self._live.say(text)

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

    def _started(self) -> Moving:
        from comfyvn.tasks.live import Moving  # rich takes a while to load: not for a build with nothing to make

        live = Moving(self._out, self._total, self._done, self._lines)
        live.start()
        return live

    def _lines(self, width: int) -> list[str]:
        from comfyvn.tasks.live import Work, rows

        with self.session.guard:
            working = [Work(name, what, since) for name, (what, since) in self.session.working.items()]
        return rows(working, time.monotonic(), width)

    def _advance(self) -> None:
        if self._live is not None:
            self._live.advance_to(self._done)


class Notices(logging.Handler):
    """Passes warnings on as they come, in one line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())


def _by_message(failures: list[tuple[str, BaseFail]]) -> dict[str, list[str]]:
    """What is said of a failure → the targets of which it is said: a server that is off fails a hundred alike."""
    found: dict[str, list[str]] = {}
    for name, fail in failures:
        found.setdefault(fail.get_msg().strip(), []).append(name)
    return found


def _some(names: list[str]) -> str:
    """The first few; the summary and `comfyvn status` tell of the rest."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def up_to_date(count: int) -> str:
    """All that a build says that had nothing to do."""
    return f"up to date: {count} artifacts"


def held_note(held: Counter[str]) -> str:
    causes = ", ".join(f"{count} by {cause}" for cause, count in sorted(held.items()))
    what = f"stale, but kept as `rebuild` in comfyvn.yaml says: {causes}"
    return f"{what}; `comfyvn status` names them, `doit NAME` makes them again"


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
