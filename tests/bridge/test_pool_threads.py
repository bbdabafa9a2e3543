"""The pool's shell: threads that wait, are interrupted, are told; probes on a clock that the test holds."""

from __future__ import annotations

import _thread
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from comfyvn.bridge.pool import Pool
from comfyvn.errors import Interrupted, ServerDown


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _silent(name: str) -> object:
    raise ServerDown(f"{name} is off")


def test_ctrl_c_in_a_thread_that_waits_leaves_nothing_behind() -> None:
    pool = Pool(_silent)
    pool.add("gpu", "comfyui", 1)
    held = pool.take("comfyui")
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        pool.take("comfyui")
    timer.join()
    pool.give_back("comfyui", held, "done")
    pool.give_back("comfyui", pool.take("comfyui"), "done")


def test_a_server_is_probed_when_its_time_has_come_and_then_used_again() -> None:
    clock, probed, is_back = Clock(), threading.Semaphore(0), threading.Event()

    def probe(name: str) -> object:
        probed.release()
        return None if is_back.is_set() else _silent(name)

    pool = Pool(probe, clock=clock)
    pool.add("gpu", "comfyui", 1)
    pool.give_back("comfyui", pool.take("comfyui"), "done")
    pool.give_back("comfyui", pool.take("comfyui"), "lost")
    with ThreadPoolExecutor(1) as threads, closing(pool):  # closed, it lets the thread go when this fails
        waiting = threads.submit(pool.take, "comfyui")
        assert not probed.acquire(timeout=0.4)
        clock.now = 2.5
        assert probed.acquire(timeout=60)
        assert not waiting.done()
        is_back.set()
        while not waiting.done():
            clock.now += 5.0  # it was put aside again, for longer
            probed.acquire(timeout=0.3)
        assert waiting.result().server == "gpu"


def test_a_probe_that_stumbles_is_as_good_as_no_answer() -> None:
    clock, stumbled = Clock(), threading.Event()

    def probe(_name: str) -> object:
        raise RuntimeError("ours")

    pool = Pool(probe, clock=clock, patience_s=60.0)
    pool.add("gpu", "comfyui", 1)
    pool.give_back("comfyui", pool.take("comfyui"), "done")
    pool.give_back("comfyui", pool.take("comfyui"), "lost")
    kept, threading.excepthook = threading.excepthook, lambda _: stumbled.set()
    try:
        with ThreadPoolExecutor(1) as threads, closing(pool):
            waiting = threads.submit(pool.take, "comfyui")
            clock.now = 61.0
            assert stumbled.wait(60)
            assert isinstance(waiting.exception(60), ServerDown)
    finally:
        threading.excepthook = kept


def test_another_server_is_left_as_long_as_it_is_up() -> None:
    pool = Pool(_silent)
    pool.add("one", "comfyui", 1)
    pool.add("two", "comfyui", 1)
    pool.add("sketch", "draft", 1)
    assert pool.has_other("comfyui", "one") and not pool.has_other("draft", "sketch")
    lease = pool.take("comfyui")
    pool.give_back("comfyui", lease, "lost")
    (other,) = {"one", "two"} - {lease.server}
    assert pool.has_other("comfyui", lease.server) and not pool.has_other("comfyui", other)
    assert not pool.has_other("nothing", "one")


def test_those_who_wait_in_vain_hear_why() -> None:
    clock = Clock()
    pool = Pool(_silent, clock=clock, patience_s=60.0)
    pool.add("gpu", "comfyui", 1)
    pool.give_back("comfyui", pool.take("comfyui"), "done")
    lease = pool.take("comfyui")
    with ThreadPoolExecutor(3) as threads, closing(pool):
        waiting = [threads.submit(pool.take, "comfyui") for _ in range(3)]
        pool.tell("gpu", "connection refused")
        pool.give_back("comfyui", lease, "lost")
        clock.now = 61.0
        errors = [each.exception(60) for each in waiting]
    assert all(isinstance(error, ServerDown) for error in errors)
    assert "gpu: connection refused" in str(errors[0])


def test_no_server_of_a_kind_is_told_at_once() -> None:
    with pytest.raises(ServerDown, match="no comfyui server"):
        Pool(_silent).take("comfyui")


def test_a_server_that_is_removed_gets_nothing_more() -> None:
    pool = Pool(_silent)
    pool.add("one", "comfyui", 1)
    pool.add("two", "comfyui", 2)
    pool.remove("one")
    assert pool.names("comfyui") == {"two"}
    assert [pool.take("comfyui").server for _ in range(2)] == ["two", "two"]


def test_a_server_that_is_added_is_used_by_those_who_wait() -> None:
    pool = Pool(_silent)
    pool.add("one", "comfyui", 1)
    held = pool.take("comfyui")
    with ThreadPoolExecutor(1) as threads, closing(pool):
        waiting = threads.submit(pool.take, "comfyui")
        pool.add("two", "comfyui", 1)
        assert waiting.result(60).server == "two"
        pool.give_back("comfyui", held, "done")


def test_a_closed_pool_takes_nobody_in() -> None:
    pool = Pool(_silent)
    pool.add("gpu", "comfyui", 1)
    pool.close()
    with pytest.raises(Interrupted):
        pool.take("comfyui")
