"""Records: what they say becomes no path unchecked, and what a later package adds is passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.store.records import FileFacts, Record, parse

RECORD = Record(
    "sprites:aya", "fp1:1", "fp1:1", "fp1:2", "draft@1", "draft", True, {"a.png": FileFacts("px1:1", "00", 3)}, {}
)


def _document(**changes: Any) -> bytes:
    return json.dumps({**json.loads(RECORD.to_bytes()), **changes}).encode()


def test_a_record_reads_back_equal() -> None:
    assert parse(RECORD.to_bytes()) == RECORD


def test_what_a_later_package_added_is_passed_over() -> None:
    facts = {"content": "px1:1", "sha256": "00", "size": 3, "colour": "red"}
    assert parse(_document(verified={"by": "scan"}, files={"a.png": facts})) == RECORD


@pytest.mark.parametrize("name", ["../a.png", "x/../../a.png", "/etc/passwd", "C:/a.png", "..\\a.png", ""])
def test_a_record_names_nothing_outside_its_folder(name: str) -> None:
    assert parse(_document(files={name: {"content": "px1:1", "sha256": "00", "size": 3}})) is None


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"record": 1}', _document(record=2), _document(files=[1])])
def test_what_is_no_record_is_none(data: bytes) -> None:
    assert parse(data) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_a_record_is_written_as_the_json_module_writes_it(recipe: dict[str, Any]) -> None:
    try:
        data = replace(RECORD, recipe=recipe).to_bytes()
    except UnicodeEncodeError:  # half of a surrogate pair has no bytes
        return
    assert data.decode() == json.dumps(json.loads(data), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert json.loads(data)["recipe"] == recipe
