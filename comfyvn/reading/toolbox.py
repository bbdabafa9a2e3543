"""Reads what renders lean on: workflow files, node definitions, the registry of packs and models, and the lock."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import platformdirs

from comfyvn import providers
from comfyvn.contracts.servers import SERVERS_FILE
from comfyvn.errors import ContractError, Problem, WorkflowError
from comfyvn.graph.definitions import Definitions, from_facts
from comfyvn.graph.template import Workflow, parse
from comfyvn.reading import files
from comfyvn.reading.definitions import NODES, own_nodes, with_own
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.servers import load_own, located
from comfyvn.reading.source import Source, Unread

WORKFLOWS = "workflows"
CONFIG_FILES = (providers.REGISTRY_FILE, providers.LOCK_FILE, SERVERS_FILE, NODES)  # a user may have some of his own
CONFIG_VARIABLE = "COMFYVN_CONFIG"  # a folder


@cache
def read_definitions() -> Definitions:
    """The node definitions that ship with the package."""
    return from_facts(_shipped_value(NODES))


def novel_definitions(root: Path) -> Definitions:
    """The package's node definitions under those of the novel's own `providers/nodes.json`. Raises ContractError."""
    return _definitions(own_nodes(root))


@lru_cache(4)
def _definitions(nodes: bytes) -> Definitions:
    return with_own(read_definitions(), nodes)


def shipped_registry() -> bytes:
    """The text of the package's own registry."""
    return _shipped(providers.REGISTRY_FILE).read_bytes()


def shipped_workflows() -> Mapping[str, Workflow]:
    """The package's own workflows by id."""
    return _shipped_workflows(without=frozenset())


def read_workflows(root: Path) -> Mapping[str, Workflow]:
    """The workflows of the novel in `root` by id; where it has none of an id, the package's own.

    Raises ContractError for a file that cannot be read, and WorkflowError for one that no server would accept.
    """
    found: dict[str, Workflow] = {}
    nodes = own_nodes(root)
    _definitions(nodes)  # a broken file is told although no workflow of the novel needs it yet
    for file in workflow_files(root):
        workflow = _parsed(file, _content(root, file), nodes)
        if workflow.workflow_id in found:
            other = found[workflow.workflow_id].file
            raise WorkflowError(
                f'two workflows are called "{workflow.workflow_id}"', f"{file} and {other}", "rename or remove one"
            )
        found[workflow.workflow_id] = workflow
    return {**_shipped_workflows(without=frozenset(found)), **found}


class LazyWorkflows(Mapping[str, Workflow]):
    """The workflows of a novel, each parsed when it is asked for; `note` is told which, as `workflows/<id>`.

    For a novel whose workflows have been read before and found sound. Raises as `read_workflows` does, and InputMoved.
    """

    def __init__(self, root: Path, note: Callable[[str], None], digests: Mapping[str, str]) -> None:
        """`digests`: the novel's own workflow file → SHA-256 of what is to be parsed."""
        self._root, self._note, self._digests = root, note, digests
        own = {_workflow_id(root, file): file for file in workflow_files(root)}
        shipped = {Path(name).stem: "" for name in _shipped_names()}
        self._files = {**shipped, **own}

    def __getitem__(self, name: str) -> Workflow:
        self._note(f"workflows/{name}")
        file = self._files[name]
        if not file:
            return _shipped_workflow(f"{name}.json")
        data = _content(self._root, file)
        files.unmoved(file, data, self._digests.get(file, ""))
        return _parsed(file, data, own_nodes(self._root))

    def __iter__(self) -> Iterator[str]:
        self._note("workflows/")
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def digest(self, name: str) -> str:
        """What tells that a workflow has changed: of a novel's own file its bytes; "" for none."""
        file = self._files.get(name)
        if file is None:
            return ""
        return self._digests.get(file, "") if file else "shipped"


    def own_digest(self, name: str) -> str:
        """As `own_workflow_digest`, of what was read."""
        return _unless_shipped(name, self._digests.get(self._files.get(name, ""), ""))


def workflow_files(root: Path) -> list[str]:
    """The novel's own workflow files, relative to it."""
    return [f"{WORKFLOWS}/{name}" for name in files.names(root / WORKFLOWS) if name.endswith(".json")]


def own_workflow_digest(root: Path, name: str) -> str:
    """SHA-256 of the novel's own workflow of this id; "" where it has none, or has the shipped one byte for byte."""
    own = next((_content(root, file) for file in workflow_files(root) if _workflow_id(root, file) == name), None)
    return "" if own is None else _unless_shipped(name, hashlib.sha256(own).hexdigest())


def _unless_shipped(name: str, digest: str) -> str:
    """`digest` of a workflow's bytes; "" where the package's own has the same."""
    shipped = _shipped(f"{WORKFLOWS}/{name}.json")
    is_shipped = bool(digest) and shipped.is_file() and hashlib.sha256(shipped.read_bytes()).hexdigest() == digest
    return "" if is_shipped else digest


