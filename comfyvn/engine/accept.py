"""Takes new pins for granted: artifacts whose pins alone moved get the record that a render under them would have had.

A first lock, or a commit that changes nothing, must not render a novel anew. Nothing is taken on trust but what the
user says here: files that were edited or damaged, and whatever moved beside its pins, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from comfyvn.engine.build import Engine
from comfyvn.engine.entries import noting
from comfyvn.engine.judge import Verdict, is_of, subject_of
from comfyvn.engine.staleness import pins_of, with_pins
from comfyvn.engine.takes import NOTE
from comfyvn.engine.used import used
from comfyvn.errors import InputMissing, StoreError
from comfyvn.providers import Lock, Registry, pins
from comfyvn.recipe import fingerprint, plain, without_engine
from comfyvn.store import records
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

ACCEPTED = "pins_accepted"  # in a record's notes: the pins that it was rendered under


@dataclass(frozen=True)
class Accepted:
    """Names of the targets whose records were given the new pins, and of those that came out of the cache with them."""

    records: tuple[str, ...]
    cached: tuple[str, ...]


def accept(engine: Engine, names: Iterable[str], before: Lock, registry: Registry) -> Accepted:
    """Re-keys what these targets have, in place; `before` is the lock that they were made under.

    `names` in an order in which needs come first. What only the cache has is brought into build/: what is made of it
    could not be judged otherwise, and would be rendered anew. `engine.begin` must have been called. Each record is
    replaced at once or not at all. Raises StoreError.
    """
    done: list[str] = []
    cached: list[str] = []
    for name in names:
        target = engine.targets[name]
        try:
            verdict = engine.judge.verdict(target)
        except InputMissing:
            continue  # what it is made of is not there: nothing can be said of it yet
        if _accept_record(engine, target, verdict):
            done.append(name)
        elif verdict.condition == "missing":
            if _accept_entry(engine, verdict, before, registry):
                cached.append(name)
            engine.restore(name)
    return Accepted(tuple(done), tuple(cached))


def _accept_record(engine: Engine, target: Target, verdict: Verdict) -> bool:
    record, recipe = verdict.record, verdict.recipe
    if record is None or recipe is None or not _is_moved_by_pins(verdict, record, recipe):
        return False
    new = with_pins(record.recipe, pins_of(recipe))
    made = record.made if NOTE in record.notes else _made(record, new)  # a take stays what it was made of
    if made is None:
        return False
    _copy_entry(engine, record.made, made, pins_of(record.recipe))
    facts = used(new, engine.lock)
    accepted = replace(
        record,
        wanted=fingerprint(new),
        made=made,
        subject=subject_of(new),
        recipe=new,
        models=facts.models,
        packs=facts.packs,
        notes={**record.notes, ACCEPTED: record.notes.get(ACCEPTED, pins_of(record.recipe))},
    )
    take = engine.judge.takes.of(target.name)
    if take is not None and is_of(target, record, take):
        engine.judge.takes.keep(target.name, replace(take, wanted=accepted.wanted, made=made), accepted)
    records.write(engine.root, target.artifact, accepted, engine.state.scratch)
    return True


def _is_moved_by_pins(verdict: Verdict, record: Record, recipe: Mapping[str, object]) -> bool:
    """Whether pins are all that moved: of a final artifact also while drafts are asked for, which keeps it."""
    if record.wanted != fingerprint(record.recipe):
        return False  # the record does not say what it was made of
    if verdict.condition == "stale" or (verdict.take and verdict.condition in ("both", "frozen-stale")):
        return verdict.cause == "pins"
    new = with_pins(record.recipe, pins_of(recipe))
    return verdict.condition == "kept" and fingerprint(without_engine(new)) == fingerprint(without_engine(recipe))


def _made(record: Record, new: Mapping[str, object]) -> str | None:
    """The fingerprint of what made it, under the new pins; None when the record does not tell what that was."""
    if record.made == record.wanted:
        return fingerprint(new)
    stood_in = {**record.recipe, "engine": record.engine}
    return fingerprint({**new, "engine": record.engine}) if record.made == fingerprint(stood_in) else None


def _accept_entry(engine: Engine, verdict: Verdict, before: Lock, registry: Registry) -> bool:
    """Of what is not in build/: the cache's entry under the old pins answers for the new ones."""
    now = pins_of(verdict.recipe or {})
    if verdict.recipe is None or not now or engine.cache.get(verdict.wanted) is not None:
        return False
    then = pins(registry, before, _names(now, "packs"), _names(now, "models"))
    return _copy_entry(engine, fingerprint(with_pins(verdict.recipe, then)), verdict.wanted, then)


def _names(pinned: Mapping[str, object], kind: str) -> list[str]:
    found = pinned.get(kind)
    return list(found) if isinstance(found, Mapping) else []


def _copy_entry(engine: Engine, old: str, new: str, then: Mapping[str, object]) -> bool:
    """The bytes are in the cache already: only the entry is written, and says what it was rendered under (`then`).

    A full cache is no reason not to accept. What was really rendered under the new pins stays.
    """
    found = engine.cache.get(old)
    if found is None or engine.cache.get(new) is not None:
        return False
    try:
        engine.cache.put(new, found.files, noting(found.facts, ACCEPTED, plain(then)))
    except StoreError:
        return False
    return True
