"""What bytes really are: their type by content, and whether they can be decoded to the end."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

Family = Literal["image", "audio", "video", "text", "unknown"]

_PICTURES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif", "AVIF": "avif", "BMP": "bmp", "TIFF": "tiff"}
_BY_NAME: dict[str, Family] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "tif", "tiff"), "image"),
    **dict.fromkeys(("wav", "flac", "ogg", "opus", "mp3"), "audio"),
    **dict.fromkeys(("mp4", "webm", "mkv", "mov", "m4v"), "video"),
}


_MOST_FRAMES = 64  # pictures of the largest size that one animation may add up to
_MOST_SAMPLES = 2**30  # three hours of stereo at 48 kHz


@dataclass(frozen=True)
class Media:
    """A family and the file extension that suits the content, without a dot."""

    family: Family
    extension: str


class Undecodable(Exception):
    """The bytes are not what they are said to be; the message says how."""


def recognise(data: bytes) -> Media:
    """The type of `data` by its first bytes; family "unknown", extension "bin", when none fits."""
    head = data[:16]
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return Media("image", "avif") if brand in (b"avif", b"avis") else Media("video", _iso_extension(brand))
    if head[:4] == b"RIFF":
        return Media("audio", "wav") if head[8:12] == b"WAVE" else Media("image", "webp")
    for magic, media in _MAGIC:
        if head.startswith(magic):
            return media
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # MPEG audio frame, layer III
        return Media("audio", "mp3")
    return Media("unknown", "bin")


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", Media("image", "png")),
    (b"\xff\xd8\xff", Media("image", "jpg")),
    (b"GIF8", Media("image", "gif")),
    (b"BM", Media("image", "bmp")),
    (b"II*\x00", Media("image", "tiff")),
    (b"MM\x00*", Media("image", "tiff")),
    (b"fLaC", Media("audio", "flac")),
    (b"OggS", Media("audio", "ogg")),
    (b"ID3", Media("audio", "mp3")),
    (b"\x1aE\xdf\xa3", Media("video", "webm")),
)


def _iso_extension(brand: bytes) -> str:
    return "mov" if brand == b"qt  " else "mp4"


def promised(filename: str) -> Family:
    """The family that a file name claims, "unknown" where it claims none."""
    return _BY_NAME.get(filename.rpartition(".")[2].lower(), "unknown")


def is_trifle(data: bytes) -> bool:
    """Whether decoding takes no time worth mentioning, whatever is in it: a small PNG of few pixels."""
    if len(data) > 16 * 2**10 or not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return width * height <= 2**16


def decode(data: bytes, filename: str, most_pixels: int) -> Media:
    """Check `data`, which the server calls `filename`, by decoding it whole. Raises Undecodable.

    Pictures are decoded by Pillow, every frame; audio by libsndfile; videos are taken apart to their last packet.
    """
    media, claimed = recognise(data), promised(filename)
    if media.family == "unknown" and claimed != "unknown":
        raise Undecodable(f"its {len(data)} bytes are no {claimed} (first bytes {data[:8]!r})")
    if claimed not in ("unknown", media.family):
        raise Undecodable(f"it holds {media.family} where its name promises {claimed}")
    if media.family == "image":
        _decode_picture(data, most_pixels)
    elif media.family == "audio":
        _decode_audio(data)
    elif media.family == "video":
        _demux_video(data, media.extension)
    return media


def _decode_picture(data: bytes, most_pixels: int) -> None:
    from PIL import Image, ImageSequence  # not before there is a picture: the first render is sent the sooner

    try:
        with Image.open(io.BytesIO(data), formats=tuple(_PICTURES)) as picture:
            picture.verify()  # of a PNG, every chunk to the last: loading does not miss a cut-off end
        pixels = 0
        with Image.open(io.BytesIO(data), formats=tuple(_PICTURES)) as picture:
            for frame in ImageSequence.Iterator(picture):
                # An animation is decoded frame after frame: what it may take in all is time, not memory.
                pixels += frame.width * frame.height
                if frame.width * frame.height > most_pixels or pixels > _MOST_FRAMES * most_pixels:
                    raise Undecodable(f"{frame.width}x{frame.height} is larger than {most_pixels} pixels")
                frame.load()
    except Undecodable:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything on hostile bytes
        raise Undecodable(f"the picture cannot be decoded: {error}") from error


def _decode_audio(data: bytes) -> None:
    import soundfile  # loaded when the first sound arrives

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            left = _MOST_SAMPLES
            for block in sound.blocks(1 << 16, dtype="int16"):
                left -= block.size
                if left < 0:
                    raise Undecodable(f"the sound is longer than {_MOST_SAMPLES} samples")
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise Undecodable(f"the sound cannot be decoded: {error}") from error


def _demux_video(data: bytes, extension: str) -> None:
    import av  # loads FFmpeg's libraries

    # Named, not guessed: some of FFmpeg's formats are lists of other files and addresses, which it would open.
    kind = "matroska" if extension == "webm" else "mp4"

    try:
        with av.open(io.BytesIO(data), "r", format=kind) as container:
            frames, end = 0, 0.0
            for packet in container.demux():
                if packet.is_corrupt:
                    raise Undecodable("the video breaks off or is damaged")
                frames += packet.size > 0 and packet.stream.type == "video"
                if packet.pts is not None and packet.time_base is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            promised = sum(stream.frames for stream in container.streams.video)
            seconds = (container.duration or 0) / av.time_base
    except (av.FFmpegError, ValueError) as error:
        raise Undecodable(f"the video cannot be read: {error}") from error
    # Matroska says how long, not how many; the last frame's own length is often missing.
    if frames < promised or end < 0.95 * seconds - 0.5:
        more = f"{promised} frames" if promised else f"{seconds:.1f} s"
        raise Undecodable(f"the video breaks off after {frames} frames ({end:.1f} s) of {more}")
