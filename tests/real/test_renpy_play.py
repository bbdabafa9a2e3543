"""The export in real Ren'Py: lint, every branch played, every screen shown, every nasty line read back as typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.contracts.text import plain
from tests.fakes import hostile_novel, renpy_novel
from tests.fakes.hostile_novel import HOSTILE
from tests.fakes.real_renpy import DRAWING, MARKS, RENPY, on_screen

ROOT = Path(__file__).parents[2]

pytestmark = MARKS

# Shows every screen while the story runs, and lets the engine turn each nasty line into what a player sees.
SCREENS = """
init 1900 python:
    config.label_overrides["start"] = "zz_screens"

screen zz_skip():
    use skip_indicator

# Goes on from line to line; a film is left when it has been seen to play.
screen zz_on():
    zorder 1000
    timer 0.1 repeat True modal False action zz_go

init python:
    import collections
    zz_seen = collections.deque()   # what rollback does not reach: the end of a replay takes back what it did
    def zz_open(name):
        action = cvn.gallery.Action(name)
        return action is not None and action.get_sensitive()
    def zz_go():
        if not renpy.get_screen("cvn_movie"):
            return True
        if renpy.music.get_playing("cvn_film") and (renpy.music.get_pos("cvn_film") or 0) > 0.2:
            zz_seen.append(renpy.music.get_playing("cvn_film"))
            return True

label main_menu:
    return

label zz_screens:
    scene bg cafe base
    show aya happy at cvn_at(0.4)
    c_aya "A line for the history, and {i}for the eye{/i}.{nw=0.1}"
    window hide
    python:
        import json, os
        spoken = {}
        def zz_hear(widget):
            if isinstance(widget, (renpy.display.behavior.Button, renpy.display.behavior.Bar)):
                try:
                    spoken[shown].append(widget._tts_all())
                except TypeError:   # of later engines
                    spoken[shown].append(widget._tts_all(True))
        renpy.save("1-1", "Chapter {{1}")
        for shown, arguments in json.load(open(os.environ["ZZ_SCREENS"])).items():
            name = shown.partition("@")[0]
            quick_menu = name in ("say", "input", "notify", "zz_skip")
            renpy.show_screen(name, *arguments)
            renpy.pause(0.7, hard=True, modal=False)
            renpy.screenshot(os.path.join(os.environ["ZZ_OUT"], shown + ".png"))
            spoken[shown] = []
            if name != "notify":   # it leaves by itself, and has no buttons
                renpy.get_screen(name).visit_all(zz_hear)
            renpy.hide_screen(name)
        seen = {}
        for node in renpy.game.script.namemap.values():
            if isinstance(node, renpy.ast.Say) and "pier" in node.filename:
                text = renpy.text.text.Text(renpy.substitute(node.what), substitute=False)
                tokens = renpy.text.textsupport.tokenize(text.text[0])
                seen[node.linenumber] = "".join(
                    "\\n" if kind == renpy.text.textsupport.PARAGRAPH else words
                    for kind, words in tokens if kind != renpy.text.textsupport.TAG)
        pictures = [name for name, title in cvn.pictures]
        told = {"read": [seen[line] for line in sorted(seen)], "spoken": spoken}
        told["locked"] = [name for name in pictures if not zz_open(name)]
        renpy.exports.menu = lambda choices, *more, **names: choices[0][2]
        config.always_shown_screens.append("zz_on")
        renpy.call_replay("scene_page")
        config.always_shown_screens.remove("zz_on")
        told["replayed"] = list(zz_seen) == ["movies/opening.webm"] * 2 and not _in_replay
        told["unlocked"] = [name for name in pictures if zz_open(name)]
        with open(os.path.join(os.environ["ZZ_OUT"], "seen.json"), "w") as out:
            json.dump(told, out)
        renpy.quit()
