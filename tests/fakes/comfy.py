"""A small ComfyUI double on a real socket: queue, history, files, messages, with knobs for what goes wrong."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import io
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


def png(color: tuple[int, int, int] = (1, 2, 3), size: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), color).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class Prompt:
    """A posted body and what became of it."""

    body: dict[str, Any]
    outputs: dict[str, Any] = field(default_factory=dict)
    messages: list[list[Any]] = field(default_factory=list)
    status: str = "success"
    meta: dict[str, Any] = field(default_factory=dict)  # node -> what ComfyUI says of it beside its outputs

    @property
    def id(self) -> str:
        return str(self.body["prompt_id"])

    def entry(self) -> dict[str, Any]:
        done = {"status_str": self.status, "completed": self.status == "success", "messages": self.messages}
        graph, extra = self.body["prompt"], self.body.get("extra_data", {})
        return {"prompt": [1, self.id, graph, extra, []], "outputs": self.outputs, "status": done, "meta": self.meta}


class Stuck(Exception):
    """Raised by a play: the prompt runs on for ever."""


Play = Callable[["FakeComfy", Prompt], None]


@dataclass
class FakeComfy:
    """`play` runs a prompt; while `gate` is cleared prompts wait; `overrides` answer the next of "METHOD /path".

    `is_mute`: the socket says nothing; `is_forgetful`: nothing is ever in the history.
    """

    play: Play
    url: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)  # ids of the prompts that began to run
    requests: list[str] = field(default_factory=list)
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)  # type, subfolder, name
    pending: list[Prompt] = field(default_factory=list)
    running: list[Prompt] = field(default_factory=list)
    history: dict[str, Prompt] = field(default_factory=dict)
    overrides: dict[str, list[tuple[int, str | bytes, dict[str, str]]]] = field(default_factory=dict)
    definitions: dict[str, Any] = field(default_factory=dict)
    sockets: dict[str, WebSocket] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    at_post: Callable[[], None] | None = None  # called when a post is read, a while before it is queued
    at_queued: Callable[[], object] | None = None  # called when a post was queued, before it is answered
    is_mute: bool = False
    is_forgetful: bool = False
    most_at_once: int = 0
    wants_header: tuple[str, str] | None = None
    loop: asyncio.AbstractEventLoop | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    def save(self, name: str, data: bytes, kind: str = "output", subfolder: str = "") -> dict[str, str]:
        self.files[kind, subfolder, name] = data
        return {"filename": name, "subfolder": subfolder, "type": kind}

    def say(self, prompt: Prompt, kind: str, **data: Any) -> None:
        """One message to the prompt's client, and into its history as ComfyUI keeps it."""
        message = {"type": kind, "data": {**data, "prompt_id": prompt.id}}
        if kind.startswith("execution"):
            prompt.messages.append([kind, message["data"]])
        socket = self.sockets.get(str(prompt.body.get("client_id", "")))
        if socket is not None and not self.is_mute:
            self._from_worker(_send(socket, json.dumps(message)))

    async def tell_queue(self) -> None:
        """To everybody who listens: how many prompts wait or run."""
        status = {"status": {"exec_info": {"queue_remaining": len(self.pending) + len(self.running)}}}
        for socket in tuple(self.sockets.values()) if not self.is_mute else ():
            await _send(socket, json.dumps({"type": "status", "data": status}))

    # --- the worker

    def step(self) -> bool:
        """Run the next prompt, as ComfyUI's one worker does; False if none waits."""
        if not self.pending or not self.gate.is_set():
            return False
        prompt = self.pending.pop(0)
        self.running.append(prompt)
        self.begun.append(prompt.id)
        try:
            self.play(self, prompt)
        except Stuck:
            return True
        self.running.remove(prompt)
        if not self.is_forgetful:
            self.history[prompt.id] = prompt
        self._from_worker(self.tell_queue())
        self.say(prompt, "executing", node=None)
        return True

    def _from_worker(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Carried out on the server's loop; nothing where the server has stopped meanwhile."""
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self.loop) if self.loop is not None else None
        except RuntimeError:  # the loop is closed
            future = None
        if future is None:
            return coroutine.close()
        with contextlib.suppress(TimeoutError, concurrent.futures.CancelledError):
            future.result(5)
        return None

    # --- routes

    async def prompt(self, request: Request) -> Response:
        body = await request.json()
        if self.at_post is not None:
            self.at_post()
            await asyncio.sleep(0.3)
        self.posted.append(body)
        self.pending.append(Prompt(body))
        await self.tell_queue()
        if self.at_queued is not None:
            self.at_queued()
        self.most_at_once = max(self.most_at_once, len(self.pending) + len(self.running))
        return JSONResponse({"prompt_id": body["prompt_id"], "number": len(self.posted), "node_errors": {}})

    async def queue(self, request: Request) -> Response:
        if request.method == "POST":
            gone = (await request.json()).get("delete", [])
            self.pending[:] = [prompt for prompt in self.pending if prompt.id not in gone]
            await self.tell_queue()
            return Response()
        lists = {"queue_running": self.running, "queue_pending": self.pending}
        told = {key: [[1, item.id, item.body["prompt"], {}, []] for item in items] for key, items in lists.items()}
        return JSONResponse(told)

    async def look(self, request: Request) -> Response:
        found = self.history.get(request.path_params["id"])
        # Written as ComfyUI writes JSON: any text at all, halves of surrogate pairs too.
        return Response(json.dumps({found.id: found.entry()} if found else {}), media_type="application/json")

    async def interrupt(self, request: Request) -> Response:
        body = await request.json()
        for prompt in self.running:
            if prompt.id == body.get("prompt_id"):
                prompt.status = "interrupted"
        return Response()

    async def free(self, _: Request) -> Response:
        return Response()

    async def view(self, request: Request) -> Response:
        query = request.query_params
        data = self.files.get((query["type"], query["subfolder"], query["filename"]))
        return Response(status_code=404) if data is None else Response(data, media_type="application/octet-stream")

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            image: Any = form["image"]
            data = await image.read()
            place = (str(form.get("type", "input")), str(form.get("subfolder", "")), image.filename)
        if self.files.get(place, data) != data:
            stem, _, extension = image.filename.rpartition(".")
            place = (*place[:2], f"{stem} (1).{extension}")
        self.files[place] = data
        return JSONResponse({"name": place[2], "subfolder": place[1], "type": place[0]})

    async def stats(self, _: Request) -> Response:
        system = {"comfyui_version": "0.3.64", "pytorch_version": "2.13.0+cu130", "argv": ["--secret-path"]}
        device = {"name": "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", "type": "cuda", "index": 0}
        return JSONResponse({"system": system, "devices": [device]})

    async def info(self, request: Request) -> Response:
        name = request.path_params.get("name")
        one = {name: self.definitions[name]} if name in self.definitions else {}
        return JSONResponse(self.definitions if name is None else one)

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        self.sockets[socket.query_params["clientId"]] = socket
        with contextlib.suppress(WebSocketDisconnect):
            await self.tell_queue()
            while True:
                await socket.receive_text()
        self.sockets.pop(socket.query_params["clientId"], None)

    def app(self) -> Any:
        routes = [
            Route("/prompt", self.prompt, methods=["POST"]),
            Route("/queue", self.queue, methods=["GET", "POST"]),
            Route("/history/{id}", self.look),
            Route("/interrupt", self.interrupt, methods=["POST"]),
            Route("/free", self.free, methods=["POST"]),
            Route("/view", self.view),
            Route("/upload/image", self.upload, methods=["POST"]),
            Route("/system_stats", self.stats),
            Route("/object_info", self.info),
            Route("/object_info/{name:path}", self.info),
            WebSocketRoute("/ws", self.socket),
        ]
        inner = Starlette(routes=routes)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and (answer := self._override(scope)) is not None:
                await answer(scope, receive, send)
            else:
                await inner(scope, receive, send)

        return app

    def _override(self, scope: Any) -> Response | None:
        key = f"{scope['method']} {scope['path']}"
        self.requests.append(key)
        if self.wants_header is not None:
            name, value = self.wants_header
            if (name.encode(), value.encode()) not in [(key.lower(), given) for key, given in scope["headers"]]:
                return PlainTextResponse("not allowed", 403)
        if answers := self.overrides.get(key):
            status, body, headers = answers.pop(0)
            return Response(body, status, headers)
        return None


