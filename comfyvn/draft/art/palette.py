"""Colour in OKLCH: fixed lightness steps make any two drawings sit well together.

The conversion is Björn Ottosson's (https://bottosson.github.io/posts/oklab/); colours outside sRGB lose chroma, never
lightness or hue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageColor

Oklab = tuple[float, float, float]


@dataclass(frozen=True)
class Colour:
    """`l` 0 … 1, `c` 0 … about 0.3, `h` in degrees."""

    l: float  # noqa: E741 - the letter is the name of the axis
    c: float
    h: float

    @property
    def hex(self) -> str:
        return _hex(round(self.l, 4), round(self.c, 4), round(self.h, 2))

    def lighter(self, step: float) -> Colour:
        return Colour(min(max(self.l + step, 0.0), 1.0), self.c, self.h)

    @property
    def shadow(self) -> Colour:
        """The one shadow tone: darker, a little richer, turned towards blue."""
        return Colour(max(self.l - 0.095, 0.08), min(self.c * 1.06 + 0.006, 0.3), _towards(self.h, 290, 8))

    @property
    def highlight(self) -> Colour:
        return Colour(min(self.l + 0.07, 0.985), self.c * 0.85, self.h)

    @property
    def line(self) -> Colour:
        """The soft outline: a much darker tone of the fill, never black."""
        return Colour(min(max(self.l * 0.52, 0.24), 0.5), min(self.c * 0.8 + 0.02, 0.12), _towards(self.h, 320, 12))

    def mix(self, other: Colour, amount: float) -> Colour:
        """`amount` of the way to `other`, straight through OKLab."""
        a, b = _to_lab(self), _to_lab(other)
        return _from_lab((a[0] + (b[0] - a[0]) * amount, a[1] + (b[1] - a[1]) * amount, a[2] + (b[2] - a[2]) * amount))


def _towards(hue: float, goal: float, most: float) -> float:
    turn = (goal - hue + 180) % 360 - 180
    return hue + max(-most, min(most, turn))


def _to_lab(colour: Colour) -> Oklab:
    angle = math.radians(colour.h)
    return colour.l, colour.c * math.cos(angle), colour.c * math.sin(angle)


def _from_lab(lab: Oklab) -> Colour:
    lightness, a, b = lab
    return Colour(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def _linear_rgb(lab: Oklab) -> tuple[float, float, float]:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    curve = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(curve * 255)


def _decoded(byte: int) -> float:
    value = byte / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _shows(rgb: tuple[float, float, float]) -> bool:
    return all(-0.0005 <= value <= 1.0005 for value in rgb)


@lru_cache(maxsize=4096)
def _hex(lightness: float, chroma: float, hue: float) -> str:
    low, high = 0.0, chroma
    rgb = _linear_rgb(_to_lab(Colour(lightness, chroma, hue)))
    if not _shows(rgb):
        for _ in range(10):
            middle = (low + high) / 2
            rgb = _linear_rgb(_to_lab(Colour(lightness, middle, hue)))
            low, high = (middle, high) if _shows(rgb) else (low, middle)
        rgb = _linear_rgb(_to_lab(Colour(lightness, low, hue)))
    return "#" + "".join(f"{_encoded(value):02x}" for value in rgb)


def from_hex(text: str) -> Colour:
    """From any colour string Pillow reads (`#rrggbb`, a CSS name); ValueError otherwise."""
    red, green, blue = (_decoded(byte) for byte in ImageColor.getrgb(text)[:3])
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return _from_lab(
        (
            0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
            1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
            0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
        )
    )


WHITE = Colour(0.985, 0.004, 90)
INK = Colour(0.27, 0.03, 300)
"""The darkest tone of a person: lashes, pupils."""

HAIR: dict[str, Colour] = {
    "black": Colour(0.33, 0.025, 285),
    "brown": Colour(0.45, 0.06, 55),
    "chestnut": Colour(0.47, 0.085, 42),
    "auburn": Colour(0.48, 0.11, 36),
    "red": Colour(0.56, 0.15, 34),
    "ginger": Colour(0.66, 0.14, 52),
    "blonde": Colour(0.83, 0.095, 88),
    "sandy": Colour(0.74, 0.07, 78),
    "silver": Colour(0.84, 0.018, 265),
    "grey": Colour(0.68, 0.012, 270),
    "white": Colour(0.93, 0.008, 90),
    "blue": Colour(0.56, 0.1, 255),
    "navy": Colour(0.4, 0.08, 268),
    "teal": Colour(0.6, 0.09, 195),
    "green": Colour(0.6, 0.1, 150),
    "pink": Colour(0.77, 0.11, 2),
    "purple": Colour(0.52, 0.12, 305),
    "lilac": Colour(0.73, 0.08, 305),
    "orange": Colour(0.7, 0.15, 58),
}
HAIR_BY_CHANCE = (
    "black", "black", "brown", "brown", "chestnut", "auburn", "red", "ginger", "blonde", "sandy", "silver",
    "navy", "teal", "pink", "lilac",
)  # fmt: skip

EYES: dict[str, Colour] = {
    "brown": Colour(0.5, 0.09, 55),
    "hazel": Colour(0.6, 0.1, 85),
    "amber": Colour(0.7, 0.14, 75),
    "green": Colour(0.62, 0.13, 150),
    "teal": Colour(0.62, 0.1, 195),
    "blue": Colour(0.6, 0.13, 250),
    "grey": Colour(0.62, 0.025, 260),
    "violet": Colour(0.55, 0.15, 300),
    "red": Colour(0.55, 0.17, 25),
    "pink": Colour(0.68, 0.14, 0),
    "gold": Colour(0.76, 0.14, 88),
    "black": Colour(0.38, 0.03, 280),
}
EYES_BY_CHANCE = ("brown", "hazel", "amber", "green", "teal", "blue", "grey", "violet")

SKIN: dict[str, Colour] = {
    "porcelain": Colour(0.935, 0.026, 62),
    "pale": Colour(0.915, 0.036, 60),
    "fair": Colour(0.89, 0.045, 58),
    "light": Colour(0.86, 0.055, 60),
    "tan": Colour(0.79, 0.07, 62),
    "olive": Colour(0.75, 0.068, 72),
    "brown": Colour(0.63, 0.075, 56),
    "dark": Colour(0.5, 0.06, 50),
}
SKIN_BY_CHANCE = ("porcelain", "pale", "fair", "fair", "light", "tan", "olive", "brown", "dark")

CLOTH_HUES = (20, 48, 82, 128, 165, 200, 232, 262, 292, 330, 355)


def cloth(hue: float, value: str) -> Colour:
    """One of four fixed steps of cloth: `dark`, `mid`, `soft`, `pale`."""
    lightness, chroma = {"dark": (0.4, 0.055), "mid": (0.57, 0.095), "soft": (0.74, 0.075), "pale": (0.92, 0.025)}[
        value
    ]
    return Colour(lightness, chroma, hue)
