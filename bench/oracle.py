"""What a build should have come to: a clean one of the same contracts, elsewhere, one target after the other."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.damage import EXPORTS, RECORD, Built
from bench.runs import Run, Runner

NOT_CONTRACTS = shutil.ignore_patterns("build", ".comfyvn", ".git")


@dataclass(frozen=True)
class Differences:
    """Files that are not what they should be (and what is wrong), and files that no contract makes any more."""

    wrong: tuple[str, ...]
    orphans: tuple[str, ...]


def clean_build(novel: Path, folder: Path, cache: Path, kept: Mapping[str, bytes]) -> None:
    """A clean build in `folder`, in this process and without doit; then once more with the retouched files in it."""
    shutil.copytree(novel, folder, ignore=NOT_CONTRACTS)
    made = _make_all(folder, cache)
    there = {file: data for file, data in kept.items() if file in made}
    for file, data in there.items():
        (folder / file).write_bytes(data)
    if there:
        _make_all(folder, cache)


def clean_run(novel: Path, folder: Path, cache: Path) -> Run:
    """A clean build as a user runs it, with nothing that others have left: no cache, no server that remembers."""
    shutil.copytree(novel, folder, ignore=NOT_CONTRACTS)
    (folder / "providers/servers.yaml").unlink(missing_ok=True)
    return Runner(folder, cache).run("doit")


def _make_all(folder: Path, cache: Path) -> set[str]:
    """Makes everything; the files that targets made."""
    from comfyvn.engine.opening import CACHE_VARIABLE, open_novel

    with _variable(CACHE_VARIABLE, str(cache)):
        opened = open_novel(folder.resolve())
    opened.engine.begin()
    try:
        for name in opened.targets:
            opened.engine.make(name)
        return {file for name in opened.targets for file in opened.engine.files_of(name)}
    finally:
        opened.engine.end()


@contextlib.contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def tree(novel: Path) -> dict[str, bytes]:
    """Every file under build/, by its name relative to the novel's folder."""
    found = [path for path in sorted((novel / "build").rglob("*")) if path.is_file()]
    return {path.relative_to(novel).as_posix(): path.read_bytes() for path in found}


def compare(novel: Path, clean: Path, built: Built, known: set[str]) -> Differences:
    """Holds a novel's tree to that of the clean build in `clean`.

    `known`: every file that was ever made; of these some may be left over, of others none.
    """
    found, wanted = tree(novel), tree(clean)
    wrong = [f"{file}: missing" for file in wanted if file not in found]
    wrong += [
        f"{file}: another"
        for file, data in wanted.items()
        if file in found and found[file] != data and not _is_alike(file, novel, clean, built)
    ]
    left = sorted(set(found) - set(wanted))
    wrong += [f"{file}: nobody made it" for file in left if not _may_stay(file, built, known)]
    return Differences(tuple(wrong), tuple(left))


def owners(novel: Path, files: tuple[str, ...]) -> dict[str, list[str]]:
    """Target → its files, of every target whose record is among `files`."""
    found: dict[str, list[str]] = {}
    for record in files:
        if record.endswith(RECORD):
            with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
                told = json.loads((novel / record).read_bytes())
                found[told["target"]] = [(Path(record).parent / name).as_posix() for name in told["files"]]
    return found


def _is_alike(file: str, novel: Path, clean: Path, built: Built) -> bool:
    """Whether a file of other bytes is the same artifact: what it holds counts, not how it is written.

    A picture tells in its text chunks which file it was painted over, by the bytes of that; where those have changed
    and the pixels have not, nothing is painted again.
    """
    if not file.endswith(RECORD):
        return _content(novel / file) == _content(clean / file)
    if any(file == f"{kept}{RECORD}" for kept in built.kept):
        return True  # what is kept was made of an older recipe, as its record says
    return _essence(novel / file) == _essence(clean / file)


def _content(path: Path) -> str:
    from comfyvn.errors import StoreError
    from comfyvn.store.content import content_digest

    try:
        return content_digest(path)
    except StoreError as error:
        return f"{path}: {error.what}"


def _essence(record: Path) -> object:
    """What a record says, without what may differ between artifacts of the same content.

    That is how its files are written, and its facts: these tell people what went into the recipe, and two ways to say
    the same make no other artifact.
    """
    try:
        told = json.loads(record.read_bytes())
        files = {name: facts["content"] for name, facts in told["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return record
    return {**told, "facts": None, "files": files}


def _may_stay(file: str, built: Built, known: set[str]) -> bool:
    return file in known and (not file.startswith(EXPORTS) or built.loose)
