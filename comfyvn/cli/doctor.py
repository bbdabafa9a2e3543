"""`comfyvn doctor`: look at servers, workflows and this computer, and say what to do about what is wrong."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, say

if TYPE_CHECKING:
    from comfyvn.doctor.finding import Finding

EPILOG = """\
examples:
  comfyvn doctor                              every server, every workflow that the novel uses, this computer
  comfyvn doctor --server gpu                 one server, with every workflow that the novel uses
  comfyvn doctor --workflow video_ad_evolved  one workflow on every server, whether the novel uses it yet or not
  comfyvn doctor --junit doctor.xml           for a nightly build; the exit code says it too

It changes nothing. Exit code 0: nothing keeps a build from succeeding (warnings may be left); 1: something does.
Without a novel it looks at this computer and at your own servers. docs/doctor.md tells what each line means.
"""
MARKS = {"good": ("ok", "green"), "note": ("note", "cyan"), "warning": ("warning", "yellow"), "error": ("ERROR", "red")}


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's command."""
    command = add(commands, "doctor", _doctor, "look at servers, workflows and this computer; say what to do")
    command.formatter_class, command.epilog = argparse.RawDescriptionHelpFormatter, EPILOG
    command.add_argument("--server", metavar="NAME", help="look at this server alone (`draft`: our own endpoint)")
    command.add_argument("--workflow", metavar="ID", help="look at this workflow alone")
    command.add_argument("--json", action="store_true", help="for machines: {healthy, findings: [...]}")
    command.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report too")


def _doctor(options: argparse.Namespace) -> int:
    from comfyvn.doctor.examination import examination
    from comfyvn.doctor.finding import document, is_healthy

    findings = examination(options.root.resolve(), options.server, options.workflow)
    if options.junit:
        from comfyvn.doctor.junit import write_junit

        write_junit(findings, options.junit)
    if options.json:
        say(json.dumps(document(findings), ensure_ascii=False, indent=1))
    else:
        _print(findings)
    return 0 if is_healthy(findings) else 1


def _print(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from comfyvn.doctor.finding import summary

    # A pipe has no width: there each finding stays on one line.
    told: set[tuple[str, str]] = set()  # advice is given once for each server: several workflows lack the same model
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 2000, highlight=False)
    for place, found in groupby(findings, key=lambda finding: finding.place):
        console.print(Text(place, style="bold"))
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, wraps in (("", False), ("mark", False), ("check", False), ("said", True)):
            table.add_column(name, no_wrap=not wraps, overflow="fold")
        for finding in found:
            word, style = MARKS[finding.level]
            table.add_row("", Text(word, style=style), Text(finding.check), Text(finding.said))
            advice = place.partition(":")[0], finding.said
            if finding.todo and advice not in told:
                told.add(advice)
                table.add_row("", "", "", Text(f"to do: {finding.todo}", style="dim"))
        with console.capture() as held:
            console.print(table)
        say("\n".join(line.rstrip() for line in held.get().splitlines()))
    say(summary(findings))
