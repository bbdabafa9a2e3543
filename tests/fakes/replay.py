"""Plays a recorded exchange with a real ComfyUI over real sockets, with the client's own prompt ids put in."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.fakes.comfy import served

FOLDER = Path(__file__).parent.parent / "data" / "protocol"


def recording(case: str) -> dict[str, Any]:
    """One recording by the start of its file name, such as "04"."""
    (file,) = FOLDER.glob(f"{case}_*.json")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def posts(case: str) -> list[dict[str, Any]]:
    """The recorded POST /prompt exchanges whose body was a JSON object with a graph."""
    return [
        exchange
        for exchange in recording(case)["exchanges"]
        if (exchange["method"], exchange["path"]) == ("POST", "/prompt")
        and "prompt" in exchange.get("request_json", {})
    ]


@dataclass
class Replay:
    """Answers as recorded. A post is matched by its graph; its messages follow at once, then its history is there."""

    case: str
    url: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)  # ours -> recorded
    done: set[str] = field(default_factory=set)
    used: list[int] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recording = recording(self.case)

    async def prompt(self, request: Request) -> Response:
        body = await request.json()
        self.posted.append(body)
        for index, exchange in enumerate(self.recording["exchanges"]):
            sent = exchange.get("request_json", {})
            if index not in self.used and exchange["path"] == "/prompt" and sent.get("prompt") == body["prompt"]:
                self.used.append(index)
                return self._accepted(exchange, body["prompt_id"])
        return JSONResponse({"error": {"type": "not_recorded", "message": "no such graph in the recording"}}, 400)

    def _accepted(self, exchange: dict[str, Any], ours: str) -> Response:
        told = exchange.get("response_json")
        if told is None:
            return Response(exchange.get("response_text", ""), exchange["status"])
        if exchange["status"] != 200:
            return JSONResponse(told, exchange["status"])
        self.ids[ours] = told["prompt_id"]
        return JSONResponse({**told, "prompt_id": ours}, background=BackgroundTask(self._play, ours))

    async def _play(self, ours: str) -> None:
        for message in self.recording.get("ws_messages", []):
            if "binary_frame" in message:
                frame = (4).to_bytes(4, "big") + b"\x00\x00\x00\x02{}"
                await self._tell(frame)
            elif message["data"].get("prompt_id", self.ids[ours]) == self.ids[ours]:
                await self._tell(_swap({"type": message["type"], "data": message["data"]}, self.ids[ours], ours))
        self.done.add(ours)

    async def _tell(self, frame: str | bytes) -> None:
        for socket in list(self.sockets):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_text(frame))

    async def history(self, request: Request) -> Response:
        ours = request.path_params["id"]
        if ours not in self.done:
            return JSONResponse({})
        theirs = self.ids[ours]
        found = [e["response_json"] for e in self.recording["exchanges"] if e["path"] == f"/history/{theirs}"]
        return Response(_swap(next(filter(None, found), {}), theirs, ours), media_type="application/json")

    async def queue(self, request: Request) -> Response:
        if request.method == "POST":
            return Response()
        running = [[1, ours, {}, {}, []] for ours in self.ids if ours not in self.done]
        return JSONResponse({"queue_running": running, "queue_pending": []})

    async def stats(self, _: Request) -> Response:
        return JSONResponse(recording("00")["exchanges"][0]["response_json"])

    async def view(self, request: Request) -> Response:
        return Response(content_for(request.query_params["filename"]))

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        self.sockets.append(socket)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive()
                if socket.client_state.name == "DISCONNECTED":
                    break
        self.sockets.remove(socket)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/prompt", self.prompt, methods=["POST"]),
                Route("/queue", self.queue, methods=["GET", "POST"]),
                Route("/history/{id}", self.history),
                Route("/system_stats", self.stats),
                Route("/view", self.view),
                WebSocketRoute("/ws", self.socket),
            ]
        )


def _swap(value: Any, old: str, new: str) -> str:
    return json.dumps(value).replace(json.dumps(old), json.dumps(new))


def content_for(filename: str) -> bytes:
    """A small valid file of the kind that its name says (the recordings hold no bytes)."""
    extension, buffer = filename.rpartition(".")[2], io.BytesIO()
    if extension == "mp4":
        return b"\x00\x00\x00\x18ftypisom" + bytes(32)
    if extension in ("flac", "mp3", "wav"):
        soundfile.write(buffer, np.zeros(8000, "int16"), 16000, format=extension.upper())
    else:
        Image.new("RGB", (8, 8)).save(buffer, {"png": "PNG", "gif": "GIF", "webp": "WEBP"}[extension])
    return buffer.getvalue()


@contextlib.contextmanager
def replaying(case: str) -> Iterator[Replay]:
    """The recording, served on a free loopback port."""
    replay = Replay(case)
    with served(replay.app()) as (replay.url, _):
        yield replay
