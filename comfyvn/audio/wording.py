"""Text as it is handed to a voice: one line, no control characters, and whether there is anything in it to say."""

from __future__ import annotations

import unicodedata

from comfyvn.contracts.text import has_words

__all__ = ["has_words", "spoken_text"]

JOINERS = "\u200c\u200d"  # they shape Persian words and join emoji: part of the spelling


def spoken_text(text: str) -> str:
    """`text` composed (NFC), with every run of white space, control and line-breaking characters as one space.

    Invisible format characters (text direction, soft hyphen, byte order mark) and lone surrogates are dropped: they
    are not heard, and some engines take control characters for commands.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # most lines of most novels: nothing in them to look at one by one
    kept = "".join(_heard(character) for character in unicodedata.normalize("NFC", text))
    return " ".join(kept.split())


def _heard(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    if category == "Cs" or (category == "Cf" and character not in JOINERS):
        return ""
    return character
