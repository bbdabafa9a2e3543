"""Builds over a shared cache: a teammate renders nothing, drafts stay at home, and nothing outside can fail a build."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.draft.process import DraftServer
from comfyvn.reading import read
from comfyvn.store.entries import ENTRY_LIMIT, entry_name
from comfyvn.store.places import open_remote
from comfyvn.store.remote_check import listed
from tests.fakes.novel_runs import Run, comfyvn, environment, tree
from tests.fakes.s3 import BUCKET, CREDENTIALS, s3_server
from tests.fakes.shared_builds import CACHED, FINAL, KEY, RENDERS, SILENT, Team, team
from tests.fakes.small_novel import write

PLATES = {"backgrounds:pier/base", "backgrounds:pier/night"}  # what most tests build: the second is made of the first
PLATE = "build/backgrounds/pier/base.png"


@pytest.fixture(autouse=True)
def no_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration folder of nobody who runs the tests."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("COMFYVN_CONFIG", str(folder))
    monkeypatch.delenv("COMFYVN_CACHE_KEY", raising=False)
    return folder


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    (tmp_path / "nas").mkdir()
    return tmp_path / "nas"


@pytest.fixture(scope="module")
def server() -> Iterator[DraftServer]:
    with DraftServer() as running:
        yield running


@pytest.fixture
def people(tmp_path: Path, nas: Path, server: DraftServer) -> Team:
    (tmp_path / "team").mkdir()
    return Team(tmp_path / "team", server, {"remote": nas.as_uri()})


def run(people: Team, root: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch, key: str = KEY) -> Run:
    """A command of ours, as the clone's owner runs it."""
    with monkeypatch.context() as patched:
        patched.setenv("COMFYVN_CACHE", str(people.folder / f"cache-{root.name}"))
        patched.setenv("COMFYVN_CACHE_KEY", key)
        return comfyvn(root, *arguments)


def test_two_clones_build_at_once_on_s3_and_a_third_renders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("s3fs", reason="pip install 'comfyvn[s3]'")
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with s3_server() as url:
        settings = {"remote": f"s3://{BUCKET}/team", "options": {"endpoint_url": url}}
        with team(tmp_path / "team", settings) as people:
            runs = people.build_at_once(people.clone("one"), people.clone("other"))
            assert [built.code for built in runs] == [0, 0], runs
            third = people.build(people.clone("third"))
            assert third.code == 0 and len(third.cached) == CACHED, third.output
            assert people.renders() == RENDERS
            root = people.folder / "third"
            stats = run(people, root, "cache", "stats", "--remote", "--json", monkeypatch=monkeypatch)
            told = json.loads(stats.output)
            assert told["remote"]["entries"] == told["entries"] == told["hits"]["far"] == CACHED
            checked = run(people, root, "cache", "verify", "--remote", monkeypatch=monkeypatch)
            assert checked.code == 0 and f"{CACHED} signed" in checked.output


