"""Words that are given in IPA, as engines are told them: between the rest of the text, and never what an author typed.

Engines take sounds in marks of their own (`[[…]]`, `[word](/…/)`): where the text itself has such marks, they are taken
apart (`defused`), so that they are read, and not obeyed.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from comfyvn.bridge.speech import Sounded, Speech

_log = logging.getLogger(__name__)

_OPENED = re.compile(r"\[(?=\[|$)")  # at the end, too: a mark of ours may follow
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_ELIDED = re.compile(r"\b(qu|[cdjlmnst])['’]$", re.IGNORECASE)
_ELIDED_SOUNDS = {"c": "s", "qu": "k", "j": "ʒ"}
_VOICELESS, _SIBILANT = ("p", "t", "k", "f", "θ"), ("s", "z", "ʃ", "ʒ")

_SPELLINGS = {
    "\u0361": "", "\u035c": "", ".": "", "‿": "", "|": "", "‖": "", "-": "",  # ties, and limits of syllables and groups
    "'": "ˈ", "’": "ˈ", ":": "ː", "g": "ɡ", "ʦ": "ts", "ʣ": "dz", "ʧ": "tʃ", "ʤ": "dʒ", "ʨ": "tɕ", "ʥ": "dʑ",
}  # fmt: skip


def sounds(ipa: str) -> str:
    """IPA in one spelling: NFD, no ties and dots, ˈ and ː for the signs that a keyboard has, letters for ligatures."""
    return "".join(_SPELLINGS.get(letter, letter) for letter in unicodedata.normalize("NFD", ipa))


@cache
def warn(who: str) -> None:
    """Says once that `who` takes no IPA."""
    _log.warning("%s takes no IPA: words that the lexicon gives in it are spoken as they are written", who)


@dataclass(frozen=True)
class Told:
    """What an engine is told; `places`: for each of its characters, which of the text's it stands for."""

    text: str
    places: tuple[int, ...]

    def place(self, at: int) -> int:
        """Where what is told at `at` stands in the text of the speech."""
        return self.places[min(at, len(self.places) - 1)]


def told(speech: Speech, written: Callable[[str, str], str], defused: Callable[[str], str]) -> Told:
    """The text of `speech` as an engine is told it: `written(word, ipa)` is how it takes a word in IPA.

    `defused` takes an engine's marks in the rest of the text apart: it may put spaces in, and nothing else.
    """
    text, places, at = "", list[int](), 0
    for one in (*_whole(speech), Sounded(len(speech.text), len(speech.text), "")):
        between = speech.text[at : one.start]
        plain = defused(between)
        text, places = text + plain, places + [at + place for place in _places(plain, between)]
        if one.ipa:
            word = written(speech.text[one.start : one.stop], one.ipa)
            text, places = text + word, places + [one.start] * len(word)
        at = one.stop
    return Told(text, tuple(places))


def unbracketed(text: str) -> str:
    """`text` without the marks `[[…]]`, in which eSpeak NG and Piper are told sounds."""
    return _OPENED.sub("[ ", text)


def _places(plain: str, text: str) -> Iterator[int]:
    """Where each character of `plain`, which is `text` with spaces put in, stands there."""
    at = 0
    for letter in plain:
        is_new = at >= len(text) or letter != text[at]
        yield max(at - 1, 0) if is_new else at
        at += not is_new


def _whole(speech: Speech) -> Iterator[Sounded]:
    """The words in IPA with what hangs on them: an English `'s`, a French `d'`. Engines would spell that out."""
    language = speech.language.replace("_", "-").partition("-")[0].lower()
    for one in speech.phonemes:
        if language == "en" and (tail := _POSSESSIVE.match(speech.text, one.stop)):
            yield replace(one, stop=tail.end(), ipa=one.ipa + _plural(sounds(one.ipa)))
        elif language == "fr" and (head := _ELIDED.search(speech.text[: one.start])):
            letter = head[1].lower()
            yield replace(one, start=head.start(), ipa=_ELIDED_SOUNDS.get(letter, letter) + one.ipa)
        else:
            yield one


def _plural(ipa: str) -> str:
    if ipa.endswith(_SIBILANT):
        return "ɪz"
    return "s" if ipa.endswith(_VOICELESS) else "z"
