"""The novel that a `dodo.py` holds: its targets as doit tasks, and the settings that doit runs them with.

Whether a task is up to date is asked of our records alone; doit's database, in .comfyvn/, serves only the tasks that
authors add themselves. doit is the scheduler here, and nothing else.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from doit.exceptions import InvalidDodoFile, TaskError, TaskFailed

from comfyvn import paths
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.opening import open_novel as open_engine
from comfyvn.engine.order import in_order
from comfyvn.engine.state import FOLDER
from comfyvn.errors import ComfyVNError, ContractError
from comfyvn.recipe import targets_of
from comfyvn.targets.target import Target
from comfyvn.tasks import failures
from comfyvn.tasks.reporter import Session, reporter_for

KINDS = {
    "sprites": "sprites: one picture for each outfit, pose and expression",
    "atlases": "atlases: every character's sprites packed into pages",
    "backgrounds": "plates of locations and their variants",
    "scenes": "stills of scenes",
    "voices": "voice clips: WAV, OGG, SRT",
    "manifests": "what exports hold, summed up",
}

_opened: dict[Path, Novel] = {}


class Novel:
    """A novel opened for doit. `targets` maps a task's name to its target; `root` is the novel's folder."""

    def __init__(self, opened: OpenNovel, session: Session) -> None:
        self._opened, self.session = opened, session
        self.root, self.targets, self.engine = opened.root, opened.targets, opened.engine
        session.targets = opened.targets
        self.rebuild = opened.project.novel.rebuild

    def doit_config(self) -> dict[str, Any]:
        """`DOIT_CONFIG` of a novel: threads, going on after a failure, our reporter, the database out of the way."""
        return {
            "backend": "sqlite3",
            "dep_file": str(Path(FOLDER) / "doit.sqlite"),
            "par_type": "thread",
            "num_process": self.engine.workshop.tickets(),
            "continue": True,
            "verbosity": 2,
            "reporter": reporter_for(self.session),
        }

    def tasks(self) -> Iterator[dict[str, Any]]:
        """doit task dictionaries: one for each target, groups for each prefix (`sprites:aya`)."""
        # Groups first: a group's own definition would empty one that its members have begun.
        for kind in dict.fromkeys(name.partition(":")[0] for name in self.targets if ":" in name):
            yield {"basename": kind, "name": None, "doc": KINDS.get(kind, kind)}
        members: dict[str, list[str]] = {}
        workshop = self.engine.workshop
        for name in in_order(self.targets, workshop.registry, workshop.servers()):
            target = self.targets[name]
            kind, colon, rest = name.partition(":")
            yield {**self._task(target), "basename": kind, **({"name": rest} if colon else {})}
            for group in paths.groups(name)[1:]:
                members.setdefault(group, []).append(name)
        for group, names in members.items():
            kind, _, rest = group.partition(":")
            yield {
                "basename": kind,
                "name": rest,
                "actions": None,
                "task_dep": names,
                "doc": f"{len(names)} {kind} of {rest}",
                "clean": [(clean, [self, names])],
                "io": {"capture": False},
            }

    def _task(self, target: Target) -> dict[str, Any]:
        return {
            "actions": [(_make, [self, target.name])],
            "targets": [file for file in target.files if target.recipe.kind != "export"],
            "task_dep": list(dict.fromkeys(targets_of(target.recipe))),
            "uptodate": [partial(_is_fresh, self, target.name)],
            "clean": [(clean, [self, [target.name]])],
            "io": {"capture": False},
            "doc": f"{target.recipe.kind} → {target.artifact}",
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
            _opened[folder] = Novel(open_engine(folder, session.say, session.report), session)
        except ComfyVNError as error:
            raise InvalidDodoFile(_shown(error)) from None
    return _opened[folder]


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
        verdict = novel.engine.judge.verdict(novel.targets[name])
    except ComfyVNError:
        return False  # the action will say what is wrong
    if verdict.is_held(novel.rebuild) and not novel.session.is_asked_for(name, novel.targets[name].files):
        novel.session.held(verdict.cause)
        return True
    novel.session.judged(name, verdict.condition, verdict.reason)
    if verdict.condition == "fresh" and novel.session.ledger.holds_up(novel.targets[name]):
        return False  # what it is made of failed: the action says so
    return verdict.condition in ("fresh", "edited", "kept")


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
