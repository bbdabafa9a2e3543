"""Making artifacts once more, beside build/, to see whether they still come out as they were recorded."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from comfyvn.engine.build import Engine
from comfyvn.engine.drift import WORDS
from comfyvn.engine.judge import file_of, part_name, subject_of
from comfyvn.engine.likeness import Likeness, Tolerance, likeness
from comfyvn.engine.takes import NOTE
from comfyvn.errors import ComfyVNError, InputMissing, StoreError
from comfyvn.makers.carry_out import carry_out
from comfyvn.makers.made import Job, Labelled, Made
from comfyvn.recipe import Patch, Recipe, Speak, document, fingerprint
from comfyvn.store.content import content_digest
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

Result = Literal["exact", "within tolerance", "differs", "not repeatable", "failed", "not tried"]
WORST: tuple[Result, ...] = ("exact", "within tolerance", "differs")  # of several files, the last of these counts


@dataclass(frozen=True)
class Remade:
    """How an artifact came out. `files`: file name → its likeness; `note`: why it failed, was not tried, or differs.

    `not repeatable`: it differs, and its record says that what made it never makes the same twice.
    """

    result: Result
    files: Mapping[str, Likeness] = field(default_factory=dict)
    note: str = ""


def remake_all(
    engine: Engine, records: Mapping[str, Record], tolerance: Tolerance, done: Callable[[str, Remade], None]
) -> None:
    """Makes every target of `records` (target → its record) once more; `done` is told as they come, on this thread.

    The engine must have begun. Servers render anew for it: what they remember of earlier prompts does not count.
    """
    purpose = f"verify-{secrets.token_hex(8)}"  # another prompt each time: the last proof must not answer for this one
    pool = ThreadPoolExecutor(engine.workshop.tickets(), "verify")
    try:
        jobs = {
            pool.submit(remake, engine, engine.targets[name], record, tolerance, purpose): name
            for name, record in records.items()
        }
        for job in as_completed(jobs):
            done(jobs[job], job.result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        engine.workshop.close()  # takes our prompts off the servers, so that no thread waits for one
        raise
    pool.shutdown()


def remake(engine: Engine, target: Target, record: Record, tolerance: Tolerance, purpose: str) -> Remade:
    """Makes one target as its record says it was made, into a folder that is gone afterwards, and compares."""
    try:
        if NOTE in record.notes:
            return Remade("not tried", note="it is a take: picked among alternatives, or retouched")
        digests = {name: engine.judge.digest(item) for name, item in target.recipe.inputs.items()}
        recipe = as_recorded(target.recipe, digests, record)
        if recipe is None:
            return Remade("not tried", note=f"its recipe moved since: `comfyvn why {target.name}` says how")
        job = Job(target.name, fingerprint(document(recipe, digests)), purpose)
        made = carry_out(replace(target, recipe=recipe), job, engine.bench)
        engine.workshop.settled(target.name)
        if made.run is not None and made.run.cached:
            return Remade("not tried", note=f"{made.run.server} gave what it remembers: restart it, then try again")
        return _compared(engine, target, record, made, tolerance)
    except InputMissing as error:
        return Remade("not tried", note=f"{error.what}: {error.where}")
    except ComfyVNError as error:
        return Remade("failed", note=f"{error.what} ({error.where})" if error.where else error.what)


def as_recorded(recipe: Recipe, digests: Mapping[str, str], record: Record) -> Recipe | None:
    """Today's recipe, by the engine that made the artifact; None when it is another recipe than the recorded.

    Another version of the same engine is another recipe: the recorded one is not here any more.
    """
    now = document(recipe, digests)
    (name, _, version), (asked, _, today) = record.engine.partition("@"), recipe.engine.partition("@")
    if subject_of(now) != record.subject or (name == asked and version != today):
        return None
    return recipe if fingerprint(now) == record.made else _by(recipe, record.engine)


def _by(recipe: Recipe, engine: str) -> Recipe:
    """The recipe with another engine: a final render while drafts are asked for, or the voice that stood in."""
    if isinstance(recipe, Patch):
        return replace(recipe, render=replace(recipe.render, engine=engine))
    if isinstance(recipe, Speak):
        return replace(recipe, engine=engine, engines=(engine.partition("@")[0],))
    return replace(recipe, engine=engine)


def _compared(engine: Engine, target: Target, record: Record, made: Made, tolerance: Tolerance) -> Remade:
    parts = {part_name(target, suffix): data for suffix, data in made.files.items()}
    gone, new = sorted(set(record.files) - set(parts)), sorted(set(parts) - set(record.files))
    if gone or (new and not isinstance(target.recipe, Speak)):
        return Remade("differs", note=f"it is made of other files now: {', '.join([*gone, *new][:5])}")
    files = {
        name: _part(engine, target, record, name, data, tolerance) for name, data in parts.items() if name not in new
    }
    degrees = [WORST.index(file.degree) for file in files.values()]
    result = WORST[max(degrees, default=0)]
    notes = [_since(target, new), "" if result == "exact" else _elsewhere(record, made)]
    note = "; ".join(filter(None, notes))
    return Remade("not repeatable" if result == "differs" and not record.repeatable else result, files, note)


def _since(target: Target, new: list[str]) -> str:
    """Clips have got files beside them (VTT, mouth cues) that older ones do without: nothing is spoken for them."""
    if not new:
        return ""
    return f"an older ComfyVN made it, without {', '.join(new)}: `doit -a {target.name}` makes it anew with them"


def _elsewhere(record: Record, made: Made) -> str:
    """What the server that made it again has other than the one of the record: with several, any may have answered."""
    pairs = ((word, record.made_with.get(name), made.made_with.get(name)) for name, word in WORDS.items())
    return ", ".join(f"{word} {then} then, {now} now" for word, then, now in pairs if then and now and then != now)


def _part(
    engine: Engine, target: Target, record: Record, name: str, data: bytes | Path | Labelled, tolerance: Tolerance
) -> Likeness:
    with _as_file(name, data) as new:
        if content_digest(new) == record.files[name].content:
            return Likeness("exact")
        with _original(engine, target, record, name) as old:
            if old is not None:
                return likeness(old, new, tolerance)
    return Likeness("differs", note="the recorded file is not here any more to be compared with")


@contextmanager
def _as_file(name: str, data: bytes | Path | Labelled) -> Iterator[Path]:
    if isinstance(data, Path):
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="comfyvn-verify-") as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(data if isinstance(data, bytes) else data.read_bytes())
        yield path


@contextmanager
def _original(engine: Engine, target: Target, record: Record, name: str) -> Iterator[Path | None]:
    """The file as it was recorded: in build/, else out of the cache; None when neither has it."""
    path = engine.root / file_of(target, name)
    if _holds(path, record.files[name].content):
        yield path
        return
    found = engine.cache.get(record.made)
    parts = {part_name(target, suffix): data for suffix, data in found.files.items()} if found else {}
    if name not in parts:
        yield None
        return
    with _as_file(name, parts[name]) as old:
        yield old


def _holds(path: Path, content: str) -> bool:
    try:
        return content_digest(path) == content
    except StoreError:
        return False
