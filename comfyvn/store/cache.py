"""The content-addressed cache: what was ever made, by the fingerprint that made it.

`objects/ab/<sha256>` holds bytes, `entries/ab/<fingerprint>.json` says which objects an artifact consists of. Files
are copied in and out, never linked, so that editing an artifact cannot change the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comfyvn.store.files import Scratch
from comfyvn.store.records import is_inside

ENTRY_VERSION = 1
LEFT_SECONDS = 86_400
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Cached:
    """`files`: what follows the artifact's stem (`.png`, `-0.png`) → bytes; `facts`: what the maker said of them."""

    files: Mapping[str, bytes]
    facts: Mapping[str, object]


class Cache:
    """One folder, shared by every novel of this user; safe with many writers because every write is a rename."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._scratch = Scratch(folder / "partial")

    def close(self) -> None:
        """Nothing is put into it any more by this process, and nothing of its is left half-written."""
        self._scratch.close()

    def sweep(self) -> None:
        """Removes what writers that were killed have left half-written, a day ago or longer."""
        for path in self._scratch.folder.glob("*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                    path.unlink()

    def put(self, fingerprint: str, files: Mapping[str, bytes], facts: Mapping[str, object]) -> None:
        listed = {}
        for suffix, data in files.items():
            digest = hashlib.sha256(data).hexdigest()
            if not self._object(digest).exists():
                self._scratch.publish(data, self._object(digest))
            listed[suffix] = digest
        entry = {"entry": ENTRY_VERSION, "files": listed, "facts": dict(facts)}
        self._scratch.publish(json.dumps(entry, sort_keys=True).encode(), self._entry(fingerprint))

    def get(self, fingerprint: str) -> Cached | None:
        """What was made under `fingerprint`; None when it is not here or is damaged (then it is made again)."""
        try:
            entry = json.loads(self._entry(fingerprint).read_bytes())
            if entry["entry"] != ENTRY_VERSION:
                return None
            # A cache is shared: what it says becomes no path before it has been looked at.
            if not isinstance(entry["facts"], dict) or not all(
                is_inside(f"x{suffix}") and DIGEST.fullmatch(of) for suffix, of in entry["files"].items()
            ):
                return None
            files = {suffix: self._read(digest) for suffix, digest in entry["files"].items()}
            return Cached(files, entry["facts"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def _read(self, digest: str) -> bytes:
        data = self._object(digest).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            self._object(digest).unlink(missing_ok=True)
            raise ValueError("damaged")
        return data

    def _object(self, digest: str) -> Path:
        return self.folder / "objects" / digest[:2] / digest

    def _entry(self, fingerprint: str) -> Path:
        algorithm, _, digest = fingerprint.partition(":")
        return self.folder / "entries" / algorithm / digest[:2] / f"{digest}.json"
