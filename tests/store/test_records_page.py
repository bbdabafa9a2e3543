"""docs/records.md lists every member of a record and of a journal entry, and no other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from comfyvn.store.journal import Entry
from comfyvn.store.records import Record

PAGE = Path(__file__).parents[2] / "docs" / "records.md"


def _listed(heading: str) -> set[str]:
    """Names in the first column of the first table after a heading."""
    text = PAGE.read_text("utf-8").partition(heading)[2]
    table = text[text.index("| member |") :].partition("\n\n")[0]
    return {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_members_of_a_record() -> None:
    assert _listed("# Records") == {item.name for item in fields(Record)}


def test_members_of_a_journal_entry() -> None:
    assert _listed("## The journal") == {item.name for item in fields(Entry)}
