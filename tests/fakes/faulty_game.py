"""A little Ren'Py game with one of every fault that a playtest finds."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.fakes import renpy_novel

OPTIONS = "\n".join(f'        "{number}":\n            "Number {number}." id n_{number}' for number in range(7))
SCRIPT = f"""\
define rue = Character("Rue", voice_tag="rue")
default brave = False

label start:
    scene bg cafe base
    rue "With a voice." id r_one
    rue "Without one." id r_two
    menu:
        "Which way?"
        "Stay":
            "Stayed." id n_stay
        "Go":
            $ brave = True
            show nobody at left
            "Gone." id n_go
        "Break" if brave is False:
            $ nothing.attribute
    if brave:
        "Only after going." id n_brave
    play sound "sound/none.ogg"
    play music "sound/noise.ogg"
    menu:
{OPTIONS}
    "The end." id n_end
    return

label lost:
    "Nobody comes here." id n_lost
    return

label lost_for_good(argument):
    "Nor here." id n_good
    return
"""


def with_script(folder: Path, script: str) -> Path:
    """The screens and pictures of the novel of `renpy_novel`, with a script of our own in the place of its story."""
    renpy_novel.write(renpy_novel.project(), folder)
    game = folder / "game"
    shutil.rmtree(game / "scenes")
    shutil.rmtree(game / "voice")
    (game / "script.rpy").write_text(script)
    return game


def write(folder: Path) -> Path:
    game = with_script(folder, SCRIPT)
    for place, data in {
        "voice/r_one.ogg": renpy_novel.sound(),
        "sound/noise.ogg": b"OggS" + bytes(400),
        "images/torn.png": b"\x89PNG\r\n\x1a\n" + bytes(40),
    }.items():
        (game / place).parent.mkdir(parents=True, exist_ok=True)
        (game / place).write_bytes(data)
    return folder
