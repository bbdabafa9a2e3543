"""What has moved since artifacts were made: versions of servers and engines, and pins. Nothing is made again for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from comfyvn.bridge.outputs import made_with
from comfyvn.bridge.servers import Server
from comfyvn.contracts.voice import PACKAGED
from comfyvn.engine.grouping import word_of
from comfyvn.engine.used import used
from comfyvn.errors import BridgeError
from comfyvn.paths import groups
from comfyvn.providers import Lock
from comfyvn.store.records import Record

WORDS = {"comfyui_version": "ComfyUI", "pytorch_version": "torch", "device": "on"}
COMFYUI = "comfyui"

Probe = Callable[[Server], Mapping[str, object]]  # /system_stats; raises BridgeError


@dataclass(frozen=True)
class Today:
    """A server as it is now; `trouble`: why it could not be asked."""

    server: str
    made_with: Mapping[str, str]
    trouble: str = ""


@dataclass(frozen=True)
class Group:
    """Artifacts that were made with the same versions. `kinds`: sprites → how many; `engine` without its version."""

    engine: str
    made_with: Mapping[str, str]
    kinds: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True)
class Drift:
    """One thing that moved: `what` (a server, an engine, a pack, a model), from `then` to `now`, for a group."""

    what: str
    then: str
    now: str
    kinds: Mapping[str, int]

    def sentence(self) -> str:
        count = sum(self.kinds.values())
        were = "was" if count == 1 else "were"
        return f"{named(self.kinds)} {were} made with {self.then}; {self.what} now has {self.now}"


@dataclass(frozen=True)
class Report:
    """`servers`: the ComfyUI servers as they are now; `groups`: what the records tell; `drifts`: what differs."""

    servers: tuple[Today, ...]
    groups: tuple[Group, ...]
    drifts: tuple[Drift, ...]


def probed(servers: Iterable[Server], probe: Probe) -> tuple[Today, ...]:
    """Every server of kind comfyui, asked what it is; all at once, as one that is off takes its time."""
    real = [server for server in servers if server.kind == COMFYUI]
    with ThreadPoolExecutor(max(1, len(real))) as pool:
        return tuple(pool.map(lambda server: _asked(server, probe), real))


def _asked(server: Server, probe: Probe) -> Today:
    try:
        return Today(server.name, made_with(probe(server)))
    except BridgeError as error:
        return Today(server.name, {}, error.what)


def drift(records: Sequence[Record], servers: Sequence[Today], engines: Mapping[str, str], lock: Lock) -> Report:
    """`engines`: name → version as it is now, of the engines that run here (draft, espeak)."""
    found = groups_of(records)
    moved = [*_of_servers(found, servers), *_of_engines(records, engines), *_of_pins(records, lock)]
    return Report(tuple(servers), tuple(found), tuple(moved))


def groups_of(records: Iterable[Record]) -> list[Group]:
    """Rendered artifacts by engine and `made_with`, the largest group first."""
    counts: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, int]] = {}
    for record in records:
        told = {name: text for name, text in record.made_with.items() if name in WORDS and text}
        if told:
            kinds = counts.setdefault((record.engine.partition("@")[0], tuple(sorted(told.items()))), {})
            kinds[_kind(record)] = kinds.get(_kind(record), 0) + 1
    found = [Group(engine, dict(told), kinds) for (engine, told), kinds in counts.items()]
    return sorted(found, key=lambda group: (-group.count, group.engine, sorted(group.made_with.items())))


def _of_servers(found: Iterable[Group], servers: Sequence[Today]) -> Iterator[Drift]:
    """A group has drifted from each server that is another than what made it, unless one of them is still the same."""
    known = [server for server in servers if not server.trouble]
    for group in found:
        if group.engine != COMFYUI or any(_changes(group.made_with, server.made_with) == {} for server in known):
            continue
        for server in known:
            now = _changes(group.made_with, server.made_with)
            yield Drift(server.server, versions(group.made_with), versions(now), group.kinds)


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """What the server says today where the record said something else."""
    return {name: now.get(name) or "(it does not say)" for name in then if then[name] != now.get(name)}


def versions(told: Mapping[str, str]) -> str:
    """`ComfyUI 0.3.64, torch 2.8.0, on NVIDIA GeForce RTX 4090`."""
    return ", ".join(f"{word} {told[name]}" for name, word in WORDS.items() if told.get(name))


def _of_engines(records: Iterable[Record], engines: Mapping[str, str]) -> Iterator[Drift]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for record in records:
        name, _, version = record.engine.partition("@")
        version = version.partition("+")[0] if name in PACKAGED else version
        if version and name in engines and engines[name] != version:
            kinds = counts.setdefault((name, version), {})
            kinds[_kind(record)] = kinds.get(_kind(record), 0) + 1
    for (name, version), kinds in sorted(counts.items()):
        yield Drift(name, f"{name} {version}", f"version {engines[name]}", kinds)


def _of_pins(records: Iterable[Record], lock: Lock) -> Iterator[Drift]:
    """Packs and models that the lock now pins to something else than a record was made with."""
    counts: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for record in records:
        for kind, name, then, now in _pins(record, lock):
            if then != now:
                kinds = counts.setdefault((kind, name, then, now), {})
                kinds[_kind(record)] = kinds.get(_kind(record), 0) + 1
    for (kind, name, then, now), kinds in sorted(counts.items()):
        was = f"{kind} {name} at {_short(then)}" if then else f"{kind} {name} not pinned"
        yield Drift("the lock", was, _short(now), kinds)


def _pins(record: Record, lock: Lock) -> Iterator[tuple[str, str, str, str]]:
    """(pack or model, its name, what it was pinned to, what it is pinned to now), "" for nothing."""
    told = used(record.recipe, lock)
    for name, entry in told.packs.items():
        yield "pack", name, entry.get("commit") or entry.get("version", ""), lock.pack_pin(name) or ""
    for name, entry in told.models.items():
        yield "model", name, entry.get("sha256", ""), lock.model_pin(name) or ""


def _short(pin: str) -> str:
    return (pin[:12] if len(pin) >= 40 else pin) or "no pin for it"


def _kind(record: Record) -> str:
    return groups(record.target)[0] if groups(record.target) else record.target


def named(kinds: Mapping[str, int]) -> str:
    """`64 sprites, 3 backgrounds`."""
    return ", ".join(f"{count} {word_of(kind, count)}" for kind, count in sorted(kinds.items()))
