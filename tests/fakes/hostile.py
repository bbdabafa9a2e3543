"""A TCP front before a server that answers some requests with any bytes at all, and counts what the client took."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fakes.faults import listening

Script = Callable[[], Iterator[bytes | float]]  # bytes to send, or seconds to wait


def head(status: str = "200 OK", **headers: object) -> bytes:
    """The beginning of an answer; `_` in a header's name stands for `-`."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@dataclass
class Front:
    """`scripts`: start of a request ("GET /view") -> how every such request is answered; others reach `target`.

    `sent`: bytes of each script that the client's side took before it hung up.
    """

    target: str
    scripts: dict[str, Script]
    url: str = ""
    sent: Counter[str] = field(default_factory=Counter)
    seen: list[bytes] = field(default_factory=list)  # every burst from the client
    transports: list[asyncio.BaseTransport] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.transports.append(writer.transport)
        writer.transport.set_write_buffer_limits(1 << 16)
        host, port = self.target.removeprefix("http://").split(":")
        upstream, downstream = await asyncio.open_connection(host, int(port))
        self.transports.append(downstream.transport)
        back = asyncio.create_task(_copy(upstream, writer))
        try:
            while data := await reader.read(1 << 20):
                self.seen.append(data)
                if (key := next((key for key in self.scripts if data.startswith(key.encode())), "")) != "":
                    await self.swallow(reader)
                    await self.play(key, writer)
                    return
                downstream.write(data)
                await downstream.drain()
        except (OSError, asyncio.CancelledError):  # the client has hung up, or the test is over
            pass
        finally:
            back.cancel()
            with contextlib.suppress(asyncio.CancelledError):  # the end of the test cancels once more
                await asyncio.gather(back, return_exceptions=True)
            for stream in (writer, downstream):
                stream.close()

    async def swallow(self, reader: asyncio.StreamReader) -> None:
        """The rest of the request: who closes with unread bytes resets the connection."""
        with contextlib.suppress(TimeoutError):
            while data := await asyncio.wait_for(reader.read(1 << 20), 0.03):
                self.seen.append(data)

    async def play(self, key: str, writer: asyncio.StreamWriter) -> None:
        for step in self.scripts[key]():
            if isinstance(step, float):
                await asyncio.sleep(step)
                if writer.transport.is_closing():
                    return
            else:
                if writer.transport.is_closing():
                    return
                writer.write(step)
                await writer.drain()
                self.sent[key] += len(step)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 20):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.contextmanager
def fronted(target: str, scripts: dict[str, Script]) -> Iterator[Front]:
    """A front to `target` on a free loopback port."""
    front = Front(target, scripts)
    with listening(front.serve, front.transports) as front.url:
        yield front
