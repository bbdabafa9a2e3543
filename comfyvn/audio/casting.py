"""Picks a voice for a character who states none: words that describe them decide, a hash of their id does the rest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Choice = TypeVar("Choice")

NARRATORS = ("", "narrator", "narration")

NARRATION: Mapping[str, str | int] = {"variant": "m3", "pitch": 46, "pitch_range": 42, "rate": 158}
"""Neutral and unhurried; no character is cast with this variant."""


@dataclass(frozen=True)
class Kind:
    """A kind of speaker: variants of eSpeak NG 1.52 that differ clearly, and the settings around which they vary.

    `pitch` runs from 0 to 99 (50: the variant's own), `rate` is in words per minute.
    """

    variants: tuple[str, ...]
    pitch: int = 50
    rate: int = 168


# Median F0 at pitch 50, measured on one English sentence, is in the comments (Hz). Left out: variants that clip, that
# buzz, that whisper, or that a listener cannot tell from one that is here.
KINDS: Mapping[str, Kind] = {
    "woman": Kind(("f2", "f3", "f5", "Annie", "linda", "aunty")),  # 188, 202, 199, 223, 225, 176
    "girl": Kind(("f3", "f5", "Annie", "linda", "Andrea"), pitch=66, rate=178),  # 202 to 240, raised
    "old woman": Kind(("grandma", "f1", "f4"), pitch=44, rate=140),  # 193, 172, 174
    "man": Kind(("m1", "m7", "Alex", "Gene2", "Reed", "Michael")),  # 91, 103, 103, 112, 111, 105
    "boy": Kind(("Nguyen", "Alex", "Gene2"), pitch=80, rate=178),  # 143, 103, 112, raised
    "old man": Kind(("grandpa", "quincy", "m4"), pitch=40, rate=136),  # 104, 89, 90
    "child": Kind(("Andrea", "linda", "f5"), pitch=76, rate=180),  # raised as far as stays clear
    "deep man": Kind(("m8", "david", "Mike"), pitch=34, rate=152),  # 83, 71, 88, lowered
    "deep woman": Kind(("f1", "f4", "aunty"), pitch=34, rate=156),  # 172, 174, 176, lowered
    "robot": Kind(("UniRobot", "robosoft6"), rate=160),
    "monster": Kind(("Demonic",), pitch=40, rate=140),
    "ghost": Kind(("whisper", "whisperf"), rate=140),
}

_ADULTS = ("woman", "man")

_FEMALE = (
    "girl|woman|women|female|lady|feminine|she|her|mother|mom|mum|sister|daughter|aunt|auntie|queen|princess|witch|maid"
    "|waitress|actress|heroine|goddess|priestess|nun|schoolgirl|1girl|girlfriend|wife|bride|grandmother|grandma|granny"
)
_MALE = (
    "boy|man|men|male|gentleman|masculine|he|him|his|father|dad|brother|son|uncle|king|prince|wizard|butler|waiter"
    "|actor|monk|priest|schoolboy|1boy|boyfriend|husband|groom|grandfather|grandpa|guy|lad"
)
_CHILD = "child|kid|toddler|(?:little|small) (?:girl|boy)"
_YOUTH = "girl|schoolgirl|boy|schoolboy|lad|teen|teenage|teenager"  # an image prompt's "1girl" may be of any age
_GROWN = "adult|mature|middle-aged"
_OLD = (
    "elderly|grandmother|grandma|granny|grandfather|grandpa|wizened|crone"
    r"|old(?:er)?\s+(?:\w+\s+)?(?:man|woman|lady|gentleman|male|female|witch|wizard|priest|monk|nun|king|queen)"
)
_DEEP = r"deep(?=[\s-]voice|\s+(?:wo)?man|\s+(?:fe)?male|\s*[,.;]|\s*$)|gruff|booming|gravelly"  # not "deep blue eyes"
_OTHER = {
    "robot": "robot|android|cyborg",
    "monster": r"(?:monster|demon|ogre|orc)(?!\s+(?:hunt|slay))",
    "ghost": r"ghost(?!\s+(?:hunt|story|stories|writer))",
}
_AGE = re.compile(r"\b(\d{1,3})[\s-]*(?:years?|yrs?)[\s-]*old\b|\baged?[\s:]+(\d{1,3})\b")
_GROWN_AT = {"woman": 20, "man": 16}  # years from which the voice is the adult one

_PACE = {"slow|slowly|calm|sleepy|tired|gentle|solemn|drawling": -18, "fast|quick|energetic|hyper|excitable|bubbly": 18}
_HEIGHT = {"high-pitched|squeaky|shrill|high voice": 14, "low voice|husky|smoky|mellow": -12}


def cast(character_id: str, words: str = "") -> dict[str, str | int]:
    """Settings of a voice (`variant`, `pitch` 0–99, `pitch_range` 0–99, `rate` in words a minute) for a character.

    `words` is anything that describes the character (name, prompt, notes): "girl", "woman", "old man", "boy", "deep",
    an age in years and the like decide what kind of voice it is; the id decides which one of that kind. The same
    arguments always give the same voice, whoever else is in the novel. A narrator's is neutral.
    """
    described = words.lower()
    if character_id in NARRATORS and not described:
        return dict(NARRATION)
    dice = hashlib.sha256(character_id.encode()).digest()
    kind = KINDS[kind_of(described, otherwise=_pick(_ADULTS, dice[0]))]
    pitch = kind.pitch + _pick((-9, -5, 0, 5, 9), dice[2]) + _shift(_HEIGHT, described)
    rate = kind.rate + _pick((-12, -4, 4, 12), dice[3]) + _shift(_PACE, described)
    return {
        "variant": _pick(kind.variants, dice[1]),
        "pitch": min(max(pitch, 0), 99),
        "pitch_range": _pick((42, 50, 58, 66), dice[4]),
        "rate": rate,
    }


def kind_of(words: str, otherwise: str) -> str:
    """The key of `KINDS` that `words` (lower case) describe; `otherwise`, "woman" or "man", where they name neither."""
    for kind, names in _OTHER.items():
        if _first(names, words) >= 0:
            return kind
    female, male = _first(_FEMALE, words), _first(_MALE, words)
    if female < 0 and male < 0:
        return _aged(otherwise, words)
    return _aged("woman" if male < 0 or 0 <= female < male else "man", words)


def _aged(person: str, words: str) -> str:
    age = _age(words)
    if 0 <= age < 11 or (age < 0 and _first(_CHILD, words) >= 0):
        return "child"
    if age >= 60 or _first(_OLD, words) >= 0:
        return f"old {person}"
    if _first(_DEEP, words) >= 0:
        return f"deep {person}"
    young = _first(_YOUTH, words) >= 0 and _first(_GROWN, words) < 0
    if age < _GROWN_AT[person] if age >= 0 else young:
        return "girl" if person == "woman" else "boy"
    return person


def _age(words: str) -> int:
    found = _AGE.search(words)
    return int(found[1] or found[2]) if found else -1


def _first(names: str, words: str) -> int:
    """Where one of `names` (alternatives, whole words) first stands in `words`; −1: nowhere."""
    found = re.search(rf"\b(?:{names})(?!\w)", words)
    return found.start() if found else -1


def _shift(table: Mapping[str, int], words: str) -> int:
    return sum(value for names, value in table.items() if _first(names, words) >= 0)


def _pick(choices: Sequence[Choice], die: int) -> Choice:
    return choices[die % len(choices)]
