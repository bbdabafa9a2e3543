"""Files in slots are what their names say, and the font has the letters of the text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from comfyvn.errors import Problem
from comfyvn.reading import default_font, read
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

PIER = "data/locations/pier.json"
ARRIVAL = "data/scenes/arrival.json"


def picture(form: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, form)
    return stream.getvalue()


def sound(frames: int = 800, form: str = "WAV") -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, np.zeros(frames), 8000, format=form)
    return stream.getvalue()


def font(letters: str) -> bytes:
    """A font that has just these letters."""
    pen = TTGlyphPen(None)
    names = {ord(letter): f"u{ord(letter):04X}" for letter in letters}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys([".notdef", *names.values()], pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()


def told(root: Path, name: str, data: bytes | None, kind: str = "image") -> list[Problem]:
    """Errors about an asset that is this file."""
    asset = {"version": 1, "id": "thing", "kind": kind, "file": name, "licence": "CC0-1.0"}
    write_small_novel(root, {"data/assets/thing.json": asset})
    if data is not None:
        write(root / name, data)
    return list(read(root).problems)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("art/a.png", picture(), "image"),
        ("art/a.jpg", picture("JPEG"), "image"),
        ("art/A.WEBP", picture("WEBP"), "image"),
        ("a.wav", sound(), "music"),
        ("a.ogg", sound(form="OGG"), "sound"),
        ("a.flac", sound(form="FLAC"), "voice"),
        ("a.ttf", font("a"), "font"),
        ("a.webm", b"\x1a\x45\xdf\xa3", "video"),
    ],
)
def test_good_files(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    assert told(tmp_path, name, data, kind) == []


@pytest.mark.parametrize(
    ("name", "data", "kind", "message"),
    [
        ("a.png", None, "image", "the file is not there"),
        ("a.png", b"not a picture", "image", "the file is no PNG picture, whatever its name says"),
        ("a.png", b"", "image", "the file is no PNG picture, whatever its name says"),
        ("a.png", picture()[:20], "image", "the file is no PNG picture, whatever its name says"),
        ("a.png", picture("JPEG"), "image", "the file's name says PNG, but it is a JPEG picture"),
        ("a.png", picture("GIF"), "image", "the file is no PNG picture, whatever its name says"),
        ("a.png", picture(size=(20000, 1)), "image", "the picture is too large: 20000 × 1"),
        ("a.gif", picture("GIF"), "image", "a file of this kind cannot stand here (image)"),
        ("a.png", picture(), "music", "a file of this kind cannot stand here (audio)"),
        ("a.ogg", b"OggS and so on", "music", "the file holds no sound that can be decoded"),
        ("a.wav", sound(0), "sound", "the recording is empty"),
        ("a.ttf", b"\x00\x01\x00\x00junk", "font", "the file is no font that can be read"),
        ("a.webm", b"", "video", "the file is empty"),
        ("../a.png", None, "image",
         "a file is named relative to the novel's folder, with forward slashes, without . or .."),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, name: str, data: bytes | None, kind: str, message: str) -> None:
    found = told(tmp_path / "novel", name, data, kind)
    assert [(problem.message, problem.path, problem.line) for problem in found] == [(message, "$.file", 5)]
    assert found[0].file == "data/assets/thing.json"


def test_files_that_might_be_meant_are_named(tmp_path: Path) -> None:
    write(tmp_path / "art/aya.png", picture())
    write(tmp_path / "art/notes.txt", "x")
    assert told(tmp_path, "art/aia.png", None)[0].allowed == "art/aya.png"


def test_a_link_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "secret.png", picture())
    try:
        (tmp_path / "novel").mkdir()
        (tmp_path / "novel" / "a.png").symlink_to(tmp_path / "secret.png")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    (problem,) = told(tmp_path / "novel", "a.png", None)
    assert problem.message == "the file is a link that leads out of the novel's folder"


def test_every_slot_is_looked_at(tmp_path: Path) -> None:
    pier = files()[PIER]
    pier["file"] = pier["variants"]["night"]["file"] = "art/none.png"
    write_small_novel(tmp_path, {PIER: pier})
    assert [problem.path for problem in read(tmp_path).errors] == ["$.variants.night.file", "$.file"]


def japanese(root: Path, novel: str = NOVEL) -> list[str]:
    arrival: Any = files()[ARRIVAL]
    arrival["script"][0]["narrate"] = "船 is {b}late{/b}…\u200b [visitor]"
    write_small_novel(root, {ARRIVAL: arrival}, novel)
    return sorted(f"{problem.path} {problem.message}" for problem in read(root).problems if "font" in problem.message)


def test_letters_that_the_default_font_lacks(tmp_path: Path) -> None:
    assert japanese(tmp_path) == [
        "$.script[0].narrate the font (DejaVu Sans) cannot show: 船",
    ]


LETTERS = "".join(map(chr, range(33, 127)))


def test_letters_that_the_novels_font_lacks(tmp_path: Path) -> None:
    write(tmp_path / "fonts/own.ttf", font(LETTERS))
    assert japanese(tmp_path, NOVEL + "font: fonts/own.ttf\n") == [
        "$.script[0].narrate the font (fonts/own.ttf) cannot show: 船 …"
    ]


def test_a_font_of_the_language_wins(tmp_path: Path) -> None:
    write(tmp_path / "fonts/own.ttf", font(LETTERS))
    write(tmp_path / "fonts/en.otf", font(LETTERS + "船…"))
    novel = NOVEL + "font: fonts/own.ttf\nfonts: {en: fonts/en.otf}\n"
    assert japanese(tmp_path, novel) == []


def test_a_broken_font_is_one_error(tmp_path: Path) -> None:
    write(tmp_path / "fonts/own.ttf", b"x" * 100)
    write_small_novel(tmp_path, None, NOVEL + "font: fonts/own.ttf\n")
    (problem,) = read(tmp_path).problems
    assert (problem.file, problem.line, problem.message) == ("comfyvn.yaml", 12, "the file is no font that can be read")


@pytest.mark.parametrize("cut", [8, 40, 100, 200, 300, 400])
def test_a_font_cut_anywhere_is_no_crash(tmp_path: Path, cut: int) -> None:
    whole = font("abc")
    write(tmp_path / "fonts/own.ttf", whole[:cut] + b"\xff" * 40)
    write_small_novel(tmp_path, None, NOVEL + "font: fonts/own.ttf\n")
    assert all(problem.file for problem in read(tmp_path).problems)


def test_the_default_fonts_letters() -> None:
    letters = default_font.letters()
    assert len(letters) == 5918
    assert {ord(letter) for letter in "Aé—…“ж♪→"} <= letters
    assert ord("船") not in letters
