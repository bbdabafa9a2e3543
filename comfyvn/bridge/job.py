"""One render under way: what is to be made, under which prompt, and what its caller is told of it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from comfyvn.bridge.complaints import class_of, clean, mapping
from comfyvn.bridge.naming import read_inputs
from comfyvn.bridge.payload import Payload, identity
from comfyvn.bridge.rendering import Progress, RenderContext

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """One call under way. `spent`: the cures that were tried already, each may be tried once."""

    payload: Payload
    context: RenderContext
    attempt: int
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # inputs, by token
    identity: str = ""
    rerun: int = 0
    prompt_id: str = ""
    posting: asyncio.Task[None] | None = None
    spent: set[str] = field(default_factory=set)
    told: Progress | None = None
    is_stopped: bool = False  # its caller gave up, and its task was cancelled for that

    async def open(self) -> None:
        """Read the input files, and settle whose prompt this is. Raises WorkflowError, InputMissing."""
        payload, context = self.payload, self.context
        self.files = await asyncio.to_thread(read_inputs, payload) if payload.inputs else read_inputs(payload)
        files = {} if context.fingerprint else self.files
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        self.identity = identity(payload, context, digests)

    def may(self, cure: str) -> bool:
        """Whether this cure is still to be tried; it is then spent."""
        is_new = cure not in self.spent
        self.spent.add(cure)
        return is_new

    def is_given_up(self) -> bool:
        """Whether the caller has asked to stop."""
        return self.context.cancelled is not None and self.context.cancelled.is_set()

    def silent(self, words: str) -> None:
        """Tell the caller that the server says nothing."""
        self.report(Progress(self.prompt_id, "silent", note=words))

    def report(self, progress: Progress) -> None:
        """Call the caller's `progress`, only when something changed; it cannot break a render."""
        if self.context.progress is None:
            return
        progress = self._named(progress) if progress.node else progress
        if progress == self.told:
            return
        self.told = progress
        try:
            self.context.progress(progress)
        except Exception:
            log.exception("the progress callback of %s failed", self.context.target or "a render")

    def _named(self, progress: Progress) -> Progress:
        """With class and title of its node; one that was expanded from a node at run time has that one's (`12.0.3`)."""
        node = progress.node if progress.node in self.payload.graph else progress.node.partition(".")[0]
        title = mapping(mapping(self.payload.graph.get(node)).get("_meta")).get("title", "")
        return replace(progress, node_class=class_of(self.payload.graph, node), title=clean(title, 80))
