"""Where a build's renders would run: the pool's own schedule, played through in estimated time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from comfyvn.bridge.measured import SWAP_RATIO, WARM
from comfyvn.bridge.schedule import Lease, Place, Schedule, Wish
from comfyvn.bridge.servers import Server

WINDOW = 32  # renders that wait at a time, in the place of a build's threads: enough to choose from by their models


@dataclass(frozen=True)
class Job:
    """A render; `models`: name → weight of loading it, as in `schedule.Wish`."""

    target: str
    models: Mapping[str, float]


@dataclass(frozen=True)
class Placing:
    """`is_load`: a checkpoint, or what is as large, has to be loaded for it there."""

    server: str
    is_load: bool


def placings(
    jobs: Sequence[Job], servers: Sequence[Server], seconds: Callable[[str, str], float]
) -> dict[str, Placing]:
    """Target → where it would run; `seconds`: (target, server) → how long it takes there.

    Every server works on one render after the other. That one waits for another is left out: bases are begun first
    anyway.
    """
    schedule = Schedule()
    for server in servers:
        schedule.add(Place(server.name, server.slots))
    busy = dict.fromkeys((server.name for server in servers), 0.0)
    found: dict[str, Placing] = {}
    running: list[tuple[float, int, Lease]] = []
    now, following = 0.0, 0
    window = WINDOW + sum(server.slots for server in servers)
    while following < len(jobs) or running:
        while following < len(jobs) and following - len(found) + len(running) < window:
            schedule.ask(Wish(following, jobs[following].models))
            following += 1
        for lease in schedule.decide(now):
            name, place = jobs[lease.wish.number].target, lease.server
            found[name] = Placing(place, lease.missing >= WARM)
            work = seconds(name, place)
            # Loading takes time in the eyes of the schedule alone: how long it took is in past renders already.
            busy[place] = max(now, busy[place]) + work * (1 + SWAP_RATIO * lease.missing)
            heapq.heappush(running, (busy[place], lease.wish.number, lease))
        ends, _, lease = heapq.heappop(running)
        now = max(now, ends)
        schedule.done(lease, now)
    return found
