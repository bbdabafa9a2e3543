"""Takes as their users meet them: commands, doit and Git, counted by what is made."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from comfyvn.cli import main
from tests.fakes.novel_runs import Run, doit, dot, tree
from tests.fakes.small_novel import write

BASE, CALM, HAPPY = (f"sprites:aya/casual/standing/{name}" for name in ("base", "calm", "happy"))
PLATE, NIGHT, STILL = "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern"
UNCUT, UNCUT_FILE = "uncut:aya/casual/standing/base", "build/uncut/aya/casual/standing/base.png"
EXPORTS = {"manifests:renpy", "export_renpy"}
PIER, TAKES = "data/locations/pier.json", "takes/takes.json"
Edit = Callable[[Path, str, str], None]


def comfyvn(novel: Path, *arguments: str) -> Run:
    """The command in this process: what it says and its exit code."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(["--dir", str(novel), *arguments])
    return Run(code, said.getvalue(), frozenset(), frozenset())


def git(folder: Path, *arguments: str, may_fail: bool = False) -> str:
    """Git's output, in a repository that knows nobody's own settings."""
    options = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *options, *arguments], cwd=folder, capture_output=True, encoding="utf-8", timeout=60)
    assert may_fail or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def tracked(novel: Path) -> Path:
    """The novel in a repository, as an author has it."""
    write(novel / ".gitignore", "build/\n.comfyvn/\n__pycache__/\n")
    git(novel, "init", "-q")
    git(novel, "add", ".")
    git(novel, "commit", "-qm", "the novel")
    return novel


def take(novel: Path, name: str, number: int, *options: str) -> None:
    run = comfyvn(novel, "take", name, "-n", "1", "--from", str(number), *options)
    assert run.code == 0, run.output
    run = comfyvn(novel, "take", name, "--pick", str(number), *options)
    assert run.code == 0, run.output


def conditions(novel: Path) -> dict[str, str]:
    found = json.loads(comfyvn(novel, "status", "--json").output)
    return {name: one["condition"] for name, one in found.items() if one["condition"] != "fresh"}


def test_from_alternatives_to_a_fresh_clone(tracked: Path, tmp_path: Path, own_cache: Path) -> None:
    """Render, look, pick, share: a clone with an empty cache renders nothing, and gets the same files."""
    told = json.loads(comfyvn(tracked, "take", PLATE, "-n", "2", "--json").output)
    assert [one["seeds"] for one in told["takes"]] == [{"background_seed": 32}, {"background_seed": 33}]
    assert [one["rendered"] for one in told["takes"]] == [True, True]
    assert (Path(told["sheet"]).is_file(), Path(told["page"]).is_file()) == (True, True)
    assert doit(tracked).output.startswith("up to date: ")  # looking changes nothing
    again = json.loads(comfyvn(tracked, "take", PLATE, "-n", "2", "--json").output)
    assert [one["rendered"] for one in again["takes"]] == [False, False]

    picked = comfyvn(tracked, "take", PLATE, "--pick", "2", "--by", "Mira", "--why", "calmer")
    assert "is take 2 now (background_seed 33)" in picked.output
    assert doit(tracked).made == {NIGHT, *EXPORTS}
    assert doit(tracked).output.startswith("up to date: ")
    assert f"picked   {PLATE}  fresh  (background_seed 33; by Mira; calmer)" in comfyvn(tracked, "take").output

    approved = comfyvn(tracked, "approve", "sprites", "backgrounds", "scenes", "voices")
    assert (approved.code, "(it is a draft)" in approved.output) == (0, True)
    assert "approved" in comfyvn(tracked, "status").output
    assert "up to date: it is approved" in comfyvn(tracked, "why", PLATE).output
    git(tracked, "add", ".")
    git(tracked, "commit", "-qm", "takes")
    git(tmp_path, "clone", "-q", str(tracked), "clone")
    shutil.rmtree(own_cache)

    run = doit(tmp_path / "clone")
    art = {name for name in conditions(tracked) if conditions(tracked)[name] == "approved"} | {PLATE}
    assert (run.code, run.made, run.cached) == (0, {"atlases:aya", *EXPORTS}, frozenset())
    assert run.taken == art >= {BASE, CALM, HAPPY, PLATE, NIGHT, STILL, "voices:en/l1aaaa"}
    assert tree(tmp_path / "clone/build") == tree(tracked / "build")
    assert doit(tmp_path / "clone").output.startswith("up to date: ")