"""
SHOWN: Mapping[str, list[str | None]] = {
    "say": ["Aya", "What she says."], "input": ["What is your name?"], "notify": ["Saved."], "zz_skip": [],
    "history": [], "save": [], "load": [], "preferences": [], "about": [], "help": [], "main_menu": [],
    "confirm": ["Are you sure?", None, None], "cvn_ending": ["The letter that stayed"], "cvn_gallery": [],
    "cvn_scenes": [], "preferences@sound": ["sound"], "preferences@accessibility": ["accessibility"],
}  # fmt: skip


def run(command: list[str], seconds: float, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit status and output; what is not done in time is ended with all that it started."""
    process = subprocess.Popen(
        command, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        output = process.communicate()[0] + "\ntimed out"
    return process.returncode, output


def test_every_branch_plays_with_hostile_words_in_every_field_and_nothing_is_executed(tmp_path: Path) -> None:
    novel, canary = hostile_novel.with_words(HOSTILE), tmp_path / "executed"
    game = renpy_novel.write(novel, tmp_path / "export")
    check = [sys.executable, str(ROOT / "tools" / "check_renpy"), str(game), "--strict"]
    status, report = run(check, 280, {"CVN_CANARY": str(canary)})
    assert status == 0, report
    voices = {line.id for line in novel.lines() if line.id and novel.is_voiced(line)}
    assert f"voices played {len(voices)}, missing 0, unvoiced 0, errors 0" in report
    assert not canary.exists()


def test_every_screen_shows_a_scene_is_seen_again_and_nasty_text_is_read_as_typed(tmp_path: Path) -> None:
    novel = renpy_novel.project()
    game = renpy_novel.write(novel, tmp_path / "export")
    (game / "game" / "zz_screens.rpy").write_text(SCREENS)
    (tmp_path / "screens.json").write_text(json.dumps(SHOWN))
    out = Path(os.environ.get("COMFYVN_SCREENSHOTS", tmp_path / "out"))
    out.mkdir(exist_ok=True)
    env = {
        "ZZ_SCREENS": str(tmp_path / "screens.json"), "ZZ_OUT": str(out), "HOME": str(tmp_path),
        "SDL_AUDIODRIVER": "dummy", "RENPY_SIMPLE_EXCEPTIONS": "1", **DRAWING,
    }  # fmt: skip
    # The driver's fix for this engine on a newer Python, without its driver.
    (game / "game" / "00zz.rpy").write_text(early_fix())
    size = "1920x1080" if "COMFYVN_SCREENSHOTS" in os.environ else "960x540"
    command = [*on_screen(size), str(RENPY), str(game), "run", "--savedir", str(tmp_path / "saves")]
    status, report = run(command, 120, env)
    assert status == 0, report
    assert {path.stem for path in out.glob("*.png")} >= set(SHOWN)
    seen = json.loads((out / "seen.json").read_text())
    assert [words for words in expected(novel, novel.scenes["pier"]) if words not in seen["read"]] == []
    assert seen["replayed"] and seen["locked"] == ["still start kiss", "still page letter"]
    spoken = seen["spoken"]
    assert [words for said in spoken.values() for words in said if len(words.strip()) < 2] == []
    assert "Previous page" in spoken["save"] and "Slot 6, empty" in spoken["save"]
    assert [words for words in spoken["save"] if words.startswith("Slot 1, Chapter {1},")]
    voices = "\n".join(spoken["preferences@sound"])
    assert "Volume of Zed" in voices and "Mute Zed" in voices
    assert seen["unlocked"] == ["still page letter"]


def early_fix() -> str:
    """The part of the driver that mends old engines, which ends where the rest of it begins."""
    source = (ROOT / "comfyvn" / "playtest" / "inside" / "driver.rpy").read_text()
    start = source.index("python early:")
    return source[start : source.index("init 1900 python:", start)]


def expected(novel: Project, scene: Scene) -> list[str]:
    """What a player reads: markup gone, variables by value."""
    texts = [line for line in renpy_novel.NASTY if "{rt}" not in line and "{p" not in line and "{w" not in line]
    values = {f"[{key}]": str(value) for key, value in novel.novel.variables.items()}
    shown = [plain(text, novel.novel.variables) for text in texts]
    for name, value in values.items():
        shown = [text.replace(name, value) for text in shown]
    return shown
