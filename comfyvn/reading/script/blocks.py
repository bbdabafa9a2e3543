"""A script's text as lines with blocks: indentation, comments and brackets that span lines are settled here.

By hand and not by a parser library: this language is lines and indentation, a grammar would stop at the first slip,
and every line here can say what is wrong with it. It costs a build nothing to import, either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Statements whose blocks are taken as they stand: ours, and those of Ren'Py that are refused whole.
RAW = re.compile(r"(?:renpy|python|init|screen|style|transform|translate|testcase|image|layeredimage)\b[^\n]*:\s*$")
_PIECE = re.compile(
    r"""(?P<long>\"{3}|'{3})|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<open>["'])|(?P<note>\#[^\n]*)
    |(?P<in>[(\[{])|(?P<out>[)\]}])|(?P<joined>\\\n)|(?P<end>\n)|[^"'#()\[\]{}\\\n]+|\\""",
    re.VERBOSE,
)


LONGEST = 60  # lines that one pair of brackets spans
# The same of any Ren'Py script: texts may span lines and stand in three quotes.
_FOREIGN_RAW = re.compile(
    r"(?:(?:init\b[^\n:]*)?\bpython|screen|style|transform|translate|testcase|image|layeredimage)\b[^\n]*:\s*$"
)
_FOREIGN = re.compile(
    r"""(?P<text>\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<open>["'])|(?P<note>\#[^\n]*)
    |(?P<in>[(\[{])|(?P<out>[)\]}])|(?P<joined>\\\n)|(?P<end>\n)|[^"'#()\[\]{}\\\n]+|\\""",
    re.VERBOSE | re.DOTALL,
)


class Slip(Exception):
    """Something is wrong at one place of a script. `line` 0: where the statement stands."""

    def __init__(self, message: str, allowed: str = "", suggestion: str = "", value: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message, self.allowed, self.suggestion, self.value, self.line = message, allowed, suggestion, value, line


@dataclass(frozen=True)
class Line:
    """A statement's text, `start` to `end` in the file, without what is indented below it (`block`; `raw` where that is
    not our language). `number` counts from 1.
    """

    number: int
    start: int
    text: str
    block: tuple[Line, ...] = ()
    raw: tuple[str, ...] | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass
class _Open:
    """A line whose block is still being read."""

    indent: int
    line: Line
    inner: list[_Open] = field(default_factory=list)

    def closed(self) -> Line:
        block = tuple(each.closed() for each in self.inner)
        return Line(self.line.number, self.line.start, self.line.text, block, self.line.raw)


def blocks(text: str) -> tuple[tuple[Line, ...], list[Slip], int]:
    """The outermost lines of a script, what is wrong with its shape, and how many comments it has.

    `text` has no carriage returns.
    """
    reader = _Reader(text)
    found = list(reader.lines())
    return _nested(found, reader.slips), reader.slips, reader.comments


def foreign_blocks(text: str) -> tuple[tuple[Line, ...], list[Slip]]:
    """The same of a script of any Ren'Py game, whose texts may span lines."""
    reader = _Reader(text, _FOREIGN, _FOREIGN_RAW)
    return _nested(list(reader.lines()), []), reader.slips


def _nested(found: list[_Open], slips: list[Slip]) -> tuple[Line, ...]:
    top: list[_Open] = []
    stack: list[_Open] = []
    for each in found:
        closed = None
        while stack and each.indent <= stack[-1].indent:
            closed = stack.pop()
        siblings = stack[-1].inner if stack else top
        if siblings and (closed is None or closed.indent != each.indent):
            columns = sorted({*(one.indent for one in stack), siblings[0].indent})
            told = " or ".join(map(str, columns))
            message = f"this line is indented by {each.indent} spaces, which fits no line above"
            slips.append(Slip(message, f"{told} spaces, as the lines above", line=each.line.number))
        siblings.append(each)
        stack.append(each)
    return tuple(each.closed() for each in top)


class _Reader:
    """Cuts a text into logical lines."""

    def __init__(self, text: str, piece: re.Pattern[str] = _PIECE, raw: re.Pattern[str] = RAW) -> None:
        self.text, self.at, self.number = text, 0, 1
        self.piece, self.raw = piece, raw
        self.slips: list[Slip] = []
        self.comments = 0

    def lines(self) -> Iterator[_Open]:
        while self.at < len(self.text):
            begin = self.at
            while self.text[self.at : self.at + 1] in (" ", "\t", "\f"):
                self.at += 1
            if "\t" in self.text[begin : self.at]:
                self.slips.append(Slip("a tab stands before this line", "spaces, four for each step", line=self.number))
            indent, start, number = self.at - begin, self.at, self.number
            code = self._logical()
            if code:
                raw = self._raw(indent) if code.endswith(":") and self.raw.match(code) else None
                yield _Open(indent, Line(number, start, code, raw=raw))

    def _logical(self) -> str:
        """The code from here to the end of its line, which may be some lines on; "" for none."""
        start, stop, depth, number = self.at, self.at, 0, self.number
        while self.at < len(self.text):
            piece = self.piece.match(self.text, self.at)
            assert piece is not None
            kind = piece.lastgroup
            if kind in ("open", "long"):
                self._unclosed(kind)
                return ""
            self.at = piece.end()
            self.number += piece[0].count("\n")
            if kind == "end" and (depth <= 0 or self.number - number > LONGEST):
                break
            if kind == "note":
                self.comments += 1
            elif kind not in ("end", "joined"):
                depth += {"in": 1, "out": -1}.get(kind or "", 0)
                if not piece[0].isspace():
                    stop = self.at
        if depth > 0:
            self.slips.append(Slip("a bracket that begins here is never closed", line=number))
            # What follows is probably sound: go on with the next line.
            self.at, self.number = self._next_line(start), number + 1
            return ""
        return self.text[start:stop].rstrip()

    def _next_line(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end + 1

    def _unclosed(self, kind: str) -> None:
        mark = self.text[self.at]
        message = f"the text is not closed before its line ends: a {mark} is missing"
        slip = Slip(message, "a text stands on one line; \\n begins a new one in it", line=self.number)
        if kind == "long":
            slip = Slip("a text in three quotes is not read here", 'one "text" a line', line=self.number)
            close = self.text.find(mark * 3, self.at + 3)
            skipped = self.text[self.at : close] if close >= 0 else ""
            self.number += skipped.count("\n")
            self.at = close + 3 if close >= 0 else self.at
        self.slips.append(slip)
        self.at, self.number = self._next_line(self.at), self.number + 1

    def _raw(self, indent: int) -> tuple[str, ...]:
        """The lines below that are indented deeper than `indent`, as they stand, less what they have in common."""
        kept: list[str] = []
        while self.at < len(self.text):
            end = self._next_line(self.at)
            line = self.text[self.at : end].rstrip("\n")
            if line.strip() and len(line) - len(line.lstrip(" \t")) <= indent:
                break
            kept.append(line)
            self.at, self.number = end, self.number + 1
        while kept and not kept[-1].strip():
            kept.pop()
        common = min((len(line) - len(line.lstrip(" ")) for line in kept if line.strip()), default=0)
        return tuple(line[common:] if line.strip() else "" for line in kept)
