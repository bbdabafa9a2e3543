"""What is submitted: a bound graph whose tokens the server's own names replace, and the facts that travel with it.

Tokens stand as the value of a node's input, where only the server knows the name:
`{"$input": "pose"}` an uploaded file, `{"$model": "sdxl_base"}` a model file, `{"$prefix": "sprite"}` where to save.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard, TypeVar

from comfyvn.bridge.rendering import RenderContext
from comfyvn.errors import WorkflowError
from comfyvn.graph.links import inputs_of, is_token

# Never change it: prompts that are still running are found again by ids made with it.
PROMPT_IDS = uuid.UUID("6f1d6a0e-6b0c-5f63-9a53-0e5ad2c5b9a4")

Graph = dict[str, dict[str, object]]
T = TypeVar("T")


@dataclass(frozen=True)
class Token:
    """One token: `kind` is input, model or prefix; `node` and `key` are where it stands."""

    kind: str
    name: str
    node: str
    key: str


@dataclass(frozen=True)
class Payload:
    """A checked payload. `inputs`: token name -> bytes or a file; `models`: logical name -> usual file name;

    `outputs`: output name -> node id (empty: every output node, by id); `facts`: what `extra_data.comfyvn` says of it.
    """

    graph: Graph
    inputs: Mapping[str, bytes | Path] = field(repr=False)
    models: Mapping[str, str]
    outputs: Mapping[str, str]
    facts: Mapping[str, object]

    @property
    def workflow_id(self) -> str:
        return str(self.facts.get("workflow_id", ""))


def read_payload(document: Mapping[str, object]) -> Payload:
    """Check `{workflow_id, workflow, inputs, packs, pins, seeds, models?, outputs?}`. Raises WorkflowError."""
    workflow_id = str(document.get("workflow_id", ""))
    known = {"workflow_id", "workflow", "inputs", "packs", "pins", "seeds", "models", "outputs"}
    if unknown := sorted(set(document) - known):
        todo = f"allowed: {', '.join(sorted(known))}"
        raise WorkflowError(f"unknown key {unknown[0]!r} in a payload", workflow_id, todo)
    _check_json({key: document.get(key) for key in ("workflow", "packs", "pins", "seeds")}, workflow_id)
    return Payload(
        graph=_graph(document.get("workflow"), workflow_id),
        inputs=_named(document, "inputs", _is_content, "bytes or a Path"),
        models=_named(document, "models", _is_text, "text"),
        outputs=_named(document, "outputs", _is_text, "text"),
        facts={
            "workflow_id": workflow_id,
            "packs": document.get("packs", []),
            "pins": document.get("pins", {}),
            "seeds": document.get("seeds", {}),
        },
    )


def _graph(value: object, workflow_id: str) -> Graph:
    nodes = value.values() if isinstance(value, dict) else ()
    is_api = all(isinstance(node, dict) and isinstance(node.get("inputs", {}), dict) for node in nodes)
    if not isinstance(value, dict) or not value or not is_api:
        raise WorkflowError(
            "the payload's workflow is not an API-format graph (node id -> {class_type, inputs})",
            f'workflow "{workflow_id}"',
            "export it from ComfyUI with “Export (API)”",
        )
    return {str(node): dict(entry) for node, entry in value.items()}


def _check_json(value: object, workflow_id: str) -> None:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        todo = "numbers must be finite and text must be whole Unicode characters"
        raise WorkflowError(
            f"the payload cannot be sent as JSON: {error}", f'workflow "{workflow_id}"', todo
        ) from error


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _is_content(value: object) -> TypeGuard[bytes | Path]:
    return isinstance(value, bytes | Path)


def _named(
    document: Mapping[str, object], key: str, is_fit: Callable[[object], TypeGuard[T]], kind: str
) -> dict[str, T]:
    value = document.get(key) or {}
    found = {str(name): item for name, item in value.items() if is_fit(item)} if isinstance(value, Mapping) else {}
    if not isinstance(value, Mapping) or len(found) != len(value):
        raise WorkflowError(f"the payload's {key} must map names to {kind}", str(document.get("workflow_id", "")))
    return found


def tokens(graph: Graph) -> Iterator[Token]:
    """Every token of a graph, in the order of its nodes and inputs."""
    for node, entry in graph.items():
        for key, value in inputs_of(entry).items():
            if is_token(value):
                ((kind, name),) = value.items()
                yield Token(kind.removeprefix("$"), name, node, key)


def with_other_prefixes(graph: Mapping[str, Mapping[str, object]], rerun: int) -> Graph:
    """The graph with every filename prefix changed, so that nodes whose saved file was deleted run again."""
    return {node: {**entry, "inputs": _elsewhere(inputs_of(entry), rerun)} for node, entry in graph.items()}


def _elsewhere(inputs: Mapping[str, object], rerun: int) -> dict[str, object]:
    place = inputs.get("filename_prefix")
    return {**inputs, "filename_prefix": f"{place}_{rerun + 1}"} if isinstance(place, str) else dict(inputs)


def identity(payload: Payload, context: RenderContext, digests: Mapping[str, str]) -> str:
    """What the prompt's id is derived from: the fingerprint, or without one the payload itself."""
    if context.fingerprint:
        return context.fingerprint
    document = [payload.graph, digests, payload.models, payload.outputs]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def prompt_id(identity: str, purpose: str, attempt: int) -> str:
    """The id under which a render is posted, the same in every process, so that a crashed build finds it again."""
    return str(uuid.uuid5(PROMPT_IDS, f"{identity}/{purpose}/{attempt}"))


def prefix(identity: str, output: str) -> str:
    """Where a server keeps an output: `comfyvn/<16 hex digits>/<output>`, below its own output folder."""
    digits = identity.rpartition(":")[2].lower()
    if not re.fullmatch(r"[0-9a-f]{16,}", digits):
        digits = hashlib.sha256(identity.encode()).hexdigest()
    return f"comfyvn/{digits[:16]}/{safe_name(output)}"


def safe_name(name: str) -> str:
    """`name` as part of a file name on any system: lower-case letters, digits, `-` and `_` only, at most 60 of them."""
    return re.sub(r"[^a-z0-9_-]+", "_", name.lower())[:60].strip("_-") or "output"


def extra_data(payload: Payload, context: RenderContext) -> dict[str, object]:
    """`extra_data` of POST /prompt. What goes into the picture itself names neither host nor time nor secret."""
    facts = {**payload.facts, **({"fingerprint": context.fingerprint} if context.fingerprint else {})}
    tags = {"target": context.target, **context.tags}
    # Newer servers make previews for those who ask, older ones when they were started with --preview-method.
    previews = {"preview_method": "auto"} if context.previews else {}
    return {"comfyvn": {**facts, "tags": tags}, "extra_pnginfo": {"comfyvn": facts}, **previews}
