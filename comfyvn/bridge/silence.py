"""How long a server has said nothing: one account of all that it is asked, so that people can be told as it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

REFUSED_S = 2.0  # a refused connection is known at once: it is spoken of after this long


class Silence:
    """Since when what is asked of a server has gone unanswered. `clock` tells seconds. Belongs to one event loop."""

    def __init__(self, clock: Callable[[], float], silence_s: float, tell_s: float) -> None:
        self._clock, self._silence_s, self._tell_s = clock, silence_s, tell_s
        self._asking = 0
        self._since = 0.0
        self._patience = 0.0
        self._is_refused = False

    @contextmanager
    def asking(self, patience_s: float) -> Iterator[None]:
        """Something is asked, its repetitions included; refused connections are borne for `patience_s`."""
        if not self._asking:
            self._since, self._is_refused, self._patience = self._clock(), False, patience_s
        self._asking += 1
        self._patience = max(self._patience, patience_s)
        try:
            yield
        finally:
            self._asking -= 1

    def heard(self) -> None:
        """The server said something, whoever had asked."""
        self._since, self._is_refused = self._clock(), False

    def refused(self) -> None:
        """Nobody listens at its address."""
        self._is_refused = True

    def words(self) -> str:
        """What to tell people, "" while there is nothing to tell."""
        seconds = self._clock() - self._since if self._asking else 0.0
        if self._is_refused and seconds >= min(REFUSED_S, self._tell_s):
            return f"refuses connections since {seconds:.0f} s; waiting up to {self._patience:g} s"
        if not self._is_refused and seconds >= self._tell_s:
            return f"does not answer since {seconds:.0f} s; waiting up to {self._silence_s:g} s"
        return ""
