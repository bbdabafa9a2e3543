"""ComfyUI doubles on real sockets that take time to render and more to change checkpoints; and renders for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyvn.bridge.comfy import ComfyBridge, Limits, RenderContext
from comfyvn.bridge.servers import Server
from comfyvn.makers.workshop import Workshop
from comfyvn.providers import Model, Registry
from tests.fakes.comfy import FakeComfy, Prompt, paint

QUICK = Limits(patience_s=0.2, gone_s=0.2, connect_s=10.0, socket_s=1.0, poll_s=0.01, poll_most_s=0.05)
CHECKPOINTS = ("sea", "city", "night", "snow")
REGISTRY = Registry(
    version=1, models={name: Model(file=f"{name}.safetensors", folder="checkpoints") for name in CHECKPOINTS}
)


@dataclass
class Costs:
    """The play of one server: seconds of a render and of loading another checkpoint; and what it was asked to do.

    `spans`: when it worked (monotonic seconds), swaps included; `rendered`: the subject of every prompt it finished.
    """

    render_s: float = 0.02
    swap_s: float = 0.1
    loaded: str = ""
    swaps: int = 0
    spans: list[tuple[float, float]] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)

    def __call__(self, server: FakeComfy, prompt: Prompt) -> None:
        began = time.monotonic()
        inputs: dict[str, Any] = prompt.body["prompt"]["1"]["inputs"]
        if inputs["ckpt_name"] != self.loaded:
            self.loaded, self.swaps = inputs["ckpt_name"], self.swaps + 1
            time.sleep(self.swap_s)
        time.sleep(self.render_s)
        paint(server, prompt)
        self.rendered.append(inputs["subject"])
        self.spans.append((began, time.monotonic()))

    def idle_s(self, began: float, ended: float) -> float:
        """Seconds between two moments in which it did nothing."""
        return ended - began - sum(end - start for start, end in self.spans)


def payload(checkpoint: str, subject: str) -> dict[str, object]:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"ckpt_name": checkpoint, "subject": subject}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": {"$prefix": "sprite"}}},
    }
    return {"workflow_id": "sprite_pack", "workflow": graph, "inputs": {}}


def workshop(servers: Sequence[Server], limits: Limits = QUICK) -> Workshop:
    return Workshop(servers, REGISTRY, connect=lambda server: ComfyBridge(server, limits=limits))


def render(shop: Workshop, checkpoint: str, subject: str, kind: str = "comfyui") -> str:
    """One render of `subject`; the name of the server that did it."""
    context = RenderContext(fingerprint=f"fp1:{subject}")
    return shop.on_a_server(
        kind, [checkpoint], subject, lambda bridge: bridge.submit(payload(checkpoint, subject), context).server
    )
