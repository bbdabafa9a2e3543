"""Levelling: the wanted loudness under the wanted ceiling, by gain alone where that is enough."""

from __future__ import annotations

import numpy as np
import pytest

from comfyvn.audio.level import level
from comfyvn.audio.loudness import measure, true_peak
from comfyvn.audio.samples import Samples
from comfyvn.audio.trim import LEAD, TAIL, sounding, trim

RATE = 48_000


def bursts(seconds: float = 2.0, seed: int = 1) -> Samples:
    """Something with the crest of speech: noise in syllables, with sharp onsets."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    syllables = np.maximum(0.0, np.sin(2 * np.pi * 3 * time)) ** 6
    pulses = np.where(random.random(len(time)) < 0.001, 8.0, 1.0)
    return np.asarray(random.normal(0, 0.02, len(time)) * syllables * pulses, dtype=np.float64)


def test_quiet_sound_gets_a_linear_gain() -> None:
    time = np.arange(RATE) / RATE
    tone = 0.01 * np.sin(2 * np.pi * 440 * time)
    done = level(tone, RATE, -16.0, -1.0)
    assert done.loudness.lufs == pytest.approx(-16.0, abs=0.02)
    assert done.limited_db == 0.0
    np.testing.assert_allclose(done.samples, tone * (done.samples[10] / tone[10]), rtol=1e-9)


@pytest.mark.parametrize("channels", [1, 2])
def test_peaks_are_held_down_and_loudness_is_kept(channels: int) -> None:
    mono = bursts()
    sound = mono if channels == 1 else np.column_stack([mono, 0.7 * mono])
    done = level(sound, RATE, -16.0, -1.0)
    assert done.samples.shape == sound.shape
    assert measure(done.samples, RATE).lufs == pytest.approx(-16.0, abs=0.05)
    assert true_peak(done.samples) <= -0.95
    assert done.limited_db > 3.0


def test_a_click_that_cannot_be_that_loud_stays_under_the_ceiling() -> None:
    click = np.zeros(RATE)
    click[RATE // 2] = 1.0
    done = level(click, RATE, -16.0, -1.0)
    assert true_peak(done.samples) <= -0.95
    assert done.loudness.lufs < -16.0


def test_silence_and_nonsense() -> None:
    silence = np.zeros(RATE)
    assert level(silence, RATE, -16.0, -1.0).samples is silence
    with pytest.raises(ValueError, match="no numbers"):
        level(np.array([0.0, np.nan]), RATE, -16.0, -1.0)


def test_trimming_leaves_fixed_quiet_on_both_sides() -> None:
    sound = np.concatenate([np.zeros(RATE), bursts(1.0), np.zeros(RATE)])
    kept, shift = trim(sound, RATE)
    first, last = sounding(kept)
    assert first == pytest.approx(LEAD * RATE, abs=1)
    assert len(kept) - last == pytest.approx(TAIL * RATE, abs=1)
    assert shift == pytest.approx(sounding(sound)[0] / RATE - LEAD, abs=1e-9)


def test_missing_quiet_is_added_and_the_shift_is_negative() -> None:
    kept, shift = trim(np.full((100, 2), 0.5), 1000)
    assert kept.shape == (30 + 100 + 120, 2)
    assert shift == pytest.approx(-0.030)


def test_a_cut_ends_softly() -> None:
    hum = np.full(RATE, 1e-4)
    hum[RATE // 2 : RATE // 2 + 100] = 0.5
    kept, _ = trim(hum, RATE)
    assert kept[0] == kept[-1] == 0.0
    assert kept[500] == pytest.approx(1e-4)


def test_silence_is_trimmed_away() -> None:
    assert len(trim(np.zeros(1000), RATE)[0]) == 0
    assert len(trim(np.zeros(0), RATE)[0]) == 0
