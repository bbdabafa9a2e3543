"""The hooks in the pre-commit framework, run for real: `repo:` is a clone of this very repository, on this disk."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from tests.fakes import forked
from tests.fakes.git_novels import Scratch, scratch
from tests.fakes.novel_runs import REPOSITORY, comfyvn, set_up
from tests.fakes.small_novel import NOVEL, write, write_small_novel

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        importlib.util.find_spec("pre_commit") is None, reason='no pre-commit: pip install "comfyvn[test]"'
    ),
]
HAPPY = "build/sprites/aya/casual/standing/happy.png"
CONFIG = """\
default_install_hook_types: [pre-commit, post-checkout, post-merge, pre-push]
repos:
  - repo: {hooks}
    rev: {commit}
    hooks:
      - id: comfyvn-check
      - id: comfyvn-stale
      - id: comfyvn-push
"""


@pytest.fixture
def novel(tmp_path: Path) -> Scratch:
    """A built novel with golden sprites, in a repository where `pre-commit install` was run."""
    made = scratch(tmp_path / "novel", tmp_path / "home")
    made.variables["PRE_COMMIT_HOME"] = str(tmp_path / "pre-commit")
    made.variables["PATH"] = os.pathsep.join([str(_command(tmp_path)), made.variables["PATH"]])
    hooks, commit = _hooks_repository(tmp_path)
    set_up(write_small_novel(made.top, novel=NOVEL.replace("voiced: all", "voiced: none")))
    write(made.top / ".gitignore", "build/*\n!build/sprites/\n.comfyvn/\n__pycache__/\n")
    write(made.top / ".pre-commit-config.yaml", CONFIG.format(hooks=hooks, commit=commit))
    assert comfyvn(made.top, "build").code == 0
    done = made.run(sys.executable, "-m", "pre_commit", "install")
    assert done.code == 0, done.output
    done = made.commit("Begin")
    assert done.code == 0, done.output
    assert "what is staged is sound" in done.output
    return made


def _command(folder: Path) -> Path:
    """A folder with the `comfyvn` of this checkout, as an activated environment has it."""
    program = folder / "bin/comfyvn"
    write(program, f'#!/bin/sh\nexec "{forked.interpreter()}" -m comfyvn.cli "$@"\n')
    program.chmod(0o755)
    return program.parent


def _hooks_repository(folder: Path) -> tuple[Path, str]:
    """What the framework clones: the hooks file as it is in this checkout, committed or not."""
    made = scratch(folder / "hooks", folder / "home")
    write(made.top / ".pre-commit-hooks.yaml", (REPOSITORY / ".pre-commit-hooks.yaml").read_bytes())
    assert made.commit("Hooks").code == 0
    return made.top, made.git("rev-parse", "HEAD").strip()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_manifest_is_one_that_the_framework_takes() -> None:
    from pre_commit.clientlib import load_manifest

    found = {hook["id"]: hook["stages"] for hook in load_manifest(str(REPOSITORY / ".pre-commit-hooks.yaml"))}
    assert found == {
        "comfyvn-check": ["pre-commit"],
        "comfyvn-stale": ["post-checkout", "post-merge"],
        "comfyvn-push": ["pre-push"],
    }


def test_a_commit_a_checkout_and_a_push(novel: Scratch, tmp_path: Path) -> None:
    arrival = novel.top / "data/scenes/arrival.json"
    change(arrival, '"say": "aya"', '"say": "ayo"')
    done = novel.commit("Broken")
    assert done.code == 1
    assert 'did you mean "aya"?' in done.output
    novel.git("reset", "-q", "--hard")

    assert novel.run("git", "switch", "-q", "-c", "sad").code == 0
    change(novel.top / "data/characters/aya/character.json", "happy smile", "crying, sad")
    assert novel.commit("Sad").code == 0
    assert "ComfyVN: not up to date" not in novel.run("git", "switch", "main").output
    done = novel.run("git", "merge", "sad")
    assert done.code == 0
    assert "ComfyVN: not up to date: sprites: 1 stale by content" in done.output

    novel.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    done = novel.run("git", "push", str(tmp_path / "remote.git"), "main")
    assert done.code == 1
    assert f"{HAPPY}: stale (content)" in done.output
    assert comfyvn(novel.top, "build").code == 0
    assert novel.commit("Built").code == 0
    assert novel.run("git", "push", str(tmp_path / "remote.git"), "main").code == 0
