"""Many renders on several servers, on real sockets: each is done exactly once, whatever happens to the servers."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from comfyvn.bridge.comfy import ComfyBridge
from comfyvn.bridge.pool import Pool
from comfyvn.bridge.servers import Server
from comfyvn.errors import BridgeError, Interrupted, PromptRejected, RenderFailed, ServerDown
from comfyvn.makers.workshop import DRAFT, Workshop, cores
from tests.fakes.comfy import FakeComfy, Prompt, Stuck, running
from tests.fakes.fleet import CHECKPOINTS, QUICK, REGISTRY, Costs, payload, render, workshop

Job = tuple[str, str]


def _jobs(count: int, checkpoints: Sequence[str] = CHECKPOINTS) -> list[Job]:
    return [(checkpoints[number % len(checkpoints)], f"render {number}") for number in range(count)]


def _all(shop: Workshop, jobs: Sequence[Job], kind: str = "comfyui") -> list[str]:
    """Every job on a thread of its own, as a build has them; the servers that did them."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(lambda job: render(shop, *job, kind), jobs))


@contextmanager
def _fleet(*costs: Costs, slots: Sequence[int] = (), kind: str = "comfyui") -> Iterator[tuple[Workshop, list[Server]]]:
    with ExitStack() as stack:
        fakes = [stack.enter_context(running(FakeComfy(each))) for each in costs]
        servers = [
            Server(f"gpu{i}", fake.url, kind, slots=slots[i] if slots else 2)  # type: ignore[arg-type]
            for i, fake in enumerate(fakes)
        ]
        shop = workshop(servers)
        stack.callback(shop.close)
        yield shop, servers


def _rendered(*costs: Costs) -> list[str]:
    return sorted(subject for each in costs for subject in each.rendered)


def test_every_render_is_done_once_with_few_swaps() -> None:
    costs = Costs(), Costs()
    jobs = _jobs(48)
    with _fleet(*costs) as (shop, _):
        _all(shop, jobs)
    assert _rendered(*costs) == sorted(subject for _, subject in jobs)
    assert all(each.rendered for each in costs)
    assert sum(each.swaps for each in costs) < 24  # first come, first served: about 36


def test_slots_are_each_servers_own() -> None:
    with ExitStack() as stack:
        fakes = [stack.enter_context(running(FakeComfy(Costs(swap_s=0.0)))) for _ in range(2)]
        servers = [Server("one", fakes[0].url, slots=1), Server("three", fakes[1].url, slots=3)]
        shop = workshop(servers)
        stack.callback(shop.close)
        _all(shop, _jobs(24, ["sea"]))
        assert (fakes[0].most_at_once, fakes[1].most_at_once) == (1, 3)


def test_a_slow_server_gets_less() -> None:
    quick, slow = Costs(render_s=0.01, swap_s=0.01), Costs(render_s=0.3, swap_s=0.01)
    with _fleet(quick, slow) as (shop, _):
        _all(shop, _jobs(40, ["sea"]))
    assert len(slow.rendered) < len(quick.rendered) / 3


def test_kinds_are_never_mixed() -> None:
    final, draft = Costs(), Costs()
    with running(FakeComfy(final)) as one, running(FakeComfy(draft)) as other:
        shop = workshop([Server("gpu", one.url), Server("sketch", other.url, "draft")])
        assert set(_all(shop, _jobs(6))) == {"gpu"}
        assert set(_all(shop, [("sea", f"draft {number}") for number in range(6)], "draft")) == {"sketch"}
        shop.close()
    assert (len(final.rendered), len(draft.rendered)) == (6, 6)


class _Dying(Costs):
    """Renders some prompts; the next one never ends, as in a process that is gone."""

    lives = 4
    died: threading.Event

    def __call__(self, server: FakeComfy, prompt: Prompt) -> None:
        if len(self.rendered) >= self.lives:
            self.died.set()
            raise Stuck
        super().__call__(server, prompt)


