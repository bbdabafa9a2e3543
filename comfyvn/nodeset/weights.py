"""Finds the registry's models among a ComfyUI's files, and hashes them: once, as long as a file stays as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from comfyvn.errors import StoreError
from comfyvn.nodeset.model_folders import ModelFolders
from comfyvn.providers import Model, ModelPin, Registry
from comfyvn.store.files import Scratch

BLOCK = 2**22  # bytes read at once
Progress = Callable[[str, int, int], None]  # logical name, bytes hashed, bytes in all
Signature = list[int]  # size, modification time in ns, inode


@dataclass(frozen=True)
class Weights:
    """`models`: logical name → pin; `notes`: what the user should know of them."""

    models: Mapping[str, ModelPin]
    notes: tuple[str, ...]


class HashTable:
    """path → signature and SHA-256, kept in one JSON file; losing it costs time and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._file, self._scratch = folder / "model-hashes.json", Scratch(folder / "partial")
        self._known: dict[str, tuple[Signature, str]] = {}
        try:
            for path, (signature, digest) in json.loads(self._file.read_bytes()).items():
                self._known[str(path)] = list(signature), str(digest)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            self._known = {}

    def sha256(self, path: Path, progress: Callable[[int, int], None]) -> str:
        """The file's SHA-256. Raises StoreError when it cannot be read, or changes while it is."""
        try:
            before = _signature(path)
            known = self._known.get(str(path))
            if known and known[0] == before:
                return known[1]
            digest = _hashed(path, before[0], progress)
            if _signature(path) != before:
                raise StoreError("the file changed while it was read", str(path), "wait for its download, try again")
        except OSError as error:
            raise StoreError(
                f"the file cannot be read ({error.strerror})", str(path), "see that it is yours"
            ) from error
        self._known[str(path)] = before, digest
        self._scratch.publish(json.dumps(self._known, indent=0, sort_keys=True).encode(), self._file)
        return digest


def find_weights(registry: Registry, folders: ModelFolders, table: HashTable, progress: Progress) -> Weights:
    """Every model of the registry that is there, hashed; the registry's own hash tells copies of one name apart."""
    pins: dict[str, ModelPin] = {}
    notes: list[str] = []
    for name, model in sorted(registry.models.items()):
        files = _files(model, folders)
        try:
            found = {_sha256(path, table, partial(progress, name)): path for path in files}
        except StoreError as error:
            notes.append(f"{name} is not hashed: {error.what} ({error.where})")
            pins[name] = ModelPin()
            continue
        if not found:
            continue
        digest = model.sha256 if model.sha256 in found else next(iter(found))
        pins[name] = ModelPin(sha256=digest, state="verified")
        notes.extend(_notes(name, model, digest, found))
    return Weights(pins, tuple(notes))


def _sha256(path: Path, table: HashTable, progress: Callable[[int, int], None]) -> str:
    """Of a file; of a folder (InsightFace's models are one): over the names and hashes of the files in it.

    Raises StoreError for what holds nothing that could be loaded, as a download leaves it that was cut off.
    """
    if path.is_file():
        if not _signature(path)[0]:
            raise StoreError("the file is empty", str(path), "download it again")
        return table.sha256(path, progress)
    if not path.is_dir():
        raise StoreError("it is neither a file nor a folder", str(path), "move it away")
    rows = [f"{file.relative_to(path).as_posix()}\0{table.sha256(file, progress)}\n" for file in sorted(_walk(path))]
    if not rows:
        raise StoreError("the folder is empty", str(path), "download it again")
    return hashlib.sha256("".join(rows).encode("utf-8", "surrogateescape")).hexdigest()


def _notes(name: str, model: Model, digest: str, found: Mapping[str, Path]) -> list[str]:
    notes = []
    if model.sha256 and digest != model.sha256:
        notes.append(
            f"{name}: {model.file} is another file than the registry knows ({digest[:12]}, not {model.sha256[:12]})"
        )
    if len(found) > 1 and digest != model.sha256:
        places = ", ".join(str(path) for path in found.values())
        notes.append(f"{name}: files of the name {model.file} differ; the first is taken: {places}")
    return notes


def _files(model: Model, folders: ModelFolders) -> list[Path]:
    """The files that may be this model: where the registry says, else of its name anywhere in its folder."""
    places = [place for place in folders.of(model.folder) if _is(place.is_dir)]
    exact = [place / model.file for place in places if _is((place / model.file).exists)]
    if exact:
        return exact[:1]
    name = PurePosixPath(model.file).name.casefold()
    return [path for place in places for path in _walk(place) if path.name.casefold() == name]


def _walk(place: Path) -> list[Path]:
    """All files below a folder by name, links followed as ComfyUI does, but in no circle."""
    found: list[Path] = []
    seen: set[Path] = set()
    waiting = [place]
    while waiting:
        folder = waiting.pop(0)
        if folder.resolve() in seen:
            continue
        seen.add(folder.resolve())
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        waiting.extend(path for path in entries if not path.name.startswith(".") and _is(path.is_dir))
        found.extend(path for path in entries if _is(path.is_file))
    return found


def _is(question: Callable[[], bool]) -> bool:
    """What a path answers; False in a folder that may be listed and not entered."""
    try:
        return question()
    except OSError:
        return False


def _hashed(path: Path, total: int, progress: Callable[[int, int], None]) -> str:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress(done, total)
    return digest.hexdigest()


def _signature(path: Path) -> Signature:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]
