"""Looks at the files that contracts name: that they are there, are what they claim, and that fonts have the letters."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from comfyvn.contracts.check_translations import texts_in
from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.project import Project
from comfyvn.contracts.slots import FileKind, Slot, file_slots
from comfyvn.contracts.text import pieces
from comfyvn.errors import Problem
from comfyvn.reading import default_font, files
from comfyvn.reading.source import Source

IMAGES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".avif": "AVIF"}
SUFFIXES: Mapping[FileKind, tuple[str, ...]] = {
    "image": tuple(IMAGES),
    "audio": (".ogg", ".opus", ".wav", ".flac", ".mp3"),
    "font": (".ttf", ".otf"),
    "video": (".webm", ".mp4", ".mkv"),
}
PIXELS = 16384  # along one side
FONT_LIMIT = 64 * 2**20  # bytes
UNSEEN = {0x9, 0xA, 0x20, 0xA0, 0xAD, *range(0x200B, 0x2010), 0x2028, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)}
LISTED = 20


def check_media(root: Path, project: Project, sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Findings about every file slot and about letters that the novel's font lacks; `sources`: contract key → file."""
    verdicts: dict[tuple[str, FileKind], Problem | None] = {}
    for slot in file_slots(project):
        if slot.key not in sources:
            continue
        about = (slot.file, slot.kind)
        if about not in verdicts:
            verdicts[about] = _look(root, slot)
        verdict = verdicts[about]
        if verdict is not None:
            yield sources[slot.key].locate(replace(verdict, path=slot.path, value=f'"{slot.file}"'))
    yield from _letters(root, project, sources)


def _look(root: Path, slot: Slot) -> Problem | None:
    """What is wrong with a file that a slot names."""
    suffix = PurePosixPath(slot.file).suffix.lower()
    if suffix not in SUFFIXES[slot.kind]:
        kinds = ", ".join(SUFFIXES[slot.kind])
        return Problem("", f"a file of this kind cannot stand here ({slot.kind})", allowed=kinds)
    path = root / slot.file
    if not files.inside(root, path):
        return Problem("", "the file is a link that leads out of the novel's folder", allowed="a file of the novel")
    if not path.is_file():
        return _missing(root, slot)
    return LOOKS[slot.kind](path)


def _missing(root: Path, slot: Slot) -> Problem:
    folder = PurePosixPath(slot.file).parent
    fitting = [name for name in files.names(root / folder) if name.lower().endswith(SUFFIXES[slot.kind])]
    there = [str(folder / name) for name in fitting]
    near = nearest(PurePosixPath(slot.file).name, fitting)
    allowed = ", ".join(there[:LISTED])
    return Problem("", "the file is not there", allowed=allowed, suggestion=near and str(folder / near))


def _image(path: Path) -> Problem | None:
    from PIL import Image, UnidentifiedImageError  # heavy: for novels that have pictures of their own

    wanted = IMAGES[path.suffix.lower()]
    try:
        with Image.open(
            path, formats=sorted(set(IMAGES.values()) & set(Image.registered_extensions().values()))
        ) as image:
            form, size = image.format, image.size
    except Image.DecompressionBombError:
        return Problem("", "the picture is too large", allowed=f"at most {PIXELS} pixels along a side")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return Problem("", f"the file is no {wanted} picture, whatever its name says")
    if form != wanted:
        return Problem("", f"the file's name says {wanted}, but it is a {form} picture", allowed="the name that fits")
    if max(size) > PIXELS:
        return Problem("", f"the picture is too large: {size[0]} × {size[1]}", allowed=f"at most {PIXELS} along a side")
    return None


def _audio(path: Path) -> Problem | None:
    import soundfile  # loads a large native library, and many novels have no audio slots

    try:
        frames = soundfile.info(str(path)).frames
    except (soundfile.SoundFileError, OSError, RuntimeError):
        return Problem("", "the file holds no sound that can be decoded", allowed=", ".join(SUFFIXES["audio"]))
    return None if frames > 0 else Problem("", "the recording is empty")


def _font(path: Path) -> Problem | None:
    return None if font_letters(path) is not None else Problem("", "the file is no font that can be read")


def _video(path: Path) -> Problem | None:
    return None if path.stat().st_size else Problem("", "the file is empty")


LOOKS = {"image": _image, "audio": _audio, "font": _font, "video": _video}


def font_letters(path: Path) -> frozenset[int] | None:
    """The code points that a TrueType or OpenType font has glyphs for; None when it is no such font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        if path.stat().st_size > FONT_LIMIT:
            return None
        with TTFont(io.BytesIO(path.read_bytes()), lazy=True, fontNumber=0) as font:
            table = font.getBestCmap()
    except (TTLibError, OSError, ValueError, KeyError, AssertionError, IndexError, TypeError, AttributeError):
        return None
    except Exception as error:  # fontTools meets broken tables with struct.error and others; a font is hostile input
        if type(error).__module__ in ("struct", "_struct"):
            return None
        raise
    return frozenset(table) if table else None


def _letters(root: Path, project: Project, sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Warnings about characters of a text that the font cannot show, each line by itself; in every language."""
    novel = project.novel
    if "novel" not in sources:
        return
    for language in novel.languages:
        file = novel.fonts.get(language, novel.fonts.get(novel.languages[0], novel.font))
        letters = _letters_of(root, file)
        if letters is None:
            continue
        name = "font" if language == novel.languages[0] else f"fonts: {{{language}: …}}"
        cure = f'"{name}" in comfyvn.yaml: a font file that has them' if file is None else "a font that has them"
        for key, path, text in texts_in(project, language):
            lacking = _lacking(text, letters, tuple(novel.variables))
            if lacking and key in sources:
                message = f"the font ({file or default_font.NAME}) cannot show: {_listed(lacking)}"
                yield sources[key].locate(Problem("", message, path=path, allowed=cure, severity="warning"))


def _letters_of(root: Path, file: str | None) -> frozenset[int] | None:
    """What a font has, Ren'Py's own for None; None where that cannot be known."""
    if file is None:
        return default_font.letters()
    usable = files.inside(root, root / file) and (root / file).is_file()
    return font_letters(root / file) if usable else None


def _lacking(text: str, letters: frozenset[int], variables: tuple[str, ...]) -> list[str]:
    if letters.issuperset(map(ord, text)):
        return []
    shown = "".join(piece.text for piece in pieces(text, variables) if piece.kind == "text")
    return [letter for letter in dict.fromkeys(shown) if ord(letter) not in letters and ord(letter) not in UNSEEN]


def _listed(letters: list[str]) -> str:
    more = f" and {len(letters) - LISTED} more" if len(letters) > LISTED else ""
    return " ".join(letters[:LISTED]) + more
