"""Random API graphs that a server would take."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from comfyvn.graph.definitions import Definitions, Input

CLASSES = (
    "CheckpointLoaderSimple",
    "LoraLoader",
    "CLIPTextEncode",
    "EmptyLatentImage",
    "KSampler",
    "VAEDecode",
    "VAEEncode",
    "ImageScale",
    "LoadImage",
    "ControlNetLoader",
    "ControlNetApplyAdvanced",
    "InvertMask",
    "SetLatentNoiseMask",
    "SaveImage",
)
TEXTS = ("", "a lighthouse, {fog|rain}", "randomize", "x\ny")


def random_graph(rng: Random, definitions: Definitions, texts: Sequence[str] = TEXTS, step: int = 1) -> dict[str, Any]:
    """A graph in which every node takes what earlier ones give; `step`: whole numbers are multiples of it."""
    graph: dict[str, Any] = {}
    made: dict[str, list[list[Any]]] = {}
    for number in range(rng.randrange(4, 24)):
        name = rng.choice(CLASSES) if graph else "CheckpointLoaderSimple"
        known = definitions.classes[name]
        links = [each for each in known.inputs if not each.is_widget and (each.required or rng.random() < 0.5)]
        if any(each.type not in made for each in links if each.required):
            continue
        node = f"n{number}"
        inputs = {each.name: _literal(each, rng, texts, step) for each in known.inputs if each.is_widget}
        inputs |= {each.name: rng.choice(made[each.type]) for each in links if each.type in made}
        graph[node] = {"class_type": name, "inputs": inputs}
        for slot, output in enumerate(known.outputs):
            made.setdefault(output.type, []).append([node, slot])
    return graph


def _literal(each: Input, rng: Random, texts: Sequence[str], step: int) -> Any:
    if each.is_choice:
        return rng.choice(each.options) if each.options else f"file {rng.randrange(9)}.png"
    if each.type == "STRING":
        return rng.choice(texts)
    low, high = each.config.get("min", 0), each.config.get("max", 100)
    if each.type == "INT":
        return max(int(low), rng.randrange(int(low), int(min(high, 2**53)) + 1) // step * step)
    return rng.choice([float(low), 0.5 if low <= 0.5 <= high else float(low), float(min(high, 7.25))])
