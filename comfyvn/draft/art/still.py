"""Stills: heroes set into a place and its light, under a vignette; and the DRAFT tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from PIL import Image, ImageChops

from comfyvn.draft.art import svg
from comfyvn.draft.art.figure import Figure, draw_uncut
from comfyvn.draft.art.moment import Light, read_moment
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.place import INSIDE, Place, draw_place, kind_of

Hero = tuple[Figure, float, float]


def draw_still(place: Place, heroes: Sequence[Hero]) -> Image.Image:
    """`heroes` are (figure, x, scale): centre and height as fractions of the picture's width and height."""
    picture = draw_place(place).convert("RGBA")
    light = read_moment(place.place, place.moment)
    inside = kind_of(place.place) in INSIDE
    for figure, x, scale in heroes:
        hero = _lit(_sized(figure, round(place.size[1] * scale)), light, inside)
        left = round(place.size[0] * x - hero.width / 2)
        picture.paste(hero, (left, place.size[1] - hero.height), hero)
    picture.alpha_composite(_vignette(place.size))
    return picture.convert("RGB")


def _sized(figure: Figure, height: int) -> Image.Image:
    height = max(height, 8)
    width = max(round(height * figure.size[0] / figure.size[1]), 8)
    return draw_uncut(replace(figure, size=(width, height)))


def _lit(hero: Image.Image, light: Light, inside: bool) -> Image.Image:
    """The moment's light on a figure: its colours multiplied by the light's own."""
    white = Colour(0.995, 0.0, 90)
    tone = light.inside(white) if inside else light.outside(white)
    tone = tone.mix(white, 0.45)
    tint = Image.new("RGB", hero.size, tone.hex)
    lit = ImageChops.multiply(hero.convert("RGB"), tint)
    lit.putalpha(hero.getchannel("A"))
    return lit


@lru_cache(maxsize=4)
def _vignette(size: tuple[int, int]) -> Image.Image:
    dark = Colour(0.16, 0.03, 280)
    parts = [
        '<defs><radialGradient id="v" cx="0.5" cy="0.46" r="0.75">'
        f'<stop offset="0.55" stop-color="{dark.hex}" stop-opacity="0"/>'
        f'<stop offset="1" stop-color="{dark.hex}" stop-opacity="0.5"/></radialGradient></defs>',
        svg.painted("v", 0, 0, *size),
    ]
    return svg.render(parts, size, size)


_LETTERS = {  # strokes in a box 10 wide, 14 high
    "D": "M 1,0 V 14 H 4 Q 9,14 9,7 Q 9,0 4,0 Z",
    "R": "M 1,14 V 0 H 5 Q 9,0 9,3.8 Q 9,7.6 5,7.6 H 1 M 5,7.6 L 9,14",
    "A": "M 0.5,14 L 5,0 L 9.5,14 M 2.4,9 H 7.6",
    "F": "M 1,14 V 0 H 8.6 M 1,6.8 H 7",
    "T": "M 0,0 H 10 M 5,0 V 14",
}


@lru_cache(maxsize=8)
def _tag(height: int) -> Image.Image:
    """DRAFT in a small dark box, `height` pixels high; letters are paths, so no font is needed."""
    paper, ink = Colour(0.97, 0.01, 90), Colour(0.28, 0.03, 280)
    letters = "".join(
        f'<g transform="translate({11 + 14.5 * i} 7)">{svg.stroke(_LETTERS[letter], paper, 2.1)}</g>'
        for i, letter in enumerate("DRAFT")
    )
    box = svg.rect(0.5, 0.5, 89, 27, ink, r=7, alpha=0.62)
    return svg.render([box, letters], (90, 28), (round(height * 90 / 28), height))


def tag_box(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where the DRAFT tag is in a picture of this size: left, top, right, bottom."""
    height, margin = max(round(min(size) * 0.038), 8), max(round(min(size) * 0.025), 2)
    return margin, margin, margin + round(height * 90 / 28), margin + height


def stamp_draft(image: Image.Image) -> Image.Image:
    """A copy with the small DRAFT tag in its upper left corner; mode and size stay as they are."""
    left, top, _, bottom = tag_box(image.size)
    tag = _tag(bottom - top)
    stamped = image.convert("RGBA")
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    layer.paste(tag, (left, top))
    stamped.alpha_composite(layer)
    return stamped if image.mode == "RGBA" else stamped.convert(image.mode)
