"""Scenes whose script is an .rpy file are planned like others: an edit of one is read, judged and planned by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyvn.engine import sweep
from comfyvn.engine.planning import Plan
from comfyvn.errors import ComfyVNError
from comfyvn.reading.script.convert import to_json, to_rpy
from tests.engine.test_planning import STATE, afresh, long_ago, planned
from tests.fakes.small_novel import write_small_novel

SCRIPT = "data/scenes/evening.rpy"


class _Opened:
    """Names of contract files that were opened in a thread, by an audit hook."""

    def __init__(self) -> None:
        self.root: Path | None = None
        self.thread, self.files = 0, list[str]()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self.root is not None and threading.get_ident() == self.thread:
            path = str(arguments[0])
            if path.startswith(str(self.root / "data")):
                self.files.append(str(Path(path).relative_to(self.root)))


_opened = _Opened()


@pytest.fixture
def novel(tmp_path: Path) -> Iterator[Path]:
    root = write_small_novel(tmp_path)
    to_rpy(root, None)
    for file in root.rglob("*.*"):
        long_ago(file)
    (root / STATE).mkdir()
    planned(root)
    planned(root)
    _opened.root, _opened.thread, _opened.files = tmp_path, threading.get_ident(), []
    yield root
    _opened.root = None


def edit(root: Path, old: str, new: str, file: str = SCRIPT) -> Plan:
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    long_ago(path)
    _opened.files.clear()
    return planned(root)


def test_nothing_moved_and_nothing_is_read(novel: Path) -> None:
    plan = planned(novel)
    assert not plan.is_new and _opened.files == []
    assert SCRIPT in plan.seen and plan.seen[SCRIPT] == sweep.signature(str(novel / SCRIPT))


def test_of_an_edited_script_only_its_scene_is_read(novel: Path) -> None:
    plan = edit(novel, '"The water is quiet."', '"Dark water."')
    scenes = {file for file in _opened.files if file.startswith("data/scenes/")}
    assert scenes == {SCRIPT, "data/scenes/evening.json"}
    assert plan.is_new and dict(plan.targets.rows) == afresh(novel)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("label evening:", "# why\nlabel evening:"),
        ("label evening:\n", "label evening:\n    pause 1.0\n"),
        ("label evening:", "default mood = 1\n\nlabel evening:"),
        ("label evening:\n", 'label evening:\n    "So dark." id zz9999\n'),
    ],
)
def test_a_plan_made_again_is_the_plan_made_afresh(novel: Path, old: str, new: str) -> None:
    assert dict(edit(novel, old, new).targets.rows) == afresh(novel)
    assert dict(edit(novel, new, old).targets.rows) == afresh(novel)


def test_a_variable_that_a_scene_declares_is_the_novels(novel: Path) -> None:
    def declared(plan: Plan) -> object:
        return plan.project.novel.variables.get("mood")

    assert declared(planned(novel)) is None
    assert declared(edit(novel, "label evening:", "default mood = 1\n\nlabel evening:")) == 1
    assert declared(planned(novel)) == 1, "as it is remembered"
    assert declared(edit(novel, "The water is quiet.", "Dark water.")) == 1, "while only the words were read anew"
    plan = edit(novel, "default mood = 1", "default mood = True")
    assert declared(plan) is True
    assert dict(plan.targets.rows) == afresh(novel)


def test_a_script_that_becomes_json_is_the_same_plan(novel: Path) -> None:
    rows = dict(planned(novel).targets.rows)
    to_json(novel, None)
    assert dict(planned(novel).targets.rows) == rows == afresh(novel)
    to_rpy(novel, ["evening"])
    assert dict(planned(novel).targets.rows) == rows


WRONG: dict[str, Callable[[Path], None]] = {
    "syntax": lambda root: (root / SCRIPT).write_text("label evening:\n    shwo aya\n", "utf-8"),
    "reference": lambda root: (root / SCRIPT).write_text('label evening:\n    bob "Hi." id z9\n    return\n', "utf-8"),
    "control": lambda root: (root / SCRIPT).write_text('label evening:\n    "\\u0007" id z9\n    return\n', "utf-8"),
    "gone": lambda root: (root / SCRIPT).unlink(),
    "alone": lambda root: (root / "data/scenes/evening.json").unlink(),
    "both": lambda root: (root / SCRIPT).replace(root / "data/scenes/other.rpy"),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_what_is_wrong_is_told_as_by_a_whole_reading(novel: Path, what: str) -> None:
    WRONG[what](novel)
    with pytest.raises(ComfyVNError) as again:
        planned(novel)
    with pytest.raises(ComfyVNError) as whole:
        afresh(novel)
    assert again.value.lines() == whole.value.lines()
