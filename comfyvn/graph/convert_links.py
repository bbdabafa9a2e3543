"""What an input of the editor's file gets in the end: an output of a node that runs, a value, or nothing.

Between the two ends may stand reroutes, Set and Get nodes, primitives, bypassed nodes, and the edges of subgraphs. The
rules are those of the editor (`graphToPrompt`, ComfyUI frontend 1.58), found by comparing what it makes of real files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfyvn.errors import WorkflowError
from comfyvn.graph.convert_widgets import ABSENT, AFTER_RUN, own_values
from comfyvn.graph.definitions import ANY, Definitions
from comfyvn.graph.links import types_match
from comfyvn.graph.subgraphs import Scope
from comfyvn.graph.ui import BYPASSED, INPUT_NODE, MUTED, OUTPUT_NODE, Node

# Nodes of the editor that pass their input on, and such as only say something to whoever looks at the graph.
REROUTES = frozenset({"Reroute", "Reroute (rgthree)", "SetNode"})
NOTES = frozenset({"Note", "MarkdownNote", "Label (rgthree)", "Bookmark (rgthree)"})
SWITCHES = frozenset(  # they only press buttons of other nodes, and what they pressed is saved there
    {
        "Fast Groups Muter (rgthree)",
        "Fast Groups Bypasser (rgthree)",
        "Fast Muter (rgthree)",
        "Fast Bypasser (rgthree)",
        "Fast Actions Button (rgthree)",
        "Node Collector (rgthree)",
        "Mute / Bypass Repeater (rgthree)",
        "Mute / Bypass Relay (rgthree)",
    }
)
PRIMITIVE, GET, SET = "PrimitiveNode", "GetNode", "SetNode"
VIRTUAL = frozenset({*REROUTES, *NOTES, *SWITCHES, PRIMITIVE, GET, SET})


@dataclass(frozen=True)
class Output:
    """An output of a node that runs."""

    node: str
    slot: int


@dataclass(frozen=True)
class Value:
    """A plain value, of a primitive or of a subgraph instance's own widget."""

    value: Any


Source = Output | Value | None


@dataclass(frozen=True)
class _At:
    """Where the search stands: at an input (`is_input`) or an output of a node; `type` is what is looked for."""

    scope: Scope
    node: Node
    slot: int
    is_input: bool
    type: str

    def key(self) -> tuple[str, int, bool]:
        return self.scope.id_of(self.node), self.slot, self.is_input


def source_of(scope: Scope, node: Node, slot: int, definitions: Definitions, file: str = "") -> Source:
    """What input `slot` of a node gets, None when nothing does. Raises `WorkflowError` for links in a circle."""
    at = _At(scope, node, slot, True, node.inputs[slot].type)
    seen = set()
    while True:
        if at.key() in seen:
            what = f"links run in a circle without a node that runs, at {at.node.shown()}"
            raise WorkflowError(what, file, "correct the links in ComfyUI's editor")
        seen.add(at.key())
        step = _from_input(at, definitions) if at.is_input else _from_output(at)
        if not isinstance(step, _At):
            return step
        at = step


def _from_input(at: _At, definitions: Definitions) -> _At | Source:
    """From an input along its link; out of the subgraph where the link comes from its edge."""
    link = at.scope.links.get(at.node.inputs[at.slot].link or "")
    if link is None:
        return None
    if link.origin == INPUT_NODE:
        return _outwards(at.scope, link.origin_slot, definitions)
    origin = at.scope.nodes.get(link.origin)
    return _At(at.scope, origin, link.origin_slot, False, at.type) if origin else None


def _outwards(scope: Scope, index: int, definitions: Definitions) -> _At | Source:
    """From the inside of a subgraph to what its instance's input gets."""
    host, outer = scope.host, scope.outer
    if host is None or outer is None or index >= len(scope.net.inputs):
        return None
    slot = host_slot(scope, host, index)
    if slot is not None and host.inputs[slot].link is not None and host.inputs[slot].link in outer.links:
        return _At(outer, host, slot, True, host.inputs[slot].type)
    value = promoted_value(scope, index, definitions)
    return None if value is ABSENT else Value(value)


def host_slot(scope: Scope, host: Node, index: int) -> int | None:
    """The input of an instance that stands for input `index` of its subgraph; the instance may list them otherwise."""
    boundary = scope.net.inputs[index]
    same_name = [i for i, entry in enumerate(scope.net.inputs) if entry.name == boundary.name]
    slots = [i for i, slot in enumerate(host.inputs) if slot.name == boundary.name]
    nth = same_name.index(index)
    return slots[nth] if nth < len(slots) else None


def _from_output(at: _At) -> _At | Source:
    node, scope = at.node, at.scope
    if node.mode == MUTED:
        return None
    if node.mode == BYPASSED:
        slot = bypass_slot(node, at.slot, at.type)
        return None if slot is None else _At(scope, node, slot, True, node.inputs[slot].type)
    if node.id in scope.inner:
        return _inwards(scope.inner[node.id], at)
    if node.type == PRIMITIVE:
        return _primitive(node)
    if node.type == GET:
        return _setter(at)
    if node.type in VIRTUAL:
        return _At(scope, node, 0, True, at.type) if node.inputs else None
    return Output(scope.id_of(node), at.slot)


