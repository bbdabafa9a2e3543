"""A shared cache on S3, against a real server of that protocol."""

from __future__ import annotations

import importlib
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.errors import RemoteError
from comfyvn.store import remote_check
from comfyvn.store.entries import entry_name, object_name
from comfyvn.store.places import open_remote
from comfyvn.store.remote import Remote
from comfyvn.store.signing import Keys, Trust
from tests.fakes.s3 import BUCKET, CREDENTIALS, s3_server
from tests.fakes.shared_caches import FACTS, FILES, FINGERPRINT, KEY, given, plant, shared

pytest.importorskip("s3fs", reason="pip install 'comfyvn[s3]'")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def remote(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remote:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return open_remote(f"s3://{BUCKET}/{tmp_path.name}", {"endpoint_url": server})


def test_what_one_has_made_another_takes(tmp_path: Path, remote: Remote) -> None:
    one, other = shared(tmp_path / "one", remote), shared(tmp_path / "other", remote)
    assert other.get(FINGERPRINT) is None
    given(one)
    assert one.close() == []
    found = other.get(FINGERPRINT)
    assert found is not None and dict(found.files) == FILES
    assert one.send(FINGERPRINT) == "there"
    assert remote_check.stats(remote).objects == len(FILES)


def test_objects_of_several_blocks(tmp_path: Path, remote: Remote) -> None:
    data = bytes(range(256)) * 2**17  # 32 MiB
    given(one := shared(tmp_path / "one", remote), files={".png": data, "-0.png": b""})
    assert one.close() == []
    found = shared(tmp_path / "other", remote).get(FINGERPRINT)
    assert found is not None and found.files[".png"] == data and found.files["-0.png"] == b""


def test_corrupted_truncated_and_malicious_entries_are_refused(tmp_path: Path, remote: Remote) -> None:
    digest = "6d1c8d5d5dd5d58d" * 4
    outside = b'{"entry": 1, "files": {"/../x": "%s"}}' % digest.encode()
    for number, data in enumerate((b"", b"{", b"x" * (2**20 + 1), outside)):
        remote.write(entry_name(FINGERPRINT), data)
        cache = shared(tmp_path / f"user{number}", remote, trusted=True)
        assert cache.get(FINGERPRINT) is None
        assert "1 damaged" in cache.close()[0]
    plant(remote, FILES, Keys((b"somebody else's key",)))
    assert shared(tmp_path / "x", remote).get(FINGERPRINT) is None
    plant(remote, FILES, Keys((KEY,)))
    names = [name for name, _ in remote.listing("objects")]
    remote.write(names[0], b"pix")
    cache = shared(tmp_path / "y", remote)
    assert cache.get(FINGERPRINT) is None and "1 damaged" in cache.close()[0]


def test_a_check_removes_what_is_damaged(tmp_path: Path, remote: Remote) -> None:
    plant(remote, FILES, Keys((KEY,)))
    trust = Trust(Keys((KEY,)))
    assert remote_check.check(remote, trust).believed == {"signed": 1}
    (name, _), *_ = remote.listing("objects")
    remote.write(name, b"pix")
    found = remote_check.check(remote, trust)
    assert (found.objects, found.entries, len(found.damaged)) == (2, 1, 2)
    assert remote.size(name) is None and remote.listing("entries") == []


def test_a_bucket_that_is_not_there(
    tmp_path: Path, server: str, remote: Remote, caplog: pytest.LogCaptureFixture
) -> None:
    absent = open_remote("s3://no-such-bucket/x", {"endpoint_url": server})
    cache = shared(tmp_path / "a", absent)
    given(cache)
    with caplog.at_level(logging.WARNING, "comfyvn.store"):
        cache.close()
    assert cache.unsent() == [FINGERPRINT]
    assert "comfyvn cache push" in caplog.text


def test_a_server_that_is_off_is_put_aside(tmp_path: Path, remote: Remote, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        off = open_remote("s3://novels/x", {"endpoint_url": f"http://127.0.0.1:{held.getsockname()[1]}"})
        cache = shared(tmp_path / "a", off)
        with caplog.at_level(logging.WARNING, "comfyvn.store"):
            assert cache.get(FINGERPRINT) is None
        assert len(caplog.records) == 1 and "going on without it" in caplog.text


def test_secrets_are_in_no_message(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"endpoint_url": "http://127.0.0.1:9", "key": "AKIAVISIBLE0", "secret": "very-secret-word"}
    remote = open_remote("s3://novels/x", options, ("AKIAVISIBLE0", "very-secret-word"))
    with pytest.raises(RemoteError) as caught:
        remote.size(object_name("ab" * 32))
    assert "AKIAVISIBLE0" not in str(caught.value) and "very-secret" not in str(caught.value)


def test_without_s3fs_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.import_module("fsspec.registry")._registry  # what fsspec has loaded so far
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(known, "s3", raising=False)
    with pytest.raises(RemoteError, match=r"pip install 'comfyvn\[s3\]'"):
        open_remote("s3://novels/x", {}).size(object_name("ab" * 32))
    cache = shared(tmp_path / "a", open_remote("s3://novels/x", {}))
    cache.put(FINGERPRINT, FILES, FACTS)
    assert cache.get(FINGERPRINT) is not None
