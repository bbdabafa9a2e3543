"""How the nodes of a graph hang together: links, tokens, matching types, links into nothing, cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comfyvn.graph.definitions import ANY, MATCHED, Definitions

Graph = Mapping[str, Any]

# Where a server decides the name: {"$input": name}, {"$model": name}, {"$prefix": name}.
TOKENS = ("$input", "$model", "$prefix")


def is_link(value: object) -> bool:
    """Whether an input value is a link `[node id, output index]` (a list of any other length is a mistake)."""
    return isinstance(value, (list, tuple)) and len(value) == 2


def is_token(value: object) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in TOKENS


def class_of(entry: object) -> str:
    """The class of a node, "" if it says none."""
    value = entry.get("class_type") if isinstance(entry, Mapping) else None
    return value if isinstance(value, str) else ""


def inputs_of(entry: object) -> Mapping[str, Any]:
    """The inputs of a node, empty if it says none."""
    value = entry.get("inputs") if isinstance(entry, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def types_match(received: str, wanted: str | list[Any]) -> bool:
    """ComfyUI's rule for a link: equal, or either is `*`, or two unions share a type. A listed choice takes no link.

    `COMFY_MATCHTYPE_V3` on either side fits everything: what it stands for is the editor's affair.
    """
    if ANY in (received, wanted) or MATCHED in (received, wanted):
        return True
    if isinstance(wanted, list):
        return False
    parts = [{part.strip() for part in side.split(",")} for side in (received, wanted)]
    return received == wanted or ANY in parts[0] | parts[1] or bool(parts[0] & parts[1])


def dangles(graph: Graph, link: Sequence[Any], definitions: Definitions) -> Exception | None:
    """What ComfyUI's validator raises when it follows this link; None for a link that leads to an output."""
    source, slot = link
    if isinstance(source, (list, dict)):
        return TypeError(f"unhashable type: '{type(source).__name__}'")
    if source not in graph:
        return KeyError(source)
    if not isinstance(slot, int):
        return TypeError(f"tuple indices must be integers or slices, not {type(slot).__name__}")
    known = definitions.get(class_of(graph[source]))
    if known is None:  # an unknown class is a finding of its own
        return None
    return None if -len(known.outputs) <= slot < len(known.outputs) else IndexError("tuple index out of range")


def sources(graph: Graph, node: str) -> list[str]:
    """The nodes that a node's links lead to, in the order of its inputs, as far as they are there."""
    links = [value for value in inputs_of(graph[node]).values() if is_link(value)]
    return [link[0] for link in links if isinstance(link[0], str) and link[0] in graph]


def upstream(graph: Graph, roots: Sequence[str]) -> set[str]:
    """Every node that `roots` need, themselves included."""
    seen: set[str] = set()
    waiting = [root for root in roots if root in graph]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += sources(graph, node)
    return seen


def cycles(graph: Graph, roots: Sequence[str] | None = None) -> list[list[str]]:
    """Every cycle that a depth-first walk meets, as node ids in the order of the links; [] for a sound graph."""
    found: list[list[str]] = []
    state: dict[str, int] = {}  # 1: on the path, 2: done
    for root in roots if roots is not None else list(graph):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                state[path.pop()] = 2
            elif state.get(node) == 1:
                found.append(path[path.index(node) :])
            elif node not in state:
                state[node] = 1
                path.append(node)
                stack.append((node, True))
                stack += [(source, False) for source in sources(graph, node)]
    return found
