"""The journal: what is written is read, and nothing that happened to the file stops a build or a reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.store import journal
from comfyvn.store.journal import FILE, FULL_BYTES, OLDER, Entry, append, parse, read

ENTRY = Entry(
    "sprites:aya/casual/standing/happy", "2026-03-01T08:30:00Z", "made", "patch", "comfyui", "fp1:" + "0" * 64, 12.5,
    "gpu", "an-id", 1, True, 0.5, 11.0, 0.25, "sprite_expression", ("sdxl_base",),
)  # fmt: skip


def test_entries_read_back_oldest_first(tmp_path: Path) -> None:
    entries = [replace(ENTRY, attempt=number) for number in range(3)]
    for entry in entries:
        append(tmp_path / "journal", entry)
    assert list(read(tmp_path / "journal")) == entries


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    assert list(read(tmp_path / "journal")) == []


@pytest.mark.parametrize("torn", [b'{"target": "sprites:a', b"\x00\x00\x00", b"\xff\xfe", b"[" * 100_000])
def test_a_torn_line_costs_itself_alone(tmp_path: Path, torn: bytes) -> None:
    append(tmp_path, ENTRY)
    with (tmp_path / FILE).open("ab") as file:
        file.write(torn)
    later = replace(ENTRY, attempt=7)
    append(tmp_path, later)
    assert list(read(tmp_path)) == [ENTRY, later]


def test_it_never_grows_beyond_two_files(tmp_path: Path) -> None:
    long = replace(ENTRY, models=("m" * (FULL_BYTES // 4),))
    for number in range(12):
        append(tmp_path, replace(long, attempt=number))
    assert {path.name for path in tmp_path.iterdir()} == {FILE, OLDER}
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * FULL_BYTES
    attempts = [entry.attempt for entry in read(tmp_path)]
    assert attempts == list(range(attempts[0], 12))
    assert len(attempts) >= 3


def test_a_journal_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("somebody's file")
    append(tmp_path / "journal", ENTRY)
    assert list(read(tmp_path / "journal")) == []


@pytest.mark.parametrize(
    "line",
    [
        b"", b"[]", b"null", b'"text"', b"{}",
        b'{"target": 1, "at": "", "how": "made", "kind": "", "engine": ""}',
        b'{"target": "a", "at": "", "how": "eaten", "kind": "", "engine": ""}',
        b'{"target": "a", "at": "", "how": "made", "kind": "", "engine": "", "seconds": 1e999}',
        b'{"target": "a", "at": "", "how": "made", "kind": "", "engine": "", "running_s": -1}',
    ],
)  # fmt: skip
def test_what_is_no_entry_is_passed_over(line: bytes) -> None:
    assert parse(line) is None


def test_what_a_later_package_added_is_passed_over() -> None:
    line = b'{"target": "a", "at": "x", "how": "cached", "kind": "k", "engine": "e", "colour": "red"}'
    assert parse(line) == Entry("a", "x", "cached", "k", "e")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_none(line: bytes) -> None:
    found = parse(line)
    assert found is None or isinstance(found, Entry)


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=3))
def test_any_name_reads_back(tmp_path_factory: pytest.TempPathFactory, name: str, models: list[str]) -> None:
    folder = tmp_path_factory.mktemp("journal")
    entry = replace(ENTRY, target=name, models=tuple(models))
    append(folder, entry)
    assert [found.models for found in journal.read(folder)] == [entry.models]
