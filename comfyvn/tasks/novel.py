"""The novel that a `dodo.py` holds: its targets as doit tasks, and the settings that doit runs them with.

Whether a task is up to date is asked of our records alone; doit's database, in .comfyvn/, serves only the tasks that
authors add themselves. doit is the scheduler here, and nothing else.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from doit.exceptions import InvalidDodoFile, TaskError, TaskFailed

from comfyvn import paths
from comfyvn.engine.judge import SETTLED, Verdict
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.opening import open_novel as open_engine
from comfyvn.engine.order import in_order
from comfyvn.engine.settled import HELD, Settled
from comfyvn.engine.standings import entry_of, keep
from comfyvn.engine.standings import standings as standings_of
from comfyvn.engine.state import FOLDER
from comfyvn.engine.survey import Standing
from comfyvn.engine.sweep import Header, signature
from comfyvn.errors import ComfyVNError, ContractError
from comfyvn.targets.row import Row
from comfyvn.tasks import failures, stand_ins
from comfyvn.tasks.plainness import BUILD_FILES, is_plain
from comfyvn.tasks.reporter import NAMED_KEPT, Session, held_note, reporter_for, up_to_date
from comfyvn.tasks.scope import Scope, Wish, scope

KINDS = {
    "uncut": "sprites as they were rendered, before they are cut out",
    "sprites": "sprites: one picture for each outfit, pose and expression",
    "atlases": "atlases: every character's sprites packed into pages",
    "backgrounds": "plates of locations and their variants",
    "scenes": "stills of scenes",
    "voices": "voice clips: WAV, OGG, SRT",
    "manifests": "what exports hold, summed up",
    "rated": "what differs in games that are cut to a rating",
}

MANY = 1000  # artifacts that are looked at before a build begins: then it is said

_opened: dict[Path, Novel] = {}


class Novel:
    """A novel opened for doit. `targets` maps a task's name to its target; `root` is the novel's folder."""

    def __init__(self, opened: OpenNovel, session: Session) -> None:
        self._opened, self.session = opened, session
        self.root, self.targets, self.engine = opened.root, opened.targets, opened.engine
        self.budget = opened.budget
        session.rows = opened.rows
        self.rebuild = opened.project.novel.rebuild
        self.wish: Wish | None = None  # None: a command that sees everything, settled or not
        self.settled = Settled(opened.root)
        self._dodo = {name: signature(str(opened.root / name)) for name in BUILD_FILES}

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        return self._opened.rows

    @cached_property
    def names(self) -> frozenset[str]:
        """Every task of the novel by name, groups among them."""
        return frozenset(self.rows).union(*map(paths.groups, self.rows))

    def owns(self, name: str) -> bool:
        """Whether a task of this name is the novel's."""
        return name in self.rows or name in self.kinds or (":" in name and name in self.names)

    @cached_property
    def kinds(self) -> list[str]:
        """The groups that hold all of one kind (`sprites`)."""
        return list(dict.fromkeys(name.partition(":")[0] for name in self.rows if ":" in name))

    @cached_property
    def unsettled(self) -> Collection[str]:
        """Names of the targets that must be judged."""
        return self.settled.unsettled(self.rows, self.engine.state.forgotten())

    def standings(self) -> dict[str, Standing]:
        """Target → standing, needs first; what the last build has settled is not judged again."""
        return standings_of(self._opened)

    @cached_property
    def scope(self) -> Scope:
        """The targets that become tasks."""
        if self.wish is None:
            return Scope(tuple(self.rows), 0)
        return scope(self.rows, self.unsettled if self.wish.always else self._left(), self.wish)

    def _left(self) -> Collection[str]:
        """What is not settled, less what a look at its record settles: most, where state was lost or files touched.

        What has another recipe now, no record, or comes after something of that kind is left to the run: it begins the
        sooner.
        """
        left = set(self.unsettled)
        if len(left) > MANY:
            self.session.say(f"nothing is known of {len(left):,} artifacts: looking at each")
        for name, row in self.rows.items():
            if name not in left or not left.isdisjoint(row.needs) or self.settled.is_new(name, row):
                continue
            # A part that is missing beside one that was changed by hand comes back when its task runs.
            files = (paths.record(row.artifact), *row.files)
            if all((self.root / file).exists() for file in files) and _is_fresh(self, name):
                left.discard(name)
        return left

    def doit_config(self) -> dict[str, Any]:
        """`DOIT_CONFIG` of a novel: threads, going on after a failure, our reporter, the database out of the way."""
        return {
            **_memory(),
            "par_type": "thread",
            "num_process": self.engine.workshop.tickets(),
            "continue": True,
            "verbosity": 2,
            "reporter": reporter_for(self.session),
        }

    def tasks(self) -> Iterator[dict[str, Any]]:
        """doit task dictionaries: one for each target, groups for each prefix (`sprites:aya`).

        `doit run` gets those that are not settled or were asked for; every other command gets all.
        """
        # Groups first: a group's own definition would empty one that its members have begun.
        for kind in self.kinds:
            yield {"basename": kind, "name": None, "doc": KINDS.get(kind, kind)}
        for name in self._in_turn():
            yield self._dictionary(name)
        for group, members in self.scope.groups(self._named_groups()).items():
            kind, _, rest = group.partition(":")
            yield {
                "basename": kind,
                "name": rest,
                "actions": None,
                "task_dep": members,
                "doc": f"{len(members)} {kind} of {rest}",
                "clean": [(clean, [self, members])],
            }

    def _in_turn(self) -> Iterable[str]:
        """The targets in scope, in the order in which they are begun: only a run binds graphs to find it."""
        if self.wish is None:
            return self.scope.names
        workshop = self.engine.workshop
        return in_order({name: self.rows[name] for name in self.scope.names}, workshop.registry, workshop.servers())

    def _named_groups(self) -> list[str]:
        """Groups that become tasks: all of them, or those that were asked for. A kind by itself is one already."""
        if self.wish is not None and not self.wish.asked:
            return []
        known = dict.fromkeys(group for name in self.rows for group in paths.groups(name)[1:])
        return [*known] if self.wish is None else [word for word in self.wish.asked if word in known]

    def _dictionary(self, name: str) -> dict[str, Any]:
        row, (kind, colon, rest) = self.rows[name], name.partition(":")
        inside = self.scope.members
        return {
            "basename": kind,
            **({"name": rest} if colon else {}),
            "actions": [(_make, [self, name])],
            "targets": list(row.files),
            "task_dep": [need for need in row.needs if need in inside],
            "uptodate": [partial(_is_fresh, self, name)],
            "clean": [(clean, [self, [name]])],
            "io": {"capture": False},
            "doc": f"{row.kind} → {row.artifact}",
        }

    def remind(self) -> None:
        """What a whole build says again of targets that are settled: how many, which are kept by hand or by rule."""
        self.session.settled, self.session.names = self.scope.fresh, lambda: self.names
        if self.wish is not None and not self.wish.asked:
            self.session.reminders = lambda: self.settled.reminders(self.rows)
            quiet = {name for name in self.rows if name not in self.unsettled}
            for name, (condition, note) in self.settled.notes(quiet).items():
                self.session.judged(name, condition, note)
        self.settled.rest()

    def settle(self, name: str, verdict: Verdict, note: str = "", is_made: bool = False) -> None:
        """A target is as it should be, or is kept as it is: the next build need not look at it."""
        entry = entry_of(self._opened, name, verdict, note)
        if entry is None:
            return
        self.session.well.add(name)  # also what never became a task, because a look at its record was enough
        if is_made:
            self.settled.made(name, entry)
        else:
            self.settled.judged(name, entry)

    def end(self) -> None:
        """After a run: frees what the build has taken, and keeps what it knows for the next one."""
        try:
            self._keep()
        except ComfyVNError:
            pass  # a folder that cannot be written: the next build judges everything
        finally:
            self.settled.close()
            self.engine.end()

    def _keep(self) -> None:
        if self._opened.plan is None or self.wish is None or not self.engine.state.lock.try_acquire():
            return  # nothing was built, or somebody else builds by now and will keep what there is to know
        self.engine.state.digests.close()  # nothing is read any more, and what follows needs the memory
        header = Header(own_tasks=not is_plain(self.root), said=self._said())
        keep(self._opened, self.settled, self.unsettled, header, self._dodo)

    def _said(self) -> tuple[str, ...]:
        """What a build with nothing to do says."""
        notes = self.settled.notes(set(self.rows))
        kept = [f"kept: {name}: {note}" for name, (state, note) in sorted(notes.items()) if state in NAMED_KEPT]
        held = Counter(note for condition, note in notes.values() if condition == HELD)
        drafts, others = self.settled.reminders(self.rows)
        told = [*kept, *([held_note(held)] if held else []), *stand_ins.reminded(others)]
        return (*told, up_to_date(len(self.rows), drafts))


