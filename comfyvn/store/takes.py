"""Takes on disk: `takes/takes.json` says what was chosen for which target, `takes/objects/` holds the bytes by digest.

Both are tracked in Git. The file is written so that Git merges it: keys sorted, one small object for each target over
several lines, nothing in it that a second writing would change. Members that this package does not know stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from comfyvn.errors import Problem, StoreError
from comfyvn.store.files import Scratch
from comfyvn.store.records import is_inside

FOLDER = "takes"
FILE = f"{FOLDER}/takes.json"
OBJECTS = f"{FOLDER}/objects"
VERSION = 1
RECORD = ".json"  # the suffix of a record among the objects

State = Literal["picked", "adopted", "approved"]
STATES: tuple[str, ...] = get_args(State)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"fp[0-9]+:[0-9a-f]{64}")
_SUFFIX = re.compile(r"[-0-9A-Za-z_]*\.[0-9a-z]{1,8}")
_POINTER = b"version https://git-lfs.github.com/spec/"
_TEXT = {".json", ".srt", ".vtt", ".mouth"}  # what a checkout may have given other line ends
_KNOWN = {"files", "record", "wanted", "made", "state", "before", "seeds", "by", "why"}


@dataclass(frozen=True)
class TakeFile:
    """One file of a take: SHA-256 of its bytes and its content digest."""

    sha256: str
    content: str


@dataclass(frozen=True)
class Take:
    """What was chosen for a target.

    `files`: what follows the artifact's stem (`.png`) → the file; `record`: SHA-256 of the record that is published
    with them. `wanted`: fingerprint of the recipe that it answers to; `made`: of the recipe with the take's own seeds.
    `state`: picked among alternatives, adopted from somebody's hand, or approved; `before`: what an approved one was
    before ("" for an artifact as it was made). `extra`: members that this package does not know.
    """

    files: Mapping[str, TakeFile]
    record: str
    wanted: str
    made: str
    state: State
    before: Literal["", "picked", "adopted"] = ""
    seeds: Mapping[str, int] = field(default_factory=dict)
    by: str = ""
    why: str = ""
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)

    def answers(self, wanted: str) -> bool:
        """Whether it was chosen for the recipe of this fingerprint, or is exactly what that recipe makes."""
        return wanted in (self.wanted, self.made)

    def objects(self) -> Iterator[tuple[str, str]]:
        """(SHA-256, extension) of every object that it needs."""
        yield self.record, RECORD
        for suffix, file in self.files.items():
            yield file.sha256, extension(suffix)


@dataclass(frozen=True)
class Sheet:
    """The whole of takes.json: target → take, and the members that this package does not know."""

    takes: Mapping[str, Take] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file: equal sheets give equal bytes."""
        targets = {name: _written(take) for name, take in self.takes.items()}
        document = {**self.extra, "targets": targets, "version": VERSION}
        return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def watched(root: Path) -> tuple[str, ...]:
    """The files whose change may change what is up to date; objects are named by their content and never change."""
    return (FILE,) if (root / FILE).exists() else ()


def extension(suffix: str) -> str:
    """`-0.png` → `.png`."""
    return "." + suffix.rpartition(".")[2]


# --- the file


def parse(value: object) -> tuple[Sheet, list[Problem]]:
    """The sheet in a JSON value, and every problem of it with its JSON path; what is wrong is left out."""
    if not isinstance(value, dict) or not isinstance(value.get("targets"), dict):
        return Sheet(), [Problem(FILE, "this is no list of takes", path="$", allowed='{"targets": {…}, "version": 1}')]
    if value.get("version") != VERSION:
        found = Problem(FILE, "this version is not known", path="$.version", value=json.dumps(value.get("version")))
        return Sheet(), [Problem(**{**vars(found), "allowed": f"{VERSION}; a newer comfyvn may have written it"})]
    takes: dict[str, Take] = {}
    problems: list[Problem] = []
    for name, entry in value["targets"].items():
        faults = list(_faults(name, entry))
        problems += faults
        if not faults:
            takes[name] = _read(entry)
    return Sheet(takes, {key: item for key, item in value.items() if key not in ("targets", "version")}), problems


def _read(entry: Mapping[str, Any]) -> Take:
    return Take(
        files={suffix: TakeFile(file["sha256"], file["content"]) for suffix, file in entry["files"].items()},
        record=entry["record"],
        wanted=entry["wanted"],
        made=entry["made"],
        state=entry["state"],
        before=entry.get("before", ""),
        seeds=entry.get("seeds", {}),
        by=entry.get("by", ""),
        why=entry.get("why", ""),
        extra={name: item for name, item in entry.items() if name not in _KNOWN},
    )


