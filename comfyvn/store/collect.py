"""Looks after a cache's folder: counts it, checks it, and removes what was not used for longest.

All of it may run while builds use the cache. What is young is never removed: a build may be about to name it in an
entry; and entries go before their objects, so that a reader finds a whole artifact or none.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comfyvn.store.entries import CacheEntry, named_entry, named_object, parse
from comfyvn.store.uses import read_uses

YOUNG_S = 3600.0
Advance = Callable[[str], None]  # told what was just looked at


@dataclass(frozen=True)
class Stored:
    """A file of a cache: its size in bytes, and when it was last used (seconds since 1970)."""

    path: Path
    size: int
    used: float


@dataclass(frozen=True)
class Contents:
    """`entries` and `objects` by path and by digest; `areas` of novels included."""

    entries: Mapping[Path, Stored]
    objects: Mapping[str, Stored]

    @property
    def bytes(self) -> int:
        return sum(one.size for one in (*self.entries.values(), *self.objects.values()))


@dataclass(frozen=True)
class Stats:
    """`hits`: how often this computer, the shared cache, or neither had what a build asked for."""

    entries: int
    objects: int
    bytes: int
    hits: Mapping[str, int]


@dataclass(frozen=True)
class Collected:
    entries: int
    objects: int
    freed: int
    left: int


@dataclass(frozen=True)
class Checked:
    """What a check looked at, and the names of the damaged objects and entries, which it removed."""

    objects: int
    entries: int
    damaged: tuple[str, ...]


def contents(folder: Path) -> Contents:
    """Everything that is stored; files of other names are passed over."""
    found = ((path, _stored(path)) for root in roots(folder) for path in (root / "entries").glob("*/*/*.json"))
    entries = {path: one for path, one in found if one is not None}
    objects: dict[str, Stored] = {}
    for path in (folder / "objects").glob("*/*"):
        digest, one = named_object(f"objects/{path.parent.name}/{path.name}"), _stored(path)
        if digest is not None and one is not None:
            objects[digest] = one
    return Contents(entries, objects)


def roots(folder: Path) -> Iterator[Path]:
    """The folders that have entries: the cache's own, and those of what single novels believe."""
    yield folder
    yield from sorted((folder / "apart").glob("*"))


def stats(folder: Path) -> Stats:
    found = contents(folder)
    return Stats(len(found.entries), len(found.objects), found.bytes, read_uses(folder))


def entry_at(path: Path) -> CacheEntry | None:
    """The entry in a file; None when it is damaged, or its name is no entry's."""
    fingerprint = named_entry("/".join(path.parts[-4:]))
    try:
        return parse(path.read_bytes(), fingerprint) if fingerprint else None
    except OSError:
        return None


def collect(folder: Path, max_bytes: int, young_s: float = YOUNG_S) -> Collected:
    """Removes entries, those first that were not used for longest, until `max_bytes` are left; then what they held.

    Objects that no entry names go first. What is younger than `young_s` seconds stays whatever the size.
    """
    found, now = contents(folder), time.time()
    entries = {path: entry_at(path) for path in found.entries}
    holders: dict[str, int] = {}
    for entry in entries.values():
        for digest in set(entry.files.values()) if entry else ():
            holders[digest] = holders.get(digest, 0) + 1
    orphans = [digest for digest in found.objects if digest not in holders]
    freed, gone = _remove_objects(found.objects, orphans, now - young_s)
    removed = 0
    for path, stored in sorted(found.entries.items(), key=lambda item: item[1].used):
        if found.bytes - freed <= max_bytes:
            break
        if not _remove(stored, now - young_s):
            continue
        removed, freed = removed + 1, freed + stored.size
        entry = entries[path]
        free = []
        for digest in set(entry.files.values()) if entry else ():
            holders[digest] -= 1
            free += [digest] if not holders[digest] else []
        more, count = _remove_objects(found.objects, free, now - young_s)
        freed, gone = freed + more, gone + count
    return Collected(removed, gone, freed, found.bytes - freed)


def _remove_objects(objects: Mapping[str, Stored], digests: list[str], before: float) -> tuple[int, int]:
    """(bytes freed, files removed)."""
    gone = [objects[digest] for digest in digests if digest in objects and _remove(objects[digest], before)]
    return sum(one.size for one in gone), len(gone)


def _remove(stored: Stored, before: float) -> bool:
    """Removes a file unless it was used since `before`, as it is now: a build may have come meanwhile."""
    try:
        if stored.path.stat().st_mtime >= before:
            return False
        stored.path.unlink()
    except OSError:
        return False
    return True


def check(folder: Path, advance: Advance = lambda _name: None) -> Checked:
    """Reads every object and entry; removes what is damaged, and entries that want an object."""
    found, damaged = contents(folder), list[str]()
    for digest, stored in found.objects.items():
        advance(f"objects/{digest[:12]}")
        with contextlib.suppress(FileNotFoundError):
            if _sha256(stored.path) != digest:
                stored.path.unlink()
                damaged.append(f"object {digest}")
    for path in found.entries:
        advance(f"entries/{path.stem[:12]}")
        entry = entry_at(path)
        if entry is None or not all((folder / f"objects/{of[:2]}/{of}").exists() for of in entry.files.values()):
            path.unlink(missing_ok=True)
            damaged.append(f"entry {path.stem}")
    return Checked(len(found.objects), len(found.entries), tuple(damaged))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(path: Path) -> Stored | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return Stored(path, found.st_size, found.st_mtime)
