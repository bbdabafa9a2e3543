"""From ComfyUI's editor to its API: the graph that the editor would post for a saved workflow, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyvn.errors import WorkflowError
from comfyvn.graph.convert_everywhere import BROADCASTERS, with_broadcasts
from comfyvn.graph.convert_links import VIRTUAL, Output, Value, said_outside, source_of
from comfyvn.graph.convert_widgets import ABSENT, own_values, with_index
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.subgraphs import Scope, all_scopes, scopes
from comfyvn.graph.ui import BYPASSED, MUTED, Document, Node


@dataclass(frozen=True)
class Missing:
    """A node class that nobody has defined: how many nodes use it, and the pack that the file says it is from."""

    class_type: str
    count: int
    pack: str

    def __str__(self) -> str:
        times = f"{self.count} nodes" if self.count > 1 else "1 node"
        source = f"; the file says it is from {self.pack}" if self.pack else ""
        return f"{self.class_type} ({times}){source}"


def missing_classes(document: Document, definitions: Definitions, file: str = "") -> list[Missing]:
    """The classes of nodes that would run and that `definitions` lack, by name."""
    found: dict[str, list[Node]] = {}
    for _, node in _running(scopes(document, file)):
        if node.type not in definitions and node.type not in BROADCASTERS:
            found.setdefault(node.type, []).append(node)
    return [Missing(name, len(nodes), _pack(nodes)) for name, nodes in sorted(found.items())]


def to_api(document: Document, definitions: Definitions, file: str = "") -> dict[str, Any]:
    """The API graph of a document: node id → `{class_type, inputs, _meta?}`, with ids such as `57:3` inside subgraphs.

    Muted nodes, notes, reroutes and primitives are gone, bypassed ones are stepped over; everything else is there, also
    what feeds no output. Raises `WorkflowError` for classes that `definitions` lack (each is listed), and for a file
    that makes no sense.
    """
    if missing := missing_classes(document, definitions, file):
        raise _unknown(missing, file)
    root = scopes(document, file)
    graph = {
        scope.id_of(node): _entry(scope, node, definitions, file)
        for scope, node in _running(root)
        if node.type not in BROADCASTERS
    }
    graph = with_broadcasts(graph, root, definitions, file)
    return {node: {**entry, "inputs": _linked(entry["inputs"], graph)} for node, entry in graph.items()}


def _running(root: Scope) -> Iterator[tuple[Scope, Node]]:
    """Every node that the editor would post, with its scope."""
    for scope in all_scopes(root):
        if scope.dropped:
            continue
        for node in scope.net.nodes:
            if node.mode not in (MUTED, BYPASSED) and node.id not in scope.inner and node.type not in VIRTUAL:
                yield scope, node


def _entry(scope: Scope, node: Node, definitions: Definitions, file: str) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for name, own in own_values(node, definitions.classes[node.type]).items():
        outside = said_outside(scope, node.id, name)
        value = own if outside is ABSENT else outside
        if value is not ABSENT:
            inputs[name] = _wrapped(value)
    for index, slot in enumerate(node.inputs):
        source = source_of(scope, node, index, definitions, file) if slot.link is not None and slot.name else None
        if isinstance(source, Output):
            inputs[slot.name] = [source.node, source.slot]
        elif isinstance(source, Value):
            inputs[slot.name] = _wrapped(source.value)
    entry: dict[str, Any] = {"class_type": node.type, "inputs": with_index(node.type, inputs)}
    return {**entry, "_meta": {"title": node.title}} if node.title and node.title != node.type else entry


def _wrapped(value: Any) -> Any:
    """A list as a value: in an API graph a bare list is a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _linked(inputs: Mapping[str, Any], graph: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs without links to nodes that are not there."""
    return {name: value for name, value in inputs.items() if not isinstance(value, list) or value[0] in graph}


def _pack(nodes: Iterable[Node]) -> str:
    for node in nodes:
        for key in ("cnr_id", "aux_id"):
            name = node.properties.get(key)
            if isinstance(name, str) and name.isprintable() and len(name) <= 100:
                return name
    return ""


def _unknown(missing: list[Missing], file: str) -> WorkflowError:
    names = ", ".join(str(entry) for entry in missing[:5]) + (" …" if len(missing) > 5 else "")
    what = f"{len(missing)} node class{'es are' if len(missing) > 1 else ' is'} not known: {names}"
    todo = "name a server that has them with --server, or add them to the shipped definitions (docs/workflow-format.md)"
    return WorkflowError(what, file, todo, [str(entry) for entry in missing])
