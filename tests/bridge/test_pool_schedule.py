"""The scheduling core in simulated time: affinity, balance, fairness, servers that go away and come back."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from comfyvn.bridge.schedule import ASIDE_S, MOST_ASIDE_S, Lease, Place, Schedule, Wish
from tests.fakes.simulation import Simulated, simulate

A, B = {"a": 1.0}, {"b": 1.0}


def _servers(count: int, **more: float) -> list[Simulated]:
    return [Simulated(f"gpu{number}", **more) for number in range(count)]  # type: ignore[arg-type]


def _mixed(count: int, models: int, seed: int = 1) -> list[Mapping[str, float]]:
    jobs = [{f"model{number % models}": 1.0} for number in range(count)]
    random.Random(seed).shuffle(jobs)
    return jobs


def _schedule(*slots: int) -> Schedule:
    schedule = Schedule(patience_s=60.0)
    for number, each in enumerate(slots):
        schedule.add(Place(f"gpu{number}", each))
    return schedule


def _ask(schedule: Schedule, now: float, *wishes: Wish) -> list[Lease]:
    for wish in wishes:
        schedule.ask(wish)
    return schedule.decide(now)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_each_checkpoint_is_loaded_once_when_all_renders_are_known(count: int) -> None:
    done = simulate(_servers(count), _mixed(120, 4), window=120)
    assert done.swaps == 4
    assert done.seconds == pytest.approx((120 + 4 * 6) / count, abs=2.0)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_fairness_costs_little_when_renders_come_mixed_without_end(count: int) -> None:
    """Better than first come, first served by far: that would swap at three renders of four."""
    done = simulate(_servers(count), _mixed(2000, 4), window=64 * count)
    assert done.seconds < 1.2 * (2000 + 4 * 6) / count
    assert max(done.waited.values()) < 3 * 64 + 2 * 16 * 6


def test_one_model_set_is_shared_by_all_servers() -> None:
    servers = _servers(4)
    simulate(servers, [A] * 400, window=64)
    assert [server.swaps for server in servers] == [1, 1, 1, 1]
    assert all(95 <= len(server.rendered) <= 105 for server in servers)


def _warmed(schedule: Schedule, swap_s: float) -> float:
    """gpu0 has done renders of A, one second each, the first of them with a swap; when the last ended."""
    now = 0.0
    for number in range(1, 6):
        (lease,) = _ask(schedule, now, Wish(number, A, frozenset({"gpu1"})))
        now += 1.0 + (swap_s if number == 1 else 0.0)
        schedule.done(lease, now)
    return now


@pytest.mark.parametrize(("swap_s", "helps"), [(60.0, False), (2.0, True)])
def test_a_few_renders_are_worth_a_cheap_swap_only(swap_s: float, helps: bool) -> None:
    schedule = _schedule(2, 2)
    now = _warmed(schedule, swap_s)
    servers = {lease.server for lease in _ask(schedule, now, *(Wish(10 + number, A) for number in range(8)))}
    assert servers == ({"gpu0", "gpu1"} if helps else {"gpu0"})


def test_an_idle_server_takes_foreign_work_that_would_wait_longer_than_its_swap() -> None:
    servers = _servers(2)
    simulate(servers, [*[A] * 20, *[B] * 200], window=220)
    assert [server.swaps for server in servers] == [2, 1]
    assert abs(servers[0].busy_until - servers[1].busy_until) <= 7.0


def test_a_slow_server_does_not_hold_up_the_end() -> None:
    servers = [*_servers(2), Simulated("slow", render_s=30.0)]
    done = simulate(servers, [A] * 600, window=64)
    assert servers[2].rendered
    assert done.seconds < 6 + 600 / 2  # what the others need without it


def test_small_models_are_no_reason_to_stay() -> None:
    """LoRAs load in no time: two sets of one checkpoint are shared by both servers, and the same LoRA goes on first."""
    with_lora = {"a": 1.0, "lora": 0.02}
    schedule = _schedule(1, 1)
    first, second = _ask(schedule, 0.0, Wish(1, A), Wish(2, A))
    schedule.done(first, 10.0)
    schedule.done(second, 10.0)
    assert [lease.wish.number for lease in _ask(schedule, 10.0, Wish(3, with_lora), Wish(4, A), Wish(5, A))] == [4, 5]


@settings(deadline=None, max_examples=60)
@given(
    servers=st.lists(st.tuples(st.integers(1, 3), st.floats(0.1, 20.0), st.floats(0.0, 60.0)), min_size=1, max_size=5),
    models=st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=120),
    window=st.integers(1, 64),
)
def test_everything_is_rendered_exactly_once(
    servers: list[tuple[int, float, float]], models: list[str], window: int
) -> None:
    fleet = [Simulated(f"gpu{i}", slots, render_s, swap_s) for i, (slots, render_s, swap_s) in enumerate(servers)]
    simulate(fleet, [{name: 1.0} if name else {} for name in models], window)
    assert sorted(number for server in fleet for number in server.rendered) == list(range(len(models)))


@pytest.mark.parametrize("count", [1, 3])
def test_a_rare_model_set_does_not_starve(count: int) -> None:
    """One render of another set, among ever more of the usual one: it goes before they end."""
    jobs: list[Mapping[str, float]] = [*[A] * 10, B, *[A] * 2000]
    done = simulate(_servers(count), jobs, window=64)
    assert done.waited[10] < 16 * 6 + 20
    assert done.swaps <= count + 2


def test_the_slots_of_a_server_are_filled_and_never_more() -> None:
    schedule = _schedule(2)
    first = _ask(schedule, 0.0, *(Wish(number, A) for number in range(1, 6)))
    assert [lease.wish.number for lease in first] == [1, 2]
    schedule.done(first[0], 5.0)
    assert [lease.wish.number for lease in schedule.decide(5.0)] == [3]


def test_nobody_waits_for_a_server_that_hangs() -> None:
    """The warm server would be quicker, until it turns out not to answer."""
    schedule = _schedule(1, 1)
    now = _warmed(schedule, 6.0)
    (lease,) = _ask(schedule, now, Wish(6, A))
    assert lease.server == "gpu0"
    assert _ask(schedule, now, Wish(7, A)) == []
    assert [lease.server for lease in schedule.decide(now + 60.0)] == ["gpu1"]


def test_a_lost_server_is_put_aside_for_longer_each_time() -> None:
    schedule = _schedule(2)
    pauses, now = [], 0.0
    for number in range(1, 10):
        (lease,) = _ask(schedule, now, Wish(number, A))
        schedule.lost(lease, now)
        schedule.ask(Wish(100 + number, A))
        assert schedule.decide(now) == []
        began = now
        while not schedule.due(now):
            now += 0.5
        pauses.append(now - began)
        schedule.returned("gpu0")
        schedule.withdraw(100 + number)
    assert pauses == [min(ASIDE_S * 2**losses, MOST_ASIDE_S) for losses in range(9)]


def test_a_returned_server_gets_one_render_until_it_has_done_one() -> None:
    schedule = _schedule(2)
    (lost,) = _ask(schedule, 0.0, Wish(1, A))
    schedule.lost(lost, 1.0)
    assert _ask(schedule, 3.0, Wish(2, A), Wish(3, A), Wish(4, A)) == []
    assert schedule.due(3.0) == ["gpu0"]
    assert schedule.due(3.0) == []
    schedule.returned("gpu0")
    (trial,) = schedule.decide(3.0)
    schedule.done(trial, 4.0)
    assert len(schedule.decide(4.0)) == 2


def test_the_work_of_a_dead_server_goes_elsewhere() -> None:
    schedule = _schedule(2, 2)
    leases = _ask(schedule, 0.0, *(Wish(number, A) for number in range(1, 5)))
    gone = [lease for lease in leases if lease.server == "gpu0"]
    for lease in gone:
        schedule.lost(lease, 1.0)
    for lease in leases:
        if lease not in gone:
            schedule.done(lease, 2.0)
    again = _ask(schedule, 2.0, *(Wish(10 + i, A, frozenset({"gpu0"})) for i in range(len(gone))))
    assert gone
    assert {lease.server for lease in again} == {"gpu1"}


def test_renders_wait_for_a_server_that_worked_and_not_for_one_that_never_did() -> None:
    schedule = _schedule(1)
    (lease,) = _ask(schedule, 0.0, Wish(1, A))
    schedule.lost(lease, 0.0)
    _ask(schedule, 0.0, Wish(2, A))
    assert schedule.hopeless(0.0) == [2]  # it never answered
    assert schedule.due(2.0) == ["gpu0"]
    schedule.returned("gpu0")
    schedule.withdraw(2)
    (lease,) = _ask(schedule, 2.0, Wish(3, A))
    schedule.done(lease, 3.0)
    (lease,) = _ask(schedule, 3.0, Wish(4, A))
    schedule.lost(lease, 10.0)
    _ask(schedule, 10.0, Wish(5, A))
    assert schedule.hopeless(10.0) == []
    now = 10.0
    while schedule.hopeless(now) == []:
        now += 1.0
        for name in schedule.due(now):
            schedule.silent(name, now)
    assert now == 70.0
    assert schedule.hopeless(now) == [5]


def test_a_render_that_failed_everywhere_is_hopeless() -> None:
    schedule = _schedule(1, 1)
    assert _ask(schedule, 0.0, Wish(1, A, frozenset({"gpu0", "gpu1"}))) == []
    assert schedule.hopeless(0.0) == [1]


def test_a_server_that_lacks_a_model_is_asked_for_it_only_when_there_is_no_other() -> None:
    schedule = _schedule(1, 1)
    (first,) = _ask(schedule, 0.0, Wish(1, A, frozenset({"gpu1"})))
    schedule.refused(first, 0.1)
    (second,) = _ask(schedule, 1.0, Wish(2, A))
    assert second.server == "gpu1"
    assert _ask(schedule, 1.0, Wish(3, A)) == []
    assert [lease.server for lease in _ask(schedule, 1.0, Wish(4, B))] == ["gpu0"]
    schedule.lost(second, 2.0)
    schedule.withdraw(3)
    assert [lease.server for lease in _ask(schedule, 2.0, Wish(5, A, frozenset({"gpu1"})))] == []  # B runs there
    schedule.done(Lease(Wish(4, B), "gpu0", 1.0, 1.0), 3.0)
    assert [lease.server for lease in schedule.decide(3.0)] == ["gpu0"]


def test_a_server_that_was_replaced_knows_nothing_of_old_leases() -> None:
    schedule = _schedule(1)
    (lease,) = _ask(schedule, 0.0, Wish(1, A))
    schedule.add(Place("gpu0", 1))
    schedule.lost(lease, 1.0)
    assert len(_ask(schedule, 1.0, Wish(2, A))) == 1


def test_two_idle_servers_do_not_leave_a_render_to_each_other() -> None:
    """Both have its checkpoint and lack a LoRA of it: each is as good as the other, and one of them takes it."""
    schedule = _schedule(1, 1)
    (first,) = _ask(schedule, 0.0, Wish(1, A, frozenset({"gpu1"})))
    (second,) = _ask(schedule, 0.0, Wish(2, A, frozenset({"gpu0"})))
    for lease in (first, second):
        schedule.done(lease, 0.0, learn=False)
    assert len(_ask(schedule, 0.0, Wish(3, {**A, "lora": 0.02}))) == 1


class Anything(RuleBasedStateMachine):
    """Whatever happens to servers and renders, in any order: no slot too many, nobody lost, nobody stuck."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule(patience_s=20.0)
        self.slots = {"gpu0": 1, "gpu1": 2, "gpu2": 3}
        for name, slots in self.slots.items():
            self.schedule.add(Place(name, slots))
        self.now, self.number = 0.0, 0
        self.waiting: dict[int, Wish] = {}
        self.leases: list[Lease] = []
        self.away: set[str] = set()

    def _decide(self) -> None:
        for lease in self.schedule.decide(self.now):
            assert self.waiting.pop(lease.wish.number) == lease.wish
            assert lease.server not in lease.wish.without
            assert lease.server not in self.away
            self.leases.append(lease)
        for number in self.schedule.hopeless(self.now):
            wish = self.waiting.pop(number)
            assert set(self.slots) - set(wish.without) <= self.away
            self.schedule.withdraw(number)

    @rule(models=st.sampled_from([{}, A, B, {"a": 1.0, "lora": 0.02}]), without=st.sampled_from(["", "gpu0", "gpu1"]))
    def ask(self, models: Mapping[str, float], without: str) -> None:
        self.number += 1
        wish = Wish(self.number, models, frozenset({without}) if without else frozenset())
        self.waiting[self.number] = wish
        self.schedule.ask(wish)
        self._decide()

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 99), learn=st.booleans())
    def done(self, which: int, learn: bool) -> None:
        self.schedule.done(self.leases.pop(which % len(self.leases)), self.now, learn)
        self._decide()

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 99))
    def lost(self, which: int) -> None:
        lease = self.leases.pop(which % len(self.leases))
        self.schedule.lost(lease, self.now)
        self.away.add(lease.server)
        self._decide()

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 99))
    def refused(self, which: int) -> None:
        self.schedule.refused(self.leases.pop(which % len(self.leases)), self.now)
        self._decide()

    @rule(seconds=st.floats(0.0, 40.0), answers=st.booleans())
    def wait(self, seconds: float, answers: bool) -> None:
        self.now += seconds
        for name in self.schedule.due(self.now):
            assert name in self.away
            if answers:
                self.schedule.returned(name)
                self.away.discard(name)
            else:
                self.schedule.silent(name, self.now)
        self._decide()

    @invariant()
    def slots_are_kept(self) -> None:
        for name, slots in self.slots.items():
            assert sum(lease.server == name for lease in self.leases) <= slots

    @invariant()
    def nobody_is_stuck(self) -> None:
        """A render that waits is waited for by something: a render that ends, or a server that may return."""
        if not self.leases:
            assert not any(set(self.slots) - wish.without - self.away for wish in self.waiting.values())


TestAnything = Anything.TestCase
TestAnything.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
