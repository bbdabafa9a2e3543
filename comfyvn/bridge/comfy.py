"""ComfyBridge: renders on a ComfyUI server (a real one or the draft endpoint), from sync and async code alike."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from comfyvn.bridge.loop import BackgroundLoop
from comfyvn.bridge.media import recognise
from comfyvn.bridge.payload import safe_name
from comfyvn.bridge.renderer import Renderer
from comfyvn.bridge.rendering import Artifact, Limits, Progress, RenderContext, RenderResult
from comfyvn.bridge.servers import Server
from comfyvn.errors import StoreError

__all__ = ["Artifact", "ComfyBridge", "Limits", "Progress", "RenderContext", "RenderResult", "Server"]

_EMPTY = RenderContext()


class ComfyBridge:
    """One server, usable from any number of threads and event loops at once; `server.slots` limits what runs there.

    Everything happens on one background loop, so the sync calls and their `_async` twins are one implementation.
    Close it, or use it as a context manager: prompts of calls that were cancelled are then taken off the server.
    """

    def __init__(self, server: Server, *, limits: Limits = Limits()) -> None:  # noqa: B008 - a frozen value
        self.server = server
        self._limits = limits
        self._loop = BackgroundLoop(f"comfyvn-{server.name}")
        self._opened: Renderer | None = None

    def submit(self, payload: Mapping[str, object], context: RenderContext = _EMPTY) -> RenderResult:
        """Render `payload` and fetch what it made.

        `payload`: workflow_id, workflow (API graph, tokens as in `bridge.payload`), inputs {token: bytes | Path},
        packs, pins, seeds; optional models {logical name: file name} and outputs {name: node id}; with outputs given,
        those nodes' artifacts alone are fetched and each must have some.

        A prompt of the same fingerprint, purpose and attempt that the server still knows (a build died meanwhile) is
        taken up instead of rendered again. Raises PromptRejected, RenderFailed, Interrupted, DownloadError, ServerDown,
        BridgeError; WorkflowError and InputMissing for a payload that cannot be sent.
        """
        return self._loop.run(self._render(payload, context))

    async def submit_async(self, payload: Mapping[str, object], context: RenderContext = _EMPTY) -> RenderResult:
        """`submit` for async callers; cancelling it takes the prompt off the server."""
        return await self._loop.run_async(self._render(payload, context))

    def download_artifacts(self, result: RenderResult, path: Path) -> list[Path]:
        """Write the artifacts into folder `path` as `<output>_<index>.<extension of the content>`.

        Each is written whole or not at all; existing files of these names are replaced. Raises StoreError when the
        disk refuses, DownloadError.
        """
        return self._loop.run(self._save(result, path))

    async def download_artifacts_async(self, result: RenderResult, path: Path) -> list[Path]:
        """`download_artifacts` for async callers."""
        return await self._loop.run_async(self._save(result, path))

    def probe(self) -> dict[str, object]:
        """The server's `/system_stats`: versions, devices, memory. Raises ServerDown, BridgeError."""
        return dict(self._loop.run(self._stats()))

    async def probe_async(self) -> dict[str, object]:
        """`probe` for async callers."""
        return dict(await self._loop.run_async(self._stats()))

    def object_info(self) -> dict[str, object]:
        """The server's `/object_info`: the definition of every node class. Raises ServerDown, BridgeError."""
        return dict(self._loop.run(self._definitions()))

    async def object_info_async(self) -> dict[str, object]:
        """`object_info` for async callers."""
        return dict(await self._loop.run_async(self._definitions()))

    def close(self) -> None:
        """Cancel what runs, take our prompts off the server, close the connections. May be called twice."""
        opened, self._opened = self._opened, None
        self._loop.stop(opened.close() if opened else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _renderer(self) -> Renderer:
        """Made on the background loop, where alone it is touched."""
        if self._opened is None:
            self._opened = Renderer(self.server, self._limits)
        return self._opened

    async def _render(self, payload: Mapping[str, object], context: RenderContext) -> RenderResult:
        return await self._renderer().render(payload, context)

    async def _stats(self) -> Mapping[str, object]:
        return await self._renderer().system_stats()

    async def _definitions(self) -> Mapping[str, object]:
        return await self._renderer().object_info()

    async def _save(self, result: RenderResult, folder: Path) -> list[Path]:
        fetched = [await self._renderer().fetch(artifact) for artifact in result.artifacts]
        names = local_names(fetched)
        return [_write(folder, name, artifact.data or b"") for name, artifact in zip(names, fetched, strict=True)]


def local_names(artifacts: list[Artifact]) -> list[str]:
    """File names that we choose: no word of the server's gets into a path."""
    counts: dict[str, int] = {}
    names = []
    for artifact in artifacts:
        stem = safe_name(artifact.output)
        is_text = artifact.kind == "text" and not artifact.filename
        extension = "txt" if is_text else recognise(artifact.data or b"").extension
        names.append(f"{stem}_{counts.setdefault(stem, 0)}.{extension}")
        counts[stem] += 1
    return names


def _write(folder: Path, name: str, data: bytes) -> Path:
    """Write by way of a temporary file, so that a file of that name is always whole."""
    temporary: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(prefix=".comfyvn-", dir=folder)
        temporary = Path(made)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / name)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        why = error.strerror or type(error).__name__
        todo = "free some space, or check who may write there"
        raise StoreError(f"{name} cannot be written: {why}", str(folder), todo) from error
    return folder / name
