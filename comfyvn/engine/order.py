"""The order that targets are begun in: what needs the same models together, speech and renders side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from comfyvn.bridge.measured import WARM
from comfyvn.makers.workshop import weights
from comfyvn.providers import Registry
from comfyvn.recipe import Patch, Render, Speak
from comfyvn.targets.row import Row


def in_order(rows: Mapping[str, Row], registry: Registry, servers: int) -> list[str]:
    """Names of all of them. A build has so many threads, and its servers choose among the renders these wait with.

    The renders are cut into as many parts as there are `servers`, and a render of each part comes in turn: so every
    server finds models of its own to stay with. What needs other targets and is no render comes last: whoever runs the
    tasks takes their needs before them anyway.
    """
    renders = [name for name, row in rows.items() if row.kind in (Render.kind, Patch.kind)]
    spoken = [name for name, row in rows.items() if row.kind == Speak.kind]
    rest = [name for name, row in rows.items() if row.kind not in (Render.kind, Patch.kind, Speak.kind)]
    alone = [name for name in rest if not rows[name].needs]
    last = [name for name in rest if rows[name].needs]
    return [*alone, *_side_by_side(_dealt(_by_models(renders, rows, registry), servers), spoken), *last]


def needed(rows: Mapping[str, Row], names: Iterable[str]) -> list[str]:
    """These targets and all that they are made of, in the order of `rows`."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(rows[name].needs)
    return [name for name in rows if name in found]


def _dealt(names: Sequence[str], parts: int) -> list[str]:
    """Cut into equal parts, then one of each in turn."""
    length = -(-len(names) // max(parts, 1))
    return [names[at] for start in range(length) for at in range(start, len(names), length)]


def _by_models(names: Sequence[str], rows: Mapping[str, Row], registry: Registry) -> list[str]:
    """Sorted by what is slow to load, then by all models; each set where the first of it was."""
    sets = {name: rows[name].models for name in names}
    heavy = {name: _heavy(sets[name], registry) for name in names}
    first_heavy, first_set = _first(heavy.values()), _first(sets.values())
    return sorted(names, key=lambda name: (first_heavy[heavy[name]], first_set[sets[name]]))


def _heavy(models: tuple[str, ...], registry: Registry) -> tuple[str, ...]:
    return tuple(name for name, weight in weights(models, registry).items() if weight >= WARM)


def _first(values: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for value in values:
        found.setdefault(value, len(found))
    return found


def _side_by_side(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Both in their own order, spread so that at any point the same share of each has come."""
    places = [(Fraction(2 * i + 1, 2 * len(names)), names[i]) for names in (one, other) for i in range(len(names))]
    return [name for _, name in sorted(places, key=lambda place: place[0])]
