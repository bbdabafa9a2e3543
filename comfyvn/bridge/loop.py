"""One event loop on one background thread, so that sync and async callers on any thread share the same connections."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from comfyvn.errors import Interrupted

T = TypeVar("T")
CALL = "call"  # tasks of this name are what callers wait for: they are cancelled when the loop stops
FAREWELL = "farewell"  # tasks of this name are waited for, not cancelled, when the loop stops


class BackgroundLoop:
    """Runs coroutines for callers elsewhere; the thread starts with the first one and ends with `stop`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._guard:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait here for the coroutine's result. Ctrl-C cancels it; `stop` waits until it has cleaned up.

        Raises Interrupted when `stop` ends it.
        """
        future = asyncio.run_coroutine_threadsafe(_call(coroutine), self._running())
        try:
            # In slices: on Windows a wait without a timeout cannot be interrupted by Ctrl-C.
            while not concurrent.futures.wait([future], timeout=0.5).done:
                pass
        except BaseException:
            future.cancel()
            raise
        if future.cancelled():
            raise _stopped()
        return future.result()

    async def run_async(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await the coroutine from another loop; cancelling this cancels it. Raises Interrupted when `stop` ends it."""
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_call(coroutine), self._running()))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise _stopped() from None

    def stop(self, farewell: Coroutine[Any, Any, None] | None = None, patience_s: float = 5.0) -> None:
        """Cancel what runs, await `farewell` on the loop, end the thread."""
        with self._guard:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            if farewell is not None:
                farewell.close()
            return
        ending = asyncio.run_coroutine_threadsafe(_end(farewell), loop)
        concurrent.futures.wait([ending], timeout=patience_s)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(patience_s)


def _stopped() -> Interrupted:
    return Interrupted("the connection to the server was closed while this call waited", "", "run the build again")


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(_cancel_all())  # what did not end in time
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _call(coroutine: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    if task is not None:
        task.set_name(CALL)
    return await coroutine


async def _end(farewell: Coroutine[Any, Any, None] | None) -> None:
    """Cancel the calls alone: what they started ends with them, and a farewell may have started tasks of its own."""
    calls = [task for task in asyncio.all_tasks() if task.get_name() == CALL]
    for task in calls:
        task.cancel()
    farewells = [task for task in asyncio.all_tasks() if task.get_name() == FAREWELL]
    await asyncio.gather(*calls, *farewells, return_exceptions=True)
    if farewell is not None:
        await farewell


async def _cancel_all() -> None:
    """Cancel all other tasks of the loop, and wait for them."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
