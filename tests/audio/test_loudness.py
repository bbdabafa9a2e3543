"""Signals after EBU Tech 3341 (generated here, shortened where the length does not matter) against our meters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from comfyvn.audio.loudness import Envelope, measure, true_peak
from comfyvn.audio.samples import Samples, pieces

RATE = 48_000


def whole_envelope(samples: Samples) -> Samples:
    return Envelope(samples).of(slice(0, len(samples)))


def sine(seconds: float, dbfs: float, hertz: float = 1000.0, rate: int = RATE, phase: float = 0.0) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time + np.radians(phase)), dtype=np.float64)


def stereo(*parts: Samples) -> Samples:
    mono = np.concatenate(parts)
    return np.column_stack([mono, mono])


EBU: dict[str, tuple[list[tuple[float, float]], float]] = {
    "case 1": ([(20, -23)], -23.0),
    "case 2": ([(20, -33)], -33.0),
    "case 3": ([(10, -36), (60, -23), (10, -36)], -23.0),
    "case 4": ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),
    "case 5": ([(20, -26), (20.1, -20), (20, -26)], -23.0),
}


@pytest.mark.parametrize("case", EBU)
def test_integrated_loudness_is_within_a_tenth(case: str) -> None:
    parts, expected = EBU[case]
    found = measure(stereo(*(sine(seconds, dbfs) for seconds, dbfs in parts)), RATE)
    assert found.lufs == pytest.approx(expected, abs=0.1)
    assert found.gated


def test_five_channels_are_weighed_as_they_surround_us() -> None:
    """Case 6: left, right, centre and the two behind, which count 1.5 dB more."""
    found = measure(np.column_stack([sine(20, dbfs) for dbfs in (-28, -28, -24, -30, -30)]), RATE)
    assert found.lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_mono_counts_once_at_every_rate(rate: int) -> None:
    assert measure(sine(5, -20, 997.0, rate), rate).lufs == pytest.approx(-23.01, abs=0.05)


def test_a_clip_shorter_than_a_block_is_measured_ungated() -> None:
    short = measure(sine(0.25, -20), RATE)
    assert not short.gated
    assert short.lufs == pytest.approx(-23.0, abs=0.3)
    assert measure(sine(0.4, -20), RATE).gated


def test_an_incomplete_last_block_does_not_count() -> None:
    tone = sine(1.0, -20)
    longer = np.concatenate([tone, np.zeros(RATE // 20)])  # half a step more: no further whole block
    assert measure(longer, RATE) == measure(tone, RATE)


@pytest.mark.parametrize("length", [0, 1, 100, RATE])
def test_silence_has_no_loudness(length: int) -> None:
    assert measure(np.zeros(length), RATE).lufs == float("-inf")
    assert true_peak(np.zeros(length)) == float("-inf")


@pytest.mark.parametrize(
    ("divisor", "phase", "dbfs", "expected"),
    [(4, 0, -6.0, -6.0), (4, 45, -6.0, -6.0), (6, 60, -6.0, -6.0), (8, 67.5, -6.0, -6.0), (4, 45, 3.0, 3.0)],
    ids=["case 15", "case 16", "case 17", "case 18", "case 19"],
)
def test_true_peak_is_found_between_samples(divisor: int, phase: float, dbfs: float, expected: float) -> None:
    tone = sine(1.0, dbfs, RATE / divisor, phase=phase)
    fade = np.minimum(1.0, np.arange(len(tone)) / 4800)
    assert expected - 0.4 <= true_peak(tone * fade * fade[::-1]) <= expected + 0.2


def burst(offset: int) -> Samples:
    """Cases 20 to 23: one period at fs/4 of full scale within a sine at fs/6 of half of it, without a jump in phase.

    It is made at 4·fs, moved by `offset` samples of that rate, low-passed and brought down to fs.
    """
    fast, slow = 4 * RATE / 16, 4 * RATE / 24  # sixteen and twenty-four samples a period at 4·fs
    half = sine(0.02, -6.02, slow, 4 * RATE)
    whole = len(half) // 24 * 24  # whole periods: the sine in the middle begins and ends at zero
    middle = sine(16 / (4 * RATE), 0.0, fast, 4 * RATE)
    tone = np.concatenate([half[:whole], middle, half[:whole]])
    fade = np.minimum(1.0, np.arange(len(tone)) / 960)
    return np.asarray(resample_poly(np.pad(tone * fade * fade[::-1], (offset, 0)), 1, 4), dtype=np.float64)


@pytest.mark.parametrize("offset", [0, 1, 2, 3], ids=["case 20", "case 21", "case 22", "case 23"])
def test_a_peak_of_one_period_is_found_wherever_the_samples_fall(offset: int) -> None:
    found = true_peak(np.column_stack([burst(offset)] * 2))
    assert -0.4 <= found <= 0.2


def test_the_envelope_covers_both_sides_of_a_peak_and_all_channels() -> None:
    tone = sine(0.1, -6.0, RATE / 4, phase=45)
    envelope = whole_envelope(np.column_stack([tone, np.zeros_like(tone)]))
    assert envelope.shape == tone.shape
    assert 20 * np.log10(envelope[200:-200].min()) == pytest.approx(-6.0, abs=0.1)


def test_a_long_clip_measures_the_same_in_pieces() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (1 << 19) + 5000)
    whole = true_peak(noise)
    seam = noise[(1 << 19) - 20_000 : (1 << 19) + 5000]
    inner = whole_envelope(noise)[(1 << 19) - 10_000 : (1 << 19) + 4000]
    np.testing.assert_allclose(inner, whole_envelope(seam)[10_000:-1000], rtol=1e-9)
    assert whole == pytest.approx(20 * np.log10(whole_envelope(noise).max()))


@given(st.integers(0, 500), st.integers(0, 40), st.integers(1, 90))
def test_pieces_cover_everything_once(length: int, margin: int, size: int) -> None:
    source, out = np.arange(length), np.full(length, -1)
    for read, inner, place in pieces(length, margin, size):
        out[place] = source[read][inner]
    assert (out == source).all()
