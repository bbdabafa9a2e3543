"""The words, texts and numbers of one line of a script, taken from left to right."""

from __future__ import annotations

import ast
import re
from typing import Any

from comfyvn.reading.script.blocks import Slip

_SPACE = re.compile(r"(?:\s|\\\n|#[^\n]*)*")
_LOOSE = frozenset(" \t\n\r\f\v\\#")
_WORD = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{1,4})|(.))")
_CONSTANTS = {"True": True, "False": False, "None": None}


class Words:
    """A line under reading: `at` is where it has come to."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self._skip()

    def _skip(self) -> None:
        if self.text.startswith(" ", self.at):
            self.at += 1
        if self.text[self.at : self.at + 1] in _LOOSE:  # more than the usual single space
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None or not found[0]:
            return ""
        self.at = found.end()
        self._skip()
        return found[0]

    def is_done(self) -> bool:
        return self.at >= len(self.text)

    def rest(self) -> str:
        return self.text[self.at :]

    def is_text(self) -> bool:
        return self.text[self.at : self.at + 1] in ('"', "'")

    def sign(self, sign: str) -> bool:
        """Takes `sign` when it stands here."""
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        self._skip()
        return True

    def word(self) -> str:
        """The word that stands here; "" for none."""
        return self._take(_WORD)

    def keyword(self, *words: str) -> str:
        """Takes one of these words when it stands here."""
        at = self.at
        if (found := self.word()) in words:
            return found
        self.at = at
        return ""

    def need(self, what: str) -> str:
        """A word, which is `what`; raises Slip when there is none."""
        found = self.word()
        if not found:
            raise Slip(f"{what} is missing" if self.is_done() else f"{what} was expected at: {self._near()}")
        return found

    def name(self, what: str) -> str:
        """An id; a `_` before it keeps it apart from the language's own words."""
        found = self.need(what)
        return found[1:] if found.startswith("_") and len(found) > 1 else found

    def number(self, what: str) -> int | float:
        """Raises Slip when none stands here."""
        found = self._take(_NUMBER)
        if not found:
            raise Slip(f"{what} is a number", value=self._near())
        return int(found) if re.fullmatch(r"[+-]?\d+", found) else float(found)

    def is_number(self) -> bool:
        return _NUMBER.match(self.text, self.at) is not None

    def said(self) -> str:
        """A text of the script, its escapes resolved as Ren'Py does: white space in a row counts as one space."""
        found = self._take(_TEXT)
        if not found:
            raise Slip("a text in quotes is missing" if self.is_done() else "a text in quotes was expected",
                       value=self._near())  # fmt: skip
        return _ESCAPE.sub(_resolved, re.sub(r"[ \n]+", " ", found[1:-1]))

    def value(self, what: str) -> Any:
        """A text, a number, True, False or None, as Python writes them."""
        if self.is_text():
            at = self.at
            return _python(self._take(_TEXT), self.text[at:])
        if self.is_number():
            return self.number(what)
        at, found = self.at, self.word()
        if found in _CONSTANTS:
            return _CONSTANTS[found]
        self.at = at
        hint = {"true": "True", "false": "False", "null": "None"}.get(found, "")
        raise Slip(f"{what} is a text in quotes, a number, True or False", suggestion=hint, value=self._near())

    def arguments(self) -> dict[str, Any]:
        """`(name=value, …)`; {} when no bracket begins here."""
        found: dict[str, Any] = {}
        if not self.sign("("):
            return found
        while not self.sign(")"):
            name = self.need("a name, as in (delivery=…),")
            if not self.sign("="):
                raise Slip(f"= is missing after {name}", f'{name}="…"')
            if name in found:
                raise Slip(f"{name} is given twice")
            found[name] = self.value(name)
            if not self.sign(",") and not self.text.startswith(")", self.at):
                raise Slip(f"a comma or ) is missing after {name}", value=self._near())
        return found

    def finish(self) -> None:
        """Raises Slip when something is left."""
        if not self.is_done():
            raise Slip("the line should end here", value=self._near())

    def colon(self, words: str) -> None:
        """The `:` that a block follows, at the end of the line."""
        if not self.sign(":"):
            raise Slip(f"a : is missing at the end of this {words}", value=self._near())
        self.finish()

    def _near(self) -> str:
        rest = self.rest()
        return rest if len(rest) <= 60 else rest[:59] + "…"


def _resolved(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return {"n": "\n"}.get(found[2], found[2])


def _python(text: str, near: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError) as error:
        raise Slip("this is no text as Python writes it", value=near[:60]) from error
    return str(value)
