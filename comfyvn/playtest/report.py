"""What a playtest found, as values: for people, for machines, and for the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "lint", "error", "missing media", "broken media", "unvoiced line", "unreached label", "unreached line",
    "untaken choice", "silent media", "engine crash",
]  # fmt: skip
# Faults fail a playtest; gaps fail a strict one; the rest is told.
FAULTS: tuple[Kind, ...] = ("lint", "error", "missing media", "broken media")
GAPS: tuple[Kind, ...] = ("unvoiced line", "unreached label", "unreached line")
NOTES: tuple[Kind, ...] = ("untaken choice", "silent media", "engine crash")


@dataclass(frozen=True)
class Finding:
    """`where`: file:line in the game, "" where it has none; `detail`: a traceback."""

    kind: Kind
    said: str
    where: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Line:
    """A say of the game: the id that the engine knows it by, where it stands, who says what."""

    id: str
    where: str
    who: str
    text: str


@dataclass(frozen=True)
class Taken:
    """A choice of a walk: `after` so many lines, at the menu `menu` (file:line); `number` counts its items from 0, a
    caption too.
    """

    after: int
    menu: str
    number: int
    text: str


@dataclass(frozen=True)
class Walk:
    """One run through the story: the ids of its lines in the order in which they were said, and its choices."""

    start: str
    ids: tuple[str, ...]
    choices: tuple[Taken, ...]
    is_whole: bool


@dataclass
class Report:
    """`reached`: labels and lines; `engine`: the Ren'Py that played."""

    engine: str = ""
    labels: int = 0
    labels_reached: int = 0
    lines: dict[str, Line] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    voices: set[str] = field(default_factory=set)
    walks: list[Walk] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    screenshots: int = 0

    def of(self, *kinds: Kind) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind in kinds]

    def ordered(self) -> Iterator[Finding]:
        """Faults first, each once, in the order in which they were met."""
        for kind in (*FAULTS, *GAPS, *NOTES):
            yield from dict.fromkeys(self.of(kind))

    def is_good(self, strict: bool) -> bool:
        return not self.of(*FAULTS, *(GAPS if strict else ()))


Weight = Literal["fault", "gap", "note"]


def weight(kind: Kind) -> Weight:
    if kind in FAULTS:
        return "fault"
    return "gap" if kind in GAPS else "note"


def summary(report: Report) -> str:
    def count(*kinds: Kind) -> int:
        return len(set(report.of(*kinds)))

    parts = (
        f"labels reached {report.labels_reached}/{report.labels}",
        f"say statements {len(report.reached & report.lines.keys())}/{len(report.lines)}",
        f"voices played {len(report.voices)}",
        f"missing {count('missing media', 'broken media')}",
        f"unvoiced {count('unvoiced line')}",
        f"errors {count('error', 'lint')}",
        f"runs {len(report.walks)}",
    )
    return ", ".join(parts)


def document(report: Report, strict: bool) -> dict[str, object]:
    """`walks` are what a comparison of players needs: the ids of lines in order, and the choices that led there."""
    return {
        "good": report.is_good(strict),
        "engine": report.engine,
        "labels": {"all": report.labels, "reached": report.labels_reached},
        "lines": [
            {"id": line.id, "where": line.where, "who": line.who, "reached": line.id in report.reached}
            for line in report.lines.values()
        ],
        "voices": sorted(report.voices),
        "screenshots": report.screenshots,
        "findings": [
            {"kind": one.kind, "said": one.said, "where": one.where, "detail": one.detail} for one in report.ordered()
        ],
        "walks": [
            {
                "start": walk.start,
                "whole": walk.is_whole,
                "ids": list(walk.ids),
                "choices": [
                    {"after": each.after, "menu": each.menu, "number": each.number, "text": each.text}
                    for each in walk.choices
                ],
            }
            for walk in report.walks
        ],
    }
