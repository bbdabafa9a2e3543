"""The web player as it goes into exports: our small modules of JavaScript joined to one classic script for each page.

A page that is opened from a disk may load no ES modules, so `import` lines and the word `export` are taken out and all
modules of a page share one scope. They are modules to editors and to Node all the same.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "player"
SHARED = ("data", "dom")
SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "player.js": (
        *SHARED, "values", "machine", "markup", "storage", "sound", "stage", "effects", "window", "screens", "saves",
        "controls", "play",
    ),
    "gallery.js": (*SHARED, "picture", "gallery"),
}  # fmt: skip
STYLES = ("player.css", "gallery.css")
IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export ", re.MULTILINE)


@functools.cache
def read_player() -> Mapping[str, str]:
    """File name → text, of every script and style of the web player."""
    scripts = {name: joined(modules) for name, modules in SCRIPTS.items()}
    return {**scripts, **{name: _text(name) for name in STYLES}}


def joined(modules: tuple[str, ...]) -> str:
    """The modules as one script, each after those that it imports from."""
    body = "\n".join(EXPORT.sub("", IMPORT.sub("", _text(f"{name}.js"))).strip() for name in modules)
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def _text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
