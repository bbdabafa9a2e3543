"""A shared cache: what one has made the others take, when it is believed; nothing else gets in, and nothing fails."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from comfyvn.errors import RemoteError, StoreError
from comfyvn.store import shared as shared_cache
from comfyvn.store.cache import Cache
from comfyvn.store.entries import ENTRY_LIMIT, CacheEntry, entry_name, object_name
from comfyvn.store.places import open_remote
from comfyvn.store.remote import Remote
from comfyvn.store.signing import Keys, Vouched
from comfyvn.store.uses import read_uses
from tests.fakes.novel_runs import tree
from tests.fakes.shared_caches import FACTS, FILES, FINGERPRINT, KEY, given, in_folder, in_memory, plant, shared

OTHER = "fp1:" + "cd" * 32


@pytest.fixture(params=["folder", "memory"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Remote:
    return in_folder(tmp_path / "nas") if request.param == "folder" else in_memory()


def objects(cache_folder: Path) -> dict[str, bytes]:
    return {Path(name).name: data for name, data in tree(cache_folder).items() if "objects" in name}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_one_has_made_another_takes(tmp_path: Path, remote: Remote) -> None:
    one, other = shared(tmp_path / "one", remote), shared(tmp_path / "other", remote)
    assert other.get(FINGERPRINT) is None
    given(one)
    assert one.close() == [] and one.unsent() == []
    found = other.get(FINGERPRINT)
    assert found is not None and dict(found.files) == FILES and dict(found.facts) == FACTS
    assert other.near(FINGERPRINT) is not None
    other.close()
    assert read_uses(tmp_path / "other") == {"near": 1, "far": 1, "missed": 1}


def test_what_is_there_is_not_sent_again(tmp_path: Path) -> None:
    remote = in_folder(tmp_path / "nas")
    one = shared(tmp_path / "one", remote)
    one.put(FINGERPRINT, FILES, FACTS)
    assert one.send(FINGERPRINT) == "sent"
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "nas").rglob("*") if path.is_file()}
    assert one.send(FINGERPRINT) == "there"
    assert {path: path.stat().st_mtime_ns for path in before} == before
    # Of another artifact with the same bytes only the entry is new.
    one.put(OTHER, FILES, FACTS)
    assert one.send(OTHER) == "sent"
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert one.send("fp1:" + "ef" * 32) == "gone"


def test_an_interrupted_push_goes_on(tmp_path: Path, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = shared(tmp_path / "one", remote), shared(tmp_path / "other", remote)
    sent: list[str] = []
    whole = remote.send

    def cut(name: str, file: Path) -> None:
        if sent:
            raise RemoteError("the line was cut", remote.label)
        sent.append(name)
        whole(name, file)

    monkeypatch.setattr(remote, "send", cut)
    given(one)
    (told,) = one.close()
    assert "1 not sent" in told and "comfyvn cache push" in told
    assert other.get(FINGERPRINT) is None  # the entry comes last
    assert one.unsent() == [FINGERPRINT]
    again: list[str] = []

    def counted(name: str, file: Path) -> None:
        again.append(name)
        whole(name, file)

    monkeypatch.setattr(remote, "send", counted)
    assert one.send(FINGERPRINT) == "sent"
    assert len(again) == 1 and again != sent
    assert one.unsent() == []
    assert other.get(FINGERPRINT) is not None


def test_an_interrupted_pull_goes_on(tmp_path: Path, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = shared(tmp_path / "one", remote), shared(tmp_path / "other", remote)
    given(one)
    one.close()
    whole, fetched = remote.fetch, []

    def cut(name: str, into: Path, limit: int) -> str | None:
        fetched.append(name)
        if len(fetched) == 2:
            into.write_bytes(b"pix")  # half of it has arrived
            raise RemoteError("the line was cut", remote.label)
        return whole(name, into, limit)

    monkeypatch.setattr(remote, "fetch", cut)
    assert other.get(FINGERPRINT) is None
    assert all(digest(data) == name for name, data in objects(tmp_path / "other").items())
    assert not list((tmp_path / "other/partial").glob("*"))
    other.close()
    assert other.get(FINGERPRINT) is not None
    assert len(fetched) == 3  # the first object was not fetched again


def test_many_writers_of_one_place(tmp_path: Path) -> None:
    folder = tmp_path / "nas"
    caches = [shared(tmp_path / f"user{number}", in_folder(folder)) for number in range(4)]
    names = ["fp1:" + f"{number:02x}" * 32 for number in range(20)]

    def work(cache: object) -> None:
        for name in names:
            given(cache, name, {".png": name.encode(), "-0.png": b"the same in all"})  # type: ignore[arg-type]

    threads = [threading.Thread(target=work, args=(cache,)) for cache in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cache.close() for cache in caches] == [[]] * 4
    reader = shared(tmp_path / "reader", in_folder(folder))
    for name in names:
        found = reader.get(name)
        assert found is not None and found.files[".png"] == name.encode()
    assert len(objects(folder)) == len(names) + 1
    assert not list((folder / "partial").glob("*"))


# --- who is believed


def test_only_the_teams_own_key_is_believed(tmp_path: Path, remote: Remote) -> None:
    plant(remote, FILES)
    assert shared(tmp_path / "a", remote).get(FINGERPRINT) is None
    plant(remote, FILES, Keys((b"another key, of somebody else",)))
    cache = shared(tmp_path / "a", remote)
    assert cache.get(FINGERPRINT) is None
    (told,) = cache.close()
    assert "1 entry (1 signed with another key)" in told and KEY.decode() not in told
    assert objects(tmp_path / "a") == {}
    plant(remote, FILES, Keys((KEY,)))
    assert shared(tmp_path / "a", remote).get(FINGERPRINT) is not None
    assert shared(tmp_path / "b", remote, keys=()).get(FINGERPRINT) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: {**entry, "facts": {**entry["facts"], "engine": "draft@1"}},
        lambda entry: {**entry, "facts": {**entry["facts"], "more": None}},
        lambda entry: {**entry, "files": {".png": entry["files"]["-0.png"], "-0.png": entry["files"][".png"]}},
        lambda entry: {**entry, "files": {".png": entry["files"][".png"]}},
        lambda entry: {**entry, "signature": entry["signature"][:-1]},
        lambda entry: {**entry, "signature": "hmac-sha256:é"},
        lambda entry: {key: value for key, value in entry.items() if key != "signature"},
    ],
)
def test_a_signature_covers_all_that_an_entry_says(
    tmp_path: Path, change: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    remote = in_memory()
    plant(remote, FILES, Keys((KEY,)))
    entry = json.loads(remote.read(entry_name(FINGERPRINT), ENTRY_LIMIT) or b"")
    remote.write(entry_name(FINGERPRINT), json.dumps(change(entry)).encode())
    cache = shared(tmp_path / "a", remote)
    assert cache.get(FINGERPRINT) is None
    assert "refused" in cache.close()[0]


def test_a_signed_entry_answers_for_no_other_fingerprint(tmp_path: Path) -> None:
    remote = in_memory()
    plant(remote, FILES, Keys((KEY,)))
    data = remote.read(entry_name(FINGERPRINT), ENTRY_LIMIT) or b""
    remote.write(entry_name(OTHER), data)
    renamed = json.dumps({**json.loads(data), "fingerprint": OTHER}).encode()
    assert shared(tmp_path / "a", remote).get(OTHER) is None
    remote.write(entry_name(OTHER), renamed)
    assert shared(tmp_path / "a", remote).get(OTHER) is None


def test_a_key_is_changed_without_a_gap(tmp_path: Path, remote: Remote) -> None:
    new = b"the key that the team has now"
    one = shared(tmp_path / "one", remote)
    given(one)
    one.close()
    both = shared(tmp_path / "one", remote, keys=(new, KEY))
    assert shared(tmp_path / "b", remote, keys=(new, KEY)).get(FINGERPRINT) is not None
    assert shared(tmp_path / "c", remote, keys=(new,)).get(FINGERPRINT) is None
    assert both.send(FINGERPRINT) == "signed"
    assert both.send(FINGERPRINT) == "there"
    assert shared(tmp_path / "d", remote, keys=(new,)).get(FINGERPRINT) is not None


def test_a_trusted_place_is_believed_by_that_novel_alone(tmp_path: Path, remote: Remote) -> None:
    plant(remote, FILES)
    novel = shared(tmp_path / "a", remote, trusted=True)
    assert novel.get(FINGERPRINT) is not None
    # The same user's other novels build with the same folder, and have said nothing of that place.
    assert shared(tmp_path / "a", in_memory()).get(FINGERPRINT) is not None
    assert Cache(tmp_path / "a").get(FINGERPRINT) is None
    assert novel.send(FINGERPRINT) == "there"  # and it is never given our signature
    assert json.loads(remote.read(entry_name(FINGERPRINT), ENTRY_LIMIT) or b"").get("signature") is None


def test_a_tracked_record_vouches_for_files_and_says_the_facts(tmp_path: Path, remote: Remote) -> None:
    plant(remote, FILES, facts={**FACTS, "engine": "somebody's", "notes": {"said": "by an attacker"}})
    right = {"happy.png": digest(b"pixels"), "happy-0.png": digest(b"more pixels")}
    for files in ({"happy.png": digest(b"other")}, {"happy.png": right["happy.png"]}, {**right, "happy.txt": "0" * 64}):
        tracked = {FINGERPRINT: [Vouched(files, FACTS)]}
        assert shared(tmp_path / "a", remote, tracked=tracked).get(FINGERPRINT) is None
    swapped = {"happy.png": right["happy-0.png"], "happy-0.png": right["happy.png"]}
    assert shared(tmp_path / "a", remote, tracked={FINGERPRINT: [Vouched(swapped, FACTS)]}).get(FINGERPRINT) is None
    found = shared(tmp_path / "a", remote, tracked={FINGERPRINT: [Vouched(right, FACTS)]}).get(FINGERPRINT)
    assert found is not None and dict(found.facts) == FACTS


def test_without_a_key_nobodys_signature_is_overwritten(tmp_path: Path, remote: Remote) -> None:
    plant(remote, FILES, Keys((KEY,)))
    before = remote.read(entry_name(FINGERPRINT), ENTRY_LIMIT)
    keyless = shared(tmp_path / "a", remote, keys=())
    keyless.put(FINGERPRINT, {".png": b"another rendering"}, FACTS)
    assert keyless.send(FINGERPRINT) == "there"
    assert remote.read(entry_name(FINGERPRINT), ENTRY_LIMIT) == before


def test_what_was_refused_is_replaced_by_what_was_made(tmp_path: Path, remote: Remote) -> None:
    plant(remote, {".png": b"an attacker's"})
    one, other = shared(tmp_path / "one", remote), shared(tmp_path / "other", remote)
    assert one.get(FINGERPRINT) is None
    given(one)
    one.close()
    found = other.get(FINGERPRINT)
    assert found is not None and dict(found.files) == FILES


# --- damage and malice


def test_damaged_objects_are_refused_and_sent_anew(tmp_path: Path, remote: Remote) -> None:
    for damaged in (b"pixelz", b"pix", b"", b"pixels and a tail"):
        plant(remote, FILES, Keys((KEY,)))
        remote.write(object_name(digest(b"pixels")), damaged)
        folder = tmp_path / f"user{len(damaged)}{damaged[-1:].hex()}"
        cache = shared(folder, remote)
        assert cache.get(FINGERPRINT) is None
        assert digest(b"pixels") not in objects(folder)
        given(cache)  # it was made here, and goes to the others
        assert "damaged" in cache.close()[0]
        assert remote.read(object_name(digest(b"pixels")), 100) == b"pixels"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000,
        b'{"entry": 1}', b'{"entry": 2, "files": {}, "facts": {}}',
        b'{"entry": 1, "fingerprint": 3, "files": {}, "facts": {}}', b"x" * (ENTRY_LIMIT + 1),
        json.dumps({"entry": 1, "fingerprint": FINGERPRINT, "files": {}, "facts": {}}).encode(),
        json.dumps({"entry": 1, "fingerprint": FINGERPRINT, "files": {".png": 3}, "facts": {}}).encode(),
        json.dumps({"entry": 1, "fingerprint": FINGERPRINT, "files": [".png"], "facts": {}}).encode(),
        json.dumps({"entry": 1, "fingerprint": FINGERPRINT, "files": {".png": "ab" * 32}, "facts": []}).encode(),
        b'{"entry": 1, "fingerprint": "%s", "files": {".png": "%s"}, "facts": {"a": NaN}}'
        % (FINGERPRINT.encode(), b"ab" * 32),
    ],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_refused(tmp_path: Path, data: bytes) -> None:
    remote = in_memory()
    remote.write(entry_name(FINGERPRINT), data)
    cache = shared(tmp_path / "a", remote, trusted=True)
    assert cache.get(FINGERPRINT) is None
    assert "1 entry (1 damaged)" in cache.close()[0]


@pytest.mark.parametrize(
    "suffix",
    [
        "/../../evil.png", "\\..\\evil.png", ".png:stream", "/..", "/", "./../../x", "", "_2.png", "2.png", ".png\0",
        ".png.render.json", "/x.RENDER.JSON", "-/../x", "//etc/passwd",
    ],
)  # fmt: skip
def test_an_entry_names_no_file_that_is_not_its_artifacts(tmp_path: Path, suffix: str) -> None:
    """Not even one that is signed: a teammate's program may have been taken over."""
    remote = in_memory()
    plant(remote, {suffix: b"evil"}, Keys((KEY,)))
    cache = shared(tmp_path / "cache", remote, trusted=True)
    assert cache.get(FINGERPRINT) is None
    assert set(tree(tmp_path)) <= {"cache/uses.jsonl"}


