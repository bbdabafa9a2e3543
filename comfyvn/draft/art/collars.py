"""Draws necklines and collars."""

from __future__ import annotations

from collections.abc import Callable

from comfyvn.draft.art.body import MIDDLE as M
from comfyvn.draft.art.dressed import Dressed, hem_of
from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import path, points, stroke


def _inner(d: Dressed) -> list[str]:
    """The shirt between open fronts."""
    f, tone = d.frame, d.clothes.shirt
    n = f.neck + 8
    low = f.shoulder + (210 if d.clothes.cut.length != "long" else 250)
    shape = (
        f"M {points((M - n, f.shoulder - 24))} Q "
        f"{points((M, f.shoulder + 20), (M + n, f.shoulder - 24))} L "
        f"{points((M + 34, f.shoulder + 60), (M, low), (M - 34, f.shoulder + 60))} Z"
    )
    return [
        path(shape, tone, tone.line, 3),
        path(
            f"M {points((M + 8, f.shoulder))} L "
            f"{points((M + n, f.shoulder - 20), (M + 34, f.shoulder + 60), (M, low))} Z",
            tone.shadow,
            alpha=0.6,
        ),
        *_shirt_collar(d, tone),
    ]


def _shirt_collar(d: Dressed, tone: Colour | None = None) -> list[str]:
    f, n = d.frame, d.frame.neck + 8
    tone = tone or d.clothes.main.highlight
    y = f.shoulder
    parts = []
    for side in (-1, 1):
        shape = (
            f"M {points((M + side * n, y - 34))} Q "
            f"{points((M + side * 20, y - 4), (M + side * 2, y + 2))} L "
            f"{points((M + side * 30, y + 36), (M + side * (n + 14), y - 12))} Z"
        )
        parts.append(path(shape, tone if side < 0 else tone.mix(tone.shadow, 0.4), tone.line, 3))
    return parts


def _crew(d: Dressed) -> list[str]:
    n, y, tone = d.frame.neck + 7, d.frame.shoulder - 24, d.clothes.main
    curve = f"M {points((M - n, y))} Q {points((M, y + 32), (M + n, y))}"
    return [stroke(curve, tone.line, 14), stroke(curve, tone.highlight, 8)]


def _vee(d: Dressed) -> list[str]:
    f, tone, skin = d.frame, d.clothes.main, d.who.skin
    n, y = f.neck + 7, f.shoulder
    vee = (
        f"M {points((M - n, y - 24))} L {points((M, y + 72), (M + n, y - 24))} Q "
        f"{points((M, y + 10), (M - n, y - 24))} Z"
    )
    edge = f"M {points((M - n, y - 24))} L {points((M, y + 72), (M + n, y - 24))}"
    parts = [] if d.clothes.cut.inner else [path(vee, skin)]
    return [*parts, stroke(edge, tone.line, 12), stroke(edge, tone.highlight, 6.5)]


