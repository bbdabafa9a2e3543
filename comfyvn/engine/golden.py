"""Golden artifacts: those whose records Git tracks. Is what is staged what its record says, and what is stale?"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from comfyvn import paths
from comfyvn.engine.judge import Judge, Verdict
from comfyvn.errors import InputMissing, StoreError
from comfyvn.recipe import plain
from comfyvn.store import records
from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.git import Blob, Repository
from comfyvn.store.records import FileFacts, Record
from comfyvn.targets.sprites import cut_from
from comfyvn.targets.target import Target

SUFFIX = paths.RECORD_SUFFIX
EDITED = ("edited", "both")  # by hand, and no take: nobody else has it
REFUSED = ("stale", "missing", "kept", *EDITED)


@dataclass(frozen=True)
class Fault:
    """One golden file that is not as it must be; `todo`: the command that mends it."""

    file: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}; {self.todo}"


# --- what is staged


def staged_faults(repository: Repository, staged: Collection[str]) -> list[Fault]:
    """Of the staged files: records that do not fit their artifacts, and artifacts that do not fit their records.

    Names are relative to the repository's top. Only records that are staged, or near a staged file, are read.
    """
    entries = repository.entries()
    near = {name: entries[name] for name in _near(staged, entries)}
    faults: list[Fault] = []
    for name, blob in repository.blobs(near):
        record = records.parse(blob.data)
        if record is None or not record.wanted:
            if name in staged:
                faults.append(_no_record(name, record))
            continue
        faults += _unlike(repository, name, record, staged, entries)
    return faults


def _near(staged: Collection[str], entries: Mapping[str, str]) -> Iterator[str]:
    """Tracked records that are staged, beside a staged file, or of a folder that one is in."""
    folders = {str(PurePosixPath(name).parent) for name in staged if not name.endswith(SUFFIX)}
    above = {f"{folder}{SUFFIX}" for folder in folders} | {
        f"{parent}{SUFFIX}" for folder in folders for parent in PurePosixPath(folder).parents
    }
    for name in entries:
        if name.endswith(SUFFIX) and (name in staged or name in above or str(PurePosixPath(name).parent) in folders):
            yield name


def _no_record(name: str, record: Record | None) -> Fault:
    if record is None:
        return Fault(name, "this is no record that can be read", "restore it (`git checkout -- FILE`), or build again")
    return Fault(name, "the build that wrote this was cut off", f"run `doit {record.target}`, then stage its files")


def _unlike(
    repository: Repository, name: str, record: Record, staged: Collection[str], entries: Mapping[str, str]
) -> Iterator[Fault]:
    folder = PurePosixPath(name).parent
    files = {str(folder / part): facts for part, facts in record.files.items()}
    for file in files:
        if file in staged and file not in entries:
            todo = f"remove `{name}` too (`git rm`), or `git restore --staged {file}`"
            yield Fault(file, "it is removed, but its record stays", todo)
    looked = {file: entries[file] for file in files if file in entries and (name in staged or file in staged)}
    for file, blob in repository.blobs(looked):
        if not _is(repository, file, blob, files[file]):
            yield Fault(file, "its staged bytes are not what its staged record says", _mend(repository, name, file))


def _is(repository: Repository, file: str, blob: Blob, facts: FileFacts) -> bool:
    """The recorded bytes, or the same content written another way (a picture compressed anew)."""
    if blob.sha256 == facts.sha256:
        return True
    try:
        if not blob.is_pointer:
            return _content(file, blob.data) == facts.content
        here = repository.top / file
        return byte_digest(here) == blob.sha256 and content_digest(here) == facts.content
    except (StoreError, OSError):
        return False


def _content(file: str, data: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="comfyvn-") as folder:
        path = Path(folder) / f"file{PurePosixPath(file).suffix}"
        path.write_bytes(data)
        return content_digest(path)


def _mend(repository: Repository, name: str, file: str) -> str:
    """What to do, by what lies in the work tree: a pair that fits only has to be staged together."""
    here = _on_disk(repository.top / name)
    part = PurePosixPath(file).relative_to(PurePosixPath(name).parent).as_posix()
    try:
        if here is not None and here.files[part].sha256 == byte_digest(repository.top / file):
            return f"stage both: git add {file} {name}"
    except (OSError, KeyError):
        pass
    target = here.target if here is not None else "TARGET"
    return f"`comfyvn adopt {target}` keeps what you changed, `doit {target}` makes what is stale; then stage both"


def _on_disk(path: Path) -> Record | None:
    try:
        return records.parse(path.read_bytes())
    except OSError:
        return None


# --- what is stale


def golden_targets(targets: Mapping[str, Target], tracked: Iterable[str]) -> tuple[list[str], list[str]]:
    """(targets whose records Git tracks, such records that no contract makes any more); names are the novel's own."""
    by_record = {paths.record(target.artifact): name for name, target in targets.items()}
    golden = [name for name in tracked if name.endswith(SUFFIX)]
    return [by_record[name] for name in golden if name in by_record], [n for n in golden if n not in by_record]


def stale_faults(
    targets: Mapping[str, Target],
    judge: Judge,
    names: Iterable[str],
    tracked: Collection[str],
    rebuild: Collection[str],
) -> Iterator[Fault]:
    """Of these targets, those that are stale, cut off or edited; `tracked`: files of the novel that Git tracks.

    Where Git tracks the record and not the artifact, the record alone is judged. What cannot be judged, because it is
    made of something that is not here, is passed over; so is what `rebuild` in comfyvn.yaml lets stay stale.
    """
    for name in names:
        target = targets[name]
        verdict = _verdict(judge, target)
        if verdict is None or (verdict.condition == "fresh" and not verdict.take):
            is_old = _is_cut_out_of_old(targets, target, judge, rebuild)
        elif target.artifact in tracked:
            is_old = False
            # What was adopted is tracked with its record, also when its recipe has moved since.
            if verdict.condition in REFUSED and verdict.take is None and not verdict.is_held(rebuild):
                yield _stale(target, verdict)
        else:
            record = verdict.record
            is_old = record is not None and record.wanted != verdict.wanted and not verdict.is_held(rebuild)
        if is_old:
            yield Fault(target.artifact, "the contracts have moved since its record", f"run `doit {name}`")


def _verdict(judge: Judge, target: Target) -> Verdict | None:
    """None for what is made of something that is not here."""
    try:
        return judge.verdict(target)
    except InputMissing:
        return None


def _is_cut_out_of_old(
    targets: Mapping[str, Target], target: Target, judge: Judge, rebuild: Collection[str]
) -> bool:
    """Whether a sprite was cut out of a picture that is stale by now.

    That picture may be tracked by nobody, and not be here. Then the sprite's own record tells what contracts asked for:
    its facts are those of the picture.
    """
    uncut, record = cut_from(target.recipe), judge.record(target)
    if uncut is None or record is None:
        return False
    if judge.record(targets[uncut]) is None:
        return record.facts != plain(target.facts)
    verdict = _verdict(judge, targets[uncut])
    return verdict is not None and verdict.condition == "stale" and not verdict.is_held(rebuild)


def _stale(target: Target, verdict: Verdict) -> Fault:
    is_edited = verdict.condition in EDITED
    word = f"{verdict.condition} ({verdict.cause})" if verdict.cause else verdict.condition
    word = "edited" if is_edited else word
    todo = f"`comfyvn adopt {target.name}`" if is_edited else f"`doit {target.name}`"
    return Fault(target.artifact, f"{word}: {verdict.reason}", f"run {todo}, then commit it with its record")
