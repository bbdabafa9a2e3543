"""Gives packs that were found somewhere the registry's names: by repository, then by folder, then by node classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comfyvn.graph.definitions import CORE_PACK
from comfyvn.nodeset.reality import SeenPack
from comfyvn.providers import PackPin, Registry


@dataclass(frozen=True)
class Matched:
    """`packs`: registry name → pin; `strangers`: folders of packs that the registry does not have; `notes`: lines."""

    packs: dict[str, PackPin]
    strangers: tuple[str, ...]
    notes: tuple[str, ...]


def match_packs(registry: Registry, seen: Iterable[SeenPack]) -> Matched:
    """Of two folders that are the same pack, the one with the registry's repository counts, then the first by name."""
    by_repository = {pack.repo.lower(): name for name, pack in registry.packs.items()}
    by_folder = {_plain(name): name for name in registry.packs}
    chosen: dict[str, tuple[int, SeenPack]] = {}
    strangers, notes = [], []
    for pack in seen:
        rank, name = _name(pack, by_repository, by_folder)
        if not name:
            strangers.append(pack.folder)
            continue
        other = chosen.get(name)
        if other is not None:
            notes.append(f"{name} is installed twice: {other[1].folder} and {pack.folder}; remove one")
        if other is None or rank < other[0]:
            chosen[name] = rank, pack
    for name, (_rank, pack) in chosen.items():
        notes.extend(_notes(name, pack))
    packs = {name: _pinned(registry, name, pack) for name, (_rank, pack) in sorted(chosen.items())}
    return Matched(packs, tuple(sorted(strangers)), tuple(notes))


def _name(pack: SeenPack, by_repository: dict[str, str], by_folder: dict[str, str]) -> tuple[int, str]:
    """(how sure: 0 best, registry name or "")."""
    if pack.is_core:
        return 0, CORE_PACK if CORE_PACK in by_repository.values() else ""
    if pack.repository.lower() in by_repository:
        return 0, by_repository[pack.repository.lower()]
    found = by_folder.get(_plain(pack.folder)) or by_folder.get(_plain(pack.pin.cnr))
    if found and found != CORE_PACK:
        return 1, found
    return 2, pack.provides if pack.provides in by_repository.values() else ""


def _plain(name: str) -> str:
    """Folders differ from names in case, in - and _, and in what downloads put behind."""
    return name.casefold().replace("_", "-").removesuffix("-main").removesuffix("-master")


def _pinned(registry: Registry, name: str, pack: SeenPack) -> PackPin:
    """The pin, with its repository where that is not the registry's: the commit is found there alone."""
    if pack.is_core or not pack.repository or pack.repository.lower() == registry.packs[name].repo.lower():
        return pack.pin
    return pack.pin.model_copy(update={"source": pack.repository})


def _notes(name: str, pack: SeenPack) -> Iterator[str]:
    if pack.trouble:
        yield f"{name} is there, but it cannot be pinned: {pack.trouble}"
    if pack.pin.changes:
        yield f"{name} has changes that are not committed: its commit alone does not say what runs"