def _written(take: Take) -> dict[str, object]:
    """Members that are empty are left out."""
    told = {name: getattr(take, name) for name in sorted(_KNOWN - {"files"})}
    files = {suffix: {"content": file.content, "sha256": file.sha256} for suffix, file in take.files.items()}
    return {**take.extra, **{name: item for name, item in told.items() if item}, "files": files}


def _faults(name: str, entry: object) -> Iterator[Problem]:
    path = f"$.targets[{json.dumps(name, ensure_ascii=False)}]"
    if not isinstance(entry, dict):
        yield Problem(FILE, "this is no take", path=path, allowed="an object")
        return
    for member, pattern, allowed in (
        ("record", _DIGEST, "a SHA-256 in hex"),
        ("wanted", _FINGERPRINT, "a fingerprint (fp1:…)"),
        ("made", _FINGERPRINT, "a fingerprint (fp1:…)"),
    ):
        if not _matches(pattern, entry.get(member)):
            yield _fault(path, member, entry, allowed)
    if entry.get("state") not in STATES:
        yield _fault(path, "state", entry, ", ".join(STATES))
    if entry.get("before", "") not in ("", "picked", "adopted"):
        yield _fault(path, "before", entry, "picked, adopted")
    for member in ("by", "why"):
        if not isinstance(entry.get(member, ""), str):
            yield _fault(path, member, entry, "a text")
    seeds = entry.get("seeds", {})
    if not isinstance(seeds, dict) or not all(type(seed) is int for seed in seeds.values()):
        yield _fault(path, "seeds", entry, "seed's name → number")
    yield from _file_faults(path, entry)


def _file_faults(path: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    files = entry.get("files")
    if not isinstance(files, dict) or not files:
        yield _fault(path, "files", entry, 'suffix → {"content", "sha256"}')
        return
    for suffix, file in files.items():
        is_sound = (
            _matches(_SUFFIX, suffix)
            and is_inside(f"x{suffix}")  # a name from a shared file becomes no path unchecked
            and isinstance(file, dict)
            and _matches(_DIGEST, file.get("sha256"))
            and isinstance(file.get("content"), str)
        )
        if not is_sound:
            yield _fault(f"{path}.files", suffix, files, '{"content": "px1:…", "sha256": "…"} under a suffix like .png')


def _fault(path: str, member: str, entry: Mapping[str, Any], allowed: str) -> Problem:
    where = f"{path}.{member}" if member.isidentifier() else f"{path}[{json.dumps(member, ensure_ascii=False)}]"
    if member not in entry:
        return Problem(FILE, f"{member} is missing", path=where, allowed=allowed)
    text = json.dumps(entry[member], ensure_ascii=False)
    return Problem(FILE, "this is not sound", path=where, value=text[:80], allowed=allowed)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


# --- the bytes


def object_file(digest: str, ending: str) -> str:
    """Where an object lies, relative to the novel's folder."""
    return f"{OBJECTS}/{digest[:2]}/{digest}{ending}"


def put(root: Path, data: bytes, ending: str, scratch: Scratch) -> str:
    """Keeps bytes; returns their SHA-256. Raises StoreError."""
    digest = sha256(data).hexdigest()
    path = root / object_file(digest, ending)
    if not path.exists() or sha256(path.read_bytes()).hexdigest() != digest:
        scratch.publish(data, path)
    return digest


def get(root: Path, digest: str, ending: str) -> bytes:
    """The bytes of an object. Raises StoreError when they are not here, or not those."""
    file = object_file(digest, ending)
    try:
        data = (root / file).read_bytes()
    except OSError as error:
        todo = "check it out again (`git checkout -- takes`), or drop the take with `comfyvn restore`"
        raise StoreError("the bytes of a take are missing", file, todo) from error
    if ending in _TEXT and sha256(data).hexdigest() != digest:
        data = data.replace(b"\r\n", b"\n")
    if sha256(data).hexdigest() == digest:
        return data
    if data.startswith(_POINTER):
        what, todo = "the bytes of a take are still in Git LFS", "run `git lfs install`, then `git lfs pull`"
    else:
        what, todo = "the bytes of a take are damaged", "check it out again: `git checkout -- takes`"
    raise StoreError(what, file, todo)