def _inwards(inner: Scope, at: _At) -> _At | Source:
    """From an instance's output to what is linked to it inside."""
    if at.slot >= len(inner.net.outputs) or inner.host is None:
        return None
    link = next((link for link in inner.net.links if (link.target, link.target_slot) == (OUTPUT_NODE, at.slot)), None)
    if link is None:
        return None
    if link.origin == INPUT_NODE:  # straight through, from an input of the subgraph to an output
        slot = host_slot(inner, inner.host, link.origin_slot) if link.origin_slot < len(inner.net.inputs) else None
        return None if slot is None else _At(at.scope, at.node, slot, True, at.type)
    origin = inner.nodes.get(link.origin)
    return _At(inner, origin, link.origin_slot, False, at.type) if origin else None


def bypass_slot(node: Node, slot: int, wanted: str) -> int | None:
    """The input that a bypassed node passes on to an output: that of its place if it fits, else the first that does."""
    inputs = node.inputs
    if not inputs or slot >= len(node.outputs):
        return None
    if wanted == ANY:
        return slot if slot < len(inputs) else 0
    given = node.outputs[slot].type
    fitting = [
        i for i, entry in enumerate(inputs) if types_match(entry.type, given) and types_match(entry.type, wanted)
    ]
    if slot in fitting:
        return slot
    return next((i for i, entry in enumerate(inputs) if entry.type == wanted), next(iter(fitting), None))


def _primitive(node: Node) -> Source:
    values = node.values if isinstance(node.values, list) else list((node.values or {}).values())
    return Value(values[0]) if values else None


def _setter(at: _At) -> _At | None:
    """The input of the Set node that this Get node names; Set nodes of the graphs around count as well."""
    name = _variable(at.node)
    scope: Scope | None = at.scope
    while scope is not None:
        for node in scope.net.nodes:
            if node.type == SET and node.inputs and name and _variable(node) == name:
                return _At(scope, node, 0, True, at.type)
        scope = scope.outer
    return None


def _variable(node: Node) -> str:
    values = node.values if isinstance(node.values, list) else list((node.values or {}).values())
    return values[0] if values and isinstance(values[0], str) else ""


# --- widgets of subgraph instances


def widget_value(scope: Scope, node: Node, name: str, definitions: Definitions) -> Any:
    """What a node's widget holds: what an instance around it says, else what the node itself has saved."""
    value = said_outside(scope, node.id, name)
    known = definitions.get(node.type)
    return own_values(node, known).get(name, ABSENT) if value is ABSENT and known else value


def said_outside(scope: Scope, node_id: str, name: str) -> Any:
    """The value that the instance of this scope keeps for the widget `name` of an inner node (`proxyWidgets`)."""
    if scope.host is None or scope.outer is None:
        return ABSENT
    for index, (inner, widget) in enumerate(_proxied(scope.host)):
        if inner == node_id and widget == name:
            outside = said_outside(scope.outer, scope.host.id, name)
            return _at_place(scope.host, index) if outside is ABSENT else outside
    return ABSENT


def _proxied(host: Node) -> list[tuple[str, str]]:
    """(inner node's id, or "-1" for an input of the subgraph; widget) of every widget that the instance shows."""
    entries = host.properties.get("proxyWidgets")
    pairs = entries if isinstance(entries, list) else []
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) >= 2]


def _at_place(host: Node, index: int) -> Any:
    values = host.values if isinstance(host.values, list) else []
    return values[index] if index < len(values) else ABSENT


def promoted_value(scope: Scope, index: int, definitions: Definitions) -> Any:
    """The value that an instance has for input `index` of its subgraph, `ABSENT` if that is no widget's input."""
    host, outer = scope.host, scope.outer
    inside = _inside(scope, index, definitions)
    if host is None or outer is None or inside is ABSENT:
        return ABSENT
    name = scope.net.inputs[index].name
    for value in (
        said_outside(outer, host.id, name),
        _saved_for(scope, host, index, definitions),
    ):
        if value is not ABSENT:
            return value
    return inside


def _saved_for(scope: Scope, host: Node, index: int, definitions: Definitions) -> Any:
    """The value for input `index` in the instance's `widgets_values`."""
    if isinstance(host.values, dict):
        return host.values.get(scope.net.inputs[index].name, ABSENT)
    proxied = _proxied(host)
    if proxied:
        places = [
            i for i, (node, widget) in enumerate(proxied) if node == "-1" and widget == scope.net.inputs[index].name
        ]
        return _at_place(host, places[0]) if places else ABSENT
    promoted = [i for i in range(len(scope.net.inputs)) if _inside(scope, i, definitions) is not ABSENT]
    values = host.values or []
    if len(values) > len(promoted):  # older files keep what a seed does after a run beside it
        values = [value for value in values if not (isinstance(value, str) and value in AFTER_RUN)]
    name = scope.net.inputs[index].name
    if len(values) != len(promoted) and name in host.named:
        return host.named[name]
    place = promoted.index(index)
    return values[place] if place < len(values) else ABSENT


def _inside(scope: Scope, index: int, definitions: Definitions) -> Any:
    """The value of the first widget inside that hangs on input `index`."""
    for name in scope.net.inputs[index].links:
        link = scope.links.get(name)
        target = scope.nodes.get(link.target) if link else None
        slot = next((slot for slot in target.inputs if slot.link == name), None) if target else None
        if target is None or slot is None:
            continue
        if target.id in scope.inner:
            inner = scope.inner[target.id]
            place = inner.boundary(slot.name)
            value = ABSENT if place is None else promoted_value(inner, place, definitions)
        else:
            value = widget_value(scope, target, slot.widget or slot.name, definitions)
        if value is not ABSENT:
            return value
    return ABSENT
