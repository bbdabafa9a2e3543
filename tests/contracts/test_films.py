"""Films, captions and pages: what `check` says of them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from comfyvn.contracts.asset import Asset
from comfyvn.contracts.check import check
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.errors import Problem
from tests.fakes import renpy_novel


def found(novel: Project, key: str) -> list[Problem]:
    return [problem for problem in check(novel) if problem.file == key and problem.path not in ("$.licence", "$")]


def with_film(**changes: Any) -> Project:
    novel = renpy_novel.project()
    document = {**novel.assets["opening"].model_dump(mode="json", by_alias=True), **changes}
    assets = {**novel.assets, "opening": Asset.model_validate(document)}
    return Project(novel.novel, novel.styles, novel.characters, novel.locations, novel.scenes, assets=assets)


def with_script(*script: dict[str, Any], mode: str = "adv") -> Project:
    scene = {"id": "last", "background": "cafe", "mode": mode, "script": [*script, {"end": ""}]}
    return renpy_novel.with_scene(renpy_novel.project(), Scene.model_validate(scene))


def test_a_sound_film_is_sound() -> None:
    assert found(with_film(), "assets/opening") == []


def test_a_film_that_ren_py_cannot_play_is_an_error_that_says_how_to_make_one() -> None:
    (problem,) = found(with_film(file="films/opening.mp4"), "assets/opening")
    assert problem.severity == "error" and problem.path == "$.file" and "ffmpeg" in problem.allowed


def test_captions_have_an_order_and_belong_to_films() -> None:
    (late,) = found(with_film(captions=[{"start": 2.0, "end": 1.0, "text": "x"}]), "assets/opening")
    assert late.severity == "error" and late.path == "$.captions[0].end"
    sound = with_film(kind="sound", file="a.ogg", captions=[{"start": 0.0, "end": 1.0, "text": "x"}])
    (useless,) = found(sound, "assets/opening")
    assert useless.severity == "warning" and useless.path == "$.captions"
    (unseen,) = found(with_film(captions=[{"start": 0.0, "end": 1.0, "text": "\x07"}]), "assets/opening")
    assert unseen.path == "$.captions[0].text"


def test_an_unknown_film_is_named_with_what_was_probably_meant() -> None:
    (problem,) = found(with_script({"movie": "openin"}), "scenes/last")
    assert problem.severity == "error" and problem.suggestion == "opening"
    (other,) = found(with_script({"movie": "theme"}), "scenes/last")
    assert '"music", not "video"' in other.message


def test_a_page_is_cleared_only_where_lines_stand_on_pages() -> None:
    (problem,) = found(with_script({"nvl": "clear"}), "scenes/last")
    assert problem.severity == "warning" and problem.path == "$.script[0].nvl"
    assert found(with_script({"nvl": "clear"}, mode="nvl"), "scenes/last") == []
    with pytest.raises(ValidationError):
        with_script({"nvl": "wipe"}, mode="nvl")


def test_a_line_that_no_screen_holds_is_a_warning() -> None:
    (problem,) = found(with_script({"narrate": "word " * 400, "id": "w1"}), "scenes/last")
    assert problem.severity == "warning" and problem.path == "$.script[0].narrate" and "scroll" in problem.message
