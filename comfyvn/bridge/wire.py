"""HTTP to one ComfyUI server: requests with retries, answers within limits; foreign exceptions stop here."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from math import inf
from typing import Any

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_result,
    wait_exponential,
    wait_random,
)

from comfyvn.bridge.complaints import quoted
from comfyvn.bridge.http import httpx
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.servers import Server
from comfyvn.bridge.silence import Silence
from comfyvn.bridge.transport import Answer, Transport, moved
from comfyvn.errors import BridgeError, DownloadError, ServerDown

BUSY = frozenset({429, 500, 502, 503, 504})  # a second try may succeed
GONE = frozenset({502, 503, 504})  # a proxy says that the server behind it is not there
BACK_OFF = wait_exponential(multiplier=0.1, max=2.0) + wait_random(0.0, 0.1)  # seconds; not all callers at one instant


class Wire:
    """A connection pool to one server. Belongs to one event loop.

    `elsewhere` tells whether another server could do what is asked of this one.
    """

    def __init__(self, server: Server, limits: Limits, elsewhere: Callable[[], bool] = lambda: False) -> None:
        self.server, self.limits, self._elsewhere = server, limits, elsewhere
        self._has_answered = False
        self.silence = Silence(time.monotonic, server.silence_s, limits.tell_s)
        self._lost = False  # the last call found nobody: do not wait long again until one succeeds
        self._transport = Transport(server, limits, self.silence.heard)

    async def close(self) -> None:
        await self._transport.close()

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

        Where nobody listens any more, which includes a proxy's word for it, `gone_s()` is the most that is waited.
        Only for requests that may safely be made twice. Returns the last answer, whatever its status, except that 401
        and 403 raise BridgeError; raises ServerDown when there is none.
        """
        options: dict[str, Any] = {"params": params, "json": body, "data": form, "files": files}
        options = {key: value for key, value in options.items() if value is not None}
        patience = self._usual_patience() if patience_s is None else patience_s
        try:
            with self.silence.asking(min(patience, self.gone_s())):
                answer: Answer = await self._retrying(patience)(self._once, method, path, options)
        except httpx.HTTPError as error:
            self._lost = True
            raise self._down(error) from error
        self._lost = answer.status in GONE
        return self._checked(path, answer)

    def gone_s(self) -> float:
        """Seconds for which a server is waited for that is gone, as things stand now."""
        limits = self.limits
        return min(self.server.silence_s, limits.gone_s, limits.handover_s if self._elsewhere() else inf)

    def _usual_patience(self) -> float:
        """A server that was there is most likely being restarted; one that never answered may not exist at all."""
        if self._lost:
            return 0.0
        if self._has_answered:
            return max(self.limits.patience_s, self.gone_s())
        return min(self.limits.patience_s, self.limits.stranger_s) if self._elsewhere() else self.limits.patience_s

    def _checked(self, path: str, answer: Answer) -> Answer:
        """Raises BridgeError for 401, 403 and redirects, ServerDown where a proxy answered instead of the server."""
        if answer.status in (401, 403):
            raise self.refused(answer)
        if 300 <= answer.status < 400:
            raise moved(self.server, path, answer)
        if answer.status in GONE:
            raise self._absent(f"HTTP {answer.status}")
        return answer

    async def ask_once(self, method: str, path: str, body: object = None) -> Answer:
        """One request that must not be repeated blindly. ServerDown means no answer: it may have been heard."""
        try:
            with self.silence.asking(0.0):
                answer = await self._once(method, path, {"json": body})
        except httpx.HTTPError as error:
            raise self._down(error) from error
        return self._checked(path, answer)

    def _retrying(self, patience_s: float) -> AsyncRetrying:
        def is_enough(state: RetryCallState) -> bool:
            outcome, seconds = state.outcome, state.seconds_since_start or 0.0
            gone_s = min(patience_s, self.gone_s())  # asked anew: another server may be back by now
            if outcome is None or outcome.failed:
                return seconds >= (gone_s if outcome and _is_refusal(outcome.exception()) else patience_s)
            return state.attempt_number >= self.limits.tries and (
                outcome.result().status not in GONE or seconds >= gone_s
            )

        return AsyncRetrying(
            stop=is_enough,
            wait=BACK_OFF,
            retry=retry_if_exception_type(httpx.TransportError) | retry_if_result(lambda answer: answer.status in BUSY),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )

    async def _once(self, method: str, path: str, options: dict[str, Any]) -> Answer:
        try:
            answer = await self._transport.once(method, path, self.limits.answer_bytes, **options)
        except httpx.HTTPError as error:
            if _is_refusal(error):
                self.silence.refused()
            raise
        if answer.status in GONE:
            self.silence.refused()
        else:
            self._has_answered = True
        return answer

    @asynccontextmanager
    async def _as_download(self, what: str) -> AsyncIterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            if _is_refusal(error):
                self.silence.refused()
            raise DownloadError(
                f"the download of {what} broke off: {self._why(error)}", self.server.label(), "run the build again"
            ) from error

    async def fetch(self, what: str, params: Mapping[str, str]) -> Answer:
        """GET /view; made again only where nobody listens at all, for `gone_s()`. `what` names the file.

        Raises DownloadError when it breaks off, is too big, or is not as long as the server said; ServerDown.
        """
        retrying = AsyncRetrying(
            stop=lambda state: (state.seconds_since_start or 0.0) >= self.gone_s(),
            wait=BACK_OFF,
            retry=retry_if_exception(_is_refusal) | retry_if_result(lambda answer: answer.status in GONE),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        try:
            with self.silence.asking(self.gone_s()):
                answer: Answer = await retrying(self._fetch_once, what, params)
        except DownloadError as error:
            if _is_refusal(error):
                raise self._down(error) from error
            raise
        return self._checked("/view", answer)

    async def _fetch_once(self, what: str, params: Mapping[str, str]) -> Answer:
        async with self._as_download(what):
            answer = await self._transport.once("GET", "/view", self.limits.file_bytes, params=params)
        if answer.status in GONE:
            self.silence.refused()
        if answer.length not in (-1, len(answer.body)):
            raise DownloadError(
                f"the download of {what} has {len(answer.body)} bytes where the server promised {answer.length}",
                self.server.label(),
                "run the build again",
            )
        return answer

    async def holds(self, params: Mapping[str, str], size: int) -> bool:
        """Whether /view would answer with `size` bytes; False where that cannot be told."""
        try:
            answer = await self._transport.once("HEAD", "/view", 0, params=params)
        except httpx.HTTPError:
            return False
        return answer.status == 200 and answer.length == size

    def _why(self, error: BaseException) -> str:
        """The failure in words; the innermost cause says most (httpx wraps the operating system's own error)."""
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return str(error) or f"no answer within {self.server.silence_s:g} s"
        text = "connection refused" if _is_refusal(error) else str(error) or type(error).__name__
        return quoted(text, self.server, 200)

    def _down(self, error: BaseException) -> ServerDown:
        return self._absent(self._why(error))

    def _absent(self, why: str) -> ServerDown:
        return ServerDown(
            f"the ComfyUI {self.server.label()} cannot be reached: {why}",
            self.server.label(),
            "start it, or correct its url in providers/servers.yaml; then run the build again",
        )

    def refused(self, answer: Answer) -> BridgeError:
        """The error for 401 and 403."""
        said = quoted(answer.text(), self.server, 200) or "no reason given"
        return BridgeError(
            f"the server refuses us (HTTP {answer.status}): {said}",
            self.server.label(),
            "give it the header it asks for, under headers in providers/servers.yaml, as {env: NAME}",
        )

    def unexpected(self, path: str, answer: Answer) -> BridgeError:
        """The error for an answer that no ComfyUI gives on `path`."""
        return BridgeError(
            f"{path} answered HTTP {answer.status} with what is not ComfyUI's: "
            f"{quoted(answer.text(), self.server, 120) or 'nothing'}",
            self.server.label(),
            "check that the url in providers/servers.yaml is a ComfyUI server's, with its base path",
        )


def _is_refusal(error: BaseException | None) -> bool:
    """Whether nobody listens at the address: the operating system's own error lies below the libraries'."""
    while error is not None:
        several = error.exceptions if isinstance(error, BaseExceptionGroup) else ()  # one for each address of a name
        if isinstance(error, ConnectionRefusedError) or (several and all(_is_refusal(each) for each in several)):
            return True
        error = error.__cause__ or error.__context__
    return False
