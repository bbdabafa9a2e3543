"""Exports as targets: a manifest that sums up what goes in, and the export that depends on it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import ModuleType

from comfyvn import __version__, paths
from comfyvn.contracts.project import Project
from comfyvn.recipe import LOCAL, Export, FileInput, Input, Manifest, TargetInput
from comfyvn.targets import bundle, renpy, renpy_into, web
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.pictures import quality
from comfyvn.targets.target import Target, Toolbox

RECORD = bundle.RECORD
LABELS = 1  # version of what pictures are told to be in exports (see makers.label)
OVERLAY = "overlay:"  # inputs of this prefix are the author's own files; they win over ours


def export_targets(project: Project, tools: Toolbox, memo: Memo = plainly) -> Iterator[Target]:
    """The manifest and the export of every export that the novel asks for and that exists."""
    for name in project.novel.exports:
        if name == "renpy":
            yield from _renpy(project, tools, memo)
        elif name == "bundle":
            yield from _bundle(project, tools, memo)
        elif name == "web":
            yield from _web(project, tools, memo)


def _renpy(project: Project, tools: Toolbox, memo: Memo) -> Iterator[Target]:
    is_whole = project.novel.export.renpy.into is None
    made: ModuleType = renpy if is_whole else renpy_into
    place, artifact = paths.manifest("renpy"), paths.export("renpy") if is_whole else renpy_into.artifact(project)
    manifest = Manifest(engine=LOCAL, inputs=made.assets(project, memo))
    yield Target(paths.manifest_name("renpy"), manifest, (place,), quality=quality(project))
    own = tools.overlay if is_whole else ()  # a game of one's own needs none
    overlay: dict[str, Input] = {f"{OVERLAY}{file}": FileInput(f"renpy/{file}") for file in own}
    export = Export(
        engine=LOCAL,
        export="renpy",
        texts=made.texts(project, memo),
        facts={**sprite_facts(project, memo), "labels": LABELS},
        inputs={"manifest": TargetInput(paths.manifest_name("renpy"), place), **overlay},
    )
    yield Target(paths.export_name("renpy"), export, (artifact,), quality=quality(project))


def _web(project: Project, tools: Toolbox, memo: Memo) -> Iterator[Target]:
    place = paths.manifest("web")
    manifest = Manifest(engine=LOCAL, inputs=web.assets(project, memo))
    yield Target(paths.manifest_name("web"), manifest, (place,), quality=quality(project))
    export = Export(
        engine=LOCAL,
        export="web",
        texts=web.texts(project, tools.player(), memo),
        facts={"derived": web.DERIVED, "labels": LABELS},
        inputs={"manifest": TargetInput(paths.manifest_name("web"), place)},
    )
    yield Target(paths.export_name("web"), export, (paths.export("web"),), quality=quality(project))


def _bundle(project: Project, tools: Toolbox, memo: Memo) -> Iterator[Target]:
    place, name = paths.manifest("bundle"), paths.manifest_name("bundle")
    manifest = Manifest(engine=LOCAL, inputs=bundle.assets(project, memo))
    yield Target(name, manifest, (place,), quality=quality(project))
    export = Export(
        engine=LOCAL,
        export="bundle",
        texts=bundle.texts(project, memo),
        facts={**bundle.facts(project, tools, __version__, memo), "labels": LABELS},
        inputs={"manifest": TargetInput(name, place)},
    )
    yield Target(paths.export_name("bundle"), export, (paths.export("bundle"),), quality=quality(project))


def sprite_facts(project: Project, memo: Memo = plainly) -> Mapping[str, object]:
    """What the images' definitions need of the contracts beside the atlases."""
    cast = {key: memo(f"renpy/facts/{key}", partial(_sprite_facts, project, key)) for key in project.characters}
    return {"resolution": list(project.novel.resolution), "characters": cast}


def _sprite_facts(project: Project, key: str) -> dict[str, object]:
    one = project.characters[key]
    return {"height": one.height, "baseline": one.baseline, "sprites": ["/".join(cell) for cell in one.sprites()]}
