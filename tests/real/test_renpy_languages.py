"""The export in a second language, in real Ren'Py: what is shown, what is heard, and the way from one to the other."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from comfyvn.contracts.text import plain
from tests.fakes import renpy_novel, translations
from tests.fakes.real_renpy import DRAWING, MARKS, RENPY, on_screen
from tests.real.test_renpy_play import early_fix, run

pytestmark = MARKS

# Steps through the first scene: each line is looked at in several languages, changed as a player changes them.
HOOK = """
init 1900 python:
    import zz_driver
    zz_driver.install()

screen zz_screen():
    zorder 100000
    timer 0.03 repeat True modal False action zz_driver.tick
"""

# A plain module: what it remembers is no part of the rollback that a change of language makes.
DRIVER = """
import json, os, renpy
ABOUT, OUT, S = os.environ["ZZ_ABOUT"], os.environ["ZZ_OUT"], renpy.store
log, opened, at = [], [], [0]
# (ticks to wait, what to do): the first line in four languages, then on in German up to the menu.
plan = [(12, "see", ""), (1, "in", "de"), (4, "see", "german"), (1, "in", "he"), (4, "see", "hebrew"),
        (1, "in", "_id"), (4, "see", ""), (1, "in", "de"), (3, "on"), (4, "see", "")] + [(2, "on")] * 90
ending = [(4, "see", "choices"), (1, "menu"), (6, "shot", "preferences"), (1, "quit")]

def install():
    core = renpy.loader.load_core
    def load(name):
        found = core(name)
        if found is not None and name.endswith(".ogg") and "voice/" in name:
            opened.append(name)
        return found
    renpy.loader.load_core = load
    renpy.config.always_shown_screens.append("zz_screen")

def words(name):
    found = renpy.exports.get_widget("say", name)
    return "".join(map(str, found.text)) if found else ""

def see():
    menu = renpy.exports.get_screen("choice")
    captions = [renpy.exports.substitute(each.caption) for each in menu.scope["items"]] if menu else []
    log.append({"language": renpy.game.preferences.language, "what": words("what"), "who": words("who"),
                "voice": opened[-1:], "choices": captions})

def shot(name):
    if name:
        renpy.exports.screenshot(os.path.join(OUT, name + ".png"))

def done():
    sub = renpy.exports.substitute
    with open(os.path.join(OUT, "log.json"), "w") as out:
        json.dump({"log": log, "title": sub(S.gui.title), "about": sub(ABOUT), "save": sub("Save"),
                   "languages": sorted(renpy.exports.known_languages())}, out)
    renpy.exports.quit()

def tick():
    p = renpy.game.preferences
    p.text_cps = p.transitions = 0
    if S.main_menu:
        return S.Start()()
    if renpy.exports.get_screen("choice") and plan[0] not in ending:
        plan[:], at[0] = ending, 0
    at[0] += 1
    step = plan[0]
    if at[0] < step[0]:
        return
    at[0] = 0
    plan.pop(0)
    if step[1] == "in":
        return S.Language(step[2])()
    if step[1] == "see":
        see()
    if step[1] in ("see", "shot"):
        return shot(step[2])
    if step[1] == "menu":
        return S.ShowMenu("preferences")()
    if step[1] == "quit":
        return done()
    return "Kit" if renpy.exports.get_screen("input") else True
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("languages")
    game = renpy_novel.write(translations.project(), folder / "export")
    (game / "game" / "zz.rpy").write_text(HOOK)
    (game / "game" / "zz_driver.py").write_text(DRIVER)
    (game / "game" / "00zz.rpy").write_text(early_fix())
    out = Path(os.environ.get("COMFYVN_SCREENSHOTS", folder / "out"))
    out.mkdir(exist_ok=True)
    about = next(key for key in translations.STRINGS if key.startswith("Made with"))
    env = {
        "ZZ_OUT": str(out), "ZZ_ABOUT": about, "HOME": str(folder), "SDL_AUDIODRIVER": "dummy", "LC_ALL": "C",
        "RENPY_SIMPLE_EXCEPTIONS": "1", "RENPY_SKIP_MAIN_MENU": "1", **DRAWING,
    }  # fmt: skip
    status, report = run([*on_screen(), str(RENPY), str(game), "run", "--savedir", str(folder / "saves")], 240, env)
    assert status == 0 and (out / "log.json").exists(), report
    found: dict[str, Any] = json.loads((out / "log.json").read_text())
    return found


def test_a_line_is_shown_in_the_language_that_is_on_as_soon_as_it_is(played: dict[str, Any]) -> None:
    first, german, hebrew, indonesian, *_ = played["log"]
    assert first["what"] == "The ferry is late."
    assert first["voice"] == ["voice/n0001.ogg"]
    assert (german["language"], german["what"]) == ("de", translations.GERMAN["n0001"])
    assert (hebrew["language"], hebrew["what"]) == ("he", translations.HEBREW["n0001"])
    assert (indonesian["language"], indonesian["what"]) == ("_id", "Ferinya terlambat.")
    assert played["languages"] == ["_id", "de", "he"]


def test_lines_names_choices_and_buttons_are_translated_and_nothing_of_them_is_run(played: dict[str, Any]) -> None:
    line, menu = played["log"][4:]
    assert line["who"] == 'Aya [vom] {{the} %s "Steg"'
    assert line["what"] == translations.GERMAN["a0001"]
    assert line["voice"] == ["tl/de/voice/a0001.ogg"]
    choices = [plain(text).replace("{{", "{") for text in menu["choices"]]
    assert choices == ['Die Kit [road] {x} "100%" nehmen?', "Warten", "Nicken"]
    assert (menu["what"], menu["voice"]) == (translations.GERMAN["m0001"], ["tl/de/voice/m0001.ogg"])
    assert played["title"] == "Briefe von [der] {{Flut}"
    assert played["save"] == "Speichern [__import__('os').system('false')] {{b}"
    assert played["about"].startswith("Mit ComfyVN und {a=https://www.renpy.org/}Ren'Py{/a} ")
    assert played["about"].endswith(" {{a=call:evil}x{/a} gemacht.")


def test_lint_finds_nothing(tmp_path: Path) -> None:
    game = renpy_novel.write(translations.project(), tmp_path / "export")
    (game / "game" / "00zz.rpy").write_text(early_fix())
    env = {"HOME": str(tmp_path), "SDL_AUDIODRIVER": "dummy", **DRAWING}
    status, report = run([*on_screen("1280x720"), str(RENPY), str(game), "lint", "--error-code"], 240, env)
    assert status == 0, report
    assert "Statistics:" in report
    shutil.rmtree(game)