def _lapels(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 10, f.shoulder
    low = y + (210 if d.clothes.cut.length != "long" else 250)
    parts = []
    for side in (-1, 1):
        shape = (
            f"M {points((M + side * n, y - 30))} L "
            f"{points((M + side * 34, y + 60), (M + side * 1, low), (M + side * 54, y + 112))} "
            f"{points((M + side * 74, y + 78), (M + side * 62, y + 58), (M + side * 82, y + 34))} "
            f"Q {points((M + side * (n + 24), y - 8), (M + side * n, y - 30))} Z"
        )
        parts.append(path(shape, tone.highlight if side < 0 else tone, tone.line, 3))
    parts.append(stroke(f"M {points((M, low))} L {points((M + 3, hem_of(d)))}", tone.line, 3, alpha=0.8))
    return parts


def _hood(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 14, f.shoulder
    parts = []
    for side in (-1, 1):
        shape = (
            f"M {points((M + side * n, y - 54))} C "
            f"{points((M + side * (n + 44), y - 40), (M + side * (n + 52), y + 8), (M, y + 64))} C "
            f"{points((M + side * 14, y + 20), (M + side * (n - 10), y + 2), (M + side * n, y - 54))} Z"
        )
        parts.append(path(shape, tone.highlight if side < 0 else tone.mix(tone.shadow, 0.4), tone.line, 3.2))
    return parts


def _sailor(d: Dressed) -> list[str]:
    f = d.frame
    tone = d.clothes.bottom
    n, y = f.neck + 8, f.shoulder
    parts = [
        path(f"M {points((M - n, y - 26))} L {points((M, y + 96), (M + n, y - 26))} Z", d.clothes.shirt, tone.line, 3)
    ]
    for side in (-1, 1):
        shape = (
            f"M {points((M + side * n, y - 30))} L "
            f"{points((M + side * (f.span - 30), y - 8), (M + side * (f.chest - 10), y + 74))} "
            f"{points((M, y + 118), (M + side * 4, y + 98))} "
            f"Z"
        )
        line = (
            f"M {points((M + side * (f.span - 44), y - 2))} L "
            f"{points((M + side * (f.chest - 22), y + 64), (M, y + 106))}"
        )
        parts += [path(shape, tone, tone.line, 3.2), stroke(line, WHITE, 4)]
    return parts


def _turtle(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 5, f.shoulder
    shape = (
        f"M {points((M - n, y - 62))} Q {points((M, y - 46), (M + n, y - 62))} L "
        f"{points((M + n + 9, y - 18))} Q {points((M, y + 12), (M - n - 9, y - 18))} Z"
    )
    ribs = " ".join(f"M {points((M + x, y - 50))} L {points((M + x * 1.2, y - 8))}" for x in (-20, -10, 0, 10, 20))
    return [path(shape, tone.highlight, tone.line, 3.2), stroke(ribs, tone.line, 2.2, alpha=0.35)]


def _wrap(d: Dressed) -> list[str]:
    f, tone, skin = d.frame, d.clothes.main, d.who.skin
    n, y = f.neck + 8, f.shoulder
    low = f.waist_y - 20
    skin_vee = path(f"M {points((M - n, y - 26))} L {points((M + 2, y + 66), (M + n, y - 26))} Z", skin)
    under = f"M {points((M + n, y - 26))} L {points((M - 46, low))}"
    over = f"M {points((M - n, y - 26))} L {points((M + 58, low))}"
    white = f"M {points((M - n + 6, y - 26))} L {points((M + 6, y + 62), (M + n - 6, y - 26))}"
    edge = d.clothes.accent if d.clothes.name == "kimono" else tone.highlight
    return [
        skin_vee,
        stroke(white, WHITE.shadow, 12),
        stroke(under, tone.line, 22),
        stroke(under, edge, 16),
        stroke(over, tone.line, 22),
        stroke(over, edge, 16),
    ]


def _mandarin(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 6, f.shoulder
    shape = (
        f"M {points((M - n, y - 48))} Q {points((M, y - 26), (M + n, y - 48))} L "
        f"{points((M + n + 8, y - 16))} Q {points((M, y + 12), (M - n - 8, y - 16))} Z"
    )
    return [path(shape, tone.highlight, tone.line, 3.2), stroke(f"M {points((M, y - 36))} V {y:.1f}", tone.line, 3)]


_COLLARS: dict[str, Callable[[Dressed], list[str]]] = {
    "crew": _crew,
    "v": _vee,
    "shirt": _shirt_collar,
    "lapel": _lapels,
    "hood": _hood,
    "sailor": _sailor,
    "turtle": _turtle,
    "wrap": _wrap,
    "mandarin": _mandarin,
}


def collar(d: Dressed) -> list[str]:
    """The shirt between open fronts, and the collar of the cut."""
    parts = _inner(d) if d.clothes.cut.inner else []
    draw = _COLLARS.get(d.clothes.cut.collar)
    return parts + (draw(d) if draw else [])
