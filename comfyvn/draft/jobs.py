"""The queue of prompts and their history, as ComfyUI keeps them: in memory, lowest number first, one at a time."""

from __future__ import annotations

import heapq
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HISTORY_LIMIT = 10_000


@dataclass(frozen=True)
class Job:
    """A prompt that passed validation; `outputs` are the output nodes that will run."""

    number: float
    prompt_id: str
    graph: Mapping[str, Any]
    extra: Mapping[str, Any]
    outputs: tuple[str, ...]

    @property
    def client_id(self) -> str | None:
        client = self.extra.get("client_id")
        return client if isinstance(client, str) else None

    def to_json(self) -> list[Any]:
        """The five-element list that /queue and /history show."""
        return [self.number, self.prompt_id, self.graph, self.extra, list(self.outputs)]


@dataclass(frozen=True)
class Ending:
    """How a job ended: `status` and `messages` as history shows them, `outputs` and `meta` by node id."""

    status: str
    messages: Sequence[tuple[str, Mapping[str, Any]]]
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    meta: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self, job: Job) -> dict[str, Any]:
        return {
            "prompt": job.to_json(),
            "outputs": dict(self.outputs),
            "status": {
                "status_str": self.status,
                "completed": self.status == "success",
                "messages": [list(message) for message in self.messages],
            },
            "meta": dict(self.meta),
        }


class Jobs:
    """Thread-safe: routes put and look, one worker takes.

    `changed` is called at each change of the length, in the order of the changes; it may ask `remaining`.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None, limit: int = HISTORY_LIMIT) -> None:
        self._changed = changed
        self._limit = limit
        self._ready = threading.Condition()
        self._pending: list[tuple[float, int, Job]] = []
        self._running: Job | None = None
        self._history: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._arrivals = 0
        self._closed = False

    def put(self, job: Job) -> None:
        with self._ready:
            heapq.heappush(self._pending, (job.number, self._arrivals, job))
            self._arrivals += 1
            # Told before the worker can take it, so that clients hear of it in this order.
            self._changed()
            self._ready.notify()

    def take(self) -> Job | None:
        """The next job, waiting for one; None once the queue is closed."""
        with self._ready:
            self._ready.wait_for(lambda: self._pending or self._closed)
            if self._closed:
                return None
            self._running = heapq.heappop(self._pending)[2]
            self._changed()
            return self._running

    def finish(self, job: Job, ending: Ending) -> None:
        """Puts the job into history; a later job of the same id replaces the entry of the earlier one."""
        with self._ready:
            self._running = None
            self._history.pop(job.prompt_id, None)
            self._history[job.prompt_id] = ending.to_json(job)
            while len(self._history) > self._limit:
                self._history.popitem(last=False)
            self._changed()

    def close(self) -> None:
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def remaining(self) -> int:
        with self._ready:
            return len(self._pending) + (self._running is not None)

    def running_id(self) -> str | None:
        with self._ready:
            return self._running.prompt_id if self._running else None

    def listing(self) -> dict[str, list[Any]]:
        """What /queue shows; the pending ones in heap order, not in the order in which they will run."""
        with self._ready:
            running = [self._running.to_json()] if self._running else []
            pending = [job.to_json() for _, _, job in self._pending]
        return {"queue_running": running, "queue_pending": pending}

    def clear(self) -> None:
        with self._ready:
            self._pending.clear()
            self._changed()

    def delete(self, prompt_id: str) -> None:
        """Drops the first pending job of this id; a running or unknown one is left alone, as the real server does."""
        with self._ready:
            found = [entry for entry in self._pending if entry[2].prompt_id == prompt_id]
            if not found:
                return
            self._pending.remove(min(found, key=lambda entry: entry[:2]))
            heapq.heapify(self._pending)
            self._changed()

    def history(self, max_items: int | None = None, offset: int = -1) -> dict[str, Any]:
        """The last `max_items` entries, or those from `offset`, oldest first."""
        with self._ready:
            entries = list(self._history.items())
        if max_items is None:
            return dict(entries)
        start = max(0, len(entries) - max_items) if offset < 0 else offset
        return dict(entries[start : start + max_items])

    def history_of(self, prompt_id: str) -> dict[str, Any]:
        with self._ready:
            entry = self._history.get(prompt_id)
        return {} if entry is None else {prompt_id: entry}

    def forget(self, prompt_id: str) -> None:
        with self._ready:
            self._history.pop(prompt_id, None)

    def forget_all(self) -> None:
        with self._ready:
            self._history.clear()
