"""Reads prompt words: phrases, whole words, and the colours they name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from PIL import ImageColor

from comfyvn.draft.art.palette import Colour, from_hex

T = TypeVar("T")

_TAG = re.compile(r"<[^<>]*>")  # <lora:name:0.8>
_WEIGHT = re.compile(r":\s*[0-9.]+(?=[\s)\]]|$)")  # (word:1.2)
_BREAK = re.compile(r"[,;.\n|/!?()\[\]{}]+|\band\b|\bwith\b|\bwearing\b|\bin (?=an?\b|h[ei][rs]\b|the\b)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SUFFIX = {"haired": "hair", "eyed": "eyes", "skinned": "skin", "bearded": "beard", "freckled": "freckles"}
_SUFFIX_WORD = re.compile(r"[-\s](haired|eyed|skinned)\b|\b(bearded|freckled)\b")

_COLOUR_WORDS = {
    "cream": "#f3e9d2", "ivory": "#f6f0e0", "charcoal": "#3f4249", "mustard": "#d0a030", "burgundy": "#7a2338",
    "wine": "#7a2338", "scarlet": "#c63030", "rust": "#a8502c", "emerald": "#2f8f63", "sage": "#9caf88",
    "mint": "#a8dcc4", "turquoise": "#3fb5b0", "cobalt": "#2f54a8", "sapphire": "#2f54a8", "indigo": "#3c3f7a",
    "denim": "#4a6588", "lilac": "#c2a5d6", "mauve": "#a98aa8", "rose": "#d47f92", "peach": "#f2b899",
    "apricot": "#eeb078", "copper": "#a9663f", "bronze": "#94703c", "sand": "#d9c39c", "camel": "#b98f5c",
    "ochre": "#c28f3a", "terracotta": "#bd6a4a", "brown": "#7a5236", "tan": "#c9a678", "green": "#4d8a52",
    "red": "#bb3f3f", "blue": "#3f6fb0", "yellow": "#e3c14d", "pink": "#e29aaf", "purple": "#7a4fa0",
    "orange": "#d98038", "black": "#33323b", "white": "#f4f1ea", "grey": "#8d9098", "gray": "#8d9098",
    "silver": "#b9bec8", "gold": "#cda544", "golden": "#cda544", "navy": "#2c3a5e", "teal": "#2f8086",
}  # fmt: skip
_DEPTH = {"dark": -0.12, "deep": -0.1, "light": 0.12, "pale": 0.16, "bright": 0.06, "soft": 0.06, "pastel": 0.18}


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """Lower case, compatibility forms folded, weights and tags removed, `silver-haired` read as `silver hair`."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _WEIGHT.sub("", _TAG.sub(" ", text)).replace("_", " ")
    text = _SUFFIX_WORD.sub(lambda match: " " + _SUFFIX[match.group(1) or match.group(2)], text)
    return " ".join(_line_join(text.splitlines()).split(" "))


def _line_join(lines: Iterable[str]) -> str:
    return "\n".join(" ".join(line.split()) for line in lines)


@lru_cache(maxsize=512)
def phrases(text: str) -> tuple[str, ...]:
    """The text in small pieces that each speak of one thing."""
    return tuple(piece.strip() for piece in _BREAK.split(plain(text)) if piece.strip())


@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(plain(text)))


def says(text: str, *wanted: str) -> bool:
    """Is one of the wanted words (or runs of words) in the text, as whole words? A plural counts."""
    have = f" {' '.join(tokens(text))} "
    return any(f" {word} " in have or f" {word}s " in have for word in wanted)


def first(text: str, table: Mapping[str, T]) -> T | None:
    """The value of the longest key of `table` that the text says; of equally long ones, the one said first."""
    have = f" {' '.join(tokens(text))} "
    best: tuple[int, int] | None = None
    found: T | None = None
    for key, value in table.items():
        at = have.find(f" {key} ")
        if at < 0:
            at = have.find(f" {key}s ")
        if at >= 0 and (best is None or (-len(key), at) < best):
            best, found = (-len(key), at), value
    return found


def about(text: str, *topics: str) -> str:
    """The phrases that speak of one of the topics, as one text."""
    return ", ".join(piece for piece in phrases(text) if says(piece, *topics))


def colours(text: str) -> list[Colour]:
    """The colours a text names, in order; `dark`, `pale` … before a colour shift its lightness."""
    found: list[Colour] = []
    words = tokens(text)
    for before, word in zip(("", *words), words, strict=False):
        if word in _COLOUR_WORDS or word in ImageColor.colormap:
            value = _COLOUR_WORDS.get(word) or str(ImageColor.colormap[word])
            found.append(_worn(from_hex(value), _DEPTH.get(before, 0.0)))
    return found


def _worn(colour: Colour, step: float) -> Colour:
    """A named colour as cloth shows it: not as loud as a screen's."""
    return Colour(min(max(colour.l + step, 0.28), 0.96), min(colour.c, 0.15), colour.h)
