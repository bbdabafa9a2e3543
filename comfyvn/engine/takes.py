"""The takes of a novel as the engine asks for them: which one holds for a target, and what is published of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from comfyvn.errors import ContractError, Problem, StoreError
from comfyvn.paths import rating_of
from comfyvn.reading.files import load
from comfyvn.reading.source import Source, Unread, escaped
from comfyvn.store import records, takes
from comfyvn.store.content import content_digest
from comfyvn.store.files import Scratch
from comfyvn.store.records import FileFacts, Record
from comfyvn.store.takes import Sheet, Take

ASIDE = "dropped"  # the folder, beside the alternatives, of bytes that no take names any more
NOTE = "take"  # in a record's notes: it is a take, and of what kind


class Takes:
    """What is chosen in one novel: read when it is opened, written at once when it changes.

    Whoever changes something holds the build lock.
    """

    def __init__(self, root: Path, folder: Path, scratch: Scratch) -> None:
        """`folder`: untracked, for what was dropped. Raises ContractError when takes.json is not sound."""
        self._root, self._folder, self._scratch = root, folder, scratch
        self._sheet = read(root)
        self._records: dict[str, Record | None] = {}

    def __iter__(self) -> Iterator[tuple[str, Take]]:
        return iter(self._sheet.takes.items())

    def of(self, name: str) -> Take | None:
        return self._sheet.takes.get(name)

    def record(self, name: str, take: Take) -> Record | None:
        """The record that is published with a take; None when it cannot be read (`publication` says why)."""
        if take.record not in self._records:
            try:
                found = records.parse(takes.get(self._root, take.record, takes.RECORD))
            except StoreError:
                found = None
            self._records[take.record] = found if found is not None and found.target == name else None
        return self._records[take.record]

    def publication(self, name: str, take: Take) -> tuple[dict[str, bytes], Record]:
        """Suffix → bytes of a take, and its record. Raises StoreError naming what is missing or damaged."""
        data = takes.get(self._root, take.record, takes.RECORD)
        record = records.parse(data)
        if record is None or record.target != name:
            file = takes.object_file(take.record, takes.RECORD)
            raise StoreError(
                f"the record of the take of {name} makes no sense",
                file,
                f"drop the take: `comfyvn restore {name}`; a newer comfyvn may have written it",
            )
        return {suffix: self.data(file.sha256, suffix) for suffix, file in take.files.items()}, record

    def data(self, digest: str, suffix: str) -> bytes:
        return takes.get(self._root, digest, takes.extension(suffix))

    def put(self, files: Mapping[str, bytes]) -> dict[str, FileFacts]:
        """Keeps bytes (suffix → bytes) and says what they are. Raises StoreError, also for what its suffix is not."""
        found = {}
        for suffix, data in files.items():
            ending = takes.extension(suffix)
            digest = takes.put(self._root, data, ending, self._scratch)
            content = content_digest(self._root / takes.object_file(digest, ending))
            found[suffix] = FileFacts(content, digest, len(data))
        return found

    def keep(self, name: str, take: Take, record: Record) -> None:
        """Makes this the target's take; `put` has its bytes already: a kill in between leaves no gap."""
        digest = takes.put(self._root, record.to_bytes(), takes.RECORD, self._scratch)
        self._write(name, replace(take, record=digest))

    def restate(self, name: str, take: Take) -> None:
        """Another state, reason or name for a take whose bytes are kept already."""
        self._write(name, take)

    def drop(self, name: str) -> None:
        """Forgets a target's take. Its bytes stay among the objects until `prune`."""
        self._write(name, None)

    def _write(self, name: str, take: Take | None) -> None:
        sheet = read(self._root)  # another command may have written since this novel was opened
        old = sheet.takes.get(name)
        kept = {key: item for key, item in sheet.takes.items() if key != name}
        if take is not None:
            kept[name] = replace(take, extra={**(old.extra if old else {}), **take.extra})
        self._sheet = replace(sheet, takes=kept)
        self._scratch.publish(self._sheet.to_bytes(), self._root / takes.FILE)

    def unnamed(self) -> list[Path]:
        """Objects that no take names any more.

        They are not taken away by whatever unnames them: Git would see a renamed file in one that goes while another
        comes, and merge two branches' bytes into each other.
        """
        named = {takes.object_file(*item) for take in self._sheet.takes.values() for item in take.objects()}
        found = sorted((self._root / takes.OBJECTS).glob("[0-9a-f][0-9a-f]/*"))
        return [path for path in found if path.relative_to(self._root).as_posix() not in named and path.is_file()]

    def prune(self) -> list[Path]:
        """Moves what no take names out of takes/: a retouch may exist nowhere else. Gives where to."""
        moved = []
        for path in self.unnamed():
            moved.append(self.set_aside(path.read_bytes(), path.suffix))
            path.unlink()
        return moved

    def set_aside(self, data: bytes, ending: str) -> Path:
        """Keeps bytes, untracked, that nothing will name; returns where."""
        digest = sha256(data).hexdigest()
        path = self._folder / ASIDE / f"{digest[:16]}{ending}"
        self._scratch.publish(data, path)
        return path


def read(root: Path) -> Sheet:
    """takes.json of a novel; an empty sheet where there is none. Raises ContractError with file and line."""
    if not (root / takes.FILE).exists():
        return Sheet()
    source = load(root, takes.FILE)
    if isinstance(source, Unread):
        raise ContractError([escaped(problem) for problem in source.problems], _TODO)
    sheet, problems = takes.parse(source.value)
    if problems:
        raise ContractError([escaped(source.locate(problem)) for problem in problems], _TODO)
    return sheet


_TODO = f"correct {takes.FILE} (of a merge: keep one side of each conflict), then run `comfyvn check`"


def problems(root: Path, names: Iterable[str]) -> list[Problem]:
    """What is wrong with takes that are well written: targets that nobody makes (a warning), bytes that are not here.

    `names`: every target of the novel; what only games that are cut to a rating have is not looked for. Raises
    ContractError when takes.json is not sound.
    """
    sheet, known = read(root), set(names)
    source = load(root, takes.FILE) if sheet.takes else None
    found = [
        problem
        for name, take in sheet.takes.items()
        for problem in (_unknown(name) if name not in known and not rating_of(name) else _bytes(root, name, take))
    ]
    return [escaped(source.locate(problem)) for problem in found] if isinstance(source, Source) else found


def _path(name: str) -> str:
    return f"$.targets[{json.dumps(name, ensure_ascii=False)}]"


def _unknown(name: str) -> Iterator[Problem]:
    hint = f"`comfyvn restore {name}` drops the take, if the target is gone for good"
    what = "a take of a target that nothing makes"
    yield Problem(takes.FILE, what, path=_path(name), allowed=hint, severity="warning")


def _bytes(root: Path, name: str, take: Take) -> Iterator[Problem]:
    for digest, ending in take.objects():
        try:
            takes.get(root, digest, ending)
        except StoreError as error:
            yield Problem(takes.FILE, f"{error.what}: {error.where}", path=_path(name), allowed=error.todo)
