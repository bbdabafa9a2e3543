"""The failures of a run as a table, for a terminal: one row for each cause. A pipe gets lines (see causes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from comfyvn.tasks.causes import NAMED, Cause

WIDE = 120  # columns from which each kind of fact has a column of its own


def write_table(out: TextIO, causes: Sequence[Cause], width: int | None = None) -> None:
    """`width`: of the terminal, where it is not to be asked."""
    console = Console(file=out, width=width, highlight=False)
    console.print()
    console.print(table(causes, console.width))


def table(causes: Sequence[Cause], width: int) -> Table:
    """No wider than `width`; words are wrapped, and nothing is cut."""
    count = sum(len(cause.targets) for cause in causes)
    shown = Table(
        title=Text(f"{count} failed", style="bold red"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_lines=True,
        pad_edge=False,
        header_style="bold",
        expand=True,
        width=width,
    )
    is_wide = width >= WIDE
    heads = {"what": 4, "why": 4, "where": 3, "to do": 4} if is_wide else {"what": 2, "why": 3}
    for head, ratio in heads.items():
        shown.add_column(head, ratio=ratio, overflow="fold")
    for cause in causes:
        shown.add_row(*(_wide(cause) if is_wide else _narrow(cause)))
    return shown


def _wide(cause: Cause) -> list[RenderableType]:
    return [_targets(cause), Text(cause.what, style="red"), Text(cause.where()), Text(cause.todo)]


def _narrow(cause: Cause) -> list[RenderableType]:
    facts = [("where: ", cause.where()), ("to do: ", cause.todo)]
    lines = [Text.assemble((label, "bold"), text) for label, text in facts if text]
    return [_targets(cause), Group(Text(cause.what, style="red"), *lines)]


def _targets(cause: Cause) -> Text:
    rest = len(cause.targets) - NAMED
    return Text("\n".join([*cause.targets[:NAMED], *([f"and {rest} more"] if rest > 0 else [])]))
