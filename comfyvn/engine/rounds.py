"""One round of `comfyvn watch`: the novel opened anew, and what is not up to date made, in this very process.

A process of its own for every round would spend most of its time on starting: here everything is loaded already, the
last plan is at hand, and the draft endpoint runs on (engine.warm).
"""

from __future__ import annotations

import gc
import time
from collections import ChainMap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from comfyvn import paths, reading
from comfyvn.engine import beside
from comfyvn.engine.build import Engine
from comfyvn.engine.judge import RENDERED, Verdict
from comfyvn.engine.making import Making, Progress, make_all
from comfyvn.engine.opening import OpenNovel, open_novel
from comfyvn.engine.order import needed
from comfyvn.engine.planning import Plan
from comfyvn.engine.rows import moved
from comfyvn.engine.settled import Settled
from comfyvn.engine.standings import entry_of, keep, known_by
from comfyvn.engine.survey import Some, Standing, survey
from comfyvn.engine.sweep import Header
from comfyvn.engine.warm import WarmDrafts
from comfyvn.errors import ComfyVNError
from comfyvn.recipe import Export, Manifest, Speak
from comfyvn.targets.target import Target

Choose = Callable[[Sequence[str]], Sequence[str]]
GATHERED = frozenset({Manifest.kind, Export.kind})
SOON = frozenset({*RENDERED, Speak.kind})  # what takes longest, and is made of little
MOST_SOON = 200


@dataclass(frozen=True)
class Round:
    """What one round did.

    `made` and `cached`: targets; `fresh`: how many were up to date. `drafts`: pictures drawn beside finals, `gone`:
    such that were removed because their finals answer the contracts again, `moved`: how many finals do not. `held`: how
    many are stale and kept as comfyvn.yaml says. `failed`: target → error; `waiting`: target → what it waits for.
    """

    made: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    fresh: int = 0
    drafts: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    moved: int = 0
    held: int = 0
    failed: Mapping[str, ComfyVNError] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Memory:
    """What a round leaves to the next one."""

    plan: Plan | None = None


@dataclass(frozen=True)
class Rounds:
    """How rounds are made. `final`: with the novel's own engines; else finals are left alone, and get drafts beside
    them. `choose`: the names of the wanted targets out of all. `waiting`: told of another build that goes first.
    """

    root: Path
    warm: WarmDrafts
    choose: Choose
    final: bool = False
    waiting: Callable[[str], None] = lambda _text: None
    progress: Progress = lambda _done, _total: None
    memory: Memory = field(default_factory=Memory)

    def run(self) -> Round:
        """Raises ContractError or WorkflowError when the novel's files are not sound, UsageError from `choose`."""
        began = time.monotonic()
        with _no_garbage():
            before = self.memory.plan
            novel = open_novel(self.root, self.waiting, drafts=self.warm, before=before)
            self.memory.plan = novel.plan
            work = _Work(novel, self.choose(list(novel.targets)), self.final, self.progress)
        try:
            with _no_garbage():
                work.make(_saved(novel, before))  # a renderer need not wait while all else is looked at
                looked = _look(novel)
            standings = looked.standings
            off = work.make(standings)
            work.remember(looked)
        finally:
            novel.engine.end()
        left = [name for name in off if name not in work.making.outcomes]
        gone = _tidy(novel, left, standings)
        told = _told(work, standings)
        return replace(told, gone=tuple(gone), moved=len(left), seconds=round(time.monotonic() - began, 3))

    def prepare(self) -> None:
        """Starts the draft endpoint, so that the first save finds it running; a round says what is wrong with it."""
        if not self.final:
            with suppress(ComfyVNError):
                self.warm(reading.read_registry(self.root).models_by_folder()).start()


class _Work:
    """What a round makes. `making`: what became of it; `drafts`: the targets of pictures that are drawn beside finals,
    `drafted`: the pictures that were asked for, of these and what they are made of; `scope`: what is meant at all.
    """

    def __init__(self, novel: OpenNovel, chosen: Sequence[str], final: bool, progress: Progress) -> None:
        self.novel, self.making = novel, Making()
        self.scope = set(needed(novel.rows, chosen))
        self.drafts: dict[str, Target] = {}
        self.drafted: dict[str, None] = {}
        self._asked = frozenset(chosen) if len(chosen) < len(novel.targets) else frozenset()
        self._beside = not final and beside.are_finals(novel.project)
        self._progress = progress
        self._aside: Engine | None = None

    def make(self, standings: Mapping[str, Standing]) -> list[str]:
        """Makes what is not as it should be, of the targets that `standings` (needs first) tells of; returns the finals
        among them that are not what the contracts say.
        """
        rows, done = self.novel.rows, {*self.making.outcomes, *self.making.failed}
        off = beside.moved(rows, standings) if beside.are_finals(self.novel.project) else []
        drafts = self._drafts([name for name in off if name in self.scope]) if self._beside else {}
        wanted = [
            name
            for name, standing in standings.items()
            if name in self.scope
            and _is_wanted(standing, name in self._asked)
            and name not in done
            and not (self._beside and rows[name].kind in RENDERED)
        ]
        aside = [name for name in drafts if name not in done]
        if wanted or aside:
            own = self.novel.engine
            own.begin()
            self.making.waiting.clear()  # what waited for something that came meanwhile is asked once more
            engines = {**dict.fromkeys(wanted, own), **{name: self._engine_aside() for name in aside}}
            make_all(engines, self._progress, self.making)
        return off

    def _drafts(self, drafted: Sequence[str]) -> dict[str, Target]:
        novel = self.novel
        found = beside.draft_targets(novel.project, novel.tools, novel.rows, drafted) if drafted else {}
        self.drafts.update(found)
        self.drafted.update(dict.fromkeys(drafted))
        return found

    def _engine_aside(self) -> Engine:
        """Makes drafts beside finals, and nothing else."""
        if self._aside is None:
            own, targets = self.novel.engine, ChainMap(self.drafts, cast(dict[str, Target], self.novel.targets))
            self._aside = Engine(self.novel.root, targets, own.state, own.cache, own.workshop, {}, None, own.lock)
            self._aside.begin()
        return self._aside

    def remember(self, looked: _Look) -> None:
        """Where nothing was made, nobody is waited for."""
        state, making = self.novel.engine.state, self.making
        if making.outcomes or making.failed or making.waiting or (looked.judged and state.lock.try_acquire()):
            _remember(looked, making)


