"""The same recipe with the next seeds: what an alternative to an artifact is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from comfyvn.contracts.model import SEED_MAX
from comfyvn.graph.header import split_address
from comfyvn.graph.rewire import with_values
from comfyvn.graph.template import Workflow
from comfyvn.recipe import Patch, Recipe, Render, Speak

AnyRecipe = TypeVar("AnyRecipe", bound=Recipe)
VOICE_SEED = "seed"  # the name of a clip's one seed


def seeds_of(recipe: Recipe) -> dict[str, int]:
    """Seed's name → value; {} for what is not drawn from one: finished art, recordings, atlases, exports."""
    if isinstance(recipe, Render):
        return dict(recipe.seeds)
    if isinstance(recipe, Patch):
        return dict(recipe.render.seeds)
    if isinstance(recipe, Speak) and "recording" not in recipe.inputs:
        return {VOICE_SEED: recipe.seed}
    return {}


def next_seeds(seeds: Mapping[str, int], step: int) -> dict[str, int]:
    """Each seed so many steps on; after the largest comes 0."""
    return {name: (seed + step) % (SEED_MAX + 1) for name, seed in seeds.items()}


def with_seeds(recipe: AnyRecipe, seeds: Mapping[str, int], workflows: Mapping[str, Workflow]) -> AnyRecipe:
    """The recipe that the plan would give if the contracts named these seeds; `seeds` has the names of `seeds_of`."""
    if isinstance(recipe, Render):
        return replace(recipe, seeds=dict(seeds), graph=_reseeded(recipe, seeds, workflows))
    if isinstance(recipe, Patch):
        return replace(recipe, render=with_seeds(recipe.render, seeds, workflows))
    if isinstance(recipe, Speak):
        return replace(recipe, seed=seeds[VOICE_SEED])
    return recipe


def reaches_a_node(recipe: Recipe, workflows: Mapping[str, Workflow]) -> bool:
    """Whether a render's seeds go into its graph at all: a workflow may only write them down."""
    render = recipe.render if isinstance(recipe, Patch) else recipe
    if not isinstance(render, Render):
        return bool(seeds_of(recipe))
    addresses = [at for key in render.seeds for at in workflows[render.workflow].seed_keys.get(key, ())]
    return any(split_address(address)[0] in render.graph for address in addresses)


def _reseeded(
    recipe: Render, seeds: Mapping[str, int], workflows: Mapping[str, Workflow]
) -> Mapping[str, object]:
    keys = workflows[recipe.workflow].seed_keys
    return with_values(recipe.graph, {address: seed for key, seed in seeds.items() for address in keys.get(key, ())})
