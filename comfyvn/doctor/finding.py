"""What the doctor found: one line for each thing that was looked at, with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "note", "warning", "error"]
"""`note`: worth knowing; `warning`: it works, but not as it should; `error`: something cannot be made like this."""


@dataclass(frozen=True)
class Finding:
    """`place` is a server, a server's workflow or this computer; `check` what was looked at there."""

    place: str
    check: str
    level: Level
    said: str
    todo: str = ""


def is_healthy(findings: Sequence[Finding]) -> bool:
    return not any(finding.level == "error" for finding in findings)


def summary(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning; 14 checks are good`."""
    counts = Counter(finding.level for finding in findings)
    troubles = [
        f"{counts[level]} {level}{'s' * (counts[level] != 1)}" for level in ("error", "warning") if counts[level]
    ]
    good = counts["good"] + counts["note"]
    return f"{', '.join(troubles) or 'nothing is wrong'}; {good} other check{'s are' if good != 1 else ' is'} good"


def document(findings: Sequence[Finding]) -> dict[str, object]:
    """As JSON: `{"healthy": bool, "findings": [{place, check, level, said, todo}]}`."""
    return {"healthy": is_healthy(findings), "findings": [vars(finding) for finding in findings]}
