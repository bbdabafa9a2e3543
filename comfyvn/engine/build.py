"""Making one target: from the cache when it was ever made, else by its maker; published with its record."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from comfyvn import paths
from comfyvn.engine import foreign
from comfyvn.engine.digests import Digest
from comfyvn.engine.entries import CACHED_KINDS, facts_of, made_of
from comfyvn.engine.entry import entry_of
from comfyvn.engine.finishing import Finishing
from comfyvn.engine.folders import in_the_way, remove_empty_folders, take_away
from comfyvn.engine.judge import SETTLED, Condition, Judge, Verdict, file_of, is_of, part_name, subject_of
from comfyvn.engine.labels import Labels
from comfyvn.engine.room import Room
from comfyvn.engine.sharing import is_shared
from comfyvn.engine.state import State
from comfyvn.engine.takes import NOTE
from comfyvn.engine.used import used
from comfyvn.errors import InputMissing, StoreError
from comfyvn.makers.carry_out import Bench, carry_out
from comfyvn.makers.export import AtlasTexts
from comfyvn.makers.made import Data, Job, Labelled, Made
from comfyvn.makers.workshop import Workshop
from comfyvn.providers import Lock
from comfyvn.recipe import Export, Input, Manifest, fingerprint
from comfyvn.store import journal, records
from comfyvn.store.cache import Cache, Cached
from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.records import FileFacts, Record
from comfyvn.store.takes import FILE as TAKES
from comfyvn.store.takes import FOLDER, Take
from comfyvn.targets.target import Target

How = Condition | Literal["made", "cached", "taken"]
NOTHING_PINNED = Lock()

PUBLISHING = 0.7  # of the time that a stopped build has: for what is being published


@dataclass(frozen=True)
class Outcome:
    """What became of a target: it was up to date, made, from the cache, from takes/, or kept as found (and why).

    `verdict`: what would be said of it now; None where that must be asked anew.
    """

    how: How
    note: str = ""
    verdict: Verdict | None = None


class Engine:
    """Judges and makes the targets of one novel; any number of threads may make different targets at once."""

    def __init__(
        self,
        root: Path,
        targets: Mapping[str, Target],
        state: State,
        cache: Cache,
        workshop: Workshop,
        atlas_texts: Mapping[str, AtlasTexts],
        waiting: Callable[[str], None] | None = None,
        lock: Lock = NOTHING_PINNED,
    ) -> None:
        self.root, self.targets, self.state, self.cache, self.lock = root, targets, state, cache, lock
        self.judge = Judge(root, targets, state)
        self.workshop, self._waiting = workshop, waiting
        self.labels = Labels(root, state.folder / "labels.jsonl", targets, state.digests)
        self.bench = Bench(
            root, workshop, cache, self.files_of, self.judge.digest, atlas_texts, self._places(),
            self.labels.labelled, self._measured,
        )  # fmt: skip
        self.finishing, self.room = Finishing(), Room(state.scratch)
        self._begun = False
        self._guard = threading.Lock()
        self._run = secrets.token_hex(8)

    def begin(self) -> None:
        """Takes the build lock and sweeps up what a killed build left half-written. Raises StoreError, Interrupted."""
        self.finishing.check()
        with self._guard:
            if not self._begun:
                self.state.lock.acquire(self._waiting)
                self.state.scratch.empty()
                self.cache.sweep()
                self._begun = True

    def end(self) -> None:
        """Stops what was started for this build and frees the lock."""
        self.workshop.close()
        if self._begun:
            self.state.digests.compact()
        self.state.lock.release()
        for line in self.cache.close():
            self._say(line)
        self._begun = False

    def stop(self, patience_s: float) -> bool:
        """Ends a build in the middle, for good: what is being published is finished, prompts are taken off servers.

        From any thread, while others still make targets: they get Interrupted. Leaves nothing half-written. False:
        something did not end within `patience_s`, most likely a server that does not answer.
        """
        until = time.monotonic() + patience_s
        self.finishing.stop()
        closing = threading.Thread(target=self.workshop.stop, name="comfyvn-stop", daemon=True)
        closing.start()
        is_finished = self.finishing.wait(PUBLISHING * patience_s)
        self.state.scratch.close()
        self.cache.abandon()
        self.state.lock.release()  # nothing is written any more
        closing.join(max(until - time.monotonic(), 0.0))
        return is_finished and not closing.is_alive()

    def _say(self, line: str) -> None:
        if self._waiting is not None:
            self._waiting(line)

    def make(self, name: str, always: bool = False) -> Outcome:
        """Makes a target if it is not up to date, or `always`; what was changed by hand is kept all the same.

        `begin` must have been called. Raises ComfyVNError.
        """
        target = self.targets[name]
        verdict = self.judge.verdict(target)
        if verdict.condition in ("edited", "both"):
            self._complete(target, verdict)
        if verdict.condition in SETTLED and (verdict.condition != "fresh" or verdict.take or not always):
            return Outcome(verdict.condition, verdict.reason, verdict)
        if verdict.take is not None:
            return self._publish_take(target, verdict, verdict.take)
        began = time.monotonic()
        self.finishing.check()
        self.room.check()
        cached = None if always else self._from_cache(target, verdict)
        made = cached or carry_out(target, Job(name, verdict.wanted, self._purpose(name, always)), self.bench)
        with self.finishing.section(), self.room.noting():
            return self._keep(target, verdict, made, cached is not None, began)

    def _keep(self, target: Target, verdict: Verdict, made: Made, is_cached: bool, began: float) -> Outcome:
        """Publishes what was made, with its record; `began`: when, on the clock of time.monotonic."""
        facts = self._publish(target, verdict, made)
        if isinstance(target.recipe, Export):
            self.labels.forget()  # they are many, and asked for by exports alone
        if not is_cached and self._moved(target, verdict):
            # No record: nobody knows which content of the input was read, so the next build makes it once more.
            return Outcome("made", f"{made.engine}; an input changed meanwhile: the next `doit` makes it again")
        trouble = "" if is_cached else self._to_cache(target, verdict, made)
        record = self._record(target, verdict, made, facts)
        self.workshop.settled(target.name)
        self.state.remember(target.name)
        self._note(target, verdict, made, "cached" if is_cached else "made", time.monotonic() - began)
        if not (is_cached or trouble) and is_shared(target, target.quality, made.engine, self.judge, self.targets):
            self.cache.share(self._made(target, verdict, made))
        now = replace(verdict, condition="fresh", reason="", record=record, cause="")
        return Outcome("cached" if is_cached else "made", made.engine + trouble, now)

    def restore(self, name: str) -> bool:
        """Takes what is not in build/ out of takes/ or the cache; False where neither has it: nothing is made.

        `begin` must have been called. Raises ComfyVNError.
        """
        target, began = self.targets[name], time.monotonic()
        verdict = self.judge.verdict(target)
        if verdict.condition == "missing" and verdict.take is not None:
            self._publish_take(target, verdict, verdict.take)
            return True
        found = self._from_cache(target, verdict) if verdict.condition == "missing" else None
        if found is None:
            return False
        self._record(target, verdict, found, self._publish(target, verdict, found))
        self._note(target, verdict, found, "cached", time.monotonic() - began)
        return True

    def whole(self, target: Target, record: Record) -> Mapping[str, bytes]:
        """Suffix → bytes, of an artifact as it was recorded; {} where nobody has it any more."""
        take = self.judge.takes.of(target.name)
        if take is not None and is_of(target, record, take):
            return self.judge.takes.publication(target.name, take)[0]
        found = None if NOTE in record.notes else self.cache.get(record.made)
        return found.files if found else {}

    def publish_take(self, name: str) -> None:
        """Puts the take that holds into build/, over whatever is there. `begin` must have been called."""
        verdict = self.judge.verdict(self.targets[name])
        if verdict.take is not None:
            self._publish_take(self.targets[name], verdict, verdict.take)

    def _note(self, target: Target, verdict: Verdict, made: Made, how: journal.How, seconds: float) -> None:
        entry = entry_of(target, verdict.recipe or {}, made, how, self._made(target, verdict, made), seconds)
        with self._guard:
            journal.append(self.state.journal, entry)

    def _purpose(self, name: str, always: bool) -> str:
        """Tells servers a render that is asked for once more from one that they may have done already."""
        token = self.state.forgotten().get(name)
        return f"again-{token or self._run}" if token or always else ""

    def files_of(self, name: str) -> dict[str, str]:
        """File (relative to the novel) → content digest, of everything that a target made."""
        return self.judge.files_of(name)

    def _places(self) -> dict[str, Mapping[str, Input]]:
        """Manifest of an export → place → what goes there: its inputs."""
        manifests = (self.targets[name] for name in self.targets if paths.is_manifest(name))
        return {target.name: target.recipe.inputs for target in manifests if isinstance(target.recipe, Manifest)}

    # --- the cache

    def _from_cache(self, target: Target, verdict: Verdict) -> Made | None:
        if target.recipe.kind not in CACHED_KINDS or target.name in self.state.forgotten():
            return None
        # Drafts are in no shared cache: asking there would take longer than drawing them.
        found = self.cache.near(verdict.wanted) if target.quality == "draft" else self.cache.get(verdict.wanted)
        # Not there, or written by another version of this package: it is made again.
        return made_of(found) if found is not None and self._is_whole(target, found) else None

    def _complete(self, target: Target, verdict: Verdict) -> None:
        """Brings back the files of a retouched artifact that are gone, where its take or the cache has them."""
        if verdict.record is None:
            return
        gone = [name for name in verdict.record.files if not self._path(target, name).exists()]
        for suffix, data in self.whole(target, verdict.record).items() if gone else ():
            if part_name(target, suffix) in gone:
                self._write(target, part_name(target, suffix), data)

    def _path(self, target: Target, name: str) -> Path:
        return self.root / file_of(target, name)

    @staticmethod
    def _is_whole(target: Target, found: Cached) -> bool:
        """Whether an entry has the files that this target promises."""
        return {file_of(target, part_name(target, suffix)) for suffix in found.files}.issuperset(target.files)

    def _to_cache(self, target: Target, verdict: Verdict, made: Made) -> str:
        """Says why it is not in the cache: that is no failure of the artifact. "" when it is, or need not be."""
        if target.recipe.kind not in CACHED_KINDS:
            return ""
        files = {suffix: data if isinstance(data, bytes) else data.read_bytes() for suffix, data in made.files.items()}
        try:
            self.cache.put(self._made(target, verdict, made), files, facts_of(made))
        except StoreError as error:
            return f"; not cached: {error.what}"
        return ""

    def _moved(self, target: Target, verdict: Verdict) -> bool:
        """Whether an input is another than the one that the fingerprint was taken of: what was read is then unsure."""
        try:
            return {name: self.judge.digest(item) for name, item in target.recipe.inputs.items()} != verdict.digests
        except InputMissing:
            return True

    def _made(self, target: Target, verdict: Verdict, made: Made) -> str:
        """The fingerprint of what really happened: another than `wanted` when an engine stood in for the asked one."""
        if verdict.recipe is None or made.engine == target.recipe.engine:
            return verdict.wanted
        return fingerprint({**verdict.recipe, "engine": made.engine})

    # --- publishing

    def _publish_take(self, target: Target, verdict: Verdict, take: Take) -> Outcome:
        """Puts a take into build/ with the record that belongs to it. Raises StoreError when its bytes are not here."""
        files, record = self.judge.takes.publication(target.name, take)
        names = {part_name(target, suffix) for suffix in files}
        if names != set(record.files) or not names.issuperset(file.rpartition("/")[2] for file in target.files):
            what, todo = "its take consists of other files", f"drop it: `comfyvn restore {target.name}`"
            raise StoreError(f"{target.name}: {what}", f"{TAKES}, {', '.join(sorted(names))}", todo)
        facts = self._publish(target, verdict, Made(files, record.engine))
        records.write(self.root, target.artifact, replace(record, files=facts), self.state.scratch)
        self.state.remember(target.name)
        return Outcome("taken", f"from {FOLDER}/")

    def _publish(self, target: Target, verdict: Verdict, made: Made) -> dict[str, FileFacts]:
        """Writes the files; until the record follows, the target counts as cut off, and is made again."""
        names = {part_name(target, suffix): data for suffix, data in made.files.items()}
        old = verdict.record
        if foreign.is_foreign(target):
            foreign.check(self.root, target, names, old, self.state.digests)
        self._mark_cut_off(target, names, old)
        try:
            return self._replace(target, names, old)
        except StoreError:
            self._unmark(target, old)
            raise

    def _replace(self, target: Target, names: Mapping[str, Data], old: Record | None) -> dict[str, FileFacts]:
        gone = {name: facts for name, facts in old.files.items() if name not in names} if old else {}
        for name in in_the_way(gone, names):
            self._take_away(target, name, gone[name])
        facts = {name: self._write(target, name, data) for name, data in names.items()}
        for name, known in gone.items():
            self._take_away(target, name, known)
        return facts

    def _take_away(self, target: Target, name: str, facts: FileFacts) -> None:
        """Removes what a target makes no more; in a folder that is not ours, only what is as we wrote it."""
        if self._is_ours(target, name, facts):
            self._remove(target, name)

    def _mark_cut_off(self, target: Target, names: Mapping[str, object], old: Record | None) -> None:
        if old is None and target.recipe.kind != Export.kind:
            return
        known = dict(old.files) if old else {}
        files = {**{name: FileFacts("", "", 0) for name in names}, **known}
        stub = Record(target.name, "", "", "", "", target.quality, True, files, {})
        records.write(self.root, target.artifact, stub, self.state.scratch)

    def _unmark(self, target: Target, old: Record | None) -> None:
        """Gives back its record to an artifact that was to be replaced, and of which no file was: it may stand in."""
        if old is None or not old.wanted:
            return
        with suppress(StoreError):
            if all(self._is_as_recorded(target, name, facts) for name, facts in old.files.items()):
                records.write(self.root, target.artifact, old, self.state.scratch)

    def _is_as_recorded(self, target: Target, name: str, facts: FileFacts) -> bool:
        return self.state.digests.of(file_of(target, name)).content == facts.content

    def _write(self, target: Target, name: str, data: Data) -> FileFacts:
        file = file_of(target, name)
        sha256, _ = self._measured(data)
        digest = self._there(file)
        if digest is None or digest.sha256 != sha256:
            path = self._path(target, name)
            self.state.scratch.publish(data if isinstance(data, bytes) else data.read_bytes(), path)
            digest = Digest(content_digest(path), sha256, path.stat().st_size)
            self.state.digests.wrote(file, digest)
        return FileFacts(digest.content, digest.sha256, digest.size)

    def _measured(self, data: Data) -> tuple[str, int]:
        """SHA-256 and size of what is to be published.

        Of the novel's own files the tables know them: an export is made of thousands, and few have moved.
        """
        if isinstance(data, bytes):
            return hashlib.sha256(data).hexdigest(), len(data)
        if isinstance(data, Labelled):
            return self.labels.facts(self._measured(data.path)[0], data)
        own = os.path.join(self.root, "")  # noqa: PTH118 - pathlib is slow for thousands
        if not str(data).startswith(own):
            return byte_digest(data), data.stat().st_size
        digest = self.state.digests.of(str(data)[len(own) :].replace(os.sep, "/"))
        return digest.sha256, digest.size

    def _there(self, file: str) -> Digest | None:
        """What lies where a file is to be published; None for nothing, or nothing that can be read."""
        try:
            return self.state.digests.of(file)
        except StoreError:
            return None

    def _remove(self, target: Target, name: str) -> None:
        path = self._path(target, name)
        take_away(path)
        stop = PurePosixPath(target.artifact).parent.parent if foreign.is_foreign(target) else paths.BUILD
        remove_empty_folders(path.parent, self.root / stop)

    def _record(self, target: Target, verdict: Verdict, made: Made, facts: Mapping[str, FileFacts]) -> Record:
        what = used(verdict.recipe or {}, self.lock)
        record = Record(
            target=target.name,
            wanted=verdict.wanted,
            made=self._made(target, verdict, made),
            subject=subject_of(verdict.recipe or {}),
            engine=made.engine,
            quality=target.quality,
            repeatable=made.repeatable,
            files=facts,
            recipe=verdict.recipe or {},
            facts=target.facts,
            seeds=made.seeds,
            made_with=made.made_with,
            notes=made.notes,
            sampling=what.sampling,
            models=what.models,
            packs=what.packs,
        )
        records.write(self.root, target.artifact, record, self.state.scratch)
        self.judge.recorded(target)
        return record

    # --- taking away

    def clean(self, name: str, dry_run: bool = False) -> list[str]:
        """Removes a target's files and record; returns what was (or would be) removed.

        Raises StoreError, having removed nothing, when a file was changed by hand, or when it is approved.
        """
        target = self.targets[name]
        record = records.read(self.root, target.artifact)
        take = self.judge.takes.of(name)
        if take is not None and take.state == "approved" and record is not None:
            raise StoreError(
                f"{name} is approved and is kept", target.artifact, f"run `comfyvn unapprove {name}`, then clean again"
            )
        edited = self.judge.edited_file(target, record) if record else None
        if edited:
            raise StoreError(
                f"{name} was changed by hand and is kept",
                edited,
                f"move the file away, or run `doit forget {name}` and `doit {name}` to make it again",
            )
        found = [file for file in self._files(target, record) if (self.root / file).exists()]
        if not dry_run:
            for file in found:
                take_away(self.root / file)
                remove_empty_folders((self.root / file).parent, self.root)
        return found

    def _is_ours(self, target: Target, name: str, facts: FileFacts) -> bool:
        """Always so in build/; in a game, what is as we wrote it."""
        file = file_of(target, name)
        return not foreign.is_foreign(target) or foreign.is_ours(self.root, self.state.digests, file, facts.sha256)

    def _files(self, target: Target, record: Record | None) -> Iterator[str]:
        known = record.files if record else {}
        listed = [file_of(target, name) for name, facts in known.items() if self._is_ours(target, name, facts)]
        yield from dict.fromkeys([*listed, *(file for file in target.files if target.recipe.kind != Export.kind)])
        yield paths.record(target.artifact)
