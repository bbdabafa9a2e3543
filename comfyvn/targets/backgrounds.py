"""Plates of locations: a base, and variants derived from the accepted base."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn import paths
from comfyvn.contracts.location import Location, Variant
from comfyvn.contracts.project import Project
from comfyvn.contracts.words import BASE
from comfyvn.recipe import Copy, Recipe, TargetInput
from comfyvn.targets import pictures
from comfyvn.targets.target import Facts, Target, Toolbox


def location_targets(project: Project, tools: Toolbox, location: Location) -> Iterator[Target]:
    """A location's base, then its variants."""
    yield _base(project, tools, location)
    for variant_id, variant in location.variants.items():
        yield _variant(project, tools, location, variant_id, variant)


def _base(project: Project, tools: Toolbox, location: Location) -> Target:
    contract, facts = f"locations/{location.id}", Facts()
    if location.file:
        facts.of(contract, "file", location.file)
        recipe: Recipe = pictures.finished(location.file, project.novel.resolution)
    else:
        found = pictures.look(project, tools, "background", facts, (contract, location.style))
        prompt = pictures.place_prompt(
            facts.text(contract, "prompt", location.prompt),
            facts.text(contract, "moment", location.moment),
            found.prompt,
        )
        values = {
            **pictures.look_values(found),
            **fitted(project, facts),
            "prompt": prompt,
            "background_seed": facts.of(contract, "seed", location.seed),
        }
        recipe = pictures.render(project, tools, "background", values, "background", contract)
    return _target(project, location.id, BASE, recipe, facts)


def _variant(project: Project, tools: Toolbox, location: Location, variant_id: str, variant: Variant) -> Target:
    contract, path, facts = f"locations/{location.id}", f"variants.{variant_id}", Facts()
    if variant.file:
        facts.of(contract, f"{path}.file", variant.file)
        recipe: Recipe = pictures.finished(variant.file, project.novel.resolution)
        return _target(project, location.id, variant_id, recipe, facts)
    found = pictures.look(project, tools, "background", facts, (contract, location.style), (contract, variant.style))
    prompt = pictures.place_prompt(
        facts.text(contract, "prompt", location.prompt),
        facts.text(contract, f"{path}.prompt", variant.prompt),
        found.prompt,
    )
    values: dict[str, object] = {
        **pictures.look_values(found),
        **fitted(project, facts),
        "prompt": prompt,
        "plate": TargetInput(paths.background_name(location.id), paths.background(location.id)),
        "denoise": facts.of(contract, f"{path}.denoise", variant.denoise),
        "background_seed": facts.of(contract, f"{path}.seed", variant.seed),
    }
    if variant.structure is not None:
        values["structure_strength"] = facts.of(contract, f"{path}.structure", variant.structure)
    recipe = pictures.render(project, tools, "background_variant", values, "background", contract)
    return _target(project, location.id, variant_id, recipe, facts)


def fitted(project: Project, facts: Facts) -> dict[str, object]:
    """The size that a full-screen picture ends with: the game's resolution."""
    width, height = project.novel.resolution
    facts.of("novel", "resolution", [width, height])
    return {"output_width": width, "output_height": height}


def _target(project: Project, location: str, variant: str, recipe: Recipe, facts: Facts) -> Target:
    quality = "final" if isinstance(recipe, Copy) else pictures.quality(project)
    return Target(
        paths.background_name(location, variant), recipe, (paths.background(location, variant),), facts.values, quality
    )
