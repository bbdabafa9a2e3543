"""What a ComfyUI on disk has: real repositories made by git, packs of the Comfy Registry, hostile ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from comfyvn.errors import StoreError, UsageError
from comfyvn.nodeset.checkouts import comfyui_root, scan_packs
from comfyvn.nodeset.git import read_checkout
from comfyvn.nodeset.local import read_local
from comfyvn.nodeset.matching import match_packs
from comfyvn.nodeset.reality import Reality, SeenPack
from comfyvn.providers import PackPin
from comfyvn.reading import read_registry
from tests.fakes.comfyui_folder import checkout, comfyui, git, registry_pack
from tests.fakes.small_novel import write


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A ComfyUI that no test changes, and its commits."""
    folder = tmp_path_factory.mktemp("comfyui")
    return folder, comfyui(folder)


def local(folder: Path) -> Reality:
    return read_local(folder, read_registry(folder), None, lambda _name, _done, _total: None)


def test_every_kind_of_pack_is_told_apart(once: tuple[Path, dict[str, str]]) -> None:
    folder, commits = once
    found = local(folder)
    pins = found.packs
    assert {name: pins[name].commit for name in commits} == commits
    assert pins["ComfyUI"].version == "0.3.64"
    assert pins["ComfyUI-VideoHelperSuite"] == PackPin(
        version="1.7.0", cnr="comfyui-videohelpersuite", state="verified"
    )
    assert pins["ComfyUI-VideoHelperSuite"].pin == "1.7.0"
    assert pins["Comfy-RVC"].pin is None  # unpacked by hand: nobody knows what it is
    assert "ComfyUI-XTTS" not in pins  # disabled
    assert set(pins) == {*commits, "ComfyUI-VideoHelperSuite", "Comfy-RVC"}
    assert {pin.state for name, pin in pins.items() if pin.pin} == {"verified"}
    assert any("Comfy-RVC" in note for note in found.notes)
    assert any("Stranger" in note for note in found.notes)
    assert found.lists_packs
    assert not found.lists_models


def test_a_fork_says_where_its_commit_is_found(once: tuple[Path, dict[str, str]]) -> None:
    pins = local(once[0]).packs
    assert pins["ComfyUI_FizzNodes"].source == "me/ComfyUI_FizzNodes"
    assert pins["ComfyUI-Impact-Pack"].source == pins["ComfyUI"].source == ""


def test_no_password_leaves_a_remote(once: tuple[Path, dict[str, str]]) -> None:
    assert "secret" not in repr(local(once[0]))


def test_changes_without_a_commit(tmp_path: Path) -> None:
    folder = tmp_path / "custom_nodes" / "ComfyUI-KJNodes"
    commit = checkout(folder, "https://github.com/kijai/ComfyUI-KJNodes")
    write(folder / "__pycache__/new.pyc", b"\0")
    assert read_checkout(folder).changes == ""  # untracked files are no change of the pack
    write(folder / "__init__.py", "changed = True\n")
    changed = local(tmp_path)
    pin = changed.packs["ComfyUI-KJNodes"]
    assert pin.pin == f"{commit}+{pin.changes[:16]}"
    assert any("not committed" in note for note in changed.notes)
    write(folder / "__init__.py", b"changed = True\r\n")
    assert read_checkout(folder).changes == pin.changes  # line ends of Windows change nothing
    write(folder / "__init__.py", "changed = 2\n")
    assert read_checkout(folder).changes not in ("", pin.changes)
    (folder / "__init__.py").unlink()
    assert read_checkout(folder).changes not in ("", pin.changes)


def test_a_pack_inside_comfyui_s_own_checkout_has_no_commit_of_its_own(tmp_path: Path) -> None:
    comfyui(tmp_path)
    write(tmp_path / "custom_nodes/ComfyUI-XTTS/__init__.py", "")
    write(tmp_path / "custom_nodes/TTS-Audio-Suite/.git/HEAD", "ref: refs/heads/main\n")  # broken
    pins = local(tmp_path).packs
    assert pins["ComfyUI-XTTS"].pin is None
    assert pins["TTS-Audio-Suite"].pin is None


@pytest.mark.skipif(sys.platform == "win32", reason="the traps are shell scripts")
def test_a_hostile_checkout_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ComfyUI-KJNodes"
    commit = checkout(folder, "https://github.com/kijai/ComfyUI-KJNodes")
    ran = tmp_path / "ran"
    trap = tmp_path / "trap.sh"
    write(trap, f"#!/bin/sh\necho ran >> {ran}\ncat\n")
    trap.chmod(0o755)
    for key in ("filter.evil.clean", "filter.evil.process", "core.fsmonitor", "diff.external", "core.sshCommand",
                "core.pager", "diff.evil.textconv", "diff.evil.command"):  # fmt: skip
        git(folder, "config", key, str(trap))
    git(folder, "config", "filter.evil.required", "true")
    git(folder, "config", "core.hooksPath", str(tmp_path))
    write(folder / ".gitattributes", "* filter=evil diff=evil\n")
    write(folder / "__init__.py", "NODE_CLASS_MAPPINGS = []\n")  # of the same size: git must read it, and filter it
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))  # as in a hook of another repository
    found = read_checkout(folder)
    assert found.commit == commit
    assert found.changes
    assert not ran.exists()


