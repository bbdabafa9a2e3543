"""Plays recorded exchanges with a real ComfyUI over real sockets: answers, frames and their order as they were.

The client's own prompt ids are put in for the recorded ones, and time passes a hundred times as fast.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.fakes.comfy import served

FOLDER = Path(__file__).parent.parent / "data" / "protocol"
SPEED = 0.01
Exchange = dict[str, Any]


def recording(case: str) -> dict[str, Any]:
    """One recording by the start of its file name, such as "04"."""
    (file,) = FOLDER.glob(f"{case}_*.json")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def posts(case: str) -> list[Exchange]:
    """The recorded POST /prompt exchanges whose body was a JSON object with a graph."""
    return [
        exchange
        for exchange in recording(case)["exchanges"]
        if (exchange["method"], exchange["path"]) == ("POST", "/prompt")
        and "prompt" in exchange.get("request_json", {})
    ]


@dataclass
class Replay:
    """One recording as a server. `mine`: which of its posts the client will make, in their order (None: all).

    The other posts are somebody else's: they happen when they did. A post that the recording does not have is answered
    as the next of `spare`, (case, number of its post). `socket_breaks`: recorded time at which the server closes every
    socket; without `has_socket` there never is one. `keeps_ids`: it answers with the recorded ids. `answers`: what the
    next requests to "METHOD /path" get instead, as recorded exchanges.
    """

    case: str
    mine: list[int] | None = None
    spare: list[tuple[str, int]] = field(default_factory=list)
    socket_breaks: float | None = None
    has_socket: bool = True
    keeps_ids: bool = False
    answers: dict[str, list[Exchange]] = field(default_factory=dict)
    url: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, Any]] = field(default_factory=list)  # "METHOD /path", body
    origins: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)  # ours -> recorded
    states: dict[str, str] = field(default_factory=dict)  # recorded id -> pending, running, done, gone
    clients: dict[str, str] = field(default_factory=dict)  # recorded id -> client id that posted it
    sockets: dict[str, WebSocket] = field(default_factory=dict)
    hellos: list[str] = field(default_factory=list)  # first frame of every client
    arrived: dict[int, asyncio.Event] = field(default_factory=dict)
    is_playing: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.recording = recording(self.case)
        self.posts = posts(self.case)
        self.messages: list[Any] = self.recording.get("ws_messages", [])
        mine = range(len(self.posts)) if self.mine is None else self.mine
        self.arrived = {index: asyncio.Event() for index in mine}
        self.entries = _entries(self.recording)

    # --- what happens, in its order

    async def play(self) -> None:
        """Everything that was recorded, at the recorded times; at a post of ours, not before the client has made it."""
        now = 0.0
        for when, kind, what in self.timeline():
            await asyncio.sleep(max(0.0, when - now) * SPEED)
            now = when
            if kind == "post":
                await self.post_comes(what)
            elif kind == "deleted":
                self.drop(what)
            elif kind == "break":
                await self.hang_up()
            else:
                await self.tell(what)
        for prompt_id in self.ids.values():  # a prompt without a client: nobody told its end
            if self.states[prompt_id] != "gone":
                self.states[prompt_id] = "done"

    def timeline(self) -> list[tuple[float, str, Any]]:
        found: list[tuple[float, str, Any]] = [(message["t"], "frame", message) for message in self.messages]
        for index, post in enumerate(self.posts):
            if post["status"] == 200:
                found.append((post["t_sent"], "post", index))
        for exchange in self.recording["exchanges"]:
            if (exchange["method"], exchange["path"]) == ("POST", "/queue"):
                body = exchange["request_json"]
                found.append((exchange["t_sent"], "deleted", None if body.get("clear") else body["delete"]))
        if self.socket_breaks is not None:
            found.append((self.socket_breaks, "break", None))
        return sorted(found, key=lambda event: event[0])

    async def post_comes(self, index: int) -> None:
        if index in self.arrived:
            await self.arrived[index].wait()
        self.states.setdefault(self.posts[index]["response_json"]["prompt_id"], "pending")

    def drop(self, ids: list[str] | None) -> None:
        """Somebody deletes prompts from the queue (None: all); what runs is not touched."""
        for prompt_id, state in self.states.items():
            if state == "pending" and (ids is None or prompt_id in ids):
                self.states[prompt_id] = "gone"

    async def tell(self, message: Any) -> None:
        """One frame to those who heard it: broadcasts to all, the rest to the client that posted the prompt."""
        if "binary_frame" in message:
            running = next((each for each, state in self.states.items() if state == "running"), "")
            await self.send(self.clients.get(running, ""), _binary(message["binary_frame"], self.ours(running)))
            return
        kind, data = message["type"], message["data"]
        theirs = data.get("prompt_id", "")
        if kind == "execution_start":
            self.states[theirs] = "running"
        if kind == "executing" and data["node"] is None:
            self.states[theirs] = "done"  # before it is said
        text = _swap({"type": kind, "data": data}, theirs, self.ours(theirs))
        for client in list(self.sockets) if not theirs else [self.clients.get(theirs, "")]:
            await self.send(client, text)

    def ours(self, recorded: str) -> str:
        return next((mine for mine, theirs in self.ids.items() if theirs == recorded), recorded)

    async def send(self, client: str, frame: str | bytes) -> None:
        socket = self.sockets.get(client)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            if socket is not None:
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_text(frame))

    async def hang_up(self) -> None:
        for socket in list(self.sockets.values()):
            await socket.close()

    # --- routes

    async def prompt(self, request: Request) -> Response:
        body = await request.json()
        self.posted.append(body)
        for index, event in self.arrived.items():
            if not event.is_set() and self.posts[index]["request_json"]["prompt"] == body["prompt"]:
                return self.accepted(self.posts[index], body, event)
        if self.spare:
            case, number = self.spare.pop(0)
            return self.from_spare(recording(case), posts(case)[number], body)
        return JSONResponse({"error": {"type": "not_recorded", "message": "no such graph in the recording"}}, 400)

    def accepted(self, exchange: Exchange, body: dict[str, Any], event: asyncio.Event) -> Response:
        told = exchange.get("response_json")
        event.set()
        if told is None or exchange["status"] != 200:
            return _answer(exchange)
        theirs = told["prompt_id"]
        self.ids[body["prompt_id"]] = theirs
        self.clients[theirs] = str(body.get("client_id", ""))
        self.states.setdefault(theirs, "pending")
        if not self.is_playing:
            self.is_playing = True
            self.start(self.play())
        return JSONResponse(told if self.keeps_ids else {**told, "prompt_id": body["prompt_id"]})

    def from_spare(self, other: dict[str, Any], exchange: Exchange, body: dict[str, Any]) -> Response:
        """Another recording's run, at once and to its end."""
        theirs = exchange["response_json"]["prompt_id"]
        self.entries |= _entries(other)
        frames = [message for message in other["ws_messages"] if message["data"].get("prompt_id") == theirs]
        self.messages = [*self.messages, *frames]
        answer = self.accepted(exchange, body, asyncio.Event())
        self.states[theirs] = "pending" if frames else "gone"  # without a word it was deleted, as recorded

        async def run() -> None:
            for message in frames:
                await self.tell(message)

        self.start(run())
        return answer

    def start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def history(self, request: Request) -> Response:
        ours = request.path_params["id"]
        theirs = self.ids.get(ours, "")
        if self.states.get(theirs) != "done":
            return JSONResponse({})
        entry = self.entries.get(f"/history/{theirs}") or {theirs: self.heard(ours, theirs)}
        return Response(_swap(entry, theirs, ours), media_type="application/json")

    def heard(self, ours: str, theirs: str) -> dict[str, Any]:
        """The entry of a prompt whose history was not recorded, from what its socket heard."""
        told = [m for m in self.messages if "data" in m and m["data"].get("prompt_id") == theirs]
        body = next(body for body in self.posted if body["prompt_id"] == ours)
        outputs = {m["data"]["node"]: m["data"]["output"] for m in told if m["type"] == "executed"}
        if not told:
            (name,) = [node for node, entry in body["prompt"].items() if entry["class_type"] == "SaveImage"]
            outputs[name] = {"images": [{"filename": "solid_00001_.png", "subfolder": "rig", "type": "output"}]}
        messages = [[m["type"], m["data"]] for m in told if m["type"].startswith("execution_")]
        status = {"status_str": "success", "completed": True, "messages": messages}
        return {"prompt": [0, theirs, body["prompt"], {}, list(outputs)], "outputs": outputs, "status": status}

    async def queue(self, request: Request) -> Response:
        if request.method == "POST":
            body = await request.json()
            self.drop([self.ids.get(each, each) for each in body.get("delete", [])])
            return Response()
        lists: dict[str, list[Any]] = {"queue_running": [], "queue_pending": []}
        for number, (prompt_id, state) in enumerate(self.states.items()):
            if f"queue_{state}" in lists:
                lists[f"queue_{state}"].append([number, self.ours(prompt_id), {}, {}, []])
        return JSONResponse(lists)

    async def nothing(self, _: Request) -> Response:
        return Response()

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            image: Any = form["image"]
            return JSONResponse({"name": image.filename, "subfolder": form.get("subfolder", ""), "type": "input"})

    async def recorded(self, request: Request) -> Response:
        """What the recording, or the one of a server's own routes, answers to this path."""
        path = request.url.path.removeprefix("/api")
        known = [*self.recording["exchanges"], *recording("00")["exchanges"]]
        found = [e for e in known if e["method"] == "GET" and e["path"] == path and not e.get("query")]
        return _answer(found[0]) if found else Response(status_code=404)

    async def view(self, request: Request) -> Response:
        query = dict(request.query_params)
        if request.method == "HEAD":
            return Response(status_code=404)
        recorded = [e for e in self.recording["exchanges"] if e["path"] == "/view" and e["query"] == query]
        refused = [e for e in recorded if e["status"] != 200]
        return _answer(refused[0]) if refused else Response(content_for(query["filename"]))

    async def socket(self, socket: WebSocket) -> None:
        client = socket.query_params["clientId"]
        self.origins += [socket.headers["origin"]] if "origin" in socket.headers else []
        if not self.has_socket:
            await socket.close()
            return
        await socket.accept()
        self.sockets[client] = socket
        status = {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client}
        with contextlib.suppress(WebSocketDisconnect):
            await socket.send_text(json.dumps({"type": "status", "data": status}))
            self.hellos.append(await socket.receive_text())
            while True:
                await socket.receive_text()
        self.sockets.pop(client, None)

    def app(self) -> Any:
        routes = [
            Route("/prompt", self.prompt, methods=["POST"]),
            Route("/queue", self.queue, methods=["GET", "POST"]),
            Route("/history/{id}", self.history),
            Route("/interrupt", self.nothing, methods=["POST"]),
            Route("/free", self.nothing, methods=["POST"]),
            Route("/view", self.view),
            Route("/upload/image", self.upload, methods=["POST"]),
            WebSocketRoute("/ws", self.socket),
            Route("/{path:path}", self.recorded),
        ]
        inner = Starlette(routes=[Mount("/api", routes=routes), *routes])

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await inner(scope, receive, send)
                return
            receive, body = await _with_body(scope, receive)
            answer = self.noted(Request(scope), body)
            await (answer or inner)(scope, receive, send)

        return app

    def noted(self, request: Request, body: Any) -> Response | None:
        """Write the request down; the answer where the test wants another than the recording's."""
        key = f"{request.method} {request.url.path}"
        self.origins += [request.headers["origin"]] if "origin" in request.headers else []
        self.requests.append((key, body))
        waiting = self.answers.get(key.rpartition("/")[0] if "/history/" in key else key)
        return _answer(waiting.pop(0)) if waiting else None


