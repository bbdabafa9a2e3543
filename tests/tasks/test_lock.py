"""Pins and what they do to a novel that is built: made stale by class, accepted, held back, asked for; by counting."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from comfyvn.cli import main
from comfyvn.draft.process import DraftServer
from comfyvn.engine.lock import BuildLock
from comfyvn.recipe import fingerprint
from comfyvn.store.records import parse
from tests.fakes.comfyui_folder import comfyui, git
from tests.fakes.novel_runs import REPOSITORY, Run, copied, doit, environment, set_up, tree
from tests.fakes.small_novel import NOVEL, write, write_small_novel

A, B = "a" * 40, "b" * 40
AYA = "data/characters/aya/character.json"
BASE, CALM, HAPPY = (f"sprites:aya/casual/standing/{name}" for name in ("base", "calm", "happy"))
PICTURES = {BASE, CALM, HAPPY, "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern"}
LOCK = "providers/nodeset.lock.json"
FINAL = NOVEL + "engines: {image: comfyui}\n"
Edit = Callable[[Path, str, str], None]


@pytest.fixture(scope="module")
def finals_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """(the novel with pictures of a ComfyUI server, the cache it filled): drafts have no packs, and pins say nothing of
    them. The server, the draft endpoint declared to be a ComfyUI, runs for all tests here.
    """
    novel, cache = tmp_path_factory.mktemp("finals") / "novel", tmp_path_factory.mktemp("finals-cache")
    set_up(write_small_novel(novel, novel=FINAL))
    with DraftServer() as server:
        write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}'}}}}\n")
        run = doit(novel, COMFYVN_CACHE=str(cache))
        assert run.code == 0, run.output
        yield novel, cache


@pytest.fixture
def novel(finals_once: tuple[Path, Path], tmp_path: Path, own_cache: Path) -> Path:
    """A built novel of finals to change, and its filled cache as this test's own."""
    return copied(finals_once, tmp_path / "novel", own_cache)


