"""What of a game could not be told in contracts: listed with file and line, counted by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Left:
    """One thing that was left out or told otherwise: `what` in words that many share, `detail` what is its own."""

    file: str
    line: int
    what: str
    detail: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}" + (f": {self.detail}" if self.detail else "")


@dataclass
class Report:
    """`counts`: what was read, by kind; the kinds are plurals in -s."""

    left: list[Left] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, line: int, what: str, detail: str = "") -> None:
        first = detail.strip().split("\n")[0]
        found = Left(file, line, what, first if len(first) <= 100 else first[:99] + "…")
        if found not in self.left:
            self.left.append(found)

    def kinds(self) -> list[tuple[str, int]]:
        """How often each thing could not be told, the commonest first."""
        return Counter(one.what for one in self.left).most_common()

    def read(self) -> str:
        """What was read, in words: `2 characters, 1 line`."""
        counts = sorted(self.counts.items())
        return ", ".join(f"{number} {what[:-1] if number == 1 else what}" for what, number in counts)

    def markdown(self, title: str, how: str) -> str:
        """The report as a page."""
        lines = [f"# {title}: what was imported", "", f"Read {how}: {self.read()}.", ""]
        if not self.left:
            return "\n".join([*lines, "Everything could be told in contracts.", ""])
        lines += ["What contracts cannot say was left out, or told as the list says.", "", "| what | how often |"]
        lines += ["| --- | ---: |", *(f"| {what} | {number} |" for what, number in self.kinds()), ""]
        lines += [f"- {one}" for one in self.left]
        return "\n".join([*lines, ""])
