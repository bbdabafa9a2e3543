"""How long a prompt was in each of its states, as its progress tells."""

from __future__ import annotations

import time
from collections.abc import Callable

STATES = ("queued", "running", "downloading")


class Stopwatch:
    """Starts in `queued`. Any other word than `STATES` (a server that is silent) leaves it in the state it is in."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._state, self._since = STATES[0], clock()
        self._seconds = dict.fromkeys(STATES, 0.0)

    def enter(self, state: str) -> None:
        now = self._clock()
        self._seconds[self._state] += now - self._since
        self._since = now
        self._state = state if state in STATES else self._state

    def seconds(self) -> dict[str, float]:
        """State → seconds until now."""
        self.enter(self._state)
        return dict(self._seconds)
