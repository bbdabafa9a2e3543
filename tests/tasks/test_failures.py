"""One failure never stops the rest: exports go on with older art and say so, and the end says how to retry it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.engine import failed
from tests.fakes.comfy import FakeComfy, running
from tests.fakes.failing import AYA, Edit, Moody, studio
from tests.fakes.novel_runs import comfyvn, doit, tree
from tests.fakes.small_novel import NOVEL, write

HAPPY = "sprites:aya/casual/standing/happy"
BASE = "sprites:aya/casual/standing/base"
CALM = "sprites:aya/casual/standing/calm"
STILL = "scenes:evening/lantern"
SCENE = "data/scenes/arrival.json"
SCRIPT = "build/export/renpy/game"


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def fake(moody: Moody) -> Iterator[FakeComfy]:
    with running(FakeComfy(moody)) as server:
        yield server


@pytest.fixture
def novel(tmp_path: Path, fake: FakeComfy) -> Path:
    """Built once, by a server in a good mood."""
    novel = studio(tmp_path / "novel", fake.url)
    run = doit(novel)
    assert run.code == 0, run.output
    return novel


def _names(novel: Path) -> list[str]:
    return list(failed.read(novel / ".comfyvn"))


def _script(novel: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted((novel / SCRIPT).rglob("*.rpy")))


def test_an_export_goes_on_with_the_last_good_picture_and_says_so(novel: Path, moody: Moody, edit: Edit) -> None:
    before = (novel / "build/sprites/aya/casual/standing/happy.png").read_bytes()
    export = tree(novel / "build/export")
    edit(novel / AYA, "happy smile", "very sad")
    edit(novel / SCENE, "The ferry is late.", "The ferry is gone.")
    moody.hated.add("very sad")

    run = doit(novel)
    assert run.code == 1, run.output
    assert run.made == {"export_renpy"}
    assert "The ferry is gone." in _script(novel)
    assert f"export_renpy was made with 1 stale picture: {HAPPY} (its render failed)\n" in run.output
    assert "1 made, 7 up to date, 1 failed in" in run.output
    assert f"failed: {HAPPY}\nerror: node 1 (KSampler) failed: ValueError: no such luck\n" in run.output
    assert f"to retry just this: doit {HAPPY}\n" in run.output
    assert "Traceback" not in run.output
    assert (novel / "build/sprites/aya/casual/standing/happy.png").read_bytes() == before
    assert _names(novel) == [HAPPY]

    again = doit(novel)  # nothing is taken for up to date because of that
    assert (again.code, again.made) == (1, frozenset())
    assert f"export_renpy still holds 1 stale picture: {HAPPY} (its render failed)\n" in again.output
    assert "stale (content) " + HAPPY in comfyvn(novel, "status").output

    moody.hated.clear()
    retried = comfyvn(novel, "build", "--failed")
    assert (retried.code, _names(novel)) == (0, []), retried.output
    assert f"[1/1] {HAPPY}" in retried.output or f"] {HAPPY}  comfyui" in retried.output
    assert comfyvn(novel, "build", "--failed").output == "nothing failed that is still to be made\n"
    last = doit(novel)
    assert (last.code, last.made) == (0, {"atlases:aya", "manifests:renpy", "export_renpy"}), last.output
    assert tree(novel / "build/export") != export
    assert doit(novel).made == frozenset()


def test_what_would_be_rendered_from_a_failed_picture_waits(novel: Path, moody: Moody, edit: Edit) -> None:
    edit(novel / AYA, "yellow raincoat", "red raincoat")  # in the graphs of the base and of every expression
    edit(novel / SCENE, "The ferry is late.", "The ferry is gone.")
    moody.hated.add("red raincoat")
    run = doit(novel)
    assert run.code == 1, run.output
    assert moody.count("red raincoat") == 2  # the base and a still: no expression was painted on the old base
    held = f"{STILL} (its render failed), {CALM} (it waits for {BASE}), {HAPPY} (it waits for {BASE})"
    assert f"export_renpy was made with 3 stale pictures: {held}\n" in run.output
    assert f"failed: {STILL}, {BASE}\n" in run.output
    assert "2 failed, 2 wait for those in" in run.output
    assert _names(novel) == [STILL, BASE]
    assert "The ferry is gone." in _script(novel)
    moody.hated.clear()
    assert doit(novel).made >= {BASE, CALM, HAPPY, "atlases:aya", "export_renpy"}


def test_what_was_never_made_holds_its_export_up(novel: Path, moody: Moody, edit: Edit) -> None:
    edit(novel / AYA, '"calm": {', '"grim": {"prompt": "grim", "seed": 23}, "calm": {')
    edit(novel / "data/locations/pier.json", "night, lanterns", "night, fog")
    moody.hated.add("grim")
    export = tree(novel / "build/export")
    run = doit(novel)
    assert run.code == 1
    assert run.made == {"backgrounds:pier/night"}  # the rest went on
    assert "1 failed, 3 wait for those in" in run.output
    assert "stale picture" not in run.output
    assert tree(novel / "build/export") == export


def test_drafts_stand_in_while_no_server_answers(
    built_once: tuple[Path, Path], tmp_path: Path, own_cache: Path, edit: Edit
) -> None:
    novel = Path(shutil.copytree(built_once[0], tmp_path / "drafts"))
    write(novel / "comfyvn.yaml", NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n")
    write(novel / "providers/servers.yaml", "servers: {gpu: {url: 'http://127.0.0.1:9', silence_s: 1}}\n")
    edit(novel / SCENE, "The ferry is late.", "The ferry is gone.")
    run = doit(novel)
    assert run.code == 1, run.output
    assert "export_renpy" in run.made
    assert "export_renpy was made with 5 stale pictures: " in run.output
    assert "failed: backgrounds:pier/base, sprites:aya/casual/standing/base\n" in run.output
    assert _names(novel) == ["backgrounds:pier/base", STILL, BASE]


def test_without_going_on_the_first_failure_ends_the_run(novel: Path, moody: Moody, edit: Edit) -> None:
    edit(novel / AYA, "happy smile", "very sad")
    edit(novel / SCENE, "The ferry is late.", "The ferry is gone.")
    moody.hated.add("very sad")
    run = doit(novel, "-n", "0", "--no-continue", HAPPY, "export_renpy")
    assert (run.code, run.made) == (1, frozenset()), run.output


def test_a_list_of_failures_that_is_damaged_or_of_another_novel_holds_nobody_up(novel: Path) -> None:
    listed = novel / ".comfyvn/failed.json"
    for text in ("{", "[]", '{"version": 1, "targets": 3}', '{"version": 9, "targets": ["a"]}'):
        listed.write_text(text, "utf-8")
        assert failed.read(novel / ".comfyvn") == ()
    listed.write_text(json.dumps({"version": 1, "targets": ["sprites:gone/x", "../../etc", 7]}), "utf-8")
    run = comfyvn(novel, "build", "--failed")
    assert (run.code, run.output) == (0, "nothing failed that is still to be made\n")
    assert comfyvn(novel, "build", "--failed", HAPPY).code == 2


def test_a_run_of_something_else_leaves_the_list_as_it_is(novel: Path, moody: Moody, edit: Edit) -> None:
    edit(novel / AYA, "happy smile", "very sad")
    moody.hated.add("very sad")
    assert doit(novel, HAPPY).code == 1
    assert doit(novel, "backgrounds").code == 0
    assert _names(novel) == [HAPPY]
    edit(novel / AYA, "very sad", "happy smile")  # taken back: it is up to date again
    assert doit(novel).code == 0
    assert _names(novel) == []
