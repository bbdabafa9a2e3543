"""The WebSocket of one server: hears how our prompts get on. It only ever hints; history and queue are the truth.

One connection serves all prompts of a bridge. Each connection has a clientId of its own: a reopened id hears nothing of
what it missed, and of two sockets with one id the server deafens the newer when the older closes.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from comfyvn.bridge.complaints import clean, mapping, quoted, sequence
from comfyvn.bridge.previews import FLAGS, read_preview
from comfyvn.bridge.redaction import quiet_logger
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server
from comfyvn.bridge.tls import tls_context
from comfyvn.bridge.transport import parsed
from comfyvn.errors import BridgeError

log = logging.getLogger(__name__)

PREVIEW = "preview"  # what `Told` is told when a picture came; all other kinds are the server's own
_LAST = frozenset({"execution_success", "execution_error", "execution_interrupted"})
_KEPT = _LAST | {"execution_cached", "executed"}
_GRACE_S = 0.1  # between "it ended well" and "nothing runs any more", which not every server says
_IDLE_S = 1.0
_FRAME_BYTES = 8 * 2**20
_HEARD_BYTES = 64 * 2**20  # of one prompt: who is told more than this forgets it, and asks


@dataclass
class Hearing:
    """What was heard of one prompt. `wake` is set when it is worth asking the server.

    `outputs`: node -> its output; `ending`: the last message; `is_expected`: posted under the open connection's id;
    `is_whole`: heard from its start on without a gap; `wanted`: the nodes whose outputs matter;
    `preview`: the latest picture, where somebody `wants_previews`.
    """

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    outputs: dict[str, Mapping[str, object]] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    ending: tuple[str, Mapping[str, object]] | None = None
    is_over: bool = False
    is_expected: bool = False
    is_whole: bool = False
    step: tuple[str, int, int] | None = None  # node, value, maximum
    wanted: frozenset[str] = frozenset()
    wants_previews: bool = False
    preview: bytes | None = None
    size: int = 0  # bytes of the messages that were kept

    def is_all_told(self) -> bool:
        """Whether the prompt ended well and nothing is left to ask for: every wanted output was told of."""
        is_well = self.ending is not None and self.ending[0] == "execution_success"
        return is_well and self.is_whole and bool(self.wanted) and all(self.outputs.get(node) for node in self.wanted)


Told = Callable[[str, Hearing], None]


class _Socket(connect):
    """A connection that stays where it was opened: the library follows redirects, and takes our headers along."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Listener:
    """Keeps one socket open while somebody listens. Belongs to one event loop."""

    def __init__(self, server: Server, limits: Limits) -> None:
        self._server, self._limits = server, limits
        self._hearings: dict[str, list[tuple[Hearing, Told]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()  # connected, or known to fail
        self._wanted = asyncio.Event()
        self._empty_at = -inf  # when the server last said that its queue is empty, and since then nothing else
        self._running = ""  # the prompt of ours that this connection spoke of last, while it runs
        self.client_id = ""  # of the open connection, empty when there is none

    async def ready(self) -> str:
        """The clientId to post with; waits for a first connection, but only as long as `Limits.socket_s`."""
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name="comfyvn-listener")
        if self._settled.is_set():
            return self.client_id
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), self._limits.socket_s)
        self._settled.set()
        return self.client_id

    def is_idle(self) -> bool:
        """Whether the server's queue was empty a moment ago; a socket that has gone silent does not say so for long."""
        return self.client_id != "" and asyncio.get_running_loop().time() - self._empty_at < _IDLE_S

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextmanager
    def hearing(
        self, prompt_id: str, told: Told, previews: bool = False, wanted: frozenset[str] = frozenset()
    ) -> Iterator[Hearing]:
        """Hear of one prompt for a while; `told` is called after every message about it, with PREVIEW for pictures."""
        mine = (Hearing(wants_previews=previews, wanted=wanted), told)
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
            try:
                await self._hear_one_connection()
            except (OSError, TimeoutError, WebSocketException, BridgeError, ImportError, ValueError) as error:
                # Everything works without the socket, only more slowly; what is wrong, HTTP will say.
                log.debug("%s: no socket: %s", self._server.label(), quoted(error, self._server, 200))
            pause = 0.2 if self.client_id else min(pause * 2, 5.0)
            self.client_id, self._running, self._empty_at = "", "", -inf
            self._settled.set()
            self._deafen()
            await asyncio.sleep(pause)

    async def _hear_one_connection(self) -> None:
        client_id = uuid.uuid4().hex
        async with self._connection(client_id) as socket:
            await socket.send(FLAGS)
            self.client_id = client_id
            self._settled.set()
            async for frame in socket:
                if isinstance(frame, str):
                    self._hear(frame)
                else:
                    self._see(frame)

    def _connection(self, client_id: str) -> connect:
        scheme, _, rest = self._server.url.partition("://")
        return _Socket(
            f"{'wss' if scheme == 'https' else 'ws'}://{rest}/ws?clientId={client_id}",
            additional_headers=dict(self._server.headers),
            ssl=tls_context(self._server),
            proxy=None if self._server.is_local() else True,
            open_timeout=self._limits.connect_s,
            close_timeout=1.0,
            # The server's loop stands still while a big model loads: a late pong is no reason to hang up.
            ping_timeout=None,
            compression=None,  # messages are small and previews are compressed pictures
            max_size=_FRAME_BYTES,
            logger=quiet_logger(),
        )

    def _deafen(self) -> None:
        """The connection is gone: whoever follows must ask from now on."""
        for followers in self._hearings.values():
            for hearing, _ in followers:
                hearing.is_whole = hearing.is_expected = False
                hearing.wake.set()

    def _hear(self, frame: str) -> None:
        message = mapping(parsed(frame))
        kind, data = str(message.get("type", "")), mapping(message.get("data"))
        if kind == "status":
            self._empty_at = asyncio.get_running_loop().time() if _remaining(data) == 0 else -inf
            # The queue moved: those whose prompt was posted by somebody else look now.
            for followers in self._hearings.values():
                for hearing, _ in followers:
                    if not hearing.is_expected:
                        hearing.wake.set()
            return
        prompt_id = str(data.get("prompt_id", ""))
        told_of = tuple(self._hearings.get(prompt_id, ()))
        for hearing, told in told_of:
            _note(hearing, kind, data, len(frame))
            told(kind, hearing)
        if told_of and kind != "progress_state":  # of other people's prompts we hear progress_state and previews
            self._running = "" if told_of[0][0].is_over else prompt_id

    def _see(self, frame: bytes) -> None:
        """A binary frame; of an older server it says not whose, but one prompt alone runs there at a time."""
        if not any(hearing.wants_previews for followers in self._hearings.values() for hearing, _ in followers):
            return
        preview = read_preview(frame)
        if preview is None:
            return
        for hearing, told in tuple(self._hearings.get(preview.prompt_id or self._running, ())):
            if hearing.wants_previews:
                hearing.preview = preview.picture
                told(PREVIEW, hearing)


