"""ComfyBridge when the network or the server fails under it: nothing is lost, nothing is rendered twice."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from comfyvn.bridge.comfy import ComfyBridge, Limits, RenderContext, Server
from comfyvn.errors import DownloadError, ServerDown
from tests.fakes.comfy import FakeComfy, Prompt, Stuck, paint, png, running
from tests.fakes.faults import Fault, Relay, relayed

QUICK = Limits(patience_s=0.4, gone_s=0.6, connect_s=10.0, socket_s=1.0, poll_s=0.01, poll_most_s=0.05)
PATIENT = replace(QUICK, patience_s=60.0, gone_s=60.0)  # where somebody answers in the end
CONTEXT = RenderContext("fp1:" + "0123456789abcdef" * 4)
GRAPH = {
    "1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": {"$prefix": "sprite"}}},
}
PAYLOAD = {"workflow_id": "sprite_pack", "workflow": GRAPH, "inputs": {"pose": png()}, "outputs": {"sprite": "2"}}


@pytest.fixture
def fake() -> Iterator[FakeComfy]:
    with running(FakeComfy(paint)) as server:
        yield server


@pytest.fixture
def relay(fake: FakeComfy) -> Iterator[Relay]:
    with relayed(fake.url) as made:
        yield made


@pytest.fixture
def bridge(relay: Relay) -> Iterator[ComfyBridge]:
    with ComfyBridge(Server("gpu", relay.url, silence_s=60.0), limits=PATIENT) as made:
        yield made


@pytest.fixture
def hasty(relay: Relay) -> Iterator[ComfyBridge]:
    """Gives up soon: for servers that never answer."""
    with ComfyBridge(Server("gpu", relay.url, silence_s=0.6), limits=QUICK) as made:
        yield made


PLACES = [
    "GET /system_stats",
    "POST /upload/image",
    "POST /prompt",
    "GET /queue",
    "GET /history",
    "GET /view",
    "GET /ws",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", ["reset", "deliver_then_reset", "cut"])
def test_a_connection_that_breaks_once_costs_nothing(
    fake: FakeComfy, relay: Relay, bridge: ComfyBridge, place: str, fault: Fault
) -> None:
    relay.faults[place] = [fault]
    assert bridge.submit(PAYLOAD, CONTEXT).artifacts[0].data == png()
    assert len(fake.posted) == 1, "rendered twice"
    assert relay.faults[place] == [], "the fault was never met"


@pytest.mark.parametrize("place", ["GET /system_stats", "GET /history", "GET /queue"])
def test_a_hung_socket_ends_in_an_error_after_the_silence(relay: Relay, hasty: ComfyBridge, place: str) -> None:
    relay.faults[place] = ["hang"] * 99
    with pytest.raises(ServerDown, match=r"no answer within 0\.6 s"):
        hasty.submit(PAYLOAD, CONTEXT)


def test_a_post_that_was_heard_but_never_answered_is_found_again(fake: FakeComfy, relay: Relay) -> None:
    relay.faults["POST /prompt"] = ["hang"] * 9
    with ComfyBridge(Server("gpu", relay.url, silence_s=2.0), limits=PATIENT) as bridge:
        assert bridge.submit(PAYLOAD, CONTEXT).artifacts
    assert len(fake.posted) == 1


def test_a_hung_websocket_does_not_hold_anything_up(fake: FakeComfy, relay: Relay, bridge: ComfyBridge) -> None:
    relay.faults["GET /ws"] = ["hang"] * 9
    assert bridge.submit(PAYLOAD, CONTEXT).artifacts


def test_a_socket_lost_in_the_middle_is_no_loss(fake: FakeComfy, bridge: ComfyBridge, relay: Relay) -> None:
    def lose(server: FakeComfy, prompt: Prompt) -> None:
        server.say(prompt, "execution_start")
        closing = [socket.close() for socket in server.sockets.values()]
        assert server.loop is not None and closing
        for item in closing:
            asyncio.run_coroutine_threadsafe(item, server.loop).result(5)
        paint(server, prompt)

    fake.play = lose
    assert bridge.submit(PAYLOAD, CONTEXT).artifacts
    assert len(fake.posted) == 1


def test_a_download_that_never_arrives_whole_is_an_error(relay: Relay, bridge: ComfyBridge) -> None:
    relay.faults["GET /view"] = ["cut"] * 99
    with pytest.raises(DownloadError, match=r"the download of sprite_00001_\.png \(node 2\) broke off"):
        bridge.submit(PAYLOAD, CONTEXT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_refused_connection_names_the_url_and_what_to_do() -> None:
    url = f"http://127.0.0.1:{_free_port()}"
    with ComfyBridge(Server("gpu", url), limits=QUICK) as bridge, pytest.raises(ServerDown) as caught:
        bridge.submit(PAYLOAD, CONTEXT)
    assert caught.value.what.startswith(f'the ComfyUI server "gpu" ({url}) cannot be reached: ')
    assert "providers/servers.yaml" in caught.value.todo
    assert caught.value.retryable


def test_a_proxy_that_finds_no_server_is_a_server_that_is_away(fake: FakeComfy) -> None:
    gateway = (502, "<html>bad gateway</html>", {})
    with ComfyBridge(Server("gpu", fake.url), limits=QUICK) as bridge:
        fake.overrides["GET /system_stats"] = [gateway] * 99
        with pytest.raises(ServerDown, match="cannot be reached: HTTP 502"):
            bridge.submit(PAYLOAD, CONTEXT)
        fake.overrides.clear()
        fake.overrides["GET /view"] = [gateway] * 99
        with pytest.raises(ServerDown, match="cannot be reached: HTTP 502"):
            bridge.submit(PAYLOAD, CONTEXT)
        fake.overrides.clear()
        assert bridge.submit(PAYLOAD, CONTEXT).artifacts[0].data == png()
    assert len(fake.posted) == 1


def test_a_server_that_starts_late_is_waited_for() -> None:
    port = _free_port()
    fake = FakeComfy(paint)
    with ExitStack() as stack:
        late = threading.Timer(0.3, lambda: stack.enter_context(running(fake, port)))
        late.start()
        limits = Limits(patience_s=60, poll_s=0.01, poll_most_s=0.05)
        with ComfyBridge(Server("gpu", f"http://127.0.0.1:{port}"), limits=limits) as bridge:
            assert bridge.submit(PAYLOAD, CONTEXT).artifacts
        late.join()


def test_a_server_restarted_in_mid_prompt_gets_the_prompt_again() -> None:
    port, done = _free_port(), threading.Event()

    def never(server: FakeComfy, prompt: Prompt) -> None:
        server.say(prompt, "execution_start")
        done.set()
        raise Stuck

    first, second = FakeComfy(never), FakeComfy(paint)
    server = Server("gpu", f"http://127.0.0.1:{port}", silence_s=60.0)
    with ExitStack() as later, ComfyBridge(server, limits=PATIENT) as bridge:

        def restart() -> None:
            with running(first, port):
                ready.set()
                done.wait(60)
            later.enter_context(running(second, port))

        ready = threading.Event()
        thread = threading.Thread(target=restart)
        thread.start()
        ready.wait(60)
        result = bridge.submit(PAYLOAD, CONTEXT)
        thread.join(60)
        assert result.artifacts[0].data == png()
        assert len(second.posted) == 1
        bridge.close()


@contextmanager
def slammed_doors() -> Iterator[tuple[str, list[int]]]:
    """A port where every connection is closed at once, and a list that grows by one with each."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    server.accept()[0].close()
                    seen.append(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_once_down_a_server_is_not_waited_for_again() -> None:
    with slammed_doors() as (url, seen), ComfyBridge(Server("gpu", url), limits=QUICK) as bridge:
        with pytest.raises(ServerDown):
            bridge.submit(PAYLOAD, CONTEXT)
        first = len(seen)
        with pytest.raises(ServerDown):
            bridge.submit(PAYLOAD, CONTEXT)
        assert first > 1 and len(seen) == first + 1


def test_a_length_over_the_limit_is_refused_before_a_byte_is_read(fake: FakeComfy) -> None:
    with ComfyBridge(Server("gpu", fake.url), limits=Limits(tries=1, file_bytes=1000)) as bridge:
        fake.overrides["GET /view"] = [(200, b"x" * 1001, {})]
        with pytest.raises(DownloadError, match="sends 1001 bytes or more where 1000 is the most"):
            bridge.submit(PAYLOAD, CONTEXT)


CHILD = """
import json, sys
from comfyvn.bridge.comfy import ComfyBridge, RenderContext, Server
url, fingerprint, graph = json.loads(sys.argv[1])
bridge = ComfyBridge(Server("gpu", url))
bridge.submit({"workflow_id": "sprite_pack", "workflow": graph}, RenderContext(fingerprint))
"""


def test_a_build_killed_in_mid_render_finds_its_prompt_again(fake: FakeComfy) -> None:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": {"$prefix": "sprite"}}},
    }
    fake.gate.clear()
    arguments = json.dumps([fake.url, CONTEXT.fingerprint, graph])
    child = subprocess.Popen([sys.executable, "-c", CHILD, arguments], cwd=Path(__file__).parents[2])
    while not fake.posted and child.poll() is None:
        time.sleep(0.01)
    child.kill()
    child.wait()
    threading.Timer(0.2, fake.gate.set).start()
    with ComfyBridge(Server("gpu", fake.url), limits=QUICK) as bridge:
        result = bridge.submit({"workflow_id": "sprite_pack", "workflow": graph}, CONTEXT)
    assert result.artifacts[0].data == png()
    assert [body["prompt_id"] for body in fake.posted] == [result.prompt_id]
