"""What a finished prompt made, and with what: the server's lists as values, and the bytes, fetched and checked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
)

from comfyvn.bridge.complaints import clean, mapping, sequence
from comfyvn.bridge.media import Undecodable, decode
from comfyvn.bridge.rendering import Artifact
from comfyvn.bridge.wire import BACK_OFF, Wire
from comfyvn.errors import DownloadError


class Gone(DownloadError):
    """The history lists a file that the server does not have any more."""

    retryable = False

    def __init__(self, artifact: Artifact, server: str) -> None:
        super().__init__(
            f"the server lists the file {clean(artifact.filename, 80)} but does not have it",
            f"{server}, node {artifact.node}",
            "see whether something empties the server's output folder while it works",
        )


def listed(outputs: Mapping[str, object], named: Mapping[str, str]) -> list[Artifact]:
    """The artifacts of a history entry's `outputs`; text is there already. `named`: node -> output name.

    Ordered as `named`, then by node id.
    """
    order = {node: index for index, node in enumerate(named)}
    found: list[Artifact] = []
    for node in sorted(outputs, key=lambda node: (order.get(node, len(order)), node)):
        for kind, items in mapping(outputs[node]).items():
            made = [_artifact(named.get(node, node), node, kind, item) for item in sequence(items)]
            found += [artifact for artifact in made if artifact is not None]
    return found


def _artifact(output: str, node: str, kind: str, item: object) -> Artifact | None:
    """One item of a list such as `images`; None for what is no artifact (`animated: [true]`)."""
    if kind == "text" and isinstance(item, str):
        return Artifact(output, node, kind, "", "", "", item.encode("utf-8", "replace"))
    entry = mapping(item)
    if not isinstance(entry.get("filename"), str):
        return None
    words = [str(entry.get(key) or "") for key in ("filename", "subfolder", "type")]
    # Halves of surrogate pairs are valid in JSON and cannot be put into a URL.
    filename, subfolder, place = (word.encode("utf-8", "replace").decode() for word in words)
    return Artifact(output, node, kind, filename, subfolder, place)


async def fetch(wire: Wire, artifact: Artifact) -> Artifact:
    """The artifact with its bytes, fetched and decoded, `Limits.tries` times if need be.

    Raises DownloadError when they never arrive whole, Gone when the server has lost the file.
    """
    if artifact.data is not None:
        return artifact
    retrying = AsyncRetrying(
        stop=stop_after_attempt(wire.limits.tries),
        wait=BACK_OFF,
        retry=retry_if_exception_type(DownloadError) & retry_if_not_exception_type(Gone),
        reraise=True,
    )
    data: bytes = await retrying(_fetch_once, wire, artifact)
    return replace(artifact, data=data)


async def _fetch_once(wire: Wire, artifact: Artifact) -> bytes:
    what = f"{clean(artifact.filename, 80)} (node {artifact.node})"
    wanted = {"filename": artifact.filename, "subfolder": artifact.subfolder, "type": artifact.type}
    answer = await wire.fetch(what, wanted)
    server, todo = wire.server.label(), "run the build again; if it stays so, look at that file on the server"
    if answer.status == 404:
        raise Gone(artifact, server)
    if answer.status != 200:
        raise DownloadError(f"the server answered HTTP {answer.status} for {what}", server, todo)
    try:
        await asyncio.to_thread(decode, answer.body, artifact.filename, wire.limits.pixels)
    except Undecodable as error:
        raise DownloadError(f"the download of {what} is broken: {clean(error)}", server, todo) from error
    return answer.body


def made_with(stats: Mapping[str, object]) -> dict[str, str]:
    """What of `/system_stats` belongs into a record: versions and the model of the device, never the host."""
    system = mapping(stats.get("system"))
    devices = sequence(stats.get("devices"))
    device = mapping(devices[0] if devices else None)
    # torch names it "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync"; only the middle is the device.
    name = clean(device.get("name", ""), 120).removeprefix(f"{device.get('type')}:{device.get('index')} ")
    return {
        "comfyui_version": clean(system.get("comfyui_version", ""), 60),
        "pytorch_version": clean(system.get("pytorch_version", ""), 60),
        "device": name.rpartition(" : ")[0] or name,
    }
