"""Nodes of the pack cg-use-everywhere, which join their input to every open input of the same type.

Source: the pack's README. Its plain nodes are followed; those that choose by pattern, colour or group are refused,
because a choice that is guessed wrong shows only in the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyvn.errors import WorkflowError
from comfyvn.graph.convert_links import Output, source_of
from comfyvn.graph.convert_widgets import has_widget
from comfyvn.graph.definitions import ANY, Definitions
from comfyvn.graph.links import class_of
from comfyvn.graph.subgraphs import Scope, all_scopes
from comfyvn.graph.ui import RUN, Node

PROMPTS = "Prompts Everywhere"
BROADCASTERS = frozenset(
    {"Anything Everywhere", "Anything Everywhere3", PROMPTS, "Anything Everywhere?", "Seed Everywhere"}
)
_CHOOSY = ("Anything Everywhere?", "Seed Everywhere")
_ENDS = (re.compile(r"(_|\b)pos(itive|_|\b)"), re.compile(r"(_|\b)neg(ative|_|\b)"))  # inputs that a prompts node means


@dataclass(frozen=True)
class _Broadcast:
    output: Output
    type: str
    name: re.Pattern[str] | None


def with_broadcasts(graph: Mapping[str, Any], root: Scope, definitions: Definitions, file: str) -> dict[str, Any]:
    """The graph with what such nodes join. An input that two of them could serve stays open, as in the editor."""
    broadcasts = list(_broadcasts(graph, root, definitions, file))
    return {node: _joined(node, entry, broadcasts, definitions) for node, entry in graph.items()}


def _broadcasts(graph: Mapping[str, Any], root: Scope, definitions: Definitions, file: str) -> Iterator[_Broadcast]:
    for scope in all_scopes(root):
        for node in scope.net.nodes:
            if node.type in BROADCASTERS and node.mode == RUN and not scope.dropped:
                _refuse_choice(scope, node, file)
                yield from _outputs(graph, scope, node, definitions, file)


def _outputs(
    graph: Mapping[str, Any], scope: Scope, node: Node, definitions: Definitions, file: str
) -> Iterator[_Broadcast]:
    for index, slot in enumerate(node.inputs):
        source = source_of(scope, node, index, definitions, file) if slot.link is not None else None
        known = definitions.get(class_of(graph.get(source.node))) if isinstance(source, Output) else None
        if isinstance(source, Output) and known and source.slot < len(known.outputs):
            name = _ENDS[index] if node.type == PROMPTS and index < len(_ENDS) else None
            yield _Broadcast(source, known.outputs[source.slot].type, name)


def _refuse_choice(scope: Scope, node: Node, file: str) -> None:
    settings = node.properties.get("ue_properties")
    chosen = [
        key
        for key, value in (settings.items() if isinstance(settings, dict) else ())
        if key.endswith(("_regex", "_restricted")) and value
    ]
    if node.type in _CHOOSY or chosen:
        what = f"node {scope.id_of(node)} ({node.type}) joins inputs by a choice that is not followed here"
        todo = "in ComfyUI, right-click the canvas, Convert all UEs to real links, and save the workflow again"
        raise WorkflowError(what, file, todo)


def _joined(
    node: str, entry: Mapping[str, Any], broadcasts: list[_Broadcast], definitions: Definitions
) -> dict[str, Any]:
    inputs = dict(entry["inputs"])
    for wanted in definitions.classes[entry["class_type"]].inputs:
        if (
            wanted.name in inputs
            or wanted.is_choice
            or ANY in wanted.types
            or _is_plain(wanted.name, entry, definitions)
        ):
            continue
        fitting = [each for each in broadcasts if each.type == wanted.type and each.output.node != node]
        named = [each for each in fitting if each.name and each.name.search(wanted.name)]
        chosen = named or [each for each in fitting if each.name is None]
        if len(chosen) == 1:
            inputs[wanted.name] = [chosen[0].output.node, chosen[0].output.slot]
    return {**entry, "inputs": inputs}


def _is_plain(name: str, entry: Mapping[str, Any], definitions: Definitions) -> bool:
    """Whether the input has a widget, which counts as given."""
    wanted = definitions.classes[entry["class_type"]].input(name)
    empty = Node.model_validate({"id": "0", "type": entry["class_type"]})
    return wanted is not None and has_widget(wanted, empty)
