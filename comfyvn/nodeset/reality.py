"""What was found somewhere: packs, models and node classes as they really are, before the lock hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comfyvn.providers import ModelPin, PackPin


@dataclass(frozen=True)
class SeenPack:
    """A pack by the name of its folder; `pin` pins nothing where its commit could not be known (`trouble` says why).

    `repository`: `owner/name` on GitHub, else `host/path`; "" where no remote is known. `is_core`: ComfyUI itself.
    `provides`: the registry's name of the pack whose node classes it has, "" where that is not known.
    """

    folder: str
    pin: PackPin
    repository: str = ""
    is_core: bool = False
    trouble: str = ""
    provides: str = ""


@dataclass(frozen=True)
class Reality:
    """What a place has, in the registry's names; a pin without a value: it is there, more is not known.

    `source` is what messages call the place. `lists_packs`, `lists_models`: what is not in them is not there;
    `sees_changes`: whether it would tell of changes without a commit.
    `classes`: node class → digest of its definition. `notes`: what the user should know, a line each.
    """

    source: str
    packs: Mapping[str, PackPin] = field(default_factory=dict)
    models: Mapping[str, ModelPin] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    lists_packs: bool = False
    lists_models: bool = False
    lists_classes: bool = False
    sees_changes: bool = False
    notes: tuple[str, ...] = ()
