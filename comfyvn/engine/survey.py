"""What state every target of a novel is in, without making anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from comfyvn.engine.causes import Reason, reasons_of
from comfyvn.engine.grouping import counted
from comfyvn.engine.judge import NEW, SETTLED, STAND_IN, Judge, Verdict, quality_of, said_of
from comfyvn.engine.staleness import CLASSES
from comfyvn.errors import InputMissing
from comfyvn.recipe import targets_of
from comfyvn.targets.target import Target

CONDITIONS = ("fresh", "approved", "stale", "missing", "edited", "both", "frozen-stale", "kept", "waiting", "orphan")


@dataclass(frozen=True)
class Standing:
    """`condition` is the judge's, or `waiting`: something that it is made of is not up to date. `quality` as made:
    draft, final or stand-in; `reason` tells of a clip that is fresh who stood in.

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

    def is_stand_in(self) -> bool:
        """Whether another voice has spoken it than the wanted one, which `comfyvn build --upgrade` asks again."""
        return self.condition == "fresh" and self.quality == STAND_IN

    def label(self) -> str:
        """The condition with its class: `stale (pins)`."""
        return f"{self.condition} ({self.cause})" if self.cause else self.condition


@dataclass(frozen=True)
class Found:
    """A target's standing, its fingerprint ("" where something it is made of is not there), and why it is no other.

    `moving`: the targets that it is made of and that come first.
    """

    standing: Standing
    wanted: str = ""
    reasons: tuple[Reason, ...] = ()
    moving: tuple[str, ...] = ()


class Some(Mapping[str, Target]):
    """Some of the targets, each bound when it is asked for."""

    def __init__(self, targets: Mapping[str, Target], names: Iterable[str]) -> None:
        self._targets, self._names = targets, dict.fromkeys(names)

    def __getitem__(self, name: str) -> Target:
        return self._targets[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


Judged = Callable[[str, Verdict], None]
NOTHING: Mapping[str, Standing] = {}


def survey(
    targets: Mapping[str, Target],
    judge: Judge,
    rebuild: Collection[str] = CLASSES,
    known: Mapping[str, Standing] = NOTHING,
    unasked: Collection[str] = (),
    judged: Judged = lambda _target, _verdict: None,
) -> dict[str, Standing]:
    """Target name → standing; `targets` must be in an order in which needs come first.

    `rebuild`: the classes of staleness that are made again by themselves; `known`: standings that need not be judged;
    `unasked`: targets that wait whenever something that they are made of does, whatever else there is to say of them;
    `judged` is told of each that was judged and need not be made.
    """
    found = inspected(targets, judge, rebuild, known, unasked, judged)
    return {name: known.get(name) or found[name].standing for name in targets}


def inspected(
    targets: Mapping[str, Target],
    judge: Judge,
    rebuild: Collection[str] = CLASSES,
    known: Mapping[str, Standing] = NOTHING,
    unasked: Collection[str] = (),
    judged: Judged = lambda _target, _verdict: None,
) -> dict[str, Found]:
    """As `survey`, with every reason; what is known is not among it."""
    found: dict[str, Found] = {}
    unknown = [name for name in targets if name not in known]
    for name in unknown:
        moving = _moving(targets[name], found)
        if moving and name in unasked:
            found[name] = Found(Standing("waiting", f"{moving[0]} comes first"), moving=moving)
        else:
            found[name] = _found(targets[name], judge, moving, targets, rebuild, judged)
    return found


def _found(
    target: Target,
    judge: Judge,
    moving: tuple[str, ...],
    targets: Mapping[str, Target],
    rebuild: Collection[str],
    judged: Judged,
) -> Found:
    first = (waits_for(moving),) if moving else ()
    try:
        verdict = judge.verdict(target)
    except InputMissing as error:
        record = judge.record(target)
        reason = f"{moving[0]} comes first" if moving else f"{error.what} ({error.where})"
        if record is None:
            return Found(Standing("missing", reason), "", (Reason(NEW if moving else reason),), moving)
        return Found(Standing("waiting", reason, quality_of(target, record)), "", first or (Reason(reason),), moving)
    quality = quality_of(target, verdict.record)
    held = verdict.is_held(rebuild)
    take = verdict.take.state if verdict.take else ""
    is_kept = take in ("adopted", "approved")  # whatever comes of what it is made of
    reasons = tuple(reasons_of(target, verdict, judge, targets))
    if moving and (held or verdict.condition == "fresh") and not is_kept:
        waiting = Standing("waiting", f"{moving[0]} comes first", quality)  # that may come out as another content
        return Found(waiting, verdict.wanted, (*reasons, *first), moving)
    reason = _reason(verdict, reasons, held) or said_of(target, verdict.record)
    standing = Standing(verdict.condition, reason, quality, verdict.cause, held, take)
    if standing.is_settled() and not moving:
        judged(target.name, verdict)
    return Found(standing, verdict.wanted, reasons, moving)


def _moving(target: Target, found: Mapping[str, Found]) -> tuple[str, ...]:
    """What it is made of and is not as it should be; what is known is."""
    needs = dict.fromkeys(targets_of(target.recipe))
    return tuple(need for need in needs if need in found and not found[need].standing.is_settled())


def waits_for(moving: Sequence[str]) -> Reason:
    verb = "comes" if len(moving) == 1 else "come"
    return Reason(f"{counted(moving)} {verb} first", tuple(moving))


def _reason(verdict: Verdict, reasons: Sequence[Reason], held: bool) -> str:
    if verdict.condition in ("both", "frozen-stale") and verdict.take is not None:
        return "; ".join([verdict.reason, *(reason.text for reason in reasons[1:2])])
    if verdict.condition != "stale":
        return verdict.reason
    cause = reasons[0].text
    return f"{cause}; kept, as `rebuild` in comfyvn.yaml leaves {verdict.cause} out" if held else cause
