"""HTTP to one ComfyUI server: requests with retries, answers within limits; foreign exceptions stop here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    wait_exponential,
    wait_random,
)

from comfyvn.bridge.complaints import clean
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server
from comfyvn.errors import BridgeError, DownloadError, ServerDown

BUSY = frozenset({429, 500, 502, 503, 504})  # a second try may succeed
BACK_OFF = wait_exponential(multiplier=0.1, max=2.0) + wait_random(0.0, 0.1)  # seconds; not all callers at one instant


@dataclass(frozen=True)
class Answer:
    """A whole answer, at most `Limits.answer_bytes` long; `length` is what the server said, -1 if nothing."""

    status: int
    body: bytes
    length: int = -1

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> object:
        """The parsed body, or None where it is not JSON (ComfyUI answers some errors in plain text)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Wire:
    """A connection pool to one server. Belongs to one event loop."""

    def __init__(self, server: Server, limits: Limits) -> None:
        self.server, self.limits = server, limits
        self._lost = False  # the last call found nobody: do not wait long again until one succeeds
        try:
            self._client = _client(server, limits)
        except (httpx.InvalidURL, ValueError, OSError) as error:  # also a proxy setting or a certificate file
            raise BridgeError(
                f"no connection can be made to the {server.label()}: {clean(error, 200)}",
                server.label(),
                "correct its url in providers/servers.yaml, or the proxy settings of this computer",
            ) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        patience_s: float | None = None,
    ) -> Answer:
        """One request, repeated while the server cannot be reached (`patience_s`) or is busy (`Limits.tries` times).

        Only for requests that may safely be made twice. Returns the last answer, whatever its status, except that 401
        and 403 raise BridgeError; raises ServerDown when there is none.
        """
        options: dict[str, Any] = {"params": params, "json": body, "data": form, "files": files}
        options = {key: value for key, value in options.items() if value is not None}
        patience = 0.0 if self._lost and patience_s is None else patience_s
        try:
            answer: Answer = await self._retrying(patience)(self._once, method, path, options)
        except httpx.HTTPError as error:
            self._lost = True
            raise self._down(error) from error
        self._lost = False
        if answer.status in (401, 403):
            raise self.refused(answer)
        return answer

    async def ask_once(self, method: str, path: str, body: object = None) -> Answer:
        """One request that must not be repeated blindly. ServerDown means no answer: it may have been heard."""
        try:
            answer = await self._once(method, path, {"json": body})
        except httpx.HTTPError as error:
            raise self._down(error) from error
        if answer.status in (401, 403):
            raise self.refused(answer)
        return answer

    def _retrying(self, patience_s: float | None) -> AsyncRetrying:
        patience = self.limits.patience_s if patience_s is None else patience_s

        def is_enough(state: RetryCallState) -> bool:
            if state.outcome is not None and not state.outcome.failed:
                return state.attempt_number >= self.limits.tries
            return (state.seconds_since_start or 0.0) >= patience

        return AsyncRetrying(
            stop=is_enough,
            wait=BACK_OFF,
            retry=retry_if_exception_type(httpx.TransportError) | retry_if_result(lambda answer: answer.status in BUSY),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )

    async def _once(self, method: str, path: str, options: dict[str, Any]) -> Answer:
        async with self._client.stream(method, path, **options) as response:
            data = await self._read(response, self.limits.answer_bytes)
            return Answer(response.status_code, data)

    async def _read(self, response: httpx.Response, most: int) -> bytes:
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise self._too_big(int(length), most)
        chunks, size = [], 0
        async for chunk in response.aiter_bytes(1 << 16):
            size += len(chunk)
            if size > most:
                raise self._too_big(size, most)
            chunks.append(chunk)
        return b"".join(chunks)

    @asynccontextmanager
    async def _as_download(self, what: str) -> AsyncIterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise DownloadError(
                f"the download of {what} broke off: {self._why(error)}", self.server.label(), "run the build again"
            ) from error

    async def fetch(self, what: str, params: Mapping[str, str]) -> Answer:
        """GET /view once. `what` names the file in messages.

        Raises DownloadError when it breaks off, is too big, or is not as long as the server said.
        """
        async with self._as_download(what), self._client.stream("GET", "/view", params=params) as response:
            data = await self._read(response, self.limits.file_bytes)
        said = response.headers.get("content-length", "")
        if said.isdecimal() and "content-encoding" not in response.headers and int(said) != len(data):
            raise DownloadError(
                f"the download of {what} has {len(data)} bytes where the server promised {said}",
                self.server.label(),
                "run the build again",
            )
        if response.status_code in (401, 403):
            raise self.refused(Answer(response.status_code, data))
        return Answer(response.status_code, data, int(said) if said.isdecimal() else -1)

    async def holds(self, params: Mapping[str, str], size: int) -> bool:
        """Whether /view would answer with `size` bytes; False where that cannot be told."""
        try:
            response = await self._client.head("/view", params=params)
        except httpx.HTTPError:
            return False
        return response.status_code == 200 and response.headers.get("content-length") == str(size)

    def _why(self, error: BaseException) -> str:
        """The failure in words; the innermost cause says most (httpx wraps the operating system's own error)."""
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return f"no answer within {self.server.silence_s:g} s"
        text = str(error) or type(error).__name__
        return self.server.redact(clean(text, 200))

    def _down(self, error: BaseException) -> ServerDown:
        return ServerDown(
            f"the ComfyUI {self.server.label()} cannot be reached: {self._why(error)}",
            self.server.label(),
            "start it, or correct its url in providers/servers.yaml; then run the build again",
        )

    def _too_big(self, size: int, most: int) -> DownloadError:
        return DownloadError(
            f"the server sends {size} bytes or more where {most} is the most that is accepted",
            self.server.label(),
            "check what answers at this url",
        )

    def refused(self, answer: Answer) -> BridgeError:
        """The error for 401 and 403."""
        said = self.server.redact(clean(answer.text(), 200)) or "no reason given"
        return BridgeError(
            f"the server refuses us (HTTP {answer.status}): {said}",
            self.server.label(),
            "give it the header it asks for, under headers in providers/servers.yaml, as {env: NAME}",
        )

    def unexpected(self, path: str, answer: Answer) -> BridgeError:
        """The error for an answer that no ComfyUI gives on `path`."""
        return BridgeError(
            f"{path} answered HTTP {answer.status} with what is not ComfyUI's: "
            f"{self.server.redact(clean(answer.text(), 120)) or 'nothing'}",
            self.server.label(),
            "check that the url in providers/servers.yaml is a ComfyUI server's, with its base path",
        )


def _client(server: Server, limits: Limits) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Accept-Encoding": "identity", **server.headers},
        verify=server.verify and server.url.startswith("https:"),  # loading certificates takes 50 ms
        trust_env=not server.is_local(),
        timeout=httpx.Timeout(server.silence_s, connect=min(limits.connect_s, server.silence_s), pool=None),
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
    )
