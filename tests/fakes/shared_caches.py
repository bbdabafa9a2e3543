"""Shared caches for tests: two users of one place, in folders or in memory, and what an attacker would write there."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comfyvn.store.cache import Cache
from comfyvn.store.entries import CacheEntry, entry_name, object_name
from comfyvn.store.places import open_remote
from comfyvn.store.remote import Remote
from comfyvn.store.shared import SharedCache, Sharing
from comfyvn.store.signing import Keys, Trust, Vouched

KEY = b"a key that this test's team shares"
FINGERPRINT = "fp1:" + "ab" * 32
FACTS = {"engine": "comfyui", "repeatable": True, "seeds": {"seed": 7}, "made_with": {}, "notes": {}}
FILES = {".png": b"pixels", "-0.png": b"more pixels"}


def in_folder(folder: Path) -> Remote:
    folder.mkdir(parents=True, exist_ok=True)
    return open_remote(folder.as_uri(), {})


def in_memory() -> Remote:
    import fsspec

    return Remote(lambda: fsspec.filesystem("memory"), f"/{uuid.uuid4().hex}", "memory://", moves=False)


def shared(
    folder: Path,
    remote: Remote,
    keys: Sequence[bytes] = (KEY,),
    trusted: bool = False,
    tracked: Mapping[str, Sequence[Vouched]] | None = None,
    push: bool = True,
) -> SharedCache:
    trust = Trust(Keys(tuple(keys)), trusted, lambda: tracked or {})
    return SharedCache(folder, remote, Sharing(push, trust))


def given(cache: Cache, fingerprint: str = FINGERPRINT, files: Mapping[str, bytes] = FILES) -> None:
    """What a build does after it has made something final."""
    cache.put(fingerprint, files, FACTS)
    cache.share(fingerprint)


def plant(remote: Remote, files: Mapping[str, bytes], keys: Keys | None = None, **members: Any) -> None:
    """An entry with its objects, as somebody who may write there would leave them."""
    listed = {suffix: hashlib.sha256(data).hexdigest() for suffix, data in files.items()}
    entry = CacheEntry(FINGERPRINT, listed, members.get("facts", FACTS), members.get("signature", ""))
    for suffix, data in files.items():
        remote.write(object_name(listed[suffix]), data)
    remote.write(entry_name(FINGERPRINT), (keys.sign(entry) if keys else entry).to_bytes())
