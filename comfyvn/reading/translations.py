"""Writes translations into their files: only the values that changed, everything else byte for byte as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from comfyvn.contracts.place import Steps
from comfyvn.contracts.translation import source_digest
from comfyvn.contracts.work_list import Entry
from comfyvn.reading import files
from comfyvn.reading.edits import put

SCENE_SCHEMA, NOVEL_SCHEMA = "../../../schemas/scene_translation.json", "../../schemas/novel_translation.json"


@dataclass(frozen=True)
class Wording:
    """What a translator says of one text. `source` is the text that was translated, which may not be the present one;
    None: of whichever was translated before. `spoken` and `note`: None where nothing is said of them.
    """

    scene: str
    id: str
    source: str | None
    text: str
    spoken: str | None = None
    note: str | None = None


def file_of(language: str, scene: str) -> str:
    return f"data/tl/{language}/{scene}.json" if scene else f"data/tl/{language}.json"


def write_wordings(root: Path, language: str, wordings: Iterable[Wording]) -> list[tuple[str, int]]:
    """Writes them; a file that is not there is begun. Returns (file, number of texts) of the files that changed.

    The files must be sound: nothing is written unless all of it can be.
    """
    waiting: dict[str, list[Wording]] = {}
    for wording in wordings:
        waiting.setdefault(wording.scene, []).append(wording)
    done: list[tuple[str, bytes, int]] = []
    for scene, found in waiting.items():
        file = file_of(language, scene)
        data = (root / file).read_bytes() if (root / file).exists() else None
        new = _begun(scene, found) if data is None else put(data, _values(data, found))
        if new != data:
            done.append((file, new, _changed(data, new)))
    for file, new, _ in done:
        files.write_whole((root / file).resolve(), new)
    return [(file, count) for file, _, count in done]


def _values(data: bytes, wordings: Iterable[Wording]) -> dict[Steps, object]:
    known = json.loads(data.decode("utf-8-sig"))
    values: dict[Steps, object] = {}
    for wording in wordings:
        if not wording.scene:
            values["strings", wording.source or ""] = wording.text
        elif wording.id in known.get("lines", {}):
            for name, value in _line(wording).items():
                values["lines", wording.id, name] = value
        else:
            values["lines", wording.id] = _line(wording)
    return values


def _line(wording: Wording) -> dict[str, object]:
    found: dict[str, object] = {"text": wording.text}
    if wording.spoken:
        found["spoken"] = wording.spoken
    if wording.source is not None:
        found["source"] = source_digest(wording.source)
    if wording.note:
        found["note"] = wording.note
    return found


def _begun(scene: str, wordings: Iterable[Wording]) -> bytes:
    """A new file: one line of text for each line of the scene, so that a change of one is one line of a diff."""
    member = "lines" if scene else "strings"
    rows = {each.id if scene else each.source or "": _line(each) if scene else each.text for each in wordings}
    written = ",\n".join(f"    {_json(name)}: {_json(value)}" for name, value in rows.items())
    schema = SCENE_SCHEMA if scene else NOVEL_SCHEMA
    return f'{{\n  "$schema": "{schema}",\n  "version": 1,\n  "{member}": {{\n{written}\n  }}\n}}\n'.encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _changed(old: bytes | None, new: bytes) -> int:
    """How many texts of a file are other ones."""
    before, after = (_texts(each) for each in (old, new))
    return sum(1 for name, value in after.items() if before.get(name) != value)


def _texts(data: bytes | None) -> Mapping[tuple[str, str], object]:
    known = json.loads(data.decode("utf-8-sig")) if data is not None else {}
    return {(part, name): value for part in ("lines", "strings") for name, value in known.get(part, {}).items()}


def accepted(entries: Iterable[Entry], is_meant: Callable[[Entry], bool]) -> list[Wording]:
    """Translations that stand for what their lines say now."""
    found = (entry for entry in entries if entry.id and entry.text and entry.state in ("stale", "unmarked"))
    return [Wording(entry.scene, entry.id, entry.source, entry.text) for entry in found if is_meant(entry)]
