"""Servers shared by the threads of a build: each waits for a slot, and is sent where its models are loaded already."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from comfyvn.bridge.schedule import Lease, Place, Schedule, Wish
from comfyvn.errors import BridgeError, Interrupted, ServerDown

TICK_S = 0.25  # a decision can come with time alone: a server that hangs, one that may be back
PATIENCE_S = 60.0  # a server that worked before may be restarted for so long before its renders fail

Probe = Callable[[str], object]  # asks the server of this name for anything; raises BridgeError when it is away
Ending = Literal["done", "failed", "refused", "lost"]
"""Made; not made though the server ran it; not taken by this server; the server went away."""
NOTHING: Mapping[str, float] = {}


@dataclass
class _Ticket:
    """A thread that waits: woken with a lease, or with the error that ends its waiting."""

    wish: Wish
    kind: str
    woken: threading.Event = field(default_factory=threading.Event)
    lease: Lease | None = None
    error: Exception | None = None


class Pool:
    """Thread-safe. `probe` is called on a thread of its own, for servers that were put aside; `clock` gives seconds."""

    def __init__(
        self, probe: Probe, *, clock: Callable[[], float] = time.monotonic, patience_s: float = PATIENCE_S
    ) -> None:
        self._probe, self._clock, self._patience_s = probe, clock, patience_s
        self._schedules: dict[str, Schedule] = {}
        self._kinds: dict[str, str] = {}
        self._tickets: dict[int, _Ticket] = {}
        self._why: dict[str, str] = {}  # server → what was last heard of it when it went away
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self._looked = 0.0
        self._is_closed = False

    def add(self, name: str, kind: str, slots: int) -> None:
        """A server to use from now on; one of the same name is another one from now on."""
        with self._guard:
            self._forget(name)
            self._kinds[name] = kind
            self._schedules.setdefault(kind, Schedule(self._patience_s)).add(Place(name, slots))
            self._turn()

    def remove(self, name: str) -> None:
        """A server that is not to be used any more; renders on it go on."""
        with self._guard:
            self._forget(name)
            self._turn()

    def names(self, kind: str) -> frozenset[str]:
        with self._guard:
            return frozenset(name for name, each in self._kinds.items() if each == kind)

    def has_other(self, kind: str, name: str) -> bool:
        """Whether another server of this kind is up, and so could take the work of this one."""
        with self._guard:
            schedule = self._schedules.get(kind)
            return schedule is not None and schedule.has_other(name)

    def take(self, kind: str, models: Mapping[str, float] = NOTHING, without: frozenset[str] = frozenset()) -> Lease:
        """A slot of a server of this kind, waited for; `models`: name → weight, as in `schedule.Wish`.

        To be given back. Raises ServerDown when no server but those in `without` can be reached, Interrupted when the
        pool is closed meanwhile.
        """
        ticket = self._enter(kind, models, without)
        try:
            while not ticket.woken.wait(TICK_S):
                self._look()
        except BaseException:  # Ctrl-C in a thread that waits
            self._give_up(ticket)
            raise
        if ticket.lease is None:
            raise ticket.error or build_stopped()
        return ticket.lease

    def give_back(self, kind: str, lease: Lease, ending: Ending) -> None:
        """The slot is free again, and this became of the render."""
        with self._guard:
            schedule, now = self._schedules[kind], self._clock()
            if ending == "lost":
                schedule.lost(lease, now)
            elif ending == "refused":
                schedule.refused(lease, now)
            else:
                schedule.done(lease, now, learn=ending == "done")
            self._turn()

    def tell(self, server: str, why: str) -> None:
        """What is said of a server that is away, to those who wait for it in vain."""
        with self._guard:
            self._why[server] = why

    def close(self) -> None:
        """Ends all waiting with Interrupted."""
        with self._guard:
            self._is_closed = True
            for number in list(self._tickets):
                self._end(number, build_stopped())

    # --- waiting

    def _enter(self, kind: str, models: Mapping[str, float], without: frozenset[str]) -> _Ticket:
        with self._guard:
            if self._is_closed:
                raise build_stopped()
            schedule = self._schedules.setdefault(kind, Schedule(self._patience_s))
            ticket = _Ticket(Wish(next(self._numbers), dict(models), without), kind)
            self._tickets[ticket.wish.number] = ticket
            schedule.ask(ticket.wish)
            self._turn()
            return ticket

    def _give_up(self, ticket: _Ticket) -> None:
        with self._guard:
            if ticket.lease is not None:
                self._schedules[ticket.kind].done(ticket.lease, self._clock(), learn=False)
            elif ticket.error is None:
                self._end(ticket.wish.number, build_stopped())
            self._turn()

    def _look(self) -> None:
        """A decision for time's sake; many wait, one of them decides."""
        with self._guard:
            if self._clock() - self._looked >= TICK_S:
                self._turn()

    def _turn(self) -> None:
        """Lets every schedule decide, wakes who has got a slot, and sends for servers that may be back."""
        now = self._looked = self._clock()
        for kind, schedule in self._schedules.items():
            for lease in schedule.decide(now):
                ticket = self._tickets.pop(lease.wish.number)
                ticket.lease = lease
                ticket.woken.set()
            for name in schedule.due(now):
                threading.Thread(target=self._ask, args=(kind, name), name=f"comfyvn-probe-{name}", daemon=True).start()
            for number in schedule.hopeless(now):
                self._end(number, self._down(self._tickets[number]))

    def _end(self, number: int, error: Exception) -> None:
        ticket = self._tickets.pop(number)
        self._schedules[ticket.kind].withdraw(number)
        ticket.error = error
        ticket.woken.set()

    def _forget(self, name: str) -> None:
        kind = self._kinds.pop(name, None)
        if kind is not None:
            self._schedules[kind].remove(name)

    # --- servers that are away

    def _ask(self, kind: str, name: str) -> None:
        """Runs on a thread of its own: a server that hangs must not hold up the others."""
        is_back = False
        try:
            with suppress(BridgeError):
                self._probe(name)
                is_back = True
        finally:  # whatever it raised, the answer is not waited for any more
            self._settle(kind, name, is_back)

    def _settle(self, kind: str, name: str, is_back: bool) -> None:
        with self._guard:
            if self._is_closed or self._kinds.get(name) != kind:
                return
            if is_back:
                self._schedules[kind].returned(name)
            else:
                self._schedules[kind].silent(name, self._clock())
            self._turn()

    def _down(self, ticket: _Ticket) -> ServerDown:
        names = [name for name, kind in self._kinds.items() if kind == ticket.kind]
        told = "; ".join(f"{name}: {self._why[name]}" for name in names if name in self._why)
        return ServerDown(
            f"no {ticket.kind} server can be reached" + (f" ({told})" if told else ""),
            f"servers {', '.join(names)}" if names else "providers/servers.yaml",
            "start one of them (`comfyvn doctor` looks at each), then run the build again",
        )


def build_stopped() -> Interrupted:
    return Interrupted("the build was stopped", "", "run it again: what was finished is kept")
