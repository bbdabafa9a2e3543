"""Which waiting render a free server takes next: pure scheduling, told of every event and of the time it happened.

One schedule serves servers of one kind. A render prefers the server whose last render used the same models; a server
with nothing of its own to do takes foreign work once loading its models costs less than waiting for the others.
Nothing is overtaken more than a bounded number of times. All times are seconds of any one clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from comfyvn.bridge.measured import WARM, Measured, service_s, swap_s

OVERTAKEN = 16  # a render is overtaken at least so often by each server before it goes first
PAID_OFF = 16  # a swap should serve so many times its own duration: bounds what fairness costs to a sixteenth
MOST_OVERTAKEN = 400
ASIDE_S, MOST_ASIDE_S = 2.0, 120.0  # how long a lost server is put aside: doubled with every loss in a row


@dataclass(frozen=True)
class Place:
    """A server as a schedule sees it: so many renders are kept there at once."""

    name: str
    slots: int


@dataclass(frozen=True)
class Wish:
    """A render that waits; `models`: name → weight of loading it (1: a checkpoint). `without`: servers it shuns.

    `number` orders wishes by age and is never used twice.
    """

    number: int
    models: Mapping[str, float] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lease:
    """A slot of `server` given to a wish; `missing`: weight of the models that were not loaded there before."""

    wish: Wish
    server: str
    since: float
    missing: float


@dataclass
class _Server:
    """`loaded`: models of the last render given to it. `aside_since` is None while it is up.

    `is_trusted`: it has finished a render since it was lost; until then it gets one at a time. `refused`: sets of
    models of which it refused a render.
    """

    place: Place
    leases: dict[int, Lease] = field(default_factory=dict)
    loaded: Mapping[str, float] = field(default_factory=dict)
    measured: Measured = field(default_factory=Measured)
    last_end: float = -inf
    losses: int = 0
    aside_since: float | None = None
    aside_until: float = -inf
    is_probed: bool = False
    has_answered: bool = False
    is_trusted: bool = True
    refused: set[frozenset[str]] = field(default_factory=set)

    @property
    def is_up(self) -> bool:
        return self.aside_since is None

    @property
    def has_room(self) -> bool:
        return self.is_up and len(self.leases) < (self.place.slots if self.is_trusted else 1)


@dataclass(frozen=True)
class _Choice:
    """One group's oldest wish on one server; choices are compared by `rank`, the least is taken."""

    rank: tuple[float, ...]
    server: str
    wish: Wish
    missing: float


