"""What kind of change made an artifact stale: its contracts (content), its style, or only the pins of packs and models.

`rebuild` in comfyvn.yaml says which classes are made again by themselves. The class is that of the largest change: what
moved in content and in style is stale by content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from comfyvn.contracts.novel import Staleness

CLASSES: tuple[Staleness, ...] = ("content", "style", "pins")
Cause = Staleness | Literal[""]

# Members of a recipe that follow from the style when the contract values that moved are all style's.
_OF_STYLE = frozenset({"graph", "pins", "packs", "models", "size"})


def cause_of(
    old: Mapping[str, object], new: Mapping[str, object], old_facts: Mapping[str, object], facts: Mapping[str, object]
) -> Staleness:
    """The class of the change from one recipe document to another; `facts`: the contract values that they came from."""
    if with_pins(old, pins_of(new)) == new:
        return "pins"
    moved = {name for name in {*old_facts, *facts} if old_facts.get(name) != facts.get(name)}
    is_style = bool(moved) and all(_says_style(name) for name in moved)
    return "style" if is_style and _without_style(old) == _without_style(new) else "content"


def _says_style(fact: str) -> bool:
    """Whether a fact's name (`styles/ink: steps`, `characters/aya: style.prompt`) is a style's."""
    contract, _, path = fact.partition(": ")
    return contract.startswith("styles/") or path.startswith("style.")


def _without_style(document: Mapping[str, object]) -> dict[str, object]:
    rest = {name: value for name, value in document.items() if name not in _OF_STYLE}
    render = rest.get("render")
    return {**rest, "render": _without_style(render)} if isinstance(render, Mapping) else rest


def pins_of(document: Mapping[str, object]) -> Mapping[str, object]:
    """The pins in a recipe's document (a patch keeps them in its render); {} for what is not rendered."""
    render = document.get("render")
    holder = render if isinstance(render, Mapping) else document
    pins = holder.get("pins")
    return pins if isinstance(pins, Mapping) else {}


def with_pins(document: Mapping[str, object], pins: Mapping[str, object]) -> dict[str, object]:
    """The same recipe with these pins; what holds none stays as it is."""
    render = document.get("render")
    if isinstance(render, Mapping):
        return {**document, "render": with_pins(render, pins)}
    return {**document, "pins": dict(pins)} if "pins" in document else dict(document)
