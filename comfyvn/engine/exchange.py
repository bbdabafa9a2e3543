"""A whole novel's exchange with a shared cache: what it has made goes there, what it lacks comes from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from comfyvn.engine.build import Engine
from comfyvn.engine.entries import CACHED_KINDS
from comfyvn.engine.sharing import is_shared
from comfyvn.errors import InputMissing
from comfyvn.recipe import targets_of
from comfyvn.store.connections import CONNECTIONS
from comfyvn.store.shared import SharedCache
from comfyvn.targets.target import Target

Advance = Callable[[str], None]  # told what was just done


@dataclass(frozen=True)
class Pulled:
    """Names of targets: `taken` are in build/ now, `kept` in this computer's cache for the next build to use."""

    taken: tuple[str, ...]
    kept: tuple[str, ...]
    absent: tuple[str, ...]


def to_send(engine: Engine, cache: SharedCache) -> list[str]:
    """Fingerprints that this novel has made and may share, and what earlier builds did not get sent."""
    found: dict[str, None] = {}
    for target in engine.targets.values():
        record = engine.judge.record(target)
        if record is None or not record.made:
            continue
        if is_shared(target, record.quality, record.engine, engine.judge, engine.targets):
            found[record.made] = None
    return list(dict.fromkeys([*found, *cache.unsent()]))


def push(cache: SharedCache, fingerprints: list[str], advance: Advance) -> dict[str, int]:
    """What became of them (see SharedCache.send) → how many. Raises RemoteError, with what was sent staying there."""
    counts: Counter[str] = Counter()
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        for outcome in pool.map(cache.send, fingerprints):
            counts[outcome] += 1
            advance(outcome)
    finally:
        pool.shutdown(cancel_futures=True)
    return dict(counts)


def pull(engine: Engine, names: list[str], advance: Advance) -> Pulled:
    """Takes what is missing or stale, needs first; nothing is made. `engine.begin` must have been called.

    What is stale is brought as far as this computer's cache: replacing it is a build's business.
    """
    done: dict[str, str] = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for wave in waves(engine.targets):
            asked = [name for name in wave if name in names]
            for name, what in zip(asked, pool.map(lambda name: _pull(engine, name), asked), strict=True):
                done[name] = what
                advance(name)
    return Pulled(*(tuple(name for name, what in done.items() if what == word) for word in ("taken", "kept", "absent")))


def _pull(engine: Engine, name: str) -> str:
    target = engine.targets[name]
    if target.recipe.kind not in CACHED_KINDS or target.quality == "draft":
        return ""
    try:
        verdict = engine.judge.verdict(target)
    except InputMissing:
        return "absent"
    if verdict.condition == "missing":
        return "taken" if engine.restore(name) else "absent"
    if verdict.condition == "stale":
        return "kept" if engine.cache.get(verdict.wanted) else "absent"
    return ""


def waves(targets: Mapping[str, Target]) -> Iterator[list[str]]:
    """Names in groups of which each needs only earlier ones; `targets` in an order in which needs come first."""
    depth: dict[str, int] = {}
    for name, target in targets.items():
        depth[name] = 1 + max((depth[need] for need in targets_of(target.recipe)), default=-1)
    for level in range(max(depth.values(), default=-1) + 1):
        yield [name for name in targets if depth[name] == level]
