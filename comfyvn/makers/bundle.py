"""Bundles: the files of each scene, and what is told of them: digests, types, provenance, versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from comfyvn.errors import MakeError
from comfyvn.makers.label import VOCABULARY
from comfyvn.makers.made import Data, Labelled, Made
from comfyvn.providers import Registry
from comfyvn.recipe import LOCAL, Export, FileInput, Input, TargetInput
from comfyvn.store import records
from comfyvn.store.records import Record
from comfyvn.targets.bundle import RECORD

Measure = Callable[[Data], tuple[str, int]]
BUNDLE = 1
TYPES: Mapping[str, str] = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
    ".ogg": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg",
    ".srt": "application/x-subrip", ".json": "application/json", ".webm": "video/webm",
}  # fmt: skip


def bundle(
    recipe: Export,
    placed: Mapping[str, Path | Labelled],
    inputs: Mapping[str, Input],
    told: Mapping[str, Path],
    measured: Measure,
    registry: Registry,
) -> Made:
    """`placed`: place → file, `inputs`: place → what it comes from, `told`: target, by its plain name → its record.

    Raises MakeError when a record cannot be read.
    """
    known = {name: _record(path) for name, path in told.items()}
    names = _plain_names(inputs)
    files: dict[str, Data] = {}
    scenes: dict[str, dict[str, Data]] = {place.partition("/")[0]: {} for place in sorted(recipe.texts)}
    for place, data in sorted(placed.items()):
        scenes[place.partition("/")[0]][place] = data
    for scene, own in scenes.items():
        made_by = {place: _maker(inputs[place], names) for place in own}
        used = _with_parts({name for name in made_by.values() if name in known}, recipe)
        told_of = {name: known[name] for name in sorted(used)}
        texts: dict[str, Data] = {f"{scene}/scene.json": recipe.texts[f"{scene}/scene.json"].encode()}
        texts[f"{scene}/versions.json"] = _text(_versions(scene, recipe, told_of, registry))
        listed = sorted({**own, **texts}.items())
        entries = [_file(place, data, scene, made_by.get(place, ""), measured) for place, data in listed]
        provenance = {name: _provenance(record, recipe, name, registry) for name, record in told_of.items()}
        provenance |= _sources(scene, made_by, recipe)
        whole = {"bundle": BUNDLE, "scene": scene, "files": entries, "provenance": dict(sorted(provenance.items()))}
        files.update({**own, **texts, f"{scene}/manifest.json": _text(whole)})
    return Made({f"/{place}": data for place, data in files.items()}, LOCAL)


def media_type(name: str) -> str:
    return TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def _text(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _record(path: Path) -> Record:
    try:
        record = records.parse(path.read_bytes())
    except OSError as error:
        raise MakeError(f"a record cannot be read ({error.strerror})", str(path), "build again") from error
    if record is None:
        raise MakeError("a record makes no sense", str(path), "make its artifact again: `doit forget TARGET`")
    return record


def _plain_names(inputs: Mapping[str, Input]) -> dict[str, str]:
    """Target → what it is called in the whole novel; in one that is cut to a rating, its target may be another one."""
    return {
        item.target: place.removeprefix(RECORD)
        for place, item in inputs.items()
        if place.startswith(RECORD) and isinstance(item, TargetInput)
    }


def _maker(item: Input, names: Mapping[str, str]) -> str:
    """The key under which the manifest tells where a file comes from."""
    return f"file:{item.path}" if isinstance(item, FileInput) else names[item.target]


def _with_parts(names: Iterable[str], recipe: Export) -> set[str]:
    """The targets, and all that they are made of."""
    made_of = _mapping(recipe.facts["made_of"])
    found, waiting = set(names), list(names)
    while waiting:
        new = [need for need in made_of.get(waiting.pop(), ()) if need not in found]
        found.update(new)
        waiting.extend(new)
    return found


def _file(place: str, data: Data, scene: str, made_by: str, measured: Measure) -> dict[str, object]:
    sha256, size = measured(data)
    source = f"{VOCABULARY}{data.source}" if isinstance(data, Labelled) else ""
    entry = {
        "path": place.removeprefix(f"{scene}/"),
        "sha256": sha256,
        "size": size,
        "type": media_type(place),
        "source_type": source,
        "made_by": made_by,
    }
    return {name: value for name, value in entry.items() if value != ""}


# --- provenance


def _provenance(record: Record, recipe: Export, name: str, registry: Registry) -> dict[str, object]:
    told = {
        "kind": record.recipe.get("kind"),
        "engine": {"wanted": record.recipe.get("engine") or _rendered(record).get("engine"), "made": record.engine},
        "workflow": _rendered(record).get("workflow", ""),
        "wanted": record.wanted,
        "made": record.made,
        "quality": record.quality,
        "repeatable": record.repeatable,
        "seeds": _seeds(record),
        "sampling": record.sampling,
        "models": record.models,
        "packs": record.packs,
        "made_with": record.made_with,
        "made_of": list(_mapping(recipe.facts["made_of"]).get(name, ())),
        "notes": record.notes,
    }
    return {key: value for key, value in told.items() if value not in ("", {}, [], None)}


def _seeds(record: Record) -> Mapping[str, object]:
    seed = record.recipe.get("seed")
    return record.seeds or ({"seed": seed} if isinstance(seed, int) else {})


def _rendered(record: Record) -> Mapping[str, Any]:
    """The part of a recipe that a server renders; the recipe itself where nothing is within it."""
    return _mapping(record.recipe.get("render")) or record.recipe


def _sources(scene: str, made_by: Mapping[str, str], recipe: Export) -> dict[str, dict[str, object]]:
    said = _mapping(recipe.facts["sources"])
    return {
        name: {"kind": "file", **_mapping(said.get(place))}
        for place, name in made_by.items()
        if name.startswith("file:")
    }


# --- versions


def _versions(scene: str, recipe: Export, told: Mapping[str, Record], registry: Registry) -> dict[str, object]:
    workflows = _mapping(recipe.facts["workflows"])
    used = {str(_rendered(record).get("workflow", "")) for record in told.values()}
    return {
        "bundle": BUNDLE,
        "comfyvn": recipe.facts["comfyvn"],
        "contracts": _mapping(recipe.facts["contracts"])[scene],
        "workflows": {name: workflows[name] for name in sorted(used & set(workflows))},
        "engines": sorted({record.engine for record in told.values() if record.engine != LOCAL}),
        "packs": _merged(record.packs for record in told.values()),
        "models": {name: {**entry, **_licence(name, registry)} for name, entry in _models(told).items()},
        "made_with": list(_distinct(record.made_with for record in told.values())),
    }


def _models(told: Mapping[str, Record]) -> dict[str, Mapping[str, str]]:
    return _merged(record.models for record in told.values())


def _merged(tables: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, Mapping[str, str]]:
    """The tables as one; where two records say otherwise of a name, the later one of the order of targets counts."""
    found = {name: entry for table in tables for name, entry in table.items()}
    return dict(sorted(found.items()))


def _licence(name: str, registry: Registry) -> dict[str, str]:
    model = registry.models.get(name)
    if model is None:
        return {}
    said = {"licence": model.licence, "commercial": model.commercial, "source": model.source}
    return {key: value for key, value in said.items() if value}


def _distinct(tables: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    seen = {json.dumps(dict(table), sort_keys=True) for table in tables if table}
    yield from (json.loads(each) for each in sorted(seen))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
