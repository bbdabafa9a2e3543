"""What a build would come to, target by target: made, taken from the cache, or perhaps left as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from comfyvn.engine.budget import render_sort
from comfyvn.engine.causes import reasons_of
from comfyvn.engine.estimates import Estimate, engine_name
from comfyvn.engine.foresight import Foresight
from comfyvn.engine.judge import NEW, RENDERED, SETTLED, TAKEN, Judge, Verdict
from comfyvn.engine.survey import waits_for
from comfyvn.errors import InputMissing
from comfyvn.recipe import targets_of
from comfyvn.targets.row import models_of
from comfyvn.targets.target import Target

How = Literal["render", "work", "cache"]


@dataclass(frozen=True)
class Step:
    """One target that a build would come to.

    `how`: rendered on a server, worked on by this computer, or taken from the cache. `is_certain`: false where
    something that it is made of is made first, and may come out as it was. `cause`: the class of staleness. `why`: the
    first reason, without what is the target's own. `engine`: what makes it, without a version; of renders, the kind of
    server. `likely`: the server that would render it, "" where the novel names none; `is_load`: it would load a
    checkpoint for it. `estimate`: None where no past one tells.
    """

    target: str
    kind: str
    how: How
    is_certain: bool
    why: str
    cause: str = ""
    engine: str = ""
    workflow: str = ""
    models: tuple[str, ...] = ()
    likely: str = ""
    is_load: bool = False
    estimate: Estimate | None = None


@dataclass(frozen=True)
class Outlook:
    """What a forecast is made from. `asked`: targets that the user names: these are made though they are held."""

    targets: Mapping[str, Target]
    judge: Judge
    foresight: Foresight
    rebuild: Collection[str]
    asked: frozenset[str] = frozenset()


def steps(outlook: Outlook, names: Sequence[str]) -> tuple[dict[str, Step], list[str]]:
    """Target → step, for what would not be left as it is; and what is held."""
    found: dict[str, Step] = {}
    held: list[str] = []
    for name in names:
        target = outlook.targets[name]
        step = _step(target, outlook, found, held)
        if step is not None:
            found[name] = step
    return found, held


def _step(target: Target, outlook: Outlook, found: Mapping[str, Step], held: list[str]) -> Step | None:
    is_render = target.recipe.kind in RENDERED
    # Reading the cache to look further ahead is worth it for renders alone.
    judge = outlook.foresight if is_render else outlook.judge
    needs = [need for need in dict.fromkeys(targets_of(target.recipe)) if need in found]
    unsure = [need for need in needs if not (is_render and outlook.foresight.expects(need))]
    how: How = "render" if is_render else "work"
    try:
        verdict = judge.verdict(target)
    except InputMissing as error:
        is_new = judge.record(target) is None
        text = NEW if is_new and needs else waits_for(needs).general() if needs else f"{error.what} ({error.where})"
        return _stepped(target, how, is_new, text)
    is_held = verdict.is_held(outlook.rebuild) and target.name not in outlook.asked
    if is_held:
        held.append(target.name)
    if verdict.condition in SETTLED and verdict.condition != "fresh":
        return None  # kept as it is, whatever comes of what it is made of
    if verdict.take is not None and verdict.condition != "fresh":
        return _stepped(target, "work", True, TAKEN)  # put back from takes/
    if verdict.condition == "fresh" or is_held:
        return _stepped(target, how, False, waits_for(unsure).general()) if unsure else None
    if not unsure and outlook.foresight.expect(target, verdict.wanted):
        how = "cache"
    return _stepped(target, how, True, _why(target, verdict, judge, outlook.targets), verdict.cause)


def _why(target: Target, verdict: Verdict, judge: Judge, targets: Mapping[str, Target]) -> str:
    found = reasons_of(target, verdict, judge, targets)
    return found[0].general() if found else verdict.reason


def _stepped(target: Target, how: How, is_certain: bool, why: str, cause: str = "") -> Step:
    recipe = target.recipe
    sort = render_sort(recipe)
    return Step(
        target.name, recipe.kind, how, is_certain, why, cause, engine_name(recipe.engine), sort.workflow,
        models_of(recipe),
    )  # fmt: skip