async def _with_body(scope: Any, receive: Any) -> tuple[Any, Any]:
    """A receive that gives the body of a JSON request once more, and the body."""
    request = Request(scope, receive)
    if not request.headers.get("content-type", "").startswith("application/json"):
        return receive, None
    raw = await request.body()

    async def again() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    return again, json.loads(raw)


def _entries(document: dict[str, Any]) -> dict[str, Any]:
    """Path -> what the history says of a prompt; of an id that was used twice, what it said first."""
    found: dict[str, Any] = {}
    for exchange in document["exchanges"]:
        if exchange["path"].startswith("/history/") and exchange.get("response_json"):
            found.setdefault(exchange["path"], exchange["response_json"])
    return found


def _answer(exchange: Exchange) -> Response:
    """A recorded answer as it was."""
    if "response_json" in exchange:
        return JSONResponse(exchange["response_json"], exchange["status"])
    kind = exchange.get("response_content_type") or None
    return Response(exchange.get("response_text", ""), exchange["status"], media_type=kind)


def _binary(told: dict[str, Any], prompt_id: str) -> bytes:
    """A binary frame with the recorded head and length; of the picture only the first bytes are recorded."""
    event = int(told["event_type_u32be"])
    if event == 1:
        head = event.to_bytes(4, "big") + int(told["image_type_u32be"]).to_bytes(4, "big")
    else:
        metadata = json.dumps({**told["metadata_json"], "prompt_id": prompt_id}).encode()
        head = event.to_bytes(4, "big") + len(metadata).to_bytes(4, "big") + metadata
    picture = bytes.fromhex(told["then"].rpartition(" ")[2])
    return (head + picture).ljust(told["total_bytes"], b"\0")


