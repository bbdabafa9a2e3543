"""A shared cache behind a real OpenSSH server: strict host keys, cut lines, two clones that build at once."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.errors import RemoteError
from comfyvn.store import remote_check
from comfyvn.store.entries import entry_name
from comfyvn.store.places import open_remote
from comfyvn.store.remote import Remote
from comfyvn.store.signing import Keys, Trust
from tests.fakes.novel_runs import tree
from tests.fakes.shared_builds import CACHED, KEY, RENDERS, team
from tests.fakes.shared_caches import FACTS, FILES, FINGERPRINT, given, plant, shared
from tests.fakes.shared_caches import KEY as TEST_KEY
from tests.fakes.sshd import APT, SSHD, Sshd, cutter, sshd

pytestmark = [pytest.mark.real, pytest.mark.skipif(SSHD is None, reason=f"sshd is not installed: {APT}")]
BIG = {".png": bytes(range(256)) * 2**14, "-0.png": bytes(range(255, -1, -1)) * 2**14, ".srt": b"text"}  # 4 MiB each


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def remote(server: Sshd, tmp_path: Path) -> Iterator[Remote]:
    place = open_remote(f"{server.address()}/{tmp_path.name}", server.options)
    yield place
    place.close()


def test_what_one_has_made_another_takes(tmp_path: Path, remote: Remote) -> None:
    one, other = shared(tmp_path / "one", remote), shared(tmp_path / "other", remote)
    assert other.get(FINGERPRINT) is None
    given(one, files=BIG)
    assert one.close() == []
    found = other.get(FINGERPRINT)
    assert found is not None and dict(found.files) == BIG
    assert one.send(FINGERPRINT) == "there"
    assert remote_check.stats(remote).objects == len(BIG)
    assert remote_check.check(remote, Trust(Keys((TEST_KEY,)))).believed == {"signed": 1}


def test_names_that_ssh_config_knows(tmp_path: Path, server: Sshd) -> None:
    config = tmp_path / "config"
    lines = ("Host nas", "HostName 127.0.0.1", f"Port {server.port}", f"User {getpass.getuser()}")
    files = (f"IdentityFile {server.folder}/user_key", f"UserKnownHostsFile {server.folder}/known_hosts")
    config.write_text("\n  ".join((*lines, *files)) + "\n")
    place = open_remote(f"sftp://nas{server.served}/by_name", {"ssh_config": str(config)})
    place.write(entry_name(FINGERPRINT), b"x")
    assert place.read(entry_name(FINGERPRINT), 10) == b"x"
    place.close()


def test_an_unknown_server_is_refused_and_stays_unknown(tmp_path: Path, server: Sshd) -> None:
    known = tmp_path / "known_hosts"
    known.write_text("")
    place = open_remote(server.address(), {**server.options, "known_hosts": str(known)})
    with pytest.raises(RemoteError, match="not in known_hosts"):
        place.size(entry_name(FINGERPRINT))
    assert known.read_text() == ""


def test_another_host_key_is_refused(tmp_path: Path, server: Sshd) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    kind, key, *_ = (tmp_path / "other.pub").read_text().split()
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {kind} {key}\n")
    place = open_remote(server.address(), {**server.options, "known_hosts": str(tmp_path / "known_hosts")})
    with pytest.raises(RemoteError, match="another host key"):
        place.size(entry_name(FINGERPRINT))


def test_a_login_that_is_refused_asks_nobody(tmp_path: Path, server: Sshd) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    place = open_remote(server.address(), {**server.options, "key_file": str(tmp_path / "key")})
    with pytest.raises(RemoteError, match="refuses the login"):
        place.size(entry_name(FINGERPRINT))


def test_corrupted_truncated_and_malicious_entries_are_refused(tmp_path: Path, remote: Remote) -> None:
    for number, data in enumerate((b"", b"{", b"x" * (2**20 + 1), b'{"entry": 1, "files": {"/../x": "y"}}')):
        remote.write(entry_name(FINGERPRINT), data)
        cache = shared(tmp_path / f"user{number}", remote, trusted=True)
        assert cache.get(FINGERPRINT) is None and "1 damaged" in cache.close()[0]
    plant(remote, FILES, Keys((b"somebody else's key",)))
    assert shared(tmp_path / "x", remote).get(FINGERPRINT) is None
    plant(remote, FILES, Keys((TEST_KEY,)))
    for name, _ in remote.listing("objects"):
        remote.write(name, b"pix")
    cache = shared(tmp_path / "y", remote)
    assert cache.get(FINGERPRINT) is None and "1 damaged" in cache.close()[0]
    assert {name for name in tree(tmp_path / "y") if "objects" in name} == set()


def test_a_push_that_is_cut_goes_on(tmp_path: Path, server: Sshd) -> None:
    with cutter(server.port) as relay:
        server.know(relay.port)
        place = open_remote(f"{server.address(relay.port)}/{tmp_path.name}", server.options)
        one = shared(tmp_path / "one", place)
        one.put(FINGERPRINT, BIG, FACTS)
        relay.budget = 6 * 2**20  # the first object and a part of the second
        with pytest.raises(RemoteError):
            one.send(FINGERPRINT)
        assert relay.cuts > 0
        there = place_of(server, tmp_path)
        sizes = dict(there.listing("objects"))
        assert sorted(sizes.values()) == [len(BIG[".png"])]  # whole, or not there under its name
        assert there.listing("entries") == []
        relay.budget = 6 * 2**20  # not enough to send it all once more
        assert one.send(FINGERPRINT) == "sent"
        found = shared(tmp_path / "other", there).get(FINGERPRINT)
        assert found is not None and dict(found.files) == BIG
        place.close()
        there.close()


def test_a_pull_that_is_cut_goes_on(tmp_path: Path, server: Sshd, caplog: pytest.LogCaptureFixture) -> None:
    there = place_of(server, tmp_path)
    one = shared(tmp_path / "one", there)
    one.put(FINGERPRINT, BIG, FACTS)
    one.send(FINGERPRINT)
    with cutter(server.port) as relay:
        server.know(relay.port)
        other = shared(
            tmp_path / "other", open_remote(f"{server.address(relay.port)}/{tmp_path.name}", server.options)
        )
        relay.budget = 6 * 2**20
        assert other.get(FINGERPRINT) is None and relay.cuts > 0
        arrived = [path.stat().st_size for path in (tmp_path / "other/objects").rglob("*") if path.is_file()]
        assert arrived == [len(BIG[".png"])]
        other.close()
        relay.budget = 6 * 2**20
        found = other.get(FINGERPRINT)
        assert found is not None and dict(found.files) == BIG
        other.close()
    assert "going on without it" in caplog.text
    there.close()


def test_a_line_that_is_cut_once_is_no_trouble(tmp_path: Path, server: Sshd) -> None:
    with cutter(server.port) as relay:
        server.know(relay.port)
        place = open_remote(f"{server.address(relay.port)}/{tmp_path.name}", server.options)
        one = shared(tmp_path / "one", place)
        one.put(FINGERPRINT, BIG, FACTS)
        assert place.size(entry_name(FINGERPRINT)) is None  # connected
        relay.budget = 0
        with pytest.raises(RemoteError):
            place.size(entry_name(FINGERPRINT))
        relay.budget = None
        assert one.send(FINGERPRINT) == "sent"
        place.close()


def test_a_server_that_is_restarted(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with sshd(tmp_path_factory.mktemp("restarted")) as own:
        place = open_remote(own.address(), own.options)
        one = shared(tmp_path / "one", place)
        own.stop()
        given(one)
        assert one.get("fp1:" + "cd" * 32) is None
        assert "1 not sent" in one.close()[0]
        own.start()
        assert [one.send(name) for name in one.unsent()] == ["sent"]
        place.close()


def test_two_clones_build_at_once_and_a_third_renders_nothing(tmp_path: Path, server: Sshd) -> None:
    settings = {"remote": f"{server.address()}/team", "options": server.options}
    with team(tmp_path / "team", settings) as people:
        runs = people.build_at_once(people.clone("one"), people.clone("other"))
        assert [run.code for run in runs] == [0, 0], runs
        before = people.renders()
        third = people.build(people.clone("third"))
        assert third.code == 0 and len(third.cached) == CACHED, third.output
        assert people.renders() == before == RENDERS
    place = open_remote(f"{server.address()}/team", server.options)
    found = remote_check.check(place, Trust(Keys((KEY.encode(),))))
    assert found.believed == {"signed": CACHED} and found.damaged == ()
    assert place.listing("partial") == []
    place.close()


def place_of(server: Sshd, tmp_path: Path) -> Remote:
    """The cache of this test, without the relay."""
    return open_remote(f"{server.address()}/{tmp_path.name}", server.options)
