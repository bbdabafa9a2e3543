"""Ren'Py's own lint, and what it says as findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from comfyvn.playtest.report import Finding
from comfyvn.playtest.wire import Program

_PLACE = re.compile(r"^(?:File \")?(?P<file>(?:game|renpy)/[^\":]+)\"?(?::|, line )(?P<line>\d+):?\s*(?P<said>.*)$")
_HEADING = re.compile(r"^.*lint report, generated at:.*$", re.MULTILINE)


def lint(program: str, game: Path, environ: Mapping[str, str], deadline: float) -> list[Finding]:
    """What lint finds in a game; [] where it is clean. It exits with 0 whatever it finds, unless asked."""
    process = Program([program, str(game), "lint", "--error-code", "--savedir", str(game / "saves")], environ)
    try:
        code = process.wait(deadline)
        said = process.said()
    finally:
        process.close()
    if code is None:
        return [Finding("lint", "lint did not end in time (--timeout)")]
    found = findings(said)
    if not found and (code or "\nStatistics:" not in said):
        return [Finding("lint", f"lint stopped (exit code {code})", "", said.strip()[-4000:])]
    return found


def findings(said: str) -> list[Finding]:
    """From lint's output: every report stands before the line "Statistics:". One that goes on over lines is one."""
    head = _HEADING.sub("", said.split("\nStatistics:")[0]).strip()
    found: list[Finding] = []
    for block in filter(None, re.split(r"\n\s*\n", head)):
        first, *more = block.strip().splitlines()
        place = _PLACE.match(first)
        where = f"{place['file']}:{place['line']}" if place else ""
        found.append(Finding("lint", (place["said"] if place else first) or first, where, "\n".join(more)))
    return found
