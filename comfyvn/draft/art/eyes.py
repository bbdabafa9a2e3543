"""Draws one eye in any state."""

from __future__ import annotations

from dataclasses import dataclass

from comfyvn.draft.art.expression import Expression
from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.palette import INK, WHITE, Colour
from comfyvn.draft.art.svg import Point, clipped, ellipse, path, points, stroke

_SHAPES = {  # width, height, height of the inner and of the outer corner (down is positive)
    "round": (43.0, 46.0, 4.0, 2.0),
    "almond": (46.0, 40.0, 5.0, -1.0),
    "droopy": (45.0, 41.0, 1.0, 6.0),
    "upturned": (46.0, 38.0, 7.0, -5.0),
    "calm": (46.0, 34.0, 4.0, 0.0),
}


@dataclass(frozen=True)
class Eye:
    """One eye's frame: `side` −1 is the viewer's left; x is measured outwards from the eye's middle."""

    side: int
    at: Point
    width: float
    height: float
    inner: float
    outer: float
    top: float

    def spot(self, x: float, y: float) -> Point:
        return self.at[0] + self.side * x, self.at[1] + y

    def lid(self, lift: float = 0.0, spread: float = 0.0) -> str:
        """The upper lid's curve, from the inner corner outwards, without its first point."""
        half = self.width / 2
        ends = (self.inner + self.outer) / 2
        pull = (self.top - lift - 0.25 * ends) / 0.75
        return "C " + points(
            self.spot(-half * 0.72, pull),
            self.spot(half * 0.6, pull - 1),
            self.spot(half + spread, self.outer - lift * 0.4),
        )

    @property
    def shape(self) -> str:
        half, low = self.width / 2, self.height / 2
        bottom = low * 1.3
        return (
            f"M {points(self.spot(-half, self.inner))} {self.lid()} C "
            f"{points(self.spot(half * 0.72, bottom), self.spot(-half * 0.5, bottom), self.spot(-half, self.inner))} "
            f"Z"
        )


def draw_eye(who: Identity, mood: Expression, side: int, at: Point, scale: float) -> list[str]:
    """`at` is the eye's middle; `scale` narrows the eye that is turned away."""
    state = mood.eyes
    if state == "wink":
        state = "happy" if side == 1 else "open"
    eye = _frame(who, mood, side, at, scale)
    lash = _lash_colour(who)
    if state in ("happy", "closed", "squeezed"):
        return _shut(who, eye, state, lash)
    return _open(who, mood, eye, lash)


def _frame(who: Identity, mood: Expression, side: int, at: Point, scale: float) -> Eye:
    width, height, inner, outer = _SHAPES[who.eye]
    if who.sex == "m":
        width, height = width * 0.95, height * 0.77
    if who.age == "child":
        height *= 1.1
    if who.age == "old":
        width, height = width * 0.9, height * 0.78
    if mood.eyes == "narrow":
        inner, outer = inner + 4, outer - 3
    top = -height / 2 + (1 - mood.lid) * height * 0.92
    return Eye(side, at, width * scale, height, inner, outer, top)


def _lash_colour(who: Identity) -> Colour:
    return INK.mix(who.hair_colour, 0.18)


def _shut(who: Identity, eye: Eye, state: str, lash: Colour) -> list[str]:
    half = eye.width / 2
    thick = 5.4 if who.sex == "f" else 4.6
    if state == "happy":
        d = f"M {points(eye.spot(-half, 8))} Q {points(eye.spot(0, -19), eye.spot(half + 2, 7))}"
        return [stroke(d, lash, thick)]
    if state == "squeezed":
        d = f"M {points(eye.spot(half, -11))} L {points(eye.spot(-half + 8, 2))} L {points(eye.spot(half, 14))}"
        return [stroke(d, lash, thick)]
    d = f"M {points(eye.spot(-half, 3))} Q {points(eye.spot(0, 21), eye.spot(half + 2, 4))}"
    parts = [stroke(d, lash, thick)]
    if who.sex == "f":
        d = (
            f"M {points(eye.spot(half - 3, 8))} l {points((eye.side * 7, 5))} M "
            f"{points(eye.spot(half - 11, 11))} l {points((eye.side * 5, 6))}"
        )
        parts.append(stroke(d, lash, 3))
    return parts


def _open(who: Identity, mood: Expression, eye: Eye, lash: Colour) -> list[str]:
    half = eye.width / 2
    inside = [
        path(eye.shape, WHITE),
        stroke(f"M {points(eye.spot(-half, eye.inner))} {eye.lid()}", Colour(0.8, 0.03, 285), 13, alpha=0.75),
        *_iris(who, mood, eye),
    ]
    parts = [clipped(f"eye{eye.side + 1}", eye.shape, inside)]
    parts += _lashes(who, mood, eye, lash)
    return parts


