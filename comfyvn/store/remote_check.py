"""Counts a shared cache, and reads all of it to find what is damaged and what is not believed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from comfyvn.store.connections import CONNECTIONS, Refused
from comfyvn.store.entries import ENTRY_LIMIT, entry_name, named_entry, named_object, object_name, parse
from comfyvn.store.remote import Remote
from comfyvn.store.shared import OBJECT_LIMIT
from comfyvn.store.signing import Trust


@dataclass(frozen=True)
class RemoteStats:
    entries: int
    objects: int
    bytes: int


@dataclass(frozen=True)
class RemoteChecked:
    """`believed`: why (`signed`, `tracked`, `trusted`, `refused`) → how many entries; `damaged`: what was removed."""

    objects: int
    entries: int
    believed: dict[str, int] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()


def listed(remote: Remote) -> tuple[dict[str, int], dict[str, int]]:
    """(fingerprint → size, digest → size) of what is there; other names are passed over. Raises RemoteError."""
    entries = {found: size for name, size in remote.listing("entries") if (found := named_entry(name))}
    objects = {found: size for name, size in remote.listing("objects") if (found := named_object(name))}
    return entries, objects


def stats(remote: Remote) -> RemoteStats:
    """Raises RemoteError."""
    entries, objects = listed(remote)
    return RemoteStats(len(entries), len(objects), sum(entries.values()) + sum(objects.values()))


def check(remote: Remote, trust: Trust, advance: Callable[[str], None] = lambda _name: None) -> RemoteChecked:
    """Reads everything; removes objects whose bytes are not what their name says, and entries that are none.

    An entry that is not believed stays: somebody else may believe it. Raises RemoteError.
    """
    remote.sweep()
    entries, objects = listed(remote)

    def of_object(digest: str) -> str | None:
        advance(f"objects/{digest[:12]}")
        with tempfile.TemporaryDirectory(prefix="comfyvn-cache-") as folder:
            try:
                arrived = remote.fetch(object_name(digest), Path(folder) / "object", OBJECT_LIMIT)
            except Refused:
                return f"object {digest}"  # a folder, or too large to be ours: for whoever runs the place to look at
        if arrived in (digest, None):
            return None
        remote.remove(object_name(digest))
        return f"object {digest}"

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        damaged = [found for found in pool.map(of_object, objects) if found]
        sound = objects.keys() - {name.partition(" ")[2] for name in damaged}

        def of_entry(fingerprint: str) -> str:
            advance(f"entries/{fingerprint[4:16]}")
            return _belief(remote, trust, fingerprint, sound)

        beliefs = list(pool.map(of_entry, entries))
    counts = Counter(belief for belief in beliefs if belief)
    named = [f"entry {name}" for name, belief in zip(entries, beliefs, strict=True) if not belief]
    return RemoteChecked(len(objects), len(entries), dict(counts), (*damaged, *named))


def _belief(remote: Remote, trust: Trust, fingerprint: str, objects: frozenset[str] | set[str]) -> str:
    """Why an entry is believed, or `refused`; "" for one that is damaged, or wants an object, which is removed."""
    try:
        data = remote.read(entry_name(fingerprint), ENTRY_LIMIT)
    except Refused:
        data = b""
    if data is None:
        return "refused"  # somebody removed it meanwhile
    entry = parse(data, fingerprint, strict=True)
    if entry is None or not objects >= set(entry.files.values()):
        remote.remove(entry_name(fingerprint))
        return ""
    return trust.believe(entry)[1] or "refused"
