"""What doit knows of tasks that authors add: an append-only journal, and a checker that looks at targets too.

Both are doit's own extension points (a DB backend, a `check_file_uptodate` class). Of the novel's artifacts nothing is
kept here: records say whether those are up to date. Plain doit would lose every finished task of a run that is killed,
write over what a run beside it has noted, take the digests of dependencies after the work instead of before, and never
look at what a target holds; see docs/engine.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from doit.dependency import FileChangedChecker
from filelock import FileLock

from comfyvn.engine.sweep import ABSENT, Signature, signature

LAST = "deps:"  # what doit notes last of a task that succeeded
TARGETS = "targets:"  # path → digest of what a task's targets held when it had made them
LEFT = "left:"  # the same, of files that the task made once and no longer names
QUIET = {"_values_:", "checker:", LAST}
LONG = 1000  # lines of history beyond which the journal is written anew

Facts = dict[str, Any]  # what is known of one task, by doit's keys


class Journal:
    """Task → facts. A line is added for each task that succeeds, through to the disk; the latest of a task counts.

    Several processes may add lines at once: none writes over another's. `targets` (task → files) the loader fills in.
    """

    desc = "append-only, safe with kill -9 and with two runs at once"
    targets: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, name: str, codec: Any = None, *, module_name: str | None = None) -> None:
        self.name = name
        self._path = Path(name)
        self._lock = FileLock(f"{name}.lock")
        self._lines = 0
        self._facts = self._read()
        self.task = ""  # that doit asks about now
        self.missing: set[str] = set()  # tasks of which a dependency is not there: what is known of them stays
        self.begun: dict[str, dict[str, Signature]] = {}  # task at work → its targets as they were before
        Checker.journal = self

    def _read(self) -> dict[str, Facts]:
        found: dict[str, Facts] = {}
        with contextlib.suppress(OSError):
            for line in self._path.read_bytes().split(b"\n"):
                self._lines += 1
                with contextlib.suppress(ValueError, TypeError):  # a torn line: that task runs again
                    task, facts = json.loads(line)
                    found.pop(str(task), None)
                    if isinstance(facts, dict):
                        found[str(task)] = facts
        return found

    # --- what doit calls

    def get(self, task: str, name: str) -> Any:
        self.task = task
        return self._facts.get(task, {}).get(name)

    def set(self, task: str, name: str, value: Any) -> None:
        self.task = task
        facts = self._facts.setdefault(task, {})
        facts[name] = value
        if name == LAST:
            before = {**facts.get(LEFT, {}), **facts.get(TARGETS, {})}
            facts[TARGETS] = {file: digest for file in self.targets.get(task, ()) if (digest := _digest(file))}
            facts[LEFT] = {file: digest for file, digest in before.items() if file not in facts[TARGETS]}
            if facts[TARGETS] or facts.get("_values_:") or value or facts.keys() - QUIET - {TARGETS, LEFT}:
                self._append(task, facts)
        elif name == "ignore:":
            self._append(task, facts)

    def in_(self, task: str) -> bool:
        return task in self._facts

    def remove(self, task: str) -> None:
        """Called of a task that failed. What its action had begun to write is no target: it goes, as make has it
        (.DELETE_ON_ERROR).
        """
        for file, was in self.begun.pop(task, {}).items():
            if signature(file) not in (was, ABSENT):
                with contextlib.suppress(OSError):
                    Path(file).unlink()
        if task not in self.missing and self._facts.pop(task, None) is not None:
            self._append(task, None)

    def remove_all(self) -> None:
        self._facts = {}
        self._path.unlink(missing_ok=True)

    def dump(self) -> None:
        """At the end of a run: a journal that is mostly history is written anew, whole or not at all."""
        if self._lines > len(self._facts) + LONG:
            with contextlib.suppress(OSError), self._lock:
                beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
                beside.write_bytes(b"".join(_line(task, facts) for task, facts in self._read().items()))
                beside.replace(self._path)

    # --- what our commands ask

    def known_targets(self) -> dict[str, dict[str, str]]:
        """Task → file → digest, of every task that ever made something here."""
        return {task: {**facts.get(LEFT, {}), **facts.get(TARGETS, {})} for task, facts in self._facts.items()}

    def _append(self, task: str, facts: Facts | None) -> None:
        with contextlib.suppress(OSError):  # where it cannot be kept, the task runs again
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, self._path.open("ab", buffering=0) as stream:
                stream.write(b"\n" + _line(task, facts))  # after what a killed run may have left of a line
                os.fsync(stream.fileno())
            self._lines += 2


def _line(task: str, facts: Facts | None) -> bytes:
    return json.dumps([task, facts]).encode() + b"\n"


class Checker(FileChangedChecker):
    """A dependency is what it held when its task was found to be run; a target is up to date while it holds what the
    task made of it. Digests are SHA-256; the file system's word on a file spares reading it again.
    """

    journal: ClassVar[Journal | None] = None  # doit makes both, and tells neither of the other

    latest: ClassVar[Checker | None] = None

    def __init__(self) -> None:
        Checker.latest = self
        self._read: dict[str, tuple[Signature, str]] = {}
        self._before: dict[tuple[str, str], str] = {}

    def _now(self, path: str) -> str:
        signed = signature(path)
        known = self._read.get(path)
        if known is None or known[0] != signed or signed == ABSENT:
            known = self._read[path] = (signed, _digest(path))
        return known[1]

    def begin(self, task: str, dependencies: list[str], targets: list[str]) -> None:
        """A task's action is about to run: this is what it is made of, and what it finds where its targets go."""
        for path in dependencies:
            self._before[task, path] = self._now(path)
        if self.journal is not None:
            self.journal.begun[task] = {path: signature(path) for path in targets}

    def exists(self, file_path: str) -> bool:
        made = (self.journal.get(self.journal.task, TARGETS) or {}).get(file_path) if self.journal else None
        return Path(file_path).exists() if made is None else self._now(file_path) == made

    def info(self, file_path: str) -> str:
        """The digest of a dependency. Raises OSError when it is not there."""
        task = self.journal.task if self.journal else ""
        digest = self._now(file_path)
        if not digest:
            if self.journal:
                self.journal.missing.add(task)
            raise FileNotFoundError(file_path)
        self._before[task, file_path] = digest
        return digest

    def check_modified(self, file_path: str, file_stat: str, state: str) -> bool:
        return file_stat != state

    def get_state(self, dep: str, current_state: str | None) -> str | None:
        task = self.journal.task if self.journal else ""
        digest = self._before.get((task, dep)) or self._now(dep)
        if self.journal is not None:
            self.journal.begun.pop(task, None)  # it is done
        return None if digest == current_state else digest


def _digest(path: str) -> str:
    """SHA-256 of a file in hex, of a folder a word, "" for what is not there."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - doit's paths are strings
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        return "folder"
    except OSError:
        return "folder" if Path(path).is_dir() else ""
