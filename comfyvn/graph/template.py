"""Reads a workflow file: its shape, every reference in it, then the limits that its nodes set (see `graph.header`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from comfyvn.errors import WorkflowError, closest
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.header import Absence, Expansion, Header, InputSpec, OutputSpec, Variants
from comfyvn.graph.links import Graph, class_of
from comfyvn.graph.references import graph_problems, reference_problems, target_of
from comfyvn.graph.values import value_problems


@dataclass(frozen=True)
class Workflow:
    """A sound workflow file. `file` is its name for messages, `class_packs` says who provides each class."""

    file: str
    workflow_id: str
    family: str
    version: int
    doc: str
    packs: tuple[str, ...]
    models: Mapping[str, str]
    expected_inputs: Mapping[str, InputSpec]
    seed_keys: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, OutputSpec]
    optional: Mapping[str, Absence]
    variants: Mapping[str, Variants]
    expand: Mapping[str, Expansion]
    graph: Graph
    class_packs: Mapping[str, str]


def parse(document: object, file: str, definitions: Definitions) -> Workflow:
    """The workflow in a JSON value. Raises `WorkflowError` with every problem, each with its JSON path."""
    try:
        header = Header.model_validate(document)
    except ValidationError as error:
        raise _refused(file, [_shape_problem(entry) for entry in error.errors()]) from error
    if problems := [*graph_problems(header, definitions), *reference_problems(header, definitions)]:
        raise _refused(file, problems)
    inputs = {name: _limited(header, spec, spec.to, definitions) for name, spec in header.expected_inputs.items()}
    for name, expansion in header.expand.items():
        item = {
            key: _limited(header, spec, expansion.items[key], definitions) for key, spec in inputs[name].item.items()
        }
        inputs[name] = inputs[name].model_copy(update={"item": item})
    if problems := [*_default_problems(inputs), *_variant_problems(header, inputs)]:
        raise _refused(file, problems)
    parts = {name: getattr(header, name) for name in Header.model_fields}
    classes = {class_of(node) for node in header.graph.values()}
    class_packs = {name: definitions.classes[name].pack for name in sorted(classes)}
    return Workflow(file=file, **{**parts, "expected_inputs": inputs}, class_packs=class_packs)


def _default_problems(inputs: Mapping[str, InputSpec]) -> list[str]:
    fields = [
        entry
        for name, spec in inputs.items()
        for entry in [(name, spec), *((f"{name}.item.{key}", item) for key, item in spec.item.items())]
    ]
    found = [(name, each) for name, spec in fields for each in _default_problem(name, spec)]
    return [f"$.expected_inputs.{name}.default: {problem}" for name, problem in found]


def _variant_problems(header: Header, inputs: Mapping[str, InputSpec]) -> list[str]:
    return [
        f"$.variants.{name}.bases.{base}.{key}: {problem}"
        for name, variants in header.variants.items()
        for base, defaults in variants.bases.items()
        for key, value in defaults.items()
        for problem in value_problems(key, inputs[key], value)
    ]


def _default_problem(name: str, spec: InputSpec) -> list[str]:
    return [] if spec.default is None else list(value_problems(name, spec, spec.default))


def _refused(file: str, problems: list[str]) -> WorkflowError:
    count = len(problems)
    what = problems[0] if count == 1 else f"{count} problems in a workflow file; the first: {problems[0]}"
    return WorkflowError(what, file, "correct the file; docs/workflow-format.md explains every key", problems)


def _shape_problem(entry: Mapping[str, Any]) -> str:
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])
    if entry["type"] != "extra_forbidden":
        return f"{path}: {entry['msg']}"
    known = {*Header.model_fields, *InputSpec.model_fields, *OutputSpec.model_fields, *Absence.model_fields}
    near = closest(str(entry["loc"][-1]), sorted(known | set(Expansion.model_fields) | set(Variants.model_fields)))
    return f"{path}: unknown key" + (f'; did you mean "{near}"?' if near else "")


def _limited(header: Header, spec: InputSpec, addresses: tuple[str, ...], definitions: Definitions) -> InputSpec:
    """The input with the range and the choices that every addressed node input allows."""
    targets = [target for address in addresses if (target := target_of(header, address, definitions))]
    lows = [bound for t in targets if (bound := t.config.get("min")) is not None]
    highs = [bound for t in targets if (bound := t.config.get("max")) is not None]
    lists = [[str(option) for option in target.options or ()] for target in targets if target.is_choice]
    choices = tuple(option for option in (lists[0] if lists else ()) if all(option in each for each in lists))
    limits: dict[str, Any] = {}
    if spec.type in ("int", "float"):
        limits["min"] = max([*lows, *([spec.min] if spec.min is not None else [])], default=None)
        limits["max"] = min([*highs, *([spec.max] if spec.max is not None else [])], default=None)
    if spec.type == "choice":
        limits["choices"] = spec.choices or choices
    return spec.model_copy(update=limits)
