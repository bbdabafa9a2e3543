"""Makes many targets, needs first, as many at once as keep everything busy."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from comfyvn.engine.build import Engine, Outcome
from comfyvn.errors import ComfyVNError, InputMissing
from comfyvn.recipe import targets_of

Progress = Callable[[int, int], None]  # (how many are done, of how many)


@dataclass
class Making:
    """What became of each target: its outcome, its error, or what it waits for."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    failed: dict[str, ComfyVNError] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)


def make_all(
    engines: Mapping[str, Engine], progress: Progress = lambda _done, _total: None, before: Making | None = None
) -> Making:
    """Makes each target with its engine; all share one workshop, and `begin` must have been called. `before`: what was
    made first, to which these are added.

    A failure stops nothing but what is made of it. However this ends, no thread works on: Ctrl-C interrupts renders.
    """
    making, order = before or Making(), graphlib.TopologicalSorter[str]()
    for name, engine in engines.items():
        order.add(name, *(need for need in targets_of(engine.targets[name].recipe) if need in engines))
    order.prepare()
    workshop = next(iter(engines.values())).workshop
    threads = ThreadPoolExecutor(workshop.tickets(), "comfyvn-make")
    try:
        _work_off(order, engines, threads, making, progress)
    except BaseException:
        workshop.close()  # first: what renders would be waited for
        raise
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
    return making


def _work_off(
    order: graphlib.TopologicalSorter[str],
    engines: Mapping[str, Engine],
    threads: ThreadPoolExecutor,
    making: Making,
    progress: Progress,
) -> None:
    working: dict[Future[Outcome], str] = {}
    done = 0
    while order.is_active():
        ended = []
        for name in order.get_ready():
            if blocked := _blocked(engines[name], name, making):
                making.waiting[name] = blocked
                ended.append(name)
            else:
                working[threads.submit(engines[name].make, name)] = name
        if working and not ended:
            for future in wait(working, return_when=FIRST_COMPLETED).done:
                ended.append(working.pop(future))
                _note(making, ended[-1], future)
        order.done(*ended)
        done += len(ended)
        progress(done, len(engines))


def _blocked(engine: Engine, name: str, making: Making) -> str:
    """Why a target cannot be made now: something that it is made of was not."""
    needs = targets_of(engine.targets[name].recipe)
    return next((f"{need} comes first" for need in needs if need in making.failed or need in making.waiting), "")


def _note(making: Making, name: str, done: Future[Outcome]) -> None:
    try:
        making.outcomes[name] = done.result()
    except InputMissing as error:
        making.waiting[name] = ", ".join(filter(None, (error.what, error.where, error.todo)))
    except ComfyVNError as error:
        making.failed[name] = error
