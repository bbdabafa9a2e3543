"""A draft endpoint that is kept from one build to the next: starting one takes longer than drawing with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn import reading

if TYPE_CHECKING:
    from comfyvn.draft.process import DraftServer


class WarmDrafts:
    """Gives the workshop of each build the same endpoint. `close` ends it; also a context manager."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._server: DraftServer | None = None
        self._offers: tuple[object, ...] = ()

    def __call__(self, models: Mapping[str, Sequence[str]]) -> Kept:
        """An endpoint with these models (folder → file names) and the novel's own node classes.

        When the registry or providers/nodes.json has changed, the one that runs offers the wrong ones: it is replaced.
        """
        from comfyvn.draft.process import DraftServer  # not for a novel with nothing to render

        nodes = reading.own_nodes_file(self._root)
        offers = (dict(models), nodes.read_bytes() if nodes else b"")
        if self._server is None or offers != self._offers:
            self.close()
            self._server, self._offers = DraftServer(models=models, nodes=nodes), offers
        return Kept(self._server)

    def __enter__(self) -> WarmDrafts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


@dataclass
class Kept:
    """What a workshop sees of the endpoint: `start` starts it where it does not run, or runs no more."""

    server: DraftServer
    url: str = ""

    def start(self) -> object:
        self.url = self.server.start()
        return self.url

    def stop(self) -> None:
        """Nothing: it is kept for the next build."""
