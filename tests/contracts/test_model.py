"""Ids and file slots: nothing that a file system would take amiss."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from comfyvn.contracts.model import CellId, File, Id, Seed

BAD_IDS = ["", "Aya", "1st", "../x", "a/b", "a b", "aya\n", "con", "lpt1", "ä", "a" * 65, "a-b", "a.b", "_a"]
BAD_FILES = ["", "/etc/passwd", "../x.png", "a/../b.png", "a//b", "./a", "C:/x", "a\\b", "a\0b", "a/ b", "nul.png",
             "art/con", "what?.png", "a.", "a\nb", "a/"]  # fmt: skip


@pytest.mark.parametrize("text", BAD_IDS)
def test_bad_ids(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(text)


def test_good_ids() -> None:
    for text in ("a", "aya_2", "a" * 64, "base"):
        assert TypeAdapter(Id).validate_python(text) == text


def test_no_cell_is_called_base() -> None:
    with pytest.raises(ValidationError, match="derived from"):
        TypeAdapter(CellId).validate_python("base")


@pytest.mark.parametrize("text", BAD_FILES)
def test_bad_files(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(File).validate_python(text)


def test_good_files() -> None:
    for text in ("a.png", "art/aya (2).png", "art/猫.png", "data/x..y.ogg", ".hidden/a"):
        assert TypeAdapter(File).validate_python(text) == text


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", True, None])
def test_bad_seeds(seed: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Seed).validate_python(seed)


def test_good_seeds() -> None:
    for seed in (0, 2**64 - 1):
        assert TypeAdapter(Seed).validate_python(seed) == seed
