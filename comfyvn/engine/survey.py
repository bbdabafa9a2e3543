"""What state every target of a novel is in, without making anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from comfyvn.engine.judge import RENDERED, SETTLED, Judge, Verdict
from comfyvn.engine.staleness import CLASSES
from comfyvn.engine.why import why
from comfyvn.errors import InputMissing
from comfyvn.recipe import targets_of
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

CONDITIONS = ("fresh", "approved", "stale", "missing", "edited", "both", "frozen-stale", "kept", "waiting")


@dataclass(frozen=True)
class Standing:
    """`condition` is the judge's, or `waiting`: something that it is made of is not up to date. `quality` as made.

    `cause`: the class of staleness, "" for none; `held`: it is stale, and kept all the same. `take`: the state of the
    take that holds for it, "" for none.
    """

    condition: str
    reason: str = ""
    quality: str = ""
    cause: str = ""
    held: bool = False
    take: str = ""

    def is_settled(self) -> bool:
        """Whether a build that is not asked for it leaves it as it is."""
        return self.held or self.condition in SETTLED

    def label(self) -> str:
        """The condition with its class: `stale (pins)`."""
        return f"{self.condition} ({self.cause})" if self.cause else self.condition


def survey(targets: Mapping[str, Target], judge: Judge, rebuild: Collection[str] = CLASSES) -> dict[str, Standing]:
    """Target name → standing; `targets` must be in an order in which needs come first.

    `rebuild`: the classes of staleness that are made again by themselves.
    """
    found: dict[str, Standing] = {}
    for name, target in targets.items():
        found[name] = _standing(target, judge, found, targets, rebuild)
    return found


def _standing(
    target: Target,
    judge: Judge,
    found: Mapping[str, Standing],
    targets: Mapping[str, Target],
    rebuild: Collection[str],
) -> Standing:
    moving = [need for need in targets_of(target.recipe) if not found[need].is_settled()]
    try:
        verdict = judge.verdict(target)
    except InputMissing as error:
        record = judge.record(target)
        reason = f"{error.what} ({error.where})"
        return Standing("waiting", reason, _quality(target, record)) if record else Standing("missing", reason)
    quality = _quality(target, verdict.record)
    held = verdict.is_held(rebuild)
    take = verdict.take.state if verdict.take else ""
    is_kept = take in ("adopted", "approved")  # whatever comes of what it is made of
    if moving and (held or verdict.condition == "fresh") and not is_kept:
        return Standing("waiting", f"{moving[0]} comes first", quality)  # that may come out as another content
    reason = _reason(target, verdict, judge, targets, held)
    return Standing(verdict.condition, reason, quality, verdict.cause, held, take)


def _reason(target: Target, verdict: Verdict, judge: Judge, targets: Mapping[str, Target], held: bool) -> str:
    if verdict.condition in ("both", "frozen-stale") and verdict.take is not None:
        causes = why(target, judge, targets)[1:]
        return "; ".join([verdict.reason, *causes[:1]])
    if verdict.condition != "stale":
        return verdict.reason
    cause = why(target, judge, targets)[0]
    return f"{cause}; kept, as `rebuild` in comfyvn.yaml leaves {verdict.cause} out" if held else cause


def _quality(target: Target, record: Record | None) -> str:
    """Draft or final, of a picture; "" for what is neither."""
    return record.quality if record and target.recipe.kind in RENDERED else ""
