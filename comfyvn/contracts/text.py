"""Text as the player reads it: a whitelist of markup and declared variables; everything else is shown as typed.

The markup is Ren'Py's own (its text-tag names), so that authors need not learn another; what is not on the list,
or does not fit (a closing tag that nothing opened), is plain characters.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

PAIRED = {
    "i": None, "b": None, "u": None, "s": None, "rb": None, "rt": None,
    "size": r"[+-]?\d{1,3}", "color": r"#[0-9a-fA-F]{6}", "alpha": r"[01]?\.\d{1,3}|[01]",
    "cps": r"\*?\d{1,4}(?:\.\d{1,2})?",
}  # fmt: skip
SINGLE = {"w": r"\d{1,3}(?:\.\d{1,3})?", "p": r"\d{1,3}(?:\.\d{1,3})?", "nw": r"\d{1,3}(?:\.\d{1,3})?", "fast": None}
NEEDS_VALUE = {"size", "color", "alpha", "cps"}
MARK = re.compile(r"\{(/?)([a-z]+)(?:=([^{}\s]{1,16}))?\}|\[([A-Za-z_][A-Za-z0-9_]*)\]")
LOOKS_LIKE_TAG = re.compile(r"\{/?([A-Za-z]{1,12})(?:=[^{}]*)?\}")
LOOKS_LIKE_VARIABLE = re.compile(r"\[([A-Za-z_][A-Za-z0-9_]*)\]")

Kind = Literal["text", "open", "close", "single", "variable"]


@dataclass(frozen=True)
class Piece:
    """A run of text, a tag (`name`, `value`), or a variable (`name`)."""

    kind: Kind
    text: str = ""
    name: str = ""
    value: str = ""


def pieces(text: str, variables: Collection[str] = ()) -> tuple[Piece, ...]:
    """`text` cut into runs, whitelisted tags and declared variables; tags are always balanced in the result."""
    if "{" not in text and "[" not in text:
        return (Piece("text", text),) if text else ()
    found = list(_scan(text, variables))
    closed = _closable(found)
    result = [piece if piece.kind not in ("open", "close") or index in closed else _literal(piece)
              for index, piece in enumerate(found)]  # fmt: skip
    return tuple(_merged(result))


def _scan(text: str, variables: Collection[str]) -> Iterator[Piece]:
    at = 0
    for match in MARK.finditer(text):
        piece = _piece(match, variables)
        if piece is None:
            continue
        if match.start() > at:
            yield Piece("text", text[at : match.start()])
        yield piece
        at = match.end()
    if at < len(text):
        yield Piece("text", text[at:])


def _piece(match: re.Match[str], variables: Collection[str]) -> Piece | None:
    slash, name, value, variable = match.groups()
    if variable is not None:
        return Piece("variable", match[0], variable) if variable in variables else None
    if slash:
        return Piece("close", match[0], name) if name in PAIRED and value is None else None
    table = PAIRED if name in PAIRED else SINGLE
    if name not in table or (value is None and name in NEEDS_VALUE):
        return None
    pattern = table[name]
    if value is not None and (pattern is None or not re.fullmatch(pattern, value, re.ASCII)):
        return None
    return Piece("open" if table is PAIRED else "single", match[0], name, value or "")


def _closable(found: list[Piece]) -> set[int]:
    """Indices of opening and closing tags that pair up, properly nested."""
    stack: list[int] = []
    kept: set[int] = set()
    for index, piece in enumerate(found):
        if piece.kind == "open":
            stack.append(index)
        elif piece.kind == "close" and stack and found[stack[-1]].name == piece.name:
            kept |= {stack.pop(), index}
    return kept


def _literal(piece: Piece) -> Piece:
    return Piece("text", piece.text)


def _merged(found: list[Piece]) -> Iterator[Piece]:
    run = ""
    for piece in found:
        if piece.kind == "text":
            run += piece.text
            continue
        if run:
            yield Piece("text", run)
        run = ""
        yield piece
    if run:
        yield Piece("text", run)


def plain(text: str, variables: Collection[str] = ()) -> str:
    """The characters a player sees, markup taken out; variables stay as typed. Ruby text is left out."""
    shown, ruby = "", 0
    for piece in pieces(text, variables):
        if piece.name == "rt" and piece.kind in ("open", "close"):
            ruby += 1 if piece.kind == "open" else -1
        elif piece.kind in ("text", "variable") and not ruby:
            shown += piece.text
        elif piece.kind == "single" and piece.name in ("p", "w") and shown and not shown[-1].isspace():
            shown += " "
    return shown


SPOKEN = ("L", "N", "So", "Sm", "Sc")  # Unicode categories that a voice says: letters, digits, symbols such as ♥ or €


def has_words(text: str) -> bool:
    """Does `text` hold anything that a voice says? "…", "?!" and "「」" do not."""
    return any(unicodedata.category(character).startswith(SPOKEN) for character in text)


def used_variables(text: str, variables: Collection[str]) -> tuple[str, ...]:
    return tuple(piece.name for piece in pieces(text, variables) if piece.kind == "variable")


def near_misses(text: str, variables: Collection[str]) -> tuple[tuple[str, str], ...]:
    """(as typed, probably meant) for marks that are shown as typed but look like a slip."""
    if "{" not in text and "[" not in text:
        return ()
    understood = {piece.text for piece in pieces(text, variables) if piece.kind != "text"}
    slips = []
    for match in LOOKS_LIKE_TAG.finditer(text):
        near = _near(match[1], [*PAIRED, *SINGLE])
        if match[0] not in understood and near:
            slips.append((match[0], "{" + near + "}" if match[1] != near else f"a closed {{{near}}} … {{/{near}}}"))
    for match in LOOKS_LIKE_VARIABLE.finditer(text):
        near = _near(match[1], list(variables))
        if match[0] not in understood and near:
            slips.append((match[0], f"[{near}]"))
    return tuple(slips)


def _near(word: str, words: list[str]) -> str:
    if word.lower() in words:
        return word.lower()
    longer = [known for known in words if len(known) > 2]
    return next(iter(difflib.get_close_matches(word.lower(), longer, n=1, cutoff=0.75)), "") if len(word) > 2 else ""
