"""Encoding and decoding films with PyAV, byte-stable: no dates, no random serial numbers, one thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from comfyvn.draft.values import Frame, Images, Sound, Video
from comfyvn.draft.world import NodeFailed

if TYPE_CHECKING:
    from av.container import OutputContainer

MOST_FRAMES = 10_000


@dataclass(frozen=True)
class Format:
    """A file ending, the codecs to try in order, and their pixel format."""

    suffix: str
    codecs: tuple[str, ...]
    pixels: str = "yuv420p"


MP4 = Format("mp4", ("libx264", "mpeg4"))
WEBM = Format("webm", ("libvpx-vp9", "libvpx"))
# A draft needs no better codec than the plain one of each container; only the container is what was asked for.
FORMATS: Mapping[str, Format] = {
    "video/h264-mp4": MP4,
    "video/nvenc_h264-mp4": MP4,
    "video/h265-mp4": MP4,
    "video/nvenc_hevc-mp4": MP4,
    "video/nvenc_av1-mp4": MP4,
    "video/av1-webm": WEBM,
    "video/webm": WEBM,
    "video/ffv1-mkv": Format("mkv", ("ffv1",), "bgr0"),
    "video/ProRes": Format("mov", ("prores_ks", "prores"), "yuv422p10le"),
}


def encode(path: Path, frames: Sequence[Frame], fps: float, form: Format, sound: Sound | None = None) -> None:
    """Writes `frames` (all of one size; odd sizes lose a row or column) and `sound` as a film.

    Raises `NodeFailed` where PyAV is not installed or knows none of the codecs.
    """
    av = _pyav()
    codec = next((name for name in form.codecs if name in av.codecs_available), None)
    if codec is None:
        raise NodeFailed(f"no encoder for {form.suffix}: PyAV knows none of {', '.join(form.codecs)}")
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        container.flags |= 0x0400  # AVFMT_FLAG_BITEXACT: no creation time, no encoder version, fixed serial numbers
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1000))
        width, height = (side - side % 2 or 2 for side in frames[0].size)
        stream.width, stream.height, stream.pix_fmt = width, height, form.pixels
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"flags": "+bitexact"}
        voice = _audio_stream(container, sound, form) if sound else None
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(_even(frame, width, height), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
        if voice is not None and sound is not None:
            _encode_sound(container, voice, sound)


def encode_opus(path: Path, sound: Sound) -> None:
    """Ogg Opus at 48 kHz."""
    av = _pyav()
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        container.flags |= 0x0400
        codec = "libopus" if "libopus" in av.codecs_available else "opus"
        stream = _sound_stream(container, sound, codec, 48_000)
        _encode_sound(container, stream, sound)


def decode(path: Path, most: int = MOST_FRAMES) -> Video:
    """The frames (at most `most`) and the sound of a film. Raises `NodeFailed` if it cannot be decoded."""
    av = _pyav()
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise NodeFailed(f"{path.name}: there is no picture in this file")
            stream = container.streams.video[0]
            fps = float(stream.average_rate or 24)
            frames = tuple(_decoded(container.decode(stream), most))
    except av.FFmpegError as error:
        raise NodeFailed(f"{path.name} cannot be decoded: {error.strerror}") from error
    if not frames:
        raise NodeFailed(f"{path.name}: there is no picture in this file")
    return Video(Images(frames), fps)


def _decoded(pictures: Iterator[Any], most: int) -> Iterator[Frame]:
    for index, picture in enumerate(pictures):
        if index >= most:
            return
        yield Frame(picture.to_ndarray(format="rgb24"))


def _pyav() -> Any:
    try:
        import av
    except ImportError as error:
        raise NodeFailed("films need PyAV: pip install av") from error
    return av


def _even(frame: Frame, width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = frame.pixels[:height, :width, :3]
    if pixels.shape[:2] != (height, width):
        pixels = np.pad(pixels, ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)), "edge")
    return np.ascontiguousarray(pixels)


def _audio_stream(container: OutputContainer, sound: Sound, form: Format) -> Any:
    opus = form.suffix == "webm"
    return _sound_stream(container, sound, "libopus" if opus else "aac", 48_000 if opus else sound.rate)


def _sound_stream(container: OutputContainer, sound: Sound, codec: str, rate: int) -> Any:
    # All streams must be described before the first packet is written.
    stream: Any = container.add_stream(codec, rate=rate)
    stream.codec_context.layout = "mono" if sound.samples.shape[1] == 1 else "stereo"
    return stream


def _encode_sound(container: Any, stream: Any, sound: Sound) -> None:
    import av

    layout = stream.codec_context.layout.name
    samples = np.ascontiguousarray(sound.samples[:, : 1 if layout == "mono" else 2].T, np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
    frame.sample_rate = sound.rate
    context = stream.codec_context
    resampler = av.AudioResampler(
        format=context.format, layout=layout, rate=context.sample_rate, frame_size=context.frame_size or None
    )
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(stream.encode(part))
    container.mux(stream.encode())
