"""Is a target up to date? Its record held against its recipe and its files; nothing else is asked."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from comfyvn import paths
from comfyvn.bridge.tts import FALLBACK, stood_in
from comfyvn.engine.digests import Digest, DigestTable
from comfyvn.engine.staleness import Cause, cause_of, pins_of, with_pins
from comfyvn.engine.state import State
from comfyvn.engine.sweep import UNSURE, Signature, signature
from comfyvn.engine.takes import NOTE, Takes
from comfyvn.errors import InputMissing, StoreError
from comfyvn.recipe import FileInput, Input, Speak, document, fingerprint, plain, without_engine
from comfyvn.store import records
from comfyvn.store.records import FileFacts, Record
from comfyvn.store.takes import Take
from comfyvn.targets.row import artifact_of
from comfyvn.targets.target import Target

Condition = Literal["fresh", "stale", "missing", "edited", "both", "kept", "approved", "frozen-stale"]
SETTLED = frozenset({"fresh", "edited", "both", "kept", "approved", "frozen-stale"})  # what a build leaves as it is
RENDERED = {"render", "patch"}  # artifacts of which there are drafts and finals
MOVED = "its recipe moved"
NEW = "it is not made yet"
TAKEN = "its take is not in build/ yet"
STAND_IN = "stand-in"  # the quality of a clip that another engine has spoken
RETOUCHABLE = {"render", "patch", "speak", "copy"}  # artifacts that people edit by hand, and that we then keep


@dataclass(frozen=True)
class Verdict:
    """What a target is, and all that is needed to make it or to say why it must be made.

    `fresh`, `stale`, `missing`; `edited`: its files were changed by hand and are kept, `both`: and its recipe moved;
    `kept`: a final artifact whose recipe moved while only drafts are asked for; `approved`, and `frozen-stale`: its
    recipe moved since. `digests`: input name → content digest. `cause`: the class of what moved in the recipe; "" where
    nothing did. `take`: the one that holds for it; where the condition is stale or missing, it is to be published.
    """

    condition: Condition
    reason: str = ""
    wanted: str = ""
    recipe: Mapping[str, object] | None = None
    digests: Mapping[str, str] | None = None
    record: Record | None = None
    cause: Cause = ""
    take: Take | None = None

    def is_held(self, rebuild: Collection[str]) -> bool:
        """Whether it is stale in a way that does not make it again by itself; `rebuild`: the classes that do."""
        return self.condition == "stale" and bool(self.cause) and self.cause not in rebuild


class Judge:
    """Judges targets of one novel."""

    def __init__(self, root: Path, targets: Mapping[str, Target], state: State) -> None:
        """Raises ContractError when the novel's takes are not sound."""
        self._root, self._targets, self._state = root, targets, state
        self._signed: dict[str, Signature] = {}
        self.takes = Takes(root, state.folder / "takes", state.scratch)

    @property
    def _table(self) -> DigestTable:
        return self._state.digests

    def verdict(self, target: Target) -> Verdict:
        """Raises InputMissing when an input of the recipe is not there."""
        digests = {name: self.digest(item) for name, item in target.recipe.inputs.items()}
        recipe = document(target.recipe, digests)
        wanted = fingerprint(recipe)
        record = self.record(target)
        take, standing, is_moved = self._holding(target, wanted, recipe, record)
        condition, reason = self._condition(target, wanted, recipe, record, take, is_moved)
        cause: Cause = ""
        if standing is not None and (is_moved or reason == MOVED):
            cause = cause_of(standing.recipe, _plain(recipe), standing.facts, _plain(target.facts))
        return Verdict(condition, reason, wanted, recipe, digests, record, cause, take)

    def record(self, target: Target) -> Record | None:
        """What was recorded when the target was made; None when it never was."""
        sidecar = paths.record(target.artifact)
        self._signed[sidecar] = signature(str(self._root / sidecar))
        return records.read(self._root, target.artifact)

    def recorded(self, target: Target) -> None:
        """The target's record was written just now."""
        sidecar = paths.record(target.artifact)
        self._signed[sidecar] = signature(str(self._root / sidecar))

    def signatures(self, target: Target, record: Record) -> dict[str, Signature]:
        """What a judgement rests on, as the file system showed it when it was read: files, record and sources."""
        files = [*(file_of(target, name) for name in record.files), *_sources(target)]
        sidecar = paths.record(target.artifact)
        found = {file: self._table.signed(file) for file in files}
        return {**found, sidecar: self._signed.get(sidecar, UNSURE)}

    def _holding(
        self, target: Target, wanted: str, recipe: Mapping[str, object], record: Record | None
    ) -> tuple[Take | None, Record | None, bool]:
        """The take that holds for a target, the record to compare with, and whether the recipe moved from a kept take.

        What is approved or adopted holds whatever its recipe says; a pick holds for the recipe that it was picked for.
        """
        take = self.takes.of(target.name)
        if take is None or target.recipe.kind not in RETOUCHABLE:
            return None, record, False
        own = record if record is not None and is_of(target, record, take) else self.takes.record(target.name, take)
        is_moved = not take.answers(wanted)
        if is_moved and own is not None:
            kept = ("fresh", "kept") if take.state == "picked" else ("fresh",)
            is_moved = self._age(target, wanted, recipe, own)[0] not in kept
        if is_moved and take.state == "picked":
            return None, record, False
        return take, own or record, is_moved

    def _condition(
        self,
        target: Target,
        wanted: str,
        recipe: Mapping[str, object],
        record: Record | None,
        take: Take | None,
        is_moved: bool,
    ) -> tuple[Condition, str]:
        if record is None:
            return "missing", TAKEN if take else NEW
        if not record.wanted:
            return "stale", "its last build was cut off"
        if target.name in self._state.forgotten():
            return "stale", "it was forgotten: it is made again"
        edited = self.edited_file(target, record)
        if edited:
            return self._edited(target, edited, take, is_moved or self._age(target, wanted, recipe, record)[1] == MOVED)
        damaged = self._damaged_file(target, record)
        if damaged:
            there = (self._root / damaged).exists()
            return ("stale", f"{damaged} is not what was made") if there else ("missing", f"{damaged} is gone")
        if take is not None and not is_of(target, record, take):
            return "stale", TAKEN
        if take is None and NOTE in record.notes and not self._is_named(target, record):
            return "stale", "the take that it holds is not in takes/takes.json any more"
        if take is None or (take.state == "picked" and not take.answers(wanted)):
            return self._age(target, wanted, recipe, record)
        return _as_taken(target, take, is_moved)

    def _is_named(self, target: Target, record: Record) -> bool:
        """Whether the files of a take are those that takes.json names still, though its recipe moved."""
        take = self.takes.of(target.name)
        return take is not None and is_of(target, record, take)

    @staticmethod
    def _edited(target: Target, file: str, take: Take | None, is_moved: bool) -> tuple[Condition, str]:
        what = f"{file} was changed by hand"
        if take is not None:
            what += " since it was approved" if take.state == "approved" else f" since it was {take.state}"
        todo = f"`comfyvn adopt {target.name}` keeps it for good, `doit forget {target.name}` makes it again"
        if is_moved:
            return "both", f"{what}, and {MOVED}; it is kept ({todo})"
        return "edited", f"{what}; it is kept ({todo})"

    def _age(
        self, target: Target, wanted: str, recipe: Mapping[str, object], record: Record
    ) -> tuple[Condition, str]:
        """Whether what a record tells of still answers the recipe, whatever its files hold."""
        if record.wanted == wanted:
            return "fresh", ""
        if target.recipe.kind in RENDERED and target.quality == "draft" and record.quality == "final":
            if record.subject == subject_of(recipe):
                return "fresh", ""
            return "kept", (
                "it is final and its contract moved, but only drafts are asked for "
                f"(engines.image: comfyui renders it; `doit forget {target.name}` lets a draft replace it)"
            )
        if target.recipe.kind == "speak" and _is_of_an_engine_that_is_away(target, record, recipe):
            return "fresh", ""
        if target.quality == record.quality == "draft" and _differs_by_pins_alone(record, recipe):
            return "fresh", ""  # our own endpoint has no packs and no weights: a lock changes no draft
        return "stale", MOVED

    def edited_file(self, target: Target, record: Record) -> str | None:
        """The first file that somebody changed by hand: it is sound, but not what was made; exports never count."""
        if target.recipe.kind not in RETOUCHABLE or not record.wanted:
            return None
        take = self.takes.of(target.name)
        kept = {part_name(target, suffix): file.sha256 for suffix, file in take.files.items()} if take else {}
        for name, digest in self._files(target, record):
            if digest and not _is(digest, record.files[name]) and digest.sha256 != kept.get(name):
                return file_of(target, name)
        return None

    def _damaged_file(self, target: Target, record: Record) -> str | None:
        """The first file that is gone, cannot be read, or is not what was made."""
        for name, digest in self._files(target, record):
            if digest is None or not _is(digest, record.files[name]):
                return file_of(target, name)
        return None

    def _files(self, target: Target, record: Record) -> Iterator[tuple[str, Digest | None]]:
        for name in record.files:
            try:
                yield name, self._table.of(file_of(target, name))
            except StoreError:
                yield name, None

    def digest(self, item: Input) -> str:
        """Content digest of an input. Raises InputMissing naming what is not there, and who makes it."""
        if isinstance(item, FileInput):
            return self._file(item.path, "put the file there, or correct the contract that names it").content
        if item.file:
            return self._file(item.file, f"run `doit {item.target}`").content
        return "all1:" + hashlib.sha256(repr(sorted(self.files_of(item.target).items())).encode()).hexdigest()

    def files_of(self, name: str) -> dict[str, str]:
        """File → content digest of everything that a target made. Raises InputMissing when it is not made."""
        artifact = artifact_of(self._targets, name)
        record = records.read(self._root, artifact)
        if record is None:
            raise InputMissing(f"{name} is not made yet", artifact, f"run `doit {name}`")
        folder = artifact[: artifact.rfind("/") + 1]
        files = [folder + each for each in record.files]
        return {file: self._file(file, f"run `doit {name}`").content for file in files}

    def _file(self, file: str, todo: str) -> Digest:
        try:
            return self._table.of(file)
        except StoreError as error:
            raise InputMissing(f"an input cannot be used: {error.what}", file, todo) from error


