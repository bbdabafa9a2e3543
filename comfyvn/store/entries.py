"""Entries of a cache: which objects an artifact consists of, as a value, as bytes, and as what they are signed by.

An entry is read from foreign hands, so nothing in it is believed before it has been looked at: sizes are bounded,
objects are 64 hexadecimal digits, and a file's suffix leads nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyvn.paths import RECORD_SUFFIX
from comfyvn.store.records import is_inside

ENTRY_VERSION = 1
ENTRY_LIMIT = 2**20  # bytes
DIGEST = re.compile(r"[0-9a-f]{64}")
FINGERPRINT = re.compile(r"(fp[0-9]{1,3}):([0-9a-f]{64})")
# What follows an artifact's stem. Ids have none of these letters: no suffix turns one artifact's name into another's.
SUFFIX = re.compile(r"[-./].*", re.DOTALL)


@dataclass(frozen=True)
class CacheEntry:
    """`files`: what follows the artifact's stem (`.png`, `-0.png`) → SHA-256 of the bytes; `facts`: the maker's.

    `signature` is "" for what nobody signed.
    """

    fingerprint: str
    files: Mapping[str, str]
    facts: Mapping[str, object] = field(default_factory=dict)
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What a signature is taken of: one spelling of all that the entry says, its fingerprint included.

        Raises ValueError for facts that are not JSON.
        """
        return b"comfyvn-cache-entry:1\n" + _spelt(self._said(), allow_nan=False)

    def to_bytes(self) -> bytes:
        return _spelt({**self._said(), **({"signature": self.signature} if self.signature else {})})

    def _said(self) -> dict[str, object]:
        said = {"fingerprint": self.fingerprint, "files": dict(self.files), "facts": dict(self.facts)}
        return {"entry": ENTRY_VERSION, **said}


def _spelt(value: object, allow_nan: bool = True) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=allow_nan).encode()


def parse(data: bytes, fingerprint: str, strict: bool = False) -> CacheEntry | None:
    """The entry of `fingerprint`; None when the bytes are no such entry, or another version's.

    `strict`: it comes from elsewhere, so it must name the fingerprint itself and no file beside its artifact's own.
    """
    try:
        value = json.loads(data, parse_constant=_refuse if strict else None)
        if value["entry"] != ENTRY_VERSION or value.get("fingerprint", None if strict else fingerprint) != fingerprint:
            return None
        entry = CacheEntry(fingerprint, value["files"], value["facts"], value.get("signature", ""))
        return entry if _is_sound(entry) and (not strict or _is_own(entry)) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} has no place in JSON")


def _is_sound(entry: CacheEntry) -> bool:
    return (
        isinstance(entry.facts, dict)
        and isinstance(entry.signature, str)
        and isinstance(entry.files, dict)
        and all(is_inside(f"x{suffix}") and DIGEST.fullmatch(of) for suffix, of in entry.files.items())
    )


def _is_own(entry: CacheEntry) -> bool:
    """Whether it has files, and each can only be its own artifact's: neither a neighbour nor a record."""
    return bool(entry.files) and all(
        SUFFIX.fullmatch(suffix) and not suffix.lower().endswith(RECORD_SUFFIX) for suffix in entry.files
    )


def entry_name(fingerprint: str) -> str:
    """The name of an entry's file, relative to its cache. Raises ValueError for what is no fingerprint."""
    found = FINGERPRINT.fullmatch(fingerprint)
    if found is None:
        raise ValueError(f"no fingerprint: {fingerprint[:80]!r}")
    algorithm, digest = found.groups()
    return f"entries/{algorithm}/{digest[:2]}/{digest}.json"


def object_name(digest: str) -> str:
    """The name of an object's file, relative to its cache. Raises ValueError for what is no digest."""
    if not DIGEST.fullmatch(digest):
        raise ValueError(f"no digest: {digest[:80]!r}")
    return f"objects/{digest[:2]}/{digest}"


_ENTRY = re.compile(r"entries/(fp[0-9]{1,3})/([0-9a-f]{2})/(\2[0-9a-f]{62})\.json")
_OBJECT = re.compile(r"objects/([0-9a-f]{2})/(\1[0-9a-f]{62})")


def named_entry(name: str) -> str | None:
    """The fingerprint that a file's name stands for; None when it is no entry's."""
    found = _ENTRY.fullmatch(name)
    return f"{found[1]}:{found[3]}" if found else None


def named_object(name: str) -> str | None:
    """The digest that a file's name stands for; None when it is no object's."""
    found = _OBJECT.fullmatch(name)
    return found[2] if found else None
