"""Why a target is stale: the difference between what its record says and what the contracts say now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from comfyvn.engine.judge import MOVED, Judge, Verdict
from comfyvn.errors import InputMissing
from comfyvn.recipe import FileInput, Input, plain, targets_of
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

UP_TO_DATE = "up to date"  # how the one line begins that is told of what is


def why(target: Target, judge: Judge, targets: Mapping[str, Target]) -> list[str]:
    """One line for each cause, most telling first; says "up to date" when it is.

    Contract values and pins as `from → to`, files and other targets by name.
    """
    waits = [line for name in dict.fromkeys(targets_of(target.recipe)) for line in _upstream(targets[name], judge)]
    try:
        verdict = judge.verdict(target)
    except InputMissing as error:
        return [f"it waits: {error.what}", *waits]
    if verdict.condition in ("fresh", "approved"):
        return waits or [f"{UP_TO_DATE}: it is {verdict.take.state}" if verdict.take else UP_TO_DATE]
    record = verdict.record
    if record is None or not record.wanted or verdict.condition == "edited":
        return [verdict.reason, *waits]
    causes = list(_causes(target, verdict, record))
    head = [] if verdict.reason == MOVED and causes else [verdict.reason]
    return [*head, *_unanswered(target, verdict, judge), *causes, *waits]


def _unanswered(target: Target, verdict: Verdict, judge: Judge) -> Iterator[str]:
    """Why a take that is named does not hold: a pick is one of the pictures of one recipe."""
    take = judge.takes.of(target.name)
    if take is not None and verdict.take is None:
        yield f"the take that was {take.state} is of another recipe: it is made anew (`comfyvn take {target.name}`)"


def _upstream(target: Target, judge: Judge) -> Iterator[str]:
    try:
        verdict = judge.verdict(target)
    except InputMissing:
        yield f"{target.name}, which it is made of, is not made yet"
        return
    if verdict.condition in ("stale", "missing"):
        yield f"{target.name}, which it is made of, is {verdict.condition}: {verdict.reason}"


def _causes(target: Target, verdict: Verdict, record: Record) -> Iterator[str]:
    stated = list(_differences(record.facts, plain(target.facts)))
    yield from stated
    old, new = record.recipe, plain(verdict.recipe or {})
    yield from _input_causes(target, _inputs(old), _inputs(new))
    told_by_facts = {"text", "voice", "box"} if stated else set()
    for name in sorted({*old, *_mapping(new)} - {"inputs", "render", "graph"} - told_by_facts):
        yield from _differences({name: old.get(name)}, {name: _mapping(new).get(name)})
    old_render, new_render = _mapping(old.get("render")) or old, _mapping(_mapping(new).get("render")) or _mapping(new)
    for name in ("engine", "seeds", "pins", "version", "models"):
        if old_render is not old:
            yield from _differences({name: old_render.get(name)}, {name: new_render.get(name)})
    if not stated and old_render.get("graph") != new_render.get("graph"):
        yield from _differences(
            {f"workflow {old_render.get('workflow')}": old_render.get("graph")},
            {f"workflow {old_render.get('workflow')}": new_render.get("graph")},
        )


def _inputs(recipe: object) -> Mapping[str, object]:
    recipe = _mapping(recipe)
    return _mapping(_mapping(recipe.get("render", recipe)).get("inputs"))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _input_causes(target: Target, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name) == new.get(name):
            continue
        item = target.recipe.inputs.get(name)
        if name not in old:
            yield f"{_input(item, name)} is new"
        elif item is None:
            yield f"{name} is no longer part of it"
        else:
            yield f"{_input(item, name)} has new content ({_short(old[name])} → {_short(new[name])})"


def _input(item: Input | None, name: str) -> str:
    if item is None:
        return name
    return f"file {item.path}" if isinstance(item, FileInput) else item.target


def _differences(old: object, new: object, path: str = "") -> Iterator[str]:
    """Leaves that differ, as `path: from → to`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from _differences(old.get(name), new.get(name), f"{path}.{name}" if path else str(name))
    elif old != new:
        yield f"{path}: {_short(old)} → {_short(new)}"


def _short(value: object) -> str:
    if value is None:
        return "(nothing)"
    text = json.dumps(value, ensure_ascii=False)
    if text.startswith(('"px1:', '"au1:', '"text:', '"sha256:', '"all1:')):
        return text[1:].partition(":")[2][:8]
    return text if len(text) <= 120 else text[:117] + "…"
