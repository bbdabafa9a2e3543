"""Whether the cache has something, told by names alone: never more than `get` would give."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from comfyvn.store.cache import Cache
from comfyvn.store.content import content_digest

FINGERPRINT = "fp1:" + "ab" * 32


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    cache = Cache(tmp_path / "cache")
    cache.put(FINGERPRINT, {".txt": b"words", "-0.txt": b"more"}, {"engine": "comfyvn"})
    return cache


def _entry(cache: Cache) -> Path:
    (found,) = (cache.folder / "entries").rglob("*.json")
    return found


def test_what_was_put_is_there(cache: Cache) -> None:
    objects = cache.objects(FINGERPRINT)
    assert objects is not None
    assert {suffix: path.read_bytes() for suffix, path in objects.items()} == {".txt": b"words", "-0.txt": b"more"}
    assert cache.has(FINGERPRINT)
    assert not cache.has("fp1:" + "cd" * 32)


def test_an_object_that_is_gone(cache: Cache) -> None:
    objects = cache.objects(FINGERPRINT)
    assert objects is not None
    objects["-0.txt"].unlink()
    assert not cache.has(FINGERPRINT)
    assert cache.get(FINGERPRINT) is None


@pytest.mark.parametrize(
    "entry",
    [
        b"", b"[]", b"{}", b'{"entry": 1}', b'{"entry": 1, "files": {}}', b'{"entry": 1, "files": [1]}',
        json.dumps({"entry": 1, "files": {".txt": "../../outside"}}).encode(),
        json.dumps({"entry": 1, "files": {".txt": 5}}).encode(),
        json.dumps({"entry": 99, "files": {".txt": "0" * 64}}).encode(), b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_entry_is_none(cache: Cache, entry: bytes) -> None:
    _entry(cache).write_bytes(entry)
    assert not cache.has(FINGERPRINT)


def test_an_empty_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "none")
    assert not cache.has(FINGERPRINT)
    assert not (tmp_path / "none").exists()


def test_content_of_an_object_that_has_no_suffix(tmp_path: Path) -> None:
    text = tmp_path / "words.txt"
    text.write_bytes(b"one\r\ntwo\r\n")
    shutil.copyfile(text, tmp_path / ("0" * 64))
    assert content_digest(tmp_path / ("0" * 64), ".txt") == content_digest(text)
    assert content_digest(tmp_path / ("0" * 64)).startswith("sha256:")
