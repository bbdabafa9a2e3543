"""The sweep: a snapshot comes back as it was packed, damage is no snapshot, and every kind of change is seen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.engine import sweep
from comfyvn.engine.sweep import ABSENT, UNSURE, Header

NUMBERS = st.integers(-(2**63), 2**63 - 1)
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
SIGNED = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS)


def keep(root: Path, data: bytes) -> None:
    (root / sweep.FOLDER).mkdir(exist_ok=True)
    (root / sweep.FOLDER / sweep.FILE).write_bytes(data)


def pack(header: Header, entries: dict[str, sweep.Signature], more: bytes = b"") -> bytes:
    listed = sweep.Listed()
    for path, signed in entries.items():
        listed.add(path, signed)
    return listed.pack(header, more)


def taken(root: Path, *files: str, more: bytes = b"", **said: object) -> None:
    header = Header(**{"environment": sweep.environment(), "said": ("up to date: 1 artifacts",), **said})  # type: ignore[arg-type]
    keep(root, pack(header, {file: sweep.signature(str(root / file)) for file in files}, more))


@given(entries=st.dictionaries(PATHS, SIGNED), said=st.lists(PATHS), more=st.binary(), pending=st.integers(0, 10**6))
def test_what_is_packed_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    entries: dict[str, sweep.Signature],
    said: list[str],
    more: bytes,
    pending: int,
) -> None:
    root = tmp_path_factory.mktemp("novel")
    keep(root, pack(Header(pending, True, tuple(said), "here"), entries, more))
    found = sweep.load(str(root))
    assert found is not None
    assert found.paths == list(entries)
    assert [found.signature(index) for index in range(len(entries))] == list(entries.values())
    assert (found.header.pending, found.header.own_tasks, found.header.environment) == (pending, True, "here")
    assert len(found.header.said) == len(said)
    assert sweep.load_more(str(root), found) == more


def test_what_was_told_in_two_ways_is_unsure(tmp_path: Path) -> None:
    listed = sweep.Listed()
    assert [listed.add(path, (1, 2, 3, 4)) for path in ("a", "b", "a")] == [0, 1, 0]
    assert [listed.add("b", (1, 2, 3, 5)), listed.add("c", ABSENT), listed.add("b", (1, 2, 3, 4))] == [1, 2, 1]
    keep(tmp_path, listed.pack(Header()))
    found = sweep.load(str(tmp_path))
    assert found is not None
    assert found.paths == ["a", "b", "c"]
    assert [found.signature(index) for index in range(3)] == [(1, 2, 3, 4), UNSURE, ABSENT]


@given(cut=st.integers(0, 400), wrong=st.integers(0, 255), is_cut=st.booleans())
def test_damage_is_no_snapshot(
    tmp_path_factory: pytest.TempPathFactory, cut: int, wrong: int, is_cut: bool
) -> None:
    """Whatever byte is another, or is gone, neither part is taken for what was written."""
    root = tmp_path_factory.mktemp("novel")
    whole = pack(Header(0, False, ("up to date",), "x"), {"a": (1, 2, 3, 4), "b/c": ABSENT}, b'{"more": 1}')
    at = cut % len(whole)
    damaged = whole[:at] if is_cut else whole[:at] + bytes([wrong]) + whole[at + 1 :]
    keep(root, damaged)
    found = sweep.load(str(root))
    if damaged == whole:
        assert found is not None
        return
    assert found is None or sweep.load_more(str(root), found) is None


def test_nothing_moved(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    taken(tmp_path, "one", "absent")
    assert sweep.settled(str(tmp_path)) == ("up to date: 1 artifacts",)


def _same_size(path: Path) -> None:
    """Another content, the same size and the same time stamp: what `cp -p` and `tar x` leave."""
    stat = path.stat()
    path.write_text("2")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "one").write_text("22"),
        lambda root: (root / "one").unlink(),
        lambda root: os.utime(root / "one", ns=(1, 1)),
        lambda root: _same_size(root / "one"),
        lambda root: (root / "absent").write_text(""),
        lambda root: (root / "new").write_text("2") and (root / "new").replace(root / "one"),
        lambda root: (root / "folder/new").write_text(""),
        lambda root: (root / sweep.FOLDER / sweep.LOG).write_text(""),
    ],
)
def test_every_change_is_seen(tmp_path: Path, change: object) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", ns=(1, 1))
    taken(tmp_path, "one", "absent", "folder")
    assert sweep.settled(str(tmp_path)) is not None
    change(tmp_path)  # type: ignore[operator]
    assert sweep.settled(str(tmp_path)) is None


@given(st.lists(st.tuples(st.sampled_from(["there", "absent"]), st.sampled_from(["same", "new", "gone", "unsure"]))))
def test_whatever_moved_is_found_among_the_rest(rows: list[tuple[str, str]]) -> None:
    """Files that were there or not, and what became of each; held to asking one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        root, listed, expected = Path(folder), sweep.Listed(), list[int]()
        for number, (was, became) in enumerate(rows):
            path = root / f"f{number}"
            if was == "there":
                path.write_text("1")
            listed.add(path.name, sweep.UNSURE if became == "unsure" else sweep.signature(str(path)))
        for number, (was, became) in enumerate(rows):
            path = root / f"f{number}"
            if became == "new":
                path.write_text("22")
            elif became == "gone":
                path.unlink(missing_ok=True)
            if became in ("new", "unsure") or (was, became) == ("there", "gone"):
                expected.append(number)
        keep(root, listed.pack(sweep.Header()))
        found = sweep.load(folder)
        assert found is not None
        assert sweep.moved(found, folder) == expected


def test_a_build_that_goes_on_looks_at_the_files_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`comfyvn build` asks before anything is loaded, then the doit command that it becomes, then the engine."""
    (tmp_path / "one").write_text("1")
    taken(tmp_path, "one")
    (tmp_path / "one").write_text("22")
    assert sweep.settled(str(tmp_path)) is None
    monkeypatch.setattr(sweep, "_moved", lambda *_: pytest.fail("it looked again"))
    assert sweep.settled(str(tmp_path)) is None
    found = sweep.swept(str(tmp_path))
    assert found is not None
    assert [found.paths[at] for at in sweep.moved(found, str(tmp_path))] == ["one"]


@pytest.mark.parametrize("said", [{"pending": 1}, {"own_tasks": True}, {"environment": "elsewhere"}])
def test_what_is_not_settled_is_looked_at(tmp_path: Path, said: dict[str, object]) -> None:
    taken(tmp_path, **said)
    assert sweep.settled(str(tmp_path)) is None


def test_unsure_is_equal_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    for signed in (UNSURE, ABSENT):
        keep(tmp_path, pack(Header(environment=sweep.environment()), {"one": signed}))
        assert sweep.settled(str(tmp_path)) is None
    keep(tmp_path, pack(Header(environment=sweep.environment()), {"none": UNSURE}))
    assert sweep.settled(str(tmp_path)) is None


def test_a_folder_that_variables_name_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(tmp_path)
    assert sweep.settled(str(tmp_path)) is not None
    monkeypatch.setenv("COMFYVN_CONFIG", str(tmp_path))
    assert sweep.settled(str(tmp_path)) is None
