"""The export in real Ren'Py: lint, every branch played, every screen shown, every nasty line read back as typed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.contracts.text import plain
from tests.fakes import renpy_novel

ROOT = Path(__file__).parents[2]
APT = "apt-get install -y --no-install-recommends renpy xvfb xauth libgl1-mesa-dri"
RENPY = os.environ.get("RENPY") or shutil.which("renpy", path=os.environ.get("PATH", "") + ":/usr/games")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(RENPY is None or shutil.which("xvfb-run") is None, reason=f"renpy is not installed: {APT}"),
]

# Shows every screen while the story runs, and lets the engine turn each nasty line into what a player sees.
SCREENS = """
init 1900 python:
    config.label_overrides["start"] = "zz_screens"

screen zz_skip():
    use skip_indicator

label main_menu:
    return

label zz_screens:
    scene bg cafe base
    show aya happy at cvn_at(0.4)
    c_aya "A line for the history, and {i}for the eye{/i}.{nw=0.1}"
    window hide
    python:
        import json, os
        renpy.save("1-1", "Chapter {{1}")
        for name, arguments in json.load(open(os.environ["ZZ_SCREENS"])).items():
            quick_menu = name in ("say", "input", "notify", "zz_skip")
            renpy.show_screen(name, *arguments)
            renpy.pause(0.7, hard=True, modal=False)
            renpy.screenshot(os.path.join(os.environ["ZZ_OUT"], name + ".png"))
            renpy.hide_screen(name)
        seen = {}
        for node in renpy.game.script.namemap.values():
            if isinstance(node, renpy.ast.Say) and "pier" in node.filename:
                text = renpy.text.text.Text(renpy.substitute(node.what), substitute=False)
                tokens = renpy.text.textsupport.tokenize(text.text[0])
                seen[node.linenumber] = "".join(
                    "\\n" if kind == renpy.text.textsupport.PARAGRAPH else words
                    for kind, words in tokens if kind != renpy.text.textsupport.TAG)
        with open(os.path.join(os.environ["ZZ_OUT"], "seen.json"), "w") as out:
            json.dump([seen[line] for line in sorted(seen)], out)
        renpy.quit()
"""
SHOWN: Mapping[str, list[str | None]] = {
    "say": ["Aya", "What she says."], "input": ["What is your name?"], "notify": ["Saved."], "zz_skip": [],
    "history": [], "save": [], "load": [], "preferences": [], "about": [], "help": [], "main_menu": [],
    "confirm": ["Are you sure?", None, None], "cvn_ending": ["The letter that stayed"],
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


def test_every_branch_plays_and_every_voice_is_heard(tmp_path: Path) -> None:
    game = renpy_novel.write(renpy_novel.project(), tmp_path / "export")
    status, report = run([sys.executable, str(ROOT / "tools" / "check_renpy"), str(game), "--strict"], 280)
    assert status == 0, report
    voices = {line.id for line in renpy_novel.project().lines() if line.id and renpy_novel.project().is_voiced(line)}
    assert f"voices played {len(voices)}, missing 0, unvoiced 0, errors 0" in report


def test_every_screen_shows_and_nasty_text_is_read_as_typed(tmp_path: Path) -> None:
    novel = renpy_novel.project()
    game = renpy_novel.write(novel, tmp_path / "export")
    (game / "game" / "zz_screens.rpy").write_text(SCREENS)
    (tmp_path / "screens.json").write_text(json.dumps(SHOWN))
    out = Path(os.environ.get("COMFYVN_SCREENSHOTS", tmp_path / "out"))
    out.mkdir(exist_ok=True)
    env = {
        "ZZ_SCREENS": str(tmp_path / "screens.json"), "ZZ_OUT": str(out), "HOME": str(tmp_path),
        "SDL_AUDIODRIVER": "dummy", "LIBGL_ALWAYS_SOFTWARE": "1", "RENPY_SIMPLE_EXCEPTIONS": "1",
    }  # fmt: skip
    # The checker's fix for this engine on a newer Python, without its driver.
    (game / "game" / "00zz.rpy").write_text(early_fix())
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24"]
    status, report = run([*screen, str(RENPY), str(game), "run", "--savedir", str(tmp_path / "saves")], 120, env)
    assert status == 0, report
    assert {path.stem for path in out.glob("*.png")} >= set(SHOWN)
    seen = json.loads((out / "seen.json").read_text())
    assert [words for words in expected(novel, novel.scenes["pier"]) if words not in seen] == []


def early_fix() -> str:
    """The part of the checker's script that mends old engines, which ends where its driver begins."""
    source = (ROOT / "tools" / "check_renpy").read_text()
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
