"""HTTP to one speech server: what is worth a second try gets one, and every failure is a VoiceError.

Answers are bounded in size and time by the transport; who is waited for, and how long:

- nobody listens, or a proxy or the server says that it is not there yet (502, 503, 504): `wait_s` in all, once; after
  that it is put aside, and asked again now and then without any waiting;
- 429: as long as `Retry-After` says, within `BUSY_S` in all;
- a connection that is reset, or an answer that ends too early: one more try.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from comfyvn.bridge.complaints import clean
from comfyvn.bridge.http import httpx
from comfyvn.bridge.loop import BackgroundLoop
from comfyvn.bridge.rendering import Limits
from comfyvn.bridge.transport import Answer, Transport, moved
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.refusals import refusal
from comfyvn.errors import BridgeError, Interrupted, VoiceError

ANSWER_BYTES = 128 * 2**20  # 45 minutes of 24 kHz, 16 bit
BUSY_S = 300.0  # seconds that a server which answers 429 is waited for in all
ASIDE_S = 30.0  # seconds for which one that could not be reached is not asked again
RESETS = 1  # answers that break off and are asked for again
STARTING = frozenset({502, 503, 504})
LIMITS = Limits(connect_s=5.0, answer_bytes=ANSWER_BYTES)
BACK_OFF = wait_exponential(multiplier=0.2, max=2.0)

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Again(Exception):
    """A failure that is worth another try while less than `most_s` was waited: after `after_s`, or by our own rule."""

    error: VoiceError
    most_s: float
    after_s: float | None = None
    is_away: bool = False


class Line:
    """One server, for any number of threads. It is opened by the first request; `close` and ask it again at will.

    `learned` holds what an adapter has found out about the server.
    """

    def __init__(self, server: VoiceServer) -> None:
        self.server, self.place = server, server.place
        self.learned: set[str] = set()
        self._loop = BackgroundLoop(f"comfyvn-voice-{server.place.name}")
        self._transport: Transport | None = None
        self._aside: tuple[float, VoiceError] | None = None  # until when, and why
        self._is_stopped = False
        self._guard = threading.Lock()

    # --- asking

    def post(self, path: str, **options: Any) -> Answer:
        """The answer to a POST, whose status is 2xx; `options` are httpx's (`json`, `data`). As `ask`."""
        return self._good(path, self.ask("POST", path, **options))

    def get(self, path: str) -> Answer:
        """The answer to a GET, whose status is 2xx. As `ask`."""
        return self._good(path, self.ask("GET", path))

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """The server's answer, whatever its status, but none that means: later.

        Raises VoiceError when there is none, Interrupted when the build is stopped.
        """
        if self._is_stopped:
            raise Interrupted("the build was stopped", "", "run it again: what was finished is kept")
        if self.place.unset:
            name = self.place.unset[0]
            raise self._failed(f"{self._who()} needs the environment variable {name}, which is not set",
                               f"set {name}, or take the header out of providers/servers.yaml")  # fmt: skip
        if self.is_aside() and self._aside is not None:
            raise self._aside[1]
        return self._loop.run(self._asked(method, path, options))

    def is_aside(self) -> bool:
        """Whether it could not be reached a moment ago: it is not asked again before a while has passed."""
        return self._aside is not None and time.monotonic() < self._aside[0]

    def close(self) -> None:
        """Ends what waits, and the connections."""
        transport, self._transport = self._transport, None
        self._loop.stop(transport.close() if transport else None)

    def stop(self) -> None:
        """As `close`, for good and from any thread; returns at once."""
        self._is_stopped = True
        threading.Thread(target=self.close, name="comfyvn-voice-stop", daemon=True).start()

    # --- on the loop

    async def _asked(self, method: str, path: str, options: dict[str, Any]) -> Answer:
        resets = 0

        async def once() -> Answer:
            nonlocal resets
            try:
                answer = await self._opened().once(method, path, ANSWER_BYTES, **options)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.DecodingError) as error:
                resets += 1
                failure = self._failed(f"{self._who()} broke its answer off ({_words(error)})", _LOOK)
                if resets > RESETS:
                    raise failure from error
                raise _Again(failure, BUSY_S, 0.0) from error
            except httpx.TransportError as error:
                raise self._unreached(error) from error
            except BridgeError as error:
                raise VoiceError(error.what, error.where, error.todo) from error
            return self._checked(path, answer)

        try:
            found: Answer = await self._retrying()(once)
        except _Again as last:
            if last.is_away:
                self._put_aside(last.error)
            raise last.error from last.__cause__
        self._aside = None
        return found

    def _retrying(self) -> AsyncRetrying:
        return AsyncRetrying(
            sleep=asyncio.sleep,
            retry=retry_if_exception_type(_Again),
            wait=_pause,
            stop=_is_over,
            before_sleep=self._tell,
            reraise=True,
        )

    def _opened(self) -> Transport:
        if self._transport is None:
            self._transport = Transport(self.place, LIMITS, lambda: None)
        return self._transport

    def _checked(self, path: str, answer: Answer) -> Answer:
        if answer.status == 429:
            after = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
            raise _Again(refusal(self.server, path, answer), BUSY_S, after)
        if answer.status in STARTING:
            after = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
            raise _Again(refusal(self.server, path, answer), self._wait_s(), after, is_away=True)
        if 300 <= answer.status < 400:
            error = moved(self.place, path, answer)
            raise VoiceError(error.what, error.where, error.todo)
        return answer

    def _good(self, path: str, answer: Answer) -> Answer:
        if not 200 <= answer.status < 300:
            raise refusal(self.server, path, answer)
        return answer

    # --- who is away

    def _unreached(self, error: Exception) -> Exception:
        """Nobody listens: it may be starting. One that listens and says nothing has had its time."""
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            failure = self._failed(f"{self._who()} cannot be reached ({_words(error)})", _START)
            return _Again(failure, self._wait_s(), is_away=True)
        failure = self._failed(f"{self._who()} did not answer within {self.place.silence_s:g} s", _LOOK)
        self._put_aside(failure)
        return failure

    def _wait_s(self) -> float:
        """Nobody is waited for twice: the next line of the novel would wait as long, and a thousand lines for hours."""
        return 0.0 if self._aside else self.server.wait_s

    def _put_aside(self, error: VoiceError) -> None:
        self._aside = time.monotonic() + ASIDE_S, error

    def _tell(self, state: RetryCallState) -> None:
        trouble = _trouble(state)
        if state.attempt_number == 1 and trouble.most_s > 0 and trouble.after_s != 0.0:
            _log.warning("%s; it is asked again for up to %.0f s", trouble.error.what, trouble.most_s)

    def _who(self) -> str:
        return f'the {self.server.engine} server "{self.place.name}"'

    def _failed(self, what: str, todo: str) -> VoiceError:
        return VoiceError(what, self.place.label(), todo)


_START = "start it, or correct its url in providers/servers.yaml"
_LOOK = "look into the server's own log; it may have run out of memory"


def _words(error: Exception) -> str:
    """The reason alone: where it is belongs to `where`, and a record must not hold it."""
    if isinstance(error, httpx.ConnectTimeout):
        return "no answer"
    text = str(error)
    is_refused = "refused" in text.lower() or "attempts failed" in text
    return "connection refused" if is_refused else clean(text, 100) or "reset"


def _trouble(state: RetryCallState) -> _Again:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _Again)
    return error


def _pause(state: RetryCallState) -> float:
    after = _trouble(state).after_s
    return BACK_OFF(state) if after is None else after


def _is_over(state: RetryCallState) -> bool:
    """Whether the next try would come too late."""
    return state.idle_for + state.upcoming_sleep > _trouble(state).most_s


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for: a number, or a date (RFC 9110, section 10.2.3); None for neither."""
    text = value.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - now).total_seconds(), 0.0)