def test_nothing_is_written_into_a_checkout(tmp_path: Path) -> None:
    checkout(tmp_path, "https://github.com/kijai/ComfyUI-KJNodes")
    os.utime(tmp_path / "__init__.py", (1, 1))
    before = {path: path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))}
    read_checkout(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))} == before


def test_git_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comfyui(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(StoreError, match="git is not installed"):
        local(tmp_path)


def test_extensions_of_another_interface(tmp_path: Path) -> None:
    commit = checkout(tmp_path / "extensions/ComfyUI-KJNodes", "https://github.com/kijai/ComfyUI-KJNodes")
    assert [pack.pin.commit for pack in scan_packs(comfyui_root(tmp_path))] == [commit]


def test_the_windows_package_keeps_comfyui_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ComfyUI/custom_nodes").mkdir(parents=True)
    write(tmp_path / "ComfyUI/comfyui_version.py", '__version__ = "0.3.70"\n')
    (core,) = scan_packs(comfyui_root(tmp_path))
    assert (core.pin.pin, core.pin.commit) == ("0.3.70", "")


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_a_folder_that_is_no_comfyui(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        comfyui_root(tmp_path / place)


def test_two_folders_of_one_pack(tmp_path: Path) -> None:
    seen = [
        SeenPack("ComfyUI-KJNodes", PackPin(commit="a" * 40)),
        SeenPack("kj", PackPin(commit="b" * 40), "kijai/ComfyUI-KJNodes"),
        SeenPack("kj2", PackPin(commit="c" * 40), "kijai/comfyui-kjnodes"),
    ]
    matched = match_packs(read_registry(tmp_path), seen)
    assert matched.packs["ComfyUI-KJNodes"].commit == "b" * 40
    assert len([note for note in matched.notes if "twice" in note]) == 2


def test_a_version_that_no_one_wrote_for_us_is_no_path_and_no_crash(tmp_path: Path) -> None:
    registry_pack(tmp_path / "custom_nodes/one", "comfyui-kjnodes", "1.2.3", "https://github.com/kijai/ComfyUI-KJNodes")
    write(tmp_path / "custom_nodes/two/pyproject.toml", "[project\n")
    write(tmp_path / "custom_nodes/three/pyproject.toml", "project = 3\n")
    write(tmp_path / "custom_nodes/three/.tracking", "")
    assert local(tmp_path).packs["ComfyUI-KJNodes"].pin == "1.2.3"


@pytest.mark.skipif(sys.platform == "win32", reason="the trap is a shell command")
def test_a_filter_that_no_option_can_name_runs_nothing(tmp_path: Path) -> None:
    """`git -c filter.x=y.clean=` would set `filter.x`."""
    folder, ran = tmp_path / "custom_nodes/ComfyUI-KJNodes", tmp_path / "ran"
    checkout(folder, "https://github.com/kijai/ComfyUI-KJNodes")
    git(folder, "config", "--add", "filter.x=y.required", "true")
    config = folder / ".git/config"
    config.write_text(f'{config.read_text("utf-8")}[filter "x=y"]\n\tclean = touch {ran}; cat\n', "utf-8")
    write(folder / ".git/info/attributes", "* filter=x=y\n")
    write(folder / "__init__.py", "NODE_CLASS_MAPPINGS = []\n")
    found = local(tmp_path)
    assert not ran.exists()
    assert found.packs["ComfyUI-KJNodes"].pin is None
    assert any("filter" in note for note in found.notes)


def test_no_checkout_makes_git_fetch(tmp_path: Path) -> None:
    """A partial clone would fetch what it lacks, by a program that its own configuration names."""
    folder, ran = tmp_path / "ComfyUI-KJNodes", tmp_path / "ran"
    commit = checkout(folder, "https://github.com/kijai/ComfyUI-KJNodes")
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    config = folder / ".git/config"
    more = (
        '[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = o\n[protocol "ext"]\n\tallow = always\n'
        f'[remote "o"]\n\tpromisor = true\n\turl = ext::touch {ran.as_posix()}\n'
    )
    config.write_text(config.read_text("utf-8") + more, "utf-8")
    for digest in (tree, commit):
        (folder / f".git/objects/{digest[:2]}/{digest[2:]}").unlink()
    with pytest.raises(StoreError):
        read_checkout(folder)
    assert not ran.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs folders that cannot be read")
def test_a_pack_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    checkout(tmp_path / "custom_nodes/ComfyUI_FizzNodes", "https://github.com/me/ComfyUI_FizzNodes")
    closed = tmp_path / "custom_nodes/ComfyUI-KJNodes"
    closed.mkdir(mode=0)
    try:
        found = local(tmp_path)
    finally:
        closed.chmod(0o755)
    assert found.packs["ComfyUI_FizzNodes"].commit
    assert any("ComfyUI-KJNodes" in note and "cannot be read" in note for note in found.notes)
