"""Draws mouths, one function for each family of shapes."""

from __future__ import annotations

from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import Point, clipped, ellipse, path, points, stroke

_INSIDE = Colour(0.42, 0.1, 20)
_TONGUE = Colour(0.68, 0.13, 20)

_LINES = {  # the lips' line, from the left corner: a path relative to the middle of the mouth
    "calm": "M -13,0 Q 0,4 13,0",
    "firm": "M -16,1 Q 0,-2 16,1",
    "flat": "M -15,1 L 15,1",
    "flat_small": "M -8,1 L 8,0",
    "flat_side": "M -12,3 Q 4,-1 17,-4",
    "smile": "M -20,-3 Q 0,11 20,-3",
    "smile_closed": "M -24,-5 Q 0,15 24,-5",
    "smile_soft": "M -16,-1 Q 0,9 16,-1",
    "smile_small": "M -9,0 Q 0,6 9,0",
    "smirk": "M -15,2 Q 4,6 20,-7",
    "frown": "M -18,6 Q 0,-7 18,6",
    "frown_small": "M -11,4 Q 0,-3 11,4",
    "sneer": "M -18,-4 Q -8,-6 0,2 Q 8,7 18,4",
    "wavy": "M -20,2 Q -14,-6 -8,1 T 4,1 T 18,0",
    "wavy_small": "M -13,2 Q -7,-5 -1,1 T 13,0",
    "tremble": "M -22,4 Q -17,-4 -12,3 T -3,3 T 6,3 T 15,3 T 23,5",
    "pout": "M -9,3 Q -5,-4 0,0 Q 5,-4 9,3",
}
_HOLES = {  # an open mouth; drawn with teeth and tongue
    "smile_open": "M -20,-5 Q 0,0 20,-5 Q 16,15 0,15 Q -16,15 -20,-5 Z",
    "smile_parted": "M -15,-2 Q 0,3 15,-2 Q 9,7 0,7 Q -9,7 -15,-2 Z",
    "laugh": "M -27,-9 Q 0,-3 27,-9 Q 25,22 0,23 Q -25,22 -27,-9 Z",
    "grin": "M -22,-6 Q 0,2 22,-6 Q 17,10 0,11 Q -17,10 -22,-6 Z",
    "grin_side": "M -16,0 Q 4,4 25,-9 Q 22,11 3,12 Q -12,11 -16,0 Z",
    "oh": "M 0,-8 C 10,-8 12,16 0,16 C -12,16 -10,-8 0,-8 Z",
    "oh_small": "M 0,-3 C 7,-3 8,9 0,9 C -8,9 -7,-3 0,-3 Z",
    "gasp": "M 0,-11 C 17,-11 19,23 0,23 C -19,23 -17,-11 0,-11 Z",
    "sigh": "M -9,1 Q 0,-4 9,1 Q 7,9 0,9 Q -7,9 -9,1 Z",
    "cry": "M -24,8 Q -20,-9 0,-9 Q 20,-9 24,8 Q 12,20 0,17 Q -12,20 -24,8 Z",
    "shout": "M -23,-8 Q 0,-16 23,-8 Q 27,24 0,24 Q -27,24 -23,-8 Z",
    "tongue": "M -18,-4 Q 0,3 18,-4 Q 14,9 0,9 Q -14,9 -18,-4 Z",
}
_TEETH = ("laugh", "grin", "grin_side", "shout", "smile_open")


def draw_mouth(who: Identity, kind: str, at: Point) -> list[str]:
    """`at` is the middle of the lips' line."""
    scale = 0.82 if who.age == "child" else (1.08 if who.sex == "m" else 0.96)
    parts = _gritted(kind) if kind in ("gritted", "grimace") else _soft(who, kind)
    return [f'<g transform="translate({at[0]:.1f} {at[1]:.1f}) scale({scale})">{"".join(parts)}</g>']


def _lip_line(who: Identity) -> Colour:
    return who.skin.line.mix(Colour(0.42, 0.12, 20), 0.45)


def _soft(who: Identity, kind: str) -> list[str]:
    line = _lip_line(who)
    lipstick = "lipstick" in who.marks
    if kind in _HOLES:
        return _hole(who, kind, line)
    d = _LINES[kind]
    parts = []
    if lipstick or who.sex == "f":
        tone = Colour(0.55, 0.17, 18) if lipstick else who.skin.mix(Colour(0.6, 0.14, 18), 0.4)
        parts.append(ellipse(0, 5 if kind.startswith("frown") else 7.5, 7, 3, tone, alpha=0.9 if lipstick else 0.4))
    parts.append(stroke(d, line, 3.4))
    if kind == "frown":
        parts.append(stroke("M -5,13 Q 0,11 5,13", line, 2.2, alpha=0.6))
    if kind == "pout":
        parts.append(stroke("M -4,9 Q 0,11 4,9", line, 2.2, alpha=0.6))
    return parts


def _hole(who: Identity, kind: str, line: Colour) -> list[str]:
    d = _HOLES[kind]
    inside = [path(d, _INSIDE)]
    low = 22 if kind in ("laugh", "gasp", "shout") else 14
    if kind not in ("oh", "oh_small", "sigh", "smile_parted"):
        inside.append(ellipse(0, low + 1, 13, 9, _TONGUE))
    if kind in _TEETH:
        inside.append(
            path(
                "M -30,-22 H 30 V -3 Q 0,3 -30,-3 Z" if kind != "grin_side" else "M -30,-22 H 30 V -6 Q 6,7 -30,6 Z",
                WHITE,
            )
        )
    parts = [clipped("mouth", d, inside), stroke(d, line, 3.2)]
    if kind == "tongue":
        parts.append(path("M -2,5 q 7,3 13,0 q 2,15 -6,15 q -8,0 -7,-15 Z", _TONGUE, line, 2.6))
    if "lipstick" in who.marks:
        parts.append(stroke(d, Colour(0.55, 0.17, 18), 4, alpha=0.7))
    return parts


def _gritted(kind: str) -> list[str]:
    wide, high = (24, 9) if kind == "gritted" else (20, 6)
    line = Colour(0.42, 0.09, 20)
    d = (
        f"M {points((-wide, -high + 2))} Q {points((0, -high - 2), (wide, -high + 2))} Q "
        f"{points((wide + 3, 0), (wide - 2, high))} Q {points((0, high - 3), (-wide + 2, high))} Q "
        f"{points((-wide - 3, 0), (-wide, -high + 2))} Z"
    )
    teeth = f"M {points((-wide, 0))} H {wide} " + " ".join(f"M {x},{-high} V {high}" for x in range(-wide + 8, wide, 8))
    return [path(d, WHITE, line, 3.2), clipped("teeth", d, [stroke(teeth, Colour(0.72, 0.03, 300), 2)])]
