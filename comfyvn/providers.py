"""The registry of node packs and models, what pins them, and what may be sold: pure, on values that others have read.

- `providers/providers.json` (`parse_registry`): packs by name (repository, category), models by logical name (file,
  folder of the server, source, SHA-256, licence, commercial use), models that nodes load by themselves (`implied`).
  A file of the user's own may lie over it (`overlaid`).
- `providers/nodeset.lock.json` (`parse_lock`): commits of packs, hashes of models, digests of node classes; `state`:
  verified or claimed. A commit or a hash that is empty or all zeros pins nothing.

A workflow names models logically; which file of a server that is, is the server's affair and enters no fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from comfyvn.contracts.bases import PATTERN as BASE_PATTERN
from comfyvn.contracts.bases import UNKNOWN, family
from comfyvn.errors import ContractError, Problem, closest

REGISTRY_FILE = "providers/providers.json"
LOCK_FILE = "providers/nodeset.lock.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _no_zeros(value: str) -> str:
    """A digest of zeros is how other tools write "not known"."""
    return value if value.strip("0") else ""


def _inside_folder(value: str) -> str:
    if any(letter in value for letter in "\\:\0") or {"", ".", ".."} & set(value.split("/")):
        raise ValueError("a name inside a model folder, with forward slashes, without . and ..")
    return value


# Git names commits by SHA-1 (40 digits), or by SHA-256 (64) in repositories that were made so.
Commit = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})?$"), AfterValidator(_no_zeros)]
Hash = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$"), AfterValidator(_no_zeros)]
Place = Annotated[str, Field(min_length=1), AfterValidator(_inside_folder)]
State = Literal["verified", "claimed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Kind = TypeVar("_Kind", bound=_Frozen)


class Pack(_Frozen):
    """A node pack: `repo` is `owner/name` on GitHub; `classes`: node classes of it that are not in our definitions."""

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    category: str = ""
    classes: tuple[str, ...] = ()


class Model(_Frozen):
    """A weights file in ComfyUI's model folder `folder`.

    `base`: the family that it belongs to (see `contracts.bases`); `commercial`: whether what it makes may be sold, and
    `note` why.
    """

    file: Place
    folder: Place
    source: str = ""
    sha256: Sha256 | None = None
    licence: str = ""
    commercial: Literal["yes", "no", "unknown"] = "unknown"
    base: str = Field(default="", pattern=BASE_PATTERN)
    note: str = ""


class Implied(_Frozen):
    """Models that a node of class `node` loads by itself when its inputs hold the values of `when`.

    `base`: only for checkpoints of this family.
    """

    node: str
    when: dict[str, str] = {}
    base: str = Field(default="", pattern=BASE_PATTERN)
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

    def bases(self) -> dict[str, str]:
        """Logical name → base, of the models that state one."""
        return {name: model.base for name, model in self.models.items() if model.base}

    def packs_by_class(self) -> dict[str, str]:
        """Node class → the pack that says it provides it."""
        return {name: pack for pack, entry in sorted(self.packs.items()) for name in entry.classes}

    def models_by_folder(self) -> dict[str, list[str]]:
        """Folder → the file names of its models, sorted: what a server that has everything would list."""
        folders: dict[str, set[str]] = {}
        for model in self.models.values():
            folders.setdefault(model.folder, set()).add(model.file)
        return {folder: sorted(files) for folder, files in sorted(folders.items())}


class PackPin(_Frozen):
    """What fixes a pack: the commit of a checkout, else the version that was installed from the Comfy Registry.

    `version`: as the pack itself says it; `cnr`: its id in the Comfy Registry when it was installed from there;
    `source`: `owner/name` (or the URL) of a checkout that is not the registry's repository; `changes`: a digest of
    what was changed in tracked files without a commit, "" for nothing.
    """

    commit: Commit = ""
    version: str = ""
    cnr: str = ""
    source: str = ""
    changes: Hash = ""
    state: State = "claimed"

    @property
    def pin(self) -> str | None:
        """What enters a fingerprint; None when nothing is pinned."""
        if self.commit:
            return f"{self.commit}+{self.changes[:16]}" if self.changes else self.commit
        return self.version or None


class ModelPin(_Frozen):
    sha256: Hash = ""
    state: State = "claimed"

    @property
    def pin(self) -> str | None:
        return self.sha256 or None


class Lock(_Frozen):
    """What is pinned. A pack or a model that is not here is known by its name alone.

    `classes`: node class → digest of its definition on the server that was locked, so that drift can be told; it
    enters no fingerprint.
    """

    version: Literal[1] = 1
    packs: dict[str, PackPin] = {}
    models: dict[str, ModelPin] = {}
    classes: dict[str, Sha256] = {}

    def pack_pin(self, name: str) -> str | None:
        return self.packs[name].pin if name in self.packs else None

    def model_pin(self, name: str) -> str | None:
        return self.models[name].pin if name in self.models else None


def parse_registry(document: object, file: str = REGISTRY_FILE, under: Registry | None = None) -> Registry:
    """The registry in a JSON value; `under` is what it will lie over, whose models it may name.

    Raises `ContractError` with every problem.
    """
    registry = _parsed(Registry, document, file)
    models = {**(under.models if under else {}), **registry.models}
    named = {name: i for i, entry in enumerate(registry.implied) for name in entry.models}
    problems = [
        _unknown("model", name, models, file, f"$.implied[{index}].models")
        for name, index in named.items()
        if name not in models
    ]
    if problems:
        raise ContractError(problems)
    return registry


def overlaid(under: Registry, over: Registry) -> Registry:
    """Both registries as one; of two entries of one name the one of `over` counts."""
    return Registry(
        version=1,
        packs={**under.packs, **over.packs},
        models={**under.models, **over.models},
        implied=(*under.implied, *(entry for entry in over.implied if entry not in under.implied)),
    )


def parse_lock(document: object, file: str = LOCK_FILE) -> Lock:
    """The lock in a JSON value; `None` (no lock file) pins nothing. Raises `ContractError` with every problem."""
    return Lock() if document is None else _parsed(Lock, document, file)


def implied_models(registry: Registry, graph: Mapping[str, Any]) -> tuple[str, ...]:
    """Logical names of the models that the nodes of a bound graph load without naming a file, sorted."""
    families = _families(registry, graph)
    found = {
        name
        for node in graph.values()
        for entry in registry.implied
        if node["class_type"] == entry.node
        and (not entry.base or entry.base in families)
        and all(node["inputs"].get(key) == value for key, value in entry.when.items())
        for name in entry.models
    }
    return tuple(sorted(found))


def _families(registry: Registry, graph: Mapping[str, Any]) -> frozenset[str]:
    """The families of the checkpoints that a bound graph names."""
    tokens = [value for node in graph.values() for value in node["inputs"].values() if isinstance(value, Mapping)]
    named = [registry.models.get(str(token.get("$model", ""))) for token in tokens]
    checkpoints = [model for model in named if model is not None and model.folder == "checkpoints"]
    return frozenset(family(model.base) or UNKNOWN for model in checkpoints)


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
    return {
        "packs": {name: lock.pack_pin(name) for name in wanted_packs},
        "models": {name: lock.model_pin(name) for name in wanted_models},
    }


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
    near = closest(name, names)
    return Problem(file, f'no {kind} "{name}" in the registry', path=path or f"$.{kind}s", value=name, suggestion=near)
