"""`comfyvn import-renpy`: an existing Ren'Py game as a novel's folder."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from comfyvn.cli.parts import Commands, add, say, teach

IMPORT = """\
  comfyvn import-renpy ~/games/my_game --out my_novel
  cd my_novel && comfyvn check && doit

The game is not changed. Ren'Py's own parser reads it where Ren'Py is installed (on the path, or named by $RENPY), on a
copy, before any of the game's own code but `python early` runs; else a reader of ours does. Lines keep the names that
Ren'Py gave them, so that translations and recordings still fit. What contracts cannot say is listed in IMPORTED.md.
"""
LISTED = 12


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    purpose = "turn an existing Ren'Py game into a novel's folder"
    command = add(commands, "import-renpy", _import, purpose, has_novel=False)
    teach(command, IMPORT)
    command.add_argument("game", type=Path, help="the game's folder (the one that holds game/)")
    command.add_argument("--out", type=Path, help="the novel's folder, which is made (default: the game's id)")
    command.add_argument("--reader", choices=("auto", "engine", "own"), default="auto", help="who reads the script")
    command.add_argument("--keep-code", action="store_true", help="what contracts cannot say becomes `renpy` code")
    command.add_argument("--json", action="store_true", help="for machines: what was read, and what was left out")


def _import(options: argparse.Namespace) -> int:
    from comfyvn import reading
    from comfyvn.beginning import begin_with
    from comfyvn.reading.game.novel import PAGE, chooser, import_game

    found = import_game(options.game, options.reader, keep_code=options.keep_code)
    out = options.out or Path(found.novel_id)
    begin_with(out, found.files)
    numbers = chooser(found.novel_id)
    reading.fill_ids(out, lambda: f"n{next(numbers):08x}")
    reading.fill_seeds(out, lambda: next(numbers))
    if options.json:
        left = [vars(one) for one in found.report.left]
        told = {"title": found.title, "out": str(out), "read": dict(found.report.counts), "left": left}
        say(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    say(f"{found.title}, read {found.how}: {found.report.read()}")
    for what, number in found.report.kinds()[:LISTED]:
        say(f"  {number:5} x {what}")
    if found.report.left:
        count = len(found.report.left)
        one, many = "1 thing could not be told as it was", f"{count} things could not be told as they were"
        say(f"{one if count == 1 else many}: {out / PAGE} lists {'it' if count == 1 else 'them'}, with file and line")
    say(f"next: cd {shlex.quote(str(out))} && comfyvn check && doit")
    return 0
