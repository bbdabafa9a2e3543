"""The content-addressed cache: what was ever made, by the fingerprint that made it.

`objects/ab/<sha256>` holds bytes, `entries/fp1/ab/<fingerprint>.json` says which objects an artifact consists of. Files
are copied in and out, never linked, so that editing an artifact cannot change the cache. An entry's time of change is
when it was last used: the collector (store.collect) goes by it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comfyvn.store.entries import CacheEntry, entry_name, object_name, parse
from comfyvn.store.files import Scratch
from comfyvn.store.uses import Uses

LEFT_SECONDS = 86_400


@dataclass(frozen=True)
class Cached:
    """`files`: what follows the artifact's stem (`.png`, `-0.png`) → bytes; `facts`: what the maker said of them."""

    files: Mapping[str, bytes]
    facts: Mapping[str, object]


class Cache:
    """One folder, shared by every novel of this user; safe with many writers because every write is a rename.

    `area`: a folder in it that has entries of its own over the same objects: what only one novel believes.
    """

    def __init__(self, folder: Path, area: str = "") -> None:
        self.folder = folder
        self._entries = folder / area if area else folder
        self.scratch = Scratch(folder / "partial")
        self.uses = Uses(folder)

    def abandon(self) -> None:
        """Nothing is put into it any more by this process, and nothing of its is left half-written."""
        self.hurry()
        self.close()
        self.scratch.close()

    def sweep(self) -> None:
        """Removes what writers that were killed have left half-written, a day ago or longer."""
        for path in self.scratch.folder.glob("*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                    path.unlink()

    def put(self, fingerprint: str, files: Mapping[str, bytes], facts: Mapping[str, object]) -> None:
        listed = {}
        for suffix, data in files.items():
            digest = hashlib.sha256(data).hexdigest()
            if not self.touch(digest):
                self.scratch.publish(data, self.object(digest))
            listed[suffix] = digest
        self.write_entry(CacheEntry(fingerprint, listed, dict(facts)))

    def get(self, fingerprint: str) -> Cached | None:
        """What was made under `fingerprint`; None when it is not here or is damaged (then it is made again)."""
        return self.near(fingerprint)

    def near(self, fingerprint: str) -> Cached | None:
        """What this computer has of it: never asks anybody else."""
        found = self.find(fingerprint)
        self.uses.count("near" if found else "missed")
        return found

    def find(self, fingerprint: str) -> Cached | None:
        """As `near`, without counting it."""
        entry = self.entry(fingerprint)
        try:
            if entry is None:
                return None
            files = {suffix: self._read(digest) for suffix, digest in entry.files.items()}
            with contextlib.suppress(OSError):
                os.utime(self.entry_path(fingerprint))  # used just now
            return Cached(files, entry.facts)
        except (OSError, ValueError):
            return None

    def has(self, fingerprint: str) -> bool:
        """Whether this computer has it, as far as names tell: no object is read."""
        return self.objects(fingerprint) is not None

    def objects(self, fingerprint: str) -> dict[str, Path] | None:
        """What follows the artifact's stem → the file that holds it; None where not all of them are here."""
        entry = self.entry(fingerprint)
        if entry is None or not self.holds(list(entry.files.values())):
            return None
        return {suffix: self.object(digest) for suffix, digest in entry.files.items()}

    def share(self, fingerprint: str) -> None:
        """What was just put may be given to others; a cache of one's own has none."""

    def hurry(self) -> None:
        """The user wants to stop: `close` waits for nothing."""

    def close(self) -> list[str]:
        """Ends what goes on beside the build; returns what there is to say about it. It may be used again."""
        self.uses.write()
        return []

    def entry(self, fingerprint: str) -> CacheEntry | None:
        """The entry as it is written here; whether its objects are here too is not asked."""
        try:
            return parse(self.entry_path(fingerprint).read_bytes(), fingerprint)
        except (OSError, ValueError):
            return None

    def write_entry(self, entry: CacheEntry) -> None:
        """Written when all of its objects are here. Raises StoreError."""
        self.scratch.publish(entry.to_bytes(), self.entry_path(entry.fingerprint))

    def holds(self, digests: Sequence[str]) -> bool:
        """Whether these objects are here, by name."""
        return all(self.object(digest).is_file() for digest in digests)

    def touch(self, digest: str) -> bool:
        """Whether an object is here; one that is counts as written now, so that no collector takes it meanwhile."""
        try:
            os.utime(self.object(digest))
        except FileNotFoundError:
            return False
        except OSError:
            return self.object(digest).exists()
        return True

    def object(self, digest: str) -> Path:
        return self.folder / object_name(digest)

    def entry_path(self, fingerprint: str) -> Path:
        """Raises ValueError for what is no fingerprint."""
        return self._entries / entry_name(fingerprint)

    def _read(self, digest: str) -> bytes:
        data = self.object(digest).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            self.object(digest).unlink(missing_ok=True)
            raise ValueError("damaged")
        return data
