"""Why a target is stale: the difference between what its record says and what the contracts say now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn.engine.causes import NAMED, reasons_of
from comfyvn.engine.grouping import counted
from comfyvn.engine.judge import Judge
from comfyvn.errors import InputMissing
from comfyvn.recipe import targets_of
from comfyvn.targets.target import Target

UP_TO_DATE = "up to date"  # how the one line begins that is told of what is


def why(target: Target, judge: Judge, targets: Mapping[str, Target]) -> list[str]:
    """One line for each cause, most telling first; says "up to date" when it is.

    Contract values and pins as `from → to`, files and other targets by name.
    """
    waits = list(_waits(target, judge, targets))
    try:
        verdict = judge.verdict(target)
    except InputMissing as error:
        return [f"it waits: {error.what}", *waits]
    found = [reason.text for reason in reasons_of(target, verdict, judge, targets)]
    return [*found, *waits] or [f"{UP_TO_DATE}: it is {verdict.take.state}" if verdict.take else UP_TO_DATE]


def _waits(target: Target, judge: Judge, targets: Mapping[str, Target]) -> Iterator[str]:
    """What it is made of and is not up to date; many of one condition in one line."""
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(targets_of(target.recipe)):
        state = _state(targets[name], judge)
        if state:
            alike.setdefault(state, []).append(name)
    for state, names in alike.items():
        if len(names) > NAMED:
            yield f"{counted(names)}, which it is made of, are {state}"
        else:
            yield from (f"{name}, which it is made of, is {state}" for name in names)


def _state(target: Target, judge: Judge) -> str:
    try:
        verdict = judge.verdict(target)
    except InputMissing:
        return "not made yet"
    return f"{verdict.condition}: {verdict.reason}" if verdict.condition in ("stale", "missing") else ""
