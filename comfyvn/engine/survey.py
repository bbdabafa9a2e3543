"""What state every target of a novel is in, without making anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comfyvn.engine.judge import RENDERED, Judge
from comfyvn.engine.why import why
from comfyvn.errors import InputMissing
from comfyvn.recipe import targets_of
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

CONDITIONS = ("fresh", "stale", "missing", "edited", "kept", "waiting")


@dataclass(frozen=True)
class Standing:
    """`condition` is the judge's, or `waiting`: something that it is made of is not up to date. `quality` as made."""

    condition: str
    reason: str = ""
    quality: str = ""


def survey(targets: Mapping[str, Target], judge: Judge) -> dict[str, Standing]:
    """Target name → standing; `targets` must be in an order in which needs come first."""
    found: dict[str, Standing] = {}
    for name, target in targets.items():
        found[name] = _standing(target, judge, found, targets)
    return found


def _standing(target: Target, judge: Judge, found: Mapping[str, Standing], targets: Mapping[str, Target]) -> Standing:
    moving = [need for need in targets_of(target.recipe) if found[need].condition in ("stale", "missing", "waiting")]
    try:
        verdict = judge.verdict(target)
    except InputMissing as error:
        record = judge.record(target)
        reason = f"{error.what} ({error.where})"
        return Standing("waiting", reason, _quality(target, record)) if record else Standing("missing", reason)
    quality = _quality(target, verdict.record)
    if verdict.condition == "fresh" and moving:
        return Standing("waiting", f"{moving[0]} comes first", quality)
    reason = why(target, judge, targets)[0] if verdict.condition == "stale" else verdict.reason
    return Standing(verdict.condition, reason, quality)


def _quality(target: Target, record: Record | None) -> str:
    """Draft or final, of a picture; "" for what is neither."""
    return record.quality if record and target.recipe.kind in RENDERED else ""
