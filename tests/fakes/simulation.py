"""Servers in simulated time: each runs what it is given in order, and pays for every change of models."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from comfyvn.bridge.schedule import Lease, Place, Schedule, Wish


@dataclass
class Simulated:
    """`render_s`, `swap_s`, `busy_until` are simulated seconds; `swaps`: how often it changed models."""

    name: str
    slots: int = 2
    render_s: float = 1.0
    swap_s: float = 6.0
    loaded: frozenset[str] = frozenset()
    swaps: int = 0
    busy_until: float = 0.0
    rendered: list[int] = field(default_factory=list)

    def run(self, lease: Lease, now: float) -> float:
        """When the render ends."""
        begin = max(now, self.busy_until)
        models = frozenset(lease.wish.models)
        if models and models != self.loaded:
            self.loaded, self.swaps = models, self.swaps + 1
            begin += self.swap_s
        self.busy_until = begin + self.render_s
        self.rendered.append(lease.wish.number)
        return self.busy_until


@dataclass(frozen=True)
class Outcome:
    """`waited`: number of a job → seconds until it got a slot; `seconds` until the last ended."""

    seconds: float
    swaps: int
    waited: Mapping[int, float]


def simulate(servers: Sequence[Simulated], jobs: Sequence[Mapping[str, float]], window: int = 64) -> Outcome:
    """All jobs through a schedule, `window` of them known to it at a time, as a build's threads bring them."""
    schedule = Schedule()
    by_name = {server.name: server for server in servers}
    for server in servers:
        schedule.add(Place(server.name, server.slots))
    asked: dict[int, float] = {}
    waited: dict[int, float] = {}
    running: list[tuple[float, int, Lease]] = []
    now, following = 0.0, 0
    while len(waited) < len(jobs) or running:
        while following < len(jobs) and following - len(waited) + len(running) < window:
            schedule.ask(Wish(following, jobs[following]))
            asked[following] = now
            following += 1
        for lease in schedule.decide(now):
            waited[lease.wish.number] = now - asked[lease.wish.number]
            heapq.heappush(running, (by_name[lease.server].run(lease, now), lease.wish.number, lease))
        assert running or len(waited) == len(jobs), "everything waits and nothing runs"
        if running:
            ends, _, lease = heapq.heappop(running)
            now = max(now, ends)
            schedule.done(lease, now)
    return Outcome(now, sum(server.swaps for server in servers), waited)