def _memory() -> dict[str, Any]:
    """Where doit notes what it knows of authors' own tasks: our journal, where doit.cfg has brought our commands."""
    if "comfyvn.tasks.commands" not in sys.modules:
        return {"backend": "sqlite3", "dep_file": str(Path(FOLDER) / "doit.sqlite")}
    from comfyvn.tasks.backend import Checker
    from comfyvn.tasks.commands import BACKEND

    return {
        "backend": BACKEND,
        "dep_file": str(Path(FOLDER) / "tasks.jsonl"),
        "check_file_uptodate": Checker,
    }


def open_novel(root: str = ".") -> Novel:
    """Opens the novel in a folder; the same one again when it is open already.

    Raises InvalidDodoFile (doit shows it without a traceback) when the contracts or workflows are not sound.
    """
    folder = Path(root).resolve()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a pipe on Windows takes few of Unicode's letters
    if folder not in _opened:
        session = Session()
        try:
            _opened[folder] = Novel(_open(folder, session), session)
        except ComfyVNError as error:
            raise InvalidDodoFile(_shown(error)) from None
    return _opened[folder]


def _open(folder: Path, session: Session) -> OpenNovel:
    return open_engine(folder, session.say, session.report, limit=session.limit, rating=session.rating)


def opened() -> list[Novel]:
    """The novels of this process, for the commands that end a build."""
    return list(_opened.values())


