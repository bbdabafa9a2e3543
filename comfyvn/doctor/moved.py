"""Whether a server's node classes are those that graphs were checked with, and those that the lock holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from comfyvn.doctor.finding import Finding, Level
from comfyvn.graph.definitions import Definitions, Input, NodeClass
from comfyvn.nodeset.classes import class_digests
from comfyvn.providers import Lock

SHOWN = 4  # options of an input


def moved(place: str, names: Iterable[str], live: Definitions, known: Definitions, lock: Lock) -> Iterator[Finding]:
    """One finding about classes that are there: they are as locked, else as known, or what about them moved.

    `live` and `known` name folders where a server lists files.
    """
    wanted = sorted(names)
    now, before = class_digests(live, wanted), class_digests(known, wanted)
    strayed = [name for name in wanted if name in lock.classes and lock.classes[name] != now[name]]
    others = [name for name in wanted if name not in lock.classes and name in before and before[name] != now[name]]
    if strayed:
        yield _finding(place, "warning", strayed, live, known, "than when it was locked", _LOCK_AGAIN)
    if others:
        yield _finding(place, "note", others, live, known, "than ComfyVN knows them", "")
    if wanted and not strayed and not others:
        yield Finding(place, "definitions", "good", f"{len(wanted)} classes are as they should be")


_LOCK_AGAIN = "install what the lock pins (`comfyvn lock`), or lock this server anew: comfyvn lock --server NAME"


def _finding(
    place: str, level: Level, names: list[str], live: Definitions, known: Definitions, than: str, todo: str
) -> Finding:
    told = "; ".join(f"{name}: {_difference(name, live, known)}" for name in names)
    classes = "1 class is" if len(names) == 1 else f"{len(names)} classes are"
    return Finding(place, "definitions", level, f"{classes} other {than}: {told}", todo)


def _difference(name: str, live: Definitions, known: Definitions) -> str:
    """What moved, as far as the definition that we know tells."""
    before = known.get(name)
    changes = list(_changes(before, live.classes[name])) if before else []
    return ", ".join(changes) or "its definition changed"


def _changes(before: NodeClass, now: NodeClass) -> Iterator[str]:
    old, new = ({entry.name: entry for entry in node.inputs} for node in (before, now))
    yield from (f"input {name} gone" for name in old if name not in new)
    for name, entry in new.items():
        if name not in old:
            yield f"{'required' if entry.required else 'optional'} input {name} added"
        else:
            yield from (f"input {name} {change}" for change in _input_changes(old[name], entry))
    if [output.type for output in before.outputs] != [output.type for output in now.outputs]:
        yield f"outputs {_outputs(now)} (were {_outputs(before)})"


def _outputs(node: NodeClass) -> str:
    return ", ".join(output.type for output in node.outputs) or "none"


def _input_changes(old: Input, new: Input) -> Iterator[str]:
    if old.type != new.type:
        yield f"has type {new.type} (was {old.type})"
    if new.required and not old.required:
        yield "is required now"
    if old.options is not None and new.options is not None:
        before, now = ({str(option) for option in entry.options or ()} for entry in (old, new))
        yield from _options("lost", before - now)
        yield from _options("gained", now - before)
    for key in ("default", "min", "max"):
        if old.type == new.type and old.config.get(key) != new.config.get(key):
            yield f"has {key} {new.config.get(key)} (was {old.config.get(key)})"


def _options(verb: str, options: Collection[str]) -> Iterator[str]:
    if options:
        named = ", ".join(sorted(option[:40] for option in options)[:SHOWN])
        yield f"{verb} {named}" + (f" and {len(options) - SHOWN} more" if len(options) > SHOWN else "")
