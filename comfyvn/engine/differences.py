"""Differences of two JSON values, said for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping


def differences(old: object, new: object, path: str = "") -> Iterator[str]:
    """Leaves that differ, as `path: from → to`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from differences(old.get(name), new.get(name), f"{path}.{name}" if path else str(name))
    elif old != new:
        yield f"{path}: {short(old)} → {short(new)}"


def mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def short(value: object) -> str:
    if value is None:
        return "(nothing)"
    text = json.dumps(value, ensure_ascii=False)
    if text.startswith(('"px1:', '"au1:', '"text:', '"sha256:', '"all1:')):
        return text[1:].partition(":")[2][:8]
    return text if len(text) <= 120 else text[:117] + "…"
