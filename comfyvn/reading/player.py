"""The web player as it goes into exports: our small modules of JavaScript joined to one classic script for each page.

A page that is opened from a disk may load no ES modules, so each becomes a function that gives what it exports. They
are modules to editors and to Node all the same. Understood are `import { a, b } from "./x.js";`,
`import * as x from "./x.js";`, and `export` before a function or a const.
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
IMPORT = re.compile(r'^import (?:\* as (\w+)|(\{[\w, ]+\})) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


@functools.cache
def read_player() -> Mapping[str, str]:
    """File name → text, of every script and style of the web player."""
    scripts = {name: joined(modules) for name, modules in SCRIPTS.items()}
    return {**scripts, **{name: _text(name) for name in STYLES}}


def joined(modules: tuple[str, ...]) -> str:
    """The modules as one script, each after those that it imports from."""
    parts = "\n".join(_wrapped(name, _text(f"{name}.js")) for name in modules)
    return f'(() => {{\n"use strict";\nconst modules = {{}};\n\n{parts}}})();\n'


def _wrapped(name: str, module: str) -> str:
    linked = IMPORT.sub(lambda found: f"const {found[1] or found[2]} = modules.{found[3]};", module)
    body = EXPORT.sub(lambda found: f"{found[1]} {found[2]}", linked).strip()
    given = ", ".join(found[2] for found in EXPORT.finditer(module))
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {given} }};\n}})();\n"


def _text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
