"""Which targets are known to be up to date, and what the file system said of all that this rests on.

A target is *settled* when a build has judged or made it. It stays so while its row's key, its files, its record and its
sources are as they were, and nothing that it is made of was settled after it. Whatever is not settled is judged by its
record (see engine.judge): this file decides what need not be looked at, never what is true.

On disk: the snapshot of the last build (see engine.sweep), and a journal beside it to which a build adds one line for
each artifact that it makes, at once and through to the disk. A build that is killed loses no more than what it was
making. At its end the snapshot is written anew and the journal goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from comfyvn.engine import sweep
from comfyvn.engine.judge import STAND_IN
from comfyvn.engine.packed import pack, unpack
from comfyvn.engine.sweep import FOLDER, Header, Signature, signature
from comfyvn.store.files import Scratch
from comfyvn.targets.row import Row

HELD = "held"  # stale, and kept all the same: looked at again in every build that has something to do


@dataclass(frozen=True, slots=True)
class Entry:
    """`key`: the row's; `condition`: fresh, edited, kept, held …; `note`: what is said of it; `quality`: as made
    (draft, final, stand-in); `files`: as they were.
    """

    key: str
    condition: str
    note: str
    quality: str
    files: Mapping[str, Signature]


class Settled:
    """What is settled of the novel in `root`. For many threads."""

    def __init__(self, root: Path) -> None:
        self._root, self._log = root, root / FOLDER / sweep.LOG
        self._guard = threading.Lock()
        self._stream: IO[bytes] | None = None
        self._now: dict[str, Entry] = {}
        self._made: set[str] = set()
        self._swept = sweep.swept(str(root))
        self._packed = (sweep.load_more(str(root), self._swept) if self._swept else None) or b""
        self._unpacked: Mapping[str, tuple[object, ...]] | None = None
        if not self._kept:
            self._swept = None
        self._logged = dict(self._read_log())
        self._turn = {name: number for number, name in enumerate(self._logged, 1)}

    # --- reading

    @property
    def _kept(self) -> Mapping[str, tuple[object, ...]]:
        """Target → (key, condition, note, quality, (index of a path, …)), from the snapshot; {} for a damaged one."""
        found = self._unpacked
        if found is None:
            try:
                found = dict(unpack(self._packed)) if self._packed else {}
            except ValueError:
                found = {}
            self._unpacked = found
        return found

    def _read_log(self) -> Iterator[tuple[str, Entry]]:
        """What a killed build had settled, latest last; a torn line ends it."""
        try:
            lines = self._log.read_bytes().split(b"\n")
        except OSError:
            return
        found: dict[str, Entry] = {}
        for line in lines[:-1]:
            try:
                name, key, condition, note, quality, files = json.loads(line)
                entry = Entry(key, condition, note, quality, {path: tuple(signed) for path, signed in files.items()})
            except (ValueError, TypeError, AttributeError):
                break
            found.pop(name, None)
            found[name] = entry
        yield from found.items()

    # --- asking

    def unsettled(self, rows: Mapping[str, Row], again: Collection[str] = ()) -> set[str]:
        """Names of the targets that must be judged: they or what they rest on moved, or they are to be made `again`.

        `rows` in an order in which needs come first. Whatever is made of such a target is among them.
        """
        moved = frozenset(sweep.moved(self._swept, str(self._root))) if self._swept else frozenset()
        found: set[str] = set()
        for name, row in rows.items():
            if name in again or not found.isdisjoint(row.needs) or not self._stands(name, row, moved):
                found.add(name)
        return found

    def _stands(self, name: str, row: Row, moved: frozenset[int]) -> bool:
        turn = self._turn.get(name, 0)
        if self._turn and any(self._turn.get(need, 0) > turn for need in row.needs):
            return False
        logged = self._logged.get(name)
        if logged is not None:
            return logged.key == row.key and logged.condition != HELD and self._is_as_it_was(logged)
        kept = self._kept.get(name)
        return kept is not None and kept[0] == row.key and kept[1] != HELD and moved.isdisjoint(kept[4])  # type: ignore[arg-type]

    def _is_as_it_was(self, entry: Entry) -> bool:
        return all(signature(str(self._root / path)) == signed for path, signed in entry.files.items())

    def is_new(self, name: str, row: Row) -> bool:
        """Whether the target was settled under another recipe: it is most likely to be made."""
        logged, kept = self._logged.get(name), self._kept.get(name)
        was = logged.key if logged else kept[0] if kept else row.key
        return was != row.key

    def known(self, names: Collection[str]) -> dict[str, tuple[str, str, str]]:
        """Target → (condition, note, quality), of these as far as they are settled."""
        found: dict[str, tuple[str, str, str]] = {}
        for name, entry in self._kept.items():
            if name in names:
                found[name] = (str(entry[1]), str(entry[2]), str(entry[3]))
        for name, logged in {**self._logged, **self._now}.items():
            if name in names:
                found[name] = (logged.condition, logged.note, logged.quality)
        return found

    def notes(self, names: Collection[str]) -> dict[str, tuple[str, str]]:
        """Target → (condition, note) of those that something is to be said of, as far as they are settled."""
        known = self.known(names)
        return {name: (condition, note) for name, (condition, note, _) in known.items() if condition != "fresh"}

    def reminders(self, names: Collection[str]) -> tuple[int, Counter[str]]:
        """Of these, as far as they are settled: how many are drafts; and of stand-ins what is said → of how many."""
        drafts, stand_ins = 0, Counter[str]()
        latest = {**self._logged, **self._now}
        told = [(name, *each[1:4]) for name, each in self._kept.items() if each[3] and name not in latest]
        told += [(name, each.condition, each.note, each.quality) for name, each in latest.items()]
        for name, condition, note, quality in told:
            if name in names:
                drafts += quality == "draft"
                stand_ins.update([str(note)] if quality == STAND_IN and condition == "fresh" else ())
        return drafts, stand_ins

    def rest(self) -> None:
        """Lets go of what was settled before until it is asked for again: while targets are made, nobody asks."""
        self._unpacked = None

    # --- writing

    def judged(self, name: str, entry: Entry, is_made: bool = False) -> None:
        """A target was found as it should be (or is kept as it is): remembered at the build's end."""
        with self._guard:
            self._now[name] = entry
            if is_made:
                self._made.add(name)

    def made(self, name: str, entry: Entry) -> None:
        """A target was made: remembered at once, on the disk. Where that fails it costs time, and no artifact."""
        line = json.dumps([name, entry.key, entry.condition, entry.note, entry.quality, entry.files]).encode() + b"\n"
        with self._guard, contextlib.suppress(OSError):
            self._now[name] = entry
            self._made.add(name)
            if self._stream is None:
                self._mend_log()
                self._stream = self._log.open("ab", buffering=0)
            self._stream.write(line)
            os.fsync(self._stream.fileno())

    def _mend_log(self) -> None:
        """Cuts off what a killed build has left of a line, so that the next one is read."""
        with contextlib.suppress(FileNotFoundError), self._log.open("r+b") as file:
            data = file.read()
            file.truncate(data.rfind(b"\n") + 1)

    def close(self) -> None:
        with self._guard:
            if self._stream is not None:
                self._stream.close()
                self._stream = None

    def keep(
        self,
        rows: Mapping[str, Row],
        unsettled: Collection[str],
        again: Collection[str],
        seen: Mapping[str, Signature],
        header: Header,
        scratch: Scratch,
    ) -> None:
        """Writes the snapshot and ends the journal. `unsettled`: what this build set out to judge; `again`: what is to
        be made again all the same; `seen`: what the plan was made of; `header`: what else the sweep needs to know.

        Raises StoreError.
        """
        listed = sweep.Listed()
        for path, signed in seen.items():
            listed.add(path, signed)
        kept: dict[str, tuple[object, ...]] = {}
        for name, entry in self._standing(rows, unsettled):
            if name not in again:
                said = map(sys.intern, (entry.condition, entry.note, entry.quality))  # the same words in many entries
                kept[name] = (entry.key, *said, tuple(listed.add(path, signed) for path, signed in entry.files.items()))
        header.environment, header.pending = sweep.environment(), len(rows) - len(kept)
        data = listed.pack(header, pack(kept))
        scratch.publish(data, self._root / FOLDER / sweep.FILE)
        self.close()
        with contextlib.suppress(OSError):  # another process may be reading it; a journal that stays costs time alone
            self._log.unlink(missing_ok=True)

    def _standing(self, rows: Mapping[str, Row], unsettled: Collection[str]) -> Iterator[tuple[str, Entry]]:
        """What is settled now. What was before, and is made of something that this run made, is not: `doit -a` makes
        what was settled.
        """
        moved = set(self._made)
        for name, row in rows.items():
            if name not in self._now and not moved.isdisjoint(row.needs):
                moved.add(name)
            elif (entry := self._entry(name, unsettled)) is not None:
                yield name, entry

    def _entry(self, name: str, unsettled: Collection[str]) -> Entry | None:
        if name in self._now:
            return self._now[name]
        if name in unsettled:
            return None
        if name in self._logged:
            return self._logged[name]
        kept = self._kept.get(name)
        if kept is None or self._swept is None:
            return None
        key, condition, note, quality, indexes = kept
        paths, swept = self._swept.paths, self._swept
        files = {paths[at]: swept.signature(at) for at in indexes}  # type: ignore[attr-defined]
        return Entry(str(key), str(condition), str(note), str(quality), files)
