"""Where a text may be broken, and how it fills the two lines of a subtitle."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budoux.parser import Parser

WIDTH = 42
"""Columns of a line; a wide (East Asian) character takes two."""

CLAUSE = ",;:.!?…—–、，；：。！？"
ENDS = ".!?…。！？"
CLAUSE_BONUS = 0.25  # a break after a clause may lie this part of the text further from the middle
_NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーゝゞヽヾ々〜～")


def columns(text: str) -> int:
    """How wide `text` is in columns."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def breaks(text: str) -> Iterator[int]:
    """Positions (never 0 or the end) before which `text` may be broken: after spaces, and among wide characters."""
    return (at for at in range(1, len(text)) if _breakable(text[at - 1], text[at]))


def _breakable(before: str, after: str) -> bool:
    if after.isspace():
        return False
    if before.isspace():
        return True
    if columns(after) == 0 or after in _NEVER_FIRST or unicodedata.category(after) in ("Pe", "Pf", "Po"):
        return False
    return 2 in (_width(before), _width(after)) and unicodedata.category(before) not in ("Ps", "Pi")


def _between_phrases(text: str, found: Sequence[int]) -> Sequence[int]:
    """Those of the breaks `found` that part no phrase of a language with wide letters; all where that leaves none."""
    phrases = _phrases(text)
    return [at for at in found if at in phrases] or found


@lru_cache(maxsize=64)
def _phrases(text: str) -> frozenset[int]:
    """Where a phrase of `text` begins, after BudouX (a small model by Google for breaking lines without spaces).

    Korean has spaces, and breaks at nothing else.
    """
    kinds = {unicodedata.name(letter, "").partition(" ")[0] for letter in text if _width(letter) == 2}
    spaces = [at for at in range(1, len(text)) if text[at - 1].isspace()]
    if kinds & {"HIRAGANA", "KATAKANA"}:
        model = "ja"
    elif "CJK" in kinds:
        model = "zh-hans"
    else:
        return frozenset(spaces if "HANGUL" in kinds else range(len(text)))
    return frozenset((*accumulate(map(len, _parser(model).parse(text))), *spaces))


@cache
def _parser(model: str) -> Parser:
    import budoux  # loaded for the languages that need it

    if model == "ja":
        return budoux.load_default_japanese_parser()
    return budoux.load_default_simplified_chinese_parser()


def fitting_lines(text: str) -> tuple[str, ...] | None:
    """`text` in one line or in two as even as can be; None when no break makes it fit."""
    whole = text.strip()
    if columns(whole) <= WIDTH:
        return (whole,)
    if columns(whole) > 2 * WIDTH:
        return None
    halves = {at: (whole[:at].rstrip(), whole[at:].lstrip()) for at in breaks(whole)}
    fitting = [at for at, pair in halves.items() if max(map(columns, pair)) <= WIDTH]
    best = min(_between_phrases(whole, fitting), key=lambda at: _unevenness(*halves[at]), default=None)
    return None if best is None else halves[best]


def _unevenness(first: str, second: str) -> int:
    return abs(columns(first) - columns(second))


def best_break(text: str, *, anywhere: bool) -> int | None:
    """The break nearest to the middle, ends of clauses preferred; None where there is none.

    `anywhere`: a text without spaces may then be broken between any two characters that are not one sign.
    """
    stripped = len(text.rstrip())
    found = [at for at in breaks(text) if text[:at].strip() and at < stripped]
    if not found and anywhere:
        found = [at for at in range(1, stripped) if _width(text[at]) and text[at - 1] not in "\u200c\u200d"]
    return min(_between_phrases(text, found), key=lambda at: _distance(text, at), default=None)


def _distance(text: str, at: int) -> float:
    bonus = CLAUSE_BONUS if text[:at].rstrip()[-1:] in CLAUSE else 0.0
    return abs(at / len(text) - 0.5) - bonus


def sentence_start(text: str, position: int) -> int:
    """Where the sentence begins that is first heard at `position`: marks that open it belong to it."""
    start = min(max(position, 0), len(text))
    while start > 0 and _belongs_to_next(text[start - 1]):
        start -= 1
    return start


def _belongs_to_next(before: str) -> bool:
    if unicodedata.category(before) in ("Ps", "Pi"):
        return True
    return not before.isspace() and before not in ENDS and _width(before) < 2
