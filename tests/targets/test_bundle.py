"""Bundles as values: every kind of statement, every name in its table, and the same lines as in Ren'Py."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from comfyvn.contracts.bundle import BundleScene
from comfyvn.contracts.scene import Scene
from comfyvn.recipe import FileInput, TargetInput
from comfyvn.targets import bundle, renpy
from comfyvn.targets.renpy_script import say_id
from tests.fakes import renpy_novel, translations

NOVEL = renpy_novel.project()
SCENES = sorted(NOVEL.scenes)


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_is_as_its_model_says_and_names_only_what_is_there(key: str) -> None:
    document = json.loads(bundle.texts(NOVEL)[f"{key}/scene.json"])
    scene = BundleScene.model_validate(document)
    assert scene.script == NOVEL.scenes[key].script, "the script comes back as it was written"
    assets = bundle.assets(NOVEL)
    for name in ("script", "lines", "placements"):
        document.pop(name)
    tables = json.dumps(document)
    named = set(re.findall(r'"((?:images|sprites|audio|films)/[^"]+)"', tables))
    assert {f"{key}/{file}" for file in named} == {place for place in assets if place.startswith(f"{key}/")}


@pytest.mark.parametrize("key", SCENES)
def test_lines_come_in_the_order_of_the_ren_py_export(key: str) -> None:
    document = json.loads(bundle.texts(NOVEL)[f"{key}/scene.json"])
    lines = [line for line in document["lines"] if line["kind"] in ("say", "narrate", "menu")]
    said = [say_id(line["id"]) for line in lines if "id" in line]
    script = renpy.texts(NOVEL)[f"game/scenes/{key}.rpy"]
    assert said == re.findall(r'" id (\w+)$', script, re.MULTILINE)


def test_other_languages_films_and_pages_are_told_of() -> None:
    texts = bundle.texts(translations.project())
    start, page = (json.loads(texts[f"{key}/scene.json"]) for key in ("start", "page"))
    first = next(line for line in start["lines"] if line.get("id") == "n0001")
    assert first["translations"]["de"] == "Die Fähre kommt zu spät." and "he" in first["translations"]
    assert start["voices"]["a0001"]["de"]["file"] == "audio/voices/de/a0001.ogg"
    assert page["mode"] == "nvl" and "mode" not in start
    (film,) = (one for scene in (start, page) for one in scene["sounds"].values() if one["kind"] == "video")
    assert film["captions"] and film["alt"]


def test_who_is_only_sent_away_is_told_of_too() -> None:
    scene = NOVEL.scenes[SCENES[0]]
    away = next(key for key in sorted(NOVEL.characters) if NOVEL.characters[key].sprites())
    alone = Scene.model_validate({"id": scene.id, "background": scene.background, "script": [{"hide": away}]})
    cut = replace(NOVEL, scenes={scene.id: alone})
    document = json.loads(bundle.texts(cut)[f"{scene.id}/scene.json"])
    assert document["cast"][away]["name"] == NOVEL.characters[away].name
    assert not document["cast"][away]["sprites"], "nobody sees it"


def test_records_are_told_of_and_files_are_copied() -> None:
    assets = bundle.assets(NOVEL)
    records = {name: item for name, item in assets.items() if name.startswith(bundle.RECORD)}
    for name, item in records.items():
        assert isinstance(item, TargetInput) and item.file.endswith(".render.json"), name
        assert name == bundle.RECORD + item.target
    for name, item in assets.items():
        if name not in records:
            assert re.fullmatch(r"[a-z0-9_]+/[a-z0-9_./-]+", name) and ".." not in name
            assert isinstance(item, FileInput) or bundle.RECORD + item.target in records


def test_hostile_text_is_data() -> None:
    nasty = {line.text for line in NOVEL.lines()}
    told = {line["text"] for key in SCENES for line in json.loads(bundle.texts(NOVEL)[f"{key}/scene.json"])["lines"]}
    assert told == nasty and set(renpy_novel.NASTY) <= nasty