def _workflow_id(root: Path, file: str) -> str:
    try:
        return str(json.loads(_content(root, file))["workflow_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _shipped_names() -> list[str]:
    return sorted(entry.name for entry in _shipped(WORKFLOWS).iterdir() if entry.name.endswith(".json"))


def _shipped_workflows(without: frozenset[str]) -> dict[str, Workflow]:
    found: dict[str, Workflow] = {}
    for name in _shipped_names():
        # A canonical workflow lies in the file that its id names.
        if name.removesuffix(".json") not in without:
            workflow = _shipped_workflow(name)
            found[workflow.workflow_id] = workflow
    return found


@cache
def _shipped_workflow(name: str) -> Workflow:
    file = f"{WORKFLOWS}/{name}"
    return parse(_shipped_value(file), f"comfyvn/{file}", read_definitions())


@lru_cache(64)
def _parsed(file: str, data: bytes, nodes: bytes) -> Workflow:
    return parse(_value(parse_json(file, data)), file, _definitions(nodes))


def _content(root: Path, file: str) -> bytes:
    data = files.load_bytes(root, file)
    if isinstance(data, Problem):
        raise ContractError([data])
    return data


def read_registry(root: Path, own: Path | None = None) -> providers.Registry:
    """The novel's registry (the package's where the novel has none), under what the user's `own` file says by name.

    `own` is providers.json in the user's configuration folder unless another is given. Raises ContractError.
    """
    file = providers.REGISTRY_FILE
    value = _value(files.load(root, file)) if (root / file).exists() else _shipped_value(file)
    registry = providers.parse_registry(value, file)
    source = load_own(config_folder() / Path(file).name if own is None else own)
    if source is None:
        return registry
    with located(source):
        return providers.overlaid(registry, providers.parse_registry(source.value, source.file, registry))


def config_folder() -> Path:
    """Where a user's own servers and providers are said, outside every novel; COMFYVN_CONFIG names another."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else platformdirs.user_config_path("comfyvn")


def read_lock(root: Path) -> providers.Lock:
    """What the novel pins; nothing where it has no lock. Raises ContractError."""
    file = providers.LOCK_FILE
    value = _value(files.load(root, file)) if (root / file).exists() else None
    return providers.parse_lock(value, file)


def toolbox_problems(root: Path) -> Iterator[Problem]:
    """Everything that keeps the workflows, the registry or the lock from being read."""
    for file in workflow_files(root):
        yield from _workflow_problems(root, file)
    for read in (read_workflows, read_registry, read_lock):
        try:
            read(root)
        except ContractError as error:
            yield from (_located(root, problem) for problem in error.problems)
        except WorkflowError as error:
            if not error.problems:
                yield Problem(error.where, error.what, allowed=error.todo)


def _located(root: Path, problem: Problem) -> Problem:
    source = files.load(root, problem.file)
    return source.locate(problem) if isinstance(source, Source) and problem.path else problem


def _workflow_problems(root: Path, file: str) -> Iterator[Problem]:
    source = files.load(root, file)
    if isinstance(source, Unread):
        return
    try:
        _parsed(file, _content(root, file), own_nodes(root))
    except ContractError:
        return  # of a file that all workflows need: told once, by reading them together
    except WorkflowError as error:
        for line in error.problems or (error.what,):
            path, _, message = line.partition(": ") if line.startswith("$") else ("", "", line)
            yield source.locate(Problem(file, message, path=path))


def model_folders(root: Path) -> dict[str, str] | None:
    """Logical model name → folder, of the models that a contract may name; None when the registry cannot be read.

    What nodes load by themselves is left out: a FaceID adapter's LoRA is no LoRA of a style.
    """
    try:
        registry = read_registry(root)
    except ContractError:
        return None
    own = {name for entry in registry.implied for name in entry.models}
    return {name: model.folder for name, model in registry.models.items() if name not in own}


def model_bases(root: Path) -> dict[str, str]:
    """Logical model name → family, of the models that state one; nothing when the registry cannot be read."""
    try:
        return read_registry(root).bases()
    except ContractError:
        return {}


def choices(root: Path) -> dict[str, tuple[str, ...]]:
    """Input name → what every workflow with that input offers to choose from; nothing while one cannot be read."""
    try:
        workflows = read_workflows(root).values()
    except (ContractError, WorkflowError):
        return {}
    offered: dict[str, tuple[str, ...]] = {}
    for workflow in workflows:
        for name, spec in workflow.expected_inputs.items():
            if spec.choices:
                before = offered.get(name, spec.choices)
                offered[name] = tuple(choice for choice in before if choice in spec.choices)
    return offered


def _value(source: Source | Unread) -> Any:
    if isinstance(source, Unread):
        raise ContractError(source.problems)
    return source.value


def _shipped(place: str) -> Traversable:
    return resources.files("comfyvn").joinpath(place)


def _shipped_value(place: str) -> Any:
    return _value(parse_json(f"comfyvn/{place}", _shipped(place).read_bytes()))
