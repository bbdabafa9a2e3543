"""Checks a lexicon: words that can be found in a text, and respellings that a voice can say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from comfyvn.contracts import place
from comfyvn.contracts.mistakes import shown
from comfyvn.contracts.text import has_words
from comfyvn.errors import Problem

# As dictionaries write it, as eSpeak NG and SSML do; and by the stress and length marks that no orthography has.
_PHONEMES = re.compile(r"\s*(?:/.*/|\[.*\])\s*|.*<\s*phoneme\b.*|.*[\u02c8\u02cc\u02d0\u02d1].*", re.DOTALL)


def check_lexicon(key: str, path: tuple[str, ...], words: Mapping[str, str]) -> Iterator[Problem]:
    """Findings about `words` (word → how it is said), which stand at `path` of the contract `key`."""
    for word, said in words.items():
        here = place.show((*path, word))
        if not has_words(word):
            yield Problem(key, "no text has such a word", path=here, value=shown(word), allowed="a word or several")
        if _PHONEMES.fullmatch(said):
            message = f'"{word}" is given in phonemes, which one engine takes and another spells out'
            allowed = "the word respelt in the letters of its language, such as MAH-ren"
            yield Problem(key, message, path=here, value=shown(said), allowed=allowed)
        elif not has_words(said):
            allowed = "the word respelt in the letters of its language"
            yield Problem(key, f'"{word}" would not be said', path=here, value=shown(said), allowed=allowed)
