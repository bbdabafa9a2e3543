"""Choosing what an artifact is: picking an alternative, adopting a file, approving, and taking that back.

Each of these holds the build lock, writes takes/ first, then build/: a kill in between is put right by the next build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from comfyvn.engine.alternatives import Alternative, bytes_of, really_made
from comfyvn.engine.build import Engine
from comfyvn.engine.judge import MOVED, RETOUCHABLE, Verdict, file_of, is_of, part_name, subject_of
from comfyvn.engine.retouch import retouched
from comfyvn.engine.takes import NOTE
from comfyvn.engine.used import used
from comfyvn.errors import UsageError
from comfyvn.makers.made import Made
from comfyvn.store import records
from comfyvn.store.records import FileFacts, Record
from comfyvn.store.takes import FILE, State, Take, TakeFile
from comfyvn.targets.target import Quality, Target


@dataclass(frozen=True)
class Reason:
    """Who chose, and why; "" for not said."""

    by: str = ""
    why: str = ""


def pick(engine: Engine, target: Target, one: Alternative, reason: Reason) -> None:
    """Makes an alternative the target's take.

    Raises UsageError where that would lose something, or where the alternative is not made.
    """
    verdict = engine.judge.verdict(target)
    _check_not_approved(engine, target)
    edited = engine.judge.edited_file(target, verdict.record) if verdict.record else None
    if edited:
        raise UsageError(
            f"{edited} was changed by hand: a pick would write over it",
            edited,
            f"keep it with `comfyvn adopt {target.name}`, or drop it with `doit forget {target.name}`",
        )
    if one.result is None:
        raise UsageError(
            f"take {one.number} of {target.name} is not made, or was made of an older recipe",
            target.artifact,
            f"make it: `comfyvn take {target.name} -n {one.number}`",
        )
    files = bytes_of(one.result)
    facts = engine.judge.takes.put(files)
    note = {"state": "picked", "seeds": dict(one.seeds)}
    made = really_made(one, one.result)
    record = _record(engine, target, verdict, one.result, made, facts, note, target.quality)
    take = _take(facts, verdict.wanted, made, reason, seeds=one.seeds)
    engine.judge.takes.keep(target.name, take, record)
    engine.publish_take(target.name)


def adopt(engine: Engine, target: Target, file: Path | None, reason: Reason, final: bool = False) -> tuple[Path, ...]:
    """Makes a retouched file the target's take: `file`, or what was changed by hand in build/.

    It answers to the recipe as it stands now. `final`: it is finished art, though a draft was there. Gives where a hand
    edit was moved to that it writes over. Raises UsageError, MakeError or InputMissing.
    """
    _check_kind(target)
    verdict = engine.judge.verdict(target)
    _check_not_approved(engine, target)
    record = _made_record(target, verdict)
    found = retouched(engine, target, record, file, verdict.condition == "both")
    kept = [engine.judge.takes.set_aside(data, ending) for ending, data in found.aside]
    facts = engine.judge.takes.put(found.files)
    notes = {**_without(record.notes), **found.notes}
    old = Made({}, record.engine, record.repeatable, record.seeds, record.made_with, notes)
    quality: Quality = "final" if final or record.quality == "final" else "draft"
    adopted = _record(engine, target, verdict, old, record.made, facts, {"state": "adopted"}, quality)
    take = _take(facts, verdict.wanted, record.made, reason, state="adopted")
    engine.judge.takes.keep(target.name, take, adopted)
    engine.publish_take(target.name)
    return tuple(kept)


def approve(engine: Engine, target: Target, reason: Reason) -> bool:
    """Freezes what the target is now; False where it was approved before. Raises UsageError, or as `adopt` does.

    What was changed by hand is adopted with it.
    """
    _check_kind(target)
    takes, verdict = engine.judge.takes, engine.judge.verdict(target)
    take = takes.of(target.name)
    if take is not None and take.state == "approved":
        return False
    if verdict.record is not None and verdict.record.wanted and engine.judge.edited_file(target, verdict.record):
        adopt(engine, target, None, reason)
        take, verdict = takes.of(target.name), engine.judge.verdict(target)
    if take is None or not (verdict.take or (verdict.record and is_of(target, verdict.record, take))):
        take = _as_made(engine, target, verdict)
    named = replace(take, by=reason.by or take.by, why=reason.why or take.why)
    takes.restate(target.name, replace(named, state="approved", before="" if take.state == "approved" else take.state))
    return True


def unapprove(engine: Engine, name: str) -> bool:
    """Unfreezes: a pick or an adopted file is that again, anything else is an artifact as others. False: it was not."""
    takes = engine.judge.takes
    take = takes.of(name)
    if take is None or take.state != "approved":
        return False
    if take.before:
        takes.restate(name, replace(take, state=take.before, before=""))
    else:
        takes.drop(name)
    return True


def restore(engine: Engine, name: str) -> bool:
    """Drops a target's take: the next build makes what its recipe says. False where there is none.

    Raises UsageError for one that is approved.
    """
    take = engine.judge.takes.of(name)
    if take is None:
        return False
    if take.state == "approved" and name in engine.targets:
        raise _is_approved(name)
    engine.judge.takes.drop(name)
    return True


# --- parts


def _as_made(engine: Engine, target: Target, verdict: Verdict) -> Take:
    """An artifact as a build made it, kept as a take. Raises UsageError when there is none that is whole."""
    record = _made_record(target, verdict)
    if verdict.condition == "missing" or (verdict.condition == "stale" and verdict.reason != MOVED):
        raise UsageError(f"{target.name} cannot be approved: {verdict.reason}", target.artifact, _build(target))
    names = {name: name.removeprefix(part_name(target, "")) for name in record.files}
    data = {suffix: (engine.root / file_of(target, name)).read_bytes() for name, suffix in names.items()}
    facts = engine.judge.takes.put(data)
    whole = replace(record, files={name: facts[suffix] for name, suffix in names.items()})
    take = Take(_files(facts), "", record.wanted, record.made, "approved", seeds=record.seeds)
    engine.judge.takes.keep(target.name, take, whole)
    records.write(engine.root, target.artifact, whole, engine.state.scratch)
    kept = engine.judge.takes.of(target.name)
    return kept if kept is not None else take


def _record(
    engine: Engine,
    target: Target,
    verdict: Verdict,
    made: Made,
    fingerprint: str,
    facts: Mapping[str, FileFacts],
    note: Mapping[str, object],
    quality: Quality,
) -> Record:
    """The record that a take is published with: it wants what the contracts want, and says what it is beside that."""
    recipe = verdict.recipe or {}
    what = used(recipe, engine.lock)
    return Record(
        target=target.name,
        wanted=verdict.wanted,
        made=fingerprint,
        subject=subject_of(recipe),
        engine=made.engine,
        quality=quality,
        repeatable=made.repeatable,
        files={part_name(target, suffix): file for suffix, file in facts.items()},
        recipe=recipe,
        facts=target.facts,
        seeds=made.seeds,
        made_with=made.made_with,
        notes={**made.notes, NOTE: note},
        sampling=what.sampling,
        models=what.models,
        packs=what.packs,
    )


def _take(
    facts: Mapping[str, FileFacts],
    wanted: str,
    made: str,
    reason: Reason,
    state: State = "picked",
    seeds: Mapping[str, int] | None = None,
) -> Take:
    return Take(_files(facts), "", wanted, made, state, seeds=seeds or {}, by=reason.by, why=reason.why)


def _files(facts: Mapping[str, FileFacts]) -> dict[str, TakeFile]:
    return {suffix: TakeFile(file.sha256, file.content) for suffix, file in facts.items()}


def _without(notes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in notes.items() if name != NOTE}


def _made_record(target: Target, verdict: Verdict) -> Record:
    if verdict.record is None or not verdict.record.wanted:
        raise UsageError(f"{target.name} is not made yet: {verdict.reason}", target.artifact, _build(target))
    return verdict.record


def _build(target: Target) -> str:
    return f"run `doit {target.name}` first"


def _check_kind(target: Target) -> None:
    if target.recipe.kind not in RETOUCHABLE:
        what = f"{target.name} is put together here from other artifacts: it is not chosen itself"
        raise UsageError(what, target.artifact, "choose what it is made of, such as its sprites")


def _check_not_approved(engine: Engine, target: Target) -> None:
    take = engine.judge.takes.of(target.name)
    if take is not None and take.state == "approved":
        raise _is_approved(target.name)


def _is_approved(name: str) -> UsageError:
    return UsageError(f"{name} is approved", FILE, f"run `comfyvn unapprove {name}` first, if that is meant")
