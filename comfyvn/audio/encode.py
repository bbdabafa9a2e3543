"""Turns samples into WAV and OGG bytes that are the same on every run, and back."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from comfyvn.audio.samples import PIECE, Samples, doubles

RATE = 48_000
"""Hz of every clip: what engines mix at, so that nothing is resampled while a game runs."""

BLOCK = 65_536  # libsndfile 1.2.2 crashes when more than about a minute of Vorbis comes in one call

QUALITY = 0.4
"""libsndfile's compression level for Vorbis, about 90 kbit/s of mono speech.

Vorbis, not Opus: every Ren'Py ever released plays it (its 8.0.3 plays WAV as endless silence), libsndfile writes it
three times as fast, and at this level it moves loudness by less than 0.05 LU. Opus raised noisy voices by 0.9 dBTP.
"""

SERIAL = 1


def resample(samples: Samples, rate: int, wanted: int = RATE) -> Samples:
    """`samples` at `rate` Hz as samples at `wanted` Hz; delay-free, with anti-aliasing."""
    if rate == wanted:
        return samples
    return np.asarray(soxr.resample(samples, rate, wanted, quality="HQ"), dtype=np.float64)


def quantized(samples: Samples, bits: int = 16) -> Samples:
    """What a file of `bits` a sample keeps of `samples`, clipped at full scale."""
    full = 2.0 ** (bits - 1)
    kept: Samples = np.clip(np.rint(samples * full), -full, full - 1) / full
    return kept


Sound = Samples | Iterable[Samples]
"""All of a sound, or its pieces one after the other (mono)."""


def wav(sound: Sound, rate: int = RATE, bits: int = 16) -> bytes:
    """A RIFF/WAVE file of PCM with 16 or 24 bits; it holds nothing but format and samples."""
    if bits == 16:
        return _file(sound, rate, "WAV", "PCM_16", lambda part: (quantized(part) * 2.0**15).astype(np.int16))
    # libsndfile writes the upper 24 of 32 bits
    return _file(sound, rate, "WAV", "PCM_24", lambda part: (quantized(part, 24) * 2.0**31).astype(np.int32))


def ogg(sound: Sound, rate: int = RATE) -> bytes:
    """An Ogg Vorbis file whose stream has a fixed serial number."""
    return with_serial(_file(sound, rate, "OGG", "VORBIS", doubles), SERIAL)


def _file(sound: Sound, rate: int, kind: str, subtype: str, written: Callable[[Samples], npt.NDArray[Any]]) -> bytes:
    """The file; `written` gives samples as they are handed to libsndfile."""
    buffer = io.BytesIO()
    channels = sound.shape[1] if isinstance(sound, np.ndarray) and sound.ndim > 1 else 1
    quality = QUALITY if kind == "OGG" else None
    with soundfile.SoundFile(
        buffer, "w", rate, channels, format=kind, subtype=subtype, compression_level=quality
    ) as out:
        for piece in [sound] if isinstance(sound, np.ndarray) else sound:
            for start in range(0, len(piece), BLOCK):
                out.write(written(piece[start : start + BLOCK]))
    return buffer.getvalue()


def decode(data: bytes, dtype: Literal["float64", "float32"] = "float64") -> tuple[Samples, int]:
    """Samples and rate of a WAV, OGG or FLAC file. Raises ValueError when it is none of them or broken."""
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype=dtype)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"not a sound file that can be read: {error}") from error
    return np.asarray(samples), int(rate)


def decoded(data: bytes) -> Iterator[Samples]:
    """The samples of a file that is sound, piece after piece."""
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        yield from file.blocks(PIECE, dtype="float64")


def with_serial(data: bytes, serial: int) -> bytes:
    """The Ogg file `data` with `serial` in every page and the checksums set right (RFC 3533, section 6).

    libsndfile draws the serial at random, and nothing but a chain of several streams needs it to differ.
    Raises ValueError when `data` is no run of whole Ogg pages.
    """
    out, at = bytearray(data), 0
    while at < len(data):
        end = _page_end(data, at)
        out[at + 14 : at + 18] = serial.to_bytes(4, "little")
        out[at + 22 : at + 26] = bytes(4)
        out[at + 22 : at + 26] = _checksum(bytes(out[at:end])).to_bytes(4, "little")
        at = end
    return bytes(out)


def _page_end(data: bytes, at: int) -> int:
    """Where the page that starts at `at` ends: a header of 27 bytes, its table of sizes, and the segments."""
    table = at + 27
    if data[at : at + 4] != b"OggS" or table > len(data):
        raise ValueError(f"no Ogg page at byte {at}")
    body = table + data[at + 26]
    end = body + sum(data[table:body])
    if end > len(data):
        raise ValueError(f"the Ogg page at byte {at} is cut off")
    return end


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32: polynomial 0x04c11db7, highest bit first, no inversion.

    zlib runs the same polynomial lowest bit first and inverts at both ends: mirrored bytes in and a mirrored word
    out make it Ogg's, at the speed of C.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