def _sources(target: Target) -> list[str]:
    return [item.path for item in target.recipe.inputs.values() if isinstance(item, FileInput)]


def file_of(target: Target, name: str) -> str:
    """The file that a record calls `name`, relative to the novel's folder."""
    return target.artifact[: target.artifact.rfind("/") + 1] + name  # asked of every file of an export


def quality_of(target: Target, record: Record | None) -> str:
    """Draft or final, of a picture; `STAND_IN`, of a clip that another engine has spoken; "" of any other."""
    if record is None:
        return ""
    if target.recipe.kind == Speak.kind:
        return STAND_IN if FALLBACK in record.notes and NOTE not in record.notes else ""
    return record.quality if target.recipe.kind in RENDERED else ""


def said_of(target: Target, record: Record | None) -> str:
    """What is said of an artifact that is fresh and not what it could be; "" of any other."""
    return stood_in(record.notes) if record is not None and quality_of(target, record) == STAND_IN else ""


def part_name(target: Target, suffix: str) -> str:
    """The file name of a part of an artifact, relative to the folder that the artifact is in."""
    return _stem(target.artifact) + suffix


@functools.lru_cache(maxsize=64)
def _stem(artifact: str) -> str:
    path = PurePosixPath(artifact)
    return path.stem if path.suffix else path.name


