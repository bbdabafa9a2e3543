"""What a novel's exports are made of: the artifacts that players get, and all that those are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from comfyvn import paths
from comfyvn.recipe import Export, Pack, TargetInput, targets_of
from comfyvn.targets.exports import RECORD
from comfyvn.targets.target import Target
from comfyvn.targets.web import SOURCE


@dataclass(frozen=True)
class Shipped:
    """Names of targets. `exports` as the novel names them → their targets; `seen`: pictures and clips that players
    meet; `whole`: everything that has to be as it should, needs before users.
    """

    exports: Mapping[str, str]
    seen: tuple[str, ...]
    whole: tuple[str, ...]


def shipped(targets: Mapping[str, Target]) -> Shipped:
    """`targets`: all of the novel's, needs before users."""
    exports = dict(_exports(targets))
    seen = dict.fromkeys(name for export in exports.values() for name in _seen(targets, export))
    needed = _closed(targets, exports.values())
    return Shipped(exports, tuple(seen), tuple(name for name in targets if name in needed))


def _exports(targets: Mapping[str, Target]) -> Iterator[tuple[str, str]]:
    for name in targets:
        if paths.is_export(name) and isinstance(recipe := targets[name].recipe, Export):
            yield recipe.export, name


def _seen(targets: Mapping[str, Target], export: str) -> Iterator[str]:
    for manifest in targets_of(targets[export].recipe):
        for place, item in targets[manifest].recipe.inputs.items():
            if place.startswith((RECORD, SOURCE)) or not isinstance(item, TargetInput):
                continue
            is_packed = isinstance(targets[item.target].recipe, Pack)
            yield from targets_of(targets[item.target].recipe) if is_packed else (item.target,)


def _closed(targets: Mapping[str, Target], names: Iterable[str]) -> set[str]:
    found, waiting = set(names), list(names)
    while waiting:
        for need in targets_of(targets[waiting.pop()].recipe):
            if need not in found:
                found.add(need)
                waiting.append(need)
    return found
