"""The one thread that runs prompts in order, reusing what the prompt before made, and tells clients how it goes."""

from __future__ import annotations

import hashlib
import io
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from comfyvn.draft import interpret
from comfyvn.draft.drawing import thumbnail
from comfyvn.draft.folders import Folders, OutsideFolder
from comfyvn.draft.jobs import Ending, Job, Jobs
from comfyvn.draft.sockets import Sockets
from comfyvn.draft.values import Images
from comfyvn.draft.world import Call, NodeFailed, Outcome, Stopped, World
from comfyvn.graph.definitions import Definitions

NodeStates = dict[str, dict[str, Any]]


@dataclass
class Progress:
    """The state of one running prompt: what clients are told, and what history will say."""

    job: Job
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    nodes: NodeStates = field(default_factory=dict)
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    current: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)


class Worker:
    """Takes jobs until the queue closes. `interrupt` and `free` may be called from any thread."""

    def __init__(
        self,
        jobs: Jobs,
        sockets: Sockets,
        folders: Folders,
        definitions: Definitions,
        *,
        step_delay: float = 0.0,
        previews: bool = False,
    ) -> None:
        self._jobs, self._sockets, self._folders, self._definitions = jobs, sockets, folders, definitions
        self._step_delay, self._previews = step_delay, previews
        self._stop = threading.Event()
        self._free = threading.Event()
        self._cache: dict[str, Outcome] = {}
        self._running: Progress | None = None
        self._thread = threading.Thread(target=self._work, name="draft-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Stops what runs and waits for the thread; the queue must be closed."""
        self._stop.set()
        self._thread.join()

    def interrupt(self) -> None:
        self._stop.set()

    def free(self) -> None:
        """Forgets all results before the next prompt."""
        self._free.set()

    def running(self) -> tuple[str | None, str | None]:
        """(client id, node) of what runs now."""
        progress = self._running
        return (progress.job.client_id, progress.current or None) if progress else (None, None)

    def _work(self) -> None:
        while (job := self._jobs.take()) is not None:
            if self._free.is_set():
                self._free.clear()
                self._cache.clear()
            self._stop.clear()
            self._running = Progress(job)
            ending = self._run(self._running)
            self._running = None
            self._jobs.finish(job, ending)
            if job.client_id is not None:
                self._send(job, "executing", {"node": None, "prompt_id": job.prompt_id})

    # --- one prompt ---

    def _run(self, progress: Progress) -> Ending:
        job = progress.job
        self._note(progress, "execution_start", {"prompt_id": job.prompt_id})
        try:
            self._run_nodes(progress)
        except Stopped:
            self._note(progress, "execution_interrupted", self._place(progress))
            return self._ending(progress, "error")
        except Exception as error:  # whatever a node raises is the client's to see, and the next prompt must run
            self._note(progress, "execution_error", self._failure(progress, error))
            return self._ending(progress, "error")
        self._note(progress, "execution_success", {"prompt_id": job.prompt_id})
        return self._ending(progress, "success")

    def _run_nodes(self, progress: Progress) -> None:
        job = progress.job
        ordered = interpret.order(job.graph, job.outputs, self._definitions)
        marks = interpret.signatures(job.graph, ordered, self._definitions, self._content)
        cached = [node for node in job.graph if node in marks and marks[node] in self._cache]
        self._note(progress, "execution_cached", {"nodes": cached, "prompt_id": job.prompt_id})
        world = self._world(progress, ordered)
        try:
            for node in ordered:
                progress.current = node
                self._step(progress, world, node, marks)
        finally:
            # ComfyUI keeps the results of the last prompt alone.
            self._cache = {mark: self._cache[mark] for mark in marks.values() if mark in self._cache}

    def _step(self, progress: Progress, world: World, node: str, marks: Mapping[str, str]) -> None:
        job = progress.job
        outcome = self._cache.get(marks[node])
        if outcome is not None:
            if outcome.ui is not None:
                self._show(progress, node, outcome.ui)
                self._state(progress, node, 1, 1, "finished")
            return
        if self._stop.is_set():
            raise Stopped
        self._state(progress, node, 0.0, 1.0, "running")
        if job.client_id is not None:
            self._send(job, "executing", {"node": node, "display_node": node, "prompt_id": job.prompt_id})
        call = self._call(world, node, marks)
        progress.inputs = call.inputs
        outcome = interpret.run(call)
        self._cache[marks[node]] = outcome
        progress.executed.append(node)
        if outcome.ui is not None:
            self._show(progress, node, outcome.ui)
        state = progress.nodes[node]
        self._state(progress, node, state["max"], state["max"], "finished")

    def _call(self, world: World, node: str, marks: Mapping[str, str]) -> Call:
        entry = world.graph[node]
        definition = self._definitions.classes[entry["class_type"]]
        inputs = dict(entry["inputs"])
        for name, source, slot in interpret.links(entry, definition):
            inputs[name] = self._cache[marks[source]].values[slot]
        known = [entry.name for entry in definition.inputs if entry.name in inputs]
        ordered = {name: inputs[name] for name in [*known, *(name for name in inputs if name not in known)]}
        return Call(node, definition, ordered, world)

    def _world(self, progress: Progress, ordered: list[str]) -> World:
        job = progress.job
        pnginfo = job.extra.get("extra_pnginfo")

        def report(value: int, maximum: int, preview: Images | None) -> None:
            self._report(progress, value, maximum, preview)

        return World(
            self._folders,
            job.graph,
            pnginfo if isinstance(pnginfo, Mapping) else {},
            interpret.consumers(job.graph, ordered, self._definitions),
            report,
        )

    def _content(self, name: str) -> str:
        path = self._folders.find(name)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""

    # --- what clients hear ---

    def _report(self, progress: Progress, value: int, maximum: int, preview: Images | None) -> None:
        """A step of the running node; this is where an interrupt takes effect."""
        if self._stop.wait(self._step_delay) if self._step_delay else self._stop.is_set():
            raise Stopped
        job, node = progress.job, progress.current
        self._state(progress, node, value, maximum, "running")
        if job.client_id is not None:
            data = {"value": value, "max": maximum, "prompt_id": job.prompt_id, "node": node}
            self._send(job, "progress", data)
        if preview is not None and self._previews:
            stream = io.BytesIO()
            thumbnail(preview.frames[0], 512).save(stream, "JPEG", quality=80)
            self._sockets.send_preview(stream.getvalue(), _identity(job, node), job.client_id)

    def _note(self, progress: Progress, event: str, data: Mapping[str, Any]) -> None:
        """A message that history keeps too; a prompt without a client tells nobody else."""
        stamped = {**data, "timestamp": int(time.time() * 1000)}
        progress.messages.append((event, stamped))
        if progress.job.client_id is not None:
            self._send(progress.job, event, stamped)

    def _state(self, progress: Progress, node: str, value: float, maximum: float, state: str) -> None:
        job = progress.job
        progress.nodes[node] = {"value": value, "max": maximum, "state": state, **_identity(job, node)}
        # Sent to everybody when the prompt has no client: the real server's oddity.
        self._send(job, "progress_state", {"prompt_id": job.prompt_id, "nodes": dict(progress.nodes)})

    def _show(self, progress: Progress, node: str, ui: Mapping[str, Any]) -> None:
        job = progress.job
        progress.outputs[node] = ui
        if job.client_id is not None:
            data = {"node": node, "display_node": node, "output": ui, "prompt_id": job.prompt_id}
            self._send(job, "executed", data)

    def _send(self, job: Job, event: str, data: Mapping[str, Any]) -> None:
        self._sockets.send(event, data, job.client_id)

    # --- how it ended ---

    def _ending(self, progress: Progress, status: str) -> Ending:
        meta = {
            node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node}
            for node in progress.outputs
        }
        return Ending(status, tuple(progress.messages), progress.outputs, meta)

    def _place(self, progress: Progress) -> dict[str, Any]:
        job, node = progress.job, progress.current
        name = job.graph[node]["class_type"] if node in job.graph else ""
        return {"prompt_id": job.prompt_id, "node_id": node, "node_type": name, "executed": list(progress.executed)}

    def _failure(self, progress: Progress, error: Exception) -> dict[str, Any]:
        return {
            **self._place(progress),
            "exception_message": f"{error}\n",
            "exception_type": _type_name(error),
            "traceback": _frames(error),
            "current_inputs": {name: [_shown(value)] for name, value in progress.inputs.items()},
            "current_outputs": list(progress.job.graph),
        }


def _identity(job: Job, node: str) -> dict[str, Any]:
    return {
        "node_id": node,
        "prompt_id": job.prompt_id,
        "display_node_id": node,
        "parent_node_id": None,
        "real_node_id": node,
    }


def _type_name(error: Exception) -> str:
    kind = type(error)
    # What nodes complain of themselves is a plain Exception there.
    if isinstance(error, (NodeFailed, OutsideFolder)):
        return "Exception"
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _frames(error: Exception) -> list[str]:
    """The traceback without the folders of this machine."""
    return [
        f'  File "{PurePath(frame.filename).name}", line {frame.lineno}, in {frame.name}\n    {frame.line}\n'
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def _shown(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float, str)) else type(value).__name__
