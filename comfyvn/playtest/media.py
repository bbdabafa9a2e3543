"""Pictures, sounds and films that no program can open: the engine says nothing of those that it does not come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from comfyvn.playtest.copy import is_left
from comfyvn.playtest.report import Finding


def broken(project: Path) -> Iterator[Finding]:
    """Every file under `game/` that is no picture, sound or film though its name says so. Heads are read, no pixels."""
    for path in sorted((project / "game").rglob("*")):
        look = LOOKS.get(path.suffix.lower())
        if look is None or not path.is_file() or is_left(path.relative_to(project)):
            continue
        if fault := look(path):
            yield Finding("broken media", fault, path.relative_to(project).as_posix())


def _picture(path: Path) -> str:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            picture.verify()  # of a PNG, every checksum
    except Exception as error:  # Pillow raises whatever its decoders do
        return f"no picture that can be opened ({error})".replace(str(path), path.name)
    return ""


def _sound(path: Path) -> str:
    import soundfile

    try:
        length: int = soundfile.info(str(path)).frames
    except (soundfile.SoundFileError, RuntimeError, OSError) as error:
        # What libsndfile does not know may be known to ffmpeg, as the engine's decoders are.
        return f"no sound that can be opened ({str(error).rpartition(': ')[2]})" if _film(path) else ""
    return "" if length else "a sound of no length"


def _film(path: Path) -> str:
    import av

    try:
        with av.open(str(path)) as film:
            return "" if film.streams.video or film.streams.audio else "neither picture nor sound in it"
    except (av.error.FFmpegError, OSError) as error:
        return f"no film that can be opened ({getattr(error, 'strerror', None) or error})"


LOOKS: dict[str, Callable[[Path], str]] = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp"), _picture),
    **dict.fromkeys((".ogg", ".opus", ".wav", ".flac", ".mp3", ".mp2"), _sound),
    **dict.fromkeys((".webm", ".mkv", ".ogv", ".mp4", ".avi", ".mpg"), _film),
}
