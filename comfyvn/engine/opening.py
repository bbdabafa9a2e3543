"""Opening a novel: the one place where contracts, plan, makers, cache and state are put together."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import platformdirs

from comfyvn import draft, reading
from comfyvn.bridge.servers import Server, read_servers
from comfyvn.bridge.tts import Engine as SpeechEngine
from comfyvn.bridge.tts import embedded, speaker, versions
from comfyvn.bridge.voices.named import VoiceServer, read_voices
from comfyvn.bridge.voices.packages import voice_packages
from comfyvn.bridge.voices.served import engines_of
from comfyvn.contracts.model import Rating
from comfyvn.contracts.project import Project
from comfyvn.contracts.rated import cut
from comfyvn.engine.budget import Budget
from comfyvn.engine.build import Engine
from comfyvn.engine.estimates import Estimates
from comfyvn.engine.planning import Plan, plan_novel
from comfyvn.engine.sharing import cache_of
from comfyvn.engine.state import State
from comfyvn.errors import ContractError, Problem
from comfyvn.graph.template import Workflow
from comfyvn.makers.gate import gate_of
from comfyvn.makers.workshop import Endpoint, Report, Workshop
from comfyvn.makers.xtts import WORKFLOW as XTTS
from comfyvn.makers.xtts import Xtts, xtts_version
from comfyvn.providers import Lock
from comfyvn.reading.player import read_player
from comfyvn.reading.toolbox import LazyWorkflows
from comfyvn.store import journal
from comfyvn.store.records import is_inside
from comfyvn.targets import renpy, renpy_into
from comfyvn.targets.edition import edition
from comfyvn.targets.plan import plan
from comfyvn.targets.row import Row, keyed, row_of
from comfyvn.targets.target import Target, Toolbox

CACHE_VARIABLE = "COMFYVN_CACHE"  # a folder; for tests, and for people whose home is small


@dataclass(frozen=True)
class OpenNovel:
    """A novel that can be judged and made. `servers`: those that its renders may run on, without our own endpoint.

    `plan` is None for one that was planned with other pins than its own: nothing of that is remembered.
    """

    root: Path
    project: Project
    targets: Mapping[str, Target]
    engine: Engine
    tools: Toolbox
    servers: tuple[Server, ...]
    budget: Budget
    plan: Plan | None = None

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """What is known of every target without its recipe, needs before users; another take is another key."""
        planned = self.plan.targets.rows if self.plan else {n: row_of(target, "") for n, target in self.targets.items()}
        taken = {name: repr(take) for name, take in self.engine.judge.takes if name in planned}
        return {**planned, **{name: keyed(planned[name], said) for name, said in taken.items()}}


def open_novel(
    root: Path,
    waiting: Callable[[str], None] | None = None,
    report: Report = lambda _target, _what: None,
    lock: Lock | None = None,
    limit: float | None = None,
    drafts: Callable[[Mapping[str, Sequence[str]]], Endpoint] | None = None,
    rating: Rating | None = None,
    before: Plan | None = None,
) -> OpenNovel:
    """Reads, checks and plans the novel in `root`. `waiting` is told whom a build waits for, and what
    may be wrong with a cut game; `report` what is done.

    `lock`: pins to plan with in the place of those in the novel's file; `limit`: what renders may cost. `drafts`: where
    the draft endpoint comes from, for a process that keeps one from build to build (see engine.warm). `rating`: what is
    rated higher is left out (see contracts.rated, targets.edition). `before`: the plan of this novel that the process
    made last.

    Raises ContractError with every problem, or the WorkflowError of a workflow that cannot be bound.
    """
    state = State(root)
    targets: Mapping[str, Target]
    speech = functools.cache(lambda: speech_engines(root))  # read once, and after the contracts
    if rating is not None:
        found, tools = None, toolbox(root, None, speech())
        project, targets = _rated(root, tools, rating, waiting or (lambda _text: None))
    elif lock is None:
        found = plan_novel(root, lambda workflows: toolbox(root, workflows, speech()), before)
        project, tools, targets = found.project, found.tools, found.targets
    else:
        found, project, tools = None, reading.read_project(root), replace(toolbox(root, None, speech()), lock=lock)
        targets = plan(project, tools)
    named = servers(root, os.environ)
    budget = Budget(targets, lambda: Estimates(journal.read(state.journal)), limit)
    workshop = Workshop(
        named,
        tools.registry,
        report,
        drafts or _drafts(root),
        placements=state.folder / "placed",
        meter=budget,
        engines=speech(),
    )
    if "xtts" in tools.voices:  # it speaks through the pool that the workshop has
        workshop.voices.add(Xtts(workshop, lambda: tools.workflows[XTTS], tools.lock, tools.voices["xtts"]))
    workshop.gate = gate_of(project.novel.voice_check, root, os.environ)
    defined = renpy.image_texts if project.novel.export.renpy.into is None else renpy_into.image_texts
    atlas_texts = {"renpy": lambda atlases: defined(project, atlases)}
    cache = cache_of(cache_folder(), root, project.novel.cache)
    engine = Engine(root, targets, state, cache, workshop, atlas_texts, waiting, tools.lock)
    return OpenNovel(root, project, targets, engine, tools, named, budget, found)


def _rated(
    root: Path, tools: Toolbox, rating: Rating, say: Callable[[str], None]
) -> tuple[Project, dict[str, Target]]:
    """The novel cut to a rating; `say` is told every warning. Raises ContractError for every way into what is left out.
    """
    whole = reading.read_project(root)
    if whole.novel.export.renpy.into is not None:
        what = "a game that is cut to a rating is written to build/rated/, and not into one that exists"
        problem = Problem("novel", what, path="$.export.renpy.into", allowed="no `into`")
        raise ContractError(list(reading.located_in(root, whole, [problem])))
    small, problems = cut(whole, rating)
    located = list(reading.located_in(root, whole, problems))
    if errors := [problem for problem in located if problem.severity == "error"]:
        raise ContractError(errors)
    for problem in located:
        say(f"warning: {problem}")
    return small, edition(rating, plan(whole, tools), plan(small, tools))


def _drafts(root: Path) -> Callable[[Mapping[str, Sequence[str]]], Endpoint]:
    """Starts the draft endpoint with the node classes that the novel has of its own."""

    def start(models: Mapping[str, Sequence[str]]) -> Endpoint:
        from comfyvn.draft.process import DraftServer  # not for a build with nothing to render

        return DraftServer(models=models, nodes=reading.own_nodes_file(root))

    return start


def toolbox(
    root: Path,
    workflows: Mapping[str, Workflow] | None = None,
    engines: Mapping[str, SpeechEngine] | None = None,
) -> Toolbox:
    """What planning needs beside contracts; `workflows`: as they are read otherwise than all at once; `engines`: those
    of `speech_engines`, where they are known already.
    """
    lock = reading.read_lock(root)
    speech = speech_engines(root) if engines is None else engines
    if isinstance(workflows, LazyWorkflows):  # it has read them already
        own = workflows.own_digest(XTTS)
    else:
        own = reading.own_workflow_digest(root, XTTS)
    xtts = {"xtts": xtts_version(lock, own)}
    return Toolbox(
        workflows=reading.read_workflows(root) if workflows is None else workflows,
        registry=reading.read_registry(root),
        lock=lock,
        voices={**versions(speech), **xtts},
        draft=str(draft.VERSION),
        overlay=tuple(_overlay(root / "renpy")),
        speaker=functools.partial(speaker, speech),
        packages=tuple(folder.name for folder in voice_packages()),
        player=read_player,
    )


def cache_folder() -> Path:
    """Where everything that was ever made is kept: the user's cache folder, or what COMFYVN_CACHE says."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("comfyvn")


