"""takes.json and its objects: read back equal, merged by Git, and no path taken from it unchecked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.errors import StoreError
from comfyvn.store import takes
from comfyvn.store.files import Scratch
from comfyvn.store.takes import Sheet, Take, TakeFile, parse

DIGEST, OTHER = "a" * 64, "b" * 64
TAKE = Take(
    files={".png": TakeFile(DIGEST, "px1:1")},
    record=OTHER,
    wanted="fp1:" + "1" * 64,
    made="fp1:" + "2" * 64,
    state="picked",
    seeds={"seed": 2**64 - 1},
    by="Mira",
    why="warmer — “light”",
)


def _document(take: Take = TAKE, **changes: Any) -> dict[str, Any]:
    document = json.loads(Sheet({"sprites:aya": take}).to_bytes())
    document["targets"]["sprites:aya"] |= changes
    return dict(document)


def test_a_sheet_reads_back_equal() -> None:
    sheet = Sheet({"sprites:b": TAKE, "sprites:a": TAKE})
    assert parse(json.loads(sheet.to_bytes())) == (sheet, [])
    assert Sheet(dict(reversed(sheet.takes.items()))).to_bytes() == sheet.to_bytes()  # the order is the names'


def test_members_of_a_later_package_stay() -> None:
    document = _document(rating=5)
    document["reviewers"] = ["Mira"]
    sheet, problems = parse(document)
    assert problems == []
    assert json.loads(sheet.to_bytes()) == document


def test_a_take_is_an_object_over_several_lines() -> None:
    """Git merges lines: what two people change of two takes must not lie on one."""
    lines = Sheet({"sprites:a": TAKE, "sprites:b": TAKE}).to_bytes().decode().splitlines()
    assert sum('"state": "picked"' in line for line in lines) == 2
    assert max(len(line) for line in lines) < 100


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"record": "../../etc/passwd"}, '$.targets["sprites:aya"].record'),
        ({"record": DIGEST.upper()}, '$.targets["sprites:aya"].record'),
        ({"state": "liked"}, '$.targets["sprites:aya"].state'),
        ({"before": "approved"}, '$.targets["sprites:aya"].before'),
        ({"wanted": 1}, '$.targets["sprites:aya"].wanted'),
        ({"seeds": {"seed": 1.5}}, '$.targets["sprites:aya"].seeds'),
        ({"seeds": {"seed": True}}, '$.targets["sprites:aya"].seeds'),
        ({"why": ["x"]}, '$.targets["sprites:aya"].why'),
        ({"files": {}}, '$.targets["sprites:aya"].files'),
        ({"files": {".png": {"sha256": "x", "content": "px1:1"}}}, '$.targets["sprites:aya"].files[".png"]'),
        ({"files": {"/../x.png": {"sha256": DIGEST, "content": "px1:1"}}}, None),
        ({"files": {"\\x.png": {"sha256": DIGEST, "content": "px1:1"}}}, None),
        ({"files": {".png:x": {"sha256": DIGEST, "content": "px1:1"}}}, None),
    ],
)
def test_what_is_not_sound_is_named(changes: dict[str, Any], path: str | None) -> None:
    sheet, problems = parse(_document(**changes))
    assert sheet.takes == {}
    assert len(problems) == 1
    assert path is None or problems[0].path == path


@pytest.mark.parametrize("value", [[], {}, {"targets": []}, {"targets": {}, "version": 2}, {"targets": {"a": 1}}])
def test_what_is_no_list_of_takes_is_named(value: object) -> None:
    if isinstance(value, dict) and value.get("targets") == {"a": 1}:
        value = {**value, "version": 1}
    sheet, problems = parse(value)
    assert (sheet.takes, len(problems)) == ({}, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["files", "by", ".png", "x"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=3))
def test_no_json_makes_it_stumble(targets: dict[str, Any]) -> None:
    sheet, problems = parse({"targets": targets, "version": 1})
    assert sheet.takes == {}  # none of these has a fingerprint
    assert len(problems) >= len(targets)


def test_objects(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "partial")
    digest = takes.put(tmp_path, b"pixels", ".png", scratch)
    path = tmp_path / takes.object_file(digest, ".png")
    assert path == tmp_path / f"takes/objects/{digest[:2]}/{digest}.png"
    assert takes.get(tmp_path, digest, ".png") == b"pixels"

    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:x\nsize 6\n")
    with pytest.raises(StoreError) as pointer:
        takes.get(tmp_path, digest, ".png")
    assert "git lfs pull" in pointer.value.todo
    path.write_bytes(b"pixel")
    with pytest.raises(StoreError, match="damaged"):
        takes.get(tmp_path, digest, ".png")
    assert takes.put(tmp_path, b"pixels", ".png", scratch) == digest  # keeping it again mends it
    assert takes.get(tmp_path, digest, ".png") == b"pixels"
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        takes.get(tmp_path, digest, ".png")


def test_line_ends_of_a_checkout_do_not_matter(tmp_path: Path) -> None:
    digest = takes.put(tmp_path, b'{\n"a": 1\n}\n', ".json", Scratch(tmp_path / "partial"))
    path = tmp_path / takes.object_file(digest, ".json")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert takes.get(tmp_path, digest, ".json") == b'{\n"a": 1\n}\n'


def test_only_the_list_is_watched(tmp_path: Path) -> None:
    assert takes.watched(tmp_path) == ()
    (tmp_path / "takes").mkdir()
    (tmp_path / takes.FILE).write_bytes(Sheet().to_bytes())
    assert takes.watched(tmp_path) == ("takes/takes.json",)
