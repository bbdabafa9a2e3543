"""The WebSocket side of the endpoint: who is connected under which client id, and messages to them in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

PREVIEW, TEXT, PREVIEW_WITH_METADATA = 1, 3, 4
FEATURES = {"supports_preview_metadata": True, "max_upload_size": 104857600}
_JPEG = 1


class Sockets:
    """Sends JSON and binary messages to clients; `send` may be called from any thread, `serve` runs on the loop."""

    def __init__(self) -> None:
        self._clients: dict[str, WebSocket] = {}
        self._features: dict[str, Mapping[str, Any]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbox: asyncio.Queue[tuple[str | None, str | bytes]] | None = None

    async def publish(self) -> None:
        """Carries messages to the sockets, one after the other, until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._outbox = asyncio.Queue()
        while True:
            client, message = await self._outbox.get()
            sockets = list(self._clients.values()) if client is None else [self._clients.get(client)]
            for socket in sockets:
                if socket is not None:
                    await _deliver(socket, message)

    def send(self, event: str, data: Mapping[str, Any], client: str | None = None) -> None:
        """`client` None means everybody."""
        self._post(client, json.dumps({"type": event, "data": data}))

    def send_preview(self, jpeg: bytes, metadata: Mapping[str, Any], client: str | None) -> None:
        """A preview frame: with metadata (event 4) for clients that asked for it, plain (event 1) for others."""
        if client is not None and self._features.get(client, {}).get("supports_preview_metadata"):
            text = json.dumps({**metadata, "image_type": "image/jpeg"}).encode()
            self._post(client, struct.pack(">II", PREVIEW_WITH_METADATA, len(text)) + text + jpeg)
        else:
            self._post(client, struct.pack(">II", PREVIEW, _JPEG) + jpeg)

    async def serve(self, socket: WebSocket, hello: Mapping[str, Any], running: tuple[str | None, str | None]) -> None:
        """One connection, from its first message to its end. `running`: (client id, node) of what runs now."""
        client = socket.query_params.get("clientId") or uuid.uuid4().hex
        await socket.accept()
        self._clients[client] = socket
        self.send("status", {"status": hello, "sid": client}, client)
        if running[0] == client and running[1] is not None:
            self.send("executing", {"node": running[1]}, client)
        try:
            await self._listen(socket, client)
        finally:
            # By id, not by socket: when two sockets share an id, the end of the older one deafens the newer. That is
            # how the real server behaves, and a client must be ready for it.
            self._clients.pop(client, None)
            self._features.pop(client, None)

    async def _listen(self, socket: WebSocket, client: str) -> None:
        first = True
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                flags = _feature_flags(message.get("text")) if first else None
                if flags is not None:
                    self._features[client] = flags
                    self.send("feature_flags", FEATURES, client)
                first = False

    def _post(self, client: str | None, message: str | bytes) -> None:
        loop, outbox = self._loop, self._outbox
        if loop is None or outbox is None or loop.is_closed():
            return
        # The loop may close between the question and the call when the server goes down under a running prompt.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(outbox.put_nowait, (client, message))


async def _deliver(socket: WebSocket, message: str | bytes) -> None:
    # A client that has gone away must not stop the others; its own `serve` notices and cleans up.
    with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect):
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


def _feature_flags(text: str | None) -> Mapping[str, Any] | None:
    try:
        message = json.loads(text or "")
    except ValueError:
        return None
    if isinstance(message, dict) and message.get("type") == "feature_flags" and isinstance(message.get("data"), dict):
        data: Mapping[str, Any] = message["data"]
        return data
    return None