def test_a_server_that_dies_in_the_middle_loses_nothing() -> None:
    dying, other = _Dying(), Costs()
    dying.died = threading.Event()
    jobs = _jobs(24, ["sea", "city"])
    with running(FakeComfy(other)) as survivor, ThreadPoolExecutor(len(jobs)) as threads:
        with running(FakeComfy(dying)) as victim:
            shop = workshop([Server("victim", victim.url), Server("survivor", survivor.url)])
            results = [threads.submit(render, shop, *job) for job in jobs]
            assert dying.died.wait(20)
            while Counter(result.result() for result in results if result.done())["victim"] < dying.lives:
                time.sleep(0.01)  # what it finished has been fetched
        names = Counter(result.result(30) for result in results)
        shop.close()
    assert _rendered(dying, other) == sorted(subject for _, subject in jobs)
    assert names["victim"] == len(dying.rendered) == dying.lives
    assert names["survivor"] == len(other.rendered)


def test_a_server_that_comes_back_is_used_again() -> None:
    costs, other = Costs(swap_s=0.0), Costs(render_s=0.15, swap_s=0.0)
    with running(FakeComfy(other)) as steady:
        with running(FakeComfy(costs)) as first:
            port = int(first.url.rpartition(":")[2])
            shop = workshop([Server("flaky", first.url, slots=1), Server("steady", steady.url, slots=1)])
            assert "flaky" in _all(shop, _jobs(4, ["sea"]))
        before = len(costs.rendered)
        assert set(_all(shop, [("sea", f"meanwhile {number}") for number in range(3)])) == {"steady"}
        with running(FakeComfy(costs), port), ThreadPoolExecutor(40) as threads:
            again = [threads.submit(render, shop, "sea", f"again {number}") for number in range(40)]
            names = Counter(result.result(60) for result in again)
        shop.close()
    assert names["flaky"] == len(costs.rendered) - before
    assert names["flaky"] > 0
    assert len(_rendered(costs, other)) == len(set(_rendered(costs, other))) == 47


def test_a_flapping_server_costs_no_render() -> None:
    """It is there and gone again, several times; the other carries on, and nothing is done twice or lost."""
    flapping, steady = Costs(render_s=0.01, swap_s=0.0), Costs(render_s=0.03, swap_s=0.0)
    jobs = _jobs(60, ["sea", "city"])
    with running(FakeComfy(steady)) as other, ThreadPoolExecutor(len(jobs)) as threads:
        with running(FakeComfy(flapping)) as first:
            port = int(first.url.rpartition(":")[2])
            shop = workshop([Server("flapping", first.url), Server("steady", other.url)])
            results = [threads.submit(render, shop, *job) for job in jobs]
            time.sleep(0.3)
        for _ in range(2):
            with running(FakeComfy(flapping), port):
                time.sleep(0.3)
        for result in results:
            result.result(60)
        shop.close()
    assert set(_rendered(flapping, steady)) == {subject for _, subject in jobs}


def test_nobody_answers() -> None:
    shop = workshop([Server("one", "http://127.0.0.1:9"), Server("two", "http://127.0.0.1:9")])
    with pytest.raises(ServerDown, match="cannot be reached"):
        render(shop, "sea", "any")
    with pytest.raises(ServerDown, match=r"one: .*two: "):
        render(shop, "sea", "other")  # known by now: nothing is waited for
    shop.close()


def test_a_server_that_refuses_this_graph_is_passed_over_and_stays_in_use() -> None:
    """Only one of them has the model: its name decides nothing, the answer does."""
    lacking, having = Costs(), Costs()
    error = (
        b'{"error": {"type": "prompt_outputs_failed_validation", "message": "no", "details": ""}, "node_errors": {}}'
    )
    with running(FakeComfy(lacking)) as one, running(FakeComfy(having)) as other:
        one.overrides["POST /prompt"] = [(400, error, {})] * 2
        shop = workshop([Server("lacking", one.url), Server("having", other.url, slots=1)])
        assert render(shop, "sea", "first") == "having"
        other.overrides["POST /prompt"] = [(400, error, {})]
        with pytest.raises(PromptRejected):
            render(shop, "sea", "second")
        assert set(_all(shop, _jobs(12, ["sea", "city"]))) == {"lacking", "having"}
        shop.close()


