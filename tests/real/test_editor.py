"""ComfyUI's own editor, run in a browser, makes the same graph of a saved file as our conversion does."""

from __future__ import annotations

import importlib.util
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from comfyvn.graph.compare import compare
from comfyvn.graph.convert import to_api
from comfyvn.graph.ui import parse_ui
from comfyvn.reading import read_definitions
from tests.fakes.browser import BROWSER, Browser, opened, wait
from tests.fakes.editor import Editor, Net
from tests.fakes.graphs import random_graph

FRONTEND = importlib.util.find_spec("comfyui_frontend_package")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BROWSER is None, reason="apt-get install -y --no-install-recommends chromium"),
    pytest.mark.skipif(FRONTEND is None, reason="pip install comfyui-frontend-package"),
]
READY = "!!(window.app && window.app.graph && window.LiteGraph && window.LiteGraph.registered_node_types.KSampler)"
LIST = {"extensions", "embeddings", "userdata", "experiment/models"}


class Plain(Editor):
    """What the bare editor can show: no pack of JavaScript, and values that it does not round or draw lots for."""

    def _set_get(self, origin: int, slot: int, kind: str) -> tuple[int, int]:
        return origin, slot

    def _values(self, known: Any, given: Any) -> Any:
        while isinstance(values := super()._values(known, given), dict):
            continue
        return values

    def _clutter(self) -> None:
        super()._clutter()
        self.net = Net({k: n for k, n in self.net.nodes.items() if n["type"] != "GetNode"}, self.net.links)

    def whole(self, graph: dict[str, Any]) -> dict[str, Any]:
        """The document with everything that the editor insists on."""
        document = self.write(graph)
        last = {"lastGroupId": 0, "lastNodeId": 9999, "lastLinkId": 9999, "lastRerouteId": 0}
        document |= {"last_node_id": 9999, "last_link_id": 9999, "state": last}
        ends = {
            name: {"id": number, "bounding": [0, 0, 1, 1]} for name, number in (("inputNode", -10), ("outputNode", -20))
        }
        for each in document["definitions"]["subgraphs"]:
            each.update(ends, version=1, state=last, revision=0, config={}, groups=[], widgets=[])
        for net in (document, *document["definitions"]["subgraphs"]):
            for node in net["nodes"]:
                node.update({"pos": [0, 0], "size": [200, 100], "flags": {}, "order": 0} | node)
        return document


async def answer(request: Request) -> JSONResponse:
    """What the editor asks a server when it starts."""
    path = request.url.path.removeprefix("/api/")
    if path == "object_info":
        return JSONResponse(read_definitions().to_object_info())
    if path == "users":
        return JSONResponse({"storage": "server", "migrated": True})
    if path == "settings":
        return JSONResponse({"Comfy.TutorialCompleted": True, "Comfy.Workflow.ShowMissingModelsWarning": False})
    if path == "system_stats":
        return JSONResponse({"system": {"argv": []}, "devices": []})
    return JSONResponse([] if path in LIST else {})


async def listen(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The editor's files, with the few answers it needs, on a loopback port."""
    assert FRONTEND is not None and FRONTEND.origin is not None
    static = Path(FRONTEND.origin).parent / "static"
    routes = [
        WebSocketRoute("/ws", listen),
        WebSocketRoute("/api/ws", listen),
        Route("/api/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE"]),
        Mount("/", StaticFiles(directory=static, html=True)),
    ]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        server.force_exit = True
        thread.join()


def graph_of(editor: Browser, document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(json.dumps(document))
    load = f"await app.loadGraphData(JSON.parse({text}))"
    script = f"(async () => {{ {load}; return JSON.stringify((await app.graphToPrompt()).output) }})()"
    found: dict[str, Any] = json.loads(editor.run(script))
    return found


@pytest.fixture(scope="module")
def editor(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with opened(tmp_path_factory.mktemp("browser")) as browser:
        browser.open(site)
        wait(lambda: browser.run(READY))
        time.sleep(1.0)  # it opens its own example last
        yield browser


def test_the_editor_makes_the_same_graph_of_what_we_convert(editor: Browser) -> None:
    definitions = read_definitions()
    different = {}
    for seed in range(12):
        rng = Random(seed)
        graph = random_graph(rng, definitions, texts=("a pier", "x\ny"), step=8)
        document = Plain(definitions, rng).whole(graph)
        ours = to_api(parse_ui(document), definitions)
        if changes := compare({"graph": graph_of(editor, document)}, {"graph": ours}):
            different[seed] = [str(change) for change in changes]
    assert different == {}
