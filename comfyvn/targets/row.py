"""A row: what is known of a target without its recipe; a plan of thousands is looked at without being bound."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import NamedTuple

from comfyvn.recipe import FileInput, Patch, Recipe, Render, TargetInput, document, targets_of
from comfyvn.targets.target import Quality, Target


class Row(NamedTuple):
    """`unit`: the part of the plan that the target belongs to; `files`: as Target's; `sources`: files of the novel and
    `needs`: targets that it is made of; `models`: logical names of those that a server loads for it; `key`: a digest of
    the recipe with inputs by name, and of what else decides whether it is up to date: the same key, the same recipe.
    """

    name: str
    unit: str
    kind: str
    engine: str
    quality: Quality
    files: tuple[str, ...]
    sources: tuple[str, ...]
    needs: tuple[str, ...]
    models: tuple[str, ...]
    key: str

    @property
    def artifact(self) -> str:
        return self.files[0]


def models_of(recipe: Recipe) -> tuple[str, ...]:
    """Logical names of the models that a recipe loads."""
    if isinstance(recipe, Patch):
        return recipe.render.models
    return recipe.models if isinstance(recipe, Render) else ()


def row_of(target: Target, unit: str) -> Row:
    recipe = target.recipe
    sources = {item.path for item in recipe.inputs.values() if isinstance(item, FileInput)}
    kept = sys.intern  # what many rows say is in memory, and on the disk, once
    return Row(
        name=kept(target.name),
        unit=unit,
        kind=recipe.kind,
        engine=kept(recipe.engine),
        quality=target.quality,
        files=target.files,
        sources=tuple(sorted(sources)),
        needs=tuple(map(kept, dict.fromkeys(targets_of(recipe)))),
        models=tuple(map(kept, models_of(recipe))),
        key=_key(target),
    )


def _key(target: Target) -> str:
    named = {
        name: f"{item.target}|{item.file}" if isinstance(item, TargetInput) else item.path
        for name, item in target.recipe.inputs.items()
    }
    whole = [document(target.recipe, named), target.quality, target.files]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]


def keyed(row: Row, more: str) -> Row:
    """The row with a key that `more` decides too."""
    return row._replace(key=hashlib.sha256(f"{row.key} {more}".encode()).hexdigest()[:32])


def rows_of(targets: Mapping[str, Target]) -> Mapping[str, Row] | None:
    """The rows of a mapping that knows of each target without binding its recipe; None of any other."""
    return getattr(targets, "rows", None)  # asked thousands of times: isinstance of a protocol takes far longer


def artifact_of(targets: Mapping[str, Target], name: str) -> str:
    """The artifact of a target; its recipe is not asked for."""
    rows = rows_of(targets)
    return rows[name].artifact if rows is not None else targets[name].artifact
