"""WebSocket clients: who hears what, what a reconnect tells, and what preview frames look like."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.draft.conftest import CHECKPOINT, Endpoint, read_until_done, receive, until


def sampling(steps: int = 2, seed: int = 1) -> dict[str, Any]:
    """Text to image, 64 × 64."""
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a heroine", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["4", 0], "seed": seed,
                "steps": steps, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }  # fmt: skip


def post(endpoint: Endpoint, graph: dict[str, Any], **fields: Any) -> str:
    prompt_id: str = endpoint.http.post("/prompt", json={"prompt": graph, **fields}).json()["prompt_id"]
    return prompt_id


def test_a_prompt_without_client_tells_nobody_but_its_progress(endpoint: Endpoint) -> None:
    with endpoint.socket("onlooker") as connection:
        endpoint.run(sampling())
        kinds = []
        while kinds[-1:] != ["end"]:
            message = receive(connection)
            assert isinstance(message, dict)
            idle = message["data"].get("status", {}).get("exec_info", {}).get("queue_remaining") == 0
            kinds.append("end" if idle and "progress_state" in kinds else message["type"])
    assert set(kinds) == {"status", "progress_state", "end"}


def test_the_client_hears_its_own_prompt_only(endpoint: Endpoint) -> None:
    with endpoint.socket("me") as mine, endpoint.socket("other") as other:
        prompt_id = post(endpoint, sampling(), client_id="me")
        types = [message["type"] for message in read_until_done(mine, prompt_id) if isinstance(message, dict)]
        assert types[0] == "status" and "executed" in types and "progress" in types
        prompt_id = post(endpoint, sampling(seed=2), client_id="other")
        heard = read_until_done(other, prompt_id)
    assert {m["type"] for m in heard if isinstance(m, dict) and m["data"].get("prompt_id") != prompt_id} == {"status"}


def test_a_reopened_socket_learns_which_node_runs(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(step_delay=0.05)
    with endpoint.socket("me") as first:
        prompt_id = post(endpoint, sampling(steps=20), client_id="me")
        while receive(first)["type"] != "progress":
            pass
    with endpoint.socket("me") as second:
        hello, running = receive(second), receive(second)
        assert hello == {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 1}}, "sid": "me"}}
        assert running == {"type": "executing", "data": {"node": "5"}}
        assert read_until_done(second, prompt_id)


def test_when_the_older_of_two_sockets_closes_the_newer_hears_nothing(endpoint: Endpoint) -> None:
    with endpoint.socket("me") as first, endpoint.socket("me") as second:
        receive(first)
        receive(second)
        first.close()
        # The server has seen the end of the first once nobody is left under the id.
        until(lambda: hears_nothing(endpoint, second))
        assert hears_nothing(endpoint, second)


def hears_nothing(endpoint: Endpoint, connection: ClientConnection) -> bool:
    """Whether a prompt of client "me" leaves this socket silent."""
    prompt_id = post(endpoint, sampling(), client_id="me")
    until(lambda: endpoint.http.get(f"/history/{prompt_id}").json())
    try:
        receive(connection, seconds=0.2)
    except TimeoutError:
        return True
    return False


def test_interrupting_between_steps_ends_the_prompt(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(step_delay=0.05)
    with endpoint.socket("me") as connection:
        prompt_id = post(endpoint, sampling(steps=200), client_id="me")
        while receive(connection)["type"] != "progress":
            pass
        assert endpoint.http.post("/interrupt", json={"prompt_id": "another"}).status_code == 200
        assert endpoint.http.post("/interrupt", json={"prompt_id": prompt_id}).status_code == 200
        messages = read_until_done(connection, prompt_id)
    (interrupted,) = [m["data"] for m in messages if isinstance(m, dict) and m["type"] == "execution_interrupted"]
    assert (interrupted["node_id"], interrupted["node_type"]) == ("5", "KSampler")
    entry = until(lambda: endpoint.http.get(f"/history/{prompt_id}").json())[prompt_id]
    assert entry["status"]["status_str"] == "error" and entry["outputs"] == {}


@pytest.mark.parametrize("flags", [False, True])
def test_previews_are_sent_in_the_form_that_the_client_understands(serve: Callable[..., Endpoint], flags: bool) -> None:
    endpoint = serve(previews=True)
    with endpoint.socket("me") as connection:
        receive(connection)
        if flags:
            connection.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
            assert receive(connection)["type"] == "feature_flags"
        prompt_id = post(endpoint, sampling(steps=3), client_id="me")
        frames = [message for message in read_until_done(connection, prompt_id) if isinstance(message, bytes)]
    assert len(frames) == 3
    event, second = struct.unpack(">II", frames[0][:8])
    if flags:
        metadata = json.loads(frames[0][8 : 8 + second])
        image = frames[0][8 + second :]
        assert event == 4 and metadata["image_type"] == "image/jpeg" and metadata["node_id"] == "5"
    else:
        image = frames[0][8:]
        assert (event, second) == (1, 1)
    assert Image.open(io.BytesIO(image)).format == "JPEG"


def test_a_page_of_another_site_gets_no_socket(endpoint: Endpoint) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{endpoint.url.replace('http', 'ws')}/ws", origin="http://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    assert endpoint.http.get("/queue", headers={"Origin": endpoint.url}).status_code == 200
    assert endpoint.http.get("/queue", headers={"Origin": "http://evil.example"}).status_code == 403