def test_a_server_that_refuses_us_is_put_aside() -> None:
    with running(FakeComfy(Costs())) as closed, running(FakeComfy(Costs())) as opened:
        closed.wants_header = ("authorization", "Bearer x")
        shop = workshop([Server("closed", closed.url), Server("opened", opened.url)])
        assert set(_all(shop, _jobs(6))) == {"opened"}
        shop.close()
        alone = workshop([Server("closed", closed.url)])
        with pytest.raises(BridgeError, match="refuses us"):
            render(alone, "sea", "any")
        alone.close()


def test_a_render_that_fails_is_not_tried_elsewhere() -> None:
    def broken(server: FakeComfy, prompt: Prompt) -> None:
        prompt.status = "error"
        prompt.messages.append(["execution_error", {"node_id": "1", "exception_message": "no face", "node_type": "X"}])

    other = Costs()
    with running(FakeComfy(broken)) as one, running(FakeComfy(other)) as two:
        shop = workshop([Server("one", one.url), Server("two", two.url)])
        with pytest.raises(RenderFailed, match="no face"):
            render(shop, "sea", "any")
        shop.close()
    assert other.rendered == []


def test_closing_ends_all_waiting() -> None:
    fake = FakeComfy(Costs())
    fake.gate.clear()
    with running(fake), ThreadPoolExecutor(6) as threads:
        shop = workshop([Server("gpu", fake.url, slots=1)])
        waiting = [threads.submit(render, shop, "sea", f"render {number}") for number in range(6)]
        while not fake.posted:
            time.sleep(0.01)
        shop.close()
        errors = [result.exception(10) for result in waiting]
    assert sum(isinstance(error, Interrupted) for error in errors) >= 5
    assert len(fake.posted) == 1


def test_all_connections_are_closed_together() -> None:
    """One that hangs must not leave our prompts running on the others."""
    at_work, closing = threading.Barrier(3), threading.Barrier(3)

    class Slow(ComfyBridge):
        def close(self) -> None:
            closing.wait(10)
            super().close()

    servers = [Server(name, "http://127.0.0.1:9", slots=1) for name in ("one", "two", "three")]
    shop = Workshop(servers, REGISTRY, connect=lambda server: Slow(server, limits=QUICK))
    with ThreadPoolExecutor(3) as threads:
        for _ in range(3):
            threads.submit(shop.on_a_server, "comfyui", ["sea"], "any", lambda _bridge: at_work.wait(10))
    shop.close()
    assert not (at_work.broken or closing.broken)


class _Late(Workshop):
    """Closed at the worst moment: a render has its slot, and is not connected yet."""

    def _bridge(self, name: str, pool: Pool) -> ComfyBridge:
        self.close()
        return super()._bridge(name, pool)


def test_nothing_is_connected_once_it_is_closed() -> None:
    connected: list[Server] = []

    def connect(server: Server) -> ComfyBridge:
        connected.append(server)
        return ComfyBridge(server, limits=QUICK)

    shop = _Late([Server("gpu", "http://127.0.0.1:9")], REGISTRY, connect=connect)
    with pytest.raises(Interrupted, match="stopped"):
        render(shop, "sea", "any")
    assert connected == []


class _Endpoint:
    """Our own endpoint, as a double: every start is a new server."""

    def __init__(self, stack: ExitStack, costs: Costs) -> None:
        self._stack, self._costs, self._own = stack, costs, ExitStack()
        self.url = ""

    def start(self) -> object:
        self.url = self._own.enter_context(running(FakeComfy(self._costs))).url
        self._stack.callback(self.stop)
        return self.url

    def stop(self) -> None:
        self._own.close()


