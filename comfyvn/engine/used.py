"""What a record says was used: how it was sampled, which weights and node packs, and how sure their pins are.

All of it is read out of the recipe's document, so that a record can be checked against itself, and so that an artifact
from the cache says the same as one that was just rendered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from comfyvn.graph.sampling import sampling
from comfyvn.providers import Lock, ModelPin, PackPin

NOT_PINNED = "not pinned"
COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?(\+[0-9a-f]+)?")  # what follows + is a digest of changes

Entries = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Used:
    """`sampling`: see graph.sampling. `models`: name → {`sha256`}; `packs`: name → {`commit`, or `version`}.

    Each entry of both has a `state`: `verified`, `claimed` or `not pinned`, when only the name is known.
    """

    sampling: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    models: Entries = field(default_factory=dict)
    packs: Entries = field(default_factory=dict)


def used(document: Mapping[str, object], lock: Lock) -> Used:
    """What the recipe of this document uses; nothing, for what is not rendered.

    A pin is `verified` only while the lock holds that very value as verified: the recipe's own pin counts.
    """
    render = rendering(document)
    pins = _mapping(render.get("pins"))
    models = {name: {"sha256": pin} if pin else {} for name, pin in _pins(pins, "models").items()}
    packs = {name: _pack(pin) for name, pin in _pins(pins, "packs").items()}
    return Used(
        sampling=sampling(_mapping(render.get("graph"))),
        models={
            name: entry | {"state": _state(entry, lock.model_pin(name), lock.models.get(name))}
            for name, entry in models.items()
        },
        packs={
            name: entry | {"state": _state(entry, lock.pack_pin(name), lock.packs.get(name))}
            for name, entry in packs.items()
        },
    )


def rendering(document: Mapping[str, object]) -> Mapping[str, object]:
    """The part of a recipe's document that a server renders: of a patch, its face; {} where there is none."""
    render = _mapping(document.get("render")) or document
    return render if "graph" in render else {}


def _pins(pins: Mapping[str, object], kind: str) -> dict[str, str]:
    """Name → pin, "" for none."""
    return {name: pin if isinstance(pin, str) else "" for name, pin in _mapping(pins.get(kind)).items()}


def _pack(pin: str) -> dict[str, str]:
    return {"commit" if COMMIT.fullmatch(pin) else "version": pin} if pin else {}


def _state(entry: Mapping[str, str], pinned: str | None, pin: PackPin | ModelPin | None) -> str:
    if not entry:
        return NOT_PINNED
    return pin.state if pin is not None and pinned in entry.values() else "claimed"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
