"""`comfyvn playtest`: play every branch of the export in real Ren'Py, and say what a player would stumble over."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn import paths
from comfyvn.cli.parts import Commands, add, say
from comfyvn.contracts.words import NOVEL_FILE
from comfyvn.errors import UsageError

if TYPE_CHECKING:
    from comfyvn.playtest.report import Report

EPILOG = """\
examples:
  comfyvn playtest                               the Ren'Py export of the novel that is here
  comfyvn playtest path/to/game --strict         any Ren'Py game; fail too on what is not reached or voiced
  comfyvn playtest --screenshots shots           a picture of every line, menu and screen
  comfyvn playtest --junit play.xml --json       for CI; --json holds the lines of every walk in order

It plays a copy: the game is only read. Exit code 0: nothing is wrong; 1: something is; 2: it cannot be played here.
It needs Ren'Py ($RENPY, or `renpy` on PATH) and, on Linux, Xvfb. docs/playtest.md tells what each line means.
"""
MARKS = {"fault": "red", "gap": "yellow", "note": "cyan"}


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's command."""
    command = add(commands, "playtest", _playtest, "play every branch of the export in real Ren'Py; say what is wrong")
    command.formatter_class, command.epilog = argparse.RawDescriptionHelpFormatter, EPILOG
    options(command)


def options(command: argparse.ArgumentParser) -> None:
    strict = "fail too on labels and lines that no run reaches, and on lines without the voice that they ought to have"
    default = "a game (default: the Ren'Py export, or the game of `into`)"
    command.add_argument("game", nargs="?", type=Path, metavar="DIR", help=default)
    command.add_argument("--strict", action="store_true", help=strict)
    pictures = "put a picture of every line, menu and screen there"
    command.add_argument("--screenshots", type=Path, metavar="DIR", help=pictures)
    command.add_argument("--language", default="", metavar="LANG", help="play a translation")
    command.add_argument("-n", type=_count, default=os.cpu_count() or 1, dest="engines", metavar="N",
                         help="at most so many engines at a time (default: one for each core)")  # fmt: skip
    command.add_argument("--timeout", type=float, default=600, metavar="S", help="seconds for all of it (600)")
    command.add_argument("--json", action="store_true", help="for machines: {good, findings, lines, walks, ...}")
    command.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report too")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of engines: give 1 or more')
    return int(text)


def _playtest(options: argparse.Namespace) -> int:
    from comfyvn.playtest.play import Wishes, playtest
    from comfyvn.playtest.report import document, summary

    wishes = Wishes(options.screenshots, options.timeout, options.engines, options.language)
    folder = options.game if options.game is not None else _export(options.root)
    with _Line(sys.stderr.isatty() and not options.json) as line:
        report = playtest(folder, wishes, os.environ, line)
    if options.junit:
        from comfyvn.playtest.junit import write_junit

        write_junit(report, options.strict, options.junit)
    if options.json:
        say(json.dumps(document(report, options.strict), ensure_ascii=False, indent=1))
    else:
        _print(report)
        say(summary(report))
    return 0 if report.is_good(options.strict) else 1


def _export(root: Path) -> Path:
    """The novel's Ren'Py export, or the game that it goes into."""
    into = _game_of(root)
    if into:
        return root / into
    export = root / paths.export("renpy")
    if not (export / "game").is_dir():
        todo = "run `doit export_renpy`, or name a game's folder"
        raise UsageError("the novel's Ren'Py export is not made yet", str(export), todo)
    return export


def _game_of(root: Path) -> str:
    """`into` of a novel's settings as they are, whatever else is wrong with the novel; "" where there is none."""
    from comfyvn.reading import files
    from comfyvn.reading.source import Source

    source = files.load(root, NOVEL_FILE) if (root / NOVEL_FILE).is_file() else None
    found: object = source.value if isinstance(source, Source) else None
    for key in ("export", "renpy", "into"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


class _Line:
    """The place in the story, on one line of a terminal, gone in the end; called from the threads of engines."""

    def __init__(self, is_shown: bool) -> None:
        self._is_shown = is_shown

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")

    def __call__(self, said: str) -> None:
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{said[:100]}")
            sys.stderr.flush()


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from comfyvn.playtest.report import weight

    findings = list(report.ordered())
    if not findings:
        return
    # A pipe has no width: there each finding stays on one line.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 2000, highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, wraps in (("kind", False), ("where", False), ("said", True)):
        table.add_column(name, no_wrap=not wraps, overflow="fold")
    for one in findings:
        table.add_row(Text(one.kind, style=MARKS[weight(one.kind)]), Text(one.where), Text(one.said))
        if one.detail:
            table.add_row("", "", Text(one.detail, style="dim"))
    with console.capture() as held:
        console.print(table)
    say("\n".join(line.rstrip() for line in held.get().splitlines()))
