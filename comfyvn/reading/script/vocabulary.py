"""The words of the script language, and what other Ren'Py words come to here."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Words that begin or join statements: an id that is one of them is written with a _ before it.
KEYWORDS = frozenset([
    "and", "as", "at", "behind", "call", "comfyvn", "default", "define", "elif", "else", "end", "expression", "extend",
    "fadein", "fadeout", "False", "hide", "id", "if", "image", "in", "init", "jump", "label", "layer", "menu",
    "nointeract", "None", "not", "onlayer", "or", "pass", "pause", "play", "python", "queue", "renpy", "return",
    "scene", "screen", "show", "stop", "style", "testcase", "transform", "translate", "True", "voice", "volume",
    "while", "window", "with", "zorder",
])  # fmt: skip

# Ren'Py's names of transitions → ours, where they differ; the others are called alike.
TRANSITIONS: Mapping[str, str] = {"None": "none", "wipeleft": "wipe_left", "wiperight": "wipe_right"}
WRITTEN: Mapping[str, str] = {ours: theirs for theirs, ours in TRANSITIONS.items()}

ROLES: Mapping[str, str] = {"_outfit_": "outfit", "_pose_": "pose", "_face_": "expression"}
ROLE_WORD = re.compile(r"(_outfit_|_pose_|_face_)(.+)")

STATEMENTS = (
    "label", "show", "hide", "scene", "with", "menu", "jump", "if", "play", "stop", "pause", "return", "pass",
    "default", "renpy", "comfyvn",
)  # fmt: skip
CODE = "a `renpy:` block, or a file of your own in renpy/game/"
# Statements of Ren'Py that this language does not have → what to use.
FOREIGN: Mapping[str, str] = {
    "call": "`jump`: scenes call no subroutines (or " + CODE + ")",
    "queue": "`play`, which fades the old music out",
    "voice": 'a line\'s own voice is found by its id; another clip: (clip="…") behind the text',
    "extend": "a line of its own; {w} in a text waits for a click",
    "define": CODE,
    "image": "a location, a character or a shot of the scene's JSON; or " + CODE,
    "init": CODE,
    "python": CODE,
    "screen": CODE,
    "style": CODE,
    "transform": CODE,
    "translate": "nothing: translations are kept apart",
    "testcase": CODE,
    "layeredimage": CODE,
    "while": "a label, `if` and `jump`",
    "for": "a label, `if` and `jump`",
    "window": "nothing: the window shows itself",
    "nvl": CODE,
    "camera": CODE,
    "elif": "an `if` before it, indented alike",
    "else": "an `if` before it, indented alike",
}


def spelled(name: str) -> str:
    """An id as it is written."""
    return f"_{name}" if name in KEYWORDS else name
