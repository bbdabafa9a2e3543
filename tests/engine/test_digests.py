"""Content digests of files, remembered by what the file system says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.engine import digests
from comfyvn.engine.digests import Digest, DigestTable
from comfyvn.engine.sweep import UNSURE
from comfyvn.store.files import Scratch

NUMBER = st.integers(-(2**63), 2**63 - 1)
SIGNATURES = st.tuples(NUMBER, NUMBER, st.integers(-2, 2**64 - 3), NUMBER)
SHA256 = st.binary(min_size=32, max_size=32).map(bytes.hex)
DIGESTS = st.builds(Digest, st.text(st.characters(codec="utf-8"), max_size=90), SHA256, st.integers(0, 2**63))


def table(root: Path) -> DigestTable:
    return DigestTable(root, root / ".comfyvn/digests", Scratch(root / ".comfyvn/scratch"))


@given(SIGNATURES, DIGESTS)
def test_what_is_known_is_held_whole(signed: tuple[int, int, int, int], digest: Digest) -> None:
    assert digests._unpacked(digests._packed(signed, digest)) == (signed, digest)


@pytest.mark.parametrize("mtime", [1_700_000_000, 9_000_000_000, 10_000_000_000])
def test_a_file_is_read_once_whatever_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mtime: int) -> None:
    """10,000,000,000 seconds are beyond what 64 bits hold in nanoseconds: such a file is read each time."""
    file = tmp_path / "data/note.txt"
    file.parent.mkdir()
    file.write_text("a note")
    # What the file system says is told by the test: not every one knows such a time.
    monkeypatch.setattr(digests, "signature", lambda _path: (mtime * 10**9, 6, 77, mtime * 10**9))
    monkeypatch.setattr(digests, "is_racy", lambda _signed, _now: False)
    first = table(tmp_path).of("data/note.txt")
    read: list[Path] = []
    monkeypatch.setattr(digests, "content_digest", lambda path: read.append(path) or first.content)
    again = table(tmp_path)
    assert again.of("data/note.txt") == first
    is_kept = mtime < 2**63 / 1e9
    assert len(read) == (not is_kept)
    assert (again.signed("data/note.txt") == UNSURE) == (not is_kept)


def test_lines_that_say_nothing_sensible_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "data/note.txt"
    file.parent.mkdir()
    file.write_text("a note")
    monkeypatch.setattr(digests, "is_racy", lambda _signed, _now: False)
    known = table(tmp_path).of("data/note.txt")
    (journal,) = (tmp_path / ".comfyvn/digests").glob("*.jsonl")
    whole = journal.read_text()
    sha = known.sha256
    for new in ('"x"', f'"{sha.upper()}"', f'"{sha[:-1]}"', f'" {sha}"', "7", "null", "[]"):
        journal.write_text(whole.replace(f'"{sha}"', new))
        assert journal.read_text() != whole
        assert table(tmp_path).of("data/note.txt") == known