def is_of(target: Target, record: Record, take: Take) -> bool:
    """Whether a record is of these very files."""
    return {part_name(target, suffix): file.sha256 for suffix, file in take.files.items()} == {
        name: facts.sha256 for name, facts in record.files.items()
    }


def _as_taken(target: Target, take: Take, is_moved: bool) -> tuple[Condition, str]:
    if take.state == "approved":
        if is_moved:
            todo = f"`comfyvn unapprove {target.name}` lets it be made again"
            return "frozen-stale", f"it is approved, and {MOVED}; it is kept ({todo})"
        return "approved", "it is approved"
    if is_moved:
        todo = f"`comfyvn adopt {target.name}` says that it still stands, `comfyvn restore {target.name}` drops it"
        return "both", f"it was retouched and adopted, and {MOVED}; it is kept ({todo})"
    return "fresh", ""


def _is_of_an_engine_that_is_away(target: Target, record: Record, recipe: Mapping[str, object]) -> bool:
    """Whether a clip's recipe differs by its engine's version alone, and that says nothing of the clip.

    Where another engine has spoken it, because the wanted one was away, it is made again on request only
    (`comfyvn build --upgrade`). Where the wanted one has spoken it and is not here now, another would only stand in.
    """
    wanted, _, version = target.recipe.engine.partition("@")
    if record.subject != subject_of(recipe):
        return False
    has_stood_in = FALLBACK in record.notes
    is_gone = not version and record.engine.partition("@")[0] == wanted
    return has_stood_in or is_gone


def _differs_by_pins_alone(record: Record, recipe: Mapping[str, object]) -> bool:
    new = _plain(recipe)
    return with_pins(record.recipe, pins_of(new)) == new


def subject_of(recipe: Mapping[str, object]) -> str:
    """The fingerprint of a recipe's document without its engine."""
    return fingerprint(without_engine(recipe))


def _plain(value: Mapping[str, object]) -> dict[str, object]:
    """As a record reads it back."""
    return {name: plain(item) for name, item in value.items()}


def _is(digest: Digest, facts: FileFacts) -> bool:
    """Whether a file is the recorded one: the same bytes, or the same content written another way."""
    return digest.sha256 == facts.sha256 or digest.content == facts.content