def _note(hearing: Hearing, kind: str, data: Mapping[str, object], size: int) -> None:
    """Take one message about a prompt, `size` long, into what is known of it."""
    if kind == "execution_start":
        hearing.is_whole = True
    elif kind == "execution_cached":
        hearing.cached = [str(node) for node in sequence(data.get("nodes"))]
    elif kind == "executed":
        hearing.outputs[str(data.get("display_node") or data.get("node"))] = mapping(data.get("output"))
    elif kind == "progress":
        hearing.step = (_node(data.get("node", "")), _whole(data.get("value")), _whole(data.get("max")))
    elif kind == "executing" and data.get("node") is not None:
        hearing.step = (_node(data["node"]), 0, 0)
    elif kind in _LAST:
        hearing.ending = (kind, data)
    if kind in _KEPT:
        hearing.size += size
        if hearing.size > _HEARD_BYTES:
            hearing.is_whole, hearing.outputs, hearing.cached, hearing.ending = False, {}, [], None
    # After the first the history has the prompt, always; who was told all needs no history.
    if (kind == "executing" and data.get("node") is None) or (kind in _LAST and hearing.is_all_told()):
        hearing.is_over = True
        hearing.wake.set()
    elif kind in _LAST and not hearing.is_over:  # before it, often not yet; it should follow at once
        hearing.is_over = True
        asyncio.get_running_loop().call_later(_GRACE_S, hearing.wake.set)


def _remaining(data: Mapping[str, object]) -> object:
    return mapping(mapping(data.get("status")).get("exec_info")).get("queue_remaining")


def _node(value: object) -> str:
    return clean(value, 80)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 2**31 else 0
