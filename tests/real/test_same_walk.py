"""One story by three exports: Ren'Py, the pages and the bundles meet the same lines in the same order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene, lines
from comfyvn.reading import read_project
from comfyvn.targets import bundle, web
from comfyvn.targets.renpy_script import say_id
from tests.fakes import renpy_novel, web_walk
from tests.fakes.real_renpy import MARKS
from tests.test_sample import walks

ROOT = Path(__file__).parents[2]

pytestmark = MARKS


@pytest.fixture(scope="module")
def sample() -> Project:
    return read_project(ROOT)


def by_pages(novel: Project) -> Iterator[list[str]]:
    return (way.heard for way in web_walk.walks(web.texts(novel, {})))


def by_bundles(novel: Project) -> Iterator[list[str]]:
    """The ways through what the bundles say by themselves, scene by scene."""
    documents = {key.partition("/")[0]: json.loads(text) for key, text in bundle.texts(novel).items()}
    scenes = {key: _scene(document) for key, document in documents.items()}
    variables = {name: value for document in documents.values() for name, value in document["variables"].items()}
    settings = novel.novel.model_copy(update={"variables": variables})
    return (way.heard for way in walks(Project(novel=settings, scenes=scenes)))


def _scene(document: dict[str, Any]) -> Scene:
    told = {name: document[name] for name in ("id", "script", "next") if name in document}
    return Scene.model_validate({**told, "background": "anywhere"})


def by_renpy(novel: Project, folder: Path) -> list[list[str]]:
    """The ways that a playtest went from the start to an ending, as Ren'Py names lines; what only a screen reader says
    has a name of the engine's own, after its label."""
    from_atlases = novel.novel.model_copy(update={"export": renpy_novel.project().novel.export})
    game = renpy_novel.write(replace(novel, novel=from_atlases), folder)
    command = [sys.executable, "-m", "comfyvn.cli", "playtest", str(game), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    whole = [one["ids"] for one in json.loads(done.stdout)["walks"] if one["whole"] and one["start"] == "start"]
    return [[line_id for line_id in ids if not line_id.startswith("scene_")] for ids in whole]


def test_the_three_exports_tell_the_same_story(sample: Project, tmp_path: Path) -> None:
    pages, bundles = list(by_pages(sample)), list(by_bundles(sample))
    assert pages == bundles and len(pages) > 1
    said = [line for scene in sample.scenes.values() for line in lines(scene)]
    spoken = {line.id for line in said if line.kind in ("say", "narrate", "menu") and line.text}
    ways = [[say_id(line_id) for line_id in way if line_id in spoken] for way in pages]
    played = by_renpy(sample, tmp_path / "game")
    assert len(played) > 1 and [way for way in played if way not in ways] == []
    met = {line_id for way in played for line_id in way}
    assert met == {say_id(line_id) for line_id in spoken if line_id}
