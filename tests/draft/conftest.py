"""A draft endpoint on a real loopback port, and the few things every test does with it."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from PIL import Image
from starlette.types import ASGIApp
from websockets.sync.client import ClientConnection, connect

from comfyvn.draft import interpret
from comfyvn.draft.__main__ import shipped_definitions
from comfyvn.draft.app import create_app
from comfyvn.draft.folders import Folders
from comfyvn.draft.world import Call, Outcome, World
from comfyvn.graph.check import validate
from comfyvn.graph.definitions import Definitions

CHECKPOINT = "tiny_sd15_random.safetensors"


def until(question: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true answer, or the last one when time is up (what is then asserted says what is wrong)."""
    deadline = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.003)
    return answer


@dataclass
class Endpoint:
    """A running endpoint: `http` talks to it, `folder` holds its input/, output/ and temp/."""

    url: str
    folder: Path
    http: httpx.Client

    def run(self, graph: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """The history entry of a graph that has run."""
        answer = self.http.post("/prompt", json={"prompt": graph, **fields})
        assert answer.status_code == 200, answer.text
        prompt_id = answer.json()["prompt_id"]
        entry: dict[str, Any] = until(lambda: self.http.get(f"/history/{prompt_id}").json())[prompt_id]
        return entry

    def picture(self, entry: Mapping[str, Any], node: str, index: int = 0) -> Image.Image:
        """A picture that a node of a finished prompt saved."""
        return Image.open(io.BytesIO(self.file(entry["outputs"][node]["images"][index])))

    def file(self, place: Mapping[str, str]) -> bytes:
        query = {key: place[key] for key in ("filename", "subfolder", "type")}
        answer = self.http.get("/view", params=query)
        assert answer.status_code == 200, answer.text
        return answer.content

    def upload(self, name: str, data: bytes, **fields: str) -> httpx.Response:
        return self.http.post("/upload/image", data=fields, files={"image": (name, data)})

    def socket(self, client: str) -> ClientConnection:
        return connect(f"{self.url.replace('http', 'ws')}/ws?clientId={client}", max_size=None)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Endpoint]]:
    """Starts endpoints with `create_app`'s options; all are stopped at the end of the test."""
    stops: list[Callable[[], None]] = []

    def start(models: Mapping[str, list[str]] | None = None, **options: Any) -> Endpoint:
        folder = tmp_path / f"endpoint{len(stops)}"
        app = create_app(shipped_definitions(), {"checkpoints": [CHECKPOINT], **(models or {})}, folder, **options)
        url, stop = listen(app)
        http = httpx.Client(base_url=url, timeout=30)
        stops.append(lambda: (http.close(), stop())[1])
        return Endpoint(url, folder, http)

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def endpoint(serve: Callable[..., Endpoint]) -> Endpoint:
    return serve()


def listen(app: ASGIApp) -> tuple[str, Callable[[], None]]:
    """Serves an application in a thread; the URL, and what stops it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    config = uvicorn.Config(app, log_level="critical", ws="websockets-sansio", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    until(lambda: server.started)

    def stop() -> None:
        server.should_exit = True
        thread.join(20)
        listener.close()

    return f"http://127.0.0.1:{listener.getsockname()[1]}", stop


def png(size: tuple[int, int] = (8, 8), colour: Any = 0, mode: str = "RGB") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, colour).save(stream, "PNG")
    return stream.getvalue()


Message = dict[str, Any] | bytes


def receive(connection: ClientConnection, seconds: float = 60.0) -> Message:
    raw = connection.recv(timeout=seconds)
    return raw if isinstance(raw, bytes) else json.loads(raw)


def read_until_done(connection: ClientConnection, prompt_id: str) -> list[Message]:
    """Every message up to the one that says that nothing of this prompt runs any more."""
    done = {"type": "executing", "data": {"node": None, "prompt_id": prompt_id}}
    messages: list[Message] = []
    while not messages or messages[-1] != done:
        messages.append(receive(connection))
    return messages


def execute(graph: Mapping[str, Any], folders: Folders, definitions: Definitions) -> dict[str, Outcome]:
    """Runs a graph as the worker does, without server or cache; the outcome of every node."""
    verdict = validate(graph, definitions)
    assert verdict.error is None, verdict.error
    assert not verdict.node_errors, verdict.node_errors
    ordered = interpret.order(verdict.graph, verdict.outputs, definitions)
    reached = interpret.consumers(verdict.graph, ordered, definitions)
    world = World(folders, verdict.graph, {"comfyvn": {"task": "test"}}, reached)
    done: dict[str, Outcome] = {}
    for node in ordered:
        entry = verdict.graph[node]
        definition = definitions.classes[entry["class_type"]]
        inputs = dict(entry["inputs"])
        for name, source, slot in interpret.links(entry, definition):
            inputs[name] = done[source].values[slot]
        done[node] = interpret.run(Call(node, definition, inputs, world))
    return done
