"""The servers and engines that recipes are carried out on, opened when the first recipe needs them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from comfyvn.bridge.servers import Server
from comfyvn.bridge.tts import TTSBridge
from comfyvn.errors import ServerDown
from comfyvn.providers import Registry

if TYPE_CHECKING:
    from comfyvn.bridge.comfy import ComfyBridge

ASIDE_SECONDS = 30.0
DRAFT = "draft"  # the name of our own endpoint among servers
Report = Callable[[str, str], None]  # (target, what it is doing now)


class Endpoint(Protocol):
    """Something that runs beside us and answers at a URL."""

    url: str

    def start(self) -> object: ...

    def stop(self) -> None: ...


class Workshop:
    """`servers` are the ComfyUI servers to use; the draft endpoint is ours and starts by itself."""

    def __init__(
        self,
        servers: Sequence[Server],
        registry: Registry,
        report: Report = lambda _target, _what: None,
        draft: Callable[[Mapping[str, Sequence[str]]], Endpoint] | None = None,
    ) -> None:
        self.registry, self.report = registry, report
        self._servers = tuple(servers)
        self._new_draft = draft or _draft_server
        self._draft: Endpoint | None = None
        self._bridges: dict[str, ComfyBridge] = {}
        self._busy: dict[str, int] = {}
        self._aside: dict[str, float] = {}
        self._guard = threading.Lock()
        self.voices = TTSBridge()

    @contextlib.contextmanager
    def bridge(self, kind: str, without: frozenset[str] = frozenset()) -> Iterator[ComfyBridge]:
        """The least busy server of a kind (draft or comfyui) that is not in `without`.

        Raises ServerDown when the novel names no server of that kind.
        """
        name, bridge = self._choose(kind, without)
        try:
            yield bridge
        finally:
            with self._guard:
                self._busy[name] -= 1

    def _choose(self, kind: str, without: frozenset[str]) -> tuple[str, ComfyBridge]:
        with self._guard:
            servers = [server for server in self._of_kind(kind) if server.name not in without]
            if not servers:
                raise _none_of(kind)
            server = min(servers, key=lambda one: (self._is_aside(one.name), self._busy.get(one.name, 0) / one.slots))
            self._busy[server.name] = self._busy.get(server.name, 0) + 1
            if server.name not in self._bridges:
                from comfyvn.bridge.comfy import ComfyBridge  # HTTP and sockets: not for a build with nothing to render

                self._bridges[server.name] = ComfyBridge(server)
            return server.name, self._bridges[server.name]

    def put_aside(self, bridge: ComfyBridge, kind: str, without: frozenset[str]) -> bool:
        """A server that went away is asked last for a while; whether there is another to try beside `without`.

        Our own draft endpoint is started anew, which is another one.
        """
        name = bridge.server.name
        with self._guard:
            self._aside[name] = time.monotonic() + ASIDE_SECONDS
            if name == DRAFT and not any(server.name == DRAFT for server in self._servers):
                if self._draft is not None and self._bridges.get(DRAFT) is bridge:  # else another thread saw to it
                    self._draft.stop()
                    self._draft = None
                    self._bridges.pop(DRAFT).close()
                return True
            return any(server.name not in {*without, name} for server in self._of_kind(kind))

    def _is_aside(self, name: str) -> bool:
        return self._aside.get(name, 0.0) > time.monotonic()

    def _of_kind(self, kind: str) -> Sequence[Server]:
        if kind != "draft":
            return [server for server in self._servers if server.kind == kind]
        named = [server for server in self._servers if server.kind == "draft"]
        if named:
            return named
        if self._draft is None:
            draft = self._new_draft(self.registry.models_by_folder())
            draft.start()
            self._draft = draft
        return [Server(name=DRAFT, url=self._draft.url, kind="draft", slots=4)]

    def close(self) -> None:
        with self._guard:
            for bridge in self._bridges.values():
                bridge.close()
            self._bridges.clear()
            if self._draft is not None:
                self._draft.stop()
                self._draft = None


def _draft_server(models: Mapping[str, Sequence[str]]) -> Endpoint:
    from comfyvn.draft.process import DraftServer

    return DraftServer(models=models)


def _none_of(kind: str) -> ServerDown:
    return ServerDown(
        f"the novel renders with {kind}, but no such server is named",
        "providers/servers.yaml",
        "name one there (servers: {gpu: {url: http://127.0.0.1:8188}}), or set engines.image to draft in comfyvn.yaml",
    )
