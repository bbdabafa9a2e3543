"""What a render costs is metered where it runs: asked before it begins, told when it has ended."""

from __future__ import annotations

from typing import Protocol

from comfyvn.bridge.servers import Server


class Meter(Protocol):
    """Called from any thread."""

    def begin(self, target: str, server: Server) -> None:
        """Raises OverBudget when the render may not begin there; then `end` is not called."""

    def end(self, target: str, server: Server, running_s: float, is_whole: bool) -> None:
        """`running_s`: how long the server worked on it; `is_whole`: it rendered all of it, and did so anew."""


class NoMeter:
    """Lets everything begin."""

    def begin(self, target: str, server: Server) -> None:
        pass

    def end(self, target: str, server: Server, running_s: float, is_whole: bool) -> None:
        pass
