"""Is a bundle whole, and what it says it is? Every file is read and held against the manifest; nothing is unpacked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from comfyvn.contracts import scene as script
from comfyvn.contracts.bundle import BundleManifest, BundleScene, BundleVersions
from comfyvn.contracts.findings import labels
from comfyvn.contracts.model import Model
from comfyvn.contracts.scene import Scene, lines, split_goal, walk
from comfyvn.errors import StoreError
from comfyvn.makers.bundle import media_type
from comfyvn.store.trees import Tree, open_tree

MANIFEST, SCENE, VERSIONS = "manifest.json", "scene.json", "versions.json"
LARGEST = 64 * 2**20  # bytes of a JSON file: a scene has far less


@dataclass(frozen=True)
class Verified:
    """A bundle, the scene it says it is of, how many files it has, and everything that is wrong with it."""

    path: str
    scene: str
    files: int
    faults: tuple[str, ...]


def found_in(path: Path) -> list[Path]:
    """The bundles that are meant: the folder or zip itself, or every folder and zip in it. Raises StoreError."""
    if not path.is_dir() or (path / MANIFEST).exists() or (path / SCENE).exists():
        return [path]
    inner = sorted(each for each in path.iterdir() if each.is_dir() or each.suffix == ".zip")
    if not inner:
        todo = "`exports: [bundle]` in comfyvn.yaml and `doit export_bundle` make bundles"
        raise StoreError("there is no bundle here", str(path), todo)
    return inner


def verify(path: Path) -> Verified:
    """Raises StoreError where there is nothing to read."""
    tree = open_tree(path)
    files = _Files(tree)
    scene, manifest = files.model(SCENE, BundleScene), files.model(MANIFEST, BundleManifest)
    files.model(VERSIONS, BundleVersions)
    faults = [*tree.faults, *files.faults]
    if isinstance(manifest, BundleManifest):
        faults += _against_manifest(tree, manifest)
    if isinstance(scene, BundleScene) and isinstance(manifest, BundleManifest):
        faults += _references(scene, manifest)
    name = scene.id if isinstance(scene, BundleScene) else ""
    return Verified(str(path), name, len(tree.names()), tuple(dict.fromkeys(faults)))


class _Files:
    """The JSON files of a bundle as models; `faults`: why one is none."""

    def __init__(self, tree: Tree) -> None:
        self._tree, self._names = tree, set(tree.names())
        self.faults: list[str] = []

    def model(self, name: str, kind: type[Model]) -> Model | None:
        if name not in self._names:
            self.faults.append(f"{name} is missing")
            return None
        try:
            value = json.loads(_whole(self._tree, name), parse_constant=_no_number, object_pairs_hook=_once)
            return kind.model_validate(value)
        except ValidationError as error:
            self.faults += [_said(name, entry) for entry in error.errors()]
        except (OSError, ValueError, RecursionError) as error:
            self.faults.append(f"{name}: it cannot be read ({error})")
        return None


def _whole(tree: Tree, name: str) -> bytes:
    data = bytearray()
    for block in tree.blocks(name):
        data += block
        if len(data) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 2**20} MiB")
    return bytes(data)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _said(name: str, entry: Mapping[str, Any]) -> str:
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])
    return f"{name} {path}: {entry['msg']}"


# --- files


def _against_manifest(tree: Tree, manifest: BundleManifest) -> Iterator[str]:
    there = set(tree.names())
    listed = [entry.path for entry in manifest.files]
    if listed != sorted(set(listed)):
        yield f"{MANIFEST}: its files are not in order, or one is listed twice"
    for entry in manifest.files:
        if entry.path == MANIFEST:
            yield f"{MANIFEST}: it lists itself"
        elif entry.path not in there:
            yield f"{entry.path} is missing"
        else:
            yield from _content(tree, entry.path, entry.sha256, entry.size)
        if entry.type != media_type(entry.path):
            yield f"{entry.path}: its type is said to be {entry.type}, its name says {media_type(entry.path)}"
        if entry.made_by and entry.made_by not in manifest.provenance:
            yield f"{entry.path}: nothing is told of {entry.made_by}, which made it"
    for name in sorted(there - set(listed) - {MANIFEST}):
        yield f"{name} is not in {MANIFEST}"
    for name, told in manifest.provenance.items():
        yield from (f"provenance of {name}: nothing is told of {need}" for need in told.made_of
                    if need not in manifest.provenance)  # fmt: skip


def _content(tree: Tree, name: str, sha256: str, size: int) -> Iterator[str]:
    """Reads no more than it should have: a zip may promise little and hold much."""
    digest, seen = hashlib.sha256(), 0
    try:
        for block in tree.blocks(name):
            digest.update(block)
            seen += len(block)
            if seen > size:
                break
    except OSError as error:
        yield f"{name}: it cannot be read ({error})"
        return
    if seen != size:
        yield f"{name}: it has {'more' if seen > size else 'fewer'} bytes than the {size} of {MANIFEST}"
    elif digest.hexdigest() != sha256:
        yield f"{name}: it is not what {MANIFEST} says (SHA-256 {digest.hexdigest()})"


# --- references


def _references(bundle: BundleScene, manifest: BundleManifest) -> Iterator[str]:
    if manifest.scene != bundle.id:
        yield f"{MANIFEST} is of the scene {manifest.scene}, {SCENE} of {bundle.id}"
    listed = {entry.path for entry in manifest.files}
    for path, file in _paths(bundle):
        if file not in listed:
            yield f"{SCENE} {path}: {file} is not in {MANIFEST}"
    scene = Scene.model_construct(id=bundle.id, background="", script=bundle.script)
    yield from _names(bundle, scene)
    said = [(line.id, line.kind, line.speaker, line.text) for line in lines(scene)]
    if said != [(line.id, line.kind, line.speaker, line.text) for line in bundle.lines]:
        yield f"{SCENE} $.lines: they are not those of the script, in its order"


def _paths(bundle: BundleScene) -> Iterator[tuple[str, str]]:
    """(JSON path, file) of everything that names a file: tables of scene.json, never its script."""
    yield "$.background", bundle.background
    yield from ((f"$.backgrounds.{name}", file) for name, file in bundle.backgrounds.items())
    yield from ((f"$.stills.{name}", still.image) for name, still in bundle.stills.items())
    yield from ((f"$.sounds.{name}", sound.file) for name, sound in bundle.sounds.items())
    for key, person in bundle.cast.items():
        yield from ((f"$.cast.{key}.sprites.{name}", file) for name, file in person.sprites.items())
    for line, voices in bundle.voices.items():
        for language, voice in voices.items():
            yield from ((f"$.voices.{line}.{language}", file) for file in (voice.file, voice.subtitles))


def _names(bundle: BundleScene, scene: Scene) -> Iterator[str]:
    known: dict[str, Collection[str]] = {
        "person": bundle.cast, "background": bundle.backgrounds, "still": bundle.stills, "sound": bundle.sounds,
        "variable": bundle.variables, "label": labels(scene), "line": {line.id for line in bundle.lines if line.id},
    }  # fmt: skip
    for path, kind, name in _named(bundle, scene):
        if name not in known[kind]:
            yield f"{SCENE} {path}: there is no {kind} {name!r}"


def _named(bundle: BundleScene, scene: Scene) -> Iterator[tuple[str, str, str]]:
    """(JSON path, what is meant, its name) of every name that stands in the scene."""
    yield from (("$.voices", "line", name) for name in bundle.voices)
    yield from ((f"$.{name}", "sound", sound) for name in ("music", "ambience") if (sound := getattr(bundle, name)))
    yield from ((f"$.placements[{n}]", "person", each.character) for n, each in enumerate(bundle.placements))
    goals = [("$.next", bundle.next)] if bundle.next else []
    for path, it in walk(scene.script):
        match it:
            case script.Say():
                yield path, "person", it.say
            case script.Show():
                yield path, "person", it.show
            case script.Hide():
                yield path, "person", it.hide
            case script.Background():
                yield path, "background", it.background
            case script.Still():
                yield path, "still", it.still
            case script.Set() | script.Add() | script.Input():
                yield path, "variable", getattr(it, type(it).__name__.lower())
            case script.Music() | script.Ambience() | script.Sound():
                sound = getattr(it, type(it).__name__.lower())
                yield from ((path, "sound", sound),) if sound else ()
            case script.Movie():
                yield path, "sound", it.movie
            case script.Jump():
                goals.append((path, it.jump))
            case script.Menu():
                yield from ((path, "person", it.speaker),) if it.speaker else ()
                goals += [(f"{path}.menu[{n}]", choice.jump) for n, choice in enumerate(it.menu) if choice.jump]
    for path, goal in goals:
        where, label = split_goal(goal, bundle.id)
        if where == bundle.id and label is not None:
            yield path, "label", label
