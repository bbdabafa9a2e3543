"""Dispatch: the maker of each recipe type, with the recipe's inputs as files.

Makers are imported when the first recipe of their type is carried out: most builds have few types to make, or none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from comfyvn.errors import InputMissing
from comfyvn.makers.export import AtlasTexts, export
from comfyvn.makers.made import Job, Labelled, Made, Run
from comfyvn.makers.manifest import manifest
from comfyvn.makers.turns import Turn
from comfyvn.makers.workshop import Workshop
from comfyvn.recipe import Copy, Export, FileInput, Input, Manifest, Pack, Patch, Render, Speak, TargetInput
from comfyvn.store.cache import Cache
from comfyvn.targets.exports import OVERLAY, RECORD
from comfyvn.targets.target import Target
from comfyvn.targets.web import SOURCE, sources


@dataclass(frozen=True)
class Bench:
    """All that makers need beside a recipe.

    `cache` keeps what artifacts are put together from, such as the sentences of a clip.
    `files_of`: target → (file relative to the novel → content digest), of what it made; `digest`: an input's content
    digest; `atlas_texts`: export → what it derives from atlas manifests; `places`: manifest → place → input.
    `labelled`: what a target has made, as it goes into an export; `measured`: SHA-256 and size of what is written.
    """

    root: Path
    workshop: Workshop
    cache: Cache
    files_of: Callable[[str], Mapping[str, str]]
    digest: Callable[[Input], str]
    atlas_texts: Mapping[str, AtlasTexts]
    places: Mapping[str, Mapping[str, Input]]
    labelled: Callable[[Path, str], Path | Labelled]
    measured: Callable[[bytes | Path | Labelled], tuple[str, int]]


def carry_out(target: Target, job: Job, bench: Bench) -> Made:
    """Makes what the target's recipe describes. Raises ComfyVNError."""
    recipe = target.recipe
    bench.workshop.report(target.name, recipe.kind)
    if isinstance(recipe, Manifest):
        return _manifest(recipe, bench)
    if isinstance(recipe, Export):
        with bench.workshop.turn("cpu"):
            return _export(recipe, bench)
    sources = _sources(recipe.inputs, bench)
    if isinstance(recipe, Render | Patch):
        return _rendered(recipe, sources, job, bench.workshop)
    if isinstance(recipe, Speak):
        return _in_turn("speech", bench.workshop, partial(_spoken, recipe, sources, job, bench))
    return _in_turn("cpu", bench.workshop, partial(_assembled, recipe, sources))


def _in_turn(turn: Turn, workshop: Workshop, work: Callable[[], Made]) -> Made:
    """Work on this machine, timed from when its turn came: how long it waited for that, or in queues of servers, is
    another matter.
    """
    with workshop.turn(turn):
        began = time.monotonic()
        made = work()
        return replace(made, run=Run("", "", running_s=max(time.monotonic() - began - workshop.turns.waited(), 0.0)))


def _rendered(recipe: Render | Patch, sources: Mapping[str, Path], job: Job, workshop: Workshop) -> Made:
    from comfyvn.makers.render import patch, render

    if isinstance(recipe, Patch):
        return patch(recipe, sources, job, workshop)
    return render(recipe, sources, job, workshop)


def _spoken(recipe: Speak, sources: Mapping[str, Path], job: Job, bench: Bench) -> Made:
    from comfyvn.makers.speak import Studio, recording, speak

    if "recording" in sources:
        return recording(recipe, sources["recording"])
    imitated = bench.digest(recipe.inputs["reference"]) if "reference" in sources else ""
    return speak(recipe, Studio(bench.workshop, bench.cache, job, sources.get("reference"), imitated))


def _assembled(recipe: Pack | Copy, sources: Mapping[str, Path]) -> Made:
    from comfyvn.makers.copy import copy
    from comfyvn.makers.pack import pack

    return copy(recipe, sources["file"]) if isinstance(recipe, Copy) else pack(recipe, sources)


def _sources(inputs: Mapping[str, Input], bench: Bench) -> dict[str, Path]:
    return {name: _source(item, bench) for name, item in inputs.items()}


def _source(item: Input, bench: Bench) -> Path:
    name = item.path if isinstance(item, FileInput) else item.file
    path = bench.root / name
    if not os.path.isfile(path):  # noqa: PTH113 - asked of every file of an export
        raise InputMissing("an input is gone", name, "restore the file, or build again")
    return path


def _manifest(recipe: Manifest, bench: Bench) -> Made:
    digests = {place: bench.digest(item) for place, item in recipe.inputs.items()}
    spread = {
        place: {PurePosixPath(file).name: digest for file, digest in bench.files_of(item.target).items()}
        for place, item in recipe.inputs.items()
        if isinstance(item, TargetInput) and not item.file
    }
    return manifest(recipe, digests, spread)


def _export(recipe: Export, bench: Bench) -> Made:
    placed: dict[str, Path | Labelled] = {}
    records: dict[str, Path] = {}
    for place, item in bench.places[_manifest_of(recipe)].items():
        if place.startswith(RECORD):
            records[place.removeprefix(RECORD)] = _source(item, bench)
        elif place.startswith(SOURCE):
            continue
        elif isinstance(item, TargetInput) and not item.file:
            for file in bench.files_of(item.target):
                placed[place + PurePosixPath(file).name] = bench.labelled(bench.root / file, item.target)
        else:
            found = _source(item, bench)
            placed[place] = bench.labelled(found, item.target) if isinstance(item, TargetInput) else found
    if recipe.export == "bundle":
        return _bundled(recipe, placed, records, bench)
    overlay = {
        name.removeprefix(OVERLAY): _source(item, bench)
        for name, item in recipe.inputs.items()
        if name.startswith(OVERLAY)
    }
    more = _derived(bench.places[_manifest_of(recipe)], bench) if recipe.export == "web" else {}
    return export(
        replace(recipe, texts={**recipe.texts, **more}), placed, overlay, bench.atlas_texts.get(recipe.export)
    )


def _derived(places: Mapping[str, Input], bench: Bench) -> dict[str, str]:
    from comfyvn.makers.web import Sources, derived  # sound libraries: not for other exports

    def files(item: Input) -> list[Path]:
        if isinstance(item, TargetInput) and not item.file:
            return [bench.root / file for file in bench.files_of(item.target)]
        return [_source(item, bench)]

    return derived(sources(places), Sources(files, bench.digest, bench.cache))


def _manifest_of(recipe: Export) -> str:
    """The target that makes the export's manifest."""
    item = recipe.inputs["manifest"]
    return item.target if isinstance(item, TargetInput) else ""


def _bundled(
    recipe: Export, placed: Mapping[str, Path | Labelled], records: Mapping[str, Path], bench: Bench
) -> Made:
    from comfyvn.makers.bundle import bundle

    inputs = bench.places[_manifest_of(recipe)]
    return bundle(recipe, placed, inputs, records, bench.measured, bench.workshop.registry)
