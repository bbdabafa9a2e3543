"""Draws what a face keeps in every mood: freckles, wrinkles, scars, beards, glasses."""

from __future__ import annotations

from comfyvn.draft.art.head import EYE_X, EYE_Y, Head
from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.palette import INK, WHITE, Colour
from comfyvn.draft.art.svg import clipped, ellipse, path, points, rect, stroke


def draw_marks(head: Head) -> list[str]:
    """Marks on the skin, under the features."""
    who, x = head.who, head.shift
    tone = who.skin.line
    parts = []
    if "freckles" in who.marks:
        spots = (
            (-60, 50),
            (-50, 45),
            (-41, 52),
            (-53, 56),
            (-33, 47),
            (60, 50),
            (50, 45),
            (41, 52),
            (53, 56),
            (33, 47),
            (-4, 42),
            (7, 45),
        )
        parts += [ellipse(sx + x, sy, 2.4, 2.2, tone, alpha=0.55) for sx, sy in spots]
    if "mole" in who.marks:
        parts.append(ellipse(EYE_X + 12 + x, 54, 2.7, 2.7, INK, alpha=0.85))
    if "wrinkles" in who.marks:
        for side in (-1, 1):
            parts.append(
                stroke(
                    f"M {points((side * 20 + x, 60))} q {points((side * 12, 8), (side * 13, 20))}", tone, 2.2, alpha=0.5
                )
            )
            parts.append(
                stroke(
                    f"M {points((side * 62 + x, 22))} l {points((side * 9, -4))} M "
                    f"{points((side * 62 + x, 28))} l {points((side * 9, 3))}",
                    tone,
                    2,
                    alpha=0.5,
                )
            )
            parts.append(
                stroke(f"M {points((side * EYE_X - 12 + x, 48))} q {points((12, 5), (24, 0))}", tone, 2, alpha=0.4)
            )
    if "scar" in who.marks:
        scar = who.skin.mix(Colour(0.55, 0.12, 20), 0.5)
        parts.append(
            stroke(
                f"M {points((-66 + x, 34))} L {points((-36 + x, 74))} M {points((-60 + x, 50))} l 9,-6 M "
                f"{points((-51 + x, 62))} l 9,-6",
                scar,
                3.4,
            )
        )
    return parts


def draw_over_eyes(head: Head) -> list[str]:
    """What is worn before the eyes."""
    who, x = head.who, head.shift * 1.1
    parts = []
    if "eyepatch" in who.marks:
        patch = Colour(0.32, 0.02, 280)
        parts.append(
            stroke(
                f"M {points((-92, -2))} L {points((-30 + x, 4))} M {points((-20 + x, -4))} L {points((88, -48))}",
                patch,
                4,
            )
        )
        parts.append(
            path(
                f"M {points((-64 + x, 4))} Q {points((-38 + x, -6), (-12 + x, 4))} Q "
                f"{points((-14 + x, 50), (-38 + x, 56))} Q {points((-62 + x, 50), (-64 + x, 4))} Z",
                patch,
                patch.line,
            )
        )
    if who.glasses:
        parts += _glasses(who, x, head.cheek)
    return parts


def _glasses(who: Identity, x: float, cheek: float) -> list[str]:
    frame = (
        Colour(0.36, 0.05, who.dice.pick("frame hue", (30, 60, 260, 300)))
        if who.glasses != "half"
        else Colour(0.58, 0.06, 80)
    )
    parts = []
    for side in (-1, 1):
        cx = side * 38 + x
        if who.glasses == "round":
            parts.append(
                ellipse(cx, EYE_Y + 3, 31, 30, WHITE, alpha=0.14) + ellipse(cx, EYE_Y + 3, 31, 30, None, frame, 4)
            )
        elif who.glasses == "square":
            parts.append(rect(cx - 31, EYE_Y - 20, 62, 44, WHITE, r=11, alpha=0.14))
            d = f"M {points((cx - 31, EYE_Y - 20))} h 62 q 2,44 -14,44 h -34 q -16,0 -14,-44 Z"
            parts.append(stroke(d, frame, 4.6))
        else:
            parts.append(stroke(f"M {points((cx - 29, EYE_Y + 16))} h 58 q 0,24 -29,24 q -29,0 -29,-24 Z", frame, 3.4))
        parts.append(
            stroke(f"M {points((cx + side * 31, EYE_Y - 2))} L {points((side * (cheek + 3), EYE_Y - 6))}", frame, 3.4)
        )
        parts.append(stroke(f"M {points((cx - 16, EYE_Y + 12))} l 13,-18", WHITE, 3, alpha=0.55))
    parts.append(stroke(f"M {points((x - 8, EYE_Y + (18 if who.glasses == 'half' else 0)))} q 8,-7 16,0", frame, 3.8))
    return parts


def draw_moustache(head: Head) -> list[str]:
    """The part of a beard over the lips: drawn after the mouth."""
    who, x = head.who, head.shift
    if who.beard not in ("moustache", "full"):
        return []
    lip = (
        f"M {points((x, 66))} C {points((x - 14, 60), (x - 34, 66), (x - 38, 80))} C "
        f"{points((x - 22, 79), (x - 10, 77), (x, 74))} C "
        f"{points((x + 10, 77), (x + 22, 79), (x + 38, 80))} C "
        f"{points((x + 34, 66), (x + 14, 60), (x, 66))} Z"
    )
    tone = who.hair_colour.mix(INK, 0.12)
    return [path(lip, tone.highlight if who.beard == "full" else tone, tone.line, 2.5)]


def draw_beard(head: Head) -> list[str]:
    """The part of a beard on cheeks and chin: drawn before the mouth."""
    who = head.who
    if who.beard in ("", "moustache"):
        return []
    x, low, hair = head.shift, head.chin, who.hair_colour
    tone = hair.mix(INK, 0.12)
    if who.beard == "stubble":
        d = f"M -74,46 C -70,70 -40,66 -26,68 Q {points((x, 60), (26, 68))} C 40,66 70,70 74,46 L 80,140 H -80 Z"
        return [clipped("stubble", head.contour, [path(d, hair.mix(who.skin, 0.35), alpha=0.32)])]
    if who.beard == "goatee":
        d = (
            f"M {points((x - 22, 96))} Q {points((x, 90), (x + 22, 96))} Q "
            f"{points((x + 24, low + 8), (x, low + 16))} Q {points((x - 24, low + 8), (x - 22, 96))} Z"
        )
        return [path(d, tone, tone.line, 2.8)]
    wide = head.cheek
    d = (
        f"M {points((-wide + 1, 24))} C {points((-wide + 8, 66), (-44, 70), (x - 26, 72))} Q "
        f"{points((x, 64), (x + 26, 72))} C {points((44, 70), (wide - 8, 66), (wide - 1, 24))} "
        f"C {points((wide + 8, 80), (50 + x, low + 18), (x, low + 26))} C "
        f"{points((-50 + x, low + 18), (-wide - 8, 80), (-wide + 1, 24))} Z"
    )
    locks = " ".join(
        f"M {points((x + at, 104 + abs(at) * -0.3))} q {points((at * 0.08, 12), (at * -0.1, 22))}"
        for at in (-40, -22, 22, 40)
    )
    return [path(d, tone, tone.line, 3.2), stroke(locks, tone.shadow, 3)]