class _Dead(_Endpoint):
    """Gone as soon as it is up."""

    def start(self) -> object:
        url = super().start()
        self.stop()
        return url


def test_our_own_endpoint_is_started_anew_when_it_died() -> None:
    costs = Costs()
    started: list[_Endpoint] = []
    with ExitStack() as stack:

        def start(_models: object) -> _Endpoint:
            started.append(_Endpoint(stack, costs))
            return started[-1]

        shop = Workshop([], REGISTRY, draft=start, connect=lambda server: ComfyBridge(server, limits=QUICK))
        stack.callback(shop.close)
        assert set(_all(shop, _jobs(4), "draft")) == {"draft"}
        started[0].stop()
        assert set(_all(shop, [("sea", f"later {number}") for number in range(6)], "draft")) == {"draft"}
    assert len(started) == 2
    assert len(costs.rendered) == 10


def test_our_own_endpoint_that_dies_at_once_fails_nobody_who_waits_for_it() -> None:
    """More renders than it has slots; it has answered none of them."""
    costs = Costs()
    started: list[_Endpoint] = []
    with ExitStack() as stack:

        def start(_models: object) -> _Endpoint:
            started.append(_Dead(stack, costs) if not started else _Endpoint(stack, costs))
            return started[-1]

        shop = Workshop([], REGISTRY, draft=start, connect=lambda server: ComfyBridge(server, limits=QUICK))
        stack.callback(shop.close)
        assert set(_all(shop, _jobs(12), "draft")) == {"draft"}
    assert len(started) == 2


def test_no_server_of_the_kind() -> None:
    with pytest.raises(ServerDown, match="no such server is named"):
        render(workshop([Server("sketch", "http://127.0.0.1:9", "draft")]), "sea", "any")


def test_what_the_work_raises_itself_comes_through() -> None:
    with running(FakeComfy(Costs())) as fake:
        shop = workshop([Server("gpu", fake.url, slots=1)])

        def stumble(_bridge: ComfyBridge) -> None:
            raise ValueError("ours")

        with pytest.raises(ValueError, match="ours"):
            shop.on_a_server("comfyui", [], "any", stumble)
        assert shop.on_a_server("comfyui", ["sea"], "any", lambda bridge: bridge.submit(payload("sea", "x")).server)
        shop.close()


def test_work_on_this_machine_takes_turns() -> None:
    shop = workshop([])
    guard, count, most = threading.Lock(), 0, 0

    def work(_number: int) -> None:
        nonlocal count, most
        with shop.turn("cpu"):
            with guard:
                count += 1
                most = max(most, count)
            time.sleep(0.005)
            with guard:
                count -= 1

    with ThreadPoolExecutor(4 * cores()) as threads:
        list(threads.map(work, range(8 * cores())))
    assert most <= cores()


def test_threads_are_enough_to_choose_from() -> None:
    two = workshop([Server("one", "http://a", slots=2), Server("two", "http://b", slots=1)])
    assert two.tickets() == 96 + 2 * cores()
    assert workshop([Server(f"gpu{number}", "http://a", slots=8) for number in range(8)]).tickets() == 256
    assert workshop([]).tickets() >= 8 + 2 * cores()


def test_whether_its_work_could_be_done_elsewhere() -> None:
    one, other = Server("one", "http://127.0.0.1:9"), Server("other", "http://127.0.0.1:9")
    sketch = Server("sketch", "http://127.0.0.1:9", "draft")
    shop = workshop([one, other, sketch])
    assert not shop.has_other(one)  # nothing was opened yet
    with pytest.raises(ServerDown):
        render(shop, "sea", "any", "draft")
    assert shop.has_other(one) and not shop.has_other(sketch)
    assert shop.has_other(Server(DRAFT, "http://127.0.0.1:9", "draft"))  # ours is started anew
    shop.close()
