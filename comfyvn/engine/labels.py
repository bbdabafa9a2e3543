"""Where pictures come from, and what they are with that word in them; remembered, so that no file is read twice for it.

What is remembered follows from content alone (SHA-256 of a record or a picture → what comes of it), so that it never
grows old; the journal may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import cast, get_args

from comfyvn import paths
from comfyvn.engine.digests import DigestTable
from comfyvn.engine.judge import RETOUCHABLE
from comfyvn.engine.lines import read_rows
from comfyvn.engine.takes import NOTE
from comfyvn.errors import StoreError
from comfyvn.makers.label import ALGORITHMIC, TRAINED, UNKNOWN, SourceType, joined, retouched
from comfyvn.makers.made import Labelled
from comfyvn.recipe import targets_of
from comfyvn.store import records
from comfyvn.store.records import Record
from comfyvn.targets.exports import LABELS
from comfyvn.targets.row import rows_of
from comfyvn.targets.sprites import MATTE
from comfyvn.targets.target import Target

TYPES = get_args(SourceType)
FULL = 64 * 2**20  # bytes: of more than a hundred thousand pictures
# In place of a source type: a sprite is what the picture is that it was cut out of, as long as that is there.
CUT, CUT_BY_HAND = "cut out of", "cut out and retouched, of"
HAND = "adopted"  # the state, in a record's note, of a take that somebody has worked on


class Labels:
    """Of one novel; for many threads."""

    def __init__(self, root: Path, journal: Path, targets: Mapping[str, Target], digests: DigestTable) -> None:
        self._root, self._journal, self._targets, self._digests = root, journal, targets, digests
        self._known: dict[str, str] | None = None  # values as text, parted by NUL: as lists they take twice the memory
        self._guard = threading.RLock()
        self._is_read = False
        self._is_kept = True  # in the journal, so that it can be let go of

    def labelled(self, path: Path, name: str) -> Path | Labelled:
        """The file as it goes into an export: a picture that the target `name` made says where it comes from."""
        source = self.origin(name) if path.suffix == ".png" else UNKNOWN
        return Labelled(str(path), source) if source else path

    def facts(self, sha256: str, picture: Labelled) -> tuple[str, int]:
        """(SHA-256, size) of a labelled picture; `sha256`: of what it is without the label."""
        found = self._remembered(f"{sha256} {picture.source} {LABELS}", lambda: _facts(picture.read_bytes()))
        return found[0], int(found[1])

    def origin(self, name: str) -> SourceType:
        """The digital source type of what a target has made, by the records of it and of what it is made of."""
        kind, needs, artifact = self._known_of(name)
        sidecar = paths.record(artifact)
        try:
            sha256 = self._digests.of(sidecar).sha256
        except StoreError:
            return UNKNOWN
        if kind == "pack":  # its record names the pixels of all its parts: while it stays, so do they
            return _type(self._remembered(f"pack {sha256}", lambda: [joined(self._parts(needs))])[0])
        told, *recorded = self._remembered(f"record {sha256}", partial(self._recorded, artifact))
        found = self._of_the_uncut(needs, *recorded[2:]) if told in (CUT, CUT_BY_HAND) else _type(told)
        if kind == "patch":
            found = joined([*self._parts(needs), found])
        if told == CUT_BY_HAND or (kind in RETOUCHABLE and self._is_edited(artifact, recorded[:2])):
            return retouched(found)
        return found

    def _of_the_uncut(self, needs: Iterable[str], picture: str, source: str) -> SourceType:
        """What the picture is that a sprite was cut out of, known by its content; else `source`, by its own engine.

        The picture may be another by now, or none: then a retouch of it is not known any more, but who drew it is.
        """
        for need in needs:
            with contextlib.suppress(StoreError):
                if self._digests.of(self._known_of(need)[2]).content == picture:
                    return self.origin(need)
        return _type(source)

    def _parts(self, needs: Iterable[str]) -> list[SourceType]:
        return [self.origin(need) for need in needs]

    def _known_of(self, name: str) -> tuple[str, tuple[str, ...], str]:
        """Kind of recipe, needs and artifact of a target; of thousands, no recipe is bound for it."""
        known = rows_of(self._targets)
        if known is not None:
            row = known[name]
            return row.kind, row.needs, row.artifact
        target = self._targets[name]
        return target.recipe.kind, tuple(targets_of(target.recipe)), target.artifact

    def _recorded(self, artifact: str) -> list[object]:
        record = records.read(self._root, artifact)
        facts = record.files.get(PurePosixPath(artifact).name) if record else None
        own = [facts.sha256, facts.content] if facts else ["", ""]
        if record is None or record.recipe.get("workflow") != MATTE:
            return [_own(record), *own]
        inputs = record.recipe.get("inputs")
        picture = next(iter(inputs.values()), "") if isinstance(inputs, Mapping) else ""
        return [CUT_BY_HAND if _is_by_hand(record) else CUT, *own, picture, _drawn_by(record)]

    def _is_edited(self, artifact: str, recorded: list[str]) -> bool:
        """Whether somebody has changed it by hand: not what was recorded, nor the same pixels written anew."""
        try:
            digest = self._digests.of(artifact)
        except StoreError:
            return False
        return digest.sha256 not in recorded and digest.content not in recorded

    def forget(self) -> None:
        """Lets go of what is remembered: it is read again from the journal when somebody asks."""
        with self._guard:
            if self._is_kept:
                self._known = None

    def _remembered(self, key: str, make: Callable[[], list[object]]) -> list[str]:
        with self._guard:
            if self._known is None:
                if not self._is_read:
                    _drop_history(self._journal)
                self._known, self._is_read = _read(self._journal), True
            if key not in self._known:
                value = make()
                self._known[key] = _joined(value)
                try:
                    self._journal.parent.mkdir(parents=True, exist_ok=True)
                    with self._journal.open("a", encoding="utf-8") as file:
                        file.write(json.dumps([key, value]) + "\n")
                except OSError:
                    self._is_kept = False
            return self._known[key].split("\0")


def _joined(value: Iterable[object]) -> str:
    return "\0".join(map(str, value))


def _drop_history(journal: Path) -> None:
    with contextlib.suppress(OSError):
        if journal.stat().st_size > FULL:
            journal.unlink()  # mostly history by now


def _read(journal: Path) -> dict[str, str]:
    """What was remembered; a line that makes no sense is passed over."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError), journal.open("rb") as file:
        for row in read_rows(file):
            with contextlib.suppress(ValueError, TypeError):
                key, value = row
                if isinstance(key, str) and isinstance(value, list) and value:
                    found[key] = _joined(value)
    return found


def _facts(data: bytes) -> list[object]:
    return [hashlib.sha256(data).hexdigest(), len(data)]


def _own(record: Record | None) -> SourceType:
    """What a picture is by its own record, whatever it is made of."""
    if record is None or record.recipe.get("kind") not in ("render", "patch"):
        return UNKNOWN
    return retouched(_drawn_by(record)) if _is_by_hand(record) else _drawn_by(record)


def _drawn_by(record: Record) -> SourceType:
    return ALGORITHMIC if record.engine.partition("@")[0] == "draft" else TRAINED


def _is_by_hand(record: Record) -> bool:
    note = record.notes.get(NOTE)
    return isinstance(note, Mapping) and note.get("state") == HAND


def _type(value: object) -> SourceType:
    return cast(SourceType, value) if value in TYPES else UNKNOWN
