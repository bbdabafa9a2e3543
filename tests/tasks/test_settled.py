"""What a build remembers is never believed too long: edits under a running build, `-a`, `forget`, own tasks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from comfyvn.engine.opening import open_novel
from comfyvn.errors import InputMoved
from tests.fakes.novel_runs import comfyvn, doit, environment, tree
from tests.fakes.small_novel import write

PIER = "data/locations/pier.json"
BASE, NIGHT = "backgrounds:pier/base", "backgrounds:pier/night"
EXPORTS = {"manifests:renpy", "export_renpy"}
Edit = Callable[[Path, str, str], None]

# A task of the author's own that runs first, and changes a contract while the build has planned with the old one.
MEDDLING = """

def task_0meddle():
    def meddle():
        path = 'data/locations/pier.json'
        text = open(path).read()
        {how}
    return {{"actions": [meddle], "uptodate": [False]}}
"""


def meddle(novel: Path, how: str) -> None:
    with (novel / "dodo.py").open("a", encoding="utf-8") as dodo:
        dodo.write(MEDDLING.format(how=how))


def test_a_contract_that_is_edited_under_a_build_is_never_bound(novel: Path) -> None:
    """The plan stands for what was read; a target of a contract that moved fails, and the next build makes it."""
    opened = open_novel(novel)
    pier = novel / PIER
    before = pier.read_text("utf-8")
    pier.write_text(before.replace('"seed": 31', '"seed": 77'), "utf-8")
    with pytest.raises(InputMoved, match="was changed while the build ran"):
        opened.targets[BASE]
    pier.write_text(before, "utf-8")
    assert opened.targets[BASE].recipe.kind == "render"


def test_an_edit_under_a_build_that_is_taken_back_makes_no_wrong_picture(novel: Path, own_cache: Path) -> None:
    shutil.rmtree(own_cache)
    (novel / "build/backgrounds/pier/base.png").unlink()
    (novel / "build/backgrounds/pier/base.png.render.json").unlink()
    meddle(novel, "open(path, 'w').write(text.replace('\"seed\": 31', '\"seed\": 77'))")
    doit(novel, "-n", "1")
    pier = novel / PIER
    pier.write_text(pier.read_text("utf-8").replace('"seed": 77', '"seed": 31'), "utf-8")
    shutil.copyfile(Path(__file__).parents[2] / "dodo.py", novel / "dodo.py")
    assert doit(novel).code == 0
    record = json.loads((novel / "build/backgrounds/pier/base.png.render.json").read_text("utf-8"))
    assert record["seeds"]["background_seed"] == 31


@pytest.mark.parametrize("how", ["open(path, 'w').write(text[:50])", "import os; os.unlink(path)"])
def test_a_contract_that_breaks_under_a_build_stops_nothing_else(novel: Path, how: str) -> None:
    """One that is half saved, and one that is gone."""
    before = (novel / PIER).read_text("utf-8")
    shutil.rmtree(novel / "build/backgrounds")
    shutil.rmtree(novel / "build/voices")
    meddle(novel, how)
    run = doit(novel, "-n", "1")
    assert "Traceback" not in run.output
    assert "voices:en/l1aaaa" in run.cached
    write(novel / PIER, before)
    shutil.copyfile(Path(__file__).parents[2] / "dodo.py", novel / "dodo.py")
    assert doit(novel).code == 0
    assert doit(novel).made == frozenset()


def test_what_always_made_is_not_settled_for_its_users(novel: Path) -> None:
    """`doit -a NAME` makes what was settled: whatever is made of it is looked at by the next build."""
    doit(novel, "-a", BASE)
    kept = novel / "build/backgrounds/pier/base.png"
    opened = open_novel(novel)
    from comfyvn.engine.standings import known

    assert BASE in known(opened)
    assert NIGHT not in known(opened)
    assert kept.is_file()
    assert doit(novel).output.startswith("up to date: ")
    assert NIGHT in known(open_novel(novel))


def test_a_target_that_is_forgotten_while_a_build_ends_is_made_again(novel: Path, edit: Edit) -> None:
    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay a little while.")
    meddle(novel, f"import subprocess, sys; subprocess.run([sys.executable, '-m', 'doit', 'forget', '{NIGHT}'])")
    doit(novel, "-n", "1")
    shutil.copyfile(Path(__file__).parents[2] / "dodo.py", novel / "dodo.py")
    assert NIGHT in doit(novel).made
    assert doit(novel).output.startswith("up to date: ")


def test_a_build_with_nothing_to_do_says_the_same_by_both_commands(novel: Path) -> None:
    assert doit(novel).output == comfyvn(novel, "build").output
    done = subprocess.run(
        [sys.executable, "-m", "comfyvn.start", "build"], cwd=novel, env=environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, doit(novel).output)


def test_nothing_is_loaded_for_a_build_with_nothing_to_do(novel: Path) -> None:
    doit(novel)  # the novel is a copy, and its files others than those that were swept
    told = "import sys; sys.argv = ['comfyvn', 'build']; from comfyvn.start import main; main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], cwd=novel, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    line, modules = done.stdout.splitlines()
    assert line.startswith("up to date: ")
    assert not {"pydantic", "doit", "json", "pathlib", "comfyvn.cli", "comfyvn.errors"} & set(modules.split())


def test_a_state_folder_that_is_gone_costs_no_artifact(novel: Path) -> None:
    before = tree(novel / "build")
    shutil.rmtree(novel / ".comfyvn")
    assert doit(novel).made == frozenset()
    assert (novel / ".comfyvn/swept").is_file()
    assert not (novel / ".comfyvn/settled.log").exists()
    assert tree(novel / "build") == before


def test_the_order_of_a_set_is_no_change_of_an_action() -> None:
    told = """
from comfyvn.tasks.own import _constants
def chosen(kind):
    return kind in {'png', 'jpg', 'webp', 'bmp'}
print(_constants(chosen.__code__))
"""
    said = set()
    for seed in ("1", "2", "3"):
        command = [sys.executable, "-c", told]
        done = subprocess.run(command, env=environment(PYTHONHASHSEED=seed), capture_output=True, text=True, check=True)
        said.add(done.stdout)
    assert len(said) == 1


def test_what_was_settled_is_read_twice_however_many_targets_are_looked_at(novel: Path) -> None:
    """Once for all that are judged before work begins, and once when it has ended."""
    doit(novel)
    for file in (novel / "build").rglob("*.png"):
        file.touch()
    code = (
        "from comfyvn.engine import settled\nread, unpack = [], settled.unpack\n"
        "settled.unpack = lambda data: read.append(data) or unpack(data)\n"
        "from comfyvn.cli import main\nprint(main(['build']), len(read))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=novel, env=environment(), capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["0 2"], done.stdout + done.stderr
