"""A save made in real Ren'Py, and the novel edited and exported anew: it loads, and the story goes on from there."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from comfyvn.contracts.project import Project
from comfyvn.playtest.engine import environment
from comfyvn.playtest.wire import Program
from comfyvn.reading.game.installed import engine
from tests.fakes import renpy_novel
from tests.fakes.real_renpy import DRAWING, MARKS, on_screen

DRIVER = Path(__file__).parents[2] / "comfyvn/playtest/inside/driver.rpy"

pytestmark = MARKS

# Plays by itself: at the line where it is to save, it saves and ends; else it notes every line and ends with the story.
PLAYER = """
init 1900 python:
    import os, json, builtins
    zz_said = builtins.list()  # no list of the engine's own, which saves hold and rollback changes
    zz_state = builtins.list()  # of variables, when the last line was said
    def zz_note(event, interact=True, **kwargs):
        if event == "begin" and interact:
            zz_said.append(renpy.game.context().translate_identifier)
            zz_state[:] = [v_visitor, getattr(store, "v_umbrella", None)]
    config.all_character_callbacks.append(zz_note)
    config.always_shown_screens.append("zz_player")
    config.has_autosave = config.autosave_on_quit = False
    def zz_step():
        _preferences.text_cps = _preferences.transitions = 0
        if zz_said and zz_said[-1] == os.environ.get("ZZ_SAVE_AT"):
            renpy.save("1-1", "here")
            zz_end()
        if renpy.get_screen("choice"):  # the branch that has the line, and later the way out
            return 1 if os.environ.get("ZZ_SAVE_AT") else 0
        return renpy.get_screen("input") and "Kit" or True
    def zz_end():
        with open(os.environ["ZZ_OUT"], "w") as out:
            json.dump({"said": zz_said, "visitor": zz_state[0], "new": zz_state[1]}, out)
        renpy.quit()

screen zz_player():
    zorder 1000
    timer 0.05 repeat True modal False action zz_step

label main_menu:
    if os.environ.get("ZZ_SAVE_AT"):
        return
    if zz_said:
        $ zz_end()
    $ renpy.load("1-1")

label after_load:
    $ zz_said.append("loaded")
    return
"""
AT = "n0002"  # in a branch of the menu, after variables were set


def edited() -> Project:
    """Lines before, at and after the save have other words, new ones come, another goes; there is a new variable."""
    before = renpy_novel.project()
    document: dict[str, Any] = before.scenes["start"].model_dump(by_alias=True, exclude_defaults=True)
    script = renpy_novel.opening()
    for statement in script:
        if statement.get("id") == "a0001":
            statement["text"] = "There you are at last, and in other words."
    script.insert(0, {"narrate": "A new first line.", "id": "n7777"})
    script = [each for each in script if each.get("id") != "z0001"]
    menu = next(each for each in script if "menu" in each)
    menu["menu"][1]["script"][1]["narrate"] = "Time passes, slowly."
    menu["menu"][1]["script"].append({"narrate": "A line that was not there.", "id": "n8888"})
    variables = {**before.novel.variables, "umbrella": True}
    scene = type(before.scenes["start"]).model_validate({**document, "script": script})
    again = renpy_novel.project(variables=variables)
    again.scenes["start"] = scene
    return again


def run(novel: Project, folder: Path, saves: Path, **more: str) -> dict[str, Any]:
    game = renpy_novel.write(novel, folder)
    (game / "game/zz_player.rpy").write_text(PLAYER)
    (game / "game/00zz.rpy").write_text(DRIVER.read_text().split("init 1900 python:")[0])
    out = folder / "out.json"
    environ = {**environment(os.environ, folder, DRAWING), **more, "ZZ_OUT": str(out)}
    program = Program([*on_screen(), engine(os.environ), str(game), "run", "--savedir", str(saves)], environ)
    try:
        assert program.wait(time.monotonic() + 60) == 0, program.said()
        told: dict[str, Any] = json.loads(out.read_text())
        return told
    finally:
        program.close()


def test_a_save_loads_after_the_novel_was_edited_and_exported_anew(tmp_path: Path) -> None:
    saves = tmp_path / "saves"
    saved = run(renpy_novel.project(), tmp_path / "before", saves, ZZ_SAVE_AT=AT)
    assert saved["said"][-1] == AT and saved["visitor"] == "Kit"
    loaded = run(edited(), tmp_path / "after", saves)
    assert loaded["said"][0] == "loaded"
    assert loaded["visitor"] == "Kit"  # what the save holds
    assert loaded["new"] is True  # what it cannot hold begins with its default
    assert loaded["said"][-1] == "p0003"  # and the story goes on to its end: a menu and a film come after that line
    assert "n7777" not in loaded["said"]  # from where it was, not from the start
