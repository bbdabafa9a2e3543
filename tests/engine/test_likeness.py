"""How alike two files are: exactly, within the tolerance that was named, or not."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from comfyvn.engine.likeness import Tolerance, likeness
from comfyvn.errors import StoreError

RATE = 22_050


def _picture(path: Path, seed: int = 1, noise: int = 0, size: tuple[int, int] = (48, 64)) -> Path:
    """A smooth picture; `noise`: how far every value may be off."""
    across = np.linspace(40, 200, size[1])[None, :, None] * np.ones((size[0], 1, 4))
    moved = across + np.random.default_rng(seed).integers(-noise, noise + 1, across.shape)
    moved[:, :, 3] = 255
    Image.fromarray(moved.astype(np.uint8)).save(path)
    return path


def _clip(path: Path, noise: float = 0.0, seconds: float = 0.5) -> Path:
    samples = 0.3 * np.sin(np.arange(int(RATE * seconds)) * 0.05)
    soundfile.write(path, samples + noise * np.random.default_rng(2).standard_normal(len(samples)), RATE)
    return path


def test_the_same_pixels_written_another_way_are_exact(tmp_path: Path) -> None:
    old, new = _picture(tmp_path / "a.png"), tmp_path / "b.png"
    with Image.open(old) as image:
        image.save(new, compress_level=0)
    assert old.read_bytes() != new.read_bytes()
    assert likeness(old, new, Tolerance()).degree == "exact"


@pytest.mark.parametrize(("noise", "degree"), [(1, "within tolerance"), (60, "differs")])
def test_pictures_are_measured(tmp_path: Path, noise: int, degree: str) -> None:
    found = likeness(_picture(tmp_path / "a.png"), _picture(tmp_path / "b.png", noise=noise), Tolerance())
    assert found.degree == degree
    assert set(found.measures) == {"psnr_db", "ssim"}
    assert (found.measures["psnr_db"] > 45) == (noise == 1)


def test_a_stricter_tolerance_refuses_what_a_laxer_one_takes(tmp_path: Path) -> None:
    files = _picture(tmp_path / "a.png"), _picture(tmp_path / "b.png", noise=2)
    assert likeness(*files, Tolerance(psnr_db=30, ssim=0.5)).degree == "within tolerance"
    assert likeness(*files, Tolerance(psnr_db=90, ssim=0.5)).degree == "differs"
    assert likeness(*files, Tolerance(psnr_db=30, ssim=0.99999)).degree == "differs"


def test_colour_that_nobody_can_see_counts_for_nothing(tmp_path: Path) -> None:
    for name, colour in (("a", 10), ("b", 250)):
        Image.new("RGBA", (16, 16), (colour, colour, colour, 0)).save(tmp_path / f"{name}.png")
    assert likeness(tmp_path / "a.png", tmp_path / "b.png", Tolerance()).degree == "within tolerance"


def test_an_empty_canvas_around_a_figure_does_not_flatter_it(tmp_path: Path) -> None:
    """The same figure on a canvas ten times as wide is as unlike as before."""
    for name, noise in (("a", 0), ("b", 9)):
        with Image.open(_picture(tmp_path / f"{name}.png", noise=noise)) as figure:
            canvas = Image.new("RGBA", (figure.width * 10, figure.height * 2))
            canvas.paste(figure, (figure.width * 4, figure.height))
            canvas.save(tmp_path / f"{name}-wide.png")
    small = likeness(tmp_path / "a.png", tmp_path / "b.png", Tolerance())
    wide = likeness(tmp_path / "a-wide.png", tmp_path / "b-wide.png", Tolerance())
    assert small.measures == wide.measures


def test_small_pictures_and_other_sizes(tmp_path: Path) -> None:
    small = _picture(tmp_path / "a.png", size=(2, 2)), _picture(tmp_path / "b.png", noise=1, size=(2, 2))
    assert likeness(*small, Tolerance()).degree == "within tolerance"
    found = likeness(small[0], _picture(tmp_path / "c.png", size=(2, 3)), Tolerance())
    assert (found.degree, found.note) == ("differs", "3x2 pixels instead of 2x2")


@pytest.mark.parametrize(("noise", "degree"), [(1e-4, "within tolerance"), (0.05, "differs")])
@pytest.mark.parametrize("suffix", [".wav", ".ogg"])
def test_clips_are_measured_by_their_samples(tmp_path: Path, suffix: str, noise: float, degree: str) -> None:
    found = likeness(_clip(tmp_path / f"a{suffix}"), _clip(tmp_path / f"b{suffix}", noise), Tolerance(sound_db=45))
    assert found.degree == degree
    assert set(found.measures) == {"psnr_db"}


def test_a_longer_clip_differs(tmp_path: Path) -> None:
    found = likeness(_clip(tmp_path / "a.wav"), _clip(tmp_path / "b.wav", seconds=0.75), Tolerance())
    assert (found.degree, found.note) == ("differs", "0.750 s at 22050 Hz instead of 0.500 s at 22050 Hz")


def test_texts_are_alike_or_not(tmp_path: Path) -> None:
    for name, text in (("a", "one\n"), ("b", "one\r\n"), ("c", "two\n")):
        (tmp_path / f"{name}.srt").write_bytes(text.encode())
    assert likeness(tmp_path / "a.srt", tmp_path / "b.srt", Tolerance()).degree == "exact"
    assert likeness(tmp_path / "a.srt", tmp_path / "c.srt", Tolerance()).note == "another text"


def test_without_the_library_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.metrics", None)
    found = likeness(_picture(tmp_path / "a.png"), _picture(tmp_path / "b.png", noise=1), Tolerance())
    assert found.degree == "differs"
    assert "pip install 'comfyvn[verify]'" in found.note
    same = likeness(tmp_path / "a.png", tmp_path / "a.png", Tolerance())
    assert same.degree == "exact"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"not a picture")
    with pytest.raises(StoreError):
        likeness(_picture(tmp_path / "a.png"), tmp_path / "b.png", Tolerance())
