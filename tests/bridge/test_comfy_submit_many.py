"""One bridge under many calls: given up or closed in any phase, shared by loops and threads, thousands at once."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from comfyvn.bridge.comfy import ComfyBridge, RenderContext, RenderResult, Server
from comfyvn.errors import Interrupted
from tests.fakes.comfy import FakeComfy, paint, png, running
from tests.fakes.faults import Relay, relayed
from tests.fakes.payloads import FINGERPRINT, QUICK, ids, payload, with_image

PHASES = ["GET /system_stats", "POST /upload/image", "GET /history", "POST /prompt", "GET /view?filename=prefix"]
LONG_S = 300.0  # longer than a test may take: what hangs is never waited for


@pytest.fixture
def relay(fake: FakeComfy) -> Iterator[Relay]:
    with relayed(fake.url) as made:
        yield made


@pytest.fixture
def patient(relay: Relay) -> Iterator[ComfyBridge]:
    """A bridge that would wait for ever."""
    with ComfyBridge(Server("gpu", relay.url, slots=2, silence_s=LONG_S), limits=QUICK) as made:
        yield made


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def hang(relay: Relay, phase: str) -> Callable[[], bool]:
    """Let the next request of this phase hang; what is returned tells whether it does."""
    relay.faults[phase] = ["hang"]
    return lambda: not relay.faults[phase]


@pytest.mark.parametrize("phase", PHASES)
def test_a_call_may_be_given_up_in_any_phase(fake: FakeComfy, relay: Relay, patient: ComfyBridge, phase: str) -> None:
    hangs, stop = hang(relay, phase), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(patient.submit, with_image(), RenderContext(FINGERPRINT, cancelled=stop))
        until(hangs)
        stop.set()
        with pytest.raises(Interrupted, match="the render was cancelled"):
            call.result(30)
    assert not fake.pending and not fake.running
    with ComfyBridge(Server("gpu", fake.url), limits=QUICK) as another:  # what was done is found again
        assert another.submit(with_image(), RenderContext(FINGERPRINT)).artifacts[0].data == png()
    assert Counter(fake.begun).most_common(1)[0][1] == 1


@pytest.mark.parametrize("phase", PHASES)
def test_a_bridge_may_be_closed_in_any_phase(fake: FakeComfy, relay: Relay, patient: ComfyBridge, phase: str) -> None:
    hangs = hang(relay, phase)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(patient.submit, with_image(), RenderContext(FINGERPRINT))
        until(hangs)
        patient.close()
        with pytest.raises(Interrupted, match="closed while this call waited"):
            call.result(30)
    assert patient.submit(with_image(), RenderContext(FINGERPRINT)).artifacts[0].data == png()


def test_an_async_call_that_a_close_ends_is_not_taken_for_cancelled(fake: FakeComfy, patient: ComfyBridge) -> None:
    async def closed() -> None:
        call = asyncio.ensure_future(patient.submit_async(payload(), RenderContext(FINGERPRINT)))
        await asyncio.to_thread(until, lambda: fake.pending)
        await asyncio.to_thread(patient.close)
        with pytest.raises(Interrupted, match="closed while this call waited"):
            await call

    fake.gate.clear()
    asyncio.run(closed())
    assert not fake.pending


def test_a_call_that_waits_for_its_turn_may_be_given_up(fake: FakeComfy, patient: ComfyBridge) -> None:
    fake.gate.clear()
    stop = threading.Event()
    with ThreadPoolExecutor(32) as pool:
        calls = [pool.submit(patient.submit, payload(), context(number, stop)) for number in range(32)]
        until(lambda: len(fake.pending) == 2)
        stop.set()
        assert all(isinstance(call.exception(30), Interrupted) for call in calls)
    patient.close()
    assert len(fake.posted) == 2 and not fake.pending


def context(number: int, cancelled: threading.Event | None = None) -> RenderContext:
    return RenderContext(f"fp1:{number:064x}", cancelled=cancelled)


def handles() -> int:
    """Files and sockets that this process has open; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.exists() else 0  # noqa: PTH208 - a listing of what moves while it is listed


def test_thousands_of_calls_wait_without_files_or_connections(
    fake: FakeComfy, patient: ComfyBridge, tmp_path: Path
) -> None:
    """Their input does not exist yet: nobody looks for it before the call's turn has come."""
    first, late = 6, tmp_path / "late.png"  # two slots, and four that are made ready meanwhile

    async def flood() -> list[object]:
        payloads = [payload()] * first + [with_image(late)] * 3000
        before = handles()
        calls = [asyncio.ensure_future(patient.submit_async(one, context(n))) for n, one in enumerate(payloads)]
        await asyncio.to_thread(until, lambda: len(fake.pending) == 2)
        assert handles() < before + 40
        for call in calls[first:-1]:
            call.cancel()
        late.write_bytes(png())
        fake.gate.set()
        return list(await asyncio.gather(*calls, return_exceptions=True))

    fake.gate.clear()
    results = asyncio.run(flood())
    assert all(isinstance(result, asyncio.CancelledError) for result in results[first:-1])
    assert all(isinstance(result, RenderResult) for result in (*results[:first], results[-1]))
    assert len(fake.posted) == first + 1


def test_loops_and_threads_share_one_bridge(fake: FakeComfy, bridge: ComfyBridge) -> None:
    async def several(first: int) -> list[str]:
        calls = [bridge.submit_async(payload(), context(number)) for number in range(first, first + 6)]
        return [result.prompt_id for result in await asyncio.gather(*calls)]

    def one(number: int) -> list[str]:
        return [bridge.submit(payload(), context(number)).prompt_id]

    with ThreadPoolExecutor(8) as pool:
        calls: list[Future[list[str]]] = [pool.submit(asyncio.run, several(first)) for first in (0, 3, 6)]
        calls += [pool.submit(one, number) for number in range(5)]
        found = {prompt for call in calls for prompt in call.result(60)}
    assert len(found) == 12  # numbers 0 to 11, many of them asked for by several
    assert sorted(ids(fake)) == sorted(found)


def test_nothing_is_kept_of_a_render_that_is_over() -> None:
    with running(FakeComfy(paint)) as fake, ComfyBridge(Server("gpu", fake.url, slots=4), limits=QUICK) as bridge:
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda number: bridge.submit(payload(), context(number)), range(40)))
        assert len({result.prompt_id for result in results}) == 40
        renderer = bridge._opened
        assert renderer is not None
        gc.collect()
        assert (len(renderer._jobs), len(renderer._locks), len(renderer._farewells)) == (0, 0, 0)
        assert renderer._listener._hearings == {}
