"""Rebuilds, tested by counting: after each change exactly the expected targets are made, and nothing else."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from comfyvn import draft
from tests.fakes.novel_runs import REPOSITORY, comfyvn, doit, dot, tree
from tests.fakes.small_novel import write

AYA = "data/characters/aya/character.json"
BASE, CALM, HAPPY = (f"sprites:aya/casual/standing/{name}" for name in ("base", "calm", "happy"))
EXPORTS = {"manifests:renpy", "export_renpy"}
Edit = Callable[[Path, str, str], None]


def test_everything_is_made_once(novel: Path) -> None:
    for name in ("sprites/aya/casual/standing/happy.png", "atlases/aya/aya.json", "backgrounds/pier/night.png",
                 "scenes/evening/lantern.png", "voices/en/l1aaaa.wav", "voices/en/l1aaaa.ogg", "voices/en/l1aaaa.srt",
                 "voices/en/l1aaaa.vtt", "voices/en/l1aaaa.mouth", "export/renpy/game/script.rpy"):  # fmt: skip
        assert (novel / "build" / name).is_file(), name
    assert (novel / "build/sprites/aya/casual/standing/happy.png.render.json").is_file()
    run = doit(novel)
    assert (run.code, run.made, run.cached) == (0, frozenset(), frozenset())
    assert run.output.startswith("up to date: ")
    assert len(run.output.splitlines()) == 1


def test_doit_s_database_does_not_matter(novel: Path) -> None:
    shutil.rmtree(novel / ".comfyvn")
    run = doit(novel)
    assert (run.made, run.cached) == (frozenset(), frozenset())


def test_a_deleted_build_comes_back_from_the_cache(novel: Path) -> None:
    before = tree(novel / "build")
    shutil.rmtree(novel / "build")
    run = doit(novel)
    assert run.made == EXPORTS
    assert run.cached
    assert tree(novel / "build") == before


def test_an_expression_s_prompt(novel: Path, edit: Edit) -> None:
    edit(novel / AYA, '"happy smile"', '"angry, frowning"')
    assert doit(novel).made == {HAPPY, "atlases:aya", *EXPORTS}


def test_a_pose_s_seed(novel: Path, edit: Edit) -> None:
    edit(novel / AYA, '"character_seed": 11', '"character_seed": 911')
    assert doit(novel).made == {BASE, CALM, HAPPY, "atlases:aya", *EXPORTS}


def test_a_line_s_text(novel: Path, edit: Edit) -> None:
    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay a little while.")
    assert doit(novel).made == {"voices:en/l3aaaa", *EXPORTS}


def test_a_clip_from_before_there_were_mouth_cues_is_not_spoken_again(novel: Path) -> None:
    record = novel / "build/voices/en/l1aaaa.wav.render.json"
    document = json.loads(record.read_text("utf-8"))
    for name in ("l1aaaa.vtt", "l1aaaa.mouth"):
        (record.parent / name).unlink()
        del document["files"][name]
    record.write_text(json.dumps(document), "utf-8")
    assert doit(novel).made == frozenset()


def test_what_nothing_is_made_of(novel: Path) -> None:
    scene = novel / "data/scenes/evening.json"
    document = json.loads(scene.read_text("utf-8"))
    document["meta"] = {"note": "remember the lanterns"}
    scene.write_text(json.dumps(document, indent=7, ensure_ascii=True), "utf-8")
    os.utime(novel / AYA)
    os.utime(novel / "build/sprites/aya/casual/standing/happy.png")
    run = doit(novel)
    assert (run.code, run.made, run.cached) == (0, frozenset(), frozenset())


def test_an_unchanged_sprite_stops_the_rebuild(novel: Path, edit: Edit) -> None:
    """Early cutoff: another seed, the same pixels; neither the patches nor the atlas are made again."""
    edit(novel / AYA, '"detail_seed": 12', '"detail_seed": 912')  # the draft art has no use for it
    run = doit(novel)
    assert run.made == {BASE}


def test_a_missing_and_a_truncated_file_are_made_again(novel: Path) -> None:
    happy = novel / "build/sprites/aya/casual/standing/happy.png"
    whole = happy.read_bytes()
    happy.unlink()
    assert doit(novel).cached == {HAPPY}
    assert happy.read_bytes() == whole
    happy.write_bytes(whole[: len(whole) // 2])
    assert doit(novel).cached == {HAPPY}
    assert happy.read_bytes() == whole


def test_a_retouched_picture_is_kept_and_used(novel: Path) -> None:
    happy = novel / "build/sprites/aya/casual/standing/happy.png"
    retouched = dot(happy, (200, 300), (1, 2, 3, 255))
    run = doit(novel)
    assert run.made == {"atlases:aya", *EXPORTS}
    assert f"kept: {HAPPY}" in run.output
    assert happy.read_bytes() == retouched
    refused = doit(novel, "clean", HAPPY)
    assert refused.code != 0
    assert happy.read_bytes() == retouched
    assert f"edited   {HAPPY}" in comfyvn(novel, "status").output
    doit(novel, "forget", HAPPY)
    assert HAPPY in doit(novel).made
    assert happy.read_bytes() != retouched


def test_groups_clean_and_forget(novel: Path) -> None:
    assert doit(novel, "sprites:aya").output.startswith("up to date: ")
    sprite = novel / "build/sprites/aya/casual/standing/happy.png"
    removed = doit(novel, "clean", "sprites:aya")
    assert removed.code == 0
    assert not sprite.exists()
    assert not (novel / "build/sprites").exists()
    assert (novel / "build/voices/en/l1aaaa.wav").exists()
    assert doit(novel, "sprites:aya").cached == {BASE, CALM, HAPPY}
    forgotten = doit(novel, "forget", "sprites:aya")
    assert forgotten.code == 0
    assert doit(novel).made == {BASE, CALM, HAPPY}
    assert doit(novel).made == frozenset()


def test_always_makes_everything_again(novel: Path) -> None:
    before = tree(novel / "build")
    assert doit(novel, "-a", "sprites:aya/casual/standing/happy").made == {BASE, HAPPY}
    assert tree(novel / "build") == before


def test_list_and_info(novel: Path) -> None:
    listed = doit(novel, "list", "--all", "-q").output.split()
    assert {BASE, CALM, HAPPY, "sprites", "sprites:aya", "atlases:aya", "backgrounds:pier/night"} <= set(listed)
    assert {"scenes:evening/lantern", "voices:en/l1aaaa", "export_renpy"} <= set(listed)
    assert set(doit(novel, "list", "-q").output.split()) >= {"sprites", "voices", "export_renpy"}
    told = doit(novel, "info", HAPPY)
    assert told.code == 0
    assert "up-to-date" in told.output
    assert "build/sprites/aya/casual/standing/happy.png" in told.output


@pytest.mark.parametrize("threads", ["1", "4"])
def test_threads(novel: Path, threads: str, own_cache: Path) -> None:
    before = tree(novel / "build")
    shutil.rmtree(novel / "build")
    shutil.rmtree(own_cache)
    run = doit(novel, "-n", threads)
    assert run.code == 0
    assert run.cached == frozenset()
    assert tree(novel / "build") == before


def test_processes_are_refused_with_the_reason(novel: Path) -> None:
    run = doit(novel, "-n", "2", "-P", "process")
    assert run.code == 2
    assert "share servers" in run.output


def test_another_folder_gives_the_same_bytes(novel: Path, tmp_path: Path, own_cache: Path) -> None:
    before = tree(novel / "build")
    shutil.rmtree(own_cache)
    other = tmp_path / "somewhere else, with spaces"
    shutil.copytree(novel, other, ignore=shutil.ignore_patterns("build", ".comfyvn"))
    run = doit(other, LC_ALL="C", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    assert run.code == 0, run.output
    assert tree(other / "build") == before


def test_without_doit_cfg_the_same_tasks_run(novel: Path) -> None:
    (novel / "doit.cfg").unlink()
    run = doit(novel)
    assert (run.code, run.made) == (0, frozenset())
    (novel / "build/voices/en/l1aaaa.wav").unlink()
    assert doit(novel).cached == {"voices:en/l1aaaa"}


def test_an_author_s_own_task_can_use_artifacts(novel: Path) -> None:
    with (novel / "dodo.py").open("a", encoding="utf-8") as dodo:
        dodo.write(
            "\n\ndef task_count():\n"
            "    files = [novel.targets['atlases:aya'].artifact]\n"
            "    return {'file_dep': files, 'targets': ['count.txt'],\n"
            "            'actions': [lambda: open('count.txt', 'w').write('1') and None]}\n"
        )
    assert doit(novel, "count").code == 0
    assert (novel / "count.txt").read_text() == "1"


def test_why_names_the_value_that_changed(novel: Path, edit: Edit) -> None:
    assert "up to date" in comfyvn(novel, "why", HAPPY).output
    edit(novel / AYA, '"happy smile"', '"sad"')
    told = comfyvn(novel, "why", HAPPY).output
    assert 'characters/aya: expressions.happy.prompt: "happy smile" → "sad"' in told
    assert HAPPY in comfyvn(novel, "why", "atlases:aya").output


def test_why_names_workflows_files_and_engines(novel: Path, edit: Edit) -> None:
    """What it says of pins is in test_lock.py: drafts have none."""
    background = "backgrounds:pier/base"
    workflow = json.loads((REPOSITORY / "comfyvn/workflows/background.json").read_text("utf-8"))
    sampler = next(node for node in workflow["graph"].values() if node["class_type"] == "KSampler")
    sampler["inputs"]["denoise"] = 0.9
    write(novel / "workflows/background.json", workflow)
    assert "denoise: 1.0 → 0.9" in comfyvn(novel, "why", background).output
    shutil.rmtree(novel / "workflows")

    write(novel / "data/cells.png", (novel / "build/sprites/aya/casual/standing/calm.png").read_bytes())
    document = json.loads((novel / AYA).read_text("utf-8"))
    write(novel / AYA, {**document, "cells": {"casual/standing/happy": {"file": "data/cells.png"}}})
    assert doit(novel, "sprites").made == {HAPPY}
    write(novel / "data/cells.png", (novel / "build/sprites/aya/casual/standing/base.png").read_bytes())
    edited = (novel / "data/cells.png").read_bytes()
    with Image.open(io.BytesIO(edited)) as image:
        image.load()
        image.putpixel((5, 5), (9, 9, 9, 255))
        image.save(novel / "data/cells.png")
    assert "file data/cells.png has new content" in comfyvn(novel, "why", HAPPY).output

    edit(novel / "comfyvn.yaml", "exports:", "engines: {image: comfyui, video: draft, voice: [espeak]}\nexports:")
    assert f'engine: "draft@{draft.VERSION}" → "comfyui"' in comfyvn(novel, "why", background).output


def test_why_names_what_only_the_export_needs(novel: Path, edit: Edit) -> None:
    edit(novel / AYA, '"color": "#88c0d0"', '"color": "#88c0d0", "height": 1.1')
    assert "characters/aya: height: 1.0 → 1.1" in comfyvn(novel, "why", "export_renpy").output


def test_a_character_of_finished_art_needs_no_base(novel: Path) -> None:
    shutil.copyfile(novel / "build/sprites/aya/casual/standing/happy.png", novel / "data/aya.png")
    document = json.loads((novel / AYA).read_text("utf-8"))
    document["pose_families"]["main"]["seeds"] = {}
    document["expressions"] = {name: {"prompt": name} for name in document["expressions"]}
    document["cells"] = {f"casual/standing/{name}": {"file": "data/aya.png"} for name in document["expressions"]}
    (novel / AYA).write_text(json.dumps(document), "utf-8")
    assert comfyvn(novel, "check").code == 0
    run = doit(novel)
    assert (run.code, run.made >= {CALM, "atlases:aya"}, BASE in run.made) == (0, True, False)


def test_a_cache_that_cannot_be_written_costs_no_artifact(novel: Path, tmp_path: Path, edit: Edit) -> None:
    (tmp_path / "file").write_bytes(b"")
    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay a little while.")
    run = doit(novel, COMFYVN_CACHE=str(tmp_path / "file"))
    assert run.code == 0
    assert "not cached: cannot write" in run.output
    assert doit(novel).made == frozenset()


def test_output_that_a_terminal_cannot_show_ends_nothing(novel: Path) -> None:
    assert doit(novel, "list", "--all", PYTHONIOENCODING="ascii").code == 0


def test_status_counts_and_names(novel: Path, edit: Edit) -> None:
    edit(novel / AYA, '"happy smile"', '"sad"')
    (novel / "build/voices/en/l1aaaa.ogg").unlink()
    found = json.loads(comfyvn(novel, "status", "--json").output)
    assert found[HAPPY]["condition"] == "stale"
    assert found["voices:en/l1aaaa"]["condition"] == "missing"
    assert found["atlases:aya"]["condition"] == "waiting"
    settled = {"condition": "fresh", "reason": "", "quality": "draft", "cause": "", "held": False, "take": ""}
    assert found[CALM] == settled
    assert found[HAPPY]["cause"] == "content"
