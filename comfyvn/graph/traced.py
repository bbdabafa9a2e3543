"""An API graph together with the definitions of its classes: who feeds whom, and where a value really stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from comfyvn.graph.definitions import Definitions, Input, NodeClass
from comfyvn.graph.dynamic import live
from comfyvn.graph.links import Graph, class_of, inputs_of, is_link


@dataclass(frozen=True)
class Traced:
    """A graph with the definitions of its classes, and who uses what in it."""

    graph: Graph
    definitions: Definitions

    def known(self, node: str) -> NodeClass:
        """The class of a node, with the inputs that this node's values bring."""
        return live(self.definitions.classes[class_of(self.graph[node])], inputs_of(self.graph[node]))

    def link(self, node: str, name: str) -> tuple[str, int] | None:
        """(node, output) that an input is linked to."""
        value = inputs_of(self.graph[node]).get(name)
        source, slot = value if isinstance(value, (list, tuple)) and is_link(value) else (None, None)
        if not isinstance(source, str) or source not in self.graph:
            return None
        return (source, slot) if isinstance(slot, int) and 0 <= slot < len(self.known(source).outputs) else None

    def linked(self, node: str) -> Iterator[tuple[Input, str, int]]:
        """(input, node, output) for every linked input, in the order of the class."""
        for entry in self.known(node).inputs:
            if link := self.link(node, entry.name):
                yield entry, *link

    def users(self, node: str) -> Iterator[tuple[str, Input, int]]:
        """(node, input, output of ours) for everything that is linked to a node."""
        for user in self.graph:
            yield from ((user, entry, slot) for entry, source, slot in self.linked(user) if source == node)

    def plain(self, node: str) -> Iterator[Input]:
        """The inputs of a node that hold a plain value."""
        inputs = inputs_of(self.graph[node])
        for entry in self.known(node).inputs:
            if entry.is_widget and entry.name in inputs and not is_link(inputs[entry.name]):
                yield entry

    def value(self, address: str) -> Any:
        node, _, name = address.partition(".")
        return inputs_of(self.graph[node])[name]

    def input(self, address: str) -> Input | None:
        node, _, name = address.partition(".")
        return self.known(node).input(name)

    def settled(self, node: str, name: str) -> str | None:
        """The address of the value that an input gets: its own, or that of the constant it is linked to."""
        seen: set[str] = set()
        while node not in seen:
            seen.add(node)
            link = self.link(node, name)
            if link is None:
                return f"{node}.{name}" if any(entry.name == name for entry in self.plain(node)) else None
            source, slot = link
            kind = self.known(source).outputs[slot].type
            fitting = [
                e.name for e in self.known(source).inputs if kind in e.types or (e.is_choice and kind == "COMBO")
            ]
            if len(fitting) != 1:
                return None
            node, name = source, fitting[0]
        return None
