"""Who is believed: entries of a shared cache that are signed, vouched for by a tracked record, or in a trusted place.

A signature is HMAC-SHA256 over an entry's canonical bytes, its fingerprint included, with a key that a team shares by
the environment. Keys stand in no message, record or log.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from comfyvn.errors import UsageError
from comfyvn.store.entries import CacheEntry

KEY_VARIABLE = "COMFYVN_CACHE_KEY"
KEY_LENGTH = 16
PREFIX = "hmac-sha256:"
Belief = Literal["signed", "tracked", "trusted", ""]


@dataclass(frozen=True)
class Keys:
    """The first signs; each of them verifies, so that a team can change its key without a gap."""

    words: tuple[bytes, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.words)

    def sign(self, entry: CacheEntry) -> CacheEntry:
        """The entry with the first key's signature; unsigned where there is no key."""
        return replace(entry, signature=_signature(self.words[0], entry) if self.words else "")

    def verify(self, entry: CacheEntry) -> bool:
        return any(_is(_signature(word, entry), entry.signature) for word in self.words)

    def is_current(self, entry: CacheEntry) -> bool:
        """Whether the first key signed it."""
        return bool(self.words) and _is(_signature(self.words[0], entry), entry.signature)


def _signature(word: bytes, entry: CacheEntry) -> str:
    return PREFIX + hmac.new(word, entry.signed_bytes(), hashlib.sha256).hexdigest()


def _is(made: str, given: str) -> bool:
    return hmac.compare_digest(made.encode(), given.encode("utf-8", "replace"))


def read_keys(environ: Mapping[str, str]) -> Keys:
    """The keys of COMFYVN_CACHE_KEY, parted by commas or white space; none where it is not set.

    Raises UsageError for one that is short enough to be guessed; the message does not repeat it.
    """
    words = environ.get(KEY_VARIABLE, "").replace(",", " ").split()
    if any(len(word) < KEY_LENGTH for word in words):
        raise UsageError(
            f"a key in {KEY_VARIABLE} has fewer than {KEY_LENGTH} characters",
            "the environment",
            'make one with: python -c "import secrets; print(secrets.token_hex(32))"',
        )
    return Keys(tuple(word.encode() for word in words))


@dataclass(frozen=True)
class Vouched:
    """What a tracked record says of an artifact: file name → SHA-256 of its bytes, and the maker's facts."""

    files: Mapping[str, str]
    facts: Mapping[str, object]

    def is_of(self, files: Mapping[str, str]) -> bool:
        """Whether an entry's files (suffix → digest) are these files, under one stem."""
        name = next(iter(sorted(self.files)), "")
        stems = {name.removesuffix(suffix) for suffix in files if name.endswith(suffix)}
        return any({stem + suffix: digest for suffix, digest in files.items()} == self.files for stem in stems)


Tracked = Callable[[], Mapping[str, Sequence[Vouched]]]


@dataclass(frozen=True)
class Trust:
    """`tracked` gives fingerprint → what records say that Git tracks; it is asked when an unsigned entry comes."""

    keys: Keys = Keys()
    trusted: bool = False
    tracked: Tracked = dict

    def believe(self, entry: CacheEntry) -> tuple[CacheEntry, Belief]:
        """The entry as it may be used, and why; "" when it may not. Facts come from the record where one vouches."""
        if self.keys.verify(entry):
            return entry, "signed"
        for vouched in self.tracked().get(entry.fingerprint, ()):
            if vouched.is_of(entry.files):
                return replace(entry, facts=vouched.facts), "tracked"
        return entry, "trusted" if self.trusted else ""
