"""Draws a face in head units: (0, 0) is the middle of the head, which is 230 high; x grows to the viewer's right."""

from __future__ import annotations

from comfyvn.draft.art.expression import Expression
from comfyvn.draft.art.eyes import draw_eye
from comfyvn.draft.art.face_marks import draw_marks
from comfyvn.draft.art.head import BROW_Y, EYE_X, EYE_Y, MOUTH_Y, NOSE_Y, Head
from comfyvn.draft.art.mouth import draw_mouth
from comfyvn.draft.art.palette import INK, WHITE, Colour
from comfyvn.draft.art.svg import clipped, ellipse, number, path, points, stroke

FACE_BOX = (-104.0, -84.0, 208.0, 212.0)
"""x, y, width, height of what an expression may change, in head units; a margin for feathering is included."""

BROW_PLAY = 1.3
"""How much further brows move than the anatomy would let them."""


def draw_head(head: Head) -> list[str]:
    """Ears and the bare face, without features."""
    who = head.who
    skin = who.skin
    parts = [] if who.ears == "animal" else [_ear(head, side) for side in (-1, 1)]
    parts.append(path(head.contour, skin, skin.line, 3.5))
    x = head.shift
    shade = (
        f"M {points((head.cheek + 4, -20))} C "
        f"{points((head.cheek - 2, 30), (66, 66), (30 + x, head.chin + 2))} L "
        f"{points((90, 130), (110, 0))} Z"
    )
    parts.append(clipped("face-shade", head.contour, [path(shade, skin.shadow)]))
    parts.append(stroke(head.contour, skin.line, 3.5))
    return parts


def _ear(head: Head, side: int) -> str:
    skin, at = head.who.skin, side * (head.cheek - 1) - head.shift * 0.4
    if head.who.ears == "pointed":
        tip = (at + side * 40, -16)
        d = (
            f"M {points((at - side * 6, 6))} Q {points((at + side * 16, -2), tip)} Q "
            f"{points((at + side * 24, 36), (at - side * 4, 48))} Z"
        )
        return path(d, skin, skin.line, 3.5)
    inner = stroke(
        f"M {points((at + side * 3, 18))} q {points((side * 6, 8), (side * 1, 18))}", skin.line, 2.5, alpha=0.6
    )
    return ellipse(at + side * 2, 28, 11, 20, skin, skin.line) + inner


def draw_features(head: Head, mood: Expression) -> list[str]:
    """Everything below the brows that an expression changes, and the marks under it."""
    who, x = head.who, head.shift
    parts = [*draw_marks(head), *_blush(head, mood)]
    if "gloom" in mood.extras:
        parts.append(_gloom(head))
    for side in (-1, 1):
        near = 1.0 - 0.06 * side * head.turn
        parts += draw_eye(who, mood, side, (side * EYE_X + x * 1.1, EYE_Y), near)
    parts.append(_nose(head))
    parts += draw_mouth(who, mood.mouth, (x * 1.15, MOUTH_Y - (4 if who.age == "child" else 0)))
    parts += _extras(head, mood)
    return parts


def _nose(head: Head) -> str:
    skin, x, way = head.who.skin, head.shift * 1.4, 1 if head.turn >= 0 else -1
    if head.who.age == "child":
        return stroke(
            f"M {points((x - 2 * way, NOSE_Y))} q {points((3 * way, 3), (5 * way, 0))}", skin.line, 2.5, alpha=0.75
        )
    long = 17.0 if head.who.sex == "m" else 11.0
    shade = f"M {points((x + 1 * way, NOSE_Y - long))} l {points((7 * way, long + 4))} l {points((-8 * way, 1))} Z"
    line = f"M {points((x + 7 * way, NOSE_Y + 3))} q {points((-3 * way, 4), (-9 * way, 2))}"
    return path(shade, skin.shadow) + stroke(line, skin.line, 2.6, alpha=0.8)


def _blush(head: Head, mood: Expression) -> list[str]:
    rest = 0.16 if head.who.sex == "f" or head.who.age == "child" else 0.06
    strength = max(mood.blush, rest)
    pink = Colour(max(head.who.skin.l - 0.14, 0.42), 0.13, 22)
    parts = []
    for side in (-1, 1):
        cx = side * 51 + head.shift * 1.1
        parts.append(ellipse(cx, 58, 19, 10, pink, alpha=0.55 * strength))
        if mood.blush > 0.7:
            d = " ".join(f"M {points((cx + at, 62))} l {points((5, -9))}" for at in (-12, -4, 4, 12))
            parts.append(stroke(d, pink.lighter(-0.08), 2.2, alpha=0.8))
    return [clipped("blush", head.contour, parts)]


def _gloom(head: Head) -> str:
    blue = Colour(0.5, 0.08, 280)
    lines = " ".join(
        f"M {points((at, -70))} V {number(-12 + low)}" for at, low in ((22, 4), (34, 16), (46, 26), (58, 12))
    )
    shade = path("M -110,-26 Q 0,-112 110,-26 V 6 Q 0,26 -110,6 Z", blue, alpha=0.2)
    return clipped("gloom", head.contour, [shade, stroke(lines, blue.lighter(-0.08), 2.4, alpha=0.55)])


