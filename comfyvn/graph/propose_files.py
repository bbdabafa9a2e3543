"""Proposes inputs for what a graph loads: weights files, chains of LoRAs, pictures, sounds and films."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from comfyvn.graph import propose_trace as trace
from comfyvn.graph.definitions import Input
from comfyvn.graph.links import class_of, inputs_of
from comfyvn.graph.propose_draft import Draft, Line, bind, declare, free, gives
from comfyvn.graph.propose_models import model_name
from comfyvn.graph.traced import Traced

LORAS = "loras"


def bind_models(draft: Draft) -> None:
    """Every weights file becomes an input, whose default is the file's logical name."""
    for node in draft.traced.graph:
        for entry in draft.traced.plain(node):
            address = f"{node}.{entry.name}"
            if entry.folder in ("", "input", "output", "input_folders", "wildcards") or address in draft.taken:
                continue
            value = draft.traced.value(address)
            if not isinstance(value, str) or value in entry.also:
                continue
            name = _model_input(draft, node, entry)
            known = draft.names.known(entry.folder, value)
            declare(draft, name, {"type": "model", "default": draft.names.name(entry.folder, value)}, [address])
            draft.folders[name] = entry.folder
            note = value if known else f"{value}: not in the registry"
            draft.lines.append(Line(name, "model", (address,), note))


def _model_input(draft: Draft, node: str, entry: Input) -> str:
    """The family's input for such a model, else a name by its folder."""
    if draft.canonical is not None:
        for name, folder in draft.canonical.models.items():
            spec = draft.canonical.expected_inputs[name]
            if folder == entry.folder and spec.type == "model" and name not in draft.inputs:
                classes = {class_of(draft.canonical.graph.get(place.partition(".")[0])) for place in spec.to}
                if class_of(draft.traced.graph[node]) in classes or len(classes) == 1:
                    return name
    return free(model_name(entry), draft.inputs)


def bind_loras(draft: Draft) -> None:
    """A chain of LoRAs becomes a list: its first loader is the example, the others are what the list holds now."""
    traced = draft.traced
    loaders = [node for node in traced.graph if class_of(traced.graph[node]) in ("LoraLoader", "LoraLoaderModelOnly")]
    chain = _chain(traced, loaders)
    if not chain or set(chain) != set(loaders):
        if loaders:
            draft.look.append("the LoRAs are not one chain of one class, so each stays an input of its own")
        return
    first = chain[0]
    if f"{first}.lora_name" in draft.taken:
        return
    links = [entry.name for entry, _, _ in traced.linked(first) if entry.type in ("MODEL", "CLIP")]
    weights = [entry.name for entry in traced.plain(first) if entry.name.startswith("strength")]
    items = [_lora(draft, node) for node in chain]
    if len(weights) == 0 or any(item is None for item in items) or _copied_ids(first) & set(traced.graph) - set(chain):
        draft.look.append("the LoRAs of the chain could not be made a list")
        return
    _without_rest(draft, chain)
    draft.expand[LORAS] = {
        "nodes": [first],
        "chain": {f"{first}.{name}": f"{first}.{index}" for index, name in enumerate(links)},
        "items": {"model": [f"{first}.lora_name"], "weight": [f"{first}.{name}" for name in weights]},
    }
    draft.optional[LORAS] = {"bypass": {first: {str(index): f"{first}.{name}" for index, name in enumerate(links)}}}
    draft.inputs[LORAS] = {
        "type": "list",
        "doc": "LoRAs, applied in this order",
        "item": {"model": {"type": "model", "doc": "the LoRA"}, "weight": {"type": "float", "default": 1.0}},
    }
    draft.folders[LORAS] = "loras"
    draft.taken.update(f"{node}.{name}" for node in chain for name in ("lora_name", *weights))
    draft.lines.append(Line(LORAS, "list", (f"{first}.lora_name",), f"was {', '.join(str(item) for item in items)}"))
    draft.look.append(f"a style must now name the LoRAs: {', '.join(str(item) for item in items)}")


def _chain(traced: Traced, loaders: list[str]) -> list[str]:
    """The loaders in the order of their chain; nothing if they are not one chain."""
    after = {node: link[0] for node in loaders if (link := traced.link(node, "model")) and link[0] in loaders}
    starts = [node for node in loaders if node not in after]
    chain = starts if len(starts) == 1 else []
    while chain and (following := [node for node, before in after.items() if before == chain[-1]]):
        if len(following) > 1 or following[0] in chain:
            return []
        chain = [*chain, following[0]]
    classes = {class_of(traced.graph[node]) for node in chain}
    return chain if len(classes) == 1 and not _tapped(traced, chain) else []


