"""A novel whose contracts are read when they are asked for, and that notes what was asked for.

The names of what was read (`characters/aya`; `scenes/`: which scenes there are; `novel.title`: one value of the novel)
are what a part of a plan depends on: see targets.memo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from comfyvn.contracts.kinds import PARTS, folder_of, part_of
from comfyvn.contracts.model import Contract
from comfyvn.contracts.novel import Novel, Variable
from comfyvn.contracts.project import Project, ids_in, with_variables
from comfyvn.contracts.voice import Clip, VoiceContract
from comfyvn.errors import ContractError, Problem
from comfyvn.reading.files import load_bytes, unmoved
from comfyvn.reading.novel import parse_contract
from comfyvn.reading.pairs import is_script, script_key

T = TypeVar("T")


class Trace:
    """What is read while a part of a plan is made; a part within a part counts for both."""

    def __init__(self) -> None:
        self._open: list[set[str]] = []

    def note(self, *names: str) -> None:
        if self._open:
            self._open[-1].update(names)

    @contextmanager
    def noting(self) -> Iterator[set[str]]:
        """The set that is filled with what is read inside."""
        found: set[str] = set()
        self._open.append(found)
        try:
            yield found
        finally:
            self._open.pop()
            self.note(*found)


class Shelf:
    """The contracts of the novel in `root`; `files`: key → file. Each is parsed at most once.

    `digests`: key → SHA-256 of what is to be parsed: a plan stands for that content, and for no other. `declared`: the
    variables of all scenes, which the novel has too.
    """

    def __init__(
        self,
        root: Path,
        files: Mapping[str, str],
        digests: Mapping[str, str],
        read: Mapping[str, Contract] | None = None,
        declared: Mapping[str, Variable] | None = None,
    ) -> None:
        self.root, self.files, self.declared = root, files, dict(declared or {})
        self._digests = digests
        self._read: dict[str, Contract] = dict(read or {})

    def contract(self, key: str) -> Contract:
        """Raises KeyError when there is no such contract, ContractError when it cannot be read, InputMoved when it has
        changed since the novel was planned.
        """
        if key not in self._read:
            text = script_key(key)
            found = parse_contract(
                key, self.files[key], self._content(key), self._content(text) if text in self.files else None
            )
            if not isinstance(found, Contract):
                raise ContractError(found)
            self._read[key] = with_variables(found, self.declared) if isinstance(found, Novel) else found
        return self._read[key]

    def _content(self, key: str) -> bytes:
        data = load_bytes(self.root, self.files[key])
        if isinstance(data, Problem):
            raise ContractError([data])
        unmoved(self.files[key], data, self._digests[key])
        return data

    def ids(self, folder: str) -> list[str]:
        start = f"{folder}/"
        return [key.removeprefix(start) for key in self.files if key.startswith(start) and not is_script(key)]


class Contracts(Mapping[str, T]):
    """The contracts of one part of a project, as a mapping that reads them; `only`: those that are gone through, of
    all.
    """

    def __init__(self, shelf: Shelf, part: str, trace: Trace, only: frozenset[str] | None = None) -> None:
        folder = folder_of(part)
        self._shelf, self._folder, self._trace = shelf, folder, trace
        keys = ((name, f"{folder}/{name}") for name in shelf.ids(folder))
        self._ids = [name for name, key in keys if part_of(key)[0] == part and (only is None or key in only)]

    def __getitem__(self, name: str) -> T:
        self._trace.note(f"{self._folder}/{name}")
        return cast(T, self._shelf.contract(f"{self._folder}/{name}"))

    def __contains__(self, name: object) -> bool:
        self._trace.note(f"{self._folder}/{name}")
        return f"{self._folder}/{name}" in self._shelf.files

    def __iter__(self) -> Iterator[str]:
        self._trace.note(f"{self._folder}/")
        return iter(self._ids)

    def __len__(self) -> int:
        self._trace.note(f"{self._folder}/")
        return len(self._ids)


class Clips(Mapping[tuple[str, str], Clip]):
    """Every clip by (id, language), of all voice files: which file holds it is not known before they are read."""

    def __init__(self, voices: Mapping[str, VoiceContract], language: Callable[[], str]) -> None:
        self._voices, self._language = voices, language

    def _found(self) -> dict[tuple[str, str], Clip]:
        self._language()
        for _ in self._voices.values():  # noted each time, as the language is, whoever read them first
            pass
        return self._clips

    @cached_property
    def _clips(self) -> dict[tuple[str, str], Clip]:
        clips: dict[tuple[str, str], Clip] = {}
        for contract in self._voices.values():
            for clip in contract.clips:
                clips.setdefault((clip.id, clip.language or self._language()), clip)
        return clips

    def ids(self) -> frozenset[str]:
        """Of the clips in the novel's first language: every line is held against them."""
        self._found()
        return self._ids

    @cached_property
    def _ids(self) -> frozenset[str]:
        return ids_in(self._clips, self._language())

    def __getitem__(self, key: tuple[str, str]) -> Clip:
        return self._found()[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())


class _TracedNovel:
    """The novel's own contract, each value noted by itself: a new title binds no graph anew."""

    def __init__(self, shelf: Shelf, trace: Trace) -> None:
        self._shelf, self._trace = shelf, trace

    def __getattr__(self, name: str) -> Any:
        self._trace.note(f"novel.{name}")
        return getattr(self._shelf.contract("novel"), name)


class LazyProject(Project):
    """A project over a shelf. Values that other projects keep after the first asking are noted at every asking."""

    @property
    def clip_ids(self) -> frozenset[str]:
        return cast(Clips, self.clips).ids()


def lazy_project(shelf: Shelf, trace: Trace, only: frozenset[str] | None = None) -> Project:
    """The novel as one value, read as it is looked at; `only`: keys of the contracts that going through all meets."""
    parts: dict[str, Any] = {folder: Contracts(shelf, folder, trace, only) for folder in PARTS}
    everything: Contracts[VoiceContract] = Contracts(shelf, "voices", trace)
    novel = cast(Novel, _TracedNovel(shelf, trace))
    clips = cast(dict[tuple[str, str], Clip], Clips(everything, lambda: novel.languages[0]))
    return LazyProject(novel=novel, clips=clips, files=dict(shelf.files), **parts)


def novel_values(novel: Contract) -> dict[str, str]:
    """Each value of the novel's contract by `novel.<name>`, written out so that equal texts mean equal values."""
    return {f"novel.{name}": repr(getattr(novel, name)) for name in type(novel).model_fields}


