"""What the bridge's tests share: limits that do not wait, payloads, and a bridge to a double."""

from __future__ import annotations

from comfyvn.bridge.comfy import Limits
from tests.fakes.comfy import FakeComfy, png

QUICK = Limits(patience_s=0.3, gone_s=0.4, connect_s=10.0, socket_s=1.0, poll_s=0.01, poll_most_s=0.05)
FINGERPRINT = "fp1:" + "0123456789abcdef" * 4


def payload(**more: object) -> dict[str, object]:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": {"$prefix": "sprite"}}},
    }
    return {"workflow_id": "sprite_pack", "workflow": graph, "inputs": {}, **more}


def with_image(value: object = None) -> dict[str, object]:
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "plain/prefix"}},
    }
    return payload(workflow=graph, inputs={"pose": png() if value is None else value})


def ids(fake: FakeComfy) -> list[str]:
    return [body["prompt_id"] for body in fake.posted]
