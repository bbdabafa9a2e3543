"""Translations: what the lines of a scene, and the other texts of a novel, say in a further language.

A line's translation hangs on the line's id and keeps the digest of the text that was translated: when the line says
something else, the translation is *stale*, and still shown. What has no id (names, titles, buttons) hangs on its text.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Annotated

from pydantic import Field

from comfyvn.contracts.model import Contract, Id, Model, Text

DIGEST_LENGTH = 12  # hexadecimal digits: it tells two wordings of one line apart, and a person can read it
Digest = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{DIGEST_LENGTH}}}$")]
Original = Annotated[str, Field(min_length=1, max_length=20000)]


def source_digest(text: str) -> str:
    """What a translation keeps of the text that it was made of: the first digits of its SHA-256, in NFC and UTF-8."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:DIGEST_LENGTH]


class LineTranslation(Model):
    """A line, a menu's prompt, a choice or a question in this language."""

    text: Text = Field(description="what is shown, with markup and [variables]; empty: not translated yet")
    spoken: Text | None = Field(default=None, description="what the voice says instead of the text")
    source: Digest | None = Field(
        default=None, description="digest of the text that was translated; `comfyvn translate` writes it"
    )
    note: str = Field(default="", description="the translator's note; nothing is derived from it")


class SceneTranslation(Contract):
    """`data/tl/<language>/<scene>.json`: the lines of one scene in another language."""

    lines: dict[Id, LineTranslation] = Field(default_factory=dict, description="line id → the line in this language")


class NovelTranslation(Contract):
    """`data/tl/<language>.json`: a language by its own name, and every text that is no line of a scene."""

    name: str = Field(default="", description="how the language calls itself, such as Deutsch; known for common ones")
    strings: dict[Original, Text] = Field(
        default_factory=dict, description="text (a name, title, ending or button) → what it is in this language"
    )
