"""Reads and writes what other tools keep: ComfyUI-Manager's snapshots (JSON, YAML) and comfy-cli's comfy-lock.yaml.

A snapshot has `comfyui` (commit or null), `git_custom_nodes` {url: {hash, disabled}}, `cnr_custom_nodes` {id: version},
`file_custom_nodes`, `pips`; in YAML all of it lies under `custom_nodes`, and comfy-lock.yaml puts `basic` and `models`
beside. Sources: ComfyUI-Manager `glob/manager_core.py` (`get_current_snapshot`), comfy-cli's README ("Beta Feature").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from comfyvn.errors import ContractError, Problem, UsageError
from comfyvn.graph.definitions import CORE_PACK
from comfyvn.nodeset.matching import match_packs
from comfyvn.nodeset.reality import Reality, SeenPack
from comfyvn.nodeset.repository import repository_of, url_of
from comfyvn.providers import Lock, ModelPin, PackPin, Registry
from comfyvn.reading.files import LIMIT, YAML_LIMIT
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.source import Unread
from comfyvn.reading.yaml_text import parse_yaml

YAML = (".yaml", ".yml")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VERSION = re.compile(r"[\w.+-]{1,64}")


@dataclass(frozen=True)
class Exported:
    """A file of another tool: its text, and what of the lock could not be said in it."""

    text: str
    left_out: tuple[str, ...]


# --- reading


def read_snapshot(file: Path, registry: Registry) -> Reality:
    """What a snapshot or a comfy-lock.yaml claims. Raises UsageError or ContractError when it is none."""
    document = _document(file)
    inner = document.get("custom_nodes")
    nodes: Mapping[str, Any] = inner if isinstance(inner, Mapping) else document
    if not {"comfyui", "git_custom_nodes", "cnr_custom_nodes"} & set(nodes):
        what = "this is no snapshot: it has neither comfyui nor git_custom_nodes"
        allowed = "a snapshot that ComfyUI-Manager saved, or a comfy-lock.yaml"
        raise ContractError([Problem(str(file), what, allowed=allowed)], "name another file")
    return claimed(nodes, document, f"snapshot {file.name}", registry)


def claimed(nodes: Mapping[str, Any], document: Mapping[str, Any], source: str, registry: Registry) -> Reality:
    """What a snapshot's value says, in the registry's names."""
    matched = match_packs(registry, _packs(nodes))
    models = dict(_models(document.get("models"), registry))
    return Reality(source, matched.packs, models, lists_packs=True, notes=matched.notes)


def _document(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(LIMIT + 1)
    except OSError as error:
        raise UsageError(f"the snapshot cannot be read ({error.strerror})", str(file), "correct its name") from error
    is_yaml = file.suffix.lower() in YAML
    if len(data) > (YAML_LIMIT if is_yaml else LIMIT):
        raise UsageError("the file is too large to be a snapshot", str(file), "name a file that a tool has saved")
    source = (parse_yaml if is_yaml else parse_json)(str(file), data)
    if isinstance(source, Unread):
        raise ContractError(source.problems, "save the snapshot anew, or name another file")
    return source.value if isinstance(source.value, Mapping) else {}


def _packs(nodes: Mapping[str, Any]) -> Iterator[SeenPack]:
    core = nodes.get("comfyui")
    yield SeenPack(CORE_PACK, PackPin(commit=_commit(core)), is_core=True)
    for url, entry in sorted(_mapping(nodes.get("git_custom_nodes")).items()):
        said = _mapping(entry)
        if said.get("disabled") is not True:
            folder = PurePosixPath(str(url).replace("\\", "/")).name.removesuffix(".git")  # of a mirror on a disk, too
            yield SeenPack(folder, PackPin(commit=_commit(said.get("hash"))), repository_of(str(url)))
    for name, version in sorted(_mapping(nodes.get("cnr_custom_nodes")).items()):
        if isinstance(version, str) and _VERSION.fullmatch(version):
            yield SeenPack(str(name), PackPin(version=version, cnr=str(name).lower()))


def _models(entries: object, registry: Registry) -> Iterator[tuple[str, ModelPin]]:
    for said in _listed(entries):
        hashes = _listed(said.get("hashes"))
        digests = [str(item.get("hash", "")).lower() for item in hashes if str(item.get("type")).upper() == "SHA256"]
        name = _model_name(said, registry)
        if name and digests and re.fullmatch(r"[0-9a-f]{64}", digests[0]):
            yield name, ModelPin(sha256=digests[0])


def _model_name(said: Mapping[str, Any], registry: Registry) -> str:
    """The registry's name: the entry's own, else that of the one model whose file lies at one of its paths."""
    if str(said.get("model")) in registry.models:
        return str(said["model"])
    paths = [PurePosixPath(str(item.get("path", ""))) for item in _listed(said.get("paths"))]
    places = {PurePosixPath(model.folder) / model.file: name for name, model in registry.models.items()}
    ends = [place for path in paths for place in places if path.parts[-len(place.parts) :] == place.parts]
    return places[ends[0]] if len(set(ends)) == 1 else ""


def _commit(value: object) -> str:
    """A commit, or "": Manager writes "unknown" where it could not tell. YAML reads one of digits alone as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:040}" if 0 <= value < 10**64 else ""
    text = str(value or "").strip().lower()
    return text if _COMMIT.fullmatch(text) and text.strip("0") else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


# --- writing


def to_snapshot(lock: Lock, registry: Registry, as_yaml: bool = False) -> Exported:
    """A snapshot that ComfyUI-Manager restores. It holds no models; packs without a pin are left out."""
    nodes, left_out = _nodes(lock, registry)
    if as_yaml:
        return Exported(_yaml({"custom_nodes": nodes}), left_out)
    return Exported(json.dumps(nodes, indent=4, ensure_ascii=False) + "\n", left_out)


def to_comfy_lock(lock: Lock, registry: Registry) -> Exported:
    """A comfy-lock.yaml: the packs as in a snapshot, and the models with source, place and hash."""
    nodes, left_out = _nodes(lock, registry)
    models = [
        {
            "model": name,
            "url": registry.models[name].source,
            "paths": [{"path": f"models/{registry.models[name].folder}/{registry.models[name].file}"}],
            "hashes": [{"hash": pin.sha256, "type": "SHA256"}],
            "type": registry.models[name].folder,
        }
        for name, pin in sorted(lock.models.items())
        if pin.pin and name in registry.models
    ]
    return Exported(_yaml({"basic": {}, "models": models, "custom_nodes": nodes}), left_out)


def _nodes(lock: Lock, registry: Registry) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The snapshot's value, and the packs of the lock that it cannot hold."""
    git: dict[str, Any] = {}
    cnr: dict[str, str] = {}
    left_out = []
    for name, pin in sorted(lock.packs.items()):
        repository = pin.source or (registry.packs[name].repo if name in registry.packs else "")
        if name == CORE_PACK:
            continue
        if pin.commit and repository:
            git[url_of(repository)] = {"hash": pin.commit, "disabled": False}
        elif pin.cnr and pin.version:
            cnr[pin.cnr] = pin.version
        else:
            left_out.append(name)
    core = lock.packs.get(CORE_PACK)
    nodes: dict[str, Any] = {
        "comfyui": core.commit or None if core else None,
        "git_custom_nodes": dict(sorted(git.items())),
        "cnr_custom_nodes": dict(sorted(cnr.items())),
        "file_custom_nodes": [],
        "pips": {},
    }
    return nodes, tuple(left_out)


def _yaml(value: object) -> str:
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=200))
