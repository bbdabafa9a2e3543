"""The budget, asked from many threads: it is never passed by what was estimated, and what costs nothing goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.bridge.servers import Server
from comfyvn.engine.budget import Budget, cost_of, money, render_sort
from comfyvn.engine.estimates import ASSUMED_S, Estimates
from comfyvn.errors import OverBudget
from comfyvn.recipe import Patch, Render
from comfyvn.targets.target import Target

PAID, FREE = Server("gpu", "http://127.0.0.1:9", price_per_hour=3600.0), Server("attic", "http://127.0.0.1:9")
RENDER = Render("comfyui", "background", {}, "image", "9", models=("sea",))
SORT = render_sort(RENDER)


def _targets(count: int) -> dict[str, Target]:
    names = [f"backgrounds:p{number}/base" for number in range(count)]
    return {name: Target(name, RENDER, (f"build/{name}",)) for name in names}


def _budget(limit: float | None, targets: Mapping[str, Target], *past_s: float) -> Budget:
    """At 3600 an hour, a second costs 1."""
    estimates = Estimates()
    for seconds in past_s:
        estimates.learn(SORT, "gpu", seconds)
    return Budget(targets, lambda: estimates, limit)


def test_it_stops_before_it_is_passed() -> None:
    targets = _targets(4)
    first, second, third, _ = targets
    budget = _budget(25.0, targets, 10.0)
    for name in (first, second):
        budget.begin(name, PAID)
        budget.end(name, PAID, 9.0, True)
    with pytest.raises(OverBudget) as refused:
        budget.begin(third, PAID)
    assert budget.spent() == {"gpu": 18.0}
    assert budget.refused() == {third}
    told = "the budget of 25.00 would be passed: 18.00 is spent, and the next render costs about 9.00"
    assert refused.value.what == told
    assert "`comfyvn build --budget 25` goes on" in refused.value.todo


def test_a_cheaper_render_may_still_fit() -> None:
    targets = {**_targets(2), "small": Target("small", Patch(RENDER, (0, 0, 1, 1), 0.1), ("build/small",))}
    estimates = Estimates()
    estimates.learn(SORT, "gpu", 10.0)
    estimates.learn(render_sort(targets["small"].recipe), "gpu", 1.0)
    budget, (name, *_) = Budget(targets, lambda: estimates, 5.0), targets
    with pytest.raises(OverBudget):
        budget.begin(name, PAID)
    budget.begin("small", PAID)


def test_refusals_are_one_message() -> None:
    targets = _targets(3)
    budget = _budget(1.0, targets, 10.0)
    said = set()
    for name in targets:
        with pytest.raises(OverBudget) as refused:
            budget.begin(name, PAID)
        said.add(str(refused.value))
        budget.end(name, FREE, 3.0, True)
    assert len(said) == 1
    assert budget.refused() == frozenset()  # all were made elsewhere


@pytest.mark.parametrize("limit", [0.0, None])
def test_what_has_no_price_is_never_refused(limit: float | None) -> None:
    targets = _targets(50)
    budget = _budget(limit, targets)
    for name in targets:
        budget.begin(name, FREE)
        budget.end(name, FREE, 1000.0, True)
    assert budget.spent() == {}


def test_without_a_limit_it_counts() -> None:
    targets = _targets(2)
    budget = _budget(None, targets)
    for name in targets:
        budget.begin(name, PAID)
        budget.end(name, PAID, 5.0, False)
    assert budget.spent() == {"gpu": 10.0}


def test_the_journal_is_read_only_for_a_limit_and_a_price() -> None:
    def unread() -> Estimates:
        raise AssertionError("read for nothing")

    targets = _targets(1)
    (name,) = targets
    Budget(targets, unread).begin(name, PAID)
    Budget(targets, unread, 5.0).begin(name, FREE)


def test_without_a_past_one_a_stated_time_counts_until_one_is_measured() -> None:
    targets = _targets(3)
    first, second, third = targets
    budget = _budget(ASSUMED_S + 1, targets)
    budget.begin(first, PAID)
    budget.end(first, PAID, 2.0, True)
    budget.begin(second, PAID)  # counted with 2, not with 60
    budget.end(second, PAID, 2.0, True)
    assert budget.spent() == {"gpu": 4.0}
    with pytest.raises(OverBudget, match="no past render tells: 60 s are counted"):
        _budget(ASSUMED_S - 1, targets).begin(third, PAID)


def test_a_failed_render_is_paid_and_teaches_nothing() -> None:
    targets = _targets(2)
    first, second = targets
    budget = _budget(100.0, targets, 10.0)
    budget.begin(first, PAID)
    budget.end(first, PAID, 85.0, False)
    budget.begin(second, PAID)
    assert budget.spent() == {"gpu": 85.0}


def test_it_waits_for_what_is_under_way() -> None:
    """Two estimates do not fit together; the first turns out cheap, so the second begins."""
    targets = _targets(2)
    first, second = targets
    budget = _budget(15.0, targets, 10.0)
    budget.begin(first, PAID)
    begun = threading.Event()
    waiting = threading.Thread(target=lambda: (budget.begin(second, PAID), begun.set()))
    waiting.start()
    assert not begun.wait(0.2)
    budget.end(first, PAID, 1.0, True)
    waiting.join(30)
    assert begun.is_set()


def test_it_refuses_who_waited_when_what_was_under_way_was_dear() -> None:
    targets = _targets(2)
    first, second = targets
    budget = _budget(15.0, targets, 10.0)
    budget.begin(first, PAID)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(budget.begin, second, PAID)
        budget.end(first, PAID, 12.0, False)
        with pytest.raises(OverBudget):
            waiting.result(30)


@pytest.mark.parametrize("spend", [lambda estimate: estimate, lambda estimate: estimate / 2])
def test_many_threads_never_pass_it(spend: Callable[[float], float]) -> None:
    targets = _targets(64)
    budget = _budget(100.0, targets, 10.0)
    most = 0.0
    guard = threading.Lock()

    def work(name: str) -> bool:
        nonlocal most
        try:
            budget.begin(name, PAID)
        except OverBudget:
            return False
        budget.end(name, PAID, spend(10.0), False)
        with guard:
            most = max(most, sum(budget.spent().values()))
        return True

    with ThreadPoolExecutor(16) as threads:
        done = sum(threads.map(work, targets))
    assert most == sum(budget.spent().values()) <= 100.0
    assert done == (10 if spend(10.0) == 10.0 else 19)  # 18 halves are spent, one more estimate still fits
    assert len(budget.refused()) == 64 - done


@given(st.floats(0, 1e9))
def test_money_is_never_shown_as_nothing(amount: float) -> None:
    assert (float(money(amount)) == 0) == (amount == 0)
    assert float(money(amount)) == pytest.approx(amount, rel=0.06, abs=0.005)


def test_cost() -> None:
    assert cost_of(1800.0, 1.5) == 0.75
