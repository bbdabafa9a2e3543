"""A digest of what a node class takes and gives, so that a server whose definitions moved can be told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from comfyvn.graph.definitions import Definitions, Input, NodeClass
from comfyvn.graph.folders import mark_folders
from comfyvn.graph.template import Workflow
from comfyvn.recipe import canonical

# What of an input's settings decides whether a graph is accepted, or what a value that is left out means.
_SETTINGS = ("default", "min", "max")
_FILES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".onnx", ".gguf", ".sft", ".png", ".jpg", ".wav", ".mp3")


def class_digests(definitions: Definitions, names: Collection[str]) -> dict[str, str]:
    """Class → SHA-256 in hex, of those of `names` that are defined.

    What a machine has (the files that a choice lists) is not in it, nor any prose.
    """
    wanted = Definitions({name: definitions.classes[name] for name in names if name in definitions.classes})
    return {name: _digest(node) for name, node in sorted(mark_folders(wanted).classes.items())}


def classes_of(workflows: Mapping[str, Workflow]) -> set[str]:
    """Every node class that these workflows name."""
    return {str(node["class_type"]) for workflow in workflows.values() for node in workflow.graph.values()}


def _digest(node: NodeClass) -> str:
    said: dict[str, Any] = {
        "inputs": [_said(entry) for entry in sorted(node.inputs, key=lambda entry: entry.name)],
        "outputs": [[output.type, output.is_list] for output in node.outputs],
        "output_node": node.output_node,
    }
    # Python packs say `float("inf")` and NaN, which canonical JSON refuses: here their names do.
    finite = json.loads(json.dumps(said), parse_constant=str)
    return hashlib.sha256(canonical(finite)).hexdigest()


def _said(entry: Input) -> list[Any]:
    options = None if entry.folder or _lists_files(entry) else list(entry.options or ())
    settings = {name: entry.config[name] for name in _SETTINGS if name in entry.config and options is not None}
    return [entry.name, entry.type, entry.required, options, settings]


def _lists_files(entry: Input) -> bool:
    """Whether a choice shows a machine's files, as far as its options tell; an empty one has none to show."""
    options = entry.options or ()
    named = any(isinstance(option, str) and option.lower().endswith(_FILES) for option in options)
    return entry.is_choice and (not options or named)
