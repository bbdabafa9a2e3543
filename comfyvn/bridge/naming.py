"""The server's own names for what a graph needs: uploaded files by content, models as this server lists them."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from comfyvn.bridge.complaints import class_of, mapping, quoted, sequence
from comfyvn.bridge.media import recognise
from comfyvn.bridge.payload import Payload, Token, tokens
from comfyvn.bridge.wire import Wire
from comfyvn.errors import BridgeError, InputMissing, NodeError, PromptRejected, WorkflowError
from comfyvn.graph.definitions import TOP_LEVEL

FOLDER = "comfyvn"  # below the input folder; classes that list only what lies directly in that get it there


@dataclass(frozen=True)
class Given:
    """Token name -> the server's own name, for inputs and for models."""

    inputs: Mapping[str, str]
    models: Mapping[str, str]


class Names:
    """Asks one server for its names and remembers them. Belongs to one event loop."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._uploads: dict[str, asyncio.Task[str]] = {}  # place -> the name the server gave it
        self._definitions: dict[str, Mapping[str, object]] = {}

    def forget_uploads(self) -> None:
        """Believe no more that the server still has what was uploaded (its input folder may have been emptied)."""
        self._uploads.clear()

    async def given(self, payload: Payload, files: Mapping[str, bytes]) -> Given:
        """The server's name for every input and every model that the graph has a token for."""
        inputs: dict[str, str] = {}
        models: dict[str, str] = {}
        for token in tokens(payload.graph):
            if token.kind == "input" and token.name not in inputs:
                top = class_of(payload.graph, token.node) in TOP_LEVEL
                inputs[token.name] = await self._upload(files[token.name], "" if top else FOLDER)
            elif token.kind == "model" and token.name not in models:
                models[token.name] = await self._model(token, payload)
        return Given(inputs, models)

    async def _upload(self, data: bytes, folder: str) -> str:
        name = content_name(data)
        place = f"{folder}/{name}" if folder else name
        if place not in self._uploads:
            task = self._uploads[place] = asyncio.create_task(self._send(folder, name, data))
            task.add_done_callback(lambda done: self._forget_failed(place, done))
        # Several renders may wait for one upload: that one of them is cancelled must not stop it.
        return await asyncio.shield(self._uploads[place])

    def _forget_failed(self, place: str, done: asyncio.Task[str]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._uploads.get(place) is done:
            del self._uploads[place]

    async def _send(self, folder: str, name: str, data: bytes) -> str:
        if await self._wire.holds({"filename": name, "subfolder": folder, "type": "input"}, len(data)):
            return f"{folder}/{name}" if folder else name
        form = {"type": "input", "subfolder": folder}
        answer = await self._wire.ask("POST", "/upload/image", form=form, files={"image": (name, data)})
        told = mapping(answer.json())
        given = told.get("name")
        if answer.status != 200 or not isinstance(given, str) or len(given) > 1000:
            raise BridgeError(
                f"the server did not take an input file of {len(data)} bytes (HTTP {answer.status}): "
                f"{quoted(answer.text(), self._wire.server, 120) or 'no reason given'}",
                self._wire.server.label(),
                "check the free space of its disk and the upload limit of a proxy before it",
            )
        place, kind = str(told.get("subfolder") or ""), str(told.get("type") or "input")
        return sendable("".join((f"{place}/" if place else "", given, f" [{kind}]" if kind != "input" else "")))

    async def definition(self, class_type: str) -> Mapping[str, object]:
        """What `/object_info` says of one class, {} where the server does not have it."""
        if class_type not in self._definitions:
            answer = await self._wire.ask("GET", f"/object_info/{quote(class_type, safe='')}")
            self._definitions[class_type] = mapping(mapping(answer.json()).get(class_type))
        return self._definitions[class_type]

    async def _model(self, token: Token, payload: Payload) -> str:
        """The server's name for a model: what servers.yaml maps it to, else the listed file of that name."""
        if token.name in self._wire.server.models:
            return self._wire.server.models[token.name]
        wanted = payload.models.get(token.name, token.name)
        class_type = class_of(payload.graph, token.node)
        listed = options(await self.definition(class_type), token.key)
        fitting = matches(wanted, listed)
        if len(fitting) == 1 or not listed:  # without a list the server itself will say what it thinks of the name
            return fitting[0] if fitting else wanted
        raise self._unknown_model(token, class_type, wanted, fitting, listed)

    def _unknown_model(
        self, token: Token, class_type: str, wanted: str, fitting: Sequence[str], listed: Sequence[str]
    ) -> PromptRejected:
        close = fitting[:5] or difflib.get_close_matches(wanted, [name[:200] for name in listed[:5000]], 3, 0.4)
        offer = f"; it has {', '.join(quoted(name, self._wire.server, 80) for name in close or listed[:5])}"
        problem = f"has several files named {wanted}" if fitting else f"has no model file {wanted}"
        name = self._wire.server.name
        fix = (
            f"put {wanted} on the server (`comfyvn doctor` says where from), name its file under "
            f"servers.{name}.models.{token.name} in providers/servers.yaml, or use another model{offer}"
        )
        if fitting:
            fix = f"say which one under servers.{name}.models.{token.name} in providers/servers.yaml{offer}"
        complaint = NodeError(token.node, class_type, token.key, "value_not_in_list", f"the server {problem}", fix)
        where = f"{self._wire.server.label()}, node {token.node} ({class_type}), input {token.key}"
        return PromptRejected(f"the server {problem} (model {token.name})", where, fix, [complaint])


def content_name(data: bytes) -> str:
    """The name an input is uploaded under: its content decides it, so that equal files are sent once."""
    return f"{hashlib.sha256(data).hexdigest()[:32]}.{recognise(data).extension}"


def sendable(name: str) -> str:
    """A server's name for something, fit to be sent back: halves of surrogate pairs are valid in JSON, not in UTF-8."""
    return name.encode("utf-8", "replace").decode()


def read_inputs(payload: Payload) -> dict[str, bytes]:
    """The bytes of every input that the graph has a token for. Raises WorkflowError, InputMissing."""
    found: dict[str, bytes] = {}
    for token in tokens(payload.graph):
        if token.kind != "input" or token.name in found:
            continue
        if token.name not in payload.inputs:
            raise WorkflowError(
                f'the graph needs the input "{token.name}", which was not given',
                f'workflow "{payload.workflow_id}", node {token.node}, input {token.key}',
                f"given: {', '.join(sorted(payload.inputs)) or 'none'}",
            )
        found[token.name] = _bytes(payload.inputs[token.name], token.name)
    return found


def _bytes(value: bytes | Path, name: str) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return value.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        what = f'the file for input "{name}" cannot be read: {why}'
        raise InputMissing(what, value.name, "build it again") from error


def options(definition: Mapping[str, object], key: str) -> list[str]:
    """What a choice input lists, in both of ComfyUI's notations; [] where it is no choice."""
    for section in ("required", "optional"):
        spec = sequence(mapping(mapping(definition.get("input")).get(section)).get(key))
        if spec:
            newer = mapping(spec[1] if len(spec) > 1 else None).get("options")
            return [sendable(str(item)) for item in sequence(spec[0] if isinstance(spec[0], list) else newer)]
    return []


def matches(wanted: str, listed: Sequence[str]) -> list[str]:
    """The listed names that mean the file `wanted`: the same text, else the same path, else the same file name.

    `\\` and `/` are one separator (Windows servers list `SDXL\\x.safetensors`).
    """
    if wanted in listed:
        return [wanted]
    parts = _parts(wanted)
    for ending in (parts, parts[-1:]):
        found = [name for name in listed if _parts(name)[-len(ending) :] == ending]
        if found:
            return found
    return []


def _parts(name: str) -> list[str]:
    return re.split(r"[\\/]+", name)
