"""`comfyvn why` on built novels: exports in an author's words, and equal causes together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from comfyvn.cli import main
from comfyvn.engine.opening import open_novel
from tests.fakes.novel_runs import dot
from tests.fakes.small_novel import write

AYA = "data/characters/aya/character.json"
PLATE, LINE = "backgrounds:pier/base", "voices:en/l3aaaa"
Why = Callable[..., str]
Edit = Callable[[Path, str, str], None]


@pytest.fixture
def why(novel: Path, capsys: pytest.CaptureFixture[str]) -> Why:
    def said(*arguments: str) -> str:
        assert main(["--dir", str(novel), "why", *arguments]) == 0
        return capsys.readouterr().out

    return said


def make(novel: Path, *names: str) -> None:
    opened = open_novel(novel)
    opened.engine.begin()
    for name in names:
        opened.engine.make(name)
    opened.engine.end()


def test_all_is_up_to_date(why: Why) -> None:
    assert why() == "all 15 are up to date\n"
    assert why("sprites") == "sprites: all 3 are up to date\n"
    assert why("export_renpy") == "export_renpy\n  up to date\n"


def test_a_scene_s_script(novel: Path, why: Why, edit: Edit) -> None:
    edit(novel / "data/scenes/arrival.json", "The ferry is late.", "The ferry is very late.")
    told = why("export_renpy")
    assert told.startswith("export_renpy  (stale by content)\n  the script of scene arrival changed\n")
    assert '\nwhat comes first:\n\nvoices:en/n1aaaa because scenes/arrival: n1aaaa text: "The ferry is ' in told


def test_an_artifact_that_was_made_again_and_is_not_in_the_export_yet(novel: Path, why: Why, edit: Edit) -> None:
    edit(novel / "data/locations/pier.json", "morning, clear sky", "morning, fog")
    make(novel, PLATE, "backgrounds:pier/night")
    told = why("export_renpy")
    assert f"  {PLATE} has new content (" in told
    assert "manifests:renpy because" in told
    make(novel, "manifests:renpy")
    told = why("export_renpy")
    assert f"  {PLATE} has new content (" in told  # the manifest is fresh now, and the export still holds the old plate
    assert "manifests:renpy" not in told
    assert "what comes first" not in told
    make(novel, "export_renpy")
    assert why("export_renpy") == "export_renpy\n  up to date\n"


def test_what_is_new_and_gone_in_an_export(novel: Path, why: Why) -> None:
    scene = json.loads((novel / "data/scenes/evening.json").read_text("utf-8"))
    shot = scene["shots"].pop()
    scene["script"] = [line for line in scene["script"] if "still" not in line]
    write(novel / "data/scenes/evening.json", scene)
    told = why("export_renpy")
    assert "  game/stills/evening/lantern.png is no longer part of it" in told
    make(novel, "manifests:renpy", "export_renpy")
    scene["shots"].append(shot)
    write(novel / "data/scenes/evening.json", scene)
    assert "  scenes:evening/lantern is new" in why("export_renpy")


def test_an_overlay_file_wins_over_what_is_placed(novel: Path, why: Why) -> None:
    own = novel / "renpy/game/bg/pier/base.png"
    own.parent.mkdir(parents=True)
    Image.new("RGBA", (8, 8)).save(own)
    assert "file renpy/game/bg/pier/base.png is new" in why("export_renpy")
    make(novel, "export_renpy")
    assert why("export_renpy") == "export_renpy\n  up to date\n"


def test_equal_causes_are_told_once(novel: Path, why: Why, edit: Edit) -> None:
    edit(novel / "data/styles/plain.json", '"prompt":', '"steps": 31, "prompt":')
    told = why()
    assert "2 backgrounds, 3 sprites and 1 still because styles/plain: steps: 28 → 31\n" in told
    assert "\n  and 3 more (--all names them)\n" in told
    assert "atlases:aya because 2 sprites come first\n" in told
    assert "(--all" not in why("--all")
    assert "3 sprites because styles/plain: steps" in why("atlases:aya").partition("what comes first:")[2]


def test_several_causes_of_the_same_targets_are_one_group(novel: Path, why: Why, edit: Edit) -> None:
    edit(novel / "data/styles/plain.json", '"prompt":', '"steps": 31, "cfg": 3.5, "prompt":')
    told = why("backgrounds")
    first, second = told.splitlines()[2:4]
    assert first == "2 backgrounds because styles/plain: cfg: 6.0 → 3.5"
    assert second == "                  and styles/plain: steps: 28 → 31"


def test_lost_and_retouched_files_are_told_together(novel: Path, why: Why) -> None:
    shutil.rmtree(novel / "build/backgrounds")
    for name in ("calm", "happy"):
        dot(novel / f"build/sprites/aya/casual/standing/{name}.png", (9, 9), (1, 2, 3, 255))
    told = why()
    assert "2 backgrounds because they are not made yet\n" in told
    assert "2 sprites because they were changed by hand, which is kept\n" in told
    (novel / "build/voices/en/l1aaaa.wav").unlink()
    (novel / "build/voices/en/l2aaaa.wav").unlink()
    assert "2 voices because their file is gone\n" in why("voices")


def test_for_machines(novel: Path, why: Why, edit: Edit) -> None:
    edit(novel / "data/scenes/evening.json", "Stay a while.", "Stay.")
    found = json.loads(why("export_renpy", "--json"))
    assert found["targets"]["export_renpy"] == {
        "condition": "stale",
        "class": "content",
        "held": False,
        "reasons": ["the script of scene evening changed"],
        "waits_for": ["manifests:renpy"],
    }
    assert found["groups"] == [{"causes": ["the script of scene evening changed"], "targets": ["export_renpy"]}]
    text = 'scenes/evening: l3aaaa text: "Stay a while." → "Stay."'
    assert found["first"] == [{"causes": [text], "targets": [LINE]}]


def test_an_unknown_target(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--dir", str(novel), "why", "sprites:ayo"]) == 2
    assert 'did you mean "sprites:aya"?' in capsys.readouterr().err