async def _send(socket: WebSocket, text: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_text(text)


def paint(server: FakeComfy, prompt: Prompt, before_the_end: Callable[[], object] = lambda: None) -> None:
    """The usual play: a PNG for every SaveImage node, with the messages of a good run.

    What a test spoils, it spoils in `before_the_end`: once told of the end, a client is on its way to the files.
    """
    server.say(prompt, "execution_start")
    server.say(prompt, "execution_cached", nodes=[])
    for node, entry in prompt.body["prompt"].items():
        server.say(prompt, "executing", node=node)
        if entry["class_type"] == "SaveImage":
            folder, _, stem = entry["inputs"]["filename_prefix"].rpartition("/")
            item = server.save(f"{stem}_{len(server.history) + 1:05}_.png", png(), subfolder=folder)
            prompt.outputs[node] = {"images": [item]}
            server.say(prompt, "executed", node=node, output=prompt.outputs[node])
        else:
            server.say(prompt, "progress", node=node, value=1, max=2)
    before_the_end()
    server.say(prompt, "execution_success")


async def hang_up(transports: Iterable[asyncio.BaseTransport]) -> None:
    """Before a loop closes: end its tasks and its connections, so that nothing is left to the garbage collector."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for transport in transports:
        if transport.get_extra_info("socket").fileno() < 0:
            continue  # one that is closed already cannot be aborted
        transport.abort() if isinstance(transport, asyncio.WriteTransport) else transport.close()
    for _ in range(3):  # a closed transport says goodbye in the next round of the loop
        await asyncio.sleep(0)


@contextlib.contextmanager
def served(app: Any, port: int = 0, **options: Any) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
    """An ASGI application on a loopback port, in a thread; (its url, its loop). `options` are uvicorn's."""
    config = uvicorn.Config(
        app,
        "127.0.0.1",
        port,
        log_level="critical",
        ws="websockets-sansio",
        lifespan="off",
        timeout_graceful_shutdown=1,
        **options,
    )
    server = uvicorn.Server(config)
    loop = asyncio.new_event_loop()

    def run() -> None:
        try:
            loop.run_until_complete(server.serve())
        finally:
            loop.run_until_complete(hang_up([each.transport for each in server.server_state.connections]))
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise OSError("the test server did not start")
        time.sleep(0.002)
    try:
        scheme = "https" if config.is_ssl else "http"
        yield f"{scheme}://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", loop
    finally:
        server.should_exit = True
        thread.join(5)


@contextlib.contextmanager
def running(fake: FakeComfy, port: int = 0, **options: Any) -> Iterator[FakeComfy]:
    """The fake, served, with its worker. `options` are uvicorn's."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.is_set():
            if not fake.step():
                time.sleep(0.002)

    with served(fake.app(), port, **options) as (fake.url, fake.loop):
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            yield fake
        finally:
            stopping.set()
            fake.gate.set()
            worker.join(5)  # what it has to say needs the loop
            worker.join(5)
