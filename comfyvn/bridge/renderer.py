"""One render from payload to bytes on one server: re-attach or post, follow, fetch, and try again where that helps."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from comfyvn.bridge.complaints import is_out_of_memory, mapping, stopped
from comfyvn.bridge.job import Job
from comfyvn.bridge.listener import Hearing, Listener
from comfyvn.bridge.loop import FAREWELL
from comfyvn.bridge.naming import Given, Names
from comfyvn.bridge.outputs import Gone, fetch, fetch_all, listed, made_with
from comfyvn.bridge.payload import (
    Graph,
    Payload,
    extra_data,
    prefix,
    prompt_id,
    read_payload,
    tokens,
    with_other_prefixes,
)
from comfyvn.bridge.queue import Ending, Queue, reporter
from comfyvn.bridge.rendering import RENDER, Artifact, Limits, Progress, RenderContext, RenderResult
from comfyvn.bridge.servers import Server
from comfyvn.bridge.wire import Wire
from comfyvn.errors import BridgeError, Interrupted, PromptRejected, RenderFailed, ServerDown
from comfyvn.graph import bind

log = logging.getLogger(__name__)

_FAREWELL_S = 1.2  # in all, for each prompt: a server that hangs must not keep us from leaving
_WATCH_S = 0.1
_AHEAD = 4  # calls beyond the slots that are prepared or downloaded while others run
_MOST_ATTEMPTS = 200  # failed prompts of one recipe that a server's history may hold before we give up


class Renderer:
    """Everything that talks to one server. Belongs to one event loop."""

    def __init__(self, server: Server, limits: Limits) -> None:
        if server.unset:
            raise BridgeError(
                f"the environment variable {server.unset[0]} is not set",
                f"{server.label()}, headers in providers/servers.yaml",
                "set it to the secret that the server asks for",
            )
        self.server, self._limits = server, limits
        self.wire = Wire(server, limits, self._is_another_left)
        self.names = Names(self.wire)
        self._listener = Listener(server, limits)
        self._queue = Queue(self.wire, self._listener)
        self._slots = asyncio.Semaphore(server.slots)
        self._admitted = asyncio.Semaphore(server.slots + _AHEAD)
        self._jobs: dict[Job, asyncio.Task[Any]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._made_with: Mapping[str, str] = {}
        self._farewells: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.gather(*self._farewells, return_exceptions=True)
        await self._listener.close()
        await self.wire.close()

    def _is_another_left(self) -> bool:
        """Whether some call's work could be done elsewhere."""
        return any(job.context.elsewhere is not None and job.context.elsewhere() for job in self._jobs)

    async def system_stats(self) -> Mapping[str, object]:
        """`/system_stats`. Raises BridgeError where it is not a ComfyUI's."""
        answer = await self.wire.ask("GET", "/system_stats")
        document = answer.json()
        if answer.status != 200 or not isinstance(mapping(document).get("system"), dict):
            raise self.wire.unexpected("/system_stats", answer)
        return mapping(document)

    async def object_info(self) -> Mapping[str, object]:
        """`/object_info`: every node class of the server."""
        answer = await self.wire.ask("GET", "/object_info")
        if answer.status != 200 or not isinstance(document := answer.json(), dict):
            raise self.wire.unexpected("/object_info", answer)
        return document

    async def render(self, document: Mapping[str, object], context: RenderContext) -> RenderResult:
        """Carry out a payload; see `ComfyBridge.submit`."""
        began = time.monotonic()
        job = Job(read_payload(document), context, context.attempt)
        with self._watched(job):
            async with self._admitted:
                await job.open()  # files are read now, and no earlier: thousands of calls may wait
                return await self._carry_out(job, began)

    @contextmanager
    def _watched(self, job: Job) -> Iterator[None]:
        """Meanwhile the job's caller is told of the server's silence, and may give up: Interrupted is raised then."""
        task = asyncio.current_task()
        assert task is not None
        self._jobs[job] = task
        if self._watch is None:
            self._watch = asyncio.create_task(self._keep_watch(), name="comfyvn-watch")
        try:
            yield
        except asyncio.CancelledError:
            if not job.is_stopped or task.uncancel():  # cancelled by somebody else, too
                raise
            raise Interrupted("the render was cancelled", self.server.label(), "run the build again") from None
        finally:
            del self._jobs[job]

    async def _keep_watch(self) -> None:
        was_silent = False
        while self._jobs:
            await asyncio.sleep(_WATCH_S)
            words = self.wire.silence.words()
            for job, task in tuple(self._jobs.items()):
                if job.is_given_up() and not job.is_stopped:
                    job.is_stopped = True
                    task.cancel()
                if words:
                    job.silent(words)
            # Callers are told every second; its beginning and its end are worth a line to everybody.
            if bool(words) != was_silent:
                log.warning("%s %s", self.server.name, words or "answers again")
            was_silent = bool(words)
        self._watch = None

    async def _carry_out(self, job: Job, began: float) -> RenderResult:
        self._made_with = self._made_with or made_with(await self.system_stats(), self.server)
        while True:
            ending = await self._run(job)
            if ending.outcome != "success":
                await self._recover(job, ending)
                continue
            try:
                artifacts = await self._collect(job, ending)
            except Gone as gone:
                await self._run_anew(job, gone)
                continue
            shown = {artifact.node for artifact in artifacts}
            is_cached = bool(shown) and shown <= ending.cached_nodes()
            if is_cached and job.context.purpose != RENDER and job.may("memory of it"):
                # The server forgets between two prompts; one that comes too soon after /free it answers from memory.
                job.attempt += 1
                continue
            seconds = time.monotonic() - began
            return RenderResult(
                job.prompt_id, self.server.name, artifacts, is_cached, self._made_with, seconds, job.attempt
            )

    async def _run(self, job: Job) -> Ending:
        """Find or post the prompt and follow it to its end; when cancelled, take it back."""
        names = await self.names.given(job.payload, job.files)
        async with self._slots:
            with ExitStack() as stack:
                async with self._lock(job.identity):
                    is_new = await self._find(job)
                    hearing = stack.enter_context(self._attending(job))
                    if is_new:
                        # Once begun, a post is not cancelled: it might arrive after we took the prompt back.
                        job.posting = asyncio.create_task(self._post(job, names, hearing), name=FAREWELL)
                        await asyncio.shield(job.posting)
                return await self._queue.follow(job.prompt_id, hearing, job.report)

    @contextmanager
    def _attending(self, job: Job) -> Iterator[Hearing]:
        """Hear of the job's prompt; when cancelled meanwhile, take it off the server."""
        told = reporter(job.prompt_id, job.report)
        wanted = frozenset(job.payload.outputs.values())
        with self._listener.hearing(job.prompt_id, told, job.context.previews, wanted) as hearing:
            try:
                yield hearing
            except asyncio.CancelledError:
                self._forsake(job)
                raise

    def _lock(self, identity: str) -> asyncio.Lock:
        """Two calls for one thing must not both find nothing and post it twice."""
        return self._locks.setdefault(identity, asyncio.Lock())

    async def _find(self, job: Job) -> bool:
        """Settle the job's prompt id. False: the server has it, waiting, running or done; True: it is to be posted."""
        for attempt in range(job.attempt, job.attempt + _MOST_ATTEMPTS):
            job.attempt, job.prompt_id = attempt, prompt_id(job.identity, job.context.purpose, attempt)
            # Queue first: a prompt only ever moves from there to the history, so it cannot slip between the two looks.
            # The socket may not have told yet of what another call here has posted.
            is_idle = self._listener.is_idle() and not self._listener.listeners(job.prompt_id)
            if not is_idle and await self._queue.standing(job.prompt_id) != "absent":
                return False
            if (ending := await self._queue.history(job.prompt_id)) is None:
                return True
            nodes = set(job.payload.outputs.values())
            if ending.outcome == "success" and not job.rerun and nodes <= set(ending.outputs):
                return False
        raise BridgeError(
            f"the server remembers {_MOST_ATTEMPTS} failed prompts for this one artifact",
            self.server.label(),
            "clear ComfyUI's history, then look at why the first of them failed",
        )

    async def _post(self, job: Job, names: Given, hearing: Hearing) -> None:
        extra = extra_data(job.payload, job.context)
        if job.context.purpose != RENDER:
            await self._free(models=False)  # else the server would answer from what it remembers of this very graph
        try:
            await self._queue.post(job.prompt_id, self._graph(job, names), extra, job.payload.workflow_id, hearing)
        except PromptRejected as error:
            if not _blames_upload(error, job.payload) or not job.may("uploads"):
                raise
            self.names.forget_uploads()  # the server's input folder was emptied since
            names = await self.names.given(job.payload, job.files)
            await self._queue.post(job.prompt_id, self._graph(job, names), extra, job.payload.workflow_id, hearing)

    def _graph(self, job: Job, names: Given) -> Graph:
        outputs = {token.name for token in tokens(job.payload.graph) if token.kind == "prefix"}
        prefixes = {output: prefix(job.identity, output) for output in outputs}
        graph = bind.resolve(job.payload.graph, names.inputs, names.models, prefixes)
        return with_other_prefixes(graph, job.rerun) if job.rerun else graph

    async def _recover(self, job: Job, ending: Ending) -> None:
        """Make the job ready for one more go, or raise what ended it."""
        if ending.outcome == "lost":
            self._made_with = {}  # most likely another process answers now
            if not job.may("lost"):
                raise ServerDown(
                    "the prompt vanished from the server's queue twice",
                    f"{self.server.label()}, prompt {job.prompt_id}",
                    "see whether somebody clears its queue, or whether it crashes on this workflow",
                )
        elif is_out_of_memory(ending.messages) and job.may("memory"):
            await self._free()
        else:
            raise stopped(ending.messages, job.prompt_id, self.server)
        log.info("%s: %s, prompt %s is posted once more", self.server.label(), ending.outcome, job.prompt_id)
        job.attempt += 1

    async def _run_anew(self, job: Job, gone: Gone) -> None:
        """The server named a file it has no more: post with other prefixes, so that the saving nodes run again."""
        if not job.may("files"):
            raise gone
        if not any("filename_prefix" in mapping(entry.get("inputs")) for entry in job.payload.graph.values()):
            await self._free()
        job.rerun, job.attempt = job.rerun + 1, job.attempt + 1

    async def _free(self, models: bool = True) -> None:
        """Let the server forget its cached outputs, and unload its `models`."""
        await self.wire.ask("POST", "/free", body={"unload_models": models, "free_memory": True})

    def _forsake(self, job: Job) -> None:
        """Take a prompt back that nobody here waits for any more; the caller is being cancelled, so not awaited."""
        if self._listener.listeners(job.prompt_id) <= 1:
            task = asyncio.get_running_loop().create_task(self._take_back(job), name=FAREWELL)
            self._farewells.add(task)
            task.add_done_callback(self._farewells.discard)

    async def _take_back(self, job: Job) -> None:
        until = asyncio.get_running_loop().time() + _FAREWELL_S
        if job.posting is not None:
            await asyncio.wait({job.posting}, timeout=_FAREWELL_S)
            job.posting.cancel()
            await asyncio.gather(job.posting, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._queue.withdraw(job.prompt_id)

    async def _collect(self, job: Job, ending: Ending) -> tuple[Artifact, ...]:
        named: dict[str, str] = {}
        for name, node in job.payload.outputs.items():
            named.setdefault(node, name)
        found = [artifact for artifact in listed(ending.outputs, named) if not named or artifact.node in named]
        for output, node in job.payload.outputs.items():
            if not any(artifact.node == node for artifact in found):
                raise RenderFailed(
                    f'the prompt ended well but node {node} gave nothing for output "{output}"',
                    f"{self.server.label()}, prompt {job.prompt_id}",
                    "check the outputs of the workflow file",
                )
        job.report(Progress(job.prompt_id, "downloading", "", 0, len(found)))
        return await fetch_all(self.wire, found)

    async def fetch(self, artifact: Artifact) -> Artifact:
        """The artifact with its bytes. Raises DownloadError, ServerDown, Gone."""
        return await fetch(self.wire, artifact)


def _blames_upload(error: PromptRejected, payload: Payload) -> bool:
    uploaded = {(token.node, token.key) for token in tokens(payload.graph) if token.kind == "input"}
    return any((complaint.node, complaint.input) in uploaded for complaint in error.nodes)
