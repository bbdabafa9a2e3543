"""Checks a contract whose values changed and whose names did not, without reading the others anew.

What one contract can break in another is names: ids, references, labels, which cells there are. A contract's *frame* is
its value without what only it is judged by (words, seeds, numbers). While the frame stays, findings about others stay
too, and the contract is checked by itself, with the others to be looked up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from comfyvn.contracts.check import check
from comfyvn.contracts.project import Project
from comfyvn.errors import Problem
from comfyvn.reading.lazily import Shelf, Trace, lazy_project
from comfyvn.reading.media import check_media
from comfyvn.reading.novel import in_order
from comfyvn.reading.pairs import contract_key, is_script, load
from comfyvn.reading.source import Source

# Kinds of contracts of which a change of values alone is judged alone. Styles, voices and the novel reach everywhere.
ALONE = ("characters/", "locations/", "scenes/", "assets/", "tl/")
# Members whose value no other contract is judged by; that they are there, and not empty, still counts.
_OWN = frozenset({
    "prompt", "moment", "negative", "text", "narrate", "spoken", "title", "name", "description", "color",
    "licence", "author", "source", "seed", "background_seed", "hero_seed", "character_seed",
    "detail_seed", "control_seed", "steps", "cfg", "weight", "denoise", "strength", "height", "baseline",
    "structure", "face", "x", "gain", "pitch", "pitch_range", "rate", "note",
})  # fmt: skip


def frame(value: Any) -> str:
    """A digest of a contract's value without its own affairs."""
    return hashlib.sha256(json.dumps(_framed(value), sort_keys=True).encode()).hexdigest()[:32]


def _framed(value: Any, is_top: bool = True) -> Any:
    if isinstance(value, dict):
        if is_top and isinstance(value.get("strings"), dict):  # of a translation
            value = {**value, "strings": {name: _shape(item) for name, item in value["strings"].items()}}
        kept = {name: item for name, item in value.items() if not (is_top and name == "meta")}
        whole = "variables" if is_top else ""  # what authors name there may be called like a member
        return {
            name: item if name == whole else _shape(item) if name in _OWN else _framed(item, False)
            for name, item in kept.items()
        }
    if isinstance(value, list):
        return [_framed(item, False) for item in value]
    return value


def _shape(value: Any) -> Any:
    """Of one word or number: what it is, and whether it is empty. An id that an author chose may be called like a
    member, so what has members is looked into.
    """
    if isinstance(value, dict | list):
        return _framed(value, False)
    return [type(value).__name__, bool(value)]


def check_alone(root: Path, shelf: Shelf, changed: Collection[str]) -> tuple[Problem, ...]:
    """Everything wrong in the contracts `changed`, whose frames are as they were when the whole novel was sound."""
    changed = {contract_key(key) for key in changed}
    loaded = {key: load(root, key, shelf.files[key], shelf.files) for key in changed}
    sources = {key: source for key, source in loaded.items() if isinstance(source, Source)}
    project = lazy_project(shelf, Trace(), frozenset(changed) | {key for key in shelf.files if _is_shared(key)})
    others = frozenset(key for key in shelf.files if not is_script(key)) - frozenset(changed) - {"novel"}
    found = list(in_order(list(_findings(root, project, sources, others))))
    own = {file for source in sources.values() for file in (source.file, *(one.file for one in source.parts.values()))}
    return tuple(problem for problem in found if problem.file in own)


def _is_shared(key: str) -> bool:
    return key.startswith(("styles/", "voices/"))


def _findings(
    root: Path, project: Project, sources: dict[str, Source], others: frozenset[str]
) -> Iterator[Problem]:
    # Models, choices of workflows and voices are named, and names are in the frame: they were judged with the whole.
    for problem in check(project, others):
        if problem.file in sources:
            yield sources[problem.file].locate(problem)
    yield from check_media(root, project, sources)
