"""What planning remembers: parts of a plan with what each was made of, kept while nothing of that has changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from comfyvn.reading.lazily import Trace

Kept = dict[str, list[Any]]  # part → [value, {what it was made of → its digest then}]


class Parts:
    """A memo (see targets.memo). `digest`: what a name that the trace notes is now; "" for what is not there."""

    def __init__(self, kept: Kept, digest: Callable[[str], str], trace: Trace) -> None:
        self._kept, self._digest, self._trace = kept, digest, trace
        self._now: dict[str, str] = {}
        self.used: Kept = {}
        self.is_new = False

    def __call__(self, name: str, make: Callable[[], Any]) -> Any:
        found = self.used.get(name) or self._sound(name)
        if found is None:
            with self._trace.noting() as read:
                value = make()
            found = [value, {sys.intern(each): self.now(each) for each in sorted(read)}]  # kept once, if in many parts
            self.is_new = True
        else:
            self._trace.note(*found[1])
        self.used[name] = found
        return found[0]

    def _sound(self, name: str) -> list[Any] | None:
        found = self._kept.get(name)
        return found if found is not None and self._holds(found[1]) else None

    def _holds(self, read: Mapping[str, str]) -> bool:
        known = self._now
        for name, digest in read.items():  # in a plan of thousands it is asked as often: no generator, few calls
            now = known.get(name)
            if (self.now(name) if now is None else now) != digest:
                return False
        return True

    def now(self, name: str) -> str:
        found = self._now.get(name)
        if found is None:
            found = self._now[name] = self._digest(name)
        return found
