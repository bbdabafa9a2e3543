"""What somebody retouched, made fit to be the artifact: the same canvas, the same files, the same loudness."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from comfyvn.engine.alternatives import bytes_of
from comfyvn.engine.build import Engine
from comfyvn.engine.judge import file_of, part_name
from comfyvn.errors import MakeError, StoreError, UsageError
from comfyvn.recipe import Copy, Speak
from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

SOUNDS = (".wav", ".ogg")  # of a clip's files, those that are heard: the first that was edited is taken
SUBTITLES = ".srt"


@dataclass(frozen=True)
class Retouch:
    """`files`: suffix → bytes of the artifact; `aside`: (extension, bytes) of what they replace and nobody else has.

    `notes`: what its record says anew, such as the measured loudness.
    """

    files: Mapping[str, bytes]
    aside: Sequence[tuple[str, bytes]] = ()
    notes: Mapping[str, object] = field(default_factory=dict)


def retouched(engine: Engine, target: Target, record: Record, file: Path | None, is_kept: bool) -> Retouch:
    """The files of the artifact with the retouch in it; `file` None: what was changed by hand in build/.

    `is_kept`: unchanged files are taken too, to say that they answer the recipe as it is now. Raises UsageError,
    MakeError (no picture, another size, no sound) or StoreError.
    """
    edited = _edited(engine, target, record)
    inner = _part_of(engine, target, file) if file is not None else ""
    if file is not None and inner in record.files:
        edited, file = {inner: edited.get(inner, _bytes(file))}, None
    if file is None and not edited and not is_kept:
        todo = f"change it with any program and run this again, or name a file: `comfyvn adopt {target.name} FILE`"
        raise UsageError(f"{target.name} was not changed by hand since it was made", target.artifact, todo)
    if isinstance(target.recipe, Speak):
        return _clip(engine, target, target.recipe, record, edited, file)
    return _picture(engine, target, record, edited, file)


def _edited(engine: Engine, target: Target, record: Record) -> dict[str, bytes]:
    """Name → bytes, of the files in build/ that are not what was made."""
    found = {}
    for name, facts in record.files.items():
        path = engine.root / file_of(target, name)
        try:
            if byte_digest(path) != facts.sha256 and content_digest(path) != facts.content:
                found[name] = path.read_bytes()
        except (OSError, StoreError):
            continue  # gone or unreadable: that is no retouch
    return found


def _part_of(engine: Engine, target: Target, file: Path) -> str:
    """The name of the artifact's own file that `file` is; "" when it is another."""
    folder = (engine.root / target.artifact).resolve().parent
    return file.resolve().name if file.resolve().parent == folder else ""


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise UsageError(what, str(file), "name a file that is there") from error


# --- pictures


def _picture(
    engine: Engine, target: Target, record: Record, edited: Mapping[str, bytes], file: Path | None
) -> Retouch:
    name = part_name(target, ".png")
    lost = [(".png", edited[name])] if file is not None and name in edited else []
    where = str(file) if file is not None else target.artifact
    data = _bytes(file) if file is not None else edited.get(name) or _bytes(engine.root / target.artifact)
    png, size = as_png(data, where)
    canvas = _canvas(engine, target, record, is_edited=name in edited)
    if canvas is not None and size != canvas:
        raise MakeError(
            f"the picture has {size[0]}x{size[1]} pixels, and {target.name} has {canvas[0]}x{canvas[1]}",
            where,
            "export it from your program on the whole canvas, neither cropped nor scaled",
        )
    return Retouch({".png": png}, lost)


def as_png(data: bytes, where: str) -> tuple[bytes, tuple[int, int]]:
    """A picture's bytes as PNG (those of a PNG as they are), with its size in pixels. Raises MakeError."""
    from PIL import Image, ImageOps

    from comfyvn.makers.copy import png

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            if image.format == "PNG":
                return data, image.size
            turned = ImageOps.exif_transpose(image)
            return png(turned), turned.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise MakeError(f"not a picture ({error})", where, "export it as PNG from your program") from error


def _canvas(engine: Engine, target: Target, record: Record, is_edited: bool) -> tuple[int, int] | None:
    """The size that the artifact has by rights; None where nobody knows it any more."""
    if not is_edited:
        return as_png(_bytes(engine.root / target.artifact), target.artifact)[1]
    whole = engine.whole(target, record).get(".png")
    if whole is not None:
        return as_png(whole, target.artifact)[1]
    return target.recipe.size if isinstance(target.recipe, Copy) else None


# --- clips


def _clip(
    engine: Engine, target: Target, recipe: Speak, record: Record, edited: Mapping[str, bytes], file: Path | None
) -> Retouch:
    """A sound is trimmed and levelled as a recording is; subtitles that somebody wrote are kept as they are."""
    from comfyvn.makers.speak import recording

    lost = [("." + name.rpartition(".")[2], data) for name, data in edited.items()]
    now = {name.removeprefix(part_name(target, "")): engine.root / file_of(target, name) for name in record.files}
    is_text = file is not None and file.suffix.lower() == SUBTITLES
    changed = [now[suffix] for suffix in SOUNDS if part_name(target, suffix) in edited]
    sound = file if file is not None and not is_text else next(iter(changed), None)
    given = _bytes(file) if file is not None else None  # one that is not there is told of as such
    written = given if is_text else edited.get(part_name(target, SUBTITLES)) if file is None else None
    made = recording(recipe, sound) if sound is not None else None
    files = bytes_of(made) if made else {suffix: _bytes(path) for suffix, path in now.items()}
    text = {SUBTITLES: written} if written is not None else {}
    return Retouch({**files, **text}, lost if made or text else (), made.notes if made else {})
