"""Holds a lock against what was found: what differs, and the lock that says what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from comfyvn.graph.definitions import CORE_PACK
from comfyvn.nodeset.reality import Reality
from comfyvn.providers import Lock, ModelPin, PackPin

Kind = Literal["pack", "model", "class"]
_Pin = TypeVar("_Pin", PackPin, ModelPin)


@dataclass(frozen=True)
class Difference:
    """`locked` and `real`: pins, or "" for nothing there; `is_gone`: the place does not have it at all."""

    kind: Kind
    name: str
    locked: str
    real: str
    is_gone: bool = False

    def __str__(self) -> str:
        if self.is_gone:
            return f"{self.kind} {self.name}: locked at {_short(self.locked)}, and not there"
        if not self.locked:
            return f"{self.kind} {self.name}: not in the lock; {_short(self.real)} is there"
        if self.kind == "class":
            return f"class {self.name}: its definition is another than the locked one"
        return f"{self.kind} {self.name}: locked at {_short(self.locked)}, {_short(self.real)} is there"


def merged(lock: Lock, reality: Reality, prune: bool = False) -> Lock:
    """The lock that says what was found. What was not seen stays; with `prune` it goes, where it would be seen."""
    return Lock(
        packs=_merged(lock.packs, _packs(lock, reality), prune and reality.lists_packs),
        models=_merged(lock.models, reality.models, prune and reality.lists_models),
        classes={**({} if prune and reality.lists_classes else lock.classes), **reality.classes},
    )


def _packs(lock: Lock, reality: Reality) -> dict[str, PackPin]:
    """What was found; a place that cannot see uncommitted changes says nothing against those that are locked."""
    found = dict(reality.packs)
    for name, pin in reality.packs.items():
        old = lock.packs.get(name)
        if not reality.sees_changes and old and old.commit == pin.commit:
            found[name] = pin.model_copy(update={"changes": old.changes})
    return found


def _merged(locked: Mapping[str, _Pin], real: Mapping[str, _Pin], prune: bool) -> dict[str, _Pin]:
    kept = {name: pin for name, pin in locked.items() if not prune or name in real or name == CORE_PACK}
    return {**kept, **{name: _joined(kept.get(name), pin) for name, pin in real.items() if pin.pin or name in kept}}


def _joined(old: _Pin | None, new: _Pin) -> _Pin:
    """The new pin; the old one where it says the same or more. What was verified once stays so while it is the same."""
    if old is None or not new.pin:
        return old or new
    if not _agree(old, new):
        return new
    if isinstance(old, PackPin) and isinstance(new, PackPin):
        known = {name: value for name, value in new.model_dump().items() if value}
        return old.model_copy(update={**known, "state": _state(old, new)})
    return old if old.state == "verified" else new


def _state(old: PackPin, new: PackPin) -> str:
    """A commit is as sure as whoever said it; that the version fits makes it no surer."""
    if old.pin == new.pin:
        return "verified" if "verified" in (old.state, new.state) else "claimed"
    return old.state if old.commit else new.state


def _agree(old: _Pin, new: _Pin) -> bool:
    """Whether two pins may be the same thing: a server that says its version alone agrees with any commit of it."""
    if isinstance(old, PackPin) and isinstance(new, PackPin) and bool(old.commit) != bool(new.commit):
        return not old.cnr and not new.cnr and (old.version == new.version or not (old.version and new.version))
    return old.pin == new.pin


def differences(lock: Lock, reality: Reality) -> list[Difference]:
    """Everything in which the lock and what was found contradict each other, by kind and name."""
    return [
        *_differences("pack", lock.packs, _packs(lock, reality), reality.lists_packs),
        *_differences("model", lock.models, reality.models, reality.lists_models),
        *_class_differences(lock, reality),
    ]


def _differences(
    kind: Kind, locked: Mapping[str, _Pin], real: Mapping[str, _Pin], lists_all: bool
) -> Iterator[Difference]:
    for name in sorted({*locked, *real}):
        old, new = locked.get(name), real.get(name)
        if old is None or not old.pin:
            if new is not None and new.pin:
                yield Difference(kind, name, "", new.pin)
        elif new is None:
            if lists_all and name != CORE_PACK:  # a folder of packs alone is a ComfyUI too: its core lies elsewhere
                yield Difference(kind, name, old.pin, "", is_gone=True)
        elif new.pin and not _agree(old, new):
            yield Difference(kind, name, old.pin, new.pin)


def _class_differences(lock: Lock, reality: Reality) -> Iterator[Difference]:
    """Definitions are compared once a lock has recorded some."""
    if not lock.classes or not reality.lists_classes:
        return
    for name in sorted({*lock.classes, *reality.classes}):
        old, new = lock.classes.get(name, ""), reality.classes.get(name, "")
        if old != new:
            yield Difference("class", name, old, new, is_gone=not new)


def _short(pin: str) -> str:
    """A commit or a hash by its first digits; a version whole; local changes are said in words."""
    value, plus, _changes = pin.partition("+")
    is_digest = len(value) >= 40
    return (value[:12] if is_digest else pin) + (" with changes" if plus and is_digest else "")
