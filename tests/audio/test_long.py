"""Long sound is worked on in pieces: what comes out is the same, and memory holds little more than the sound itself."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyloudnorm.meter import Meter

from comfyvn.audio.clip import Part, finish
from comfyvn.audio.deess import deessed
from comfyvn.audio.encode import RATE, decode, decoded, ogg, wav
from comfyvn.audio.join import LONG, joined
from comfyvn.audio.level import level
from comfyvn.audio.loudness import Envelope, measure, measure_long, true_peak, true_peak_long
from comfyvn.audio.master import master
from comfyvn.audio.mouth import mouth_cues
from comfyvn.audio.samples import PIECE, Samples, Tape, blocks
from comfyvn.audio.trim import LEAD, TAIL, sounding, trim


def voice(seconds: float, seed: int = 1, rate: int = RATE) -> Samples:
    """A hum in syllables over a little noise, the louder the later, with a click now and then."""
    time = np.arange(round(seconds * rate)) / rate
    hum = sum(np.sin(2 * np.pi * 130 * order * time) / order for order in (1, 2, 3)) * np.maximum(0, np.sin(19 * time))
    sound = np.asarray(0.1 * hum + np.random.default_rng(seed).normal(0, 0.002, len(time)), dtype=np.float64)
    sound[:: 7 * rate // 3] *= 6.0
    return sound * np.linspace(0.4, 1.0, len(time))


@pytest.fixture(scope="module")
def long() -> Samples:
    """A piece and a half."""
    return voice(1.5 * PIECE / RATE)


def test_loudness_in_pieces_is_that_of_the_whole_to_the_last_bit(long: Samples) -> None:
    counted = long[: round((0.4 + 0.1 * int((len(long) / RATE - 0.4) / 0.1 + 1e-9)) * RATE)]
    assert measure(long, RATE).lufs == Meter(RATE, filter_class="DeMan").integrated_loudness(counted)
    for rate in (22_050, 44_100):
        with_gaps = np.concatenate([long, np.zeros(3 * RATE), long[: RATE // 3]])
        counted = with_gaps[: round((0.4 + 0.1 * int((len(with_gaps) / rate - 0.4) / 0.1 + 1e-9)) * rate)]
        assert measure(with_gaps, rate).lufs == Meter(rate, filter_class="DeMan").integrated_loudness(counted)


@pytest.mark.parametrize("quiet", [0.0, 1e-9])
def test_long_silence_has_no_loudness(quiet: float) -> None:
    assert measure(np.full(PIECE + 9, quiet), RATE).lufs == float("-inf")


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=40_000), min_size=1, max_size=12))
def test_however_sound_is_cut_it_measures_the_same(sizes: list[int]) -> None:
    sound = voice(1.5)
    cuts = np.split(sound, [cut for cut in np.cumsum(sizes) if cut < len(sound)])
    assert measure_long(iter(cuts), len(sound), RATE).lufs == measure(sound, RATE).lufs
    assert true_peak_long(iter(cuts), len(sound)) == true_peak(sound)
    tape = Tape(iter(cuts))
    for start in range(0, len(sound), 9000):
        np.testing.assert_array_equal(tape.read(slice(start, start + 12_000)), sound[start : start + 12_000])


def test_an_envelope_that_is_not_kept_is_the_same() -> None:
    sound = voice(2.2 * PIECE / RATE)
    forgotten, kept = Envelope(sound, kept=PIECE), Envelope(sound)
    for part in (slice(0, 5000), slice(PIECE - 3000, PIECE + 3000), slice(PIECE - 7, 2 * PIECE + 7)):
        np.testing.assert_array_equal(forgotten.of(part), kept.of(part))
    assert forgotten.highest == kept.highest


def test_levelling_files_and_mouth_go_by_pieces(long: Samples) -> None:
    done = level(long, RATE, -16.0, -1.0)
    assert done.limited_db > 0 and done.loudness == measure(done.samples, RATE)
    assert true_peak(done.samples) <= -0.95
    for made, whole in ((wav(blocks(done.samples)), wav(done.samples)), (ogg(blocks(long)), ogg(long))):
        assert made == whole
        np.testing.assert_array_equal(np.concatenate(list(decoded(made))), decode(made)[0])
        np.testing.assert_array_equal(decode(made, "float32")[0], decode(made)[0])  # it holds both exactly
    assert mouth_cues(done.samples.astype(np.float32), RATE, "", ()) == mouth_cues(done.samples, RATE, "", ())


def test_sound_is_found_and_cut_beyond_the_first_piece(long: Samples) -> None:
    late = np.concatenate([np.zeros(PIECE + 5), long, np.zeros(PIECE + 5)])
    assert sounding(late) == tuple(PIECE + 5 + at for at in sounding(long))
    kept, shift = trim(late, RATE)
    first, last = sounding(late)
    assert len(kept) == last - first + round(LEAD * RATE) + round(TAIL * RATE)
    assert shift == pytest.approx(first / RATE - LEAD)


def test_a_hiss_is_softened_piece_by_piece(long: Samples) -> None:
    """Filtered in two pieces as in three: the filter goes on where a piece ends."""
    soft = deessed(long, 1.0)
    assert len(soft) == len(long)
    np.testing.assert_allclose(soft[:PIECE], deessed(np.concatenate([long[:PIECE], long[-9:] * 0, long]), 1.0)[:PIECE])


def test_finishing_holds_few_copies_of_a_sound() -> None:
    """It was eight, and 20,000 characters would have taken 4 GB: of a minute, what pieces take counts for four."""
    rate, sentence = 22_050, "So it went, on and on, and the tide came in again over the stones while nobody looked."
    spoken = voice(12.0, rate=rate)
    tracemalloc.start()
    made = finish([Part(spoken, rate, sentence, (), 300)] * 4, loudness=-16.0, peak=-1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    once = made.duration_ms / 1000 * RATE * 8
    assert peak < 6 * once, f"{peak / 2**20:.0f} MiB for {once / 2**20:.0f} MiB of sound in double precision"


def test_chunks_of_a_very_long_text_are_joined_in_single_precision() -> None:
    half = Part(voice(12.0, rate=8000), 8000, "One.")
    count = LONG // RATE // 12 + 1
    assert joined([half] * (count - 2)).samples.dtype == np.float64
    many = joined([half] * count).samples
    assert (many.dtype, trim(many, RATE)[0].dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(many[:RATE], joined([half] * 2).samples[:RATE], atol=2.0**-24)


def test_single_precision_is_mastered_like_double(long: Samples) -> None:
    single, double = (master(sound, loudness=-16.0, peak=-1.0) for sound in (long.astype(np.float32), long))
    assert single.loudness.lufs == pytest.approx(double.loudness.lufs, abs=1e-3)
    assert single.peak_dbtp == pytest.approx(double.peak_dbtp, abs=0.02) and single.peak_dbtp <= -1.0
    assert np.abs(single.samples - double.samples).max() <= 2.0**-14
