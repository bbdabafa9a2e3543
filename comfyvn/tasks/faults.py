"""What is wrong with clips that a run has made, as its end tells of it: the quality gate's faults, and missed lengths.

Pure: from the notes of records to lines of text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from comfyvn.errors import plain

NAMED = 8  # clips in the table
TAKES = 4  # that are proposed
LENGTH = "length"


def noted(notes: Mapping[str, object]) -> tuple[str, ...]:
    """What a record says is wrong with its clip, as "kind: what was measured"; () for nothing."""
    quality = notes.get("quality")
    faults = quality.get("faults") if isinstance(quality, Mapping) else None
    missed = notes.get("missed")
    return (*map(str, _listed(faults)), *(f"{LENGTH}: {text}" for text in _listed(missed)))


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def told(found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A short table, and how to hear them and take them anew; `found`: clip → its faults."""
    if not found:
        return
    names = sorted(found)
    yield f"{len(names)} clip{' needs' if len(names) == 1 else 's need'} an ear:"
    width = max(map(len, names[:NAMED]))
    for name in names[:NAMED]:
        for at, fault in enumerate(found[name]):
            yield f"  {name if at == 0 else '':{width}}  {plain(fault)}"
    if len(names) > NAMED:
        yield f"  and {len(names) - NAMED} more: see `notes` in their records"
    spoken = [name for name in names if any(not fault.startswith(f"{LENGTH}:") for fault in found[name])]
    if spoken:
        yield f"to hear and retake: comfyvn take {shlex.quote(spoken[0])} -n {TAKES}"
