"""One workflow for several families of models: which defaults a model's family decides, and which models go together.

A workflow may say defaults for a family (`flux`) and others for a kind of it (`flux_schnell`); a model that states no
base leaves the file's own defaults (see `contracts.bases`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from comfyvn.contracts.bases import family, goes_with
from comfyvn.graph.header import InputSpec, Variants
from comfyvn.graph.template import Workflow
from comfyvn.graph.values import is_absent

Bases = Mapping[str, str]  # logical model name → base; models that state none may be left out


def adjusted(workflow: Workflow, values: Mapping[str, object], bases: Bases) -> Workflow:
    """The workflow with the defaults that the chosen models' bases decide."""
    inputs = dict(workflow.expected_inputs)
    for name, variants in workflow.variants.items():
        for key, default in _defaults(variants, bases.get(_chosen(workflow, name, values), "")).items():
            inputs[key] = inputs[key].model_copy(update={"default": default})
    return replace(workflow, expected_inputs=inputs)


def _defaults(variants: Variants, base: str) -> Mapping[str, Any]:
    return variants.bases.get(base) or variants.bases.get(family(base), {})


def _chosen(workflow: Workflow, name: str, values: Mapping[str, object]) -> str:
    """The logical name of the model that an input has."""
    value = values.get(name)
    return str(workflow.expected_inputs[name].default if is_absent(value) else value)


def mixing_problems(workflow: Workflow, values: Mapping[str, object], bases: Bases) -> Iterator[str]:
    """Models that do not go together, one line each; `workflow` has its defaults already `adjusted`."""
    for name, variants in workflow.variants.items():
        model = _chosen(workflow, name, values)
        base = bases.get(model, "")
        if base and not {base, family(base)} & set(variants.bases):
            known = ", ".join(sorted(variants.bases))
            yield f'input {name}: "{model}" is of the family {base}; allowed: models of {known}'
            continue
        for place, other in _models(workflow, variants, values):
            if not goes_with(base, bases.get(other, "")):
                yield f'input {place}: "{other}" is made for {bases[other]}, and {name} "{model}" is {base}'


def _models(workflow: Workflow, variants: Variants, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(where, logical name) of every model that has to go with the deciding one."""
    for name in variants.fits:
        spec = workflow.expected_inputs[name]
        value = spec.default if is_absent(values.get(name)) else values[name]
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, (list, tuple)):
            yield from _models_of_items(name, spec, value)


def _models_of_items(name: str, spec: InputSpec, items: Any) -> Iterator[tuple[str, str]]:
    keys = [key for key, entry in spec.item.items() if entry.type == "model"]
    for index, item in enumerate(items):
        if isinstance(item, Mapping):
            yield from ((f"{name}[{index}].{key}", str(item[key])) for key in keys if item.get(key) is not None)
