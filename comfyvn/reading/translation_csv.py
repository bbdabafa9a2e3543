"""Texts to translate as CSV (RFC 4180), for spreadsheets: out with speaker and context, and in again.

A cell that a spreadsheet would take for a formula gets an apostrophe before it, and loses it on the way back in (OWASP,
CSV injection). What a translator may change is `text`, `spoken` and `note`; `done` in `state` says that a text that was
not changed still fits.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from comfyvn.contracts.work_list import Entry
from comfyvn.errors import UsageError
from comfyvn.reading.translations import Wording

COLUMNS = ("state", "scene", "id", "kind", "speaker", "context", "source", "text", "spoken_source", "spoken", "note")
NEEDED = ("scene", "id", "source", "text")
FORMULA = re.compile(r"'*[=+\-@\t\r]")
ARMED = re.compile(r"'+[=+\-@\t\r]")
LONGEST = 2**20  # characters of a cell


def to_csv(entries: Iterable[Entry]) -> bytes:
    """The table with a head, in UTF-8 with the mark by which spreadsheets know it; line ends as RFC 4180 wants them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow([_disarmed(getattr(entry, column)) for column in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def from_csv(path: Path) -> Iterator[tuple[int, Wording, bool]]:
    """(row, what it says, whether it vouches for a text that is as it was) of every row that has a translation.

    Columns may stand in any order, and be parted by commas, semicolons or tabs. Raises UsageError.
    """
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8", file, 'save it as "CSV UTF-8", and import it again') from error
    csv.field_size_limit(LONGEST)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        head = [cell.strip() for cell in next(rows, [])]
        missing = [column for column in NEEDED if column not in head]
        if missing:
            todo = "the first row names the columns, as `comfyvn translate export` writes them"
            raise UsageError(f"the table has no column {', '.join(missing)}", file, todo)
        for row in rows:
            cells = {column: _armed(cell) for column, cell in zip(head, row, strict=False)}
            if cells.get("text"):
                yield rows.line_num, _wording(cells), cells.get("state", "").strip().lower() == "done"
    except csv.Error as error:
        raise UsageError(f"the table is broken: {error}", f"{file}, line {rows.line_num}", "export it anew") from error


def _wording(cells: dict[str, str]) -> Wording:
    return Wording(
        scene=cells["scene"].strip(),
        id=cells["id"].strip(),
        source=cells["source"],
        text=cells["text"],
        spoken=cells.get("spoken") or None,
        note=cells.get("note") or None,
    )


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _disarmed(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _armed(cell: str) -> str:
    cell = cell.replace("\r\n", "\n")
    return cell[1:] if ARMED.match(cell) else cell


