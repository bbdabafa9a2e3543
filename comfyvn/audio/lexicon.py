"""A novel's lexicon: words that a voice is to say otherwise than they are written, put into what it is given.

An entry is matched as a whole word, the longest first, and what was put in is not looked at again. Its own spelling
counts, and the same word in capitals; one that is written in small letters also counts with a capital first letter:
`polish` is found in `Polish`, but `Polish` not in `polish`. Where two entries fit one word, its exact spelling wins.

Where a word ends is a matter of Unicode: letters, digits, marks and joiners belong to a word, an apostrophe does not.
Scripts that put no space between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) and Korean, which hangs
particles on nouns, have no such limits; but a word of katakana ends where the katakana end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from comfyvn.audio.wording import JOINERS, spoken_text

T = TypeVar("T")

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


@dataclass(frozen=True)
class Respelt:
    """Characters `start` to `stop` of what is heard stand for `word`, as it is written; `ipa`: as which sounds they are
    said by an engine that takes IPA, "" for whatever an engine makes of them.
    """

    start: int
    stop: int
    word: str
    ipa: str = ""


@dataclass(frozen=True)
class Lexicon:
    """`said`: every spelling that counts → how it is said; `pattern` finds the longest of them, None where all is
    said as it is written. `sounds`: a spelling → its IPA.
    """

    said: Mapping[str, str]
    pattern: re.Pattern[str] | None
    sounds: Mapping[str, str] = field(default_factory=dict)


def lexicon(words: Mapping[str, str | None], sounds: Mapping[str, str] = MappingProxyType({})) -> Lexicon:
    """Of `words`: word → how it is respelt, None where it is written as it stands; `sounds`: word → IPA.

    In which order they stand does not matter.
    """
    spelt = _spellings({spoken_text(word): _line(words[word]) for word in sorted(words)})
    said = {word: word if spelling is None else spelling for word, spelling in spelt.items()}
    heard_as = _spellings({spoken_text(word): sounds.get(word, "") for word in sorted(words)})
    longest_first = sorted(said, key=lambda word: (-len(word), word))
    pattern = re.compile("|".join(map(re.escape, longest_first))) if said else None
    return Lexicon(said, pattern, {word: ipa for word, ipa in heard_as.items() if ipa})


def _line(spelling: str | None) -> str | None:
    return None if spelling is None else spoken_text(spelling)


def _spellings(words: Mapping[str, T]) -> dict[str, T]:
    said = {word: spelt for word, spelt in words.items() if word}
    for word, spelt in words.items():
        if word == word.lower():
            said.setdefault(word[:1].upper() + word[1:], spelt)
        said.setdefault(word.upper(), spelt)
    return {word: spelt for word, spelt in said.items() if word}


def respelt(text: str, words: Lexicon) -> tuple[str, tuple[Respelt, ...]]:
    """`text`, which is in NFC, as it is said; and which of its characters stand for which words."""
    kept, found, at, look = "", [], 0, 0
    while words.pattern is not None and (match := words.pattern.search(text, look)):
        word = _whole_word(text, match.start(), len(match[0]), words.said)
        look = match.start() + max(len(word), 1)
        if word:
            kept += text[at : match.start()]
            found.append(Respelt(len(kept), len(kept) + len(words.said[word]), word, words.sounds.get(word, "")))
            kept, at = kept + words.said[word], look
    return kept + text[at:], tuple(found)


def _whole_word(text: str, start: int, longest: int, said: Mapping[str, str]) -> str:
    """The longest entry that is a whole word at `start`, of at most `longest` characters; "" for none."""
    if start > 0 and _is_within(text[start - 1], text[start]):
        return ""
    for stop in range(start + longest, start, -1):
        if text[start:stop] in said and not (stop < len(text) and _is_within(text[stop - 1], text[stop])):
            return text[start:stop]
    return ""


def _is_within(left: str, right: str) -> bool:
    """Whether no word can end between two neighbours."""
    if right in JOINERS or left in JOINERS or unicodedata.category(right).startswith("M"):
        return True
    if not (_is_of_words(left) and _is_of_words(right)):
        return False
    is_left, is_right = _is_katakana(left), _is_katakana(right)
    if is_left or is_right:
        return is_left and is_right
    return not (_is_unspaced(left) or _is_unspaced(right))


def _is_of_words(letter: str) -> bool:
    return letter == "_" or unicodedata.category(letter)[0] in "LNM"


def _is_katakana(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("KATAKANA", "HALFWIDTH KATAKANA"))


def _is_unspaced(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF" or _UNSPACED.match(letter) is not None


def as_written(heard: str, words: Sequence[Respelt]) -> str:
    """What was written where `heard` is said."""
    written, at = "", 0
    for one in words:
        written += heard[at : one.start] + one.word
        at = one.stop
    return written + heard[at:]


def place_as_written(position: int, words: Sequence[Respelt]) -> int:
    """Where the character at `position` of what is heard stands as it is written; all of a respelt word: its start."""
    moved = 0
    for one in words:
        if position < one.start:
            break
        if position < one.stop:
            return one.start + moved
        moved += len(one.word) - (one.stop - one.start)
    return position + moved