def _tapped(traced: Traced, chain: list[str]) -> bool:
    """Whether something besides the next loader uses one in the middle, or the links are joined otherwise."""
    for node, following in itertools.pairwise(chain):
        if {user for user, _, _ in traced.users(node)} != {following}:
            return True
    return any(inputs_of(traced.graph[node]).get("lora_name") is None for node in chain)


def _lora(draft: Draft, node: str) -> Any:
    value = inputs_of(draft.traced.graph[node]).get("lora_name")
    weight = inputs_of(draft.traced.graph[node]).get("strength_model")
    if not isinstance(value, str) or isinstance(weight, (list, bool)) or not isinstance(weight, (int, float)):
        return None
    return f"{draft.names.name('loras', value)} ({weight:g})"


def _without_rest(draft: Draft, chain: list[str]) -> None:
    """Takes all loaders but the first out; what used the last uses the first."""
    graph: dict[str, Any] = {}
    for node, entry in draft.traced.graph.items():
        if node not in chain[1:]:
            inputs = {
                name: [chain[0], value[1]] if isinstance(value, list) and value and value[0] == chain[-1] else value
                for name, value in inputs_of(entry).items()
            }
            graph[node] = {**entry, "inputs": inputs}
    draft.traced = Traced(graph, draft.traced.definitions)


def _copied_ids(node: str) -> set[str]:
    return {f"{node}{index:03d}" for index in range(1, 100)}


def bind_files(draft: Draft) -> None:
    """Every picture, mask, sound or film that is loaded becomes an input."""
    traced = draft.traced
    for node in traced.graph:
        for entry in traced.plain(node):
            free_value = isinstance(traced.value(f"{node}.{entry.name}"), str)
            if entry.folder == "input" and free_value and f"{node}.{entry.name}" not in draft.taken:
                _file(draft, node, f"{node}.{entry.name}")


def _file(draft: Draft, node: str, address: str) -> None:
    kind = _file_kind(draft.traced, node)
    user = trace.consumer(draft.traced, node)
    if user and kind == "image" and _reference(draft, node, address, user[0]):
        return
    gate = _gate(draft.traced, node, user[0]) if user else None
    makes = {output.type for output in draft.traced.known(gate[0]).outputs} if gate else set()
    is_seen = gate is not None and user is not None and gate[0] != user[0]  # a model looks at it, no pixel is followed
    name = free("reference_image", draft.inputs) if is_seen else _file_name(draft, kind, makes)
    if gate:
        draft.optional[name] = {"bypass": {gate[0]: gate[1]}}
        declare(draft, name, {"type": kind}, [address])
        if draft.wants("pose_strength") and "CONDITIONING" in makes:
            bind(draft, "pose_strength", [f"{gate[0]}.strength"])
    else:
        declare(draft, name, {"type": kind, "required": True}, [address])
        _tell(draft, node, name)
    note = "may be absent" if name in draft.optional else "required"
    draft.lines.append(Line(name, kind, (address,), note))


def _gate(traced: Traced, node: str, user: str) -> tuple[str, Mapping[str, str | None]] | None:
    """The node with which a picture goes when it is absent, and what stands for it then: the model or the conditioning
    as it came in. What first makes something else of the picture (CLIP's view of it) may stand before that node.
    """
    seen: set[str] = set()
    while user not in seen:
        seen.add(user)
        makes = {output.type for output in traced.known(user).outputs}
        bypass = trace.bypass_of(traced, user) if makes & {"CONDITIONING", "MODEL"} else None
        if bypass:
            return (user, bypass) if _only_through(traced, node, user) else None
        users = {following for following, _, _ in traced.users(user)}
        if len(users) != 1 or makes & {"LATENT"}:
            return None
        user = users.pop()
    return None


def _tell(draft: Draft, node: str, name: str) -> None:
    """What cannot work by itself: a file that nobody gives, a mask that is a part of its picture."""
    if draft.canonical and not gives(draft, name):
        what = f"{name} is required, and whoever uses {draft.canonical.workflow_id} gives no such file"
        draft.look.append(f"{what}: take its node out, or import the graph under a family of its own")
    types = [output.type for output in draft.traced.known(node).outputs]
    if {"IMAGE", "MASK"} <= {types[slot] for slot in trace.used_outputs(draft.traced, node)}:
        draft.look.append(f"{name}: the graph takes its mask from the transparency of this picture")