def _shown(error: ComfyVNError) -> str:
    """The three lines; between them every problem of the contracts, where there are several."""
    first, *rest = error.lines()
    problems = error.problems if isinstance(error, ContractError) and len(error.problems) > 1 else ()
    report = [f"  {problem}" for problem in problems]
    return "\n".join([first.removeprefix("error: "), *report, *rest])


def _is_fresh(novel: Novel, name: str, task: Any = None, values: Any = None) -> bool:
    """What doit asks before it runs a task; everything that the task is made of has been made by now."""
    try:
        target = novel.targets[name]
        verdict = novel.engine.judge.verdict(target)
    except ComfyVNError:
        return False  # the action will say what is wrong
    if verdict.is_held(novel.rebuild) and not novel.session.is_asked_for(name, target.files):
        novel.session.held(verdict.cause)
        novel.settle(name, verdict, verdict.cause)
        return True
    novel.session.judged(name, verdict.condition, verdict.reason)
    if verdict.condition == "fresh" and novel.session.ledger.holds_up(target):
        return False  # what it is made of failed: the action says so
    is_settled = verdict.condition in SETTLED
    if is_settled:
        novel.settle(name, verdict, verdict.reason)
    return is_settled


def _make(novel: Novel, name: str) -> TaskFailed | TaskError | None:
    """The action of every task."""
    if multiprocessing.parent_process() is not None:
        return TaskError("tasks of a novel share servers and a journal: run doit with -P thread")
    return failures.make(novel, name)


def clean(novel: Novel, names: list[str], dryrun: bool = False) -> None:
    """Removes artifacts and records; what was changed by hand is kept, and named."""
    for name in names:
        try:
            for file in novel.engine.clean(name, dryrun):
                sys.stdout.write(f"{name} - {'would remove' if dryrun else 'removing'} '{file}'\n")
        except ComfyVNError as error:
            novel.session.refusals.append(name)
            sys.stderr.write(f"{error}\n")
