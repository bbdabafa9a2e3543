"""Draws a place: its kind and its moment are read from words, its layout comes from a hash of the place's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from comfyvn.draft.art import places_inside as inside
from comfyvn.draft.art import places_land as land
from comfyvn.draft.art import places_lighthouse, svg
from comfyvn.draft.art import places_public as public
from comfyvn.draft.art import places_sea as water
from comfyvn.draft.art import places_town as town
from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.moment import TIMES, WEATHERS, read_moment
from comfyvn.draft.art.scenery import H, Scene, W
from comfyvn.draft.art.weather import lanterns, weather
from comfyvn.draft.art.words import first, phrases, plain, tokens

Painter = Callable[[Scene], list[str]]


@dataclass(frozen=True)
class Place:
    """`place` fixes the layout, `moment` the light; `seed` moves small things only; `size` in pixels."""

    place: str
    moment: str = ""
    seed: int = 0
    size: tuple[int, int] = (1920, 1080)


OUTSIDE: dict[str, Painter] = {
    "street": town.street,
    "village": town.village,
    "station": town.station,
    "rooftop": town.rooftop,
    "forest": land.forest,
    "shrine": land.shrine,
    "field": land.field,
    "mountain": land.mountain,
    "park": land.park,
    "castle": land.castle,
    "beach": water.beach,
    "harbour": water.harbour,
    "lighthouse": places_lighthouse.lighthouse,
    "ship": water.ship,
    "lake": water.lake,
    "abstract": land.abstract,
}
INSIDE: dict[str, Painter] = {
    "room": inside.room,
    "cafe": inside.cafe,
    "tearoom": inside.tearoom,
    "classroom": public.classroom,
    "office": public.office,
    "hospital": public.hospital,
    "library": public.library,
    "kitchen": inside.kitchen,
    "corridor": public.corridor,
    "shop": inside.shop,
    "hall": public.hall,
    "lamp_room": places_lighthouse.lamp_room,
    "space": land.space,
    "cave": land.cave,
}
WORDS: dict[str, str] = {
    **{kind: kind for kind in (*OUTSIDE, *INSIDE) if kind not in ("abstract", "lamp_room")},
    "living room": "room", "bedroom": "room", "apartment": "room", "cottage interior": "room", "interior": "room",
    "house interior": "room", "keeper's room": "room", "cabin": "room", "dormitory": "room", "flat": "room",
    "café": "cafe", "coffee shop": "cafe", "coffee house": "cafe", "restaurant": "cafe", "bar": "cafe", "pub": "cafe",
    "tavern": "cafe", "inn": "cafe", "diner": "cafe", "harbour café": "cafe", "harbour cafe": "cafe",
    "harbor cafe": "cafe", "tea room": "tearoom", "teahouse": "tearoom", "tea house": "tearoom", "tea shop": "tearoom",
    "harbour tea room": "tearoom", "parlour": "tearoom", "parlor": "tearoom", "school": "classroom",
    "lecture hall": "classroom", "workplace": "office", "study": "library", "bookshop": "library",
    "bookstore": "library", "archive": "library", "clinic": "hospital", "infirmary": "hospital", "ward": "hospital",
    "hallway": "corridor", "hall": "hall", "throne room": "hall", "church": "hall", "cathedral": "hall",
    "temple interior": "hall", "ballroom": "hall", "theatre": "hall", "store": "shop", "market": "shop",
    "general store": "shop", "pharmacy": "shop", "road": "street", "alley": "street", "city": "street",
    "downtown": "street", "shopping street": "street", "avenue": "street", "town": "village", "square": "village",
    "plaza": "village", "hamlet": "village", "platform": "station", "train station": "station", "railway": "station",
    "subway": "station", "airport": "station", "roof": "rooftop", "balcony": "rooftop", "terrace": "rooftop",
    "woods": "forest", "woodland": "forest", "jungle": "forest", "grove": "forest", "temple": "shrine",
    "torii": "shrine", "meadow": "field", "farm": "field", "countryside": "field", "plain": "field",
    "grassland": "field", "desert": "beach", "hill": "field", "hilltop": "field", "wheat": "field",
    "mountains": "mountain", "valley": "mountain", "cliff": "mountain", "summit": "mountain", "garden": "park",
    "playground": "park", "courtyard": "park", "fortress": "castle", "palace": "castle", "ruins": "castle",
    "tower": "castle", "cavern": "cave", "mine": "cave", "dungeon": "cave", "shore": "beach", "seaside": "beach",
    "coast": "beach", "seashore": "beach", "island": "beach", "harbor": "harbour", "port": "harbour", "dock": "harbour",
    "docks": "harbour", "quay": "harbour", "pier": "harbour", "marina": "harbour", "wharf": "harbour",
    "fishing village": "harbour", "jetty": "harbour", "headland": "lighthouse", "lamp room": "lamp_room",
    "lantern room": "lamp_room", "lighthouse lamp room": "lamp_room", "lighthouse lantern room": "lamp_room",
    "inside the lighthouse": "lamp_room", "inside a lighthouse": "lamp_room", "lighthouse interior": "lamp_room",
    "top of the lighthouse": "lamp_room", "lighthouse kitchen": "kitchen", "lighthouse tea room": "tearoom",
    "lighthouse keeper's room": "room", "boat": "ship", "deck": "ship", "ferry": "ship", "sea": "beach",
    "ocean": "beach", "house": "village", "cottage": "village",
    "river": "lake", "pond": "lake", "riverside": "lake", "lakeside": "lake", "stars": "space", "spaceship": "space",
    "planet": "space", "galaxy": "space", "moon": "space", "outer space": "space", "railway station": "station",
}  # fmt: skip
_WHERE = re.compile(
    r"\b(?:at|by|near|on|in|beside|behind|above|below|under|from|overlooking|facing|next to|close to)\b"
)
_VAGUE = ("stars", "moon", "sea", "ocean", "tower", "plain", "deck", "square", "bar")
"""Words that name a place only if no other word does: `a café by the sea`."""


def kind_of(text: str) -> str:
    """The kind of place: the longest name in the first phrase that has one; `abstract` when none is known."""
    sure = {word: kind for word, kind in WORDS.items() if word not in _VAGUE}
    vague = {word: WORDS[word] for word in _VAGUE}
    pieces = [*_heads(text), text]
    found = [first(piece, table) for table in (sure, vague) for piece in pieces]
    return next((kind for kind in found if kind), "abstract")


def _heads(text: str) -> list[str]:
    """Each phrase up to where it begins to say where the place itself is: `a café` of `a café at the harbour`."""
    return [_WHERE.split(piece, maxsplit=1)[0] for piece in phrases(text)]


def layout_words(text: str) -> str:
    """The place's words without those of time and weather, so that its variants share one layout."""
    have = f" {' '.join(tokens(text))} "
    for word in sorted((*TIMES, *WEATHERS, "at", "in", "the", "a", "an", "under"), key=lambda word: (-len(word), word)):
        have = have.replace(f" {word} ", " ").replace(f" {word} ", " ")
    return " ".join(have.split())


def draw_place(place: Place) -> Image.Image:
    """The place as an opaque picture (RGB); any size shows its middle."""
    kind = kind_of(place.place)
    words = layout_words(place.place)
    layout = Dice(f"place\x1f{kind}\x1f{words}")
    scene = Scene(
        read_moment(place.place, place.moment), layout, Dice(f"detail\x1f{words}\x1f{place.seed}"), plain(place.place)
    )
    if kind in INSIDE:
        parts = INSIDE[kind](scene)
    else:
        parts = [*OUTSIDE[kind](scene), *weather(scene), *lanterns(scene)]
    return svg.render(parts, (W, H), place.size, "xMidYMid slice").convert("RGB")