def _iris(who: Identity, mood: Expression, eye: Eye) -> list[str]:
    tone = who.eye_colour
    size = mood.iris
    rx = (14.5 if who.sex == "f" or who.age == "child" else 12.2) * size
    ry = min(eye.height * 0.45, rx * 1.32) * (size * 0.4 + 0.6)
    x, y = eye.at[0] + mood.gaze[0] * 0.9, eye.at[1] + 1.5 + mood.gaze[1] * 0.9
    rim = Colour(max(tone.l * 0.55, 0.25), tone.c * 0.85, tone.h)
    parts = [
        ellipse(x, y, rx, ry, rim.mix(tone, 0.42), rim, 3),
        ellipse(x, y + ry * 0.42, rx * 0.72, ry * 0.52, tone.lighter(0.07)),
    ]
    if mood.shine == "heart":
        return [*parts, _heart(x, y + 1, rx * 0.82)]
    parts.append(ellipse(x, y - ry * 0.06, rx * 0.42, ry * 0.44, rim.lighter(-0.07)))
    return parts + _shine(mood.shine, x, y, rx, ry)


def _shine(kind: str, x: float, y: float, rx: float, ry: float) -> list[str]:
    if kind == "dull":
        return []
    if kind == "star":
        r = rx * 0.72
        d = (
            f"M {points((x, y - r))} Q {points((x, y), (x + r, y))} Q {points((x, y), (x, y + r))} Q "
            f"{points((x, y), (x - r, y))} Q {points((x, y), (x, y - r))} Z"
        )
        return [path(d, WHITE), ellipse(x + rx * 0.5, y - ry * 0.5, 2.4, 2.4, WHITE)]
    big = {"big": 1.32, "wet": 1.25}.get(kind, 1.0)
    parts = [
        ellipse(x - rx * 0.36, y - ry * 0.38, 5.0 * big, 5.6 * big, WHITE),
        ellipse(x + rx * 0.4, y + ry * 0.44, 2.5 * big, 2.7 * big, WHITE, alpha=0.85),
    ]
    if kind == "wet":
        parts.append(ellipse(x - rx * 0.1, y + ry * 0.72, rx * 0.62, 3.4, WHITE, alpha=0.7))
    return parts


def _heart(x: float, y: float, r: float) -> str:
    d = (
        f"M {points((x, y + r))} C "
        f"{points((x - r * 1.7, y - r * 0.2), (x - r * 0.7, y - r * 1.3), (x, y - r * 0.35))} C "
        f"{points((x + r * 0.7, y - r * 1.3), (x + r * 1.7, y - r * 0.2), (x, y + r))} Z"
    )
    return path(d, Colour(0.78, 0.13, 5))


def _lashes(who: Identity, mood: Expression, eye: Eye, lash: Colour) -> list[str]:
    half = eye.width / 2
    heavy = 6.2 if who.sex == "f" else 4.4
    start = eye.spot(-half - 1, eye.inner + 0.5)
    tip = eye.spot(half + (6 if who.sex == "f" else 2), eye.outer - (4 if who.sex == "f" else 1))
    # the lash is the room between the lid and the same curve lifted: thin inside, heavy outside
    ends = (eye.inner + eye.outer) / 2
    low = (eye.top + 1.5 - 0.25 * ends) / 0.75
    high = (eye.top - heavy - 0.25 * ends) / 0.75
    d = (
        f"M {points(start)} C {points(eye.spot(-half * 0.72, high + 2), eye.spot(half * 0.62, high - 1), tip)} "
        f"L {points(eye.spot(half - 1, eye.outer + 3))} "
        f"C {points(eye.spot(half * 0.6, low - 1), eye.spot(-half * 0.7, low), start)} Z"
    )
    parts = [path(d, lash, lash, 1.4)]
    if mood.lid > 0.7 and who.age != "child":
        lift = 3.5 + heavy
        crease = (eye.top - lift - 0.25 * ends) / 0.75
        d = (
            f"M {points(eye.spot(-half * 0.1, eye.top - lift - 0.5))} C "
            f"{points(eye.spot(half * 0.3, crease + 5), eye.spot(half * 0.7, crease + 11))} "
            f"{points(eye.spot(half * 0.95, eye.outer - lift - 6))}"
        )
        parts.append(stroke(d, who.skin.line, 2, alpha=0.5))
    bottom = eye.height / 2
    d = (
        f"M {points(eye.spot(half - 2, eye.outer + 6))} Q "
        f"{points(eye.spot(half * 0.6, bottom * 0.98), eye.spot(half * 0.05, bottom * 1.03))}"
    )
    parts.append(stroke(d, lash, 2.2, alpha=0.7))
    return parts
