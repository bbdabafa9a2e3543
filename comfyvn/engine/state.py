"""The novel's untracked state under .comfyvn/: what may be lost at any time without a wrong build."""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path

from comfyvn.engine.digests import DigestTable
from comfyvn.engine.lock import BuildLock
from comfyvn.engine.sweep import Signature, signature
from comfyvn.errors import StoreError
from comfyvn.store.files import Scratch

FOLDER = ".comfyvn"


class State:
    """Scratch folder, digests, lock, and the targets that the user wants made again."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the novel's state cannot be kept ({error.strerror})", str(self.folder), "move what is there away"
            ) from error
        self.scratch = Scratch(self.folder / "partial")
        self.digests = DigestTable(root, self.folder / "digests", self.scratch)
        self.journal = self.folder / "journal"
        self.lock = BuildLock(self.folder)
        self._forgotten = self.folder / "forgotten.json"
        self._guard = threading.Lock()

    def signed_forgotten(self) -> dict[str, Signature]:
        """The file of what is forgotten, for the sweep."""
        return {f"{FOLDER}/{self._forgotten.name}": signature(str(self._forgotten))}

    def forgotten(self) -> dict[str, str]:
        """Target → a token that tells this forgetting from earlier ones, to servers that remember renders."""
        try:
            found = json.loads(self._forgotten.read_text("utf-8"))
            return {str(name): str(token) for name, token in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def forget(self, names: frozenset[str]) -> None:
        """From now on these are stale, and the cache does not answer for them, until they are made."""
        with self._guard:
            self._write(self.forgotten() | dict.fromkeys(names, secrets.token_hex(8)))

    def remember(self, name: str) -> None:
        with self._guard:
            names = self.forgotten()
            if names.pop(name, None) is not None:
                self._write(names)

    def _write(self, names: dict[str, str]) -> None:
        self.scratch.publish(json.dumps(names, sort_keys=True).encode(), self._forgotten)
