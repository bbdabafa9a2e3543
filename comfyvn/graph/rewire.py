"""Changes which nodes a graph has: takes nodes out, joins inputs elsewhere, makes copies for the items of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from comfyvn.graph.header import Absence, Expansion, split_address
from comfyvn.graph.links import Graph, inputs_of, is_link, upstream

_DROP = object()  # the value of an input that has to go


def without(graph: Graph, absences: Iterable[Absence]) -> dict[str, Any]:
    """The graph while the inputs of these `optional` entries are absent: first every `link`, then every `bypass`."""
    parts = list(absences)
    links = {address: list(link) for part in parts for address, link in part.link.items()}
    removed = {node: outputs for part in parts for node, outputs in part.bypass.items()}
    joined = with_values(graph, links)
    kept = {node: entry for node, entry in joined.items() if node not in removed}
    return relinked(kept, lambda link: _follow(joined, link, removed))


def _follow(graph: Graph, link: Any, removed: Mapping[str, Mapping[str, str | None]]) -> Any:
    """What a link means once nodes are gone: through each of them to the input that stands for the output."""
    while is_link(link) and link[0] in removed:
        address = removed[link[0]].get(str(link[1]))
        if address is None:
            return _DROP
        node, name = split_address(address)
        link = inputs_of(graph[node]).get(name, _DROP)
    return link


def relinked(graph: Graph, change: Callable[[Any], Any]) -> dict[str, Any]:
    """The graph with every link replaced by what `change` makes of it."""
    return {node: _relinked_node(entry, change) for node, entry in graph.items()}


def _relinked_node(entry: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    inputs = {name: change(value) if is_link(value) else value for name, value in inputs_of(entry).items()}
    return {**entry, "inputs": {name: value for name, value in inputs.items() if value is not _DROP}}


def with_values(graph: Graph, values: Mapping[str, Any]) -> dict[str, Any]:
    """The graph with the inputs at these addresses set; addresses of nodes that are gone are passed over."""
    changed = {node: {**entry, "inputs": dict(inputs_of(entry))} for node, entry in graph.items()}
    for address, value in values.items():
        node, name = split_address(address)
        if node in changed:
            changed[node]["inputs"][name] = value
    return changed


def copy_id(node: str, index: int) -> str:
    """The id of a node of a list's item: the first item keeps the example's ids."""
    return f"{node}{index:03d}" if index else node


def expanded(graph: Graph, expansion: Expansion, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The graph with one copy of the example nodes per item, in order; what used the example uses the last copy.

    `items` (one or more) give the values of the fields that `expansion.items` names.
    """
    example = {node: graph[node] for node in expansion.nodes if node in graph}
    last = len(items) - 1
    ends = {split_address(source)[0] for source in expansion.chain.values()}
    rest = {node: entry for node, entry in graph.items() if node not in example}
    result = relinked(rest, lambda link: [copy_id(link[0], last), link[1]] if link[0] in ends else link)
    for index, item in enumerate(items):
        result |= _copy(example, expansion, index, item)
    return without(result, [Absence(bypass=expansion.first)]) if expansion.first else result


def _copy(example: Graph, expansion: Expansion, index: int, item: Mapping[str, Any]) -> dict[str, Any]:
    own = relinked(example, lambda link: [copy_id(link[0], index), link[1]] if link[0] in example else link)
    values: dict[str, Any] = {a: item[field] for field, addresses in expansion.items.items() for a in addresses}
    if index:
        for address, source in expansion.chain.items():
            node, slot = split_address(source)
            values[address] = [copy_id(node, index - 1), int(slot)]
    return {copy_id(node, index): entry for node, entry in with_values(own, values).items()}


def pruned(graph: Graph, roots: Sequence[str]) -> dict[str, Any]:
    """Only what `roots` need, in the natural order of the ids, so that equal graphs are written alike."""
    needed = upstream(graph, roots)
    return {node: graph[node] for node in sorted(needed, key=_natural)}


def _natural(node: str) -> tuple[int, int, str]:
    return (0, int(node), node) if node.isdecimal() and node.isascii() else (1, 0, node)