def _reference(draft: Draft, node: str, address: str, gate: str) -> bool:
    """Makes a list of a picture that a model is shown (IPAdapter): each further one gets a copy of the nodes."""
    traced = draft.traced
    weight, models = f"{gate}.weight", [entry.name for entry, _, _ in traced.linked(gate) if entry.type == "MODEL"]
    slots = [i for i, output in enumerate(traced.known(gate).outputs) if output.type == "MODEL"]
    bypass = trace.bypass_of(traced, gate)
    nodes = [*trace.between(traced, node, gate), gate]
    if not models or not slots or not bypass or not any(entry.name == "weight" for entry in traced.plain(gate)):
        return False
    if not _only_through(traced, node, gate) or set().union(*map(_copied_ids, nodes)) & set(traced.graph):
        return False
    name = _reference_name(draft, gate)
    draft.expand[name] = {
        "nodes": nodes,
        "chain": {f"{gate}.{models[0]}": f"{gate}.{slots[0]}"},
        "items": {"image": [address], "weight": [weight]},
    }
    draft.optional[name] = {"bypass": {gate: bypass, **_loader_bypass(traced, gate, models[0])}}
    item = {"image": {"type": "image"}, "weight": {"type": "float", "default": float(traced.value(weight))}}
    draft.inputs[name] = {"type": "list", "doc": "pictures that the model is shown", "item": item}
    draft.taken.update((address, weight))
    draft.lines.append(Line(name, "list", (address, weight), "may be absent"))
    return True


def _reference_name(draft: Draft, gate: str) -> str:
    entry = draft.traced.graph[gate]
    said = f"{inputs_of(entry).get('weight_type', '')} {entry.get('_meta')}".lower()
    likely = ("style_references", "face_references") if "style" in said else ("face_references", "style_references")
    return next((name for name in likely[:1] if draft.wants(name)), "") or free("references", draft.inputs)


def _loader_bypass(traced: Traced, gate: str, model: str) -> dict[str, dict[str, str | None]]:
    """The node before, too, if it only hands the model to `gate` together with what `gate` needs."""
    before = traced.link(gate, model)
    if before is None or {user for user, _, _ in traced.users(before[0])} != {gate}:
        return {}
    models = [entry.name for entry, _, _ in traced.linked(before[0]) if entry.type == "MODEL"]
    if len(models) != 1 or len(traced.known(before[0]).outputs) < 2:
        return {}
    used = sorted(trace.used_outputs(traced, before[0]))
    return {before[0]: {str(slot): f"{before[0]}.{models[0]}" if slot == before[1] else None for slot in used}}


def _file_kind(traced: Traced, node: str) -> str:
    types = [output.type for output in traced.known(node).outputs]
    if class_of(traced.graph[node]) in ("LoadVideo", "VHS_LoadVideo") or "VIDEO" in types:
        return "video"
    if (types and types[0] in ("AUDIO", "VHS_AUDIO", "AUDIOPATH")) or (types and types[0] == "STRING"):
        return "audio"
    used = trace.used_outputs(traced, node)
    return "mask" if used and all(types[slot] == "MASK" for slot in used) else "image"


def _file_name(draft: Draft, kind: str, makes: set[str]) -> str:
    """The family's name for a file that is used so, else one that says what it is for."""
    control = "CONDITIONING" in makes and kind == "image"
    reference = "MODEL" in makes
    likely = ["pose_image", "control_image"] if control else ["face_reference"] if reference else [kind]
    if kind == "image" and not control and not reference:
        likely = ["base", "plate", "image"]
    taken = [name for name in likely if draft.wants(name) and draft.canonical]
    own = "control_image" if control else "reference_image" if reference else kind
    return taken[0] if taken else free(own, draft.inputs)


def _only_through(traced: Traced, node: str, gate: str) -> bool:
    """Whether all that a node feeds runs through `gate`, so that without `gate` the node is gone as well."""
    waiting, seen = [node], {node}
    while waiting:
        current = waiting.pop()
        if traced.known(current).output_node:
            return False
        for user, _, _ in traced.users(current):
            if user != gate and user not in seen:
                seen.add(user)
                waiting.append(user)
    return True
