"""Cuts a text into what is spoken at once: sentences, so that one that changes is spoken again by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from comfyvn.audio.lines import best_break
from comfyvn.audio.wording import has_words

LONGEST, WIDE = 210, 3
"""The weight of the longest chunk, and of one East Asian character in it: 210 letters or 70 kanji, under what cloning
engines take at once (XTTS v2 cuts off after 250 letters of English, 239 of Spanish, 82 characters of Chinese, 71 of
Japanese)."""

# After these a sentence goes on; the library knows many abbreviations, but ends a sentence after a title that opens it.
_TITLES = "Dr Prof Mr Mrs Ms Mx St Rev Fr Capt Lt Sgt Gen Col Mgr Pr Sr Sra Srta Ud Uds Dña Hr Fr Nr"
_FRENCH = "MM Mme Mmes Mlle Mlles Me"
_TITLE = re.compile(rf"(?:^|[^\w.])(?:{_TITLES.replace(' ', '|')})\.$")
_FRENCH_TITLE = re.compile(rf"(?:^|[^\w.])(?:{_FRENCH.replace(' ', '|')})\.$")
_INITIAL = re.compile(r"(?:^|[^\w.'’])(?:[^\W\d_]\.[-‐ ]?)*([^\W\d_])\.$")  # "M. Dupont", "J.-P. Sartre"

TAIL = 12  # characters at the end of a sentence that hold any of them

PAUSES: Mapping[str, int] = {".": 300, "!": 340, ",": 150, ";": 225, "": 60}
"""Milliseconds of silence after a sentence, an exclamation, a clause (two weights), and where no mark stands: what
eSpeak NG 1.52 leaves at 175 words a minute (the last is ours: it leaves none)."""

RATE = 175  # words a minute at which the pauses were measured
SLOWEST, FASTEST = 100, 350

_MARKS = {
    **dict.fromkeys(".?…。？｡", "."),
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys(",、，", ","),
    **dict.fromkeys(";:—–；：", ";"),
}


def chunks(text: str, language: str) -> tuple[str, ...]:
    """`text`, which is one line, cut into sentences, and a sentence of more than `LONGEST` at its best breaks.

    `language` is a tag such as en, pt-br. Together the chunks are the text, spaces included. What has nothing to say
    by itself ("…", "😀" beside words) goes with its neighbour, whatever its length.
    """
    if not text:
        return ()
    sentences = _joined(_sentences(text, language), _goes_on(language))
    worded = _together(sentences, _has_letters)
    return tuple(_together((part for sentence in worded for part in _parts(sentence)), has_words))


def _sentences(text: str, language: str) -> list[str]:
    from sentencex import segment  # most clips are made elsewhere: it is loaded when there is something to cut

    return list(segment(re.split("[-_]", language)[0], text))


def _goes_on(language: str) -> Callable[[str], bool]:
    """Whether a sentence goes on after what looks like its end."""
    is_french = re.split("[-_]", language)[0] == "fr"

    def goes_on(sentence: str) -> bool:
        end = sentence.rstrip()[-TAIL:]
        if not end.endswith("."):
            return False
        if _TITLE.search(end) or (is_french and _FRENCH_TITLE.search(end)):
            return True
        initial = _INITIAL.search(end)
        return initial is not None and initial[1].isupper() and initial[1] != "I"  # "So do I." is an end

    return goes_on


def _joined(pieces: Iterable[str], goes_on: Callable[[str], bool]) -> Iterator[str]:
    """`pieces`, each with the next one where it goes on."""
    waiting = ""
    for piece in pieces:
        waiting += piece
        if not goes_on(waiting):
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _together(pieces: Iterable[str], stands_alone: Callable[[str], bool]) -> list[str]:
    """`pieces`; one that cannot stand alone goes with the one before it, at the beginning with the one after."""
    found: list[str] = []
    for piece in pieces:
        if found and not (stands_alone(piece) and stands_alone(found[-1])):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _has_letters(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def weight(text: str) -> int:
    """How much of a chunk `text` fills."""
    if text.isascii():
        return len(text)
    return sum(WIDE if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _parts(sentence: str) -> Iterator[str]:
    """`sentence` halved until each part fits."""
    middle = None if weight(sentence.strip()) <= LONGEST else best_break(sentence, anywhere=True)
    if middle is None:
        yield sentence
        return
    yield from _parts(sentence[:middle])
    yield from _parts(sentence[middle:])


def pause_after(chunk: str, rate: float = RATE) -> int:
    """Milliseconds of silence between the last sound of `chunk` and the next one, at `rate` words a minute.

    As an engine would leave it within a text: it depends on the last mark, and is shorter the faster one speaks.
    """
    marks = (_MARKS[letter] for letter in reversed(chunk) if letter in _MARKS)
    ends = not chunk.rstrip()[-1:].isalnum()
    usual = PAUSES[next(marks, "") if ends else ""]
    return round(usual * RATE / min(max(rate, SLOWEST), FASTEST))
