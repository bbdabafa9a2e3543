"""Checks a lexicon: words that can be found in a text, and respellings and sounds that a voice can say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from comfyvn.contracts import place
from comfyvn.contracts.mistakes import shown
from comfyvn.contracts.pronunciation import Pronunciation, ipa_of, is_ipa, spelt_of
from comfyvn.contracts.text import has_words
from comfyvn.contracts.voice import PHONETIC
from comfyvn.errors import Problem

# As eSpeak NG and SSML write them; and by the stress and length marks that no orthography has.
_PHONEMES = re.compile(r"\s*\[.*\]\s*|.*<\s*phoneme\b.*|.*[\u02c8\u02cc\u02d0\u02d1].*", re.DOTALL)
RESPELT = "the word respelt in the letters of its language, such as MAH-ren"


def check_lexicon(
    key: str, path: tuple[str, ...], words: Mapping[str, str | Pronunciation], engines: Sequence[str]
) -> Iterator[Problem]:
    """Findings about `words` (word → how it is said), which stand at `path` of the contract `key`; `engines`: who is
    asked to say them, in order of preference.
    """
    for word, said in words.items():
        here, ipa, spelt = place.show((*path, word)), ipa_of(said), spelt_of(said)
        if not has_words(word):
            yield Problem(key, "no text has such a word", path=here, value=shown(word), allowed="a word or several")
        if (ipa or isinstance(said, Pronunciation)) and not is_ipa(ipa):
            message = f'"{word}" is not given in IPA'
            yield Problem(key, message, path=here, value=shown(ipa), allowed="IPA, such as /ˈmɑːrən/; or " + RESPELT)
        if spelt is not None and _PHONEMES.fullmatch(spelt):
            message = f'"{word}" is given in phonemes that one engine takes and another spells out'
            yield Problem(key, message, path=here, value=shown(spelt), allowed=f"IPA between slashes, or {RESPELT}")
        elif spelt is not None and not has_words(spelt):
            yield Problem(key, f'"{word}" would not be said', path=here, value=shown(spelt), allowed=RESPELT)
    yield from _unsaid(key, path, words, engines)


def _unsaid(
    key: str, path: tuple[str, ...], words: Mapping[str, str | Pronunciation], engines: Sequence[str]
) -> Iterator[Problem]:
    """One warning for all words whose sounds the first engine does not take, and that are respelt for nobody."""
    found = [word for word, said in words.items() if ipa_of(said) and spelt_of(said) is None]
    if found and engines and engines[0] not in PHONETIC:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        message = f'{engines[0]} takes no IPA: "{found[0]}"{more} is spoken as it is written'
        allowed = 'both, such as {"ipa": "ˈmɑːrən", "spelt": "MAH-ren"}'
        yield Problem(key, message, path=place.show((*path, found[0])), allowed=allowed, severity="warning")
