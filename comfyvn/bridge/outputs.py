"""What a finished prompt made, and with what: the server's lists as values, and the bytes, fetched and checked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
)

from comfyvn.bridge.complaints import clean, mapping, quoted, sequence
from comfyvn.bridge.media import Undecodable, decode, is_trifle
from comfyvn.bridge.naming import sendable
from comfyvn.bridge.rendering import Artifact
from comfyvn.bridge.servers import Server
from comfyvn.bridge.wire import BACK_OFF, Wire
from comfyvn.errors import DownloadError

MOST_FILES = 10_000


class Gone(DownloadError):
    """The history lists a file that the server does not have any more."""

    retryable = False

    def __init__(self, artifact: Artifact, server: Server) -> None:
        super().__init__(
            f"the server lists the file {quoted(artifact.filename, server, 80)} but does not have it",
            f"{server.label()}, node {quoted(artifact.node, server, 40)}",
            "see whether something empties the server's output folder while it works",
        )


def listed(outputs: Mapping[str, object], named: Mapping[str, str]) -> list[Artifact]:
    """The artifacts of a history entry's `outputs`; text is there already. `named`: node -> output name.

    Ordered as `named`, then by node id.
    """
    order = {node: index for index, node in enumerate(named)}
    found: list[Artifact] = []
    for node in sorted(outputs, key=lambda node: (order.get(node, len(order)), node)):
        for kind, value in mapping(outputs[node]).items():
            items = sequence(value)
            if kind == "audio" and len(items) == 2 and all(isinstance(item, str) for item in items):
                # The XTTS pack names its one file by a pair of words: file, and folder of the server.
                items = [{"filename": items[0], "type": items[1]}]
            made = [_artifact(named.get(node, node), node, kind, item) for item in items]
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
    filename, subfolder, place = map(sendable, words)
    return Artifact(output, node, kind, filename, subfolder, place)


async def fetch_all(wire: Wire, artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """All of one prompt's artifacts with their bytes, which together are at most `Limits.file_bytes`.

    Raises DownloadError, for too many or too large ones as well; Gone, ServerDown.
    """
    if len(artifacts) > MOST_FILES:
        raise _too_much(wire, f"lists {len(artifacts)} files for one prompt where {MOST_FILES} are the most")
    found: list[Artifact] = []
    for artifact in artifacts:
        found.append(await fetch(wire, artifact))
        size = sum(len(each.data or b"") for each in found)
        if size > wire.limits.file_bytes:
            raise _too_much(wire, f"sends {size} bytes for one prompt where {wire.limits.file_bytes} are the most")
    return tuple(found)


def _too_much(wire: Wire, what: str) -> DownloadError:
    todo = "look at what the workflow saves, and name the outputs that are wanted in the workflow file"
    return DownloadError(f"the server {what}", wire.server.label(), todo)


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
    server = wire.server
    what = f"{quoted(artifact.filename, server, 80)} (node {quoted(artifact.node, server, 40)})"
    wanted = {"filename": artifact.filename, "subfolder": artifact.subfolder, "type": artifact.type}
    answer = await wire.fetch(what, wanted)
    todo = "run the build again; if it stays so, look at that file on the server"
    if answer.status == 404:
        raise Gone(artifact, server)
    if answer.status != 200:
        raise DownloadError(f"the server answered HTTP {answer.status} for {what}", server.label(), todo)
    try:
        if not is_trifle(answer.body):  # to a thread and back takes longer than to decode an icon
            await asyncio.to_thread(decode, answer.body, artifact.filename, wire.limits.pixels)
        else:
            decode(answer.body, artifact.filename, wire.limits.pixels)
    except Undecodable as error:
        raise DownloadError(
            f"the download of {what} is broken: {quoted(error, server)}", server.label(), todo
        ) from error
    return answer.body


def made_with(stats: Mapping[str, object], server: Server | None = None) -> dict[str, str]:
    """What of `/system_stats` belongs into a record: versions and the model of the device, never the host.

    Given the `server` that says so, nor what it repeats of its secrets.
    """

    def word(value: object, most: int) -> str:
        return clean(value, most) if server is None else quoted(value, server, most)

    system = mapping(stats.get("system"))
    devices = sequence(stats.get("devices"))
    device = mapping(devices[0] if devices else None)
    # torch names it "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync"; only the middle is the device.
    name = word(device.get("name", ""), 120).removeprefix(f"{device.get('type')}:{device.get('index')} ")
    return {
        "comfyui_version": word(system.get("comfyui_version", ""), 60),
        "pytorch_version": word(system.get("pytorch_version", ""), 60),
        "device": name.rpartition(" : ")[0] or name,
    }
