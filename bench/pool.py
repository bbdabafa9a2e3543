#!/usr/bin/env python3
"""The pool against first come, first served: model swaps, idle time and wall time on the same servers and renders.

usage: python bench/pool.py [--jobs 160] [--checkpoints 4] [--render-ms 50] [--swap-ms 300] [--rounds 3] [--json]

Real servers on loopback sockets charge a time for each prompt and a longer one for each change of checkpoint. The same
renders, shuffled, go through the pool, and through threads that send each to the server with the fewest prompts, as it
comes. `swapping` and `idle` are the shares of the servers' time in which they changed checkpoints, and did nothing at
all, from the first post to the last picture.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from comfyvn.bridge.comfy import ComfyBridge, RenderContext
from comfyvn.bridge.servers import Server
from tests.fakes.comfy import FakeComfy, running
from tests.fakes.fleet import CHECKPOINTS, QUICK, Costs, payload, render, workshop

Job = tuple[str, str]  # checkpoint, subject
WINDOW = 64  # threads of a build for each server


@dataclass(frozen=True)
class Result:
    """`swaps`: changes of checkpoint, first loads among them; `swapping`, `idle`: shares of the servers' time."""

    servers: int
    way: str
    seconds: float
    swaps: int
    swapping: float
    idle: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=160)
    parser.add_argument("--checkpoints", type=int, default=4, choices=range(1, len(CHECKPOINTS) + 1))
    parser.add_argument("--render-ms", type=float, default=50.0)
    parser.add_argument("--swap-ms", type=float, default=300.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = [result for servers in (2, 4) for result in compare(servers, options)]
    if options.json:
        print(json.dumps([asdict(result) for result in found], indent=1))
        return 0
    print(f"{'servers':>7}  {'way':12} {'seconds':>8} {'swaps':>6} {'swapping':>9} {'idle':>6}")
    for result in found:
        shares = f"{result.swapping:9.1%} {result.idle:6.1%}"
        print(f"{result.servers:7}  {result.way:12} {result.seconds:8.2f} {result.swaps:6} {shares}")
    for pool, first in zip(found[::2], found[1::2], strict=True):
        times, swaps = first.seconds / pool.seconds, first.swaps / pool.swaps
        print(f"{pool.servers} servers: {times:.2f} times as fast, {swaps:.1f} times fewer swaps")
    return 0


def compare(servers: int, options: argparse.Namespace) -> list[Result]:
    """Both ways in turn, several rounds; the median of each."""
    ways: dict[str, Callable[[Sequence[Server], Sequence[Job]], None]] = {"pool": pooled, "first come": first_come}
    rounds: dict[str, list[Result]] = {way: [] for way in ways}
    for seed in range(options.rounds):
        jobs = [(CHECKPOINTS[number % options.checkpoints], f"render {number}") for number in range(options.jobs)]
        random.Random(seed).shuffle(jobs)
        for way, work in ways.items():
            rounds[way].append(measure(way, work, servers, jobs, options))
    return [_median(results) for results in rounds.values()]


def measure(
    way: str,
    work: Callable[[Sequence[Server], Sequence[Job]], None],
    servers: int,
    jobs: Sequence[Job],
    options: argparse.Namespace,
) -> Result:
    costs = [Costs(options.render_ms / 1000, options.swap_ms / 1000) for _ in range(servers)]
    with fleet(costs) as named:
        began = time.monotonic()
        work(named, jobs)
        ended = time.monotonic()
    done = sorted(subject for each in costs for subject in each.rendered)
    assert done == sorted(subject for _, subject in jobs), "every render exactly once"
    swaps, time_of_all = sum(each.swaps for each in costs), servers * (ended - began)
    idle = sum(each.idle_s(began, ended) for each in costs)
    swapping = swaps * options.swap_ms / 1000
    return Result(servers, way, ended - began, swaps, swapping / time_of_all, idle / time_of_all)


@contextlib.contextmanager
def fleet(costs: Sequence[Costs]) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        fakes = [stack.enter_context(running(FakeComfy(each))) for each in costs]
        yield [Server(f"gpu{number}", fake.url, slots=2) for number, fake in enumerate(fakes)]


def pooled(servers: Sequence[Server], jobs: Sequence[Job]) -> None:
    shop = workshop(servers)
    with ThreadPoolExecutor(WINDOW * len(servers)) as threads:
        list(threads.map(lambda job: render(shop, *job), jobs))
    shop.close()


def first_come(servers: Sequence[Server], jobs: Sequence[Job]) -> None:
    """In the order given, each to the server with the fewest prompts, with as many slots."""
    bridges = [ComfyBridge(server, limits=QUICK) for server in servers]
    load = dict.fromkeys(range(len(bridges)), 0)
    guard = threading.Lock()

    def one(job: Job) -> None:
        with guard:
            chosen = min(load, key=lambda number: load[number])
            load[chosen] += 1
        checkpoint, subject = job
        bridges[chosen].submit(payload(checkpoint, subject), RenderContext(fingerprint=f"fp1:{subject}"))
        with guard:
            load[chosen] -= 1

    with ThreadPoolExecutor(sum(server.slots for server in servers)) as threads:
        list(threads.map(one, jobs))
    for bridge in bridges:
        bridge.close()


def _median(results: Sequence[Result]) -> Result:
    return Result(
        results[0].servers,
        results[0].way,
        round(median(result.seconds for result in results), 3),
        round(median(result.swaps for result in results)),
        round(median(result.swapping for result in results), 4),
        round(median(result.idle for result in results), 4),
    )


if __name__ == "__main__":
    sys.exit(main())