def _swap(value: Any, old: str, new: str) -> str:
    return json.dumps(value).replace(json.dumps(old), json.dumps(new)) if old else json.dumps(value)


@cache
def content_for(filename: str) -> bytes:
    """A small valid file of the kind that its name says (the recordings hold no bytes)."""
    extension, buffer = filename.rpartition(".")[2], io.BytesIO()
    if extension == "mp4":
        return video()
    if extension in ("flac", "mp3", "wav"):
        soundfile.write(buffer, np.zeros(8000, "int16"), 16000, format=extension.upper())
    else:
        Image.new("RGB", (8, 8)).save(buffer, {"png": "PNG", "gif": "GIF", "webp": "WEBP"}[extension])
    return buffer.getvalue()


@cache
def video(frames: int = 6) -> bytes:
    """A small MP4 whose index stands first, so that a cut end is missed by those who read only the head."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("mpeg4", rate=12)
        stream.width = stream.height = 32
        for number in range(frames):
            picture = np.full((32, 32, 3), number * 8, "uint8")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


@contextlib.contextmanager
def replaying(case: str, **options: Any) -> Iterator[Replay]:
    """The recording, served on a free loopback port."""
    replay = Replay(case, **options)
    with served(replay.app()) as (replay.url, _):
        yield replay
