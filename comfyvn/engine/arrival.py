"""What a checkout or a merge made stale, counted, and how much of it the cache has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.standings import standings as standings_of
from comfyvn.engine.survey import Standing
from comfyvn.errors import InputMissing


def lines(novel: OpenNovel) -> Iterator[str]:
    """One or two lines; none when everything is up to date."""
    standings = standings_of(novel)
    off = {name: standing for name, standing in standings.items() if not standing.is_settled()}
    told = {name: standing for name, standing in off.items() if not name.startswith("manifests:")}
    if told:
        yield f"not up to date: {_counts(told)}"
        yield _from_cache(novel, off)


def _counts(standings: dict[str, Standing]) -> str:
    """`sprites: 3 stale by content, 2 missing; atlases: 1 waiting`."""
    kinds: dict[str, Counter[str]] = {}
    for name, standing in standings.items():
        word = f"{standing.condition} by {standing.cause}" if standing.cause else standing.condition
        kinds.setdefault(name.partition(":")[0], Counter())[word] += 1
    return "; ".join(
        f"{kind}: " + ", ".join(f"{count} {word}" for word, count in words.items()) for kind, words in kinds.items()
    )


def _from_cache(novel: OpenNovel, off: dict[str, Standing]) -> str:
    """What waits for others cannot be looked up yet: what it will be made of is not known."""
    known = [name for name, standing in off.items() if standing.condition in ("stale", "missing")]
    cached = sum(1 for name in known if _is_cached(novel, name))
    rest = len(known) - cached
    has = f"the cache has {cached} of the {len(known)} that are stale or missing" if known else "the rest waits"
    does = f"`doit` makes at most {rest} anew" if rest else "`doit` renders nothing"
    return f"{has}: {does}; `comfyvn status` names them"


def _is_cached(novel: OpenNovel, name: str) -> bool:
    try:
        wanted = novel.engine.judge.verdict(novel.targets[name]).wanted
    except InputMissing:
        return False
    return novel.engine.cache.has(wanted)