def test_a_clone_takes_everything_and_the_key_is_nowhere(
    people: Team, nas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = people.clone("one"), people.clone("other")
    built = people.build(one)
    before = people.renders()
    pulled = run(people, other, "cache", "pull", "--json", monkeypatch=monkeypatch)
    assert len(json.loads(pulled.output)["taken"]) == CACHED
    second = people.build(other)
    assert second.made == {"manifests:renpy", "export_renpy"}
    assert people.renders() == before
    assert tree(one / "build/sprites") == tree(other / "build/sprites")
    again = run(people, other, "cache", "push", "--json", monkeypatch=monkeypatch)
    assert json.loads(again.output) == {"sent": 0, "there": CACHED, "signed": 0, "gone": 0}
    outputs = [built.output, pulled.output, second.output, again.output]
    assert not any(KEY in output for output in outputs)
    assert not any(KEY.encode() in data for data in tree(people.folder).values())
    assert not any(KEY.encode() in data for data in tree(nas).values())


def test_drafts_are_never_sent(people: Team, nas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = people.clone("one")
    settings = json.dumps({"remote": nas.as_uri()})
    write(root / "comfyvn.yaml", f"{SILENT}cache: {settings}\n")
    assert people.build(root, "backgrounds", "sprites").code == 0
    assert "nothing to send" in run(people, root, "cache", "push", monkeypatch=monkeypatch).output
    assert tree(nas) == {}
    # A draft that somebody has retouched is kept when finals are asked for; what is made of it is a draft's child.
    _retouch(root / PLATE)
    write(root / "comfyvn.yaml", f"{FINAL}cache: {settings}\n")
    built = people.build(root, "backgrounds", "sprites")
    assert built.code == 0 and "backgrounds:pier/night" in built.made and "kept: backgrounds:pier/base" in built.output
    sent = set(listed(open_remote(nas.as_uri(), {}))[0])
    record = json.loads((root / "build/backgrounds/pier/night.png.render.json").read_text("utf-8"))
    assert record["quality"] == "final" and record["made"] not in sent
    assert len(sent) == 3  # the sprites


def _retouch(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        changed = image.convert("RGB")
    changed.paste((255, 0, 0), (0, 0, 20, 20))
    changed.save(path)


def test_a_place_out_of_reach_is_told_once_and_sent_to_later(
    people: Team, nas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nas.rmdir()
    root = people.clone("one")
    built = people.build(root, "backgrounds")
    assert built.code == 0 and built.made == PLATES, built.output
    assert built.output.count("going on without it") == 1
    assert "2 not sent" in built.output and "comfyvn cache push" in built.output
    pushed = run(people, root, "cache", "push", monkeypatch=monkeypatch)
    assert pushed.code == 1 and "make the folder once" in pushed.output
    assert run(people, root, "cache", "pull", monkeypatch=monkeypatch).code == 1  # the sprites are missing
    nas.mkdir()
    pushed = run(people, root, "cache", "push", monkeypatch=monkeypatch)
    assert pushed.code == 0 and "2 sent" in pushed.output
    assert people.build(people.clone("other"), "backgrounds").cached == PLATES


def test_what_nobody_signed_is_refused_and_told_once(people: Team, nas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, trusting = people.clone("one"), people.clone("other"), people.clone("trusting", trusted=True)
    assert people.build(one, "backgrounds", key="").code == 0
    built = people.build(other, "backgrounds")
    assert built.code == 0 and built.made == PLATES
    assert built.output.count("refused from the shared cache") == 1
    assert "2 entries (2 not signed)" in built.output
    # The one with a key has put signed entries in the place of those.
    checked = run(people, other, "cache", "verify", "--remote", "--json", monkeypatch=monkeypatch)
    assert json.loads(checked.output)["believed"] == {"signed": 2}
    assert people.build(trusting, "backgrounds", key="").cached == PLATES


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed: apt-get install -y git")
def test_tracked_records_vouch_for_what_nobody_signed(people: Team, tmp_path: Path) -> None:
    one, other = people.clone("one"), people.clone("other")
    assert people.build(one, "backgrounds", key="").code == 0
    before = people.renders()
    for record in (one / "build").rglob("*.render.json"):
        target = other / record.relative_to(one)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(record, target)
    clone = shutil.copytree(other, people.folder / "untracked")
    _git(other, "init", "-q")
    _git(other, "add", "-f", "build")
    built = people.build(other, "backgrounds", key="")
    assert built.code == 0 and built.cached == PLATES, built.output
    assert people.renders() == before
    assert people.build(clone, "backgrounds", key="").made == PLATES  # the same records, which Git does not track


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, env=environment(GIT_CONFIG_GLOBAL=os.devnull))


def test_damage_and_malice_leave_the_build_as_it_is(people: Team, nas: Path) -> None:
    one, other = people.clone("one"), people.clone("other")
    assert people.build(one, "backgrounds", "sprites").code == 0
    remote = open_remote(nas.as_uri(), {})
    entries, objects = (sorted(names) for names in listed(remote))
    evil = {"entry": 1, "files": {"/../../../evil.png": objects[0]}, "facts": {}, "fingerprint": entries[0]}
    remote.write(entry_name(entries[0]), json.dumps(evil).encode())
    remote.write(entry_name(entries[1]), (remote.read(entry_name(entries[1]), ENTRY_LIMIT) or b"")[:-20])
    for digest in objects:
        path = nas / "objects" / digest[:2] / digest
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before = {path for path in people.folder.rglob("*") if "evil" in path.name}
    built = people.build(other, "backgrounds", "sprites")
    assert built.code == 0 and len(built.made) == 5, built.output
    assert "5 entries (5 damaged)" in built.output
    assert {path for path in people.folder.rglob("*") if "evil" in path.name} == before == set()
    # What was made here is whole again over there.
    assert len(people.build(people.clone("third"), "backgrounds", "sprites").cached) == 5


def test_a_key_or_an_option_that_is_wrong_fails_no_build(people: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    root = people.clone("one")
    built = people.build(root, "backgrounds", key="too short")
    assert built.code == 0 and "fewer than 16 characters" in built.output and "too short" not in built.output
    pushed = run(people, root, "cache", "push", monkeypatch=monkeypatch, key="too short")
    assert pushed.code == 1 and "secrets.token_hex" in pushed.output
    settings = {"remote": f"s3://{BUCKET}/x", "options": {"secret": {"env": "NOWHERE_SET"}}}
    write(root / "comfyvn.yaml", f"{FINAL}cache: {json.dumps(settings)}\n")
    (root / PLATE).unlink()
    shutil.rmtree(people.folder / "cache-one")
    built = people.build(root, "backgrounds:pier/base")
    assert built.code == 0 and "NOWHERE_SET" in built.output


def test_a_cache_of_ones_own_lies_over_the_novels(
    people: Team, nas: Path, no_configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = people.clone("one")
    write(no_configuration / "cache.yaml", "remote: null\n")
    assert people.build(root, "backgrounds").code == 0
    told = run(people, root, "cache", "push", monkeypatch=monkeypatch)
    assert told.code == 2 and "shares no cache" in told.output
    (tmp_path / "mine").mkdir()
    write(no_configuration / "cache.yaml", f"remote: {(tmp_path / 'mine').as_uri()}\n")
    assert "2 sent" in run(people, root, "cache", "push", monkeypatch=monkeypatch).output
    assert tree(nas) == {} and tree(tmp_path / "mine") != {}
    write(no_configuration / "cache.yaml", "remote: {bad\n")
    assert "cache.yaml:" in run(people, root, "status", monkeypatch=monkeypatch).output


def test_with_nothing_to_do_nothing_is_imported_or_asked(people: Team, nas: Path) -> None:
    root = people.clone("one")
    assert people.build(root, "backgrounds").code == 0
    shutil.rmtree(nas)  # whoever asks is told that it is not there
    again = people.build(root, "backgrounds")
    assert again.made == frozenset() and "shared cache" not in again.output
    code = (
        "import sys; from pathlib import Path; from comfyvn.engine.opening import open_novel\n"
        "novel = open_novel(Path('.').resolve()); novel.engine.begin(); novel.engine.end()\n"
        "print(sorted({'fsspec', 'paramiko', 's3fs', 'botocore'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment(), capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('{remote: "ftp://host/x"}', "s3://, sftp:// or file://"),
        ('{remote: "sftp://user:secretword@host/x"}', "no password"),
        ('{remote: "sftp://-oProxyCommand=x/y"}', "user@host"),
        ('{remote: "sftp://host"}', "names a folder"),
        ('{remote: "file:///nas/../etc"}', "no . or .."),
        ('{remote: "s3://B@d/x"}', "bucket"),
        ('{remote: "s3://bucket/x", options: {secret: secretword}}', "{env: NAME}"),
        ('{remote: "s3://bucket/x", options: {known_hosts: x}}', "known_hosts is no option"),
        ('{remote: "s3://bucket/x", options: {command: x}}', "options"),
    ],
)
def test_an_address_that_makes_no_sense_is_told(people: Team, settings: str, said: str) -> None:
    root = people.clone("one")
    write(root / "comfyvn.yaml", f"{FINAL}cache: {settings}\n")
    (problem,) = read(root).errors
    assert said in str(problem) and problem.where().startswith("comfyvn.yaml:13 $.cache")
    assert "secretword" not in str(problem)


def test_gc_keeps_to_its_size(people: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    root = people.clone("one")
    assert people.build(root, "backgrounds").code == 0
    told = run(people, root, "cache", "gc", monkeypatch=monkeypatch)
    assert told.code == 2 and "--max-size" in told.output
    told = run(people, root, "cache", "gc", "--max-size", "0", "--json", monkeypatch=monkeypatch)
    assert json.loads(told.output)["entries"] == 0  # a build may be about to use it
    for path in (people.folder / "cache-one").rglob("*"):
        os.utime(path, (1, 1))
    told = run(people, root, "cache", "gc", "--max-size", "0", "--json", monkeypatch=monkeypatch)
    assert json.loads(told.output)["entries"] == 2 and json.loads(told.output)["left"] == 0
    assert run(people, root, "cache", "gc", "--max-size", "much", monkeypatch=monkeypatch).code == 2


def test_the_commands_explain_themselves(people: Team) -> None:
    for name in ("push", "pull", "gc", "verify", "stats"):
        told = comfyvn(people.folder, "cache", name, "--help")
        assert told.code == 0 and "examples:" in told.output and "--json" in told.output
    assert comfyvn(people.folder, "cache").code == 2