def comfyvn(novel: Path, *arguments: str) -> Run:
    """The command in this process: what it says and its exit code."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(["--dir", str(novel), *arguments])
    return Run(code, said.getvalue(), frozenset(), frozenset())


def pin(novel: Path, commit: str, *options: str) -> Run:
    """Pins ComfyUI, which every picture uses, to a commit."""
    write(novel / "snapshot.json", {"comfyui": commit, "git_custom_nodes": {}})
    run = comfyvn(novel, "lock", "--snapshot", str(novel / "snapshot.json"), *options)
    assert run.code == 0, run.output
    return run


def status(novel: Path) -> dict[str, dict[str, object]]:
    run = comfyvn(novel, "status", "--json")
    return dict(json.loads(run.output))


def stale(novel: Path) -> dict[str, object]:
    return {name: found["cause"] for name, found in status(novel).items() if found["condition"] == "stale"}


def record_of(novel: Path, file: str) -> dict[str, object]:
    return dict(json.loads((novel / f"build/{file}.render.json").read_text("utf-8")))


def test_a_first_lock_is_accepted_and_renders_nothing(novel: Path, own_cache: Path) -> None:
    before = tree(novel / "build")
    pin(novel, A)
    assert stale(novel) == dict.fromkeys(PICTURES, "pins")
    run = comfyvn(novel, "lock", "--accept")
    assert run.output.startswith(f"{len(PICTURES)} artifacts have the new pins now")
    assert (stale(novel), doit(novel).made) == ({}, frozenset())

    for file, data in tree(novel / "build").items():
        record = parse(data) if file.endswith(".render.json") else None
        if data != before[file]:
            assert record is not None
            assert record.wanted == record.made == fingerprint(record.recipe)
            assert record.packs["ComfyUI"] == {"commit": A, "state": "claimed"}
            assert record.notes["pins_accepted"]["packs"].get("ComfyUI") is None
    assert comfyvn(novel, "verify").code == 0
    changed = {file for file, data in tree(novel / "build").items() if data != before[file]}
    assert len(changed) == len(PICTURES)

    notes = record_of(novel, "backgrounds/pier/base.png")["notes"]
    shutil.rmtree(novel / "build")
    run = doit(novel)
    assert (run.made & PICTURES, run.cached >= PICTURES) == (frozenset(), True)
    assert record_of(novel, "backgrounds/pier/base.png")["notes"] == notes  # the cache says it too


def test_takes_are_accepted_with_their_bytes_and_records(novel: Path) -> None:
    """A pick, an approved and a retouched picture: a first lock neither renders nor marks them, in a clone as here."""
    plate, night, still = "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern"
    assert comfyvn(novel, "take", plate, "-n", "1").code == 0
    assert comfyvn(novel, "take", plate, "--pick", "1").code == 0
    assert doit(novel).code == 0
    assert comfyvn(novel, "approve", night).code == 0
    with Image.open(novel / "build/scenes/evening/lantern.png") as image:
        image.putpixel((0, 0), (1, 2, 3))
        image.save(novel / "build/scenes/evening/lantern.png")
    assert comfyvn(novel, "adopt", still).code == 0
    doit(novel)
    pin(novel, A)
    found = status(novel)
    assert [found[name]["condition"] for name in (plate, night, still)] == ["stale", "frozen-stale", "both"]
    assert {found[name]["cause"] for name in (plate, night, still)} == {"pins"}
    assert comfyvn(novel, "lock", "--accept").code == 0
    found = status(novel)
    assert [found[name]["condition"] for name in (plate, night, still)] == ["fresh", "approved", "fresh"]
    assert comfyvn(novel, "verify").code == 0
    shutil.rmtree(novel / "build")
    assert doit(novel).taken == {plate, night, still}
    assert doit(novel).output.startswith("up to date: ")


def test_accepting_together_with_locking_reaches_what_is_only_in_the_cache(novel: Path) -> None:
    shutil.rmtree(novel / "build/backgrounds")
    run = pin(novel, A, "--accept")
    assert "4 artifacts have the new pins now, and 2 more out of the cache" in run.output
    assert record_of(novel, "backgrounds/pier/night.png")["notes"]["pins_accepted"]["packs"]["ComfyUI"] is None  # type: ignore[index]
    assert doit(novel).made & PICTURES == frozenset()
    assert comfyvn(novel, "verify").code == 0


def test_an_empty_build_folder_is_accepted_out_of_the_cache(novel: Path) -> None:
    """Also what was pinned to that already: what is made of it could not be judged without it."""
    shutil.rmtree(novel / "build")
    pin(novel, A, "--accept", BASE)
    shutil.rmtree(novel / "build")
    write(novel / LOCK, {"version": 1})
    pin(novel, A, "--accept")
    assert doit(novel).made & PICTURES == frozenset()


def test_what_keeps_pins_from_being_accepted_keeps_the_lock_from_moving(novel: Path) -> None:
    """Else nobody would know the old pins any more, and what only the cache has would be rendered anew."""
    write(novel / "snapshot.json", {"comfyui": A, "git_custom_nodes": {}})
    options = ("lock", "--snapshot", str(novel / "snapshot.json"), "--accept")
    assert comfyvn(novel, *options, "sprites:eva").code == 2
    other = BuildLock(novel / ".comfyvn")
    other.acquire(None)
    run = comfyvn(novel, *options)
    other.release()
    assert (run.code, "another build runs" in run.output) == (1, True)
    assert not (novel / LOCK).exists()


def test_accepting_that_is_cut_off_is_done_by_the_same_command_again(novel: Path) -> None:
    """The lock file is written last: until then the lock from before tells what was made under which pins."""
    shutil.rmtree(novel / "build/backgrounds")
    write(novel / "snapshot.json", {"comfyui": A, "git_custom_nodes": {}})
    command = ("lock", "--snapshot", str(novel / "snapshot.json"), "--accept")
    shutil.rmtree(novel / ".comfyvn/partial", ignore_errors=True)
    write(novel / ".comfyvn/partial", "in the way of every record\n")
    assert comfyvn(novel, *command).code == 1
    assert not (novel / LOCK).exists()
    (novel / ".comfyvn/partial").unlink()
    assert comfyvn(novel, *command).code == 0
    assert doit(novel).made & PICTURES == frozenset()


def test_accepting_while_a_build_runs_changes_nothing(novel: Path) -> None:
    write(novel / "snapshot.json", {"comfyui": A, "git_custom_nodes": {}})
    before = tree(novel / "build")
    build = BuildLock(novel / ".comfyvn")
    build.acquire(None)
    try:
        run = comfyvn(novel, "lock", "--snapshot", str(novel / "snapshot.json"), "--accept")
    finally:
        build.release()
    assert (run.code, "another build runs" in run.output) == (1, True)
    assert (tree(novel / "build"), (novel / LOCK).exists()) == (before, False)


def test_accepting_some(novel: Path) -> None:
    pin(novel, A)
    comfyvn(novel, "lock", "--accept", "sprites:aya")
    assert set(stale(novel)) == PICTURES - {BASE, CALM, HAPPY}
    wrong = comfyvn(novel, "lock", "--accept", "sprites:eva")
    assert (wrong.code, "there is no target" in wrong.output) == (2, True)


def test_accepting_takes_no_other_change_along(novel: Path, edit: Edit) -> None:
    """Edited files, damaged files and other contracts are no question of pins."""
    happy = novel / "build/sprites/aya/casual/standing/happy.png"
    plate = novel / "build/backgrounds/pier/base.png"
    edit(novel / AYA, '"seed": 21', '"seed": 921')
    shutil.copyfile(plate, happy)
    plate.write_bytes(plate.read_bytes()[:-200])
    records = {name: record_of(novel, name) for name in (
        "sprites/aya/casual/standing/happy.png", "sprites/aya/casual/standing/calm.png", "backgrounds/pier/base.png",
    )}  # fmt: skip
    pin(novel, A, "--accept")
    for name, record in records.items():
        assert record_of(novel, name) == record
    assert doit(novel).made >= {CALM, "backgrounds:pier/base"}


def test_moving_the_pins_back_needs_no_render(novel: Path) -> None:
    """A no-op move and the way back: every record says again what it said, but for the note."""
    pin(novel, A, "--accept")
    first = record_of(novel, "backgrounds/pier/base.png")
    pin(novel, B, "--accept")
    pin(novel, A, "--accept")
    assert record_of(novel, "backgrounds/pier/base.png") == first
    assert doit(novel).made == frozenset()


def test_a_moved_pin_renders_what_uses_it(novel: Path) -> None:
    pin(novel, A)
    told = comfyvn(novel, "why", HAPPY).output
    assert f"{HAPPY}  (stale by pins)" in told
    assert f"pack ComfyUI is pinned now: {A[:7]}" in told
    assert doit(novel).made == PICTURES  # and what is made of them came out the same


def test_final_pictures_are_accepted_while_drafts_are_asked_for(novel: Path) -> None:
    with DraftServer() as server:
        write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}', slots: 2}}}}\n")
        write(novel / "comfyvn.yaml", NOVEL + "engines: {image: comfyui}\n")
        assert doit(novel, "backgrounds").code == 0
    write(novel / "comfyvn.yaml", NOVEL)
    pin(novel, A, "--accept")
    assert record_of(novel, "backgrounds/pier/base.png")["engine"] == "comfyui"
    assert doit(novel).made & PICTURES == frozenset()
    assert status(novel)["backgrounds:pier/base"]["condition"] == "fresh"


# --- classes


def test_each_change_has_its_class(novel: Path, edit: Edit) -> None:
    edit(novel / "data/styles/plain.json", "soft colours", "loud colours")
    assert stale(novel) == dict.fromkeys(PICTURES, "style")
    edit(novel / AYA, '"happy smile"', '"sad"')
    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay.")
    contents = dict.fromkeys([HAPPY, "voices:en/l3aaaa", "export_renpy"], "content")
    assert stale(novel) == {**dict.fromkeys(PICTURES, "style"), **contents}
    pin(novel, A)
    assert stale(novel)[BASE] == "style"  # the larger change counts
    edit(novel / "data/styles/plain.json", "loud colours", "soft colours")
    assert stale(novel)[BASE] == "pins"


def test_a_style_said_by_a_character_is_style(novel: Path, edit: Edit) -> None:
    edit(novel / AYA, '"expressions": {', '"style": {"steps": 12, "size": {"sprite": [448, 640]}}, "expressions": {')
    assert stale(novel) == dict.fromkeys({BASE, CALM, HAPPY}, "style")


def test_classes_that_do_not_render_by_themselves(novel: Path, edit: Edit) -> None:
    write(novel / "comfyvn.yaml", FINAL + "rebuild: [content]\n")
    pin(novel, A)
    run = doit(novel)
    assert (run.code, run.made) == (0, frozenset())
    assert f"kept as `rebuild` in comfyvn.yaml says: {len(PICTURES)} by pins" in run.output
    shown = comfyvn(novel, "status").output
    assert f"{len(PICTURES)} stale (pins)" in shown
    assert f"  stale (pins) {HAPPY}  (" in shown
    assert status(novel)["atlases:aya"]["condition"] == "fresh"
    assert f"{HAPPY}  (stale by pins)" in comfyvn(novel, "why", HAPPY).output
    assert "status  stale (pins), kept" in doit(novel, "info", HAPPY).output

    edit(novel / AYA, '"happy smile"', '"sad"')
    doit(novel, "forget", "scenes:evening/lantern")
    made = {HAPPY, "scenes:evening/lantern", "atlases:aya", "manifests:renpy", "export_renpy"}
    assert doit(novel).made == made
    # Asked for, and nothing that they are made of is.
    assert doit(novel, CALM, "backgrounds").made == {CALM, "backgrounds:pier/base", "backgrounds:pier/night"}
    assert set(stale(novel)) == {BASE}
    assert doit(novel, "-a", BASE).made == {BASE}
    assert stale(novel) == {}

    pin(novel, B)
    file = "build/sprites/aya/casual/standing/calm.png"
    assert doit(novel, file).made == {CALM}  # asked for by its file
    edit(novel / AYA, '"character_seed": 11', '"character_seed": 911')
    found = status(novel)
    assert (found[BASE]["condition"], found[HAPPY]["condition"]) == ("stale", "waiting")


# --- the command


def test_scanning_checking_and_strictness(novel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):  # some packs keep their weights there
        monkeypatch.setenv(name, str(tmp_path))
    folder = tmp_path / "ComfyUI"
    commits = comfyui(folder)
    weights = b"weights" * 99
    write(folder / "models/checkpoints/sd_xl_base_1.0.safetensors", weights)
    loose = comfyvn(novel, "check", "--strict")
    assert (loose.code, 'the pack "ComfyUI", which' in loose.output) == (1, True)
    assert comfyvn(novel, "check").code == 0

    assert comfyvn(novel, "lock", "--check", "--comfyui", str(folder)).code == 1
    run = comfyvn(novel, "lock", "--comfyui", str(folder), "--json")
    locked = json.loads((novel / LOCK).read_text("utf-8"))
    assert json.loads(run.output)["changed"] is True
    assert {name: locked["packs"][name]["commit"] for name in commits} == commits
    assert locked["models"] == {"sdxl_base": {"sha256": hashlib.sha256(weights).hexdigest(), "state": "verified"}}
    before = (novel / LOCK).read_bytes()
    assert comfyvn(novel, "lock", "--comfyui", str(folder)).output.endswith("unchanged\n")
    assert (novel / LOCK).read_bytes() == before

    assert comfyvn(novel, "lock", "--check", "--comfyui", str(folder)).code == 0
    git(folder, "commit", "-q", "--allow-empty", "-m", "two")
    moved = comfyvn(novel, "lock", "--check", "--comfyui", str(folder), "--json")
    (difference,) = json.loads(moved.output)["differences"]
    assert (moved.code, difference["name"], difference["locked"]) == (1, "ComfyUI", commits["ComfyUI"])
    write(folder / "models/checkpoints/sd_xl_base_1.0.safetensors", weights + b"!")
    names = comfyvn(novel, "lock", "--check", "--comfyui", str(folder)).output
    assert "model sdxl_base: locked at" in names
    assert "model" not in comfyvn(novel, "lock", "--check", "--comfyui", str(folder), "--no-models").output

    shutil.rmtree(folder / "custom_nodes/impact")
    assert "ComfyUI-Impact-Pack: locked at" in comfyvn(novel, "lock", "--check", "--comfyui", str(folder)).output
    comfyvn(novel, "lock", "--comfyui", str(folder), "--prune")
    assert "ComfyUI-Impact-Pack" not in json.loads((novel / LOCK).read_text("utf-8"))["packs"]


def test_a_strict_check_is_satisfied_by_pins_alone(novel: Path) -> None:
    rows = json.loads(comfyvn(novel, "lock", "--json").output)
    packs = {row["name"]: {"commit": A} for row in rows if row["kind"] == "pack"}
    models = {row["name"]: {"sha256": "c" * 64} for row in rows if row["kind"] == "model"}
    write(novel / LOCK, {"version": 1, "packs": {**packs, "ComfyUI": {"commit": "0" * 40}}, "models": models})
    run = comfyvn(novel, "check", "--strict")
    assert (run.code, run.output.count("is not pinned")) == (1, 1)
    assert LOCK in run.output
    write(
        novel / LOCK,
        {"version": 1, "packs": {**packs, "ComfyUI": {"commit": A, "changes": "d" * 64}}, "models": models},
    )
    assert "not committed" in comfyvn(novel, "check", "--strict").output
    write(novel / LOCK, {"version": 1, "packs": packs, "models": models})
    assert comfyvn(novel, "check", "--strict").code == 0
    assert f"{len(rows)} of {len(rows)} packs and models in use are pinned" in comfyvn(novel, "lock").output
    assert json.loads(comfyvn(novel, "check", "--strict", "--json").output) == []


def test_exports_of_the_lock(novel: Path, tmp_path: Path) -> None:
    pin(novel, A)
    for kind, name in (("snapshot", "s.json"), ("snapshot", "s.yaml"), ("comfy-lock", "comfy-lock.yaml")):
        file = tmp_path / name
        assert comfyvn(novel, "lock", "--export", kind, str(file)).code == 0
        assert comfyvn(novel, "lock", "--check", "--snapshot", str(file)).code == 0
    wrong = comfyvn(novel, "lock", "--export", "zip", "x")
    assert (wrong.code, "there is no export" in wrong.output) == (2, True)


@pytest.mark.parametrize(
    "options", [["--check"], ["--prune"], ["--check", "--comfyui", ".", "--accept"], ["--server", "nobody"],
                ["--comfyui", "nowhere"], ["--snapshot", "none.json"]],
)  # fmt: skip
def test_wrong_use_says_what_to_do(novel: Path, options: list[str]) -> None:
    run = comfyvn(novel, "lock", *options)
    assert (run.code, "to do: " in run.output) == (2, True)
    assert not (novel / LOCK).exists()


def test_the_tool_is_the_command(novel: Path) -> None:
    write(novel / "snapshot.json", {"comfyui": A})
    command = [sys.executable, str(REPOSITORY / "tools/lock_nodes.py"), "--snapshot", "snapshot.json"]
    done = subprocess.run(command, cwd=novel, env=environment(), capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads((novel / LOCK).read_text("utf-8"))["packs"]["ComfyUI"] == {"commit": A, "state": "claimed"}


def test_why_tells_a_moved_pin_once_for_all_pictures(novel: Path) -> None:
    pin(novel, A, "--accept")
    pin(novel, B)
    told = comfyvn(novel, "why").output
    assert "2 backgrounds, 3 sprites and 1 still because pack ComfyUI moved aaaaaaa → bbbbbbb" in told
    groups = json.loads(comfyvn(novel, "why", "sprites", "--json").output)["groups"]
    assert groups == [{"causes": ["pack ComfyUI moved aaaaaaa → bbbbbbb"], "targets": [BASE, CALM, HAPPY]}]
    assert f"{BASE}\n  {CALM}\n  {HAPPY}\n" in comfyvn(novel, "why", "sprites", "--all").output
