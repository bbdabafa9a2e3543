"""Which graphs a novel sends to servers, by workflow: what a server must be able to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from comfyvn.graph.links import Graph, class_of
from comfyvn.graph.template import Workflow
from comfyvn.providers import Registry, implied_models
from comfyvn.recipe import Patch, Render
from comfyvn.targets.target import Target


@dataclass(frozen=True)
class Usage:
    """A workflow as it is used: its bound `graphs`, and the models that its nodes load without naming a file.

    `has_examples`: nobody uses it yet, and files that the registry does not know only stand there as examples.
    """

    workflow: str
    graphs: tuple[Graph, ...]
    implied: tuple[str, ...] = ()
    has_examples: bool = False

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(class_of(node) for graph in self.graphs for node in graph.values())


def usages(targets: Iterable[Target]) -> dict[str, Usage]:
    """Workflow id → how the renders among the targets use it."""
    graphs: dict[str, list[Graph]] = {}
    implied: dict[str, set[str]] = {}
    for target in targets:
        render = target.recipe.render if isinstance(target.recipe, Patch) else target.recipe
        if isinstance(render, Render):
            graphs.setdefault(render.workflow, []).append(_graph(render))
            pinned = render.pins.get("models", {})
            unnamed = set(pinned if isinstance(pinned, Mapping) else ()) - set(render.models)
            implied.setdefault(render.workflow, set()).update(unnamed)
    return {name: Usage(name, tuple(graphs[name]), tuple(sorted(implied[name]))) for name in sorted(graphs)}


def as_shipped(workflow: Workflow, registry: Registry) -> Usage:
    """A workflow that no contract uses yet: its own graph, with the default models named as a bound one names them."""
    graph: dict[str, Any] = deepcopy(dict(workflow.graph))
    for spec in workflow.expected_inputs.values():
        if spec.type == "model" and spec.default:
            for address in spec.to:
                node, _, key = address.partition(".")
                graph[node]["inputs"][key] = {"$model": spec.default}
    return Usage(workflow.workflow_id, (graph,), implied_models(registry, graph), has_examples=True)


def _graph(render: Render) -> Graph:
    graph: Any = render.graph
    return dict(graph)
