"""A TCP relay before a server that breaks connections as networks do: one fault per request that asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.comfy import hang_up

Fault = Literal["reset", "reset_inside", "cut", "cut_by_reset", "hang", "deaf", "deliver_then_reset"]
# reset: before the request reaches the server; reset_inside: after a part of its body did; cut, cut_by_reset: half of
# the answer's body, then the end, or RST; hang: never an answer; deaf: the first answer alone, which opens a WebSocket,
# and then nothing; deliver_then_reset: the server hears the request, the client never hears the answer.
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PART = 1 << 15  # bytes of a request that reset_inside lets pass


@dataclass
class Relay:
    """`faults`: start of a request ("GET /view") -> what happens to the next such requests, in order."""

    target: str  # url
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    url: str = ""
    transports: list[asyncio.BaseTransport] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; a burst of bytes from the client that starts with a method is a request."""
        self.transports.append(writer.transport)
        host, port = self.target.removeprefix("http://").split(":")
        try:
            upstream, downstream = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.close()
            return
        self.transports.append(downstream.transport)
        state: dict[str, Fault | None] = {"fault": None}
        passed = 0
        back = asyncio.create_task(self._back(upstream, writer, state))
        try:
            while data := await reader.read(1 << 20):
                state["fault"] = self._fault(data) or state["fault"]
                if state["fault"] == "reset" or (state["fault"] == "reset_inside" and passed + len(data) > PART):
                    _reset(writer)
                    return
                passed += len(data)
                downstream.write(data)
                await downstream.drain()
        except OSError:
            pass
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            for stream in (writer, downstream):
                stream.close()

    def _fault(self, data: bytes) -> Fault | None:
        for start, waiting in self.faults.items():
            if data.startswith(start.encode()) and waiting:
                return waiting.pop(0)
        return None

    async def _back(
        self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter, state: dict[str, Fault | None]
    ) -> None:
        answers = 0
        while data := await upstream.read(1 << 20):
            fault, answers = state["fault"], answers + 1
            if fault == "hang" or (fault == "deaf" and answers > 1):
                continue
            if fault == "deliver_then_reset":
                _reset(writer)
                return
            if fault in ("cut", "cut_by_reset"):
                head = data.find(b"\r\n\r\n") + 4
                writer.write(data[: head + (len(data) - head) // 2])
                await writer.drain()
                writer.close() if fault == "cut" else _reset(writer)
                return
            writer.write(data)
            await writer.drain()
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a crashed peer or a firewall does."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextlib.contextmanager
def relayed(target: str, faults: dict[str, list[Fault]] | None = None) -> Iterator[Relay]:
    """A relay to `target` on a free loopback port."""
    relay = Relay(target, faults or {})
    with listening(relay.serve, relay.transports) as relay.url:
        yield relay


@contextlib.contextmanager
def listening(serve: Serve, transports: Collection[asyncio.BaseTransport]) -> Iterator[str]:
    """Runs `serve` for each connection to a free loopback port; its url. `transports` are hung up at the end."""
    loop = asyncio.new_event_loop()
    urls: queue.SimpleQueue[str] = queue.SimpleQueue()
    stop = asyncio.Event()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        urls.put(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await stop.wait()
        server.close()
        await hang_up(transports)

    def run() -> None:
        try:
            loop.run_until_complete(main())
        finally:
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield urls.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