@pytest.mark.parametrize("name", ["../../victim", "/etc/passwd", "AB" * 32, "ab" * 31, "ab" * 32 + "\n", "ab" * 33])
def test_an_object_is_named_by_a_digest_and_nothing_else(tmp_path: Path, name: str) -> None:
    remote = in_folder(tmp_path / "nas")
    (tmp_path / "victim").write_bytes(b"mine")
    entry = CacheEntry(FINGERPRINT, {".png": name}, FACTS)
    remote.write(entry_name(FINGERPRINT), Keys((KEY,)).sign(entry).to_bytes())
    assert shared(tmp_path / "cache", remote).get(FINGERPRINT) is None
    assert (tmp_path / "victim").read_bytes() == b"mine"


def test_an_object_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "OBJECT_LIMIT", 1000)
    remote = in_folder(tmp_path / "nas")
    plant(remote, {".png": bytes(1001)}, Keys((KEY,)))
    cache = shared(tmp_path / "cache", remote)
    assert cache.get(FINGERPRINT) is None
    assert objects(tmp_path / "cache") == {} and "damaged" in cache.close()[0]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    remote = in_folder(tmp_path / "nas")
    plant(remote, FILES, Keys((KEY,)))
    path = tmp_path / "nas" / object_name(digest(b"pixels"))
    path.unlink()
    path.mkdir()
    cache = shared(tmp_path / "cache", remote)
    assert cache.get(FINGERPRINT) is None and "damaged" in cache.close()[0]


