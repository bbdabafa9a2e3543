"""Games cut to a rating, beside the whole one: what comes out the same is shared, what differs has its own place.

A sprite is a sprite in every edition. An atlas without one outfit, a manifest and an export are others: they are made
under build/rated/<rating>/, and their tasks are called `rated:<rating>/…`, so that neither build undoes the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from comfyvn import paths
from comfyvn.recipe import Input, Patch, Recipe, TargetInput, targets_of
from comfyvn.targets.row import row_of
from comfyvn.targets.target import Target

SUMMARIES = ("manifest", "export")


def edition(rating: str, whole: Mapping[str, Target], small: Mapping[str, Target]) -> dict[str, Target]:
    """The targets of a cut novel, `small`, with those moved that are not the same in the `whole` one.

    Both in an order in which needs come first. Exports, and their manifests, always have a place of their own.
    """
    moved: dict[str, str] = {}
    found: dict[str, Target] = {}
    for name, target in small.items():
        if _is_shared(target, whole.get(name)) and moved.keys().isdisjoint(targets_of(target.recipe)):
            found[name] = target
            continue
        moved[name] = paths.rated_name(rating, name)
        files = tuple(paths.rated(rating, file) for file in target.files)
        inputs = {key: _moved(rating, item, moved) for key, item in target.recipe.inputs.items()}
        found[moved[name]] = replace(target, name=moved[name], files=files, recipe=_with(target.recipe, inputs))
    return found


def _is_shared(target: Target, other: Target | None) -> bool:
    if other is None:  # what only the cut novel has is in nobody's way
        return target.recipe.kind not in SUMMARIES
    return target.recipe.kind not in SUMMARIES and row_of(target, "").key == row_of(other, "").key


def _moved(rating: str, item: Input, moved: Mapping[str, str]) -> Input:
    if not isinstance(item, TargetInput) or item.target not in moved:
        return item
    return TargetInput(moved[item.target], paths.rated(rating, item.file) if item.file else "")


def _with(recipe: Recipe, inputs: Mapping[str, Input]) -> Recipe:
    if isinstance(recipe, Patch):
        return replace(recipe, render=replace(recipe.render, inputs=inputs))
    return replace(recipe, inputs=inputs)
