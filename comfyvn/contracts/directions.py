"""Stage directions: the parts of a line that say how it is said or what is done meanwhile, and are not spoken.

The rule, which authors read in docs/contracts.md:

- `*sighs*`: what stands between two single asterisks, anywhere ({i} and {b} are there for emphasis). The inner side
  of each touches a character; none touches a letter or digit outside (`5*3*2` is no direction).
- `[laughs]`: what stands in square brackets, anywhere, unless it is a declared variable or touches a letter or digit
  before it (`a[0]`).
- `(whispering)`: what stands in parentheses by itself (before it nothing, the end of a sentence or another direction;
  after it nothing or a space), has at most five words and 40 characters, and holds no end of a sentence. Any other
  parenthesis is part of what is said.

The wide forms `＊…＊` and `（…）` count as the narrow ones. A direction that must be heard goes into `spoken`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

LONGEST, MOST_WORDS = 40, 5
ENDS = ".!?…。！？｡‼⁇⁈⁉"
CLOSERS = "\"'”’»」』）)]*＊"
_ASTERISKS = re.compile(r"(?<![*＊])([*＊])(?![*＊\s])([^*＊\n]{1,400})(?<!\s)\1(?!\1)")
_BRACKETS = re.compile(r"\[([^\[\]\n]{1,400})\]")
_PARENTHESES = re.compile(r"[(（]([^()（）\n]{1,40})[)）]")


def without_directions(text: str, variables: Collection[str] = ()) -> str:
    """`text` (markup already taken out) without its stage directions; the space around one is left once."""
    if not any(mark in text for mark in "*＊[(（"):
        return text
    for pattern in (_ASTERISKS, _BRACKETS, _PARENTHESES):
        text = _without(pattern, text, variables)
    return text


def _without(pattern: re.Pattern[str], text: str, variables: Collection[str]) -> str:
    kept, at = "", 0
    for start, stop in _directions(pattern, text, variables):
        kept += text[at:start]
        at = stop
        if not kept or kept[-1].isspace():
            at += len(text[at:]) - len(text[at:].lstrip())
    return kept + text[at:]


def _directions(pattern: re.Pattern[str], text: str, variables: Collection[str]) -> Iterator[tuple[int, int]]:
    at, spoken = 0, 0  # `spoken`: where what was found before has ended
    while found := pattern.search(text, at):
        if _is_direction(pattern, found, text, spoken, variables):
            yield found.span()
            at = spoken = found.end()
        else:
            at = found.start() + 1


def _is_direction(
    pattern: re.Pattern[str], found: re.Match[str], text: str, spoken: int, variables: Collection[str]
) -> bool:
    before, after = text[spoken : found.start()], text[found.end() : found.end() + 1]
    if pattern is _BRACKETS:
        return found[1] not in variables and not _touches(before[-1:])
    if pattern is _ASTERISKS:
        return not _touches(before[-1:]) and not _touches(after)
    return _is_alone(before, after) and len(found[1].split()) <= MOST_WORDS and not set(found[1]) & set(ENDS)


def _touches(neighbour: str) -> bool:
    """Whether a mark beside `neighbour` stands within a word; scripts without spaces have no such within."""
    return neighbour.isalnum() and unicodedata.east_asian_width(neighbour) not in "WF"


def _is_alone(before: str, after: str) -> bool:
    said = before.rstrip()
    is_begun = not said or said.rstrip(CLOSERS)[-1:] in tuple(ENDS)
    wide = bool(after) and unicodedata.east_asian_width(after) in "WF"
    return is_begun and (not after or after.isspace() or wide or after in ENDS)
