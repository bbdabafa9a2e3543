"""What a build tells: counts, current work and the time left on a terminal; plain lines elsewhere; quiet on a no-op.

What a server's silence or return gives cause to say comes from the bridge by way of the log, and is a line of its own.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from doit.exceptions import BaseFail, UnmetDependency

from comfyvn.tasks import faults, stand_ins
from comfyvn.tasks.causes import Cause, Failure, causes, retry
from comfyvn.tasks.ledger import Ledger
from comfyvn.tasks.scope import is_meant

if TYPE_CHECKING:
    from comfyvn.contracts.model import Rating
    from comfyvn.targets.row import Row
    from comfyvn.tasks.live import Moving

CACHED = "from the cache"
TAKEN = "from takes/"
TOLD = ("comfyvn.bridge", "comfyvn.store")  # the loggers whose warnings are for whoever waits
NAMED_KEPT = ("edited", "both", "kept", "frozen-stale")  # conditions that are told at the end of every build


class Session:
    """What happens in one run of doit; written to from every thread.

    `always`: doit was asked to run all (-a); `asked`: the names that it was given; `goes_on`: after a failure too;
    `limit`: what renders may cost; `rating`: what is rated higher is left out. `rows`: the novel's targets by name;
    `names`: of all that can be asked for. `well`: what was made, or found up to date; `is_stopping`: Ctrl-C came.
    """

    limit: float | None = None
    rating: Rating | None = None
    always = False
    goes_on = True
    asked: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.rows: Mapping[str, Row] = {}
        self.names: Callable[[], Collection[str]] = tuple
        self.ledger = Ledger()
        self.well: set[str] = set()
        self.is_stopping = False
        self.reporter: NovelReporter | None = None
        self.refusals: list[str] = []
        self.counts: Counter[str] = Counter()
        self.kept: dict[str, str] = {}
        self.held_back: Counter[str] = Counter()
        self.working: dict[str, tuple[str, float]] = {}  # target -> what is done for it, since when
        self.how: dict[str, tuple[str, str]] = {}
        self.stand_ins: dict[str, object] = {}  # clip -> what its record says of who spoke it instead
        self.faults: dict[str, tuple[str, ...]] = {}  # clip -> what is wrong with it
        self.reminders: Callable[[], tuple[int, Counter[str]]] = lambda: (0, Counter())  # see Settled
        self.settled = 0  # artifacts that are up to date and need not be looked at
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
        return is_meant(self.asked, target, files)

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
        self._failures: list[Failure] = []
        self._unpaid: list[Failure] = []
        self._waiting = 0
        self._others = 0  # tasks of the author's own that ran
        self._told: set[str] = set()  # what was said of failures while others went on
        self._tasks: Collection[str] = ()
        self._is_complete = False
        self._errors: list[str] = []
        self._began = time.monotonic()
        self._live: Moving | None = None
        self._opening = threading.Lock()
        self._notices = Notices(self.notice)

    # --- called by doit

    def initialize(self, tasks: dict[str, Any], selected: list[str]) -> None:
        self._tasks, self.session.reporter = tasks.keys(), self
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
            return None
        if not self.session.ledger.is_well(task.name):
            return self._add_own(task.name, "")  # what was made before stands in for it
        self._ended(task.name, is_well=True)
        how, note = self.session.how.get(task.name, ("made", ""))
        self._others += task.name not in self.session.rows
        if how in ("made", "cached", "taken"):
            self._line(task.name, CACHED if how == "cached" else note)
        return None

    def add_failure(self, task: Any, fail: BaseFail) -> None:
        if not task.actions or self.session.is_stopping:
            return None  # a group fails with its members, which are named themselves
        if isinstance(fail, UnmetDependency):
            self._waiting += 1
            return self._ended(task.name)
        return self._add_own(task.name, fail.get_msg())

    def _add_own(self, name: str, message: str) -> None:
        """A target that failed, or that waits for one that did; `message`: of a task that is not the novel's."""
        ledger = self.session.ledger
        self._ended(name)
        if name in ledger.waiting:
            self._waiting += 1
            return
        failure = ledger.failed.get(name) or Failure.parse(name, message)
        if name in ledger.unpaid:
            self._unpaid.append(failure)
            return
        self._failures.append(failure)
        # Told at once, each cause the first time: whoever waits may see to it while the rest goes on.
        if failure.what not in self._told:
            self._told.add(failure.what)
            self.notice(f"[{self._done}/{self._total}] failed {name}: {failure.what.splitlines()[0]}")

    def _ended(self, name: str, is_well: bool = False) -> None:
        self._done += 1
        if is_well:
            self.session.well.add(name)
        with self.session.guard:
            self.session.working.pop(name, None)
        self._advance()

    def skip_uptodate(self, task: Any) -> None:
        if task.actions:
            self._fresh += 1
            self._ended(task.name, is_well=True)

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
        """Called by doit, and by whoever ends a run that doit could not end; the second call says nothing."""
        if self._is_complete:
            return
        self._is_complete = True
        for name in TOLD:
            logging.getLogger(name).removeHandler(self._notices)
        if self._live is not None:
            self._live.stop()
        for name, reason in sorted(self.session.kept.items()):
            self._write(f"kept: {name}: {reason}")
        if self.session.held_back:
            self._write(held_note(self.session.held_back))
        drafts, others = self.session.reminders()
        for line in stand_ins.reminded(stand_ins.earlier(others, self.session.stand_ins.values())):
            self._write(line)
        made = {name for name, (how, _) in self.session.how.items() if how in ("made", "cached", "taken")}
        for line in (
            *stand_ins.told(self.session.stand_ins),
            *faults.told(self.session.faults),
            *self.session.ledger.told(self.session.rows, made),
        ):
            self._write(line)
        self._write_failures()
        for message in self._errors:
            self._write(message)
        self._write(self._summary(drafts))

    # --- what is shown

    def _summary(self, drafts: int) -> str:
        counts = self.session.counts
        words = {"made": "made", "cached": CACHED, "taken": TAKEN}
        parts = [f"{counts[how]} {word}" for how, word in words.items() if counts[how]]
        parts += [f"{self._others} of your own tasks done"] if self._others else []
        is_well = not (self._failures or self._unpaid)
        if not parts and self._done < self._total and is_well:
            return "nothing was finished"  # Ctrl-C came first
        fresh = self._fresh + counts["fresh"] + self.session.settled
        if not parts and is_well and not self._errors:
            return up_to_date(fresh, drafts)
        parts += [f"{fresh} up to date"] if fresh else []
        parts += [f"{len(self._failures)} failed"] if self._failures else []
        parts += [f"{len(self._unpaid)} over the budget"] if self._unpaid else []
        parts += [f"{self._waiting} {'waits' if self._waiting == 1 else 'wait'} for those"] if self._waiting else []
        return f"{', '.join(parts)} in {time.monotonic() - self._began:.1f} s{drafts_note(drafts)}"

    def _write_failures(self) -> None:
        for cause in causes(self._unpaid):
            self._write("\n" + "\n".join(cause.lines("not begun")))
        if not self._failures:
            return
        known = {*self._tasks, *self.session.names()}
        failures = sorted(self._failures, key=lambda failure: failure.target)
        self._write_causes(causes(failures))
        names = [failure.target for failure in failures]
        self._write("\n" + retry(names, known, self.session.rows, self.session.rating or "") + "\n")

    def _write_causes(self, told: list[Cause]) -> None:
        if self._is_terminal():
            from comfyvn.tasks.table import write_table  # rich takes a while to load

            return write_table(self._out, told)
        for cause in told:
            self._write("\n" + "\n".join(cause.lines()))
        return None

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

    def _is_terminal(self) -> bool:
        return bool(getattr(self._out, "isatty", lambda: False)())

    def _open(self) -> None:
        """Starts the live line when the first artifact is made on a terminal; threads may come here together."""
        if not self._is_terminal():
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


def up_to_date(count: int, drafts: int = 0) -> str:
    """All that a build says that had nothing to do."""
    return f"up to date: {count} artifact{'' if count == 1 else 's'}{drafts_note(drafts)}"


def drafts_note(count: int) -> str:
    """What follows a summary where there are drafts."""
    return f"; {count} picture{' is a draft' if count == 1 else 's are drafts'}" if count else ""


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
