"""Timing: the wanted length to the sample, the same pitch, and the truth about what was missed."""

from __future__ import annotations

import numpy as np
import pytest

from comfyvn.audio.samples import Samples
from comfyvn.audio.timing import BRISKEST, CALMEST, FASTEST, SLOWEST, fitted, off_by, speed_for
from comfyvn.audio.trim import LEAD, TAIL, trim

RATE = 48_000


def clip(seconds: float = 2.0) -> Samples:
    """Two bursts of a voice-like tone, as `trim` leaves a clip."""
    time = np.arange(round(seconds * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 180 * order * time) / order for order in (1, 2, 3, 5))
    bursts = np.where((time < seconds * 0.3) | (time >= seconds * 0.6), 0.2, 0.0)
    return trim(np.asarray(voice * bursts, dtype=np.float64), RATE)[0]


def onset(samples: Samples) -> float:
    """When the second burst begins, in ms."""
    level = np.convolve(np.abs(samples), np.ones(480) / 480, "same")
    quiet = np.flatnonzero(level[: -RATE // 5] < 0.02)
    return float(quiet[-1]) * 1000 / RATE


def pitch(samples: Samples) -> float:
    part = samples[RATE // 10 : RATE // 10 + RATE // 4]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), RATE))
    return float(np.argmax(spectrum[100:300]) + 100)


@pytest.mark.parametrize("target", [1750, 2000, 2148, 2500])
def test_a_target_within_reach_is_met_to_the_sample(target: int) -> None:
    source = clip()
    made = fitted(source, RATE, target)
    assert len(made.samples) == target * RATE // 1000
    assert made.missed_ms == 0
    assert pitch(made.samples) == pytest.approx(pitch(source), abs=1)
    assert onset(made.samples) == pytest.approx(made.at(onset(source)), abs=8)
    np.testing.assert_array_equal(made.samples, fitted(source, RATE, target).samples)
    np.testing.assert_array_equal(made.samples[: round(LEAD * RATE)], source[: round(LEAD * RATE)])


@pytest.mark.parametrize(("target", "speed"), [(500, FASTEST), (9000, SLOWEST)])
def test_a_target_out_of_reach_is_missed_and_by_how_much_is_told(target: int, speed: float) -> None:
    source = clip()
    made = fitted(source, RATE, target)
    assert made.speed == pytest.approx(speed, rel=1e-4)
    quiet = LEAD + TAIL
    assert len(made.samples) / RATE == pytest.approx((len(source) / RATE - quiet) / speed + quiet, abs=1e-3)
    assert made.missed_ms == len(made.samples) * 1000 // RATE - target


def test_no_target_and_the_length_it_has_anyway_change_nothing() -> None:
    source = clip()
    assert fitted(source, RATE, None).samples is source
    assert fitted(source, RATE, round(len(source) * 1000 / RATE)).samples is source
    assert fitted(source, RATE, None).at(1234.5) == 1234.5


@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.1])
def test_the_shortest_sounds_can_be_stretched(seconds: float) -> None:
    source = trim(np.full(max(round(seconds * RATE), 1), 0.3), RATE)[0]
    made = fitted(source, RATE, 10_000)
    assert np.isfinite(made.samples).all()
    assert made.missed_ms < 0


@pytest.mark.parametrize(
    ("seconds", "target", "speed"),
    [(2.0, 2150, 1.0), (2.05, 2150, 1.0), (2.2, 2150, 1.1), (1.8, 2150, 0.9), (9, 2150, BRISKEST), (1, 9000, CALMEST)],
)
def test_an_engine_is_asked_for_what_is_heard_and_for_no_more_than_it_does_well(
    seconds: float, target: int, speed: float
) -> None:
    assert speed_for(seconds, target) == speed


def test_no_length_is_too_short_to_ask_for() -> None:
    assert speed_for(2.0, 1) == BRISKEST
    assert off_by(2.0, 1150) == pytest.approx(1.0) == off_by(1.0, 2150)
