"""Binds values to a workflow's inputs and gives the graph to render, as a value: no name of any server is in it.

Where a server decides the name, the graph holds a token: `{"$input": "face_references/0"}` for a file to upload,
`{"$model": "sdxl_base"}` for a weights file, `{"$prefix": "sprite"}` for the name of an output. `resolve` puts the
names in; it is the bridge that knows them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyvn.errors import WorkflowError, closest
from comfyvn.graph import rewire
from comfyvn.graph.header import FILES, SEED_MAX, InputSpec, split_address
from comfyvn.graph.links import class_of, inputs_of, is_link, is_token
from comfyvn.graph.template import Workflow
from comfyvn.graph.values import allowed, is_absent, moments, value_problems
from comfyvn.graph.variants import Bases, adjusted, mixing_problems

Values = Mapping[str, object]
NO_BASES: Bases = {}


@dataclass(frozen=True)
class Bound:
    """A graph with its values in place.

    `graph` has tokens for names. `seeds`: seed key → value, for the seeds that still have a node or never had one.
    `outputs`: output name → node id. `packs`: who provides the nodes that are left. `models`: logical names used.
    `inputs`: token name → the value that was given for this file, in the order of the names.
    """

    graph: Mapping[str, Any]
    seeds: Mapping[str, int]
    outputs: Mapping[str, str]
    packs: tuple[str, ...]
    models: tuple[str, ...]
    inputs: Mapping[str, Any]


def bind(
    workflow: Workflow, values: Values, bases: Bases = NO_BASES, wanted: Collection[str] | None = None
) -> Bound:
    """The graph for these inputs and seeds; absent optional inputs take their nodes with them.

    `wanted`: the names of the outputs to make; None: all but those `on_request`. What only others need is left out.
    `None` and an empty list mean absent. An image, mask, sound or film may be any value that is not empty: it is handed
    back in `Bound.inputs`. `bases`: logical model name → the family that its registry entry states; it decides defaults
    (`variants` of the file). Titles of nodes are left out, they change no pixel. Raises `WorkflowError` with every
    problem: unknown or missing inputs, wrong types, out of range, models that do not go together, unknown outputs.
    """
    if problems := [*_value_problems(workflow, values), *_output_problems(workflow, wanted or ())]:
        raise _refused(workflow, problems)
    workflow = adjusted(workflow, values, bases)
    problems = list(mixing_problems(workflow, values, bases))
    if problems:
        raise _refused(workflow, problems)
    given = _given(workflow, values)
    absent = [absence for name, absence in workflow.optional.items() if name not in given]
    graph = rewire.without(workflow.graph, absent)
    for name, expansion in workflow.expand.items():
        if name in given:
            graph = rewire.expanded(graph, expansion, _items(name, workflow.expected_inputs[name], given[name]))
    graph = rewire.with_values(
        graph, {**_scalars(workflow, given), **_seed_values(workflow, values), **_prefixes(workflow)}
    )
    asked = [name for name, output in workflow.outputs.items() if not output.on_request] if wanted is None else wanted
    outputs = {name: node for name in asked if (node := workflow.outputs[name].node) in graph}
    graph = rewire.pruned(graph, list(outputs.values()))
    graph = {node: {"class_type": class_of(entry), "inputs": inputs_of(entry)} for node, entry in graph.items()}
    if leaks := [*_missing_seeds(workflow, values, graph), *_example_leaks(workflow, given, graph)]:
        raise _refused(workflow, leaks)
    return _bound(workflow, values, given, graph, outputs)


def _bound(
    workflow: Workflow, values: Values, given: Mapping[str, Any], graph: Mapping[str, Any], outputs: Mapping[str, str]
) -> Bound:
    tokens = [token for entry in graph.values() for token in inputs_of(entry).values() if is_token(token)]
    names = sorted({token["$input"] for token in tokens if "$input" in token})
    return Bound(
        graph=graph,
        seeds={key: seed for key, seed in _seeds(workflow, values).items() if _counts(workflow, key, graph)},
        outputs=outputs,
        packs=tuple(sorted({workflow.class_packs[class_of(entry)] for entry in graph.values()})),
        models=tuple(sorted({token["$model"] for token in tokens if "$model" in token})),
        inputs={name: _source(given, name) for name in names},
    )


def resolve(
    graph: Mapping[str, Any],
    inputs: Mapping[str, str],
    models: Mapping[str, str],
    prefixes: Mapping[str, str],
) -> dict[str, Any]:
    """The graph with names for tokens. Raises `WorkflowError` naming the node for a token that has no name."""
    tables = {"$input": inputs, "$model": models, "$prefix": prefixes}
    return {
        node: {**entry, "inputs": {key: _named(node, key, value, tables) for key, value in inputs_of(entry).items()}}
        for node, entry in graph.items()
    }


def _named(node: str, key: str, value: Any, tables: Mapping[str, Mapping[str, str]]) -> Any:
    if not is_token(value):
        return value
    ((kind, name),) = value.items()
    if name not in tables[kind]:
        known = ", ".join(sorted(tables[kind])) or "none"
        raise WorkflowError(f'no name for {kind} "{name}"', f"node {node} input {key}", f"known here: {known}")
    return tables[kind][name]


def _given(workflow: Workflow, values: Values) -> dict[str, Any]:
    """Input name → value or default, for the inputs that are there, in the file's order."""
    chosen = {
        name: spec.default if is_absent(values.get(name)) else values[name]
        for name, spec in workflow.expected_inputs.items()
    }
    return {name: value for name, value in chosen.items() if not is_absent(value)}


