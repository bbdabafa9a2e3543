"""What is said of a server that says nothing: told by a clock that the test moves."""

from __future__ import annotations

import pytest

from comfyvn.bridge.silence import Silence


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def silence(clock: Clock) -> Silence:
    return Silence(clock, silence_s=120.0, tell_s=10.0)


def test_nothing_is_said_while_nothing_is_asked(clock: Clock, silence: Silence) -> None:
    with silence.asking(30.0):
        clock.now += 5.0
        assert silence.words() == ""
    clock.now += 500.0
    assert silence.words() == ""


def test_a_silent_server_is_spoken_of_after_a_while(clock: Clock, silence: Silence) -> None:
    with silence.asking(30.0):
        clock.now += 9.9
        assert silence.words() == ""
        clock.now += 2.1
        assert silence.words() == "does not answer since 12 s; waiting up to 120 s"


def test_a_refusal_is_spoken_of_sooner_and_with_its_own_patience(clock: Clock, silence: Silence) -> None:
    with silence.asking(30.0):
        silence.refused()
        assert silence.words() == ""
        clock.now += 3.0
        assert silence.words() == "refuses connections since 3 s; waiting up to 30 s"


def test_whoever_hears_something_ends_the_silence_for_all(clock: Clock, silence: Silence) -> None:
    with silence.asking(0.0), silence.asking(30.0):
        clock.now += 60.0
        silence.refused()
        silence.heard()
        assert silence.words() == ""
        clock.now += 11.0
        assert silence.words() == "does not answer since 11 s; waiting up to 120 s"


def test_a_new_question_does_not_inherit_an_old_silence(clock: Clock, silence: Silence) -> None:
    with silence.asking(30.0):
        silence.refused()
        clock.now += 50.0
    clock.now += 50.0
    with silence.asking(0.0):
        assert silence.words() == ""
