"""`comfyvn release`: everything that stands in the way, or a folder to hand to a store."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import RATINGS, Commands, add, need_novel, plain, say, teach

if TYPE_CHECKING:
    from comfyvn.engine.obstacles import Obstacle

RELEASE = """\
  comfyvn release --target steam                 build/release/steam/: the exports, credits, what was generated
  comfyvn release --target itch --out ~/upload   with web.zip, and itch.io's limits for games in the browser held
  comfyvn release --target folder --rating teen  without what is rated higher; first: comfyvn build --rating teen
  comfyvn release --target steam --check         say what is in the way; write nothing

Nothing is written while something is a draft, stale, not built or not approved, has an unknown or a non-commercial
licence, is not pinned, is not translated, or is rated above the game. All of it is told at once, each with the next
command. docs/release.md tells more. Exit code: 0 released (or nothing in the way), 1 something is in the way.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "release", _release, "hold a novel to what stores and licences ask, and write the release")
    teach(command, RELEASE)
    command.add_argument("--target", choices=("steam", "itch", "folder"), required=True, help="who it is for")
    command.add_argument("--out", type=Path, default=None, metavar="DIR", help="where to (default: build/release/…)")
    command.add_argument("--rating", choices=RATINGS, default=None, help="leave out what is rated higher")
    command.add_argument("--check", action="store_true", help="say what is in the way; write nothing")
    command.add_argument("--json", action="store_true", help="for machines")


def _release(options: argparse.Namespace) -> int:
    from comfyvn.engine.obstacles import obstacles
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.shipped import shipped

    need_novel(options.root)
    novel = open_novel(options.root.resolve(), rating=options.rating)
    parts = shipped(novel.targets)
    found = obstacles(novel, parts, options.target, _again(options))
    if found or options.check:
        _tell(found, options.json)
        return 1 if found else 0
    return _write(options)


def _again(options: argparse.Namespace) -> str:
    """The command that builds what is released."""
    return f"comfyvn build --rating {options.rating}" if options.rating else "doit"


def _write(options: argparse.Namespace) -> int:
    """Under the build lock, and judged once more there: somebody may have built in between."""
    from comfyvn.engine import release
    from comfyvn.engine.disclosure import disclosure
    from comfyvn.engine.obstacles import obstacles
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.shipped import shipped

    novel = open_novel(options.root.resolve(), _aside, rating=options.rating)
    parts = shipped(novel.targets)
    name = f"{options.target}-{options.rating}" if options.rating else options.target
    out = options.out if options.out is not None else novel.root / "build" / "release" / name
    novel.engine.begin()
    try:
        found = obstacles(novel, parts, options.target, _again(options))
        if not found:
            written, same, gone = release.write(novel, parts, disclosure(novel, parts), options.target, out)
    finally:
        novel.engine.end()
    if found:
        _tell(found, options.json)
        return 1
    if options.json:
        say(json.dumps({"out": str(out), "written": written, "unchanged": same, "removed": gone, "obstacles": []}))
    else:
        say(f"{out}: {written} files written, {same} as they were, {gone} removed")
        say(f"read {release.TEXT} and {release.CREDITS} there before you hand it to anybody")
    return 0


def _aside(text: str) -> None:
    """To stderr: stdout may be read by a machine."""
    sys.stderr.write(text + "\n")


def _tell(found: Sequence[Obstacle], as_json: bool) -> None:
    if as_json:
        say(json.dumps({"obstacles": [asdict(one) for one in found]}, ensure_ascii=False, indent=1))
        return
    if not found:
        say("nothing is in the way of this release")
        return
    _table(found)
    say(f"{len(found)} {'thing is' if len(found) == 1 else 'things are'} in the way of this release")


def _table(found: Sequence[Obstacle]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("check", "what", "where", "next", box=None, pad_edge=False, header_style="bold")
    for one in found:
        table.add_row(*(Text(plain(cell)) for cell in (one.check, one.what, one.where, one.todo)))
    # A pipe has no width: a table for a file or `grep` keeps each of them on one line.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 2000)
    with console.capture() as held:
        console.print(table)
    say("\n".join(line.rstrip() for line in held.get().splitlines()))
