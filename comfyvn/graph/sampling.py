"""How a graph samples: for each sampler node its sampler, schedule, steps, cfg and denoise, as they will run."""

from __future__ import annotations

from collections.abc import Mapping

from comfyvn.graph.links import Graph, class_of, inputs_of, is_link

SETTINGS = ("sampler_name", "scheduler", "steps", "cfg", "denoise")
# SamplerCustom and SamplerCustomAdvanced are told by other nodes: which of their links tells what.
TOLD_BY = {"sampler": ("sampler_name",), "sigmas": ("scheduler", "steps", "denoise"), "guider": ("cfg",)}
NAMED_BY_CLASS = {"sampler": "sampler_name", "sigmas": "scheduler"}  # KarrasScheduler is the schedule's name
FARTHEST = 64  # links followed for one value: a hostile graph may run in circles


def sampling(graph: Graph) -> dict[str, dict[str, object]]:
    """Node id → {`class`, and of `SETTINGS` those that the node has}.

    Links are followed through reroutes and nodes that only hold a value. A value that a node computes is left out.
    """
    found = {str(node): _settings(graph, node) for node in graph}
    return {node: {"class": class_of(graph[node]), **values} for node, values in found.items() if values}


def _settings(graph: Graph, node: str) -> dict[str, object]:
    inputs = inputs_of(graph[node])
    if {"sampler_name", "steps"} <= set(inputs):
        values = {name: _value(graph, inputs[name], name) for name in SETTINGS if name in inputs}
    elif is_link(inputs.get("sampler")) and is_link(inputs.get("sigmas")):
        values = {"cfg": _value(graph, inputs.get("cfg"), "cfg"), **_told(graph, node)}
    else:
        return {}
    return {name: value for name, value in values.items() if value is not None}


def _told(graph: Graph, node: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for link, names in TOLD_BY.items():
        source = _teller(graph, inputs_of(graph[node]).get(link), link, names)
        told = inputs_of(graph[source]) if source else {}
        values |= {name: _value(graph, told[name], name) for name in names if name in told}
        if source and link in NAMED_BY_CLASS:
            values.setdefault(NAMED_BY_CLASS[link], class_of(graph[source]))
    return values


def _teller(graph: Graph, link: object, name: str, wanted: tuple[str, ...]) -> str:
    """The node that a link of this name comes from, past nodes that only pass it on; "" when there is none."""
    for _ in range(FARTHEST):
        source = _source(graph, link)
        inputs = inputs_of(graph[source]) if source else {}
        if not source or set(wanted) & set(inputs):
            return source
        onward = inputs.get(name) or _only(inputs)
        if not is_link(onward):
            return source
        link = onward
    return ""


def _value(graph: Graph, value: object, name: str) -> object:
    """The literal behind an input; None when it is computed, or not there."""
    for _ in range(FARTHEST):
        if not is_link(value):
            return value if isinstance(value, str | int | float) else None
        source = _source(graph, value)
        inputs = inputs_of(graph[source]) if source else {}
        value = inputs.get(name, inputs.get("value", _only(inputs)))
    return None


def _only(inputs: Mapping[str, object]) -> object:
    """The one input of a node that has one: what a reroute passes on."""
    return next(iter(inputs.values())) if len(inputs) == 1 else None


def _source(graph: Graph, link: object) -> str:
    source = link[0] if isinstance(link, list | tuple) and link else None
    return source if isinstance(source, str) and source in graph else ""
