"""Runs one node of a graph by its class, and says in which order a graph runs and what of it can be reused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from comfyvn.draft.nodes import batches, fallback, masking, picture, prompts, sampling, saving, sound
from comfyvn.draft.world import Call, Handler, Outcome
from comfyvn.graph.definitions import Definitions, NodeClass

HANDLERS: Mapping[str, Handler] = {
    **prompts.HANDLERS,
    **sampling.HANDLERS,
    **picture.HANDLERS,
    **batches.HANDLERS,
    **masking.HANDLERS,
    **sound.HANDLERS,
    **saving.HANDLERS,
    **fallback.HANDLERS,
}


def run(call: Call) -> Outcome:
    """What the node gives: by its class where that is known here, else by the types of its outputs."""
    unknown = saving.save_anything if call.definition.output_node else fallback.nothing_more
    handler = HANDLERS.get(call.definition.name, unknown)
    return fallback.complete(call, handler(call))


def links(entry: Mapping[str, Any], definition: NodeClass) -> Iterator[tuple[str, str, int]]:
    """(input, source node, slot) of every link that the class asked for, in the order of its definition."""
    inputs = entry["inputs"]
    for wanted in definition.inputs:
        value = inputs.get(wanted.name)
        if isinstance(value, (list, tuple)) and len(value) == 2:
            yield wanted.name, str(value[0]), int(value[1])


def order(graph: Mapping[str, Any], outputs: Sequence[str], definitions: Definitions) -> list[str]:
    """The nodes that `outputs` need, each after its sources, in the order in which ComfyUI runs them.

    Of the nodes that are ready it takes an output node first, then one whose user is an output node, then one whose
    user's user is, and else the one that its search from the outputs met first (0.3.64, `comfy_execution/graph.py`).
    """
    sources = _sources(graph, outputs, definitions)
    users: dict[str, list[str]] = {node: [] for node in sources}
    for node, needed in sources.items():
        for source in needed:
            users[source].append(node)
    near = _distances({node for node in sources if definitions.classes[_class(graph, node)].output_node}, sources)
    waiting = {node: len(needed) for node, needed in sources.items()}
    done: list[str] = []
    while waiting:
        # Not a queue: a node that becomes ready late may have been met early.
        node = min((name for name, count in waiting.items() if not count), key=lambda name: near[name])
        del waiting[node]
        done.append(node)
        for user in users[node]:
            waiting[user] -= 1
    return done


def _sources(graph: Mapping[str, Any], outputs: Sequence[str], definitions: Definitions) -> dict[str, set[str]]:
    """Node → the nodes that it needs; the keys in the order in which a search from the outputs meets them."""
    found: dict[str, set[str]] = {}
    for output in outputs:
        stack = [output]
        while stack:
            node = stack.pop()
            if node not in found:
                definition = definitions.classes[_class(graph, node)]
                linked = {name: source for name, source, _ in links(graph[node], definition)}
                needed = [linked[name] for name in graph[node]["inputs"] if name in linked]
                found[node] = set(needed)
                stack += needed
    return found


def _class(graph: Mapping[str, Any], node: str) -> str:
    return str(graph[node]["class_type"])


def _distances(ends: set[str], sources: Mapping[str, set[str]]) -> dict[str, int]:
    """Steps to the nearest of `ends`, counted up to 3."""
    distance = dict.fromkeys(sources, 3)
    frontier = ends
    for steps in range(3):
        for node in frontier:
            distance[node] = min(distance[node], steps)
        frontier = {source for node in frontier for source in sources[node]}
    return distance


def consumers(graph: Mapping[str, Any], ordered: Sequence[str], definitions: Definitions) -> dict[str, frozenset[str]]:
    """Node → every class that its outputs reach."""
    reached: dict[str, frozenset[str]] = dict.fromkeys(ordered, frozenset())
    for node in reversed(ordered):
        name = graph[node]["class_type"]
        for _, source, _ in links(graph[node], definitions.classes[name]):
            reached[source] |= reached[node] | {name}
    return reached


def signatures(
    graph: Mapping[str, Any], ordered: Sequence[str], definitions: Definitions, content: Callable[[str], str]
) -> dict[str, str]:
    """Node → digest of all that its result depends on. `content` gives the digest of a file by its name."""
    known: dict[str, str] = {}
    reached = consumers(graph, ordered, definitions)
    for node in ordered:
        definition = definitions.classes[graph[node]["class_type"]]
        inputs = dict(graph[node]["inputs"])
        for name, source, slot in links(graph[node], definition):
            inputs[name] = ["link", known[source], slot]
        kinds = ("input", "output")
        files = [content(str(inputs[i.name])) for i in definition.inputs if i.folder in kinds and i.name in inputs]
        # Nodes that save write a prompt's own files: two of them with the same inputs are still two.
        own = node if definition.output_node else ""
        # A sampler looks ahead: what will lose its background is drawn as a figure.
        samples = definition.name in sampling.DETAILERS or any(o.type == "LATENT" for o in definition.outputs)
        ahead = samples and sampling.loses_background(reached[node])
        text = json.dumps([definition.name, own, inputs, files, ahead], sort_keys=True, default=str)
        known[node] = hashlib.sha256(text.encode()).hexdigest()
    return known
