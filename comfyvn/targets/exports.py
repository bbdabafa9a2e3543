"""Exports as targets: a manifest that sums up what goes in, and the export that depends on it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn import paths
from comfyvn.contracts.project import Project
from comfyvn.recipe import LOCAL, Export, FileInput, Input, Manifest, TargetInput
from comfyvn.targets import renpy
from comfyvn.targets.pictures import quality
from comfyvn.targets.target import Target, Toolbox

OVERLAY = "overlay:"  # inputs of this prefix are the author's own files; they win over ours


def export_targets(project: Project, tools: Toolbox) -> Iterator[Target]:
    """The manifest and the export of every export that the novel asks for and that exists."""
    for name in project.novel.exports:
        if name == "renpy":
            yield from _renpy(project, tools)


def _renpy(project: Project, tools: Toolbox) -> Iterator[Target]:
    place = paths.manifest("renpy")
    manifest = Manifest(engine=LOCAL, inputs=renpy.assets(project))
    yield Target(paths.manifest_name("renpy"), manifest, (place,), quality=quality(project))
    overlay: dict[str, Input] = {f"{OVERLAY}{file}": FileInput(f"renpy/{file}") for file in tools.overlay}
    export = Export(
        engine=LOCAL,
        export="renpy",
        texts=renpy.texts(project),
        facts=sprite_facts(project),
        inputs={"manifest": TargetInput(paths.manifest_name("renpy"), place), **overlay},
    )
    yield Target(paths.export_name("renpy"), export, (paths.export("renpy"),), quality=quality(project))


def sprite_facts(project: Project) -> Mapping[str, object]:
    """What the images' definitions need of the contracts beside the atlases."""
    cast = {
        one.id: {"height": one.height, "baseline": one.baseline, "sprites": ["/".join(key) for key in one.sprites()]}
        for one in project.characters.values()
    }
    return {"resolution": list(project.novel.resolution), "characters": cast}
