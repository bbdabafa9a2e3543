"""Poses as arms, turn, weight and seat, and the words that name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.svg import Point
from comfyvn.draft.art.words import first, phrases, plain, says, tokens


@dataclass(frozen=True)
class Arm:
    """Elbow and wrist as seen from the shoulder joint of an adult: x outwards, y down; it may be `behind` the body."""

    elbow: Point
    wrist: Point
    hand: str = "relaxed"  # relaxed, open, fist, point, peace, flat, grip, hidden
    behind: bool = False
    angle: float | None = None  # where the hand points, in degrees (0 outwards, 90 down); None: along the forearm


@dataclass(frozen=True)
class Pose:
    left: Arm  # the viewer's left
    right: Arm
    turn: int = 0  # −1, 0, 1
    sway: float = 0.0  # how far the hips are shifted to the viewer's right
    sitting: bool = False
    item: str = ""  # what the hands hold


DOWN = Arm((20, 186), (14, 346))
HIP = Arm((92, 160), (-12, 258), "fist", angle=150)
CROSS_UNDER = Arm((36, 178), (-146, 132), "flat", angle=205)
CROSS_OVER = Arm((36, 180), (-122, 196), "hidden")
WAVE = Arm((84, 118), (126, -44), "open", angle=-82)
PEACE = Arm((70, 130), (104, -26), "peace", angle=-88)
POINT = Arm((62, 148), (84, 0), "point", angle=-86)
POINT_OUT = Arm((104, 106), (214, 26), "point", angle=-30)
CLASP = Arm((44, 178), (-82, 296), "relaxed", angle=152)
CHEST = Arm((48, 178), (-62, 96), "relaxed", angle=205)
PRAY = Arm((50, 182), (-82, 128), "flat", angle=258)
HOLD = Arm((34, 184), (-66, 172), "grip", angle=190)
BEHIND = Arm((40, 184), (-26, 296), "hidden", behind=True)
CHIN = Arm((24, 184), (-62, 0), "fist", angle=250)
SUPPORT = Arm((34, 184), (-120, 186), "relaxed", angle=180)
SHRUG = Arm((64, 160), (156, 88), "open", angle=-20)
CHEER = Arm((92, 92), (96, -88), "fist", angle=-92)
SALUTE = Arm((122, 44), (46, -132), "flat", angle=236)
REACH = Arm((72, 150), (138, 34), "open", angle=-40)
POCKET = Arm((48, 176), (4, 318), "hidden")
LAP = Arm((34, 184), (-44, 330), "relaxed", angle=150)
MOUTH = Arm((26, 184), (-66, -22), "flat", angle=226)
HEAD = Arm((120, 52), (34, -150), "open", angle=215)
LANTERN = Arm((72, 152), (128, 72), "grip", angle=20)
CARRY = Arm((38, 182), (-40, 236), "grip", angle=185)

_ARMS: dict[str, tuple[Arm, Arm, str]] = {  # the viewer's left arm, the right one, and what is held
    "down": (DOWN, DOWN, ""),
    "hip": (DOWN, HIP, ""),
    "akimbo": (HIP, HIP, ""),
    "crossed": (CROSS_UNDER, CROSS_OVER, ""),
    "wave": (DOWN, WAVE, ""),
    "peace": (DOWN, PEACE, ""),
    "point": (DOWN, POINT, ""),
    "point_out": (HIP, POINT_OUT, ""),
    "clasp": (CLASP, CLASP, ""),
    "chest": (DOWN, CHEST, ""),
    "pray": (PRAY, PRAY, ""),
    "behind": (BEHIND, BEHIND, ""),
    "chin": (SUPPORT, CHIN, ""),
    "shrug": (SHRUG, SHRUG, ""),
    "cheer": (DOWN, CHEER, ""),
    "cheer_both": (CHEER, CHEER, ""),
    "salute": (DOWN, SALUTE, ""),
    "reach": (DOWN, REACH, ""),
    "pockets": (POCKET, POCKET, ""),
    "mouth": (DOWN, MOUTH, ""),
    "head": (DOWN, HEAD, ""),
    "lap": (LAP, LAP, ""),
    "cup": (HOLD, HOLD, "cup"),
    "book": (HOLD, HOLD, "book"),
    "letter": (HOLD, HOLD, "letter"),
    "flower": (HOLD, HOLD, "flower"),
    "box": (CARRY, CARRY, "box"),
    "tray": (HOLD, HOLD, "tray"),
    "phone": (DOWN, Arm((44, 178), (20, 40), "grip", angle=-100), "phone"),
    "lantern": (DOWN, LANTERN, "lantern"),
    "umbrella": (DOWN, Arm((46, 176), (30, 36), "grip", angle=-90), "umbrella"),
    "sword": (DOWN, Arm((60, 164), (108, 240), "grip", angle=20), "sword"),
    "bag": (DOWN, Arm((26, 186), (18, 340), "grip"), "bag"),
}

WORDS: dict[str, str] = {
    "arms at sides": "down", "arms down": "down", "at ease": "down", "neutral pose": "down", "leaning": "hip",
    "hand on hip": "hip", "hand on her hip": "hip", "hand on his hip": "hip", "hands on hips": "akimbo",
    "hands on hip": "akimbo", "akimbo": "akimbo", "power pose": "akimbo", "arms crossed": "crossed",
    "crossed arms": "crossed", "arms folded": "crossed", "folded arms": "crossed", "crossing arms": "crossed",
    "waving": "wave", "wave": "wave", "greeting": "wave", "hand raised": "wave", "raised hand": "wave", "hello": "wave",
    "raising hand": "wave", "peace sign": "peace", "victory sign": "peace", "v sign": "peace", "pointing": "point",
    "point": "point", "finger raised": "point", "raised finger": "point", "index finger": "point",
    "explaining": "point", "lecturing": "point", "pointing away": "point_out", "pointing out": "point_out",
    "pointing forward": "point_out", "pointing at": "point_out", "hands together": "clasp", "hands clasped": "clasp",
    "clasped hands": "clasp", "hands folded": "clasp", "folded hands": "clasp", "hands in front": "clasp",
    "bowing": "clasp", "hand on chest": "chest", "hand on heart": "chest", "hand over heart": "chest",
    "hand to chest": "chest", "praying": "pray", "prayer": "pray", "pleading": "pray", "begging": "pray",
    "palms together": "pray", "hands behind back": "behind", "arms behind back": "behind",
    "hands behind her back": "behind", "hands behind his back": "behind", "behind back": "behind",
    "thinking": "chin", "thinking pose": "chin", "hand on chin": "chin", "hand to chin": "chin",
    "chin on hand": "chin", "pondering": "chin", "shrug": "shrug", "shrugging": "shrug", "arms open": "shrug",
    "open arms": "shrug", "arms spread": "shrug", "arms outstretched": "shrug", "welcoming": "shrug",
    "fist raised": "cheer", "raised fist": "cheer", "cheering": "cheer_both", "arms raised": "cheer_both",
    "arms up": "cheer_both", "jumping": "cheer_both", "celebrating": "cheer_both", "salute": "salute",
    "saluting": "salute", "reaching": "reach", "reaching out": "reach", "offering hand": "reach",
    "outstretched hand": "reach", "hand out": "reach", "hand extended": "reach", "hands in pockets": "pockets",
    "hand in pocket": "pockets", "pockets": "pockets", "hand over mouth": "mouth", "covering mouth": "mouth",
    "hand to mouth": "mouth", "whispering": "mouth", "scratching head": "head", "hand behind head": "head",
    "hand on head": "head", "hand in hair": "head", "hands on lap": "lap", "hands in lap": "lap",
    "holding a cup": "cup", "holding cup": "cup", "cup": "cup", "mug": "cup", "teacup": "cup", "tea": "cup",
    "coffee": "cup", "book": "book", "notebook": "book", "logbook": "book",
    "letter": "letter", "paper": "letter", "envelope": "letter", "map": "letter", "flowers": "flower",
    "bouquet": "flower", "flower": "flower", "box": "box",
    "crate": "box", "basket": "box", "tray": "tray", "phone": "phone", "smartphone": "phone", "lantern": "lantern",
    "lamp": "lantern", "torch": "lantern", "umbrella": "umbrella", "parasol": "umbrella", "sword": "sword",
    "katana": "sword", "staff": "sword", "bag": "bag", "suitcase": "bag", "briefcase": "bag", "bucket": "bag",
}  # fmt: skip
_HOLDING = (
    "holding", "holds", "hold", "carrying", "carries", "carry", "raising", "lifting", "clutching", "gripping",
    "wielding", "reading", "drinking", "offering", "showing",
)  # fmt: skip
_VAGUE = {
    "reading": "book", "drinking": "cup", "holding": "cup", "hold": "cup", "carrying": "box", "carry": "box",
    "standing": "down", "stand": "down", "walking": "down", "idle": "down", "relaxed": "down",
}  # fmt: skip
"""Verbs that leave the arms or what is held open: asked only when no other word says it."""
_PARTS = re.compile(r"\b(?:of|on|in|at|by|near|under|over|above|behind|beside|before|to|for|from|against|towards?)\b")
SEAT_WORDS = ("sitting", "seated", "sit", "sits", "on a chair", "on a bench", "on a stool", "kneeling", "crouching")
TURN_WORDS = {
    "facing left": -1, "looking left": -1, "turned left": -1, "from the left": -1, "facing right": 1,
    "looking right": 1, "turned right": 1, "from the right": 1, "facing viewer": 0, "facing forward": 0,
    "front view": 0,
    "looking at viewer": 0, "turned away": 1, "three quarter": 1, "side view": 1,
}  # fmt: skip


def read_pose(text: str) -> Pose:
    """Unknown words stand with arms down; what the words leave open (turn, weight, side) follows their hash."""
    dice = Dice("pose\x1f" + plain(text))
    sitting = says(text, *SEAT_WORDS)
    name = _held(text) or first(text, WORDS) or first(text, _VAGUE) or "down"
    if sitting and name == "down":
        name = "lap"
    left, right, item = _ARMS[name]
    told = first(text, TURN_WORDS)
    pose = Pose(left, right, dice.pick("turn", (-1, 0, 1)) if told is None else told, 0.0, sitting, item)
    if name not in ("crossed", "chin") and not item and dice.chance("mirror", 0.3):
        pose = replace(pose, left=right, right=left)
    return pose if sitting else replace(pose, sway=dice.pick("sway", (-9.0, 0.0, 9.0)))


def speaks_of(phrase: str) -> bool:
    """Does the phrase say anything about a pose?"""
    tables: tuple[Mapping[str, object], ...] = (WORDS, _VAGUE, TURN_WORDS)
    return any(first(phrase, table) is not None for table in tables)


def _held(text: str) -> str | None:
    """What is held by the words: the last thing named after a verb of holding, before words of where it is."""
    for phrase in phrases(text):
        if says(phrase, *_HOLDING):
            found = [_thing(word) for word in tokens(_PARTS.split(phrase, maxsplit=1)[0])]
            things = [thing for thing in found if thing is not None]
            if things:
                return things[-1]
    return None


def _thing(word: str) -> str | None:
    """The arms that hold what the word names."""
    name = WORDS.get(word) or WORDS.get(word.removesuffix("s"))
    return name if name is not None and _ARMS[name][2] else None
