"""Writes API graphs as ComfyUI's editor would save them, through all that a link or a value can be hidden behind.

Each node's title is its id in the API graph, so that a test can find it again after conversion.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from comfyvn.graph.definitions import Definitions, Input, NodeClass

WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
# A bypassed node of this class passes such a value on.
PASSING = {
    "MODEL": ("LoraLoaderModelOnly", 0, 0),
    "CLIP": ("LoraLoader", 1, 1),
    "IMAGE": ("ImageInvert", 0, 0),
    "LATENT": ("LatentUpscaleBy", 0, 0),
    "CONDITIONING": ("FluxGuidance", 0, 0),
    "MASK": ("InvertMask", 0, 0),
}


@dataclass
class Net:
    """A graph of the editor while it is written: nodes by id, links by id."""

    nodes: dict[int, dict[str, Any]] = field(default_factory=dict)
    links: dict[int, list[Any]] = field(default_factory=dict)  # [origin, slot, target, slot, type]
    inputs: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)


class Editor:
    """One document; `rng` decides how each link and each value is hidden."""

    def __init__(self, definitions: Definitions, rng: Random) -> None:
        self.definitions, self.rng = definitions, rng
        self.net, self.next = Net(), 1
        self.subgraphs: list[dict[str, Any]] = []

    def write(self, graph: Mapping[str, Any], wraps: int = 2) -> dict[str, Any]:
        ids = {name: self._node(name, entry) for name, entry in graph.items()}
        for name, entry in graph.items():
            known = self.definitions.classes[entry["class_type"]]
            for key, value in entry["inputs"].items():
                if isinstance(value, list):
                    self._join(ids[value[0]], value[1], ids[name], key)
                elif self.rng.random() < 0.2 and known.input(key).type in ("INT", "FLOAT", "STRING"):  # type: ignore[union-attr]
                    self._primitive(ids[name], key, value)
        self._clutter()
        for _ in range(wraps):
            self._wrap()
        return self._document()

    # --- nodes

    def _id(self) -> int:
        self.next += 1
        return self.next

    def _node(self, title: str, entry: Mapping[str, Any]) -> int:
        known, number = self.definitions.classes[entry["class_type"]], self._id()
        self.net.nodes[number] = {
            "id": number,
            "type": known.name,
            "title": title,
            "pos": [self.rng.randrange(900), self.rng.randrange(900)],
            "size": [210, 58],
            "flags": {},
            "order": self.rng.randrange(50),
            "mode": 0,
            "inputs": [_slot(each) for each in known.inputs if each.type not in WIDGETS or self.rng.random() < 0.5],
            "outputs": [{"name": out.name, "type": out.type, "links": []} for out in known.outputs],
            "properties": {"Node name for S&R": known.name},
            "widgets_values": self._values(known, entry["inputs"]),
        }
        return number

    def _values(self, known: NodeClass, given: Mapping[str, Any]) -> list[Any] | dict[str, Any]:
        values: list[Any] = []
        named: dict[str, Any] = {}
        for each in known.inputs:
            if each.type in WIDGETS and not each.config.get("forceInput"):
                value = given.get(each.name)
                value = each.config.get("default", "") if value is None or isinstance(value, list) else value
                values.append(value)
                named[each.name] = value
                if each.config.get("control_after_generate") or each.name in ("seed", "noise_seed"):
                    values.append(self.rng.choice(["fixed", "randomize", "increment"]))
        if any(each.config.get("image_upload") for each in known.inputs):
            values.append("image")
        return named if self.rng.random() < 0.15 else values

    def _virtual(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], values: list[Any], mode: int = 0
    ) -> int:
        number = self._id()
        self.net.nodes[number] = {
            "id": number,
            "type": kind,
            "mode": mode,
            "inputs": [{"name": f"in{i}", "type": each, "link": None} for i, each in enumerate(inputs)],
            "outputs": [{"name": f"out{i}", "type": each, "links": []} for i, each in enumerate(outputs)],
            "properties": {},
            "widgets_values": values,
        }
        return number

    # --- links

    def _link(self, origin: int, slot: int, target: int, into: int) -> None:
        number = self._id()
        kind = self.net.nodes[origin]["outputs"][slot]["type"]
        self.net.links[number] = [origin, slot, target, into, kind]
        self.net.nodes[target]["inputs"][into]["link"] = number
        self.net.nodes[origin]["outputs"][slot]["links"].append(number)

    def _slot_index(self, node: int, name: str) -> int:
        slots = self.net.nodes[node]["inputs"]
        for index, slot in enumerate(slots):
            if slot["name"] == name:
                return index
        known = self.definitions.classes[self.net.nodes[node]["type"]].input(name)
        assert known is not None
        slots.append(_slot(known))
        return len(slots) - 1

    def _join(self, origin: int, slot: int, target: int, name: str) -> None:
        """A link, straight or through something."""
        kind = self.net.nodes[origin]["outputs"][slot]["type"]
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            way = self.rng.choice(["reroute", "bypass", "set"])
            if way == "bypass" and kind in PASSING:
                origin, slot = self._bypass(origin, slot, kind)
            elif way == "set":
                origin, slot = self._set_get(origin, slot, kind)
            else:
                reroute = self._virtual("Reroute", ["*"], [self.rng.choice([kind, "*"])], [])
                self._link(origin, slot, reroute, 0)
                origin, slot = reroute, 0
        self._link(origin, slot, target, self._slot_index(target, name))

    def _bypass(self, origin: int, slot: int, kind: str) -> tuple[int, int]:
        name, into, out = PASSING[kind]
        known = self.definitions.classes[name]
        types = [each.type for each in known.inputs if each.type not in WIDGETS]
        number = self._virtual(name, types, [each.type for each in known.outputs], [], mode=4)
        names = [each.name for each in known.inputs if each.type not in WIDGETS]
        for slot_, each in zip(self.net.nodes[number]["inputs"], names, strict=True):
            slot_["name"] = each
        self._link(origin, slot, number, into)
        return number, out

    def _set_get(self, origin: int, slot: int, kind: str) -> tuple[int, int]:
        name = f"v{self.next}"
        setter = self._virtual("SetNode", [kind], [kind], [name])
        self._link(origin, slot, setter, 0)
        return self._virtual("GetNode", [], [kind], [name]), 0

    def _primitive(self, node: int, name: str, value: Any) -> None:
        """The widget's own place then holds something else."""
        known = self.definitions.classes[self.net.nodes[node]["type"]].input(name)
        assert known is not None
        primitive = self._virtual("PrimitiveNode", [], [known.type], [value, "fixed"])
        self._link(primitive, 0, node, self._slot_index(node, name))

    def _clutter(self) -> None:
        self._virtual("Note", [], [], ["read me"])
        self._virtual("MarkdownNote", [], [], ["# read me"])
        self._virtual("SaveImage", ["IMAGE"], [], ["muted"], mode=2)
        self._virtual("GetNode", [], ["MODEL"], ["nobody set this"])

    # --- subgraphs

    def _wrap(self) -> None:
        """Puts some nodes into a subgraph, and an instance of it in their place."""
        candidates = [number for number, node in self.net.nodes.items() if node["type"] not in ("SetNode", "GetNode")]
        inside = {number for number in candidates if self.rng.random() < 0.4}
        # A Get node looks for its Set node in its own graph and outwards, never inwards.
        if len(inside) < 2:
            return
        inner, outer = Net(), Net()
        for number, node in self.net.nodes.items():
            (inner if number in inside else outer).nodes[number] = node
        host = self._id()
        instance: dict[str, Any] = {"id": host, "mode": 0, "inputs": [], "outputs": [], "properties": {}}
        for number, (origin, slot, target, into, kind) in self.net.links.items():
            if origin in inside and target in inside:
                inner.links[number] = [origin, slot, target, into, kind]
            elif origin in inside or target in inside:
                self._cross(inner, outer, instance, number, [origin, slot, target, into, kind], origin in inside)
            else:
                outer.links[number] = [origin, slot, target, into, kind]
        name = f"00000000-0000-4000-8000-{host:012d}"
        outer.nodes[host] = {**instance, "type": name, "widgets_values": self._promote(inner, instance)}
        self.subgraphs.append({"id": name, "name": f"group {host}", **_net(inner, as_objects=True)})
        self.net = outer

    def _cross(
        self, inner: Net, outer: Net, host: dict[str, Any], number: int, link: list[Any], outwards: bool
    ) -> None:
        origin, slot, target, into, kind = link
        other = self._id()
        if outwards:
            place = len(inner.outputs)
            inner.links[other] = [origin, slot, -20, place, kind]
            outer.links[number] = [host["id"], place, target, into, kind]
            inner.outputs.append({"id": f"o{other}", "name": f"out_{place}", "type": kind, "linkIds": [other]})
            host["outputs"].append({"name": f"out_{place}", "type": kind, "links": [number]})
        else:
            place = len(inner.inputs)
            inner.links[other] = [-10, place, target, into, kind]
            inner.nodes[target]["inputs"][into]["link"] = other
            outer.links[number] = [origin, slot, host["id"], place, kind]
            inner.inputs.append({"id": f"i{other}", "name": f"in_{place}", "type": kind, "linkIds": [other]})
            widget = {"widget": {"name": f"in_{place}"}} if "widget" in inner.nodes[target]["inputs"][into] else {}
            host["inputs"].append({"name": f"in_{place}", "type": kind, "link": number, **widget})

    def _promote(self, inner: Net, host: dict[str, Any]) -> list[Any]:
        """Some widgets inside become the instance's; what the node itself keeps is changed, to see which one counts."""
        values: list[Any] = []
        # An input that is linked outside has a place among the values as well, if it is a widget's inside.
        for boundary in inner.inputs:
            link = inner.links[boundary["linkIds"][0]]
            slot = inner.nodes[link[2]]["inputs"][link[3]]
            if "widget" in slot:
                values.append("linked, so of no account")
        for number, node in inner.nodes.items():
            known = self.definitions.get(node["type"])
            if known is None or node["mode"] or not isinstance(node["widgets_values"], list):
                continue
            for slot_index, slot in enumerate(node["inputs"]):
                if "widget" not in slot or slot["link"] is not None or self.rng.random() > 0.3:
                    continue
                place = _place(known, slot["name"])
                values.append(node["widgets_values"][place])
                node["widgets_values"][place] = "not this one"
                link, index = self._id(), len(inner.inputs)
                inner.links[link] = [-10, index, number, slot_index, slot["type"]]
                slot["link"] = link
                name = f"in_{index}"
                inner.inputs.append({"id": f"i{link}", "name": name, "type": slot["type"], "linkIds": [link]})
                host["inputs"].append({"name": name, "type": slot["type"], "widget": {"name": name}, "link": None})
        return values

    def _document(self) -> dict[str, Any]:
        schema = self.rng.choice([0.4, 1])
        document = {
            "version": schema,
            **_net(self.net, as_objects=schema == 1),
            "definitions": {"subgraphs": self.subgraphs},
        }
        self.rng.shuffle(document["nodes"])
        return copy.deepcopy(json.loads(json.dumps(document)))


def _place(known: NodeClass, name: str) -> int:
    place = 0
    for each in known.inputs:
        if each.name == name:
            return place
        if each.type in WIDGETS and not each.config.get("forceInput"):
            place += 1 + bool(each.config.get("control_after_generate") or each.name in ("seed", "noise_seed"))
    raise AssertionError(name)


def _slot(each: Input) -> dict[str, Any]:
    slot: dict[str, Any] = {"name": each.name, "type": each.type, "link": None}
    return {**slot, "widget": {"name": each.name}} if each.type in WIDGETS else slot


def _net(net: Net, as_objects: bool) -> dict[str, Any]:
    links: list[Any] = [[number, *link] for number, link in net.links.items()]
    if as_objects:
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
        links = [dict(zip(keys, link, strict=True)) for link in links]
    return {"nodes": list(net.nodes.values()), "links": links, "inputs": net.inputs, "outputs": net.outputs}
