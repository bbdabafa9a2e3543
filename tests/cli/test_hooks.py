"""`comfyvn hooks` in real Git repositories: real commits, checkouts, merges and pushes start the hooks."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy
import pytest
import soundfile
from PIL import Image

from tests.fakes import forked
from tests.fakes.git_novels import Done, Scratch, scratch
from tests.fakes.novel_runs import comfyvn, made_once, set_up
from tests.fakes.small_novel import NOVEL, write, write_small_novel

AYA = "data/characters/aya/character.json"
ARRIVAL = "data/scenes/arrival.json"
HAPPY = "build/sprites/aya/casual/standing/happy.png"
RECORD = f"{HAPPY}.render.json"
GOLDEN = "build/*\n!build/sprites/\n.comfyvn/\n__pycache__/\n"  # .gitignore of a novel whose sprites are golden
QUAY = {"version": 1, "id": "quay", "name": "Quay", "prompt": "a quay", "seed": 3}
UNVOICED = NOVEL.replace("voiced: all", "voiced: none")


@pytest.fixture(scope="module")
def built_once(kept_by_all: Path) -> Path:
    def make(folder: Path) -> None:
        run = comfyvn(set_up(write_small_novel(folder / "novel", novel=UNVOICED)), "build")
        assert run.code == 0, run.output

    return made_once(kept_by_all / "unvoiced", make) / "novel"


@pytest.fixture
def novel(built_once: Path, tmp_path: Path) -> Scratch:
    """A built novel in a repository that tracks its sprites and their records; the hooks are installed."""
    top = Path(shutil.copytree(built_once, tmp_path / "novel"))
    made = scratch(top, tmp_path / "home")
    write(top / ".gitignore", GOLDEN)
    assert ours(made, "install").code == 0
    done = made.commit("Begin")
    assert done.code == 0, done.output
    return made


def ours(repository: Scratch, *arguments: str, inside: str = "", given: str | None = None) -> Done:
    return repository.run(forked.interpreter(), "-m", "comfyvn.cli", "hooks", *arguments, inside=inside, given=given)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def repaint(path: Path) -> None:
    """A retouch: another picture, whole and sound."""
    with Image.open(path) as image:
        changed = image.convert("RGBA")
    changed.putpixel((3, 3), (255, 0, 0, 255))
    changed.save(path)


# --- pre-commit: contracts


def test_what_is_staged_is_checked_and_not_what_lies_in_the_folder(novel: Scratch) -> None:
    file = novel.top / ARRIVAL
    whole = file.read_text("utf-8")
    change(file, '"say": "aya"', '"say": "ayo"')
    novel.git("add", ARRIVAL)
    file.write_text(whole, "utf-8")  # corrected in the folder, and not staged
    done = novel.run("git", "commit", "-m", "Broken")
    assert done.code == 1
    assert "ComfyVN: this commit is refused" in done.output
    assert 'did you mean "aya"?' in done.output
    assert "git commit --no-verify" in done.output
    novel.git("add", ARRIVAL)
    change(file, '"say": "aya"', '"say": "ayo"')  # broken in the folder, sound where it is staged
    write(novel.top / "notes.txt", "something to commit")
    novel.git("add", "notes.txt")
    assert novel.run("git", "commit", "-m", "Sound").code == 0


def test_a_contract_that_nobody_staged_is_not_there(novel: Scratch) -> None:
    write(novel.top / "data/locations/quay.json", QUAY)
    change(novel.top / ARRIVAL, '"background": "pier"', '"background": "quay"')
    novel.git("add", ARRIVAL)
    done = novel.run("git", "commit", "-m", "Half")
    assert done.code == 1
    assert "quay" in done.output
    assert "not staged, and perhaps meant to be: data/locations/quay.json" in done.output
    assert novel.commit("Whole").code == 0


def test_missing_ids_and_seeds_name_the_command_that_fills_them(novel: Scratch) -> None:
    change(novel.top / ARRIVAL, '"text": "Well.",\n      "id": "l2aaaa"', '"text": "Well."')
    change(novel.top / "data/locations/pier.json", '"seed": 31,', "")
    done = novel.commit()
    assert done.code == 1
    assert "a line has no id" in done.output
    assert "to do: run `comfyvn ids --fill` and run `comfyvn seeds --fill`, then `git add`" in done.output
    comfyvn(novel.top, "ids", "--fill")
    comfyvn(novel.top, "seeds", "--fill")
    done = novel.commit()
    assert done.code == 0, done.output


def test_a_lock_that_cannot_be_read_is_refused(novel: Scratch) -> None:
    write(novel.top / "providers/nodeset.lock.json", {"version": 1, "packs": {"ComfyUI": {"commit": 7}}})
    done = novel.commit()
    assert done.code == 1
    assert "providers/nodeset.lock.json" in done.output


def test_a_picture_that_a_contract_names_counts_when_git_has_it_or_ignores_it(novel: Scratch) -> None:
    picture = novel.top / "art/quay.png"
    picture.parent.mkdir()
    Image.new("RGB", (64, 36), "navy").save(picture)
    location = {"version": 1, "id": "quay", "name": "Quay", "prompt": "quay", "file": "art/quay.png"}
    write(novel.top / "data/locations/quay.json", location)
    novel.git("add", "data")
    done = novel.run("git", "commit", "-m", "Without its picture")
    assert (done.code, "the file is not there" in done.output) == (1, True)
    novel.git("add", "art")
    assert novel.run("git", "commit", "-m", "With it").code == 0
    write(novel.top / "stray.txt", "the folder is not what is staged: the check goes over a copy")
    change(novel.top / ARRIVAL, "The ferry is late.", "No ferry.")
    novel.git("add", ARRIVAL)
    assert novel.run("git", "commit", "-m", "Another file").code == 0
    novel.git("rm", "-q", "art/quay.png")
    done = novel.run("git", "commit", "-m", "Taken away")
    assert (done.code, "the file is not there" in done.output) == (1, True)
    write(novel.top / ".gitignore", GOLDEN + "art/\n")
    picture.parent.mkdir(exist_ok=True)
    Image.new("RGB", (64, 36), "navy").save(picture)
    novel.git("add", ".gitignore")
    assert novel.run("git", "commit", "-m", "Kept elsewhere").code == 0


def test_nothing_of_the_novel_staged_checks_nothing(novel: Scratch) -> None:
    change(novel.top / ARRIVAL, '"say": "aya"', '"say": "ayo"')
    novel.git("add", ARRIVAL)
    novel.git("commit", "-q", "--no-verify", "-m", "Broken, on purpose")
    write(novel.top / "notes.txt", "words")
    assert novel.commit().code == 0
    assert ours(novel, "run", "pre-commit").code == 0


# --- pre-commit: golden artifacts


def test_a_picture_whose_record_does_not_fit_is_refused(novel: Scratch) -> None:
    repaint(novel.top / HAPPY)
    done = novel.commit()
    assert done.code == 1
    assert f"{HAPPY}: its staged bytes are not what its staged record says" in done.output
    assert "`comfyvn adopt sprites:aya/casual/standing/happy`" in done.output
    novel.git("reset", "-q", "--hard")
    with Image.open(novel.top / HAPPY) as image:
        image.save(novel.top / HAPPY, compress_level=1)  # other bytes, the same picture: no retouch
    assert novel.git("status", "--porcelain").split() == ["M", HAPPY]
    assert novel.commit("Compressed anew").code == 0


def test_a_rebuilt_picture_must_be_staged_with_its_record(novel: Scratch) -> None:
    change(novel.top / AYA, "happy smile", "crying, sad")
    assert comfyvn(novel.top, "build").code == 0
    novel.git("add", AYA, HAPPY)
    done = novel.run("git", "commit", "-m", "Half")
    assert done.code == 1
    assert f"stage both: git add {HAPPY} {RECORD}" in done.output
    novel.git("reset", "-q")
    novel.git("add", AYA, RECORD)
    assert novel.run("git", "commit", "-m", "The other half").code == 1
    novel.git("add", HAPPY)
    assert novel.run("git", "commit", "-m", "Both").code == 0


def test_a_record_outlives_no_picture_and_must_be_whole(novel: Scratch) -> None:
    novel.git("rm", "-q", HAPPY)
    done = novel.run("git", "commit", "-m", "Picture gone")
    assert (done.code, "it is removed, but its record stays" in done.output) == (1, True)
    novel.git("rm", "-q", RECORD)
    assert novel.run("git", "commit", "-m", "Both gone").code == 0
    other = "build/sprites/aya/casual/standing/calm.png.render.json"
    record = json.loads((novel.top / other).read_bytes())
    write(novel.top / other, {**record, "wanted": ""})
    done = novel.commit()
    assert (done.code, "was cut off" in done.output) == (1, True)
    write(novel.top / other, "{")
    done = novel.commit()
    assert (done.code, "no record that can be read" in done.output) == (1, True)


def pointer(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def test_of_a_git_lfs_pointer_the_oid_counts(novel: Scratch) -> None:
    facts = json.loads((novel.top / RECORD).read_bytes())["files"]["happy.png"]
    write(novel.top / HAPPY, pointer(facts["sha256"], facts["size"]))
    assert novel.commit("As Git LFS stores it").code == 0
    write(novel.top / HAPPY, pointer(hashlib.sha256(b"another").hexdigest(), 7))
    done = novel.commit()
    assert (done.code, HAPPY in done.output) == (1, True)


# --- post-checkout and post-merge


def test_a_checkout_tells_what_is_stale_and_what_the_cache_has(novel: Scratch) -> None:
    novel.git("switch", "-q", "-c", "sad")
    change(novel.top / AYA, "happy smile", "crying, sad")
    novel.git("commit", "-qam", "Sad")
    told = novel.run("git", "switch", "main").output
    assert "ComfyVN" not in told  # its own branch is as it was built
    told = novel.run("git", "switch", "sad").output
    assert "ComfyVN: not up to date: sprites: 1 stale by content; atlases: 1 waiting; export_renpy: 1 waiting" in told
    assert "the cache has 0 of the 1 that are stale or missing: `doit` makes at most 1 anew" in told
    assert comfyvn(novel.top, "build").code == 0
    assert novel.commit("Built").code == 0
    novel.git("switch", "-q", "main")
    told = novel.run("git", "switch", "-q", "--detach", "sad~1").output
    assert "the cache has 1 of the 3 that are stale or missing" in told  # the atlas and the export had the other sprite


def test_a_merge_tells_too_and_what_touches_nothing_is_quiet(novel: Scratch) -> None:
    novel.git("switch", "-q", "-c", "sad")
    change(novel.top / AYA, "happy smile", "crying, sad")
    novel.git("commit", "-qam", "Sad")
    novel.git("switch", "-q", "main")
    told = novel.run("git", "merge", "sad").output
    assert "sprites: 1 stale by content" in told
    assert "ComfyVN" not in novel.run("git", "switch", "-c", "same").output
    change(novel.top / AYA, "crying, sad", "angry")
    assert "ComfyVN" not in novel.run("git", "checkout", "--", AYA).output


def test_a_checkout_never_fails(novel: Scratch) -> None:
    novel.git("switch", "-q", "-c", "broken")
    write(novel.top / ARRIVAL, "{")
    novel.git("commit", "-qam", "Broken", "--no-verify")
    novel.git("switch", "-q", "main")
    done = novel.run("git", "switch", "broken")
    assert done.code == 0
    assert "the novel is not sound here" in done.output
    assert "Traceback" not in done.output
    novel.git("rm", "-q", "comfyvn.yaml")
    novel.git("commit", "-qm", "No novel any more")
    assert novel.run("git", "switch", "main").code == 0


# --- pre-push


@pytest.fixture
def remote(novel: Scratch, tmp_path: Path) -> Scratch:
    novel.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    novel.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    done = novel.run("git", "push", "-q", "origin", "main")
    assert done.code == 0, done.output
    return novel


def test_a_push_of_stale_golden_artifacts_is_refused(remote: Scratch) -> None:
    change(remote.top / AYA, "happy smile", "crying, sad")
    assert remote.commit("Sad").code == 0
    done = remote.run("git", "push", "origin", "main")
    assert done.code == 1
    assert f"{HAPPY}: stale (content): its recipe moved" in done.output
    assert "run `doit sprites:aya/casual/standing/happy`" in done.output
    assert "git push --no-verify" in done.output
    assert "calm" not in done.output
    comfyvn(remote.top, "build")
    assert remote.commit("Built").code == 0
    assert remote.run("git", "push", "origin", "main").code == 0


def test_a_sprite_that_is_cut_out_of_what_git_does_not_track_is_judged_by_its_words(remote: Scratch) -> None:
    change(remote.top / "data/styles/plain.json", '"id": "plain"', '"id": "plain", "matte": "own_target"')
    assert comfyvn(remote.top, "build").code == 0
    assert remote.commit("Cut out apart").code == 0
    assert not remote.git("ls-files", "build/uncut")
    done = remote.run("git", "push", "origin", "main")
    assert done.code == 0, done.output
    change(remote.top / AYA, "yellow raincoat", "red raincoat")
    assert remote.commit("Rain").code == 0
    done = remote.run("git", "push", "origin", "main")
    assert done.code == 1
    moved = "standing/base.png: the contracts have moved since its record; run `doit sprites:aya/"
    assert moved in done.output
    shutil.rmtree(remote.top / "build/uncut")  # as in a clone
    assert moved in remote.run("git", "push", "origin", "main").output
    assert comfyvn(remote.top, "build").code == 0
    assert remote.commit("Built").code == 0
    done = remote.run("git", "push", "origin", "main")
    assert done.code == 0, done.output


def test_what_is_pushed_is_judged_and_not_what_lies_in_the_folder(remote: Scratch) -> None:
    change(remote.top / ARRIVAL, "The ferry is late.", "No ferry.")
    assert remote.commit("Words").code == 0
    change(remote.top / AYA, "happy smile", "crying, sad")  # work that goes on
    repaint(remote.top / HAPPY)
    done = remote.run("git", "push", "origin", "main")
    assert done.code == 0, done.output
    novel_then = remote.git("rev-parse", "HEAD").strip()
    remote.git("commit", "-qam", "Both", "--no-verify")
    remote.git("switch", "-q", "--detach", novel_then)
    done = remote.run("git", "push", "origin", "main")  # another branch than the one that is checked out
    assert done.code == 1
    assert f"{HAPPY}: edited" in done.output
    assert remote.git("status", "--porcelain") == ""
    assert remote.run("git", "push", "-q", "origin", "--delete", "main").code == 0
    assert ours(remote, "run", "pre-push").code == 0  # by hand: what is checked out


def test_where_nothing_is_golden_nothing_is_judged(remote: Scratch) -> None:
    remote.git("rm", "-rq", "--cached", "build")
    write(remote.top / ".gitignore", "build/\n.comfyvn/\n")
    change(remote.top / AYA, "happy smile", "crying, sad")
    assert remote.commit("Nothing golden").code == 0
    assert remote.run("git", "push", "-q", "origin", "main").code == 0


# --- installing


def test_installing_twice_and_taking_away(novel: Scratch) -> None:
    hooks = novel.top / ".git/hooks"
    before = {name: (hooks / name).read_bytes() for name in ("pre-commit", "post-checkout", "post-merge", "pre-push")}
    assert "installed already" in ours(novel, "install").output
    assert {name: (hooks / name).read_bytes() for name in before} == before
    assert novel.git("config", "--get-all", "comfyvn.novel").split() == ["."]
    assert ours(novel, "status").output.count(" installed\n") == 4
    done = ours(novel, "uninstall")
    assert done.output.count("removed") == 4
    assert not any((hooks / name).exists() for name in before)
    assert novel.run("git", "config", "--get-regexp", "comfyvn").code == 1
    assert ours(novel, "uninstall").output == "no hook of ComfyVN is installed\n"
    assert ours(novel, "status").output.count("not installed") == 4


def test_another_programs_hook_is_run_first_and_comes_back(novel: Scratch, tmp_path: Path) -> None:
    ours(novel, "uninstall")
    hooks, heard = novel.top / ".git/hooks", tmp_path / "heard"
    theirs = f'#!/bin/sh\ncat >> "{heard}"\necho "$0 $@" >> "{heard}"\n[ -z "$REFUSE" ]\n'
    for name in ("pre-commit", "pre-push"):
        write(hooks / name, theirs)
        (hooks / name).chmod(0o755)
    assert "run first (pre-push.before-comfyvn)" in ours(novel, "install").output
    assert ours(novel, "install").code == 0
    novel.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    novel.git("push", "-q", str(tmp_path / "remote.git"), "main")
    sent = novel.git("rev-parse", "HEAD").strip()
    assert sent in heard.read_text("utf-8")  # the lines on its input went to both
    change(novel.top / AYA, "happy smile", "crying, sad")
    assert novel.commit("Sad").code == 0
    assert novel.run("git", "push", "-q", str(tmp_path / "remote.git"), "main").code == 1
    write(novel.top / "notes.txt", "words")
    novel.git("add", "-A")
    refusing = Scratch(novel.top, {**novel.variables, "REFUSE": "yes"})
    assert refusing.run("git", "commit", "-m", "Refused by the other").code == 1
    write(hooks / "pre-commit", theirs)  # the other program installed itself again
    done = ours(novel, "install")
    assert done.code == 2
    assert "two pre-commit hooks that are not ComfyVN's" in done.output
    (hooks / "pre-commit").unlink()
    assert ours(novel, "install").code == 0
    assert ours(novel, "uninstall").code == 0
    assert (hooks / "pre-push").read_text("utf-8") == theirs


def test_hooks_path_worktrees_and_a_novel_in_a_folder(built_once: Path, tmp_path: Path) -> None:
    made = scratch(tmp_path / "repository", tmp_path / "home")
    for name in ("one", "two"):
        shutil.copytree(built_once, made.top / f"games/{name}")
        write(made.top / f"games/{name}/.gitignore", GOLDEN)
    made.git("config", "core.hooksPath", ".githooks")
    assert ours(made, "install", inside="games/one").code == 0
    assert ours(made, "install", inside="games/two").code == 0
    assert (made.top / ".githooks/pre-commit").is_file()
    assert not (made.top / ".git/hooks/pre-commit").exists()
    write(made.top / ".gitignore", ".githooks/\n")
    assert made.commit("Begin").code == 0
    change(made.top / f"games/two/{ARRIVAL}", '"say": "aya"', '"say": "ayo"')
    done = made.commit()
    assert (done.code, 'did you mean "aya"?' in done.output) == (1, True)
    made.git("reset", "-q", "--hard")
    made.git("config", "--unset", "core.hooksPath")
    assert ours(made, "install", inside="games/two").code == 0
    made.git("worktree", "add", "-q", str(tmp_path / "beside"), "-b", "beside")
    beside = Scratch(tmp_path / "beside", made.variables)
    assert str(made.top / ".git/hooks") in ours(beside, "status", inside="games/two").output
    repaint(beside.top / f"games/two/{HAPPY}")
    done = beside.commit()
    assert (done.code, f"games/two/{HAPPY}" in done.output) == (1, True)
    assert "the hooks stay for games/one/" in ours(made, "uninstall", inside="games/two").output
    assert beside.commit().code == 0  # nobody asked for this novel's hooks any more


def test_hooks_for_all_repositories_are_not_written_to(novel: Scratch, tmp_path: Path) -> None:
    novel.git("config", "--global", "core.hooksPath", str(tmp_path / "everywhere"))
    done = ours(novel, "install")
    assert done.code == 2
    assert "core.hooksPath is set for all of your repositories" in done.output
    assert not (tmp_path / "everywhere").exists()


def test_outside_git_the_next_step_is_named(built_once: Path, tmp_path: Path) -> None:
    alone = Path(shutil.copytree(built_once, tmp_path / "alone"))
    done = comfyvn(alone, "hooks", "install")
    assert (done.code, "git init" in done.output) == (1, True)


def test_a_python_that_is_gone_is_told(novel: Scratch) -> None:
    for name in ("pre-commit", "post-checkout"):
        change(novel.top / f".git/hooks/{name}", forked.interpreter(), "/nowhere/python")
    poor = Scratch(novel.top, {**novel.variables, "PATH": "/usr/bin:/bin"})
    assert "nothing was checked" in poor.run("git", "switch", "-q", "-c", "other").output
    done = poor.commit() if poor.git("add", "-A") else poor.run("git", "commit", "--allow-empty", "-m", "Empty")
    assert (done.code, "`comfyvn hooks install`" in done.output) == (1, True)


# --- diffs and attributes


def test_git_diff_tells_what_changed_in_a_picture_and_in_a_record(novel: Scratch) -> None:
    assert ours(novel, "attributes", "--write").code == 0
    assert novel.commit("Attributes").code == 0
    change(novel.top / AYA, "happy smile", "crying, sad")
    assert comfyvn(novel.top, "build").code == 0
    diff = novel.git("diff", "--", HAPPY)
    assert "happy smile\n" in diff
    assert "crying, sad\n" in diff
    assert "+content: px1:" in diff
    diff = novel.git("diff", "--", RECORD)
    assert '+characters/aya: expressions.happy.prompt: "crying, sad"' in diff
    assert "class_type" not in diff
    novel.commit("Sad")
    assert "-record" not in novel.git("show", "--", HAPPY)  # both sides are told by their bytes alone


def test_a_record_is_merged_whole_or_not_at_all(novel: Scratch) -> None:
    ours(novel, "attributes", "--write")
    novel.commit("Attributes")
    record = json.loads((novel.top / RECORD).read_bytes())
    novel.git("switch", "-q", "-c", "other")
    write(novel.top / RECORD, {**record, "target": "sprites:other"})
    novel.git("commit", "-qam", "There", "--no-verify")
    novel.git("switch", "-q", "main")
    write(novel.top / RECORD, {**record, "notes": {"here": 1}})
    novel.git("commit", "-qam", "Here", "--no-verify")
    assert novel.run("git", "merge", "other").code == 1
    assert json.loads((novel.top / RECORD).read_bytes())["notes"] == {"here": 1}


def test_attributes_keep_the_authors_lines_and_lfs_only_when_asked(novel: Scratch) -> None:
    write(novel.top / ".gitattributes", "*.psd binary\n")
    assert "filter=lfs" not in ours(novel, "attributes").output
    assert ours(novel, "attributes", "--write").code == 0
    plain = (novel.top / ".gitattributes").read_text("utf-8")
    assert plain.endswith("*.psd binary\n")
    assert "as it should be" in ours(novel, "attributes", "--write").output
    assert "git lfs install" in ours(novel, "attributes", "--write", "--lfs").output
    text = (novel.top / ".gitattributes").read_text("utf-8")
    assert "*.png filter=lfs merge=lfs -text diff=comfyvn\n" in text
    assert text.count("*.png") == 1
    assert "has ComfyVN's lines" in ours(novel, "status").output
    assert novel.git("check-attr", "diff", "text", "--", RECORD).splitlines() == [
        f"{RECORD}: diff: comfyvn-record",
        f"{RECORD}: text: set",
    ]


def test_a_new_novel_has_them(tmp_path: Path) -> None:
    assert comfyvn(tmp_path, "init", "new").code == 0
    assert "*.png -merge -text diff=comfyvn\n" in (tmp_path / "new/.gitattributes").read_text("utf-8")


def test_words_for_sounds_pointers_and_what_cannot_be_read(tmp_path: Path) -> None:
    rate = 48000
    tone = 0.1 * numpy.sin(2 * numpy.pi * 997 * numpy.arange(2 * rate) / rate)
    for suffix in ("wav", "ogg"):
        soundfile.write(tmp_path / f"tone.{suffix}", tone, rate)
        told = comfyvn(tmp_path, "hooks", "textconv", f"tone.{suffix}").output
        assert "48000 Hz, 1 channels, 2.000 s" in told
        assert "loudness: -23.0 LUFS" in told
    write(tmp_path / "far.png", pointer("ab" * 32, 7))
    assert comfyvn(tmp_path, "hooks", "textconv", "far.png").output == (
        f"kept by Git LFS, and not here: sha256 {'ab' * 32}\n"
    )
    write(tmp_path / "torn.png", b"\x89PNG\r\n\x1a\nnothing")
    done = comfyvn(tmp_path, "hooks", "textconv", "torn.png")
    assert done.code == 0
    assert "no png that can be read" in done.output
    write(tmp_path / "plain.json", '{"a": "\\u001b"}\x1b[31m\n')
    assert comfyvn(tmp_path, "hooks", "textconv", "plain.json").output == '{"a": "\\u001b"}\\x1b[31m\n'


def test_by_hand_the_record_beside_a_picture_is_told_too(novel: Scratch) -> None:
    told = ours(novel, "textconv", HAPPY).output
    assert "record: seed expression_seed: 22" in told
    assert "record:" not in ours(novel, "textconv", "--alone", HAPPY).output
