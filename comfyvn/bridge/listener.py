"""The WebSocket of one server: hears how our prompts get on. It only ever hints; history and queue are the truth.

One connection serves all prompts of a bridge. Each connection has a clientId of its own: a reopened id hears nothing of
what it missed, and of two sockets with one id the server deafens the newer when the older closes.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from comfyvn.bridge.complaints import mapping, sequence
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server

_LAST = frozenset({"execution_success", "execution_error", "execution_interrupted"})
_FRAME_BYTES = 64 * 2**20


@dataclass
class Hearing:
    """What was heard of one prompt. `wake` is set when it is worth asking the server.

    `outputs`: node -> its output; `ending`: the last message; `is_expected`: posted under the open connection's id;
    `is_whole`: heard from its start on without a gap.
    """

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    outputs: dict[str, Mapping[str, object]] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    ending: tuple[str, Mapping[str, object]] | None = None
    is_over: bool = False
    is_expected: bool = False
    is_whole: bool = False
    step: tuple[str, int, int] | None = None  # node, value, maximum


Told = Callable[[str, Hearing], None]


class Listener:
    """Keeps one socket open while somebody listens. Belongs to one event loop."""

    def __init__(self, server: Server, limits: Limits) -> None:
        self._server, self._limits = server, limits
        self._hearings: dict[str, list[tuple[Hearing, Told]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()  # connected, or known to fail
        self._wanted = asyncio.Event()
        self.client_id = ""  # of the open connection, empty when there is none

    async def ready(self) -> str:
        """The clientId to post with; waits for a first connection, but only as long as `Limits.socket_s`."""
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name="comfyvn-listener")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), self._limits.socket_s)
        self._settled.set()
        return self.client_id

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextmanager
    def hearing(self, prompt_id: str, told: Told) -> Iterator[Hearing]:
        """Hear of one prompt for a while; `told` is called after every message about it."""
        mine = (Hearing(), told)
        self._hearings.setdefault(prompt_id, []).append(mine)
        self._wanted.set()
        try:
            yield mine[0]
        finally:
            self._hearings[prompt_id].remove(mine)
            if not self._hearings[prompt_id]:
                del self._hearings[prompt_id]
            if not self._hearings:
                self._wanted.clear()

    def listeners(self, prompt_id: str) -> int:
        """How many calls of this bridge follow that prompt."""
        return len(self._hearings.get(prompt_id, ()))

    async def _listen(self) -> None:
        pause = 0.2
        while True:
            await self._wanted.wait()
            with suppress(OSError, TimeoutError, WebSocketException):
                await self._hear_one_connection()
            pause = 0.2 if self.client_id else min(pause * 2, 5.0)
            self.client_id = ""
            self._settled.set()
            self._deafen()
            await asyncio.sleep(pause)

    async def _hear_one_connection(self) -> None:
        client_id = uuid.uuid4().hex
        scheme, _, rest = self._server.url.partition("://")
        async with connect(
            f"{'wss' if scheme == 'https' else 'ws'}://{rest}/ws?clientId={client_id}",
            additional_headers=dict(self._server.headers),
            ssl=self._tls(),
            proxy=None if self._server.is_local() else True,
            open_timeout=self._limits.connect_s,
            close_timeout=1.0,
            # The server's loop stands still while a big model loads: a late pong is no reason to hang up.
            ping_timeout=None,
            max_size=_FRAME_BYTES,
        ) as socket:
            self.client_id = client_id
            self._settled.set()
            async for frame in socket:
                if isinstance(frame, str):  # binary frames are previews
                    self._hear(frame)

    def _tls(self) -> ssl.SSLContext | None:
        if not self._server.url.startswith("https:"):
            return None
        context = ssl.create_default_context()
        if not self._server.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def _deafen(self) -> None:
        """The connection is gone: whoever follows must ask from now on."""
        for followers in self._hearings.values():
            for hearing, _ in followers:
                hearing.is_whole = hearing.is_expected = False
                hearing.wake.set()

    def _hear(self, frame: str) -> None:
        try:
            message = mapping(json.loads(frame))
        except (ValueError, RecursionError):
            return
        kind, data = str(message.get("type", "")), mapping(message.get("data"))
        if kind == "status":  # the queue moved: those whose prompt was posted by somebody else look now
            for followers in self._hearings.values():
                for hearing, _ in followers:
                    if not hearing.is_expected:
                        hearing.wake.set()
            return
        for hearing, told in tuple(self._hearings.get(str(data.get("prompt_id", "")), ())):
            _note(hearing, kind, data)
            told(kind, hearing)


def _note(hearing: Hearing, kind: str, data: Mapping[str, object]) -> None:
    """Take one message about a prompt into what is known of it."""
    if kind == "execution_start":
        hearing.is_whole = True
    elif kind == "execution_cached":
        hearing.cached = [str(node) for node in sequence(data.get("nodes"))]
    elif kind == "executed":
        hearing.outputs[str(data.get("display_node") or data.get("node"))] = mapping(data.get("output"))
    elif kind == "progress":
        hearing.step = (str(data.get("node", "")), _whole(data.get("value")), _whole(data.get("max")))
    elif kind == "executing" and data.get("node") is not None:
        hearing.step = (str(data["node"]), 0, 0)
    elif kind in _LAST:
        hearing.ending = (kind, data)
    if kind in _LAST or (kind == "executing" and data.get("node") is None):
        hearing.is_over = True
        hearing.wake.set()


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 2**31 else 0
