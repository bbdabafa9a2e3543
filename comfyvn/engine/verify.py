"""Proving that an artifact is what its record says; comfyvn.engine.remake proves that it is still made like that."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from comfyvn import paths
from comfyvn.engine.accept import ACCEPTED
from comfyvn.engine.build import Engine
from comfyvn.engine.judge import file_of, subject_of
from comfyvn.engine.takes import NOTE
from comfyvn.engine.used import Entries, rendering, used
from comfyvn.errors import InputMissing, StoreError
from comfyvn.providers import Lock
from comfyvn.recipe import FileInput, Input, fingerprint
from comfyvn.store import records
from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.records import FileFacts, Record
from comfyvn.targets.target import Target

ALGORITHM = "fp1:"
FINGERPRINT = re.compile(r"fp[0-9]+:[0-9a-f]{64}")

State = Literal["sound", "wrong", "absent"]


@dataclass(frozen=True)
class Finding:
    """What was found of one artifact, held against its record.

    `absent`: it was never made. `faults`: what is not as the record says. `notes`: what is worth knowing and no fault
    (an input that moved or is gone, a file written another way).
    """

    target: str
    state: State
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    record: Record | None = None


def verify_all(engine: Engine, names: Iterable[str]) -> dict[str, Finding]:
    """Target name → finding, in the order of `names`; many files are read at once."""
    targets = [engine.targets[name] for name in names]
    with ThreadPoolExecutor(os.cpu_count() or 1, "verify") as pool:
        return {found.target: found for found in pool.map(lambda target: verify(engine, target), targets)}


def verify(engine: Engine, target: Target) -> Finding:
    """Reads every file of the artifact: what the build remembers of files is not believed here."""
    record = records.read(engine.root, target.artifact)
    if record is None:
        return _without_record(engine, target)
    if not record.wanted:
        return Finding(target.name, "wrong", (f"its build was cut off: `doit {target.name}` makes it",), (), record)
    notes: list[str] = []
    faults = [*_files(engine, target, record, notes), *_record(target, record)]
    notes += _inputs(engine, target, record)
    if ACCEPTED in record.notes:
        notes.append("it was rendered under other pins, which `comfyvn lock --accept` took for the same")
    if NOTE in record.notes:
        notes.append("it is a take: picked among alternatives, or retouched")
    return Finding(target.name, "wrong" if faults else "sound", tuple(faults), tuple(notes), record)


def _without_record(engine: Engine, target: Target) -> Finding:
    file = paths.record(target.artifact)
    if (engine.root / file).exists():
        return Finding(target.name, "wrong", (f"{file} is damaged, or of a newer version of this package",))
    there = [name for name in target.files if (engine.root / name).is_file()]
    if there and target.recipe.kind != "export":
        return Finding(target.name, "wrong", (f"{there[0]} has no record: nobody knows what made it",))
    return Finding(target.name, "absent")


# --- the files


def _files(engine: Engine, target: Target, record: Record, notes: list[str]) -> Iterator[str]:
    for name, facts in record.files.items():
        file = file_of(target, name)
        path = engine.root / file
        try:
            sha256, content = byte_digest(path), content_digest(path)
        except (OSError, StoreError):
            yield f"{file} is {'not readable' if path.exists() else 'gone'}"
            continue
        if content != facts.content:
            yield f"{file} is not what was made: {_otherwise(target)}"
        elif sha256 != facts.sha256:
            notes.append(f"{file} was written anew; it holds the same")


def _otherwise(target: Target) -> str:
    by_hand = target.recipe.kind in ("render", "patch", "speak", "copy")
    return "it was changed by hand, or is damaged" if by_hand else "it is damaged"


# --- the record


def _record(target: Target, record: Record) -> Iterator[str]:
    if record.target != target.name:
        yield f"its record is of {record.target}"
    bad = [name for name in ("wanted", "made", "subject") if not FINGERPRINT.fullmatch(getattr(record, name))]
    bad += [f"files.{name}" for name, facts in record.files.items() if not _is_whole(facts)]
    if bad:
        yield f"its record is malformed: {', '.join(bad)}"
    elif record.wanted.startswith(ALGORITHM):
        try:
            yield from _fingerprints(record)
        except (ValueError, RecursionError):
            yield "its recipe is malformed"
    yield from _statements(record)


def _is_whole(facts: FileFacts) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", facts.sha256) is not None and ":" in facts.content


def _fingerprints(record: Record) -> Iterator[str]:
    """The record's recipe must give the record's fingerprints: else one of them was changed afterwards."""
    wanted = fingerprint(record.recipe)
    if wanted != record.wanted:
        yield "its recipe does not give the fingerprint that its record names as wanted"
        return
    asked = record.recipe.get("engine") or rendering(record.recipe).get("engine")
    made = wanted if record.engine == asked else fingerprint({**record.recipe, "engine": record.engine})
    if made != record.made and NOTE not in record.notes:  # a take has other seeds than its recipe, or a hand's work
        yield "its recipe does not give the fingerprint that its record names as made"
    if subject_of(record.recipe) != record.subject:
        yield "its recipe does not give the fingerprint that its record names as subject"


def _statements(record: Record) -> Iterator[str]:
    """What the record says was used must be what its recipe says; older records say less."""
    render = rendering(record.recipe)
    told = used(record.recipe, Lock())
    seeds = _take_seeds(record) or render.get("seeds", {})
    if record.seeds and render and dict(record.seeds) != seeds:
        yield "its record names other seeds than its recipe"
    if record.sampling and dict(record.sampling) != dict(told.sampling):
        yield "its record tells another sampling than its recipe"
    for name in ("models", "packs"):
        said, is_so = _stateless(getattr(record, name)), _stateless(getattr(told, name))
        if said and said != is_so:
            yield f"its record names other {name} than its recipe"


def _take_seeds(record: Record) -> object:
    """Seeds of the take that an artifact is; None where it is none."""
    note = record.notes.get(NOTE)
    return note.get("seeds") if isinstance(note, Mapping) else None


def _stateless(entries: Entries) -> Entries:
    """Pins without how sure they are, which is no part of the recipe."""
    return {name: {key: text for key, text in entry.items() if key != "state"} for name, entry in entries.items()}


# --- what it was made of


def _inputs(engine: Engine, target: Target, record: Record) -> Iterator[str]:
    recorded = rendering(record.recipe).get("inputs") or record.recipe.get("inputs")
    for name, digest in (recorded if isinstance(recorded, Mapping) else {}).items():
        item = target.recipe.inputs.get(name)
        if item is None:
            yield f"{name} is no longer part of its recipe"
            continue
        try:
            now = engine.judge.digest(item)
        except InputMissing:
            yield f"{_named(item)} is gone: it cannot be made again as it was"
            continue
        if now != digest:
            yield f"{_named(item)} has moved since"


def _named(item: Input) -> str:
    return item.path if isinstance(item, FileInput) else item.target
