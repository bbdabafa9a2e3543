"""The servers and engines that recipes are carried out on, opened when the first recipe needs them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from comfyvn.bridge.pool import Ending, Pool, build_stopped
from comfyvn.bridge.schedule import Lease
from comfyvn.bridge.servers import Server
from comfyvn.bridge.tts import Engine, TTSBridge
from comfyvn.errors import BridgeError, OverBudget, PromptRejected, ServerDown
from comfyvn.makers.gate import Gate
from comfyvn.makers.meter import Meter, NoMeter
from comfyvn.makers.placements import Placements
from comfyvn.makers.turns import Turn, Turns
from comfyvn.providers import Registry

if TYPE_CHECKING:
    from comfyvn.bridge.comfy import ComfyBridge

DRAFT = "draft"  # the name of our own endpoint among servers, and the kind that it is of
DRAFT_SLOTS = 4
OWN_GONE_S = 1.0  # our own endpoint is waited for no longer once it refuses connections
MOST_TICKETS = 256  # threads of a build
WINDOW = 32  # renders of a build that wait for each slot: enough to choose from by their models
# What loading a model costs by its folder, where a checkpoint costs 1.
WEIGHTS = {
    "checkpoints": 1.0,
    "diffusion_models": 1.0,
    "unet": 1.0,
    "text_encoders": 0.5,
    "clip": 0.5,
    "controlnet": 0.2,
    "animatediff_models": 0.2,
    "ipadapter": 0.1,
    "clip_vision": 0.1,
}
LIGHT = 0.02  # any other: LoRAs, upscalers, detectors

Report = Callable[[str, str], None]  # (target, what it is doing now)
T = TypeVar("T")
NO_METER = NoMeter()


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
        connect: Callable[[Server], ComfyBridge] | None = None,
        placements: Path | None = None,
        meter: Meter = NO_METER,
        engines: Mapping[str, Engine] | None = None,
    ) -> None:
        """`placements`: a folder that outlives a killed build; see there. `engines`: that speak, by name."""
        self.registry, self.report, self.meter = registry, report, meter
        self._named = {server.name: server for server in servers}
        self._new_draft, self._connect = draft or _draft_server, connect or _connection
        self._to_own = connect or _own_connection
        self._placements = Placements(placements)
        self._draft: Endpoint | None = None
        self._starting: Endpoint | None = None  # read without the guard, which is held while it starts
        self._is_stopped = False
        self._bridges: dict[str, ComfyBridge] = {}
        self._retired: list[ComfyBridge] = []
        self._pool: Pool | None = None
        self._guard = threading.RLock()
        self.turns = Turns(cores())
        self.voices = TTSBridge(engines)
        self.gate = Gate()

    def tickets(self) -> int:
        """Threads that keep everything busy: they are cheap, because what is scarce has limits of its own."""
        slots = sum(server.slots for server in self._named.values())
        spoken = 2 * self.voices.places()  # one line is said, another waits for its place
        return min(2 * cores() + spoken + (WINDOW * slots or 2 * DRAFT_SLOTS), MOST_TICKETS)

    def servers(self) -> int:
        """How many servers the novel names; our own draft endpoint is one when there is none."""
        return len(self._named) or 1

    def turn(self, kind: Turn) -> AbstractContextManager[object]:
        """One of as many turns as there are cores: for work on this machine, and for speech beside it.

        `turns.elsewhere` gives it to others while a server works.
        """
        return self.turns.turn(kind)

    def on_a_server(self, kind: str, models: Sequence[str], target: str, work: Callable[[ComfyBridge], T]) -> T:
        """Does `work` on the server of this kind (draft or comfyui) that suits the models best.

        A server that goes away is put aside, and one that refuses, or costs more than may be spent, is passed over: the
        work is done on another one.
        Raises what `work` raised first when none is left; ServerDown when the novel names no server of that kind.
        """
        pool = self._open(kind)
        needed = {} if kind == DRAFT else weights(models, self.registry)  # drafts load nothing
        failures: dict[str, BridgeError | OverBudget] = {}
        before, is_renewed = self._before(kind, target), False
        while True:
            self.report(target, "waiting for a server")
            # Where a killed build had sent it, it is asked for first: it may have been rendered there meanwhile.
            others = pool.names(kind) - {before} if before and not failures else frozenset()
            lease = _taken(pool, kind, needed, failures, others)
            if len(pool.names(kind)) > 1:
                self._placements.begin(target, lease.server)
            ending: Ending = "failed"
            try:
                bridge = self._bridge(lease.server, pool)
                result = work(bridge)
                ending = "done"
                return result
            except BridgeError as error:
                if not may_succeed_elsewhere(error):
                    raise
                ending = "refused" if isinstance(error, PromptRejected) else "lost"
                failures[lease.server] = error
                pool.tell(lease.server, error.what)
                self.report(target, f"{error.what}; trying another server")
                # Before the slot is given back: those who wait for one would hear that no server is left.
                if ending == "lost" and not is_renewed and self._renew(bridge, pool):
                    is_renewed = True
                    del failures[lease.server]
            except OverBudget as error:  # what costs nothing may go on
                failures[lease.server] = error
            finally:
                pool.give_back(kind, lease, ending)
                if ending != "done":  # else it is `settled` that ends it
                    self._placements.end(target)

    def has_other(self, server: Server) -> bool:
        """Whether its work could be done elsewhere: our own endpoint is started anew, others have their peers."""
        if server.name == DRAFT and DRAFT not in self._named:
            return True
        pool = self._pool
        return pool is not None and pool.has_other(server.kind, server.name)

    def settled(self, target: str) -> None:
        """What was made of a target is kept now: a build that is killed from here on need not look for it."""
        self._placements.end(target)

    def _before(self, kind: str, target: str) -> str:
        """The server of this kind that a killed build had sent this render to; "" for none."""
        server = self._named.get(self._placements.before(target))
        return server.name if server is not None and server.kind == kind else ""

    def stop(self) -> None:
        """As `close`, for good and at once: our own endpoint need not come up first, and nothing is opened again."""
        self._is_stopped = True
        self.voices.stop()
        # Our own endpoint first: taking prompts off it one by one would only hold us up.
        for endpoint in filter(None, (self._starting, self._draft)):
            endpoint.stop()
        self.close()

    def close(self) -> None:
        """Ends all waiting and every connection; what comes later begins anew."""
        self.voices.close()
        with self._guard:
            if self._pool is not None:
                self._pool.close()
                self._pool = None
            _close_all([*self._bridges.values(), *self._retired])
            self._bridges.clear()
            self._retired.clear()
            self._end_draft()

    # --- servers

    def _open(self, kind: str) -> Pool:
        """The pool, with servers of this kind in it. Raises ServerDown when there is none to be had."""
        with self._guard:
            if self._is_stopped:
                raise build_stopped()
            if self._pool is None:
                self._pool = pool = Pool(lambda name: self._bridge(name, pool).probe())
                for server in self._named.values():
                    self._pool.add(server.name, server.kind, server.slots)
            if not self._pool.names(kind):
                if kind != DRAFT:
                    raise _none_of(kind)
                self._begin_draft(self._pool)
            return self._pool

    def _bridge(self, name: str, pool: Pool) -> ComfyBridge:
        """The connection to a server of the pool.

        Raises Interrupted when the pool was closed meanwhile: what was connected now would outlive the build, and go
        on rendering after Ctrl-C.
        """
        with self._guard:
            if pool is not self._pool:
                raise build_stopped()
            if name not in self._bridges:
                own = Server(DRAFT, self._draft.url if self._draft else "", "draft", slots=DRAFT_SLOTS)
                self._bridges[name] = self._connect(self._named[name]) if name in self._named else self._to_own(own)
            return self._bridges[name]

    # --- the draft endpoint

    def _begin_draft(self, pool: Pool) -> None:
        draft = self._starting = self._new_draft(self.registry.models_by_folder())
        try:
            draft.start()
        except ServerDown:
            if self._is_stopped:
                raise build_stopped() from None
            raise
        finally:
            self._starting = None
        self._draft = draft
        pool.add(DRAFT, DRAFT, DRAFT_SLOTS)

    def _end_draft(self) -> None:
        if self._draft is not None:
            self._draft.stop()
            self._draft = None

    def _renew(self, bridge: ComfyBridge, pool: Pool) -> bool:
        """Starts our own endpoint anew after it died; False for any other server."""
        with self._guard:
            if bridge.server.name != DRAFT or DRAFT in self._named or self._is_stopped:
                return False
            if self._bridges.get(DRAFT) is bridge and self._pool is pool:  # else another thread saw to it
                self._end_draft()
                self._retired.append(self._bridges.pop(DRAFT))  # others still wait on it, and must hear why they failed
                self._begin_draft(pool)
            return True


def weights(models: Sequence[str], registry: Registry) -> dict[str, float]:
    """Model → how much of a checkpoint's loading it costs."""
    known = registry.models
    return {name: WEIGHTS.get(known[name].folder, LIGHT) if name in known else LIGHT for name in models}


