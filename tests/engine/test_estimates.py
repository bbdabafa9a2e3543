"""Estimates: the median of the closest past renders, and of none that took no work."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.engine.estimates import NEWEST, Estimate, Estimates, Sort, sort_of, worked_s
from comfyvn.store.journal import Entry

ENTRY = Entry(
    "sprites:aya/casual/standing/happy", "2026-03-01T08:30:00Z", "made", "patch", "comfyui", seconds=99.0,
    server="gpu", running_s=12.0, workflow="sprite_expression", models=("sdxl_base", "sam_vit_b"),
)  # fmt: skip
SORT = sort_of(ENTRY)


def _took(*seconds: float, entry: Entry = ENTRY) -> list[Entry]:
    return [replace(entry, running_s=each) for each in seconds]


def test_it_is_the_median_and_says_of_how_many() -> None:
    found = Estimates(_took(10.0, 11.0, 400.0)).of(SORT, "gpu")
    assert found == Estimate(11.0, 3, "workflow, models and server")


@pytest.mark.parametrize(
    ("asked", "server", "seconds", "basis"),
    [
        (SORT, "gpu", 12.0, "workflow, models and server"),
        (SORT, "tower", 20.0, "workflow, models and server"),
        (SORT, "attic", 16.0, "workflow and models"),
        (replace(SORT, models=frozenset({"flux"})), "gpu", 16.0, "workflow"),
        (replace(SORT, workflow="another"), "gpu", 16.0, "kind"),
    ],
)
def test_the_closest_past_ones_count(asked: Sort, server: str, seconds: float, basis: str) -> None:
    past = [*_took(12.0), *_took(20.0, entry=replace(ENTRY, server="tower"))]
    found = Estimates(past).of(asked, server)
    assert found is not None
    assert (found.seconds, found.basis) == (seconds, basis)


@pytest.mark.parametrize("other", [replace(SORT, engine="draft"), replace(SORT, kind="render")])
def test_another_engine_or_kind_tells_nothing(other: Sort) -> None:
    assert Estimates(_took(12.0)).of(other, "gpu") is None


def test_versions_of_an_engine_are_alike() -> None:
    entry = replace(ENTRY, engine="draft@1", server="draft")
    found = Estimates([entry]).of(replace(SORT, engine="draft"), "draft")
    assert found is not None and found.seconds == 12.0


@pytest.mark.parametrize(
    ("entry", "seconds"),
    [
        (ENTRY, 12.0),
        (replace(ENTRY, how="cached"), None),
        (replace(ENTRY, cached_by_server=True), None),
        (replace(ENTRY, running_s=0.0), None),  # on a server, wall time is mostly waiting
        (replace(ENTRY, running_s=0.0, server="", kind="export"), 99.0),
    ],
)
def test_what_was_work(entry: Entry, seconds: float | None) -> None:
    assert worked_s(entry) == seconds


def test_the_newest_count() -> None:
    past = Estimates([*_took(*[100.0] * NEWEST), *_took(*[5.0] * NEWEST)]).of(SORT, "gpu")
    assert past == Estimate(5.0, NEWEST, "workflow, models and server")


def test_it_learns_while_a_build_goes_on() -> None:
    estimates = Estimates()
    assert estimates.of(SORT, "gpu") is None
    estimates.learn(SORT, "gpu", 7.0)
    assert estimates.of(SORT, "gpu") == Estimate(7.0, 1, "workflow, models and server")


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=2 * NEWEST))
def test_it_is_the_median_of_the_newest(took: list[float]) -> None:
    found = Estimates(_took(*took)).of(SORT, "gpu")
    assert found is not None
    newest = took[-NEWEST:]
    assert (found.seconds, found.past) == (median(newest), len(newest))
