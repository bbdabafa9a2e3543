"""`doit clean --orphans`: what no contract, and no task of the author's own, makes any more."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comfyvn.engine import orphans
from comfyvn.store.content import byte_digest
from comfyvn.tasks.novel import Novel


def clean_orphans(novel: Novel, backend: Any, known: Mapping[str, list[str]], dry_run: bool) -> None:
    """Removes orphans, and names each; what was changed by hand is kept. `known`: today's tasks and their targets."""
    if not dry_run:
        novel.engine.begin()
    word = "would remove" if dry_run else "removing"
    found = orphans.orphans(novel.root, novel.rows, novel.engine.state.digests)
    for orphan in found:
        if orphan.edited:
            novel.session.refusals.append(orphan.target)
            sys.stderr.write(
                f"error: {orphan.target} is made by nothing any more, but was changed by hand and is kept\n"
                f"where: {orphan.edited}\nto do: move it where it is safe; then it is no orphan\n"
            )
            continue
        for file in orphan.files:
            sys.stdout.write(f"{orphan.target} - {word} '{file}'\n")
        if not dry_run:
            orphans.remove(novel.root, orphan)
    left = dict(_left(novel.root, backend, known))
    for file, task in left.items():
        sys.stdout.write(f"{task} - {word} '{file}'\n")
        if not dry_run:
            (novel.root / file).unlink(missing_ok=True)
    if not found and not left:
        sys.stdout.write("there are no orphans\n")


def _left(root: Path, backend: Any, known: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """(file, task) that a task of the author's own made, as it made it, and that no task makes now."""
    made = backend.known_targets() if hasattr(backend, "known_targets") else {}
    today = {file for targets in known.values() for file in targets}
    found = []
    for task, files in made.items():
        for file, digest in files.items():
            path = root / file
            is_inside = path.resolve().is_relative_to(root.resolve())
            if file not in today and is_inside and path.is_file() and byte_digest(path) == digest:
                found.append((file, task))
    return found
