"""The standing of every target of an opened novel: what the last build has settled is not judged again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from comfyvn.engine.judge import Verdict, quality_of, said_of
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.settled import HELD, Entry, Settled
from comfyvn.engine.survey import Standing, survey
from comfyvn.engine.sweep import Header, Signature


def known(novel: OpenNovel) -> dict[str, Standing]:
    """Of the targets that are settled and fresh: nothing that they rest on has moved since they were judged."""
    if novel.plan is None:
        return {}
    settled = Settled(novel.root)
    return known_by(novel, settled, settled.unsettled(novel.rows, novel.engine.state.forgotten()))


def known_by(novel: OpenNovel, settled: Settled, unsettled: Collection[str]) -> dict[str, Standing]:
    """As `known`; `unsettled`: what `settled` says must be judged."""
    taken = {name for name, _ in novel.engine.judge.takes}  # of these there is more to say, as of what is not fresh
    told = settled.known(novel.rows.keys() - unsettled - taken)
    alike = {each: Standing(*each) for each in set(told.values()) if each[0] == "fresh"}  # thousands stand alike
    return {name: alike[each] for name, each in told.items() if each in alike}


def keep(
    novel: OpenNovel, settled: Settled, unsettled: Collection[str], header: Header, more: Mapping[str, Signature] = {}
) -> None:
    """Keeps what is settled, and the plan, for the next build; called under the build lock. `more`: what must stand
    still beside the files of the plan. Raises StoreError.
    """
    state = novel.engine.state
    if novel.plan is None:
        return
    asked, again = state.signed_forgotten(), state.forgotten()  # signed before it is read
    settled.keep(novel.rows, unsettled, again, {**novel.plan.seen, **more, **asked}, header, state.scratch)
    novel.plan.save(novel.root, state.scratch)


def standings(novel: OpenNovel) -> dict[str, Standing]:
    """Target → standing, needs first."""
    return survey(novel.targets, novel.engine.judge, novel.project.novel.rebuild, known(novel))


def entry_of(novel: OpenNovel, name: str, verdict: Verdict, note: str) -> Entry | None:
    """What is remembered of a target that was judged or made; None where there is no record to hold it to."""
    if verdict.record is None or not verdict.record.wanted:
        return None
    target, record = novel.targets[name], verdict.record
    condition = HELD if verdict.condition == "stale" else verdict.condition
    signed = novel.engine.judge.signatures(target, record)
    told = note or (said_of(target, record) if condition == "fresh" else "")
    return Entry(novel.rows[name].key, condition, told, quality_of(target, record), signed)