class Schedule:
    """Servers of one kind and the renders that wait for them. Not thread-safe; `now` never goes back.

    `patience_s`: how long renders wait for a server to return when all that they could use are gone.
    """

    def __init__(self, patience_s: float = 60.0) -> None:
        self._patience_s = patience_s
        self._servers: dict[str, _Server] = {}
        self._waiting: dict[int, Wish] = {}
        self._overtaken: dict[int, int] = {}

    # --- events

    def add(self, place: Place) -> None:
        """A server to use; one of the same name is forgotten with all that was learnt of it."""
        self._servers[place.name] = _Server(place)

    def remove(self, name: str) -> None:
        self._servers.pop(name, None)

    def ask(self, wish: Wish) -> None:
        self._waiting[wish.number] = wish
        self._overtaken[wish.number] = 0

    def withdraw(self, number: int) -> None:
        """A wish that waits no longer; unknown numbers are no error."""
        self._waiting.pop(number, None)
        self._overtaken.pop(number, None)

    def done(self, lease: Lease, now: float, learn: bool = True) -> None:
        """The server answered. `learn`: a whole render took place, so its duration says something."""
        server = self._free(lease)
        if server is None:
            return
        server.has_answered = True
        if learn:
            server.refused.discard(frozenset(lease.wish.models))
            server.measured.learn(now - max(lease.since, server.last_end), lease.missing)
        server.last_end = now
        if learn and server.is_up:
            server.losses, server.is_trusted = 0, True

    def refused(self, lease: Lease, now: float) -> None:
        """The server would not take this render: most likely it lacks a model of it. It is asked last for such ones."""
        server = self._free(lease)
        if server is not None:
            server.has_answered, server.last_end, server.loaded = True, now, {}
            server.refused.add(frozenset(lease.wish.models))

    def lost(self, lease: Lease, now: float) -> None:
        """The server went away: it is put aside, longer with every loss in a row."""
        server = self._free(lease)
        if server is not None:
            self._put_aside(server, now)

    def returned(self, name: str) -> None:
        """A server that was put aside answers again."""
        server = self._servers.get(name)
        if server is not None:
            server.aside_since, server.is_probed, server.is_trusted, server.has_answered = None, False, False, True

    def silent(self, name: str, now: float) -> None:
        """A server that was put aside still does not answer."""
        server = self._servers.get(name)
        if server is not None:
            server.is_probed = False
            self._put_aside(server, now, again=True)

    def _free(self, lease: Lease) -> _Server | None:
        server = self._servers.get(lease.server)
        if server is None or server.leases.pop(lease.wish.number, None) is None:
            return None  # a server of that name, but another one by now
        return server

    def _put_aside(self, server: _Server, now: float, again: bool = False) -> None:
        if not server.is_up and not again:
            return  # another render on it told so already
        server.losses += 1
        server.aside_since = now if server.aside_since is None else server.aside_since
        server.aside_until = now + min(ASIDE_S * 2.0 ** (server.losses - 1), MOST_ASIDE_S)
        server.loaded, server.refused = {}, set()  # most likely another process answers when it returns

    def has_other(self, name: str) -> bool:
        """Whether any server but this one is up."""
        return any(one.is_up for each, one in self._servers.items() if each != name)

    # --- decisions

    def decide(self, now: float) -> list[Lease]:
        """Gives waiting renders to servers, as many as should start now."""
        found = []
        while choice := min(self._choices(now), key=lambda one: one.rank, default=None):
            found.append(self._grant(choice, now))
        return found

    def due(self, now: float) -> list[str]:
        """Servers that should be asked whether they are back: `returned` or `silent` must be told of each."""
        if not self._waiting:
            return []
        found = [
            one for one in self._servers.values() if not one.is_up and not one.is_probed and one.aside_until <= now
        ]
        for server in found:
            server.is_probed = True
        return [server.place.name for server in found]

    def hopeless(self, now: float) -> list[int]:
        """Numbers of the wishes that no server will serve: those they may use never answered, or not for too long."""
        return [wish.number for wish in self._waiting.values() if not any(self._may_serve(wish, now))]

    def _may_serve(self, wish: Wish, now: float) -> Iterator[bool]:
        for server in self._usable(wish):
            if server.aside_since is None or server.is_probed or server.aside_until <= now:
                yield True
            else:
                yield server.has_answered and now - server.aside_since < self._patience_s

    def _usable(self, wish: Wish) -> Iterator[_Server]:
        return (server for name, server in self._servers.items() if name not in wish.without)

    def _grant(self, choice: _Choice, now: float) -> Lease:
        server, wish = self._servers[choice.server], choice.wish
        self.withdraw(wish.number)
        for other in self._waiting.values():
            if other.number < wish.number and choice.server not in other.without:
                self._overtaken[other.number] += 1
        lease = Lease(wish, choice.server, now, choice.missing)
        server.leases[wish.number] = lease
        server.loaded = wish.models
        return lease

    def _choices(self, now: float) -> Iterator[_Choice]:
        if not any(server.has_room for server in self._servers.values()):
            return
        for wish, count in self._groups():
            fit = self._fit(wish)
            for server in fit:
                if server.has_room and (rank := self._rank(wish, count, server, fit, now)):
                    yield _Choice(rank, server.place.name, wish, _missing(wish, server))

    def _fit(self, wish: Wish) -> list[_Server]:
        """Servers that are up and may serve this; those that refused such a render only when there are no others."""
        found = [server for server in self._usable(wish) if server.is_up]
        willing = [server for server in found if frozenset(wish.models) not in server.refused]
        return willing or found

    def _groups(self) -> Iterable[tuple[Wish, int]]:
        """(oldest, how many) of the waiting renders that need the same models and may use the same servers."""
        found: dict[tuple[frozenset[str], frozenset[str]], tuple[Wish, int]] = {}
        for wish in self._waiting.values():
            key = (frozenset(wish.models), wish.without)
            oldest, count = found.get(key, (wish, 0))
            found[key] = (min(oldest, wish, key=lambda one: one.number), count + 1)
        return found.values()

    def _rank(
        self, wish: Wish, count: int, server: _Server, fit: Sequence[_Server], now: float
    ) -> tuple[float, ...] | None:
        """How early this is to be done; None: those who have the models loaded will be done sooner without it."""
        missing = _missing(wish, server)
        ending = self._backlog(server, now) + self._swap(server, missing) + self._service(server)
        others = [one for one in fit if one is not server and _missing(wish, one) < WARM]
        theirs = self._drained(others, wish, count, now)
        if ending > theirs:
            return None
        is_calm = self._overtaken[wish.number] < self._bound(server)
        if missing < WARM:
            return (is_calm, 0, missing, wish.number, ending)
        if not others:
            return (is_calm, 1, 0, wish.number, ending)
        return (is_calm, 2, -theirs, wish.number, ending)

    def _drained(self, servers: list[_Server], wish: Wish, count: int, now: float) -> float:
        """Seconds until these servers would have done `count` renders like this one, whose checkpoints they have.

        What they lack of its lighter models counts as it does for the server that they are compared with: of two that
        are alike, each would leave the render to the other for ever.
        """
        if not servers:
            return inf
        paces = [
            (self._backlog(one, now) + self._swap(one, _missing(wish, one)), self._service(one)) for one in servers
        ]
        together = (sum(backlog / each for backlog, each in paces) + count) / sum(1 / each for _, each in paces)
        return max(together, min(backlog + each for backlog, each in paces))

    def _backlog(self, server: _Server, now: float) -> float:
        """Seconds until the server would begin one more render.

        What runs for longer than expected is expected to go on for as long again: nobody waits for a server that hangs.
        """
        leases = sorted(server.leases.values(), key=lambda one: (one.since, one.wish.number))
        if not leases:
            return 0.0
        expected = [self._service(server) + self._swap(server, lease.missing) for lease in leases]
        elapsed = now - max(leases[0].since, server.last_end)
        return abs(expected[0] - elapsed) + sum(expected[1:])

    def _bound(self, server: _Server) -> float:
        """How often a render is overtaken before it goes first: often enough for a swap to pay off."""
        ratio = self._swap(server, 1.0) / self._service(server)
        return min(max(PAID_OFF * ratio, OVERTAKEN), MOST_OVERTAKEN) * len(self._servers)

    def _service(self, server: _Server) -> float:
        return service_s(server.measured, self._measured())

    def _swap(self, server: _Server, weight: float) -> float:
        return swap_s(server.measured, self._measured(), weight)

    def _measured(self) -> Iterator[Measured]:
        return (server.measured for server in self._servers.values())


def _missing(wish: Wish, server: _Server) -> float:
    return sum(weight for name, weight in wish.models.items() if name not in server.loaded)
