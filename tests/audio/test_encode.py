"""Encoding: stable bytes that decode to what went in."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.audio.encode import RATE, SERIAL, decode, ogg, quantized, resample, wav, with_serial
from comfyvn.audio.samples import Samples


def tone(seconds: float = 0.5, rate: int = RATE) -> Samples:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)


def slow_checksum(page: bytes) -> int:
    """RFC 3533's CRC, bit by bit."""
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1) ^ 0x104C11DB7 if register & 0x80000000 else register << 1
    return register


def page_starts(data: bytes) -> list[int]:
    starts, at = [], 0
    while at < len(data):
        assert data[at : at + 4] == b"OggS"
        starts.append(at)
        count = data[at + 26]
        at += 27 + count + sum(data[at + 27 : at + 27 + count])
    return starts


def test_wav_is_plain_pcm_that_python_reads() -> None:
    data = wav(tone())
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == RATE // 2
    assert len(data) == 44 + RATE
    np.testing.assert_array_equal(decode(data)[0], quantized(tone()))


def test_24_bits_keep_more() -> None:
    faint = tone() / 4000
    data = wav(faint, bits=24)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 3, RATE)
    kept = decode(data)[0]
    np.testing.assert_array_equal(kept, quantized(faint, 24))
    assert np.abs(kept - faint).max() < np.abs(quantized(faint) - faint).max() / 200
    np.testing.assert_allclose(decode(wav(np.array([2.0, -2.0]), bits=24))[0], [1 - 2.0**-23, -1.0], atol=0)


def test_loud_samples_are_clipped_and_do_not_wrap() -> None:
    samples, _ = decode(wav(np.array([2.0, -2.0, 0.99999])))
    np.testing.assert_allclose(samples, [32767 / 32768, -1.0, 32767 / 32768])


def test_ogg_is_the_same_every_time_and_its_pages_are_valid() -> None:
    data = ogg(tone())
    assert data == ogg(tone())
    starts = page_starts(data)
    assert len(starts) >= 3
    for start, stop in zip(starts, [*starts[1:], len(data)], strict=True):
        page = bytearray(data[start:stop])
        assert int.from_bytes(page[14:18], "little") == SERIAL
        stated = int.from_bytes(page[22:26], "little")
        page[22:26] = bytes(4)
        assert stated == slow_checksum(bytes(page))


def test_ogg_keeps_length_and_sound() -> None:
    samples, rate = decode(ogg(tone()))
    assert rate == RATE
    assert len(samples) == len(tone())
    assert np.corrcoef(samples, tone())[0, 1] > 0.999


def test_more_than_a_minute_of_vorbis_in_stereo() -> None:
    mono = tone(70.0)
    samples, _ = decode(ogg(np.column_stack([mono, -mono])))
    assert samples.shape == (70 * RATE, 2)


def test_resampling_keeps_pitch_and_length() -> None:
    made = resample(tone(1.0, 22_050), 22_050)
    assert len(made) == RATE
    np.testing.assert_allclose(made[2000:-2000], tone(1.0)[2000:-2000], atol=1e-3)
    assert resample(made, RATE) is made


@pytest.mark.parametrize("data", [b"", b"RIFF", b"not a sound", b"OggS" + bytes(40)])
def test_what_is_no_sound_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a sound file"):
        decode(data)


@given(st.binary(max_size=80), st.integers(0, 60))
def test_broken_ogg_is_refused(noise: bytes, cut: int) -> None:
    page = b"OggS" + bytes(22) + b"\x02\x05\x06" + bytes(11)
    assert len(with_serial(page, 7)) == len(page)
    if 0 < cut < len(page):
        with pytest.raises(ValueError, match="Ogg page"):
            with_serial(page[:cut], 7)
    if noise and not noise.startswith(b"OggS"):
        with pytest.raises(ValueError, match="no Ogg page"):
            with_serial(noise, 7)
