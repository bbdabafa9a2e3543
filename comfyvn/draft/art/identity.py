"""Who a figure is: what stays the same in every outfit, pose and expression, read from words, else from a hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.palette import EYES, EYES_BY_CHANCE, HAIR, HAIR_BY_CHANCE, SKIN, SKIN_BY_CHANCE, Colour
from comfyvn.draft.art.words import about, colours, first, phrases, plain, says, tokens


@dataclass(frozen=True)
class Identity:
    """`build` and the shapes are keys that face, hair and body drawing know; `height` −1 (short) … 1 (tall)."""

    dice: Dice
    sex: str  # "f" or "m": how the body is built
    age: str  # child, teen, adult, old
    height: float
    build: str  # slim, average, broad, heavy
    head: str  # oval, round, heart, square, long
    skin: Colour
    hair: str
    fringe: str
    hair_colour: Colour
    eye: str  # round, almond, droopy, upturned, calm
    eye_colour: Colour
    brow: str  # thin, soft, thick
    glasses: str  # "", round, square, half
    beard: str  # "", stubble, moustache, goatee, full
    ears: str  # round, pointed, animal
    marks: frozenset[str]  # freckles, scar, mole, eyepatch, wrinkles, lipstick
    accessory: str  # "", clip, ribbon, earrings, headband, flower, headphones, horns, halo
    hat: str  # "", cap, straw, beret, sailor, wide, beanie, witch, crown, helmet
    accent: Colour


_FEMALE = ("woman", "girl", "lady", "female", "mother", "sister", "daughter", "aunt", "grandmother", "grandma",
           "1girl", "princess", "queen", "witch", "maid", "actress", "she", "her", "heroine", "waitress", "nun",
           "goddess", "wife", "miss", "mrs", "ms", "feminine", "mermaid", "schoolgirl", "granny")  # fmt: skip
_MALE = ("man", "boy", "guy", "gentleman", "male", "father", "brother", "son", "uncle", "grandfather", "grandpa",
         "1boy", "prince", "king", "wizard", "butler", "actor", "he", "his", "monk", "god", "husband", "mr",
         "fisherman", "masculine",
         "schoolboy", "sailor", "beard", "moustache", "mustache", "stubble", "goatee")  # fmt: skip
_AGES = {
    "child": "child", "kid": "child", "little girl": "child", "little boy": "child", "toddler": "child",
    "children": "child", "young girl": "child", "young boy": "child", "girl": "teen", "boy": "teen", "teen": "teen",
    "teenage": "teen", "teenager": "teen", "student": "teen", "schoolgirl": "teen", "schoolboy": "teen",
    "1girl": "teen", "1boy": "teen", "young": "teen", "old": "old", "elderly": "old", "aged": "old",
    "grandmother": "old", "grandfather": "old", "grandma": "old", "grandpa": "old", "granny": "old",
    "wrinkles": "old", "wrinkled": "old", "seventy": "old", "sixty": "old", "eighty": "old", "elder": "old",
    "young man": "adult", "young woman": "adult", "woman": "adult", "man": "adult", "lady": "adult",
    "adult": "adult", "mature": "adult", "middle aged": "adult", "mother": "adult", "father": "adult",
    "old man": "old", "old woman": "old", "old lady": "old", "years old": "", "old fashioned": "",
}  # fmt: skip
_HAIR_STYLES = {
    "bob": "bob", "bobbed": "bob", "chin length": "bob", "long": "long", "straight": "long", "ponytail": "ponytail",
    "pony tail": "ponytail", "twin tails": "twintails", "twintails": "twintails", "twintail": "twintails",
    "pigtails": "twintails", "pigtail": "twintails", "short": "short", "cropped": "short", "crew cut": "short",
    "spiky": "spiky", "messy": "spiky", "tousled": "spiky", "unruly": "spiky", "wild": "spiky", "bun": "bun",
    "chignon": "bun", "updo": "bun", "topknot": "bun", "braid": "braid", "braided": "braid", "plait": "braid",
    "braids": "braid", "undercut": "undercut", "mohawk": "undercut", "slicked back": "undercut", "veil": "veil",
    "headscarf": "veil", "hijab": "veil", "hooded": "veil", "wavy": "wavy", "waves": "wavy", "curly": "curly",
    "curls": "curly", "afro": "curly", "frizzy": "curly", "coiled": "curly", "hime cut": "hime", "hime": "hime",
    "pixie": "pixie", "bald": "bald", "shaved head": "bald", "bald head": "bald", "side ponytail": "sidetail",
    "side tail": "sidetail", "shoulder length": "lob", "medium": "lob", "half up": "wavy", "dreadlocks": "wavy",
    "windblown": "lob", "windswept": "lob", "long wavy": "wavy", "long curly": "wavy", "short curly": "curly",
    "long braid": "braid", "long ponytail": "ponytail", "high ponytail": "ponytail", "short messy": "spiky",
    "short spiky": "spiky", "loose bun": "bun", "low bun": "bun",
}  # fmt: skip
_HAIR_TOPICS = ("hair", "haired", "ponytail", "twintails", "twintail", "twin tails", "pigtails", "bob", "braid",
                "braids", "bun", "afro", "bald", "curls", "hime", "veil", "hijab", "mohawk", "undercut", "plait",
                "bangs", "fringe", "topknot", "pixie", "headscarf", "dreadlocks")  # fmt: skip
_FRINGES = {
    "blunt": "blunt", "straight bangs": "blunt", "side swept": "swept", "swept": "swept", "parted": "parted",
    "middle part": "parted", "curtain": "curtain", "swept back": "back", "slicked": "back", "no bangs": "back",
    "messy": "jagged", "choppy": "jagged", "windblown": "jagged", "tousled": "jagged",
}  # fmt: skip
_HAIR_WORDS = {
    **{name: name for name in HAIR}, "blond": "blonde", "golden": "blonde", "yellow": "blonde", "gray": "grey",
    "greying": "grey", "graying": "grey", "platinum": "silver", "raven": "black", "dark": "black", "jet": "black",
    "brunette": "brown", "copper": "ginger", "violet": "purple", "lavender": "lilac", "turquoise": "teal",
    "aqua": "teal", "cyan": "teal", "light brown": "sandy", "dark brown": "chestnut", "strawberry": "ginger",
    "salt and pepper": "grey", "dark blue": "navy", "dark green": "green", "crimson": "red", "scarlet": "red",
    "honey": "sandy", "ash": "silver", "rose": "pink", "snow": "white",
}  # fmt: skip
_EYE_WORDS = {
    **{name: name for name in EYES}, "gray": "grey", "golden": "gold", "yellow": "gold", "purple": "violet",
    "lavender": "violet", "emerald": "green", "sea": "teal", "turquoise": "teal", "aqua": "teal", "sapphire": "blue",
    "crimson": "red", "orange": "amber", "honey": "amber", "dark": "brown", "silver": "grey", "lilac": "violet",
}  # fmt: skip
_SKIN_WORDS = {
    **{name: name for name in SKIN}, "white": "porcelain", "black": "dark", "ebony": "dark", "tanned": "tan",
    "sun tanned": "tan", "weathered": "tan", "golden": "tan", "bronze": "brown", "dark brown": "dark",
    "warm": "olive", "rosy": "pale", "deep": "dark", "light brown": "brown",
}  # fmt: skip
_EYE_SHAPES = {"round": "round", "big": "round", "large": "round", "wide": "round", "almond": "almond",
               "droopy": "droopy", "sleepy": "droopy", "gentle": "droopy", "kind": "droopy", "sharp": "upturned",
               "upturned": "upturned", "cat": "upturned", "narrow": "calm", "calm": "calm", "tired": "droopy",
               "fierce": "upturned", "small": "calm"}  # fmt: skip
_BUILDS = {"slim": "slim", "slender": "slim", "thin": "slim", "lean": "slim", "skinny": "slim", "petite": "slim",
           "lanky": "slim", "athletic": "average", "broad": "broad", "muscular": "broad", "strong": "broad",
           "burly": "broad", "stocky": "heavy", "fat": "heavy", "plump": "heavy", "chubby": "heavy", "stout": "heavy",
           "round bellied": "heavy", "heavyset": "heavy", "big": "broad"}  # fmt: skip
_BEARDS = {"beard": "full", "full beard": "full", "bushy beard": "full", "white beard": "full", "stubble": "stubble",
           "unshaven": "stubble", "moustache": "moustache", "mustache": "moustache", "goatee": "goatee",
           "short beard": "goatee", "long beard": "full", "clean shaven": ""}  # fmt: skip
_GLASSES = {"glasses": "round", "spectacles": "round", "eyeglasses": "square", "round glasses": "round",
            "square glasses": "square", "rectangular glasses": "square", "half moon glasses": "half",
            "reading glasses": "half", "horn rimmed glasses": "square", "half rim glasses": "half"}  # fmt: skip
_MARKS = {"freckle": "freckles", "freckles": "freckles", "scar": "scar", "scarred": "scar", "mole": "mole",
          "beauty mark": "mole", "eyepatch": "eyepatch", "eye patch": "eyepatch", "lipstick": "lipstick",
          "red lips": "lipstick", "wrinkles": "wrinkles", "wrinkled": "wrinkles"}  # fmt: skip
_ACCESSORIES = {"hairclip": "clip", "hair clip": "clip", "hairpin": "clip", "barrette": "clip", "ribbon": "ribbon",
                "hair ribbon": "ribbon", "bow": "ribbon", "hair bow": "ribbon", "earring": "earrings",
                "earrings": "earrings", "headband": "headband", "hairband": "headband", "flower in hair": "flower",
                "flower in her hair": "flower", "hair flower": "flower", "flower crown": "flower",
                "headphones": "headphones", "horns": "horns", "halo": "halo", "bandana": "headband",
                "goggles": "headband", "tiara": "crown"}  # fmt: skip
HATS = {"hat": "wide", "cap": "cap", "baseball cap": "cap", "flat cap": "cap", "beret": "beret", "straw hat": "straw",
        "sun hat": "straw", "sailor hat": "sailor", "sailor cap": "sailor", "captain's cap": "sailor",
        "captain hat": "sailor", "peaked cap": "sailor", "keeper's cap": "sailor", "beanie": "beanie",
        "knit cap": "beanie", "wool cap": "beanie", "woolly hat": "beanie", "knitted hat": "beanie",
        "witch hat": "witch", "wizard hat": "witch", "pointed hat": "witch", "crown": "crown", "helmet": "helmet",
        "fedora": "wide", "wide brimmed hat": "wide", "top hat": "wide", "sou'wester": "straw",
        "bucket hat": "straw", "wool hat": "beanie"}  # fmt: skip

_HAIR_F = ("bob", "long", "ponytail", "twintails", "bun", "braid", "wavy", "hime", "lob", "pixie", "sidetail", "curly")
_HAIR_M = ("short", "short", "spiky", "undercut", "curly", "lob", "pixie", "short")
_FRINGE_F = ("blunt", "swept", "parted", "curtain", "jagged", "wisps")
_FRINGE_M = ("swept", "jagged", "parted", "back", "swept", "jagged")


def identify(subject: str, references: Sequence[str] = ()) -> Identity:
    """Words win over the hash of `subject` and `references`; the order of references does not matter."""
    dice = Dice("\x1f".join(["person", plain(subject), *sorted(references)]))
    sex, age = _sex(subject, dice), _age(subject, dice)
    hair = _hair_style(subject, dice, sex, age)
    return Identity(
        dice=dice,
        sex=sex,
        age=age,
        height=_height(subject, dice),
        build=_said(subject, _BUILDS) or dice.pick("build", ("slim", "average", "average", "broad")),
        head=_head(subject, dice, sex),
        skin=_colour(about(subject, "skin", "complexion"), _SKIN_WORDS, SKIN)
        or SKIN[dice.pick("skin", SKIN_BY_CHANCE)],
        hair=hair,
        fringe=_fringe(subject, dice, sex),
        hair_colour=_hair_colour(subject, dice, age),
        eye=first(about(subject, "eye"), _EYE_SHAPES)
        or dice.pick("eye", ("round", "almond", "droopy", "upturned", "calm")),
        eye_colour=_colour(about(subject, "eye"), _EYE_WORDS, EYES) or EYES[dice.pick("eyes", EYES_BY_CHANCE)],
        brow=dice.pick("brow", ("thin", "soft", "thick") if sex == "f" else ("soft", "thick", "thick")),
        glasses=_glasses(subject, dice),
        beard=_beard(subject, dice, sex, age),
        ears=_ears(subject),
        marks=_marks(subject, dice, age),
        accessory=_accessory(subject, dice, sex),
        hat=first(subject, HATS) or "",
        accent=_accent(dice),
    )


def _said(text: str, table: Mapping[str, str]) -> str:
    return first(text, table) or ""


def _sex(subject: str, dice: Dice) -> str:
    for word in tokens(subject):
        if word in _FEMALE or word in _MALE:
            return "f" if word in _FEMALE else "m"
    return dice.pick("sex", ("f", "m"))


def _age(subject: str, dice: Dice) -> str:
    for piece in phrases(subject):
        found = first(piece, _AGES)
        if found:
            return found
    return dice.pick("age", ("teen", "adult", "teen", "adult"))


def _height(subject: str, dice: Dice) -> float:
    if says(subject, "tall", "lanky", "towering"):
        return 1.0
    if says(subject, "short girl", "short boy", "short woman", "short man", "petite", "tiny", "small", "little"):
        return -1.0
    return dice.between("height", -0.6, 0.6)


def _head(subject: str, dice: Dice, sex: str) -> str:
    named = {"round face": "round", "square jaw": "square", "heart shaped face": "heart", "long face": "long",
             "oval face": "oval", "chubby": "round", "strong jaw": "square", "gaunt": "long"}  # fmt: skip
    shapes = ("oval", "round", "heart", "oval") if sex == "f" else ("oval", "square", "long", "heart")
    return first(subject, named) or dice.pick("head", shapes)


def _colour(text: str, words: Mapping[str, str], table: Mapping[str, Colour]) -> Colour | None:
    name = first(text, words)
    if name:
        return table[name]
    named = colours(text)
    return named[0] if named else None


def _hair_style(subject: str, dice: Dice, sex: str, age: str) -> str:
    found = first(about(subject, *_HAIR_TOPICS), _HAIR_STYLES)
    if found == "short" and sex == "f":
        return dice.pick("short", ("bob", "pixie"))
    if found:
        return found
    if age == "old" and sex == "f":
        return dice.pick("hair", ("bun", "curly", "bob", "bun"))
    if age == "old":
        return dice.pick("hair", ("short", "bald", "undercut"))
    return dice.pick("hair", _HAIR_F if sex == "f" else _HAIR_M)


def _fringe(subject: str, dice: Dice, sex: str) -> str:
    text = about(subject, *_HAIR_TOPICS)
    found = first(text, _FRINGES) or ("blunt" if says(text, "hime", "hime cut") else None)
    return found or dice.pick("fringe", _FRINGE_F if sex == "f" else _FRINGE_M)


def _hair_colour(subject: str, dice: Dice, age: str) -> Colour:
    text = about(subject, *_HAIR_TOPICS, "brunette", "redhead", "blonde", "blond")
    if says(subject, "redhead"):
        return HAIR["red"]
    named = _colour(text, _HAIR_WORDS, HAIR)
    if named:
        return named
    return HAIR[dice.pick("hair colour", ("grey", "silver", "white") if age == "old" else HAIR_BY_CHANCE)]


def _glasses(subject: str, dice: Dice) -> str:
    if says(subject, "no glasses", "without glasses"):
        return ""
    found = first(subject, _GLASSES)
    if found:
        return found
    if _is_described(subject):
        return ""
    return dice.pick("frame", ("round", "square", "half")) if dice.chance("glasses", 0.15) else ""


def _is_described(subject: str) -> bool:
    """Says a text enough of a face that chance should add nothing striking to it?"""
    return bool(about(subject, *_HAIR_TOPICS)) and bool(about(subject, "eye", "glasses", "freckles", "skin", "beard"))


def _beard(subject: str, dice: Dice, sex: str, age: str) -> str:
    found = first(subject, _BEARDS)
    if found is not None:
        return found
    if sex == "f" or age in ("child", "teen"):
        return ""
    return dice.pick(
        "beard", ("full", "moustache", "", "goatee") if age == "old" else ("", "", "", "", "stubble", "goatee")
    )


def _ears(subject: str) -> str:
    if says(subject, "elf", "elven", "pointed ears", "fairy"):
        return "pointed"
    animals = ("cat ears", "fox ears", "wolf ears", "animal ears", "catgirl", "cat girl", "kemonomimi", "fox girl")
    return "animal" if says(subject, *animals) else "round"


def _marks(subject: str, dice: Dice, age: str) -> frozenset[str]:
    marks = {mark for word, mark in _MARKS.items() if says(subject, word)}
    if age == "old":
        marks.add("wrinkles")
    if dice.chance("freckles", 0.14):
        marks.add("freckles")
    if dice.chance("mole", 0.1):
        marks.add("mole")
    return frozenset(marks)


def _accessory(subject: str, dice: Dice, sex: str) -> str:
    found = first(subject, _ACCESSORIES)
    if found:
        return found
    if sex == "f" and dice.chance("wears", 0.12 if _is_described(subject) else 0.45):
        return dice.pick("accessory", ("clip", "ribbon", "earrings", "headband", "flower"))
    return ""


def _accent(dice: Dice) -> Colour:
    return Colour(0.62, 0.14, dice.pick("accent", (20, 55, 95, 150, 200, 255, 300, 350)))