def test_a_fingerprint_that_is_none_leads_nowhere(tmp_path: Path) -> None:
    """A record of somebody else's may say anything in `made`."""
    cache = shared(tmp_path / "cache", in_folder(tmp_path / "nas"))
    for name in ("", "fp1:../../x", "fp1:" + "AB" * 32, "../x:" + "ab" * 32, FINGERPRINT + "\n"):
        assert cache.get(name) is None
    assert cache.close() == []


# --- out of reach


def test_a_place_that_is_not_there_is_told_once_and_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def connect() -> object:
        asked.append(1)
        raise ConnectionRefusedError("refused")

    cache = shared(tmp_path / "cache", Remote(connect, "/x", "sftp://nowhere/x"))
    with caplog.at_level(logging.WARNING, "comfyvn.store"):
        for number in range(5):
            assert cache.get(f"fp1:{number:064x}") is None
        given(cache)
        assert cache.get(FINGERPRINT) is not None
    assert len(asked) == 1 and len(caplog.records) == 1
    assert "going on without it" in caplog.text and "sftp://nowhere/x" in caplog.text
    (told,) = cache.close()
    assert "1 not sent" in told
    assert cache.get(OTHER) is None and len(asked) == 2  # the next build asks again


def test_a_place_that_lets_nobody_write_still_gives(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    remote = in_memory()
    plant(remote, FILES, Keys((KEY,)))

    def refuse(name: str, file: Path) -> None:
        raise RemoteError("the shared cache cannot write: permission denied", remote.label)

    remote.send = refuse  # type: ignore[method-assign]
    cache = shared(tmp_path / "cache", remote)
    with caplog.at_level(logging.WARNING, "comfyvn.store"):
        for number in range(6):
            given(cache, f"fp1:{number:064x}", {".png": b"mine"})
        told = cache.close()
    assert len(caplog.records) == 1 and "permission denied" in caplog.text
    assert "6 not sent" in told[0]
    assert cache.get(FINGERPRINT) is not None


def test_a_folder_that_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    cache = shared(tmp_path / "cache", open_remote((tmp_path / "nas").as_uri(), {}))
    given(cache)
    cache.close()
    assert cache.get(OTHER) is None
    with pytest.raises(RemoteError, match="folder is not there"):
        cache.send(FINGERPRINT)
    assert not (tmp_path / "nas").exists() and cache.unsent() == [FINGERPRINT]


def test_nothing_is_sent_where_push_is_off(tmp_path: Path) -> None:
    cache = shared(tmp_path / "cache", in_folder(tmp_path / "nas"), push=False)
    given(cache)
    assert cache.close() == [] and cache.unsent() == []
    assert tree(tmp_path / "nas") == {}


def test_a_full_disk_here_fails_no_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = in_memory()
    plant(remote, FILES, Keys((KEY,)))
    cache = shared(tmp_path / "cache", remote)

    def full(*_: object) -> None:
        raise StoreError("cannot write (No space left on device)", "x")

    monkeypatch.setattr(cache, "write_entry", full)
    with caplog.at_level(logging.WARNING, "comfyvn.store"):
        assert cache.get(FINGERPRINT) is None
    assert "No space left" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_folders_are_as_open_as_the_caches_own(tmp_path: Path) -> None:
    remote = in_folder(tmp_path / "nas")
    (tmp_path / "nas").chmod(0o770)
    remote.write(entry_name(FINGERPRINT), b"x")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "nas").rglob("*") if path.is_dir()} == {0o770}
