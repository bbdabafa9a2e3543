"""The whole examination: what the novel uses, every server, the draft endpoint, this computer."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from comfyvn import reading
from comfyvn.bridge.hearing import Hearing
from comfyvn.bridge.servers import Server
from comfyvn.bridge.tts import embedded
from comfyvn.contracts.project import Project
from comfyvn.doctor.finding import Finding
from comfyvn.doctor.graphs import Knowledge
from comfyvn.doctor.installation import HERE, examine_installation
from comfyvn.doctor.servers import examine_servers
from comfyvn.doctor.usage import Usage, as_shipped, usages
from comfyvn.doctor.voices import examine_voices, wishes
from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import cache_folder, servers, toolbox, voice_servers
from comfyvn.engine.which_server import no_server
from comfyvn.errors import ComfyVNError, ContractError, ServerDown, UsageError, closest
from comfyvn.graph.folders import mark_folders
from comfyvn.makers.gate import gate_of
from comfyvn.makers.xtts import WORKFLOW as XTTS
from comfyvn.reading.toolbox import novel_definitions
from comfyvn.recipe import Speak
from comfyvn.targets.plan import plan
from comfyvn.targets.target import Target, Toolbox

DRAFT = "draft"


@dataclass(frozen=True)
class Novel:
    """What could be read of a novel; `problems` says what could not. Nothing at all where there is none."""

    root: Path | None = None
    tools: Toolbox | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
    problems: tuple[Finding, ...] = ()
    hearing: Hearing | None = None

    @property
    def spoken(self) -> list[Speak]:
        """What clips are spoken by engines."""
        recipes = (target.recipe for target in self.targets.values())
        return [recipe for recipe in recipes if isinstance(recipe, Speak) and recipe.engines]


def examination(root: Path, server: str | None = None, workflow: str | None = None) -> list[Finding]:
    """Everything about the novel in `root`, if there is one, or one `server` or `workflow` of it.

    With a server or a workflow named, this computer is left out. Raises UsageError for names that mean nothing here,
    ContractError where the servers or the providers cannot be read at all.
    """
    novel = _read(root) if (root / "comfyvn.yaml").is_file() else Novel()
    tools = novel.tools or toolbox(root)
    knowledge = Knowledge(mark_folders(novel_definitions(root)), tools.registry, tools.lock)
    wanted = _wanted(novel, tools, workflow)
    speakers = voice_servers(root, os.environ)
    with ExitStack() as stack:
        named, troubles = _named(root, server, tools, stack, [one.place.name for one in speakers])
        found = [*novel.problems, *troubles, *examine_servers(named, wanted, knowledge)]
    if workflow is None:
        asked = [one for one in speakers if server in (None, one.place.name)]
        found += examine_voices(asked, wishes(novel.spoken, speakers))
    if server is None and workflow is None:
        at_servers = {one.engine for one in speakers} | {"xtts" for one in named if one.kind == "comfyui"}
        found += _here(novel, at_servers)
    return found


def _read(root: Path) -> Novel:
    """The novel as far as it can be read: what is wrong with it must not hide what is wrong with a server."""
    place = "this novel"
    try:
        project: Project = reading.read_project(root)
        tools = toolbox(root)
        targets = plan(project, tools)
    except ComfyVNError as error:
        count = len(error.problems) if isinstance(error, ContractError) else 1
        said = f"{error.where}: {error.what}" if count == 1 else error.what
        finding = Finding(
            place, "contracts", "error", said, "run `comfyvn check`; its workflows could not be looked at"
        )
        return Novel(root, problems=(finding,))
    good = Finding(place, "contracts", "good", f"{len(targets)} targets")
    return Novel(root, tools, targets, (good,), gate_of(project.novel.voice_check, root, os.environ).hearing)


def _wanted(novel: Novel, tools: Toolbox, workflow: str | None) -> list[Usage]:
    """The workflows to look at: those that the novel uses, or the one that was asked for."""
    used = usages(novel.targets.values())
    if any("xtts" in recipe.engines for recipe in novel.spoken) and XTTS in tools.workflows:
        used.setdefault(XTTS, as_shipped(tools.workflows[XTTS], tools.registry))
    if workflow is None:
        return list(used.values())
    if workflow not in tools.workflows:
        near = closest(workflow, tools.workflows)
        hint = f'did you mean "{near}"? ' if near else ""
        todo = f"{hint}there are: {', '.join(sorted(tools.workflows)) or 'none'}"
        raise UsageError(f'there is no workflow "{workflow}"', "", todo)
    return [used.get(workflow) or as_shipped(tools.workflows[workflow], tools.registry)]


def _named(
    root: Path, server: str | None, tools: Toolbox, stack: ExitStack, speakers: Sequence[str]
) -> tuple[list[Server], list[Finding]]:
    """The servers to look at, and what kept our own draft endpoint from starting; `stack` ends it. `speakers`: the
    names of servers of another kind.
    """
    found = servers(root, os.environ)
    names = [*(one.name for one in found), *([] if any(one.name == DRAFT for one in found) else [DRAFT])]
    if server is not None and server not in (*names, *speakers):
        raise no_server(server, [*names, *speakers])
    chosen = [one for one in found if server in (None, one.name)]
    if server not in (None, DRAFT) or any(one.kind == "draft" for one in chosen):
        return chosen, []
    own = DraftServer(models=tools.registry.models_by_folder(), nodes=reading.own_nodes_file(root))
    try:
        url = own.start()
    except ServerDown as error:
        return chosen, [Finding(DRAFT, "reachable", "error", f"{error.what}: {error.where}", error.todo)]
    stack.callback(own.stop)
    return [*chosen, Server(DRAFT, url, "draft")], []


def _here(novel: Novel, at_servers: Collection[str]) -> list[Finding]:
    folders = {"the cache": cache_folder()}
    if novel.root is not None:
        folders = {"build/": novel.root / "build", **folders}
    chains = [recipe.engines for recipe in novel.spoken]
    found = list(examine_installation(folders, embedded(), chains, at_servers, novel.hearing))
    if novel.root is None:
        said = "there is no novel here: servers and this computer were looked at"
        found.append(Finding(HERE, "novel", "note", said, "go to a novel's folder, or name it with --dir"))
    return found