def test_a_retouch_from_build_to_the_game(novel: Path, edit: Edit) -> None:
    happy = novel / "build/sprites/aya/casual/standing/happy.png"
    mine = dot(happy, (200, 300), (1, 2, 3, 255))
    assert f"`comfyvn adopt {HAPPY}` keeps it for good" in doit(novel).output
    assert comfyvn(novel, "adopt", HAPPY, "--why", "hands").code == 0
    quiet = doit(novel)
    assert (quiet.made, len(quiet.output.splitlines())) == (frozenset(), 1)

    edit(novel / "data/characters/aya/character.json", '"happy smile"', '"laughing"')
    kept = doit(novel)
    assert (kept.made, f"kept: {HAPPY}" in kept.output, happy.read_bytes()) == (frozenset(), True, mine)
    status = comfyvn(novel, "status").output
    assert f"both     {HAPPY}" in status or f"both (content) {HAPPY}" in status
    assert "happy smile" in comfyvn(novel, "why", HAPPY).output

    before = tree(novel / "takes")
    assert doit(novel, "clean", "sprites:aya").code == 0
    assert (tree(novel / "takes"), happy.exists()) == (before, False)
    assert HAPPY in doit(novel).taken
    assert happy.read_bytes() == mine

    assert comfyvn(novel, "restore", HAPPY).code == 0
    assert "moved aside: .comfyvn/takes/dropped/" in comfyvn(novel, "take", "--prune").output
    assert doit(novel).made == {HAPPY, "atlases:aya", *EXPORTS}
    assert comfyvn(novel, "restore", HAPPY).code == 2


