"""How a word of a lexicon is said: respelt in the letters of its language, or in IPA, or both.

IPA is the alphabet of dictionaries. A text between slashes is IPA (`/ˈmɑːrən/`); an object gives both, for engines that
take no IPA.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import Field

from comfyvn.contracts.model import Model

WORD, SAID = 200, 400  # characters

Said = Annotated[str, Field(min_length=1, max_length=SAID)]


class Pronunciation(Model):
    """A word in IPA, and respelt for engines that take none."""

    ipa: Said = Field(description="sounds as dictionaries write them, with or without slashes: ˈmɑːrən")
    spelt: Said | None = Field(default=None, description="how it is respelt for engines that take no IPA")


Lexicon = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=WORD)], Said | Pronunciation],
    Field(description="word → how it is said: respelt in the letters of its language, or in IPA between slashes"),
]


def ipa_of(said: str | Pronunciation) -> str:
    """The sounds of an entry, without slashes; "" for one that is respelt alone."""
    if isinstance(said, Pronunciation):
        return _bare(said.ipa.strip().removeprefix("/").removesuffix("/"))
    text = said.strip()
    return _bare(text[1:-1]) if len(text) > 1 and text[0] == text[-1] == "/" else ""


def spelt_of(said: str | Pronunciation) -> str | None:
    """How an entry is respelt; None where it is written as it stands."""
    if isinstance(said, Pronunciation):
        return said.spelt
    return None if ipa_of(said) else said


def _bare(ipa: str) -> str:
    return " ".join(unicodedata.normalize("NFC", ipa).split())


def is_ipa(text: str) -> bool:
    """Whether all of `text` can stand in IPA, and some of it is a sound."""
    return any(map(_is_sound, text)) and all(map(_is_of_ipa, text))


_BESIDE = " .‿'’ˈˌːˑ:|‖-"  # stress, length, syllables, groups


def _is_sound(letter: str) -> bool:
    return unicodedata.category(letter) in ("Ll", "Lo") and (ord(letter) < _CYRILLIC or ord(letter) in _PHONETIC)


def _is_of_ipa(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return _is_sound(letter) or letter in _BESIDE or kind in ("Mn", "Lm", "Sk")


_CYRILLIC = 0x0400  # before it stand Latin, with its IPA letters, and Greek (β, θ, χ)
_PHONETIC = range(0x1D00, 0x1DC0)  # ᵻ
