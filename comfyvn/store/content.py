"""What a file *is*, apart from how it is written: digests of decoded pixels, samples and text.

Two PNGs with the same pixels have the same content, whatever their metadata or compression; so a re-encoded input
makes nothing stale, and a re-rendered artifact that came out the same stops the rebuild there (early cutoff).
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path

from comfyvn.errors import StoreError
from comfyvn.store.refused import patiently, refused

# Lossless formats only: decoders of lossy ones differ by version, so those are what their bytes are.
IMAGES = {".png", ".bmp", ".gif"}
AUDIO = {".wav", ".flac"}
TEXT = {".txt", ".srt", ".rpy", ".md", ".csv"}


def content_digest(path: Path, suffix: str = "") -> str:
    """`px1:` pixels, `au1:` samples, `text:` text, else `sha256:` bytes, each with a SHA-256 in hex.

    `suffix` (`.png`) says what sort of file it is where its name does not.

    Raises StoreError when the file cannot be read, or is not what its name says.
    """
    suffix = (suffix or path.suffix).lower()
    try:
        return patiently(partial(_DIGESTS.get(suffix, _bytes), path))
    except FileNotFoundError as error:
        raise StoreError("a file is missing", str(path), "restore it, or build again") from error
    except OSError as error:
        if error.errno is None:  # Pillow's own: the file is there, and no picture
            raise _unreadable(error, path) from error
        raise refused(error, path, "read") from error
    except Exception as error:  # Pillow and libsndfile raise nearly anything on hostile bytes
        raise _unreadable(error, path) from error


def _unreadable(error: Exception, path: Path) -> StoreError:
    return StoreError(f"not a readable {path.suffix[1:].lower()} file ({error})", str(path), "replace the file")


def _bytes(path: Path) -> str:
    return "sha256:" + byte_digest(path)


def _text(path: Path) -> str:
    """Line ends do not count; what is no UTF-8 is what its bytes are."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return _bytes(path)
    return "text:" + hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def _captions(path: Path) -> str:
    """A WebVTT file is UTF-8 and begins with its name (W3C WebVTT, 4.1): else it is damaged, and nobody's retouch."""
    if not path.read_bytes().decode("utf-8-sig").startswith("WEBVTT"):
        raise ValueError("it does not begin with WEBVTT")
    return _text(path)


def _cues(path: Path) -> str:
    """Mouth cues are JSON."""
    json.loads(path.read_bytes())
    return _bytes(path)


def byte_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pixels(path: Path) -> str:
    from PIL import Image, ImageOps  # heavy: imported when the first picture is digested

    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        digest = hashlib.sha256()
        for number in range(frames):
            image.seek(number)
            # Turned as ComfyUI turns it; what has more than 8 bits a channel is not cut down to them.
            turned = ImageOps.exif_transpose(image)
            whole = turned if turned.mode[0] in "IF" else turned.convert("RGBA")
            digest.update(f"{whole.width}x{whole.height};".encode())
            digest.update(whole.tobytes())
    return "px1:" + digest.hexdigest()


def _samples(path: Path) -> str:
    import soundfile  # heavy: imported when the first sound is digested

    digest = hashlib.sha256()
    with soundfile.SoundFile(path) as sound:
        digest.update(f"{sound.samplerate}/{sound.channels};".encode())
        for block in sound.blocks(65536, dtype="float32", always_2d=True):
            digest.update(block.tobytes())
    return "au1:" + digest.hexdigest()


_DIGESTS = {
    **dict.fromkeys(IMAGES, _pixels),
    **dict.fromkeys(AUDIO, _samples),
    **dict.fromkeys(TEXT, _text),
    ".vtt": _captions,
    ".mouth": _cues,
}
