"""The server at the other end, real or draft, and graphs that every ComfyUI can run without any model file."""

from __future__ import annotations

import hashlib
import io
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from comfyvn.bridge.comfy import RenderContext, Server
from comfyvn.graph.definitions import Definitions

TINY = "tiny_sd15_random.safetensors"
Graph = dict[str, dict[str, Any]]
STEPS = 120


@dataclass(frozen=True)
class Peer:
    """One server. `answer`: its `/object_info`, `listed`: the same, read; `outputs`, `inputs`: folders, if in reach.

    A real server remembers what earlier runs of these tests asked for: `nonce` makes every run's questions new.
    """

    url: str
    is_real: bool
    stats: Mapping[str, Any]
    answer: Mapping[str, Any]
    listed: Definitions
    checkpoint: str
    outputs: Path | None
    inputs: Path | None
    nonce: str
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def server(self, **more: Any) -> Server:
        return Server("peer", self.url, slots=2, **more)

    def number(self) -> int:
        """Another one at every call; with `nonce`, one that this server has never met."""
        return next(self._numbers)

    def colour(self) -> int:
        """A colour (0xRRGGBB) of its own for every call and every run."""
        return (int(self.nonce, 16) + self.number() * 40503) % 0xFFFFFF

    def fresh(self, **more: Any) -> RenderContext:
        """A context of a fingerprint that this server has never met."""
        digest = hashlib.sha256(f"{self.nonce}/{self.number()}".encode()).hexdigest()
        return RenderContext(f"fp1:{digest}", target="sprites:aya/x", **more)


def checkpoint_of(definitions: Definitions, wanted: str) -> str:
    """The server's name of the checkpoint `wanted`, or of one that calls itself tiny; "" if there is none."""
    loader = definitions.get("CheckpointLoaderSimple")
    names = [str(name) for entry in loader.inputs for name in entry.options or ()] if loader else []
    if wanted:
        assert wanted in names, f"the server has no checkpoint {wanted}; it has {', '.join(names) or 'none'}"
        return wanted
    return next((name for name in names if "tiny" in name.lower()), "")


def folder_of(stats: Mapping[str, Any], option: str) -> Path | None:
    """The folder that the server was started with (`--output-directory` …), where this machine has it too."""
    arguments = list(map(str, stats.get("system", {}).get("argv") or ()))
    if option not in arguments[:-1]:
        return None
    folder = Path(arguments[arguments.index(option) + 1])
    return folder if folder.is_absolute() and folder.is_dir() else None


def blank(colour: int, size: int = 16, batch: int = 1, prefix: object = None) -> Graph:
    """A picture of one colour, saved."""
    inputs = {"width": size, "height": size, "batch_size": batch, "color": colour}
    return {"1": {"class_type": "EmptyImage", "inputs": inputs}, "2": saving(["1", 0], prefix)}


def theirs(colour: int) -> Graph:
    """Slow work as another client of the server posts it, without a token of ours."""
    graph = slow(colour)
    graph["2"]["inputs"]["filename_prefix"] = "peer/theirs"
    return graph


def saving(link: list[Any], prefix: object = None) -> dict[str, Any]:
    where = {"$prefix": "sprite"} if prefix is None else prefix
    return {"class_type": "SaveImage", "inputs": {"images": link, "filename_prefix": where}}


def slow(colour: int, steps: int = STEPS) -> Graph:
    """Five seconds of work or more: a server can be stopped between any two of its small steps."""
    graph = blank(colour, 1024)
    for step in range(steps):
        size = 1024 - step % 2 * 32
        inputs = {"image": [str(step + 9) if step else "1", 0], "upscale_method": "lanczos"}
        graph[str(step + 10)] = {
            "class_type": "ImageScale",
            "inputs": {**inputs, "width": size, "height": size, "crop": "disabled"},
        }
    graph["2"] = saving([str(steps + 9), 0])
    return graph


def sampled(checkpoint: str, seed: int, steps: int = 2, size: int = 64) -> Graph:
    """Text to image, the smallest that samples."""
    prompts = {
        node: {"class_type": "CLIPTextEncode", "inputs": {"text": text, "clip": ["1", 1]}}
        for node, text in (("2", "a heroine on a pier"), ("3", "blurry"))
    }
    sampler = {
        "seed": seed, "steps": steps, "cfg": 5.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
        "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
    }  # fmt: skip
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        **prompts,
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": size, "height": size, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": sampler},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": saving(["6", 0]),
    }


def payload(graph: Graph, **more: object) -> dict[str, object]:
    return {"workflow_id": "peer", "workflow": graph, **more}


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def until(question: Callable[[], Any]) -> Any:
    """The first true answer; gives up after a minute, so that what is then asserted says what is wrong."""
    end = time.monotonic() + 60
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def queued(http: httpx.Client) -> list[str]:
    """The prompts that wait or run."""
    lists = http.get("/queue").json()
    return [str(item[1]) for key in ("queue_running", "queue_pending") for item in lists[key]]
