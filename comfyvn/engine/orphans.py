"""Orphans: artifacts under build/ that no contract makes any more. They are listed, and removed only on request."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comfyvn import paths
from comfyvn.engine.digests import DigestTable
from comfyvn.engine.folders import remove_empty_folders, take_away
from comfyvn.errors import StoreError
from comfyvn.store import records
from comfyvn.store.records import FileFacts, Record
from comfyvn.targets.row import Row


@dataclass(frozen=True)
class Orphan:
    """`target`: what it was called; `files`: what is there of it, its record last, relative to the novel; `edited`: the
    first file that somebody changed by hand, "" for none.
    """

    target: str
    files: tuple[str, ...]
    edited: str = ""


def orphans(root: Path, rows: Mapping[str, Row], digests: DigestTable) -> list[Orphan]:
    """Every artifact with a record that no target of `rows` makes, by the name of its record.

    A file without a record is nobody's we know, and is left alone; so is what a target still makes, and what lies in
    build/drafts/ (watch sees to that) or in build/rated/ (what other builds made).
    """
    made = {row.artifact for row in rows.values()}
    held = {file for row in rows.values() for file in row.files}
    found = []
    for sidecar in sorted(_sidecars(root)):
        artifact = sidecar.removesuffix(paths.RECORD_SUFFIX)
        if artifact in made:
            continue
        record = records.read(root, artifact)
        if record is not None:
            found.append(_orphan(root, artifact, record, held | _files_of(root, rows, artifact), digests))
    return found


def _sidecars(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root / paths.BUILD):
        folders[:] = [name for name in folders if Path(folder, name) not in (root / paths.DRAFTS, root / paths.RATED)]
        inner = Path(folder).relative_to(root).as_posix()
        yield from (f"{inner}/{name}" for name in names if name.endswith(paths.RECORD_SUFFIX))


def _files_of(root: Path, rows: Mapping[str, Row], artifact: str) -> set[str]:
    """Files of today's targets in the orphan's own folder that only their records tell of: pages of an atlas."""
    folder = artifact.rpartition("/")[0]
    found: set[str] = set()
    for row in rows.values():
        if row.artifact.startswith(f"{folder}/") and (record := records.read(root, row.artifact)) is not None:
            found.update(f"{row.artifact.rpartition('/')[0]}/{name}" for name in record.files)
    return found


def _orphan(root: Path, artifact: str, record: Record, held: Collection[str], digests: DigestTable) -> Orphan:
    folder = artifact.rpartition("/")[0]
    listed = [(f"{folder}/{name}", facts) for name, facts in record.files.items()]
    there = [(file, facts) for file, facts in listed if file not in held and (root / file).is_file()]
    edited = next((file for file, facts in there if _is_edited(file, facts, record, digests)), "")
    return Orphan(record.target, (*(file for file, _ in there), paths.record(artifact)), edited)


def _is_edited(file: str, facts: FileFacts, record: Record, digests: DigestTable) -> bool:
    if not record.wanted:  # its last build was cut off: nobody knows what it should hold
        return False
    try:
        digest = digests.of(file)
    except StoreError:
        return False  # damaged: nobody's work
    return digest.sha256 != facts.sha256 and digest.content != facts.content


def remove(root: Path, orphan: Orphan) -> None:
    """Takes an orphan's files away, and folders that are empty then. Raises StoreError."""
    for file in orphan.files:
        path = root / file
        take_away(path)
        remove_empty_folders(path.parent, root / paths.BUILD)
