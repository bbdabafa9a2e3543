"""Single HTTP requests to one server that may be hostile: every answer is bounded in size, in memory and in time."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

from comfyvn.bridge.complaints import clean, quoted
from comfyvn.bridge.http import httpx
from comfyvn.bridge.redaction import Redaction
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server
from comfyvn.bridge.tls import mistrust, tls_context, untrusted
from comfyvn.errors import BridgeError, DownloadError

SLOWEST = 16 * 1024  # bytes a second: who sends less for longer than the server's silence is given up
MOST_VALUES = 4_000_000  # values in one JSON document; a value takes up to a hundred times its text in memory
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Answer:
    """A whole answer, at most `Limits.answer_bytes` long; `length` is what the server said, -1 if nothing.

    `location`: where it sends us instead, "" for most. `headers`: by lower-case name, one that came twice joined by
    commas; they may hold what we sent.
    """

    status: int
    body: bytes
    length: int = -1
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> object:
        """The parsed body, or None where it is no JSON (ComfyUI answers some errors in plain text) or a bomb of it."""
        return parsed(self.body)


def parsed(text: bytes | str) -> object:
    """The value of a JSON text of a server's, or None where it is none or has too many values.

    NaN and Infinity are let pass, because ComfyUI writes them.
    """
    # At least one of these stands before every value but the first. Small texts cannot hold that many.
    if len(text) > MOST_VALUES and _marks(text) > MOST_VALUES:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _marks(text: bytes | str) -> int:
    if isinstance(text, bytes):
        return sum(map(text.count, (b",", b"[", b"{")))
    return sum(map(text.count, (",", "[", "{")))


class Transport:
    """A connection pool to one server; cookies are not kept, redirects not followed. Belongs to one event loop.

    `heard` is called whenever the server has said something.
    """

    def __init__(self, server: Server, limits: Limits, heard: Callable[[], None]) -> None:
        self._server, self._limits, self._heard = server, limits, heard
        _check_headers(server)
        try:
            self._client = _client(server, limits)
        except (httpx.InvalidURL, ValueError, OSError) as error:  # also a proxy setting
            raise BridgeError(
                f"no connection can be made to the {server.label()}: {quoted(error, server, 200)}",
                server.label(),
                "correct its url in providers/servers.yaml, or the proxy settings of this computer",
            ) from error
        self._redaction = Redaction(server)
        self._redaction.on()

    async def close(self) -> None:
        await self._client.aclose()
        self._redaction.off()

    async def once(self, method: str, path: str, most: int, **options: Any) -> Answer:
        """One request; `options` are httpx's.

        Raises httpx.HTTPError when no answer comes back whole and in time, DownloadError for one of more than `most`
        bytes or in an encoding that was not asked for, BridgeError for an untrusted certificate.
        """
        try:
            async with asyncio.timeout(self._patience(_size(options))) as clock:
                async with self._client.stream(method, path, **options) as response:
                    self._heard()
                    body = await self._read(response, most, clock) if method != "HEAD" else b""
        except httpx.InvalidURL as error:
            raise DownloadError(
                f"no request can be made of what the server names: {quoted(error, self._server, 120)}",
                f"{self._server.label()}, {method} {path}",
                "look at what the workflow saves: a name may be far too long",
            ) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"it sends less than {SLOWEST // 1024} KiB a second") from error
        except httpx.HTTPError as error:
            if (reason := mistrust(error)) is not None:
                raise untrusted(self._server, reason) from error
            raise
        length = _promised(response) if "content-encoding" not in response.headers else -1
        headers = dict(response.headers)
        return Answer(response.status_code, body, length, headers.get("location", ""), headers)

    def _patience(self, size: int) -> float:
        """Seconds for a request that has moved `size` bytes; httpx counts the silence between two bytes alone."""
        return self._limits.connect_s + self._server.silence_s + size / SLOWEST

    async def _read(self, response: httpx.Response, most: int, clock: asyncio.Timeout) -> bytes:
        if (said := _promised(response)) > most:
            raise self._too_big(said, most)
        inflate = self._inflate(response.headers.get("content-encoding", "").strip().lower(), most)
        began, body, moved = asyncio.get_running_loop().time(), bytearray(), 0
        async for chunk in response.aiter_raw(_CHUNK):
            self._heard()
            moved += len(chunk)
            clock.reschedule(began + self._patience(moved))
            body += inflate(chunk)
            if (size := max(moved, len(body))) > most:
                raise self._too_big(size, most)
        return bytes(body)

    def _inflate(self, encoding: str, most: int) -> Callable[[bytes], bytes]:
        """What turns the wire's bytes into the body's; nobody asked for compressed ones, but some proxies send them."""
        if encoding in ("", "identity"):
            return lambda chunk: chunk
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise DownloadError(
                f"the server encodes its answer as {quoted(encoding, self._server, 40)}, which nobody asked for",
                self._server.label(),
                "check what answers at this url, and the compression of a proxy before it",
            )
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)

        def inflated(chunk: bytes) -> bytes:
            if inflater.eof:
                raise httpx.DecodingError(f"its {encoding} data goes on after its end")
            try:
                return inflater.decompress(chunk, most + 1)  # no bomb gets further than one byte over the limit
            except zlib.error as error:
                raise httpx.DecodingError(f"its {encoding} data is broken") from error

        return inflated

    def _too_big(self, size: int, most: int) -> DownloadError:
        return DownloadError(
            f"the server sends {size} bytes or more where {most} is the most that is accepted",
            self._server.label(),
            "check what answers at this url",
        )


def moved(server: Server, path: str, answer: Answer) -> BridgeError:
    """The error for a redirect: it is not followed, because our headers are meant for one server alone."""
    parts = urlsplit(clean(answer.location, 500))
    place = quoted(f"{parts.scheme}://{parts.netloc}" if parts.netloc else parts.path, server, 200) or "elsewhere"
    return BridgeError(
        f"the server answers {path} by sending us to {place} (HTTP {answer.status}), where we do not go",
        server.label(),
        "write the url that it really has into providers/servers.yaml: https:// for http://, or its base path",
    )


def _check_headers(server: Server) -> None:
    for name, value in server.headers.items():
        if not re.fullmatch(r"[\x20-\x7e\t]*", value):
            raise BridgeError(
                f"the secret for the header {name} holds characters that no header may hold",
                f"{server.label()}, headers in providers/servers.yaml",
                "look at the environment variable: line breaks, quotes that curl, or letters beyond ASCII",
            )


def _promised(response: httpx.Response) -> int:
    """Bytes of the body as the server announces them; -1 where it does not."""
    said = response.headers.get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 20 else -1


def _size(options: dict[str, Any]) -> int:
    """Bytes of the files that a request carries: sending them takes its time."""
    return sum(len(data) for _, data in (options.get("files") or {}).values())


def _client(server: Server, limits: Limits) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Accept-Encoding": "identity", **server.headers},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        verify=tls_context(server) or False,
        trust_env=not server.is_local(),
        timeout=httpx.Timeout(server.silence_s, connect=min(limits.connect_s, server.silence_s), pool=None),
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
    )
