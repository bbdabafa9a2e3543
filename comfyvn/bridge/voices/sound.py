"""The sound in a server's answer: WAV, MP3, FLAC or OGG at any rate, checked before anybody works with it."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile

from comfyvn.audio.samples import Samples

LONGEST_S = 1800  # seconds: a small file may unfold to hours of silence
RATES = (4_000, 384_000)  # Hz
CHANNELS = 8
UNKNOWN = 0x7FFF0000  # sizes from here on, and 0, stand in the header of a WAV that was sent while it was made


class Unsound(ValueError):
    """An answer that is no usable sound; `is_cut`: it ended too early, and may come whole the next time."""

    def __init__(self, why: str, is_cut: bool = False) -> None:
        super().__init__(why)
        self.is_cut = is_cut


def decoded(data: bytes) -> tuple[Samples, int]:
    """Samples, (n,) or (n, channels), between −1 and 1, and their rate. Raises Unsound."""
    if not data:
        raise Unsound("the answer is empty", is_cut=True)
    if data[:4] in (b"RIFF", b"RIFX") and data[8:12] == b"WAVE":
        data = whole_wav(data)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, channels = file.samplerate, file.channels
            if not RATES[0] <= rate <= RATES[1] or channels > CHANNELS:
                raise Unsound(f"the sound has {channels} channels of {rate} Hz")
            samples = file.read(rate * LONGEST_S + 1, dtype="float64")
    except soundfile.LibsndfileError as error:
        raise Unsound(f"no sound that can be read: {str(error).rpartition(': ')[2]}") from error
    if len(samples) > rate * LONGEST_S:
        raise Unsound(f"the sound is longer than {LONGEST_S // 60} minutes")
    if not len(samples):
        raise Unsound("there is no sample in it", is_cut=True)
    if not np.isfinite(samples).all():
        raise Unsound("some of its samples are no numbers")
    return np.asarray(samples, dtype=np.float64), int(rate)


def whole_wav(data: bytes) -> bytes:
    """A WAV with the sizes in its header set right, where it was sent before anybody knew them.

    Raises Unsound for one whose header promises more than has come.
    """
    order = "<" if data[:4] == b"RIFF" else ">"
    at = 12
    while at + 8 <= len(data):
        name, (size,) = data[at : at + 4], struct.unpack(f"{order}I", data[at + 4 : at + 8])
        there = len(data) - at - 8
        if name == b"data":
            if 0 < size < UNKNOWN and size > there:
                raise Unsound(f"it ends too early: {there} bytes of sound where {size} are promised", is_cut=True)
            if 0 < size < UNKNOWN:
                return data
            head = data[:4] + struct.pack(f"{order}I", at + there) + data[8:at]
            return head + b"data" + struct.pack(f"{order}I", there) + data[at + 8 :]
        at += 8 + size + size % 2
    raise Unsound("its WAV has no sound in it", is_cut=True)
