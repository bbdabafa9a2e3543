"""The registry of node packs and models, what pins them, and what may be sold: pure, on values that others have read.

- `providers/providers.json` (`parse_registry`): packs by name (repository, category), models by logical name (file,
  folder of the server, source, SHA-256, licence, commercial use), models that nodes load by themselves (`implied`).
- `providers/nodeset.lock.json` (`parse_lock`): commits of packs, hashes of models; `state`: verified or claimed.

A workflow names models logically; which file of a server that is, is the server's affair and enters no fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from comfyvn.errors import ContractError, Problem

REGISTRY_FILE = "providers/providers.json"
LOCK_FILE = "providers/nodeset.lock.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _is_commit(value: str) -> str:
    if not value.strip("0"):
        raise ValueError("a commit of zeros pins nothing; leave the entry out")
    return value


Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$"), AfterValidator(_is_commit)]
State = Literal["verified", "claimed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Kind = TypeVar("_Kind", bound=_Frozen)


class Pack(_Frozen):
    """A node pack: `repo` is `owner/name` on GitHub."""

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    category: str = ""


class Model(_Frozen):
    """A weights file in ComfyUI's model folder `folder`; `commercial`: whether what it makes may be sold."""

    file: str = Field(min_length=1)
    folder: str = Field(min_length=1)
    source: str = ""
    sha256: Sha256 | None = None
    licence: str = ""
    commercial: Literal["yes", "no", "unknown"] = "unknown"


class Implied(_Frozen):
    """Models that a node of class `node` loads by itself when its inputs hold the values of `when`."""

    node: str
    when: dict[str, str] = {}
    models: tuple[str, ...]


class Registry(_Frozen):
    """Everything that a novel's workflows may name."""

    version: Literal[1]
    packs: dict[str, Pack] = {}
    models: dict[str, Model] = {}
    implied: tuple[Implied, ...] = ()

    def pack(self, name: str) -> Pack:
        """The pack of this name. Raises `ContractError` with the nearest known name."""
        return self.packs[_known("pack", name, self.packs)]

    def model(self, name: str) -> Model:
        """The model of this logical name. Raises `ContractError` with the nearest known name."""
        return self.models[_known("model", name, self.models)]

    def models_by_folder(self) -> dict[str, list[str]]:
        """Folder → the file names of its models, sorted: what a server that has everything would list."""
        folders: dict[str, set[str]] = {}
        for model in self.models.values():
            folders.setdefault(model.folder, set()).add(model.file)
        return {folder: sorted(files) for folder, files in sorted(folders.items())}


class PackPin(_Frozen):
    commit: Commit
    state: State = "claimed"


class ModelPin(_Frozen):
    sha256: Sha256
    state: State = "claimed"


class Lock(_Frozen):
    """What is pinned. A pack or a model that is not here is known by its name alone."""

    version: Literal[1] = 1
    packs: dict[str, PackPin] = {}
    models: dict[str, ModelPin] = {}


def parse_registry(document: object, file: str = REGISTRY_FILE) -> Registry:
    """The registry in a JSON value. Raises `ContractError` with every problem."""
    registry = _parsed(Registry, document, file)
    named = {name: i for i, entry in enumerate(registry.implied) for name in entry.models}
    problems = [
        _unknown("model", name, registry.models, file, f"$.implied[{index}].models")
        for name, index in named.items()
        if name not in registry.models
    ]
    if problems:
        raise ContractError(problems)
    return registry


def parse_lock(document: object, file: str = LOCK_FILE) -> Lock:
    """The lock in a JSON value; `None` (no lock file) pins nothing. Raises `ContractError` with every problem."""
    return Lock() if document is None else _parsed(Lock, document, file)


def implied_models(registry: Registry, graph: Mapping[str, Any]) -> tuple[str, ...]:
    """Logical names of the models that the nodes of an API graph load without naming a file, sorted."""
    found = {
        name
        for node in graph.values()
        for entry in registry.implied
        if node["class_type"] == entry.node
        and all(node["inputs"].get(key) == value for key, value in entry.when.items())
        for name in entry.models
    }
    return tuple(sorted(found))


def pins(
    registry: Registry, lock: Lock, packs: Iterable[str], models: Iterable[str]
) -> dict[str, dict[str, str | None]]:
    """What fixes these packs and models, as it enters a recipe: name → commit or SHA-256, `None` when not pinned.

    Whether a pin is verified is not in it: verifying changes no pixel. Raises `ContractError` with every unknown name.
    """
    wanted_packs, wanted_models = sorted(set(packs)), sorted(set(models))
    unknown = [_unknown("pack", name, registry.packs) for name in wanted_packs if name not in registry.packs]
    unknown += [_unknown("model", name, registry.models) for name in wanted_models if name not in registry.models]
    if unknown:
        raise ContractError(unknown)
    commits = {name: lock.packs[name].commit if name in lock.packs else None for name in wanted_packs}
    hashes = {name: lock.models[name].sha256 if name in lock.models else None for name in wanted_models}
    return {"packs": commits, "models": hashes}


def not_for_sale(registry: Registry, models: Iterable[str]) -> dict[str, Model]:
    """Of these models, those whose licence forbids commercial use, or does not clearly allow it."""
    return {name: registry.model(name) for name in sorted(set(models)) if registry.model(name).commercial != "yes"}


def _parsed(kind: type[_Kind], document: object, file: str) -> _Kind:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise ContractError([_problem(file, entry) for entry in error.errors()]) from error


def _problem(file: str, entry: Mapping[str, Any]) -> Problem:
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])
    message = "unknown key" if entry["type"] == "extra_forbidden" else str(entry["msg"])
    value = "" if isinstance(entry["input"], (Mapping, list)) else repr(entry["input"])
    return Problem(file, message, path=path, value=value)


def _known(kind: str, name: str, names: Iterable[str]) -> str:
    if name in names:
        return name
    raise ContractError([_unknown(kind, name, names)], f"correct the name, or add it to {REGISTRY_FILE}")


def _unknown(kind: str, name: str, names: Iterable[str], file: str = REGISTRY_FILE, path: str = "") -> Problem:
    near = next(iter(get_close_matches(name, list(names), n=1)), "")
    return Problem(file, f'no {kind} "{name}" in the registry', path=path or f"$.{kind}s", value=name, suggestion=near)
