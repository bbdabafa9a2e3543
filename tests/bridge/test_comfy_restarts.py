"""How long a server is waited for that is gone: long where it is the only one, not where another could do the work."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from math import inf

import pytest

from comfyvn.bridge.comfy import ComfyBridge, Progress, RenderContext
from comfyvn.bridge.servers import Server
from comfyvn.errors import ServerDown
from tests.fakes.comfy import FakeComfy, Stuck, paint, running
from tests.fakes.payloads import FINGERPRINT, QUICK, payload

# A restart takes longer than what is borne at the first call, and than what is borne where others are left.
RESTART = replace(QUICK, patience_s=0.2, gone_s=inf, handover_s=0.2, tell_s=60.0)
OTHER = "fp1:" + "f" * 64


class Restarting:
    """A server that can be stopped, and started again on its port when its client has noticed."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._now = stack, ExitStack()
        self.fake = FakeComfy(paint)
        self.start()

    def start(self) -> None:
        port = int(self.fake.url.rpartition(":")[2]) if self.fake.url else 0
        self.fake = FakeComfy(paint)
        self._now.enter_context(running(self.fake, port))
        self._stack.callback(self.stop)

    def stop(self) -> None:
        self._now.close()


@contextmanager
def restarting() -> Iterator[tuple[Restarting, ComfyBridge]]:
    with ExitStack() as stack:
        server = Restarting(stack)
        gpu = Server("gpu", server.fake.url, silence_s=60.0)
        yield server, stack.enter_context(ComfyBridge(gpu, limits=RESTART))


def test_the_only_server_is_waited_for_between_two_renders() -> None:
    with restarting() as (server, bridge):
        bridge.submit(payload(), RenderContext(FINGERPRINT))
        server.stop()
        later = threading.Timer(1.0, server.start)
        later.start()
        assert bridge.submit(payload(), RenderContext(OTHER, elsewhere=lambda: False)).artifacts
        later.join()
        assert len(server.fake.begun) == 1


def test_the_only_server_is_waited_for_in_the_middle_of_a_render() -> None:
    def stick(_server: FakeComfy, _prompt: object) -> None:
        begun.set()
        raise Stuck

    begun = threading.Event()
    with restarting() as (server, bridge):
        server.fake.play = stick

        def restart() -> None:
            begun.wait(30)
            server.stop()
            time.sleep(1.0)
            server.start()

        thread = threading.Thread(target=restart)
        thread.start()
        result = bridge.submit(payload(), RenderContext(FINGERPRINT))
        thread.join()
        assert (result.attempt, len(server.fake.begun)) == (1, 1)


def test_what_another_server_could_do_is_soon_given_up() -> None:
    with restarting() as (server, bridge):
        bridge.submit(payload(), RenderContext(FINGERPRINT))
        server.stop()
        with pytest.raises(ServerDown, match="connection refused"):
            bridge.submit(payload(), RenderContext(OTHER, elsewhere=lambda: True))


def test_it_is_given_up_when_another_one_returns_meanwhile() -> None:
    told: list[Progress] = []
    is_back = threading.Event()

    def note(progress: Progress) -> None:
        told.append(progress)
        is_back.set()  # at the first word of its silence

    with restarting() as (server, bridge):
        bridge.submit(payload(), RenderContext(FINGERPRINT))
        server.stop()
        context = RenderContext(OTHER, progress=note, elsewhere=is_back.is_set)
        with pytest.raises(ServerDown, match="connection refused"):
            bridge.submit(payload(), context)
        assert re.fullmatch(r"refuses connections since \d+ s; waiting up to 60 s", told[0].note)


def test_a_server_that_never_answered_is_not_waited_for_long() -> None:
    with ExitStack() as stack:
        server = Restarting(stack)
        server.stop()
        gpu = Server("gpu", server.fake.url, silence_s=60.0)
        bridge = stack.enter_context(ComfyBridge(gpu, limits=RESTART))
        with pytest.raises(ServerDown, match="connection refused"):
            bridge.submit(payload())


def test_a_server_that_never_answered_is_soon_given_up_where_another_could_do_the_work() -> None:
    """Were it borne for `patience_s`, this would run into the limit that ends every test."""
    nobody = Server("off", "http://127.0.0.1:9")
    with (
        ComfyBridge(nobody, limits=replace(QUICK, patience_s=3600.0, stranger_s=0.1)) as bridge,
        pytest.raises(ServerDown, match="connection refused"),
    ):
        bridge.submit(payload(), RenderContext(FINGERPRINT, elsewhere=lambda: True))