def test_what_was_rendered_is_retouched_before_it_is_cut_out(novel: Path, edit: Edit) -> None:
    """Render, retouch, matte, trim: each is made anew when what comes before it moves, and cuts nothing off."""
    edit(novel / "data/styles/plain.json", '"id": "plain"', '"id": "plain", "matte": "own_target"')
    sprites = {BASE, CALM, HAPPY, "atlases:aya", *EXPORTS}
    assert doit(novel).made >= {UNCUT, BASE}
    assert doit(novel).output.startswith("up to date: ")

    with Image.open(novel / UNCUT_FILE) as image:
        image.load()
    assert image.mode == "RGB"
    width, height = image.size
    to_the_edge = (0, height // 2, width // 2, height // 2 + 9)
    ImageDraw.Draw(image).rectangle(to_the_edge, fill=(250, 240, 10))
    image.save(novel / UNCUT_FILE)
    run = doit(novel)
    assert (run.made, f"`comfyvn adopt {UNCUT}` keeps it for good" in run.output) == (sprites, True)
    for file in ("base", "happy"):
        with Image.open(novel / f"build/sprites/aya/casual/standing/{file}.png") as sprite:
            assert (sprite.mode, sprite.size) == ("RGBA", (width, height))
            assert sprite.getpixel((1, height // 2 + 4)) == (250, 240, 10, 255), "cut out with the rest"
            assert sprite.getpixel((1, 1))[3] == 0
    page = json.loads((novel / "build/atlases/aya/aya.json").read_text("utf-8"))
    assert page["frames"]["casual/standing/happy"]["spriteSourceSize"]["x"] <= 1, "and not trimmed away"

    assert comfyvn(novel, "adopt", UNCUT).code == 0
    refused = comfyvn(novel, "take", BASE, "-n", "2")
    assert (refused.code, f"comfyvn take {UNCUT}" in refused.output) == (2, True)
    assert comfyvn(novel, "restore", UNCUT).code == 0
    run = doit(novel)
    assert run.made | run.cached == {*sprites, UNCUT}
    take(novel, UNCUT, 1)
    assert doit(novel).made == sprites

    # A retouch of what was cut out is the sprite from then on, whatever is rendered.
    base = novel / "build/sprites/aya/casual/standing/base.png"
    mine = dot(base, (0, 0), (9, 8, 7, 255))
    assert comfyvn(novel, "adopt", BASE).code == 0
    assert doit(novel).made == sprites - {BASE}
    take(novel, UNCUT, 2)
    assert doit(novel).made == frozenset() and base.read_bytes() == mine


def test_approved_art_does_not_change_by_accident(novel: Path, edit: Edit, own_cache: Path) -> None:
    before = (novel / "build/backgrounds/pier/base.png").read_bytes()
    assert comfyvn(novel, "approve", PLATE).output.splitlines()[-1] == "1 approved"
    assert comfyvn(novel, "approve", PLATE).output.splitlines()[-1] == "1 approved before"
    edit(novel / PIER, '"seed": 31', '"seed": 77')
    shutil.rmtree(own_cache)
    run = doit(novel, "-a", PLATE)
    assert (run.made, f"kept: {PLATE}" in run.output) == (frozenset(), True)
    shutil.rmtree(novel / "build")
    assert PLATE in doit(novel).taken
    assert (novel / "build/backgrounds/pier/base.png").read_bytes() == before
    assert conditions(novel) == {PLATE: "frozen-stale"}
    refused = doit(novel, "clean", PLATE)
    assert (refused.code, f"{PLATE} is approved" in refused.output) == (1, True)
    assert comfyvn(novel, "unapprove", "backgrounds").code == 0
    assert doit(novel).made == {PLATE, NIGHT, *EXPORTS}


def commit(novel: Path, branch: str, *choices: tuple[str, ...]) -> None:
    """Commits what these commands choose, on this branch."""
    git(novel, "checkout", "-q", branch)
    for words in choices:
        run = comfyvn(novel, *words)
        assert run.code == 0, run.output
    git(novel, "add", ".")
    git(novel, "commit", "-qm", f"{choices}")


def test_takes_of_two_targets_merge_by_themselves(tracked: Path) -> None:
    git(tracked, "branch", "-M", "main")
    commit(tracked, "main", ("approve", PLATE, NIGHT, STILL))
    git(tracked, "branch", "theirs")
    commit(tracked, "main", ("unapprove", PLATE), ("take", PLATE, "-n", "1"), ("take", PLATE, "--pick", "1"))
    commit(tracked, "theirs", ("unapprove", STILL), ("take", STILL, "-n", "1"), ("take", STILL, "--pick", "1"))
    git(tracked, "checkout", "-q", "main")
    git(tracked, "merge", "-q", "theirs")
    found = json.loads((tracked / TAKES).read_text("utf-8"))["targets"]
    states = {name: take["state"] for name, take in found.items()}
    assert states == {PLATE: "picked", NIGHT: "approved", STILL: "picked"}
    assert comfyvn(tracked, "check").code == 0


def test_two_takes_of_one_target_are_one_small_conflict(tracked: Path) -> None:
    git(tracked, "branch", "-M", "main")
    commit(tracked, "main", ("take", PLATE, "-n", "3"), ("take", PLATE, "--pick", "1"), ("approve", NIGHT, STILL))
    git(tracked, "branch", "theirs")
    commit(tracked, "main", ("take", PLATE, "--pick", "2"))
    commit(tracked, "theirs", ("take", PLATE, "--pick", "3"))
    git(tracked, "checkout", "-q", "main")
    git(tracked, "merge", "theirs", may_fail=True)
    text = (tracked / TAKES).read_text("utf-8").splitlines()
    marks = [number for number, line in enumerate(text, 1) if line.startswith(("<<<<<<<", ">>>>>>>"))]
    assert (len(marks), marks[-1] - marks[0] < 30) == (2, True)
    checked, stopped = comfyvn(tracked, "check"), doit(tracked)
    for run in (checked, stopped):
        assert (run.code != 0, f"{TAKES}:{marks[0]}" in run.output) == (True, True), run.output
    assert "left its marks in it" in checked.output and "Traceback" not in stopped.output
    git(tracked, "checkout", "--ours", TAKES)
    git(tracked, "add", ".")
    assert comfyvn(tracked, "check").code == 0  # Git has merged no bytes into others
    assert doit(tracked, PLATE).taken == {PLATE}  # build/ had their take: ours comes out of takes/, not from a render


def test_another_branch_has_another_take(tracked: Path) -> None:
    plain = (tracked / "build/backgrounds/pier/base.png").read_bytes()
    git(tracked, "checkout", "-qb", "picked")
    take(tracked, PLATE, 1)
    doit(tracked)
    picked = (tracked / "build/backgrounds/pier/base.png").read_bytes()
    git(tracked, "add", ".")
    git(tracked, "commit", "-qm", "pick")
    git(tracked, "checkout", "-q", "-")
    back = doit(tracked)
    assert (back.made & {PLATE, NIGHT}, back.cached >= {PLATE, NIGHT}) == (frozenset(), True)
    assert (tracked / "build/backgrounds/pier/base.png").read_bytes() == plain
    git(tracked, "checkout", "-q", "picked")
    forth = doit(tracked)
    assert (PLATE in forth.taken, NIGHT in forth.cached) == (True, True)
    assert (tracked / "build/backgrounds/pier/base.png").read_bytes() == picked


def test_check_names_what_is_wrong_with_takes(novel: Path, edit: Edit) -> None:
    comfyvn(novel, "approve", PLATE, NIGHT)
    edit(novel / TAKES, NIGHT, "backgrounds:quay/base")
    rows = (novel / TAKES).read_text("utf-8").splitlines()
    line = next(number for number, row in enumerate(rows, 1) if "backgrounds:quay/base" in row)
    warned = comfyvn(novel, "check")
    assert (warned.code, f"{TAKES}:{line} " in warned.output) == (0, True), warned.output
    assert "a take of a target that nothing makes" in warned.output
    assert comfyvn(novel, "unapprove", "backgrounds:quay/base").code == 0
    assert comfyvn(novel, "take", "--prune").code == 0
    [png] = (novel / "takes/objects").rglob("*.png")
    png.unlink()
    missing = comfyvn(novel, "check")
    assert (missing.code, "the bytes of a take are missing" in missing.output) == (1, True)
    found = json.loads(comfyvn(novel, "check", "--json").output)
    assert [(one["file"], one["line"] > 0) for one in found] == [(TAKES, True)]
    assert doit(novel).code == 0  # build/ holds them still
    shutil.rmtree(novel / "build/backgrounds")
    failed = doit(novel)
    assert (failed.code != 0, "git checkout -- takes" in failed.output) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("take", "atlases:aya"), 2, "put together here"),
        (("take", "backgrounds:pier/bas"), 2, 'did you mean "backgrounds:pier/base"?'),
        (("take", PLATE, "-n", "0"), 2, "-n is 1 to 64"),
        (("take", PLATE, "--pick", "0"), 2, "comfyvn restore"),
        (("take", PLATE, "--pick", "5"), 2, "take 5 of backgrounds:pier/base is not made"),
        (("take", "--pick", "5"), 2, "--pick needs a target"),
        (("take",), 0, "nothing was chosen yet"),
        (("adopt", PLATE), 2, "was not changed by hand"),
        (("restore", PLATE), 2, "none of these has a take"),
        (("restore", "nobody"), 2, 'there is no target "nobody"'),
        (("unapprove", PLATE), 2, "none of these is approved"),
        (("approve", "atlases:aya"), 1, "put together here"),
    ],
)
def test_wrong_use_is_told(novel: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    run = comfyvn(novel, *arguments)
    assert (run.code, said in run.output) == (code, True), run.output
    assert not (novel / TAKES).exists()