def _extras(head: Head, mood: Expression) -> list[str]:
    x = head.shift
    water, edge = Colour(0.88, 0.055, 235), Colour(0.62, 0.1, 245)
    parts = []
    if "tears" in mood.extras:
        for side in (-1, 1):
            cx = side * EYE_X + x
            d = (
                f"M {points((cx - 9, 32))} C {points((cx - 12, 60), (cx - 6 - side * 2, 80), (cx - 9, 96))} "
                f"q {points((9, 9), (17, 0))} C {points((cx + 6, 78), (cx + 13, 60), (cx + 9, 32))} Z"
            )
            parts.append(clipped(f"tears{side + 1}", head.contour, [path(d, water, edge, 2, alpha=0.85)]))
    if "tear" in mood.extras:
        parts.append(_drop(EYE_X + 22 + x, 62, 8, water, edge))
    if "sweat" in mood.extras:
        parts.append(_drop(66 + x * 0.5, -8, 9.5, water, edge))
    if "vein" in mood.extras:
        parts.append(_vein(62, -58))
    if "puff" in mood.extras:
        parts += [
            stroke(
                f"M {points((side * 66 + x, 66))} q {points((side * 8, 10), (-side * 2, 20))}", head.who.skin.line, 2.6
            )
            for side in (-1, 1)
        ]
    if "bags" in mood.extras:
        parts += [
            stroke(
                f"M {points((side * EYE_X - 14 + x, 50))} q {points((14, 7), (28, 0))}",
                head.who.skin.line,
                2.4,
                alpha=0.6,
            )
            for side in (-1, 1)
        ]
    if "sparkle" in mood.extras:
        parts.append(_star(76, -56, 13, Colour(0.93, 0.09, 95), Colour(0.75, 0.13, 85)))
    return parts


def _drop(x: float, y: float, r: float, fill: Colour, line: Colour) -> str:
    d = (
        f"M {points((x, y - 2 * r))} C "
        f"{points((x + r * 0.5, y - r), (x + r, y - r * 0.4), (x + r, y + r * 0.2))} A {number(r)} "
        f"{number(r)} 0 0 1 {points((x - r, y + r * 0.2))} C "
        f"{points((x - r, y - r * 0.4), (x - r * 0.5, y - r), (x, y - 2 * r))} Z"
    )
    return path(d, fill, line, 2.4) + ellipse(x - r * 0.35, y + r * 0.1, r * 0.22, r * 0.36, WHITE)


def _vein(x: float, y: float) -> str:
    red = Colour(0.56, 0.2, 25)
    d = " ".join(
        f"M {points((x + sx * 4, y + sy * 15))} Q {points((x + sx * 4, y + sy * 4), (x + sx * 15, y + sy * 4))}"
        for sx in (-1, 1)
        for sy in (-1, 1)
    )
    return stroke(d, WHITE, 9) + stroke(d, red, 5)


def _star(x: float, y: float, r: float, fill: Colour, line: Colour) -> str:
    d = (
        f"M {points((x, y - r))} Q {points((x, y), (x + r, y))} Q {points((x, y), (x, y + r))} Q "
        f"{points((x, y), (x - r, y))} Q {points((x, y), (x, y - r))} Z"
    )
    return path(d, fill, line, 2)


def draw_brows(head: Head, mood: Expression) -> list[str]:
    """Over the fringe, in a rim of skin, as heavy as a mood needs to be read through any hair from afar."""
    who = head.who
    thick = {"thin": 6.4, "soft": 7.8, "thick": 9.4}[who.brow]
    tone = who.hair_colour.mix(INK, 0.62) if who.hair_colour.l > 0.4 else INK.lighter(-0.03)
    if who.skin.l - tone.l < 0.22:
        tone = INK.lighter(-0.03)
    parts = []
    for side in (-1, 1):
        near = 1.0 - 0.06 * side * head.turn
        lift = mood.brow_tilt * side * BROW_PLAY
        base = BROW_Y - (0 if who.sex == "f" else -4) - (4 if who.age == "child" else 0) - lift
        cx = head.shift * 1.1
        ix, iy = cx + side * 15, base - mood.brow_inner * BROW_PLAY
        ox, oy = cx + side * 60 * near, base + 4 - mood.brow_outer * BROW_PLAY
        mx, my = (ix + ox) / 2, (iy + oy) / 2 - 6 - mood.brow_arch
        d = (
            f"M {points((ix, iy - thick / 2))} Q {points((mx, my - thick / 2), (ox, oy))} "
            f"Q {points((mx, my + thick / 2 + 1), (ix, iy + thick / 2))} Z"
        )
        parts += [stroke(d, who.skin, 9, alpha=0.8), path(d, tone, tone, 1.6)]
    return parts
