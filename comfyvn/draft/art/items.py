"""Draws what a figure holds; `at` is the hand that holds it, or the middle between both hands."""

from __future__ import annotations

from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import Point, ellipse, path, points, rect, stroke

_WOOD = Colour(0.55, 0.06, 58)
_METAL = Colour(0.72, 0.02, 260)


def draw_item(item: str, at: Point, accent: Colour) -> list[str]:
    x, y = at
    match item:
        case "cup":
            cup = f"M {points((x - 34, y - 44))} h 68 q -2,56 -22,60 h -24 q -20,-4 -22,-60 Z"
            steam = (
                f"M {points((x - 10, y - 60))} q -8,-12 0,-22 t 0,-22 M {points((x + 12, y - 60))} q -8,-12 "
                f"0,-20 t 0,-20"
            )
            return [
                stroke(steam, WHITE, 4, alpha=0.7),
                stroke(f"M {points((x + 32, y - 32))} q 26,2 20,22 q -6,12 -26,10", accent.line, 8),
                path(cup, accent.lighter(0.2), accent.line),
                ellipse(x, y - 44, 34, 8, Colour(0.5, 0.07, 55), accent.line, 3),
            ]
        case "book":
            cover = (
                f"M {points((x - 74, y - 66))} L "
                f"{points((x, y - 52), (x + 74, y - 66), (x + 74, y + 32), (x, y + 48), (x - 74, y + 32))} Z"
            )
            return [
                path(cover, accent, accent.line),
                stroke(f"M {points((x, y - 52))} V {y + 48:.1f}", accent.line, 4),
                path(
                    f"M {points((x - 66, y - 70))} L "
                    f"{points((x, y - 56), (x + 66, y - 70), (x + 66, y - 62), (x, y - 48), (x - 66, y - 62))} Z",
                    WHITE,
                    accent.line,
                    2.4,
                ),
            ]
        case "letter":
            return [
                path(
                    f"M {points((x - 54, y - 66))} l 108,-8 l 6,84 l -108,8 Z",
                    Colour(0.95, 0.02, 85),
                    Colour(0.5, 0.05, 70),
                    3,
                ),
                stroke(f"M {points((x - 54, y - 66))} l 58,44 l 50,-52", Colour(0.5, 0.05, 70), 3),
                ellipse(x + 3, y - 20, 9, 9, Colour(0.55, 0.16, 25)),
            ]
        case "flower":
            parts = [
                stroke(
                    f"M {points((x, y + 60))} Q {points((x - 6, y), (x + dx * 0.4, y - 50))}", Colour(0.55, 0.1, 145), 6
                )
                for dx in (-50, 0, 50)
            ]
            for dx, dy in ((-38, -56), (38, -60), (0, -86), (-12, -40), (20, -34)):
                parts += [
                    ellipse(x + dx, y + dy, 22, 20, accent.lighter(0.16), accent.line, 3),
                    ellipse(x + dx, y + dy, 8, 7, Colour(0.86, 0.12, 92)),
                ]
            return parts
        case "box":
            return [
                path(f"M {points((x - 92, y - 50))} h 184 v 104 h -184 Z", _WOOD.lighter(0.1), _WOOD.line),
                stroke(
                    f"M {points((x - 92, y - 18))} h 184 M {points((x - 92, y + 20))} h 184", _WOOD.line, 3, alpha=0.6
                ),
            ]
        case "tray":
            cup = f"M {points((x - 20, y - 66))} h 40 q 0,34 -14,36 h -12 q -14,-2 -14,-36 Z"
            return [
                path(cup, WHITE, accent.line, 3),
                path(f"M {points((x - 110, y - 30))} h 220 q 4,18 -18,20 h -184 q -22,-2 -18,-20 Z", _WOOD, _WOOD.line),
            ]
        case "phone":
            return [
                rect(x - 4, y - 74, 42, 76, Colour(0.35, 0.02, 270), r=9, line=Colour(0.25, 0.02, 270)),
                rect(x + 1, y - 66, 32, 56, Colour(0.8, 0.06, 230), r=4),
            ]
        case "lantern":
            glow = Colour(0.92, 0.13, 88)
            return [
                stroke(f"M {points((x, y + 12))} v 20", _METAL.line, 5),
                path(f"M {points((x - 22, y + 40))} q 22,-22 44,0 Z", _METAL.shadow, _METAL.line),
                ellipse(x, y + 72, 64, 64, glow, alpha=0.22),
                rect(x - 22, y + 42, 44, 60, glow, r=6, line=_METAL.line),
                path(f"M {points((x, y + 58))} q 16,20 0,36 q -16,-16 0,-36 Z", Colour(0.78, 0.17, 62)),
                stroke(f"M {points((x - 8, y + 42))} v 60 M {points((x + 8, y + 42))} v 60", _METAL.line, 3, alpha=0.7),
                rect(x - 26, y + 100, 52, 14, _METAL.shadow, r=4, line=_METAL.line),
            ]
        case "umbrella":
            return [
                stroke(f"M {points((x + 12, y + 70))} V {y - 250:.1f}", _WOOD.line, 9),
                stroke(f"M {points((x + 12, y + 70))} V {y - 250:.1f}", _WOOD, 4),
                stroke(f"M {points((x + 12, y + 70))} q 0,22 18,20", _WOOD.line, 8),
            ]
        case "sword":
            return [
                path(
                    f"M {points((x - 8, y + 6))} L "
                    f"{points((x + 30, y + 330), (x + 46, y + 350), (x + 48, y + 322), (x + 14, y + 4))} Z",
                    _METAL.highlight,
                    _METAL.line,
                ),
                stroke(f"M {points((x - 26, y + 16))} L {points((x + 34, y + 4))}", Colour(0.5, 0.08, 80), 12),
                stroke(f"M {points((x - 2, y + 4))} L {points((x - 10, y - 54))}", Colour(0.4, 0.05, 40), 13),
            ]
        case "bag":
            return [
                stroke(f"M {points((x - 24, y + 70))} q 0,-44 22,-44 q 24,0 24,44", accent.line, 9),
                rect(x - 62, y + 64, 124, 92, accent, r=12, line=accent.line),
                stroke(f"M {points((x - 62, y + 98))} h 124", accent.line, 3),
            ]
        case _:
            return []


def draw_canopy(at: Point, accent: Colour) -> list[str]:
    """The roof of an umbrella, behind the head of who holds it."""
    x, y = at[0] - 70, at[1] - 250
    d = (
        f"M {points((x - 260, y + 90))} C "
        f"{points((x - 250, y - 60), (x - 90, y - 120), (x + 70, y - 110))} C "
        f"{points((x + 200, y - 100), (x + 270, y - 20), (x + 270, y + 90))} Q "
        f"{points((x + 225, y + 50), (x + 180, y + 88))} Q "
        f"{points((x + 110, y + 46), (x + 40, y + 88))} Q "
        f"{points((x - 40, y + 46), (x - 110, y + 88))} Q "
        f"{points((x - 190, y + 46), (x - 260, y + 90))} Z"
    )
    ribs = (
        f"M {points((x + 60, y - 110))} Q {points((x - 60, y - 40), (x - 110, y + 88))} M "
        f"{points((x + 60, y - 110))} Q {points((x + 60, y - 20), (x + 40, y + 88))} M "
        f"{points((x + 60, y - 110))} Q {points((x + 160, y - 40), (x + 180, y + 88))}"
    )
    return [path(d, accent.shadow, accent.line), stroke(ribs, accent.line, 3, alpha=0.6)]
