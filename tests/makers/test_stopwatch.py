"""Seconds are counted for the state that a prompt is in, whatever order the states come in."""

from __future__ import annotations

from comfyvn.makers.stopwatch import Stopwatch


def test_seconds_go_to_the_state_that_lasted() -> None:
    times = iter([10.0, 12.0, 13.0, 17.0, 17.5, 18.0, 18.0])
    watch = Stopwatch(lambda: next(times))
    for state in ("running", "silent", "queued", "downloading"):  # sent back to the queue by a server that restarted
        watch.enter(state)
    assert watch.seconds() == {"queued": 2.5, "running": 5.0, "downloading": 0.5}
