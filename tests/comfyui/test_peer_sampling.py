"""Sampling with a checkpoint: seeds, steps, previews, stopping in the middle."""

from __future__ import annotations

import io
import threading
from dataclasses import replace

import httpx
import pytest
from PIL import Image, ImageChops

from comfyvn.bridge.comfy import ComfyBridge, Progress
from comfyvn.bridge.payload import prompt_id
from comfyvn.errors import Interrupted, PromptRejected
from tests.fakes.peer import Peer, opened, payload, sampled


def seed_of(peer: Peer) -> int:
    """One that this server has never been asked for."""
    return (int(peer.nonce, 16) + peer.number()) % 2**64


def test_equal_seeds_give_equal_pixels_even_with_nothing_remembered(
    peer: Peer, bridge: ComfyBridge, checkpoint: str
) -> None:
    context, work = peer.fresh(), payload(sampled(checkpoint, seed_of(peer)))
    first = bridge.submit(work, context)
    again = bridge.submit(work, replace(context, purpose="verify-1"))
    assert not again.cached
    one, other = opened(first.artifacts[0].data), opened(again.artifacts[0].data)
    assert one.size == (64, 64) and one.tobytes() == other.tobytes()


def test_another_seed_gives_other_pixels(peer: Peer, bridge: ComfyBridge, checkpoint: str) -> None:
    results = [bridge.submit(payload(sampled(checkpoint, seed_of(peer))), peer.fresh()) for _ in range(2)]
    one, other = (opened(result.artifacts[0].data).convert("RGB") for result in results)
    assert ImageChops.difference(one, other).getbbox() is not None


@pytest.mark.parametrize("seed", [0, 2**53 + 1, 2**64 - 1])
def test_every_seed_arrives_whole(peer: Peer, bridge: ComfyBridge, checkpoint: str, seed: int) -> None:
    (artifact,) = bridge.submit(payload(sampled(checkpoint, seed)), peer.fresh()).artifacts
    assert f'"seed": {seed},' in opened(artifact.data).info["prompt"]


def test_a_seed_out_of_range_is_refused(bridge: ComfyBridge, checkpoint: str) -> None:
    with pytest.raises(PromptRejected, match="18446744073709551616 bigger than max"):
        bridge.submit(payload(sampled(checkpoint, 2**64)))


def test_steps_are_told_as_they_are_taken(peer: Peer, bridge: ComfyBridge, checkpoint: str) -> None:
    seen: list[Progress] = []
    bridge.submit(payload(sampled(checkpoint, seed_of(peer), steps=4)), peer.fresh(progress=seen.append))
    steps = [step.value for step in seen if (step.node_class, step.maximum) == ("KSampler", 4)]
    assert steps == sorted(steps) and steps[-1] == 4
    assert {step.node for step in seen if step.node_class == "KSampler"} == {"5"}


def test_previews_are_pictures_where_the_server_makes_any(peer: Peer, bridge: ComfyBridge, checkpoint: str) -> None:
    seen: list[Progress] = []
    work = payload(sampled(checkpoint, seed_of(peer), steps=6))
    bridge.submit(work, peer.fresh(progress=seen.append, previews=True))
    previews = [step.preview for step in seen if step.preview]
    if not previews:
        pytest.skip("the server sends no previews (start it with --preview-method auto)")
    for preview in previews:
        with Image.open(io.BytesIO(preview)) as picture:
            picture.load()


def test_sampling_is_stopped_between_two_steps(
    peer: Peer, bridge: ComfyBridge, checkpoint: str, http: httpx.Client
) -> None:
    stop = threading.Event()
    context = peer.fresh(progress=lambda step: stop.set() if step.maximum else None, cancelled=stop)
    with pytest.raises(Interrupted):
        bridge.submit(payload(sampled(checkpoint, seed_of(peer), steps=500)), context)
    assert bridge.submit(payload(sampled(checkpoint, seed_of(peer), steps=1)), peer.fresh()).artifacts
    mine = prompt_id(context.fingerprint, "render", 0)
    entry = http.get(f"/history/{mine}").json()[mine]
    assert "execution_interrupted" in [kind for kind, _ in entry["status"]["messages"]]


def test_a_checkpoint_that_is_not_there_is_named_with_those_that_are(bridge: ComfyBridge, checkpoint: str) -> None:
    graph = sampled("", 1)
    graph["1"]["inputs"]["ckpt_name"] = {"$model": "sdxl_base"}
    with pytest.raises(PromptRejected, match=r"has no model file no_such_thing\.safetensors") as caught:
        bridge.submit(payload(graph, models={"sdxl_base": "no_such_thing.safetensors"}))
    assert checkpoint in str(caught.value)


def test_a_logical_model_is_found_by_its_file_name(peer: Peer, bridge: ComfyBridge, checkpoint: str) -> None:
    graph = sampled("", seed_of(peer))
    graph["1"]["inputs"]["ckpt_name"] = {"$model": "sdxl_base"}
    name = checkpoint.replace("\\", "/").rpartition("/")[2]
    assert bridge.submit(payload(graph, models={"sdxl_base": f"elsewhere/{name}"}), peer.fresh()).artifacts


def test_the_graph_in_the_picture_is_the_graph_that_ran(peer: Peer, bridge: ComfyBridge, checkpoint: str) -> None:
    """What ComfyUI's editor reopens: names of files in place of our tokens."""
    graph = sampled(checkpoint, seed_of(peer))
    (artifact,) = bridge.submit(payload(graph), peer.fresh()).artifacts
    told = opened(artifact.data).info["prompt"]
    assert "$prefix" not in told and checkpoint in told and peer.url not in told
