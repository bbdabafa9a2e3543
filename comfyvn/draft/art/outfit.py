"""What a figure wears, read from outfit words, else from the outfit's hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.identity import HATS
from comfyvn.draft.art.palette import CLOTH_HUES, WHITE, Colour, cloth
from comfyvn.draft.art.words import colours, first, phrases, plain, says


@dataclass(frozen=True)
class Cut:
    """The silhouette: every part is a key that the drawing of garments knows."""

    sleeve: str = "long"  # none, short, long, rolled, wide
    length: str = "hip"  # waist, hip, thigh, long
    collar: str = "crew"  # crew, v, shirt, lapel, hood, sailor, turtle, wrap, strap, none, mandarin
    bottom: str = "trousers"  # trousers, skirt, long_skirt, shorts, none, bare, armour
    inner: bool = False  # a shirt shows between open fronts
    straight: bool = False
    details: frozenset[str] = frozenset()  # buttons, tie, bow, belt, zip, pocket, apron, sash, plates, cape, scarf …


def _cut(
    *details: str,
    sleeve: str = "long",
    length: str = "hip",
    collar: str = "crew",
    bottom: str = "trousers",
    inner: bool = False,
    straight: bool = False,
) -> Cut:
    return Cut(sleeve, length, collar, bottom, inner, straight, frozenset(details))


CUTS: dict[str, Cut] = {
    "blazer": _cut("tie", "buttons2", "pocket", collar="lapel", bottom="uniform", inner=True),
    "hoodie": _cut("pouch", "strings", collar="hood", straight=True),
    "dress": _cut("waistband", sleeve="short", length="waist", collar="v", bottom="dress"),
    "gown": _cut("waistband", "bow", sleeve="none", length="waist", collar="strap", bottom="gown"),
    "coat": _cut("coatbuttons", "belt", collar="lapel", length="long", inner=True, straight=True),
    "kimono": _cut("sash", sleeve="wide", length="waist", collar="wrap", bottom="wrap"),
    "apron": _cut("apron", sleeve="rolled", collar="shirt", bottom="plain"),
    "armour": _cut("plates", "belt", "cape", collar="turtle", bottom="armour"),
    "shirt": _cut("buttons", "belt", sleeve="long", collar="shirt", length="tucked"),
    "swimsuit": _cut("stripe", sleeve="none", length="hip", collar="strap", bottom="swim"),
    "robe": _cut("cord", sleeve="wide", length="waist", collar="wrap", bottom="robe"),
    "sweater": _cut("ribs", collar="turtle", bottom="plain", straight=True),
    "cardigan": _cut("buttons2", collar="v", bottom="plain", inner=True, straight=True),
    "sailor": _cut("bow", sleeve="short", length="waist", collar="sailor", bottom="pleats"),
    "tshirt": _cut("print", sleeve="short", collar="crew", straight=True),
    "suit": _cut("tie", "buttons2", "square", collar="lapel", inner=True),
    "uniform": _cut("brass", "belt", "epaulettes", collar="mandarin"),
    "raincoat": _cut("coatbuttons", "flap", collar="hood", length="thigh", straight=True),
    "jacket": _cut("zip", "pockets", collar="mandarin", straight=True),
    "vest": _cut("waistcoat", "bowtie", sleeve="rolled", collar="shirt", length="tucked"),
    "cloak": _cut("cape", "clasp", "belt", collar="v"),
    "overalls": _cut("bib", sleeve="rolled", collar="shirt", length="tucked"),
    "pajamas": _cut("buttons", "dots", collar="shirt", straight=True),
    "maid": _cut("apron", "bow", "frill", sleeve="short", length="waist", collar="shirt", bottom="dress"),
    "labcoat": _cut("coatbuttons", "pocket", collar="lapel", length="long", inner=True, straight=True),
    "tank": _cut(sleeve="none", collar="strap", bottom="shorts"),
}

WORDS: dict[str, str] = {
    "blazer": "blazer", "school uniform": "blazer", "schoolgirl uniform": "blazer", "hoodie": "hoodie",
    "sweatshirt": "hoodie", "hooded sweatshirt": "hoodie", "dress": "dress", "sundress": "dress", "frock": "dress",
    "gown": "gown", "ball gown": "gown", "evening dress": "gown", "evening gown": "gown", "wedding dress": "gown",
    "coat": "coat", "overcoat": "coat", "trench coat": "coat", "greatcoat": "coat", "winter coat": "coat",
    "long coat": "coat", "duffle coat": "coat", "pea coat": "coat", "peacoat": "coat", "kimono": "kimono",
    "yukata": "kimono", "haori": "kimono", "apron": "apron", "smock": "apron", "barista": "apron", "waitress": "apron",
    "cook": "apron", "armour": "armour", "armor": "armour", "plate armor": "armour", "knight": "armour",
    "breastplate": "armour", "shirt": "shirt", "blouse": "shirt", "button up": "shirt", "dress shirt": "shirt",
    "collared shirt": "shirt", "swimsuit": "swimsuit", "bikini": "swimsuit", "swimwear": "swimsuit",
    "swim trunks": "swimsuit", "bathing suit": "swimsuit", "wetsuit": "swimsuit", "robe": "robe", "robes": "robe",
    "bathrobe": "robe", "wizard robe": "robe", "cassock": "robe", "habit": "robe", "nun": "robe", "toga": "robe",
    "sweater": "sweater", "jumper": "sweater", "pullover": "sweater", "turtleneck": "sweater", "knit": "sweater",
    "knitted": "sweater", "fisherman sweater": "sweater", "guernsey": "sweater", "cardigan": "cardigan",
    "sailor uniform": "sailor", "sailor suit": "sailor", "serafuku": "sailor", "sailor dress": "sailor",
    "t shirt": "tshirt", "tshirt": "tshirt", "tee": "tshirt", "casual": "tshirt", "casual clothes": "tshirt",
    "suit": "suit", "business suit": "suit", "tuxedo": "suit", "formal": "suit", "uniform": "uniform",
    "military uniform": "uniform", "captain's coat": "uniform", "naval uniform": "uniform", "officer": "uniform",
    "soldier": "uniform", "police": "uniform", "raincoat": "raincoat", "oilskin": "raincoat", "oilskins": "raincoat",
    "rain coat": "raincoat", "slicker": "raincoat", "anorak": "raincoat", "parka": "raincoat", "jacket": "jacket",
    "leather jacket": "jacket", "denim jacket": "jacket", "bomber jacket": "jacket", "windbreaker": "jacket",
    "tracksuit": "jacket", "waistcoat": "vest", "vest": "vest", "butler": "vest", "bartender": "vest",
    "cloak": "cloak", "cape": "cloak", "mantle": "cloak", "adventurer": "cloak", "overalls": "overalls",
    "dungarees": "overalls", "mechanic": "overalls", "coveralls": "overalls", "boiler suit": "overalls",
    "pajamas": "pajamas", "pyjamas": "pajamas", "nightgown": "pajamas", "sleepwear": "pajamas", "maid": "maid",
    "maid outfit": "maid", "maid dress": "maid", "lab coat": "labcoat", "doctor": "labcoat", "scientist": "labcoat",
    "tank top": "tank", "camisole": "tank", "crop top": "tank", "gym clothes": "tank", "sportswear": "tank",
}  # fmt: skip
BOTTOMS = {
    "skirt": "skirt", "pleated skirt": "pleats", "miniskirt": "skirt", "long skirt": "long_skirt", "jeans": "trousers",
    "trousers": "trousers", "pants": "trousers", "slacks": "trousers", "leggings": "trousers", "shorts": "shorts",
    "hakama": "long_skirt",
}  # fmt: skip
DETAILS = {
    "scarf": "scarf", "shawl": "scarf", "tie": "tie", "necktie": "tie", "bow tie": "bowtie", "belt": "belt",
    "ribbon": "bow", "neckerchief": "bow", "apron": "apron", "necklace": "necklace", "pendant": "necklace",
    "suspenders": "braces", "braces": "braces", "cape": "cape", "cloak": "cape", "gloves": "gloves",
    "tights": "tights", "stockings": "tights", "striped": "stripes", "stripes": "stripes", "dotted": "dots",
    "polka dot": "dots", "checked": "checks", "plaid": "checks", "floral": "dots", "badge": "badge", "bag": "strap",
    "satchel": "strap",
}  # fmt: skip
_EVERYDAY_F = ("dress", "sweater", "shirt", "cardigan", "blazer", "hoodie", "coat", "tshirt")
_EVERYDAY_M = ("shirt", "sweater", "jacket", "hoodie", "coat", "suit", "vest", "tshirt")
_SETS = ("suit", "uniform", "blazer", "pajamas", "tank")
"""Cuts whose lower part goes with the upper one."""
_OWN_COLOURS = {
    "raincoat": Colour(0.82, 0.14, 90), "armour": Colour(0.74, 0.018, 260), "labcoat": Colour(0.95, 0.008, 230),
    "maid": Colour(0.36, 0.03, 280), "suit": Colour(0.38, 0.035, 265), "apron": Colour(0.93, 0.02, 90),
}  # fmt: skip


@dataclass(frozen=True)
class Clothes:
    name: str
    cut: Cut
    main: Colour
    bottom: Colour
    accent: Colour
    shirt: Colour  # what shows between open fronts, and aprons
    hat: str
    hat_colour: Colour
    key: str


def dress(outfit: str, sex: str, age: str) -> Clothes:
    """The clothes that outfit words name; with no word known, everyday clothes by the hash of the words."""
    dice = Dice("outfit\x1f" + plain(outfit))
    name = first(outfit, WORDS) or dice.pick("cut", _EVERYDAY_F if sex == "f" else _EVERYDAY_M)
    cut = _adjusted(CUTS[name], outfit, sex)
    main, bottom, accent, shirt = _dyes(outfit, name, dice)
    hat = first(outfit, HATS) or ""
    return Clothes(
        name, cut, main, bottom, accent, shirt, hat, _of(outfit, HATS) or main.mix(bottom, 0.5), plain(outfit)
    )


def _adjusted(cut: Cut, outfit: str, sex: str) -> Cut:
    details = set(cut.details) | {mark for word, mark in DETAILS.items() if says(outfit, word)}
    sleeve = (
        "none"
        if says(outfit, "sleeveless")
        else "short"
        if says(outfit, "short sleeve", "short sleeved")
        else cut.sleeve
    )
    if says(outfit, "rolled up sleeves", "rolled sleeves"):
        sleeve = "rolled"
    bottom = first(outfit, BOTTOMS) or cut.bottom
    if bottom == "skirt" and any(
        says(piece, "skirt") and says(piece, "long", "ankle length") for piece in phrases(outfit)
    ):
        bottom = "long_skirt"
    if cut.bottom in ("dress", "gown", "wrap", "robe", "armour", "swim"):
        bottom = cut.bottom
    if bottom == "uniform":
        bottom = "pleats" if sex == "f" else "trousers"
    if bottom == "plain":
        bottom = "long_skirt" if sex == "f" and not says(outfit, "trousers", "jeans") else "trousers"
    return replace(cut, sleeve=sleeve, bottom=bottom, details=frozenset(details))


def _of(outfit: str, topics: Mapping[str, str]) -> Colour | None:
    """The colour said in the same phrase as one of the topics."""
    for piece in phrases(outfit):
        if first(piece, topics) is not None:
            named = colours(piece)
            if named:
                return named[0]
    return None


def _denim(outfit: str) -> Colour | None:
    return Colour(0.46, 0.07, 256) if says(outfit, "jeans", "denim", "dungarees") else None


def _dyes(outfit: str, name: str, dice: Dice) -> tuple[Colour, Colour, Colour, Colour]:
    hue = dice.pick("hue", CLOTH_HUES)
    value = dice.pick("value", ("dark", "mid", "soft", "mid", "pale"))
    main = _of(outfit, {word: cut for word, cut in WORDS.items() if cut == name}) or _OWN_COLOURS.get(name)
    if main is None:
        loose = [
            c
            for piece in phrases(outfit)
            if first(piece, BOTTOMS) is None and first(piece, HATS) is None
            for c in colours(piece)
        ]
        main = loose[0] if loose else cloth(hue, value)
    low = "dark" if main.l > 0.55 else "soft"
    bottom = (
        _of(outfit, {word: kind for word, kind in BOTTOMS.items() if first(outfit, WORDS) != word})
        or _denim(outfit)
        or cloth(dice.pick("bottom", (262, 280, 48, 60, 200)), low)
    )
    if _of(outfit, BOTTOMS) is None and name in ("coat", "raincoat", "labcoat"):
        bottom = Colour(0.4, 0.025, dice.pick("sober", (60, 265, 285)))
    if _of(outfit, BOTTOMS) is None and name in _SETS:
        bottom = main if name != "blazer" else Colour(0.5, 0.04, main.h + 20)
    accent = _of(outfit, DETAILS) or Colour(0.6, 0.14, hue + dice.pick("accent", (120, 180, 210)))
    shirt = WHITE if main.l < 0.85 else cloth(230, "soft")
    if name in ("apron", "maid"):
        # the apron is the thing named: what is under it gets a colour of its own
        return (
            cloth(hue, dice.pick("under", ("dark", "mid"))) if name == "apron" else main,
            bottom,
            accent,
            main if name == "apron" else WHITE,
        )
    return main, bottom, accent, shirt
