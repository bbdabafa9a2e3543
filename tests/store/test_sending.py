"""Sending beside a build: in the background, ended by the first failure, never longer than somebody wants to wait."""

from __future__ import annotations

import threading

from comfyvn.errors import RemoteError
from comfyvn.store.sending import Sender


def test_everything_is_sent_before_the_end() -> None:
    sent: list[str] = []
    sender = Sender(sent.append, lambda error: None)
    for number in range(50):
        sender.add(str(number))
    assert sender.close()
    assert sorted(sent, key=int) == [str(number) for number in range(50)]


def test_who_hurries_waits_for_nothing() -> None:
    hanging, began = threading.Event(), threading.Event()

    def hang(_name: str) -> None:
        began.set()
        hanging.wait(60)

    sender = Sender(hang, lambda error: None)
    sender.add("one")
    assert began.wait(30)
    sender.hurry()
    assert not sender.close()
    hanging.set()


def test_a_failure_ends_it_and_is_told_once() -> None:
    told: list[Exception] = []
    tried: list[str] = []

    def fail(name: str) -> None:
        tried.append(name)
        raise RemoteError("the disk over there is full")

    sender = Sender(fail, told.append)
    for number in range(20):
        sender.add(str(number))
    assert not sender.close()
    assert len(told) == 1 and len(tried) <= 2
    sender.add("later")
    assert "later" not in tried


def test_nothing_to_send_starts_nothing() -> None:
    before = threading.active_count()
    assert Sender(lambda name: None, lambda error: None).close()
    assert threading.active_count() == before