def cores() -> int:
    return os.cpu_count() or 1


def may_succeed_elsewhere(error: BridgeError) -> bool:
    """Whether the server is to blame: it is away, it refuses us or this graph, or it is no ComfyUI at all."""
    return isinstance(error, ServerDown | PromptRejected) or type(error) is BridgeError


def _taken(
    pool: Pool, kind: str, models: Mapping[str, float], failures: Mapping[str, Exception], others: frozenset[str]
) -> Lease:
    """A slot on a server that has not failed at this work yet, and is none of `others` while it can be helped.

    When none is left, the first failure is raised.
    """
    if others:
        with suppress(ServerDown):
            return pool.take(kind, models, others)
    try:
        return pool.take(kind, models, frozenset(failures))
    except ServerDown:
        for failure in failures.values():
            raise failure from None
        raise


def _close_all(bridges: Sequence[ComfyBridge]) -> None:
    """All at once: one that hangs must not leave our prompts running on the others."""
    closing = [threading.Thread(target=bridge.close, name="comfyvn-close") for bridge in bridges]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()


def _connection(server: Server) -> ComfyBridge:
    from comfyvn.bridge.comfy import ComfyBridge  # HTTP and sockets: not for a build with nothing to render

    return ComfyBridge(server)


def _own_connection(server: Server) -> ComfyBridge:
    """To our own endpoint, a child of ours: where nobody listens it is dead, and we alone would start it again."""
    from comfyvn.bridge.comfy import ComfyBridge, Limits

    return ComfyBridge(server, limits=Limits(gone_s=OWN_GONE_S))


def _draft_server(models: Mapping[str, Sequence[str]]) -> Endpoint:
    from comfyvn.draft.process import DraftServer

    return DraftServer(models=models)


def _none_of(kind: str) -> ServerDown:
    return ServerDown(
        f"the novel renders with {kind}, but no such server is named",
        "providers/servers.yaml",
        "name one there (servers: {gpu: {url: http://127.0.0.1:8188}}), or set engines.image to draft in comfyvn.yaml",
    )
