"""From a novel's files to its targets, again and again: only what has changed is read, checked and planned anew.

Every part of a plan (the targets of one contract, one scene's script) is remembered with what it was made of. A
target's recipe is bound when somebody asks for it; until then its row is enough (see targets.row).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from comfyvn import reading
from comfyvn.bridge.voices.packages import voice_packages
from comfyvn.contracts.kinds import PARTS, folder_of
from comfyvn.contracts.model import Contract
from comfyvn.contracts.project import Project, declared
from comfyvn.contracts.slots import file_slots
from comfyvn.engine import remembered
from comfyvn.engine.parts import Parts
from comfyvn.engine.remembered import Remembered, Seen
from comfyvn.engine.rows import Rows, Targets, together
from comfyvn.engine.sweep import Signature, signature
from comfyvn.errors import ContractError
from comfyvn.reading import files, pairs
from comfyvn.reading.lazily import Shelf, Trace, lazy_project, novel_values
from comfyvn.reading.listing import Listing, listing
from comfyvn.reading.partial import ALONE, check_alone, frame
from comfyvn.reading.toolbox import CONFIG_FILES, LazyWorkflows, workflow_files
from comfyvn.store import takes
from comfyvn.store.files import Scratch
from comfyvn.targets.exports import export_targets
from comfyvn.targets.plan import EXPORTS, planned, units
from comfyvn.targets.row import Row, row_of
from comfyvn.targets.target import Toolbox

TRIES = 5  # of reading a novel that somebody saves at this very moment


@dataclass(frozen=True)
class Plan:
    """`seen`: every file and folder that the plan was made of, absent ones too, as it was before it was read; of files
    that contracts name, as it was when they had been looked at.
    """

    project: Project
    tools: Toolbox
    targets: Targets
    seen: Mapping[str, Signature]
    remembered: Remembered
    is_new: bool

    def save(self, root: Path, scratch: Scratch) -> None:
        """Remembers it for the next build, unless a file has changed since it was read: then nobody knows what of."""
        if self.is_new and _stands(root, self.remembered):
            remembered.save(self.remembered, scratch, root)


def _stands(root: Path, plan: Remembered) -> bool:
    """Whether every file of the plan still holds what it was made of."""
    now = time.time_ns()
    read = (*plan.contracts.values(), *plan.others.values())
    return all(remembered.look(root, seen.file, seen, now)[0].sha256 == seen.sha256 for seen in read)


@dataclass(frozen=True)
class _Look:
    """The novel's files now. `changed`: keys of contracts with another content than was remembered; `is_whole`:
    something that all contracts are judged by has changed, and all of them are read.
    """

    listed: Listing[Signature]
    contracts: Mapping[str, Seen]
    others: Mapping[str, Seen]
    changed: frozenset[str]
    is_whole: bool


def plan_novel(root: Path, tools_of: Any, before: Plan | None = None) -> Plan:
    """Reads, checks and plans the novel in `root`. `tools_of`: the toolbox, given the workflows. `before`: the plan
    that this very process made last; else what is remembered on the disk is asked.

    Raises ContractError with every problem, or the WorkflowError of a workflow that cannot be bound.
    """
    package = remembered.package_files()
    key = remembered.package_key(package)
    old = before.remembered if before else remembered.load(root)
    if old is not None and old.package != key:
        old = None
    # Signed before they are read: takes by the judge, the overlay for the toolbox, the engine for its version.
    around = {takes.FILE: signature(str(root / takes.FILE)), **_overlay(root), **_speech()}
    trace = Trace()
    look, shelf, media = _settled_look(root, old)
    workflows = LazyWorkflows(root, trace.note, {file: seen.sha256 for file, seen in look.others.items()})
    tools: Toolbox = tools_of(workflows)
    tools_key = _tools_key(look, tools)
    novel = _novel_digests(look, old, shelf)
    digests = _Digests(look, workflows, novel)
    kept = old if old and old.tools == tools_key else None
    parts = Parts(kept.parts if kept else {}, kept.digests if kept else {}, digests, trace)
    project = lazy_project(shelf, trace)
    targets = _targets(project, tools, parts, before.targets if before else None)
    seen = {
        **package,
        **look.listed.folders,
        **{one.file: one.signed for one in (*look.contracts.values(), *look.others.values())},
        **media,
        **around,
    }
    made_of = parts.digests()
    new = Remembered(key, tools_key, look.contracts, look.others, media, novel, parts.used, made_of, shelf.declared)
    is_new = parts.is_new or old is None or _differs(new, old)
    return Plan(project, tools, targets, seen, new, is_new)


def _differs(new: Remembered, old: Remembered) -> bool:
    return replace(new, parts={}) != replace(old, parts={}) or len(new.parts) != len(old.parts)


# --- files


def _settled_look(root: Path, old: Remembered | None) -> tuple[_Look, Shelf, dict[str, Signature]]:
    """What the files hold, and their contracts, checked. A file that is saved between the two is looked at again."""
    for _ in range(TRIES):
        look = _look(root, old)
        shelf, media = _checked(root, look, old)
        if not look.is_whole or all(_is_same(root, seen) for seen in look.contracts.values()):
            break
    return look, shelf, media


def _is_same(root: Path, seen: Seen) -> bool:
    return remembered.look(root, seen.file, seen, time.time_ns())[0].sha256 == seen.sha256


def _look(root: Path, old: Remembered | None) -> _Look:
    now, found = time.time_ns(), listing(str(root), signature)
    contracts: dict[str, Seen] = {}
    changed: set[str] = set()
    is_whole = old is None or not found.is_plain or found.files.keys() != old.contracts.keys()
    for key, file in found.files.items():
        known = old.contracts.get(key) if old else None
        seen, data = remembered.look(root, file, known, now)
        if known is None or seen.sha256 != known.sha256:
            changed.add(key)
            seen = replace(seen, frame=_frame(file, data))
            is_whole = is_whole or not key.startswith(ALONE) or known is None or seen.frame != known.frame
        else:
            seen = replace(seen, frame=known.frame)
        contracts[key] = seen
    others = {}
    for file in _other_files(root):
        known = old.others.get(file) if old else None
        others[file], _ = remembered.look(root, file, known, now)
        is_whole = is_whole or known is None or known.sha256 != others[file].sha256
    is_whole = is_whole or (old is not None and len(others) != len(old.others))
    is_whole = is_whole or any(signature(str(root / file)) != was for file, was in (old.media if old else {}).items())
    return _Look(found, contracts, others, frozenset(changed), is_whole)


def _overlay(root: Path) -> dict[str, Signature]:
    """The folders of the author's own Ren'Py files: a file that comes or goes there shows in them."""
    found = {"renpy": signature(str(root / "renpy"))}
    for folder, inner, _ in os.walk(root / "renpy"):
        inside = [Path(folder) / name for name in inner]
        found.update({path.relative_to(root).as_posix(): signature(str(path)) for path in inside})
    return found


def _speech() -> dict[str, Signature]:
    """The files of the speech engines that run here: another version of one is another engine in recipes."""
    found = [find_spec(name) for name in ("espeakng_loader", "piper")]  # finds the folders without loading anything
    folders = [Path(place) for spec in found if spec for place in (spec.submodule_search_locations or ())]
    files = [path for folder in folders for path in (folder, *sorted(folder.glob("*"))) if path.name != "__pycache__"]
    return {str(path): signature(str(path)) for path in (*files, *voice_packages())}


def _frame(file: str, data: bytes | None) -> str:
    source = files.parse(file, data) if data is not None and file.endswith((".json", pairs.SUFFIX)) else None
    return frame(source.value) if isinstance(source, reading.Source) else ""


def _other_files(root: Path) -> list[str]:
    """What beside contracts a novel is planned and checked with; there or not."""
    own = reading.config_folder()
    shared = [*CONFIG_FILES, "workflows", "providers"]
    return [*shared, *workflow_files(root), *(str(own / Path(name).name) for name in CONFIG_FILES)]


def _checked(root: Path, look: _Look, old: Remembered | None) -> tuple[Shelf, dict[str, Signature]]:
    """The contracts, none of them with an error, and the files that their slots name."""
    digests = {key: seen.sha256 for key, seen in look.contracts.items()}
    if look.is_whole or old is None:
        project = reading.read_project(root)
        shelf = Shelf(root, dict(project.files), digests, _contracts(project), declared(project.scenes.values()))
        return shelf, {slot.file: signature(str(root / slot.file)) for slot in file_slots(project)}
    shelf = Shelf(root, look.listed.files, digests, declared=old.declared)
    errors = [one for one in check_alone(root, shelf, look.changed) if one.severity == "error"] if look.changed else []
    if errors:
        raise ContractError(errors, reading.cures(tuple(errors)))
    return shelf, dict(old.media)


def _contracts(project: Project) -> dict[str, Contract]:
    found: dict[str, Contract] = {"novel": project.novel}
    for part in PARTS:
        found.update({f"{folder_of(part)}/{key}": contract for key, contract in getattr(project, part).items()})
    return found


# --- digests


class _Digests:
    """What each name that planning notes is now (see reading.lazily)."""

    def __init__(self, look: _Look, workflows: LazyWorkflows, novel: Mapping[str, str]) -> None:
        self._look, self._workflows, self._novel = look, workflows, novel

    def __call__(self, name: str) -> str:
        folder, slash, key = name.partition("/")
        if folder == "workflows":
            return self._workflows.digest(key) if key else _digest(sorted(self._workflows))
        if name.startswith("novel."):
            return self._novel.get(name, "")
        if slash and not key:
            return _digest(sorted(each for each in self._look.contracts if each.startswith(name)))
        found = (self._look.contracts.get(each) for each in (name, pairs.script_key(name)))
        return "+".join(seen.sha256 for seen in found if seen)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]


def _novel_digests(look: _Look, old: Remembered | None, shelf: Shelf) -> dict[str, str]:
    is_same = old is not None and "novel" not in look.changed and repr(shelf.declared) == repr(old.declared)
    if old is not None and is_same and old.novel:
        return dict(old.novel)
    return {name: _digest(value) for name, value in novel_values(shelf.contract("novel")).items()}


def _tools_key(look: _Look, tools: Toolbox) -> str:
    names = ("providers.json", "lock.json", "nodes.json")
    pinned = {file: one.sha256 for file, one in look.others.items() if file.endswith(names)}
    return _digest([sorted(pinned.items()), sorted(tools.voices.items()), tools.packages, tools.draft])


# --- targets


def _targets(project: Project, tools: Toolbox, parts: Parts, before: Targets | None) -> Targets:
    rows: dict[str, Row] = {}
    targets = Targets(rows, project, tools)
    old = before.by_unit if before else {}

    def make(unit: str) -> list[object]:
        made = list(planned(project, tools, unit))
        targets.keep(unit, made)
        return [tuple(row_of(target, unit)) for target in made]

    for unit in units(project):
        part, known = parts(f"rows/{unit}", partial(make, unit)), old.get(unit)
        targets.by_unit[unit] = known if known and known.part is part else Rows(part, list(map(Row._make, part)))
    exports = list(export_targets(project, tools, parts))
    targets.keep(EXPORTS, exports)
    targets.by_unit[EXPORTS] = Rows(None, [row_of(target, EXPORTS) for target in exports])
    rows.update(together(targets.by_unit, before))
    return targets
