"""One prompt on a server: found again or posted, followed to its end, taken back. History and queue are the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from comfyvn.bridge.complaints import Graph, events, mapping, rejected, sequence
from comfyvn.bridge.listener import PREVIEW, Hearing, Listener
from comfyvn.bridge.rendering import Progress, State
from comfyvn.bridge.transport import Answer
from comfyvn.bridge.wire import Wire
from comfyvn.errors import BridgeError, ServerDown

Outcome = Literal["success", "error", "lost"]
Standing = Literal["running", "queued", "absent"]
Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Ending:
    """How a prompt ended. "lost": neither queue nor history know it, and nobody told us its outputs."""

    outcome: Outcome
    outputs: Mapping[str, object] = field(default_factory=dict)
    messages: Sequence[object] = ()

    def cached_nodes(self) -> frozenset[str]:
        """The nodes that the server did not run anew."""
        lists = [sequence(data.get("nodes")) for kind, data in events(self.messages) if kind == "execution_cached"]
        return frozenset(str(node) for nodes in lists for node in nodes)


class Queue:
    """Prompts on one server, as its HTTP routes tell of them. Belongs to one event loop."""

    def __init__(self, wire: Wire, listener: Listener) -> None:
        self._wire, self._listener = wire, listener

    async def history(self, prompt_id: str, patience_s: float | None = None) -> Ending | None:
        """How the prompt ended, None while it has not (or is not known, or is forgotten)."""
        path = f"/history/{prompt_id}"
        answer = await self._wire.ask("GET", path, patience_s=patience_s)
        document = answer.json()
        if answer.status != 200 or not isinstance(document, dict):
            raise self._wire.unexpected("/history", answer)
        if not (entry := mapping(document.get(prompt_id))):
            return None
        status = mapping(entry.get("status"))
        is_success = status.get("status_str") == "success" and status.get("completed") is not False
        outcome: Outcome = "success" if is_success else "error"
        return Ending(outcome, _outputs(entry), sequence(status.get("messages")))

    async def standing(self, prompt_id: str, patience_s: float | None = None) -> Standing:
        """Where the prompt stands in the queue now."""
        answer = await self._wire.ask("GET", "/queue", patience_s=patience_s)
        document = answer.json()
        if answer.status != 200 or not isinstance(document, dict):
            raise self._wire.unexpected("/queue", answer)
        if _lists(document.get("queue_running"), prompt_id):
            return "running"
        return "queued" if _lists(document.get("queue_pending"), prompt_id) else "absent"

    async def post(
        self, prompt_id: str, graph: Graph, extra: Mapping[str, object], workflow: str, hearing: Hearing
    ) -> None:
        """Put the prompt into the queue, exactly once; `hearing` of it is under way.

        A connection that breaks after the request went out leaves open whether it was heard: then the queue and the
        history are asked before it is said again. Raises PromptRejected, ServerDown.
        """
        client_id = await self._listener.ready()
        body = {"prompt": graph, "prompt_id": prompt_id, "extra_data": dict(extra)}
        if client_id:
            body["client_id"] = client_id
            hearing.is_expected = True
        for attempt in range(self._wire.limits.tries):
            with suppress(ServerDown):
                answer = await self._wire.ask_once("POST", "/prompt", body)
                if answer.status < 500 or attempt == self._wire.limits.tries - 1:
                    break
            await asyncio.sleep(0.1 * 2**attempt)
            if await self.standing(prompt_id) != "absent" or await self.history(prompt_id) is not None:
                return
        else:
            answer = await self._wire.ask_once("POST", "/prompt", body)
        await self._check_accepted(prompt_id, answer, graph, workflow)

    async def _check_accepted(self, prompt_id: str, answer: Answer, graph: Graph, workflow: str) -> None:
        document = answer.json()
        told = mapping(document)
        if answer.status == 200 and told.get("prompt_id") == prompt_id and not told.get("node_errors"):
            return
        if answer.status == 200 and told.get("node_errors"):  # accepted in part: it would run without some outputs
            await self.withdraw(prompt_id)
        elif answer.status in (200, 404, 405) or 300 <= answer.status < 400:
            raise self._wire.unexpected("POST /prompt", answer)
        raise rejected(document, answer.text(), graph, self._wire.server, workflow)

    async def follow(self, prompt_id: str, hearing: Hearing, report: Report) -> Ending:
        """Wait until the prompt has ended. Raises ServerDown after `silence_s` without any answer.

        A socket that told the whole story, with every output that is wanted, is believed; else the history decides.
        """
        limits, silence = self._wire.limits, self._wire.server.silence_s
        # A socket that will tell is not talked over: short prompts end before the first look.
        pause, absences = limits.poll_most_s / 4 if hearing.is_expected else limits.poll_s, 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await hearing.wake.wait()
            hearing.wake.clear()
            if hearing.is_all_told() and (heard := _as_heard(hearing)) is not None:
                return heard
            if (ending := await self.history(prompt_id, silence)) is not None:
                return ending
            standing = await self.standing(prompt_id, silence)
            if standing != "absent":
                absences = 0
                report(Progress(prompt_id, standing, *(hearing.step or ("", 0, 0))))
                # While the socket tells of every step, looking often is a waste.
                pause = min(pause * 1.5, limits.poll_most_s * (5 if hearing.is_whole and not hearing.is_over else 1))
                continue
            if (ending := await self.history(prompt_id, silence)) is not None:
                return ending
            absences, pause = absences + 1, limits.poll_s
            if absences >= 2:
                return _as_heard(hearing) or Ending("lost")

    async def withdraw(self, prompt_id: str) -> None:
        """Take our prompt out of the queue, or stop it if it runs; other people's are never touched. Never raises."""
        with suppress(BridgeError):
            await self._wire.ask("POST", "/queue", body={"delete": [prompt_id]}, patience_s=0.0)
            # Older servers stop whatever runs when asked to interrupt: ask only while ours does.
            if await self.standing(prompt_id, 0.0) == "running":
                await self._wire.ask("POST", "/interrupt", body={"prompt_id": prompt_id}, patience_s=0.0)


def reporter(prompt_id: str, report: Report) -> Callable[[str, Hearing], None]:
    """Turns what the socket says into progress."""

    def told(kind: str, hearing: Hearing) -> None:
        if hearing.step is not None and kind in ("progress", "executing", PREVIEW) and not hearing.is_over:
            state: State = "running"
            report(Progress(prompt_id, state, *hearing.step, preview=hearing.preview if kind == PREVIEW else None))

    return told


def _outputs(entry: Mapping[str, object]) -> dict[str, object]:
    """A history entry's outputs by nodes of our graph: what one expands into at run time (`12.0.3`) is its own."""
    meta = mapping(entry.get("meta"))
    outputs = mapping(entry.get("outputs")).items()
    return {str(mapping(meta.get(node)).get("display_node") or node): output for node, output in outputs}


def _lists(items: object, prompt_id: str) -> bool:
    return any(isinstance(item, list) and len(item) > 1 and item[1] == prompt_id for item in sequence(items))


def _as_heard(hearing: Hearing) -> Ending | None:
    """The ending as the socket told it, where it told all: the server has forgotten its history already."""
    if hearing.ending is None or not hearing.is_whole:
        return None
    kind, data = hearing.ending
    messages = [["execution_cached", {"nodes": hearing.cached}], [kind, data]]
    return Ending("success" if kind == "execution_success" else "error", hearing.outputs, messages)