def servers(root: Path, environ: Mapping[str, str]) -> tuple[Server, ...]:
    """The user's own servers (outside Git) over those that the novel names; the user's win, as far as they say."""
    found: dict[str, Server] = {}
    for source in reading.read_servers_files(root, reading.config_folder() / "servers.yaml"):
        with reading.located(source):
            read = read_servers(source.value, environ, source.file, root, found)
            found.update({server.name: server for server in read})
    return tuple(found.values())


def voice_servers(root: Path, environ: Mapping[str, str]) -> tuple[VoiceServer, ...]:
    """The user's own speech servers over those that the novel names, as for `servers`."""
    found: dict[str, VoiceServer] = {}
    for source in reading.read_servers_files(root, reading.config_folder() / "servers.yaml"):
        with reading.located(source):
            read = read_voices(source.value, environ, source.file, root, found)
            found.update({server.place.name: server for server in read})
    return tuple(found.values())


def speech_engines(root: Path) -> dict[str, SpeechEngine]:
    """Every engine that can speak a line of the novel in `root`, by name; none is asked, and nothing is opened.

    Raises ContractError where the speech servers are not named as they should be.
    """
    return {**embedded(), **engines_of(voice_servers(root, os.environ))}


def _overlay(folder: Path) -> list[str]:
    """The author's own Ren'Py files, relative to the overlay's folder; links are not followed out of it."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    names = [path.relative_to(folder).as_posix() for path in files]
    bad = [name for name in names if not is_inside(name)]
    if bad:
        what = "a file name that not every system can hold"
        raise ContractError([Problem(f"renpy/{name}", what, allowed="names without : and \\") for name in bad])
    return [name for name in names if not any(part.startswith(".") for part in name.split("/"))]
