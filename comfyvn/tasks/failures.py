"""Going on after a failure: what failed, what waits for it, and what was made with the last good art instead.

A picture or clip that cannot be made again fails by itself: while an older one is there, doit is told that all went
well, so that atlases and exports are made with that. Our records know better, and the next build tries again. What is
rendered or spoken *from* something that failed waits: it would be paid for twice.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from doit.exceptions import TaskFailed

from comfyvn.bridge.tts import FALLBACK
from comfyvn.engine import failed
from comfyvn.engine.last_good import has_last_good
from comfyvn.engine.retry import attempted
from comfyvn.errors import ComfyVNError, MakeError, OverBudget, StoreError
from comfyvn.store.files import Scratch
from comfyvn.store.refused import refused
from comfyvn.targets.target import Target
from comfyvn.tasks import faults

if TYPE_CHECKING:
    from comfyvn.tasks.novel import Novel

def make(novel: Novel, name: str) -> TaskFailed | None:
    """Makes one target for doit; None also where it failed and what was made before stands in for it."""
    session = novel.session
    try:
        target = novel.targets[name]
    except ComfyVNError as error:  # its contract was changed while the build ran: nobody knows what it is made of
        session.ledger.fail(name, error)
        return TaskFailed(str(error))
    if session.ledger.holds_up(target):
        session.ledger.wait(target)
        waits = MakeError(f"it waits for {', '.join(session.ledger.waiting[name])}")
        return _without(novel, target, waits)
    try:
        novel.engine.begin()
        work = partial(novel.engine.make, name, session.always)
        outcome = attempted(work, novel.engine.finishing.sleep)
    except (ComfyVNError, OSError) as error:
        if isinstance(error, OverBudget):
            session.ledger.unpaid.add(name)
        failure = error if isinstance(error, ComfyVNError) else _from_system(error)
        if not novel.engine.finishing.is_stopped:  # else it is no failure of the target
            session.ledger.fail(name, failure)
        return _without(novel, target, failure)
    verdict = novel.engine.judge.verdict(target) if outcome.how == "taken" else outcome.verdict
    if verdict is not None:
        novel.settle(name, verdict, verdict.reason, is_made=True)
        if verdict.record is not None and FALLBACK in verdict.record.notes:
            session.stand_ins[name] = verdict.record.notes[FALLBACK]
        if verdict.record is not None and (found := faults.noted(verdict.record.notes)):
            session.faults[name] = found
    session.finished(name, outcome.how, outcome.note)
    return None


def _from_system(error: OSError) -> StoreError:
    return refused(error, str(error.filename or ""), "use a file")


def _without(novel: Novel, target: Target, error: ComfyVNError) -> TaskFailed | None:
    """What doit is told of a target that was not made."""
    stands_in = novel.session.goes_on and has_last_good(target, novel.engine.judge)
    return None if stands_in else TaskFailed(str(error))


def keep(novel: Novel, well: Collection[str]) -> None:
    """Keeps the names of what failed for `comfyvn build --failed`; `well`: what was made, or found up to date."""
    state = novel.engine.state
    scratch = Scratch(state.scratch.folder)  # that of a build that was stopped takes nothing any more
    try:
        failed.update(state.folder, scratch, set(novel.session.ledger.failed), well)
    except (StoreError, OSError):
        return  # a disk that is full keeps no list either: the end of the build has named them