def _seeds(workflow: Workflow, values: Values) -> dict[str, Any]:
    return {key: values[key] for key in sorted(workflow.seed_keys) if values.get(key) is not None}


def _seed_values(workflow: Workflow, values: Values) -> dict[str, Any]:
    return {address: seed for key, seed in _seeds(workflow, values).items() for address in workflow.seed_keys[key]}


def _counts(workflow: Workflow, key: str, graph: Mapping[str, Any]) -> bool:
    addresses = workflow.seed_keys[key]
    return not addresses or any(split_address(address)[0] in graph for address in addresses)


def _scalars(workflow: Workflow, given: Mapping[str, Any]) -> dict[str, Any]:
    """Address → value or token of every input that is no list."""
    specs = {name: spec for name, spec in workflow.expected_inputs.items() if name in given and spec.type != "list"}
    return {address: _written(spec, name, given[name]) for name, spec in specs.items() for address in spec.to}


def _written(spec: InputSpec, name: str, value: Any) -> Any:
    """The value as it stands in the graph."""
    if spec.type in FILES:
        return {"$input": name}
    if spec.type == "model":
        return {"$model": value}
    if spec.type == "schedule":
        return ", ".join(f'"{frame}": {json.dumps(text, ensure_ascii=False)}' for frame, text in moments(value).items())
    return float(value) if spec.type == "float" else value


def _items(name: str, spec: InputSpec, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            key: _written(entry, f"{name}/{index}", item[key] if item.get(key) is not None else entry.default)
            for key, entry in spec.item.items()
        }
        for index, item in enumerate(items)
    ]


def _prefixes(workflow: Workflow) -> dict[str, Any]:
    places = {name: output.node for name, output in workflow.outputs.items()}
    return {
        f"{node}.filename_prefix": {"$prefix": name}
        for name, node in places.items()
        if "filename_prefix" in inputs_of(workflow.graph[node])
    }


def _source(given: Mapping[str, Any], token: str) -> Any:
    """The value behind an `$input` token."""
    name, slash, index = token.partition("/")
    if not slash:
        return given[name]
    item = given[name][int(index)]
    return next(item[key] for key in sorted(FILES) if key in item)


def _refused(workflow: Workflow, problems: list[str]) -> WorkflowError:
    count = len(problems)
    what = problems[0] if count == 1 else f"{count} inputs do not fit; the first: {problems[0]}"
    todo = "docs/workflows.md lists the inputs of every workflow"
    return WorkflowError(f"{workflow.workflow_id}: {what}", workflow.file, todo, problems)


def _value_problems(workflow: Workflow, values: Values) -> Iterator[str]:
    names = {*workflow.expected_inputs, *workflow.seed_keys}
    for name in sorted(set(values) - names):
        near = closest(name, sorted(names))
        yield f"unknown input {name}" + (f'; did you mean "{near}"?' if near else "")
    for name, spec in workflow.expected_inputs.items():
        value = values.get(name)
        if not is_absent(value):
            yield from value_problems(name, spec, value)
        elif spec.required and all(is_absent(values.get(other)) for other in spec.unless):
            rest = f" (or {', '.join(spec.unless)})" if spec.unless else ""
            yield f"input {name}{rest} is required; allowed: {allowed(spec)}"
    for key, seed in _seeds(workflow, values).items():
        yield from value_problems(key, InputSpec(type="seed"), seed)


def _output_problems(workflow: Workflow, wanted: Collection[str]) -> Iterator[str]:
    for name in sorted(set(wanted) - set(workflow.outputs)):
        known = ", ".join(sorted(workflow.outputs))
        yield f'it has no output "{name}" (it has: {known}): name the node that gives it under `outputs`'


def _missing_seeds(workflow: Workflow, values: Values, graph: Mapping[str, Any]) -> list[str]:
    """Seeds that a node of the graph waits for: the example's own value must never slip in."""
    waiting = [key for key in workflow.seed_keys if workflow.seed_keys[key] and _counts(workflow, key, graph)]
    return [f"seed {key} is required; allowed: 0…{SEED_MAX}" for key in waiting if values.get(key) is None]


def _example_leaks(workflow: Workflow, given: Mapping[str, Any], graph: Mapping[str, Any]) -> Iterator[str]:
    """Inputs that are absent while a node that takes them is left: the file's `optional` forgets to take it out."""
    for name, spec in workflow.expected_inputs.items():
        items = workflow.expand[name].items.values() if name in workflow.expand else ()
        for address in (*spec.to, *(a for addresses in items for a in addresses)):
            node, key = split_address(address)
            if name not in given and node in graph and not is_link(inputs_of(graph[node]).get(key)):
                yield f"input {name} is absent, and the example value at {address} would be used in its place"
                break