@dataclass(frozen=True)
class _Look:
    """A novel, what was known of it when the round began, and how each target stands. `unsettled`: what that did not
    say; `judged`: of these, what was found to be as it should be.
    """

    novel: OpenNovel
    settled: Settled
    unsettled: Collection[str]
    standings: Mapping[str, Standing]
    judged: Mapping[str, Verdict]


def _saved(novel: OpenNovel, before: Plan | None) -> dict[str, Standing]:
    """How those targets stand whose recipe the save itself has moved, and what they are made of; {} where there are so
    many that to look at everything takes no longer.
    """
    if before is None or novel.plan is None:
        return {}
    anew = [name for name in moved(novel.plan.targets, before.targets) if novel.rows[name].kind in SOON]
    names = needed(novel.rows, anew)
    if len(names) > MOST_SOON:
        return {}
    return survey(Some(novel.targets, names), novel.engine.judge, novel.project.novel.rebuild)


def _look(novel: OpenNovel) -> _Look:
    settled = Settled(novel.root)
    unsettled = settled.unsettled(novel.rows, novel.engine.state.forgotten())
    known = known_by(novel, settled, unsettled)
    # What gathers thousands is made when they are: to judge it first would take longer than all the rest.
    gathered = {name for name in unsettled if novel.rows[name].kind in GATHERED}
    judged: dict[str, Verdict] = {}
    standings = survey(
        novel.targets, novel.engine.judge, novel.project.novel.rebuild, known, gathered, judged.__setitem__
    )
    return _Look(novel, settled, unsettled, standings, judged)


def _remember(looked: _Look, making: Making) -> None:
    """Spares the next round, and the next build, what this one has read and judged; nothing is lost where it cannot.

    Called under the build lock.
    """
    novel, settled = looked.novel, looked.settled
    made = {name: outcome.verdict for name, outcome in making.outcomes.items() if name in novel.rows}
    for name, verdict in {**looked.judged, **made}.items():
        note = (verdict.cause if verdict.condition == "stale" else verdict.reason) if verdict else ""
        entry = entry_of(novel, name, verdict, note) if verdict else None
        if entry is not None:
            settled.judged(name, entry, is_made=name in made)
    # No dodo.py was asked for tasks of its own: the next build does so, and says what there is to say.
    with suppress(ComfyVNError):
        keep(novel, settled, looked.unsettled, Header(own_tasks=True))


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Planning makes a hundred thousand objects and drops none: looking for garbage meanwhile would double its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _is_wanted(standing: Standing, is_asked: bool) -> bool:
    return not standing.is_settled() or (standing.held and is_asked)


def _tidy(novel: OpenNovel, left: Sequence[str], standings: Mapping[str, Standing]) -> list[str]:
    """Takes away the drafts of what is final again; the page shows the rest beside their finals."""
    if not (novel.root / paths.DRAFTS).is_dir():
        return []
    stay = needed(novel.rows, left)  # the draft of a base stays while one is there that was made of it
    files = [novel.targets[name].artifact for name in stay if novel.rows[name].kind in RENDERED]
    gone = beside.remove_others(novel.root, [paths.draft(file) for file in files])
    finals = {novel.rows[name].artifact: (name, standings[name].reason) for name in left}
    beside.write_page(novel.root, finals, novel.engine.state.scratch)
    return gone


def _told(work: _Work, standings: Mapping[str, Standing]) -> Round:
    """What pictures that drafts were asked of are made of is drawn too, and not spoken of."""
    making, drafts = work.making, work.drafts
    asked = [paths.draft_name(name) for name in work.drafted]
    how = {name: outcome.how for name, outcome in making.outcomes.items()}
    real = [name for name in how if name not in drafts]
    stood = {name for name in work.scope if name not in how and standings[name].condition == "fresh"}
    return Round(
        made=tuple(name for name in real if how[name] == "made"),
        cached=tuple(name for name in real if how[name] == "cached"),
        fresh=len(stood) + sum(how[name] == "fresh" for name in real),
        drafts=tuple(drafts[name].artifact for name in asked if how.get(name) in ("made", "cached")),
        held=sum(1 for name in work.scope if standings[name].held and name not in how),
        failed=making.failed,
        waiting=making.waiting,
    )
