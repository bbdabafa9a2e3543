"""Asks a running ComfyUI what it has: its version, its packs, and (where ComfyUI-Manager runs) their commits.

Nothing is claimed that a server cannot know: without Manager it says which packs it has loaded, not at which commit,
and no server says the hash of a model. Manager's routes are those of its `glob/manager_server.py`; version 4 has them
under `/v2`. `mode=imported` lists what was loaded when the server started, which is what renders.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server
from comfyvn.bridge.wire import Wire
from comfyvn.errors import BridgeError
from comfyvn.graph.definitions import CORE_PACK, from_object_info
from comfyvn.nodeset.classes import class_digests
from comfyvn.nodeset.matching import match_packs
from comfyvn.nodeset.reality import Reality, SeenPack
from comfyvn.providers import PackPin, Registry
from comfyvn.reading import read_definitions

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VERSION = re.compile(r"v?([\w.+-]{1,64})")
_PACK_MODULE = "custom_nodes."


def read_server(server: Server, registry: Registry, classes: Collection[str]) -> Reality:
    """What the server has; `classes`: node classes whose definitions are digested. Raises ServerDown or BridgeError."""
    stats, info, installed, snapshot = asyncio.run(_asked(server))
    version = str(_mapping(stats.get("system")).get("comfyui_version", ""))
    if "draft" in version:
        what = "this is the draft endpoint: it draws placeholders, and no pack of it is real"
        raise BridgeError(what, server.label(), "name a server that runs ComfyUI")
    commit = str(snapshot.get("comfyui") or "")
    known = {name: node.pack for name, node in read_definitions().classes.items()} | registry.packs_by_class()
    matched = match_packs(registry, [_core(version, commit), *_packs(info, installed, known)])
    notes = list(matched.notes)
    if not installed:
        notes.append("ComfyUI-Manager does not answer there: which commits the packs have is not known")
    return Reality(
        source=server.label(),
        packs=matched.packs,
        classes=class_digests(from_object_info(info, version), classes),
        lists_packs=True,
        lists_classes=True,
        notes=tuple(notes),
    )


async def _asked(server: Server) -> tuple[Mapping[str, Any], ...]:
    """system_stats, object_info, Manager's installed packs and its snapshot; the last two empty where it is not."""
    wire = Wire(server, Limits())
    try:
        stats = await _needed(wire, "/system_stats", "system")
        info = await _needed(wire, "/object_info")
        installed = await _offered(wire, "/customnode/installed", {"mode": "imported"})
        snapshot = await _offered(wire, "/snapshot/get_current") if installed else {}
        return stats, {name: node for name, node in info.items() if isinstance(node, Mapping)}, installed, snapshot
    finally:
        await wire.close()


async def _needed(wire: Wire, path: str, member: str = "") -> Mapping[str, Any]:
    answer = await wire.ask("GET", path)
    found = answer.json()
    if answer.status != 200 or not isinstance(found, Mapping) or (member and member not in found):
        raise wire.unexpected(path, answer)
    return found


async def _offered(wire: Wire, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    for prefix in ("/v2", ""):
        answer = await wire.ask("GET", prefix + path, params=params)
        found = answer.json()
        if answer.status == 200 and isinstance(found, Mapping):
            return found
    return {}


def _core(version: str, commit: str) -> SeenPack:
    said = _VERSION.fullmatch(version)
    pin = PackPin(commit=_commit(commit), version=said.group(1) if said else "", state="verified")
    return SeenPack(CORE_PACK, pin, is_core=True)


def _packs(info: Mapping[str, Any], installed: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[SeenPack]:
    """What Manager lists as loaded; besides that, every folder that a node class says it comes from.

    `known`: node class → pack. A folder may have any name; whose classes it has tells which pack it is.
    """
    folders = _folders(info)
    for folder, entry in sorted(installed.items()):
        said = _mapping(entry)
        if said.get("enabled") is not False:
            yield replace(_listed(str(folder), said), provides=_provided(folders.get(str(folder), ()), known))
    for folder, classes in sorted(folders.items()):
        if folder not in installed:
            yield SeenPack(folder, PackPin(), provides=_provided(classes, known))


def _folders(info: Mapping[str, Any]) -> dict[str, list[str]]:
    """Folder of a pack → the node classes that come from it."""
    found: dict[str, list[str]] = {}
    for name, node in info.items():
        module = str(node.get("python_module", ""))
        if module.startswith(_PACK_MODULE):
            found.setdefault(module.removeprefix(_PACK_MODULE).partition(".")[0], []).append(name)
    return found


def _provided(classes: Collection[str], known: Mapping[str, str]) -> str:
    """The one pack that provides those of the classes that are known; "" where they are several packs', or nobody's."""
    packs = {known[name] for name in classes if name in known}
    return packs.pop() if len(packs) == 1 else ""


def _listed(folder: str, said: Mapping[str, Any]) -> SeenPack:
    """`ver` is a commit of a checkout, a version of what the Comfy Registry gave, or "unknown"."""
    ver, repository = str(said.get("ver") or "").strip(), str(said.get("aux_id") or "").strip()
    repository = repository if repository.count("/") == 1 else ""
    commit, cnr = _commit(ver), str(said.get("cnr_id") or "").strip().lower()
    if commit:
        return SeenPack(folder, PackPin(commit=commit, state="verified"), repository)
    if cnr and not repository and _VERSION.fullmatch(ver) and ver != "unknown":
        return SeenPack(folder, PackPin(version=ver, cnr=cnr, state="verified"))
    return SeenPack(folder, PackPin(), repository)


def _commit(text: str) -> str:
    text = text.strip().lower()
    return text if _COMMIT.fullmatch(text) and text.strip("0") else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
