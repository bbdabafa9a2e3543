"""Asks every server what it is and what it has, all at once: one that is off takes its time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from comfyvn.bridge.comfy import ComfyBridge
from comfyvn.bridge.complaints import mapping, quoted, sequence
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server
from comfyvn.doctor.finding import Finding
from comfyvn.doctor.graphs import Knowledge, Patient, examine
from comfyvn.doctor.usage import Usage
from comfyvn.errors import BridgeError
from comfyvn.graph.definitions import from_object_info

QUICK = Limits(patience_s=1.0)
SILENCE_S = 20.0  # a render may be waited for longer than somebody who wants to know what is wrong
GIB = 2**30


def examine_servers(servers: Sequence[Server], usages: Iterable[Usage], knowledge: Knowledge) -> list[Finding]:
    """Every server, with every workflow on each, in the order given."""
    wanted = tuple(usages)
    with ThreadPoolExecutor(max(len(servers), 1)) as threads:
        found = threads.map(lambda server: list(_server(server, wanted, knowledge)), servers)
        return [finding for findings in found for finding in findings]


def _server(server: Server, usages: Sequence[Usage], knowledge: Knowledge) -> Iterator[Finding]:
    try:
        with ComfyBridge(replace(server, silence_s=min(server.silence_s, SILENCE_S)), limits=QUICK) as bridge:
            stats, info = bridge.probe(), bridge.object_info()
    except BridgeError as error:
        yield Finding(server.name, "reachable", "error", error.what, error.todo)
        return
    yield Finding(server.name, "reachable", "good", server.url)
    system = mapping(stats.get("system"))
    yield _version(server, system, knowledge)
    yield from _devices(server, stats)
    live = from_object_info({name: node for name, node in info.items() if isinstance(node, Mapping)})
    if not live.classes:
        yield Finding(server.name, "classes", "error", "its /object_info names no node class", "see what answers there")
        return
    patient = Patient(server, live)
    yield Finding(server.name, "classes", "good", f"{len(live.classes)} node classes")
    if server.kind == "comfyui":
        said = "ComfyUI does not tell how much room its disk has"
        yield Finding(server.name, "disk space", "note", said, "look there, where output/ and models/ are")
    for usage in usages:
        yield from examine(usage, patient, knowledge)


def _version(server: Server, system: Mapping[str, object], knowledge: Knowledge) -> Finding:
    """Its version, held against the one whose definitions and protocol this package was tested with."""
    told = quoted(system.get("comfyui_version") or "", server, 40)
    torch = quoted(system.get("pytorch_version") or "", server, 40)
    said = f"ComfyUI {told or '(it does not say which)'}" + (f", torch {torch}" if torch else "")
    tested = knowledge.known.comfyui
    if "draft" in told:
        what = f"ComfyVN's own draft endpoint ({told})"
        if server.kind == "comfyui":
            todo = "name a real ComfyUI, or say kind: draft for it in providers/servers.yaml"
            return Finding(server.name, "version", "warning", f"{what}: what it makes are placeholders", todo)
        return Finding(server.name, "version", "good", what)
    if not _numbers(told):
        return Finding(server.name, "version", "note", said, f"tested with {tested}")
    if _numbers(told) < _numbers(tested):
        return Finding(server.name, "version", "warning", f"{said}: older than {tested}, the tested one", "update it")
    newer = "" if _numbers(told) == _numbers(tested) else f" (tested with {tested})"
    return Finding(server.name, "version", "good", said + newer)


def _numbers(version: str) -> tuple[int, ...]:
    """`0.3.64` or `v0.3.64-7-gabc` → (0, 3, 64); () for what is no version."""
    found = re.match(r"v?(\d{1,6}(?:\.\d{1,6})*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _devices(server: Server, stats: Mapping[str, object]) -> Iterator[Finding]:
    for entry in sequence(stats.get("devices"))[:16]:
        device = mapping(entry)
        name, kind = quoted(device.get("name") or "a device", server, 100), str(device.get("type", ""))
        memory = _memory(device, "ram" if kind == "cpu" else "vram")
        if server.kind == "comfyui" and kind == "cpu":
            todo = "see that ComfyUI finds the graphics card; renders take minutes like this"
            yield Finding(server.name, "device", "warning", f"{name}{memory}: no GPU", todo)
        else:
            yield Finding(server.name, "device", "good", f"{name}{memory}")


def _memory(device: Mapping[str, object], kind: str) -> str:
    total, free = device.get("vram_total"), device.get("vram_free")
    if not isinstance(total, (int, float)) or not isinstance(free, (int, float)) or total <= 0:
        return ""
    return f", {total / GIB:.1f} GiB {kind.upper()} ({free / GIB:.1f} free)"
