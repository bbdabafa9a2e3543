"""Prompts that are stopped, deleted and shared: by us, by other people, by many calls at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from comfyvn.bridge.comfy import ComfyBridge, Progress
from comfyvn.bridge.payload import prompt_id
from comfyvn.errors import Interrupted
from tests.fakes.peer import Peer, blank, opened, payload, queued, slow, theirs, until


def runs(http: httpx.Client, prompt: str) -> bool:
    return any(item[1] == prompt for item in http.get("/queue").json()["queue_running"])


# --- stopping


class Watcher:
    """Keeps what is told of a render, and cancels it when `enough` has been seen."""

    def __init__(self, enough: Callable[[Progress], bool]) -> None:
        self.seen: list[Progress] = []
        self.cancelled = threading.Event()
        self._enough = enough

    def __call__(self, step: Progress) -> None:
        self.seen.append(step)
        if self._enough(step):
            self.cancelled.set()


def test_a_running_prompt_is_stopped_and_tells_where_it_was(
    peer: Peer, bridge: ComfyBridge, http: httpx.Client
) -> None:
    watcher = Watcher(lambda step: step.state == "running" and step.node_class == "ImageScale")
    context = peer.fresh(progress=watcher, cancelled=watcher.cancelled)
    with pytest.raises(Interrupted, match="cancelled"):
        bridge.submit(payload(slow(peer.colour())), context)
    mine = prompt_id(context.fingerprint, "render", 0)
    assert until(lambda: mine not in queued(http))
    assert bridge.submit(payload(blank(peer.colour())), peer.fresh()).artifacts


def test_a_waiting_prompt_is_withdrawn_and_other_people_s_work_goes_on(
    peer: Peer, bridge: ComfyBridge, http: httpx.Client
) -> None:
    other = http.post("/prompt", json={"prompt": theirs(peer.colour())}).json()["prompt_id"]
    try:
        assert until(lambda: runs(http, other))
        watcher = Watcher(lambda step: step.state == "queued")
        context = peer.fresh(progress=watcher, cancelled=watcher.cancelled)
        with pytest.raises(Interrupted, match="cancelled"):
            bridge.submit(payload(blank(peer.colour())), context)
        assert until(lambda: prompt_id(context.fingerprint, "render", 0) not in queued(http))
        assert runs(http, other)
    finally:
        http.post("/interrupt", json={"prompt_id": other})
        until(lambda: other not in queued(http))


def test_a_prompt_that_somebody_else_stops_is_interrupted(peer: Peer, bridge: ComfyBridge, http: httpx.Client) -> None:
    context = peer.fresh()
    mine = prompt_id(context.fingerprint, "render", 0)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(bridge.submit, payload(slow(peer.colour())), context)
        assert until(lambda: runs(http, mine))
        http.post("/interrupt", json={"prompt_id": mine})
        with pytest.raises(Interrupted):
            call.result(60)


def test_a_waiting_prompt_that_somebody_deletes_is_posted_again(
    peer: Peer, bridge: ComfyBridge, http: httpx.Client
) -> None:
    other, context = http.post("/prompt", json={"prompt": theirs(peer.colour())}).json()["prompt_id"], peer.fresh()
    mine = prompt_id(context.fingerprint, "render", 0)
    with ThreadPoolExecutor(1) as pool:
        try:
            assert until(lambda: runs(http, other))
            call = pool.submit(bridge.submit, payload(blank(peer.colour())), context)
            assert until(lambda: mine in queued(http))
            http.post("/queue", json={"delete": [mine]})
            assert until(lambda: prompt_id(context.fingerprint, "render", 1) in queued(http))
        finally:
            http.post("/interrupt", json={"prompt_id": other})
        assert call.result(60).artifacts


# --- many at once


def test_two_clients_share_a_server_and_each_gets_its_own(peer: Peer, bridge: ComfyBridge) -> None:
    colours = [peer.colour() for _ in range(8)]
    contexts = [peer.fresh() for _ in colours]
    with ComfyBridge(peer.server()) as second, ThreadPoolExecutor(8) as pool:
        calls = [
            pool.submit((bridge, second)[index % 2].submit, payload(blank(colour)), context)
            for index, (colour, context) in enumerate(zip(colours, contexts, strict=True))
        ]
        results = [call.result(120) for call in calls]
    for colour, result in zip(colours, results, strict=True):
        pixel = opened(result.artifacts[0].data).convert("RGB").getpixel((1, 1))
        assert pixel == (colour >> 16, colour >> 8 & 255, colour & 255)


def test_two_calls_for_one_thing_are_one_prompt(peer: Peer, bridge: ComfyBridge) -> None:
    context, work = peer.fresh(), payload(slow(peer.colour(), 4))
    with ComfyBridge(peer.server()) as second, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(owner.submit, work, context) for owner in (bridge, bridge)]
        assert {call.result(60).prompt_id for call in calls} == {prompt_id(context.fingerprint, "render", 0)}
        assert second.submit(work, context).prompt_id == calls[0].result().prompt_id


def test_progress_names_the_nodes_in_their_order(peer: Peer, bridge: ComfyBridge) -> None:
    watcher = Watcher(lambda step: False)
    bridge.submit(payload(slow(peer.colour(), 5)), peer.fresh(progress=watcher))
    classes = [step.node_class for step in watcher.seen if step.state == "running" and step.node]
    assert "ImageScale" in classes and watcher.seen[-1].state == "downloading"
    nodes = [step.node for step in watcher.seen if step.node_class == "ImageScale"]
    assert nodes == sorted(nodes, key=int)
