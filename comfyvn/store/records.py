"""Records: the sidecar of every artifact, saying what was wanted, what was made, and what the files hold.

A record has no host name, path or time in it, so that it is the same wherever the artifact is made.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from json.encoder import encode_basestring as _quoted  # what json.dumps writes a text with
from pathlib import Path
from typing import IO, Any

from comfyvn import paths
from comfyvn.recipe import plain
from comfyvn.store.files import Scratch

RECORD_VERSION = 1
_NOWHERE = frozenset("\\:\0")  # part of a file name on some systems, and of a path or of nothing on others
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of an artifact: content digest, SHA-256 of its bytes, size in bytes."""

    content: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Record:
    """`wanted` and `made` are fingerprints; `subject` is `wanted` without the engine (see recipe.without_engine).

    `files` is keyed by file name, relative to the record's folder. `sampling`, `models` and `packs` say what a render
    used (see engine.used), `made_with` the ComfyUI, torch and device model that did it. They are for people and for
    `comfyvn verify` and `drift`: whether an artifact is up to date is asked of none of them.
    """

    target: str
    wanted: str
    made: str
    subject: str
    engine: str
    quality: str
    repeatable: bool
    files: Mapping[str, FileFacts]
    recipe: Mapping[str, object]
    facts: Mapping[str, object] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    made_with: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)
    sampling: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    packs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    record: int = RECORD_VERSION

    def to_bytes(self) -> bytes:
        stream = io.BytesIO()  # piece by piece: the record of an export of thousands is in memory once
        before = "{"
        for name in sorted(item.name for item in fields(self)):
            stream.write(f"{before}\n {_quoted(name)}: ".encode())
            if name == "files":
                self._write_files(stream)
            else:
                stream.write(_indented(plain(getattr(self, name)), "\n ").encode())
            before = ","
        stream.write(b"\n}\n")
        return stream.getvalue()

    def _write_files(self, stream: IO[bytes]) -> None:
        before, margin = "{", "\n  "
        for name, facts in sorted(self.files.items()):
            told = {"content": facts.content, "sha256": facts.sha256, "size": facts.size}
            stream.write(f"{before}{margin}{_quoted(name)}: {_indented(told, margin)}".encode())
            before = ","
        stream.write(b"\n }" if self.files else b"{}")


def _indented(value: object, margin: str = "\n") -> str:
    """As json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True), which takes three times as long: an export's
    record tells of thousands of files.
    """
    inner = margin + " "
    if isinstance(value, dict) and value:
        members = [f"{inner}{_quoted(key)}: {_indented(item, inner)}" for key, item in sorted(value.items())]
        return f"{{{','.join(members)}{margin}}}"
    if isinstance(value, list) and value:
        return f"[{','.join([inner + _indented(item, inner) for item in value])}{margin}]"
    return _quoted(value) if type(value) is str else json.dumps(value)


def parse(data: bytes) -> Record | None:
    """A record from a sidecar's bytes; None when it is damaged or of a version that this package does not know.

    Members that a later package added to this version are passed over, so that going back makes nothing again.
    """
    try:
        value = json.loads(data)
        if value.get("record") != RECORD_VERSION:
            return None
        files = {name: FileFacts(**_known(FileFacts, facts)) for name, facts in value["files"].items()}
        if not files or not all(is_inside(name) for name in files):
            return None
        record = Record(**{**_known(Record, value), "files": files})
        return record if _is_sound(record) else None
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def _is_sound(record: Record) -> bool:
    words = (record.target, record.wanted, record.made, record.subject, record.engine, record.quality)
    tables = (record.recipe, record.facts, record.seeds, record.made_with, record.notes)
    told = (record.sampling, record.models, record.packs)
    return (
        all(isinstance(word, str) for word in words)
        and all(isinstance(table, dict) for table in (*tables, *told))
        and all(isinstance(entry, dict) for table in told for entry in table.values())
        and all(isinstance(text, str) for facts in record.files.values() for text in (facts.content, facts.sha256))
    )


def _known(kind: type[FileFacts | Record], value: Mapping[str, Any]) -> dict[str, Any]:
    return {item.name: value[item.name] for item in fields(kind) if item.name in value}


def is_inside(name: str) -> bool:
    """Whether a name from a record or a cache entry stays in its folder, on every system."""
    if not _NOWHERE.isdisjoint(name) or not (name.isascii() or _SURROGATE.search(name) is None):
        return False
    return not {"", ".", ".."} & set(name.split("/"))


def read(root: Path, artifact: str) -> Record | None:
    """The record beside `artifact` (a path relative to the novel's folder), or None."""
    try:
        return parse((root / paths.record(artifact)).read_bytes())
    except OSError:
        return None


def write(root: Path, artifact: str, record: Record, scratch: Scratch) -> None:
    scratch.publish(record.to_bytes(), root / paths.record(artifact))
