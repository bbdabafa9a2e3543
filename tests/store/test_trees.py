"""Foreign folders and zips: no name leads out of them, nothing but plain files is read; our zips never vary."""

from __future__ import annotations

import io
import os
import string
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.errors import StoreError
from comfyvn.store.trees import Folder, Zip, fault_of, open_tree, write_zip

NASTY = st.lists(
    st.one_of(
        st.sampled_from(["..", ".", "", "con", "nul.txt", "a", "C:", "~", "a.", " a", "a ", "\\", "b\\c", "x\0y"]),
        st.text(string.ascii_letters + "./\\: *?\n", max_size=6),
    ),
    max_size=5,
).map("/".join)


@given(NASTY)
def test_a_sound_name_stays_inside_on_every_system(name: str) -> None:
    if fault_of(name):
        return
    inner, windows = PurePosixPath(name), PureWindowsPath(name)
    assert not inner.is_absolute() and not windows.is_absolute() and not windows.drive
    assert ".." not in inner.parts and ".." not in windows.parts
    assert "/".join(inner.parts) == name == "/".join(windows.parts)
    assert not {part.split(".")[0].lower() for part in inner.parts} & {"con", "nul", "aux", "prn", "com1"}


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", "C:/x", "a\\b", "nul", "a\0b", "a//b", ""])
def test_names_that_lead_out_are_refused(name: str) -> None:
    assert fault_of(name)


SOUND = st.from_regex(r"[a-z]{1,3}(/[A-Z0-9_]{1,3}){0,2}", fullmatch=True).filter(lambda name: not fault_of(name))


@settings(max_examples=25)
@given(st.dictionaries(SOUND, st.binary(max_size=50), max_size=4))
def test_what_is_zipped_is_read_back_and_is_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    sources = {}
    for number, (name, data) in enumerate(files.items()):
        sources[name] = folder / str(number)
        sources[name].write_bytes(data)
    write_zip(sources, folder / "one.zip")
    for path in sources.values():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    write_zip(dict(reversed(sources.items())), folder / "two.zip")
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()
    tree = Zip(folder / "one.zip")
    assert {name: b"".join(tree.blocks(name)) for name in tree.names()} == files


def test_a_zip_with_hostile_names_gives_none_of_them(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name in ("../out.txt", "/abs.txt", "a\\b.txt", "fine.txt", "FINE.TXT"):
            out.writestr(name, "x")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    tree = open_tree(tmp_path / "a.zip")
    assert sorted(tree.names()) == ["FINE.TXT", "fine.txt"]
    faults = "\n".join(tree.faults)
    for word in ("out.txt", "abs.txt", "b.txt", "link", "twice"):
        assert word in faults


def test_a_folder_s_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/secret.txt").write_text("x", "utf-8")
    root = tmp_path / "bundle"
    root.mkdir()
    (root / "inner").symlink_to(tmp_path / "there")
    (root / "file.txt").symlink_to(tmp_path / "there/secret.txt")
    (root / "own.txt").write_text("x", "utf-8")
    tree = Folder(root)
    assert tree.names() == ["own.txt"] and len(tree.faults) == 2


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(StoreError):
        open_tree(tmp_path / "a.zip")
    with pytest.raises(StoreError):
        open_tree(tmp_path / "none.zip")
