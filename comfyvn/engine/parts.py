"""What planning remembers: parts of a plan with what each was made of, kept while nothing of that has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comfyvn.reading.lazily import Trace

Kept = dict[str, tuple[Any, tuple[str, ...]]]  # part → (value, names of what it was made of)


class Parts:
    """A memo (see targets.memo). `kept`: parts of a plan; `was`: the digest of each name then; `digest`: what it is
    now, "" for what is not there. A name is what the trace notes.
    """

    def __init__(self, kept: Kept, was: Mapping[str, str], digest: Callable[[str], str], trace: Trace) -> None:
        self._kept, self._digest, self._trace = kept, digest, trace
        self._now = {name: digest(name) for name in was}
        # Thousands of parts are made of some hundred names: these are compared, each once.
        self._moved = {name for name, now in self._now.items() if now != was[name]}
        self._alike: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.used: Kept = {}
        self.is_new = False

    def __call__(self, name: str, make: Callable[[], Any]) -> Any:
        found = self.used.get(name) or self._sound(name)
        if found is None:
            with self._trace.noting() as read:
                value = make()
            found = (value, self._noted(read))
            self.is_new = True
        else:
            self._trace.note(*found[1])
        self.used[name] = found
        return found[0]

    def _sound(self, name: str) -> tuple[Any, tuple[str, ...]] | None:
        found = self._kept.get(name)
        return found if found is not None and self._moved.isdisjoint(found[1]) else None

    def _noted(self, read: Iterable[str]) -> tuple[str, ...]:
        names = tuple(sorted(read))
        for name in names:
            if name not in self._now:
                self._now[name] = self._digest(name)
        return self._alike.setdefault(names, names)  # in memory, and on the disk, once for many parts

    def digests(self) -> dict[str, str]:
        """Of all that the parts used were made of, as it is now."""
        names = set().union(*{each[1] for each in self.used.values()})
        return {name: self._now[name] for name in sorted(names)}
