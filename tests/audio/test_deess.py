"""De-essing: less hiss in an "s", vowels as they were."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import stft

from comfyvn.audio.deess import deessed
from comfyvn.audio.encode import RATE, resample
from comfyvn.audio.samples import Samples
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import Speech


@pytest.fixture(scope="module")
def speech() -> Samples:
    said = Espeak().speak(Speech("She sells six silver sea shells, so the ship sails south."))
    return resample(said.samples, said.rate)


def bands(samples: Samples) -> tuple[Samples, Samples]:
    """Power from 4.5 to 11 kHz, and from 0.1 to 3 kHz, over time."""
    hertz, _, spectrum = stft(samples, RATE, nperseg=1024)
    power = np.abs(spectrum) ** 2
    return power[(hertz > 4500) & (hertz < 11_000)].sum(axis=0), power[(hertz > 100) & (hertz < 3000)].sum(axis=0)


@pytest.mark.parametrize(("strength", "least", "most", "vowel"), [(0.35, 3.0, 6.0, 0.6), (1.0, 9.0, 18.0, 3.0)])
def test_an_s_hisses_less_and_a_vowel_stays(
    speech: Samples, strength: float, least: float, most: float, vowel: float
) -> None:
    made = deessed(speech, strength)
    assert made.shape == speech.shape
    (hiss, voice), (less, same) = bands(speech), bands(made)
    letters = (hiss > voice * 3) & (hiss > hiss.max() * 0.01)
    vowels = (voice > voice.max() * 0.05) & (hiss < voice * 0.1)
    assert least < 10 * np.log10(hiss[letters].sum() / less[letters].sum()) < most
    assert abs(10 * np.log10(voice[vowels].sum() / same[vowels].sum())) < vowel
    np.testing.assert_array_equal(made, deessed(speech, strength))


def test_it_does_the_same_at_every_level(speech: Samples) -> None:
    np.testing.assert_allclose(deessed(speech / 50, 0.5), deessed(speech, 0.5) / 50, atol=1e-9)


def test_nothing_asked_and_nothing_there_change_nothing(speech: Samples) -> None:
    assert deessed(speech, 0.0) is speech
    silence = np.zeros(RATE)
    assert deessed(silence, 1.0) is silence
