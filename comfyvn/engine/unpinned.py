"""What a novel's renders use and nothing pins: allowed in drafts, an error of a strict check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comfyvn.engine.used import NOT_PINNED
from comfyvn.errors import Problem
from comfyvn.providers import LOCK_FILE, Lock, ModelPin, PackPin
from comfyvn.recipe import Patch, Render
from comfyvn.targets.target import Target

_CURE = {
    "pack": "a commit, or a version of the Comfy Registry",
    "model": "the SHA-256 of its file",
}


@dataclass(frozen=True)
class Use:
    """A pack or a model (`kind`) that `targets` of the novel's targets use; `pin` is None when nothing pins it."""

    kind: str
    name: str
    pin: str | None
    state: str
    targets: int


def uses(targets: Mapping[str, Target], lock: Lock) -> list[Use]:
    """Every pack, then every model, that renders of these targets use, by name."""
    counts: dict[str, Counter[str]] = {"packs": Counter(), "models": Counter()}
    for target in targets.values():
        recipe = target.recipe.render if isinstance(target.recipe, Patch) else target.recipe
        pins = recipe.pins if isinstance(recipe, Render) else {}
        for kind, counter in counts.items():
            named = pins.get(kind)
            counter.update(list(named) if isinstance(named, Mapping) else ())
    packs, models = sorted(counts["packs"].items()), sorted(counts["models"].items())
    return [
        *(_use("pack", name, lock.packs.get(name), count) for name, count in packs),
        *(_use("model", name, lock.models.get(name), count) for name, count in models),
    ]


def _use(kind: str, name: str, pin: PackPin | ModelPin | None, count: int) -> Use:
    value = pin.pin if pin else None
    return Use(kind, name, value, pin.state if pin and value else NOT_PINNED, count)


def unpinned(targets: Mapping[str, Target], lock: Lock) -> Iterator[Problem]:
    """An error for every pack and every model that is used and not pinned, or pinned with uncommitted changes."""
    for use in uses(targets, lock):
        path = f"$.{use.kind}s.{use.name}"
        if use.pin is None:
            users = f"{use.targets} target uses" if use.targets == 1 else f"{use.targets} targets use"
            what = f'the {use.kind} "{use.name}", which {users}, is not pinned'
            yield Problem(LOCK_FILE, what, path=path, allowed=_CURE[use.kind])
        elif use.kind == "pack" and lock.packs[use.name].changes:
            what = f'the pack "{use.name}" was locked with changes that are not committed: nobody else has them'
            yield Problem(LOCK_FILE, what, path=path, allowed="a clean checkout; then lock again")
