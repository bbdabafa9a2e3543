"""Cache entries: what is kept there of what a maker made, and what a maker made as the cache gives it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyvn.makers.made import Made
from comfyvn.store.cache import Cached

CACHED_KINDS = {"render", "patch", "pack", "speak", "copy"}  # manifests and exports only copy what is here anyway

_FACTS = {"engine": str, "repeatable": bool, "seeds": dict, "made_with": dict, "notes": dict}


def facts_of(made: Made) -> dict[str, object]:
    return {
        "engine": made.engine,
        "repeatable": made.repeatable,
        "seeds": dict(made.seeds),
        "made_with": dict(made.made_with),
        "notes": dict(made.notes),
    }


def noting(facts: Mapping[str, object], name: str, value: object) -> dict[str, object]:
    """An entry's facts with one more note; one of this name that is there stays."""
    notes = facts.get("notes")
    return {**facts, "notes": {name: value, **(notes if isinstance(notes, Mapping) else {})}}


def facts_in(value: Mapping[str, object]) -> dict[str, object] | None:
    """The facts among an object's members; None when it does not have them all."""
    if not all(isinstance(value.get(name), kind) for name, kind in _FACTS.items()):
        return None
    return {name: value[name] for name in _FACTS}


def made_of(found: Cached) -> Made | None:
    """None for an entry that does not say all that a maker would: another version of this package wrote it."""
    facts: dict[str, Any] | None = facts_in(found.facts)
    return None if facts is None else _made(found, facts)


def _made(found: Cached, facts: Mapping[str, Any]) -> Made:
    return Made(
        files=found.files,
        engine=facts["engine"],
        repeatable=facts["repeatable"],
        seeds=facts["seeds"],
        made_with=facts["made_with"],
        notes=facts["notes"],
    )
