"""Lays a target's takes out beside its current artifact, and writes the contact sheet: a picture and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comfyvn.engine.alternatives import Alternative, bytes_of, folder_of
from comfyvn.engine.build import Engine
from comfyvn.engine.contact_page import contact_page
from comfyvn.engine.contact_player import heard_file, is_clip
from comfyvn.engine.contact_sheet import contact_sheet
from comfyvn.engine.contrasts import Difference, Shown, difference
from comfyvn.engine.judge import file_of, part_name
from comfyvn.engine.takes import NOTE
from comfyvn.errors import StoreError, UsageError
from comfyvn.store.records import Record
from comfyvn.targets.reseed import seeds_of
from comfyvn.targets.target import Target

PICTURE, PAGE = "contact-sheet.png", "index.html"


@dataclass(frozen=True)
class Contact:
    """Where the sheet lies, and number → how far that take is from the current artifact."""

    picture: Path
    page: Path
    apart: Mapping[int, Difference]


def write_contact(engine: Engine, target: Target, made: Sequence[Alternative]) -> Contact:
    """Writes both beside the alternatives, which are made. Raises StoreError or UsageError."""
    current = _current(engine, target, made)
    others = [Shown(one.number, one.seeds, bytes_of(one.result), one.result.notes) for one in made if one.result]
    apart = {one.number: difference(current, one) for one in others}
    folder = folder_of(engine, target)
    contact = Contact(folder / PICTURE, folder / PAGE, apart)
    shown = [current, *others]
    if is_clip(current):
        data = current.files[heard_file(current).removeprefix("0")]
        engine.state.scratch.publish(data, folder / heard_file(current))
    engine.state.scratch.publish(contact_sheet(f"takes of {target.name}", shown, apart), contact.picture)
    engine.state.scratch.publish(contact_page(target.name, shown, apart).encode(), contact.page)
    return contact


def _current(engine: Engine, target: Target, made: Sequence[Alternative]) -> Shown:
    """What is in build/, whoever made it."""
    record = engine.judge.record(target)
    if record is None:
        raise UsageError(f"{target.name} is not made yet", target.artifact, f"run `doit {target.name}` first")
    files = {}
    for name in record.files:
        try:
            files[name.removeprefix(part_name(target, ""))] = (engine.root / file_of(target, name)).read_bytes()
        except OSError as error:
            todo = f"run `doit {target.name}` first"
            raise StoreError(f"it cannot be read ({error.strerror})", file_of(target, name), todo) from error
    return Shown(0, _seeds(target, record), files, record.notes, _label(engine, target, record, made))


def _seeds(target: Target, record: Record) -> Mapping[str, int]:
    note = record.notes.get(NOTE)
    told = note.get("seeds") if isinstance(note, Mapping) else None
    if isinstance(told, Mapping):
        return {str(name): int(seed) for name, seed in told.items() if isinstance(seed, int)}
    spoken = record.recipe.get("seed")
    return record.seeds or (dict.fromkeys(seeds_of(target.recipe), spoken) if isinstance(spoken, int) else {})


def _label(engine: Engine, target: Target, record: Record, made: Sequence[Alternative]) -> str:
    if engine.judge.edited_file(target, record):
        return "changed by hand"
    take = engine.judge.takes.of(target.name)
    note = record.notes.get(NOTE)
    kind = note.get("state") if isinstance(note, Mapping) else ""
    words = ["retouched" if kind == "adopted" else ""]
    words += [f"take {one.number}" for one in made if kind == "picked" and one.made == record.made]
    words += ["approved" if take is not None and take.state == "approved" else ""]
    return ", ".join(word for word in words if word)
