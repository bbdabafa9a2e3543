#!/usr/bin/env python3
"""Measures what our bridge costs over a bare loop of httpx calls on the same server, in one run.

usage: python bench/bridge.py [--prompts 500] [--duration 0.05] [--block 25] [--slots 1] [--json]

A ComfyUI double runs in a process of its own and takes `--duration` seconds for a prompt, one at a time. Two clients
take turns, a block of prompts each: the bridge, and the leanest honest client that we can write (one WebSocket,
POST /prompt, wait for the message that ends the prompt, GET /history/ID, GET /view). Both post a graph of eleven nodes
and get a picture. Wall seconds tell what a user waits for; CPU seconds are those of this process. The memory is the
peak of this process, and its Python objects, after 100 prompts of each and at the end. With `--slots 2` the bridge
keeps a second prompt queued, as builds do.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from comfyvn.bridge.comfy import ComfyBridge, RenderContext, Server  # noqa: E402

GRAPH: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "base.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "young woman, yellow raincoat, " * 8}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "blurry, low quality"}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
    "5": {"class_type": "LoadImage", "inputs": {"image": "pose.png"}},
    "6": {"class_type": "ControlNetLoader", "inputs": {"control_net_name": "pose.safetensors"}},
    "7": {"class_type": "ControlNetApply", "inputs": {"conditioning": ["2", 0], "image": ["5", 0], "strength": 0.8}},
    "8": {"class_type": "KSampler", "inputs": {"seed": 0, "steps": 28, "model": ["1", 0], "positive": ["7", 0]}},
    "9": {"class_type": "VAEDecode", "inputs": {"samples": ["8", 0], "vae": ["1", 2]}},
    "10": {"class_type": "ImageScaleBy", "inputs": {"image": ["9", 0], "scale_by": 1.0}},
    "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0], "filename_prefix": "bench/sprite"}},
}


def serve(seconds: float) -> None:
    """The server's process: prints its URL, ends with its standard input."""
    from tests.fakes.comfy import FakeComfy, Prompt, paint, running

    def play(server: FakeComfy, prompt: Prompt) -> None:
        time.sleep(seconds)
        paint(server, prompt)

    with running(FakeComfy(play)) as fake:
        print(fake.url, flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def server(seconds: float) -> Iterator[str]:
    command = [sys.executable, __file__, "--serve", "--duration", str(seconds)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate("")


def graph(number: int) -> dict[str, Any]:
    sampler = {**GRAPH["8"], "inputs": {**GRAPH["8"]["inputs"], "seed": number}}
    return {**GRAPH, "8": sampler}


class Bare:
    """The leanest honest client: what has to be said and fetched, and nothing else."""

    def __init__(self, url: str) -> None:
        self._id = uuid.uuid4().hex
        self._http = httpx.Client(base_url=url, trust_env=False)
        self._open = contextlib.ExitStack()
        socket = connect(f"{url.replace('http', 'ws', 1)}/ws?clientId={self._id}", proxy=None, compression=None)
        self._socket = self._open.enter_context(socket)

    def render(self, number: int) -> bytes:
        prompt_id = str(uuid.uuid4())
        body = {"prompt": graph(number), "prompt_id": prompt_id, "client_id": self._id}
        self._http.post("/prompt", json=body).raise_for_status()
        while True:
            message = json.loads(self._socket.recv())
            data = message["data"]
            if message["type"] == "executing" and data["node"] is None and data["prompt_id"] == prompt_id:
                break
        entry = self._http.get(f"/history/{prompt_id}").raise_for_status().json()[prompt_id]
        (item,) = entry["outputs"]["11"]["images"]
        return self._http.get("/view", params=item).raise_for_status().content

    def close(self) -> None:
        self._open.close()
        self._http.close()


class Ours:
    """The bridge as a build uses it: a fingerprint for each render, from `slots` threads."""

    def __init__(self, url: str, slots: int) -> None:
        self._bridge = ComfyBridge(Server("bench", url, slots=slots))

    def render(self, number: int) -> bytes:
        payload = {"workflow_id": "bench", "workflow": graph(number), "outputs": {"sprite": "11"}}
        result = self._bridge.submit(payload, RenderContext(f"fp1:{number:064x}", target=f"sprites:bench/{number}"))
        return result.artifacts[0].data or b""

    def close(self) -> None:
        self._bridge.close()


def timed(render: Callable[[int], bytes], numbers: range, together: int) -> tuple[float, float]:
    """Wall and CPU seconds of this process for a block of prompts."""
    wall, cpu = time.perf_counter(), time.process_time()
    if together == 1:
        pictures = [render(number) for number in numbers]
    else:
        with ThreadPoolExecutor(together) as pool:
            pictures = list(pool.map(render, numbers))
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    return time.perf_counter() - wall, time.process_time() - cpu


def memory() -> tuple[int, int]:
    """The most memory that this process ever had (KiB; 0 where the system does not tell), and its objects now."""
    gc.collect()
    objects = len(gc.get_objects())
    try:
        import resource
    except ImportError:
        return 0, objects
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak, objects


def measure(url: str, options: argparse.Namespace) -> dict[str, Any]:
    bare, ours = Bare(url), Ours(url, options.slots)
    pairs: list[tuple[float, float]] = []
    wall, cpu, early = {"bare": 0.0, "ours": 0.0}, {"bare": 0.0, "ours": 0.0}, (0, 0)
    try:
        bare.render(-1), ours.render(2**62)  # connections and imports are not what is measured
        for first in range(0, options.prompts, options.block):
            numbers = range(first, min(first + options.block, options.prompts))
            turns = {"bare": (bare.render, 1), "ours": (ours.render, options.slots)}
            order = list(turns) if (first // options.block) % 2 else list(turns)[::-1]
            found = {name: timed(turns[name][0], numbers, turns[name][1]) for name in order}
            for name, (seconds, used) in found.items():
                wall[name] += seconds
                cpu[name] += used
            pairs.append((found["ours"][0], found["bare"][0]))
            if numbers.stop >= 100 and early == (0, 0):
                early = memory()
        late = memory()
    finally:
        bare.close()
        ours.close()
    each = {f"{name}_wall_ms": wall[name] / options.prompts * 1e3 for name in wall}
    each |= {f"{name}_cpu_ms": cpu[name] / options.prompts * 1e3 for name in cpu}
    return {
        "prompts": options.prompts,
        "duration_ms": options.duration * 1e3,
        "slots": options.slots,
        **{name: round(value, 2) for name, value in each.items()},
        "wall_ratio": round(wall["ours"] / wall["bare"], 3),
        "wall_ratio_median_of_blocks": round(statistics.median(ours / bare for ours, bare in pairs), 3),
        "peak_kib_at_100": early[0],
        "peak_kib_at_end": late[0],
        "objects_at_100": early[1],
        "objects_at_end": late[1],
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--duration", type=float, default=0.05, help="seconds that the server takes for a prompt")
    parser.add_argument("--block", type=int, default=25, help="prompts of one client before the other's turn")
    parser.add_argument("--slots", type=int, default=1, help="prompts that the bridge keeps on the server")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.duration)
        return 0
    with server(options.duration) as url:
        figures = measure(url, options)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:30} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
