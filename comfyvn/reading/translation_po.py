"""Texts to translate as a gettext PO file, for translators' editors: out with speaker and context, and in again.

An entry's context is `scene/id`, so that two lines that say the same have translations of their own. What was
translated from another wording is marked `fuzzy`; who takes the mark away says that it fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from comfyvn.contracts.work_list import STATES, Entry
from comfyvn.errors import UsageError
from comfyvn.reading.translations import Wording

STRINGS = "strings"  # the context of what is no line
SPOKEN = " spoken"  # at the end of a context: what a voice says there


def to_po(entries: Iterable[Entry], title: str, language: str) -> bytes:
    """A PO file in UTF-8; no dates in it, so that equal novels give equal bytes."""
    import polib  # used by this command alone

    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "Project-Id-Version": " ".join(title.split()),
        "Language": _posix(language),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for entry in entries:
        catalogue.append(polib.POEntry(
            msgctxt=_context(entry), msgid=entry.source, msgstr=entry.text, comment=_remark(entry), tcomment=entry.note,
            flags=["fuzzy"] if entry.text and entry.state in ("stale", "unmarked") else [],
        ))  # fmt: skip
        if entry.spoken or entry.spoken_source or entry.state == "unspoken":
            catalogue.append(polib.POEntry(
                msgctxt=_context(entry) + SPOKEN, msgid=entry.spoken_source or entry.source, msgstr=entry.spoken,
                comment="What the voice says instead of the text.",
            ))  # fmt: skip
    return (str(catalogue) + "\n").encode()


def from_po(file: Path) -> Iterator[tuple[int, Wording, bool]]:
    """(line, what it says, whether it vouches for a text that is as it was) of every entry with a translation.

    A fuzzy entry says nothing of the text that was translated. Raises UsageError.
    """
    if not file.is_file():  # polib takes a name that no file has for the text of one
        raise UsageError("there is no such file", str(file), "name the file that came back from the translator")
    import polib

    try:
        catalogue = polib.pofile(str(file))
    except (OSError, ValueError, LookupError) as error:
        raise UsageError(f"the file is no PO file that can be read: {error}", str(file), "export it anew") from error
    entries = [entry for entry in catalogue if not entry.obsolete and entry.msgctxt]
    spoken = {entry.msgctxt: entry.msgstr for entry in entries if entry.msgctxt.endswith(SPOKEN)}
    for entry in entries:
        if entry.msgstr and not entry.msgctxt.endswith(SPOKEN):
            scene, _, line_id = entry.msgctxt.partition("/") if entry.msgctxt != STRINGS else ("", "", "")
            source = None if entry.fuzzy and line_id else entry.msgid
            said = spoken.get(entry.msgctxt + SPOKEN) or None
            yield entry.linenum, Wording(scene, line_id, source, entry.msgstr, said, entry.tcomment or None), True


def _context(entry: Entry) -> str:
    return f"{entry.scene}/{entry.id}" if entry.id else STRINGS


def _remark(entry: Entry) -> str:
    """What stands above an entry for whoever translates it."""
    who = f"{entry.speaker}, " if entry.speaker else ""
    state = "" if entry.state == "done" else f"\n{entry.state}: {STATES[entry.state]}"
    return f"{who}{entry.kind}: {entry.context}{state}"


def _posix(language: str) -> str:
    """pt_br is pt_BR: what is a country is written in capitals, a script with one."""
    head, *rest = language.split("_")
    return "_".join([head, *(part.upper() if len(part) == 2 else part.title() for part in rest)])
