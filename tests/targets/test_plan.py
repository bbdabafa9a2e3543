"""Planning is pure, and names every target in an order in which needs come first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from comfyvn import reading
from comfyvn.engine.opening import toolbox
from comfyvn.recipe import targets_of
from comfyvn.targets.plan import plan

ROOT = Path(__file__).parents[2]


def test_planning_a_whole_novel_opens_no_file() -> None:
    project, tools = reading.read_project(ROOT), toolbox(ROOT)
    plan(project, tools)  # whatever is imported lazily has been imported now
    opened: list[Any] = []
    watching = [True]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching[0] and event in ("open", "socket.connect", "subprocess.Popen", "os.listdir", "os.scandir"):
            opened.append((event, arguments))

    sys.addaudithook(watch)
    try:
        targets = plan(project, tools)
    finally:
        watching[0] = False
    assert opened == []
    assert len(targets) > 100


def test_needs_come_before_their_users() -> None:
    targets = plan(reading.read_project(ROOT), toolbox(ROOT))
    seen: set[str] = set()
    for name, target in targets.items():
        assert set(targets_of(target.recipe)) <= seen, name
        seen.add(name)


def test_every_target_has_a_file_of_its_own() -> None:
    targets = plan(reading.read_project(ROOT), toolbox(ROOT))
    files = [file for target in targets.values() for file in target.files]
    assert len(files) == len(set(files))
    assert all(file.startswith("build/") for file in files)
    assert max(len(file) for file in files) < 120
