"""Draws what makes a garment that garment: collars, closures, ties, aprons, plates, scarves."""

from __future__ import annotations

from collections.abc import Callable

from comfyvn.draft.art import body
from comfyvn.draft.art.body import MIDDLE as M
from comfyvn.draft.art.garments import Dressed, _hem, trunk_path
from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import clipped, ellipse, path, points, rect, stroke

_BRASS = Colour(0.8, 0.12, 85)


def trims(d: Dressed) -> list[str]:
    """Collar first, then every detail of the cut in a fixed order."""
    parts = _inner(d) if d.clothes.cut.inner else []
    collar = _COLLARS.get(d.clothes.cut.collar)
    if collar:
        parts += collar(d)
    for name, draw in _DETAILS.items():
        if name in d.clothes.cut.details:
            parts += draw(d)
    return parts


def behind(d: Dressed) -> list[str]:
    """What hangs at the back: a cape, a hood."""
    f, parts = d.frame, []
    if "cape" in d.clothes.cut.details:
        tone = d.clothes.main.shadow if d.clothes.name == "cloak" else d.clothes.accent
        w = f.span + 54
        shape = f"M {points((M - f.span + 10, f.shoulder - 4))} C {points((M - w, f.shoulder + 90), (M - w - 10, f.hip_y), (M - w - 34, 1270))} H {M + w + 34:.1f} C {points((M + w + 10, f.hip_y), (M + w, f.shoulder + 90), (M + f.span - 10, f.shoulder - 4))} Z"
        parts.append(path(shape, tone, tone.line))
    if d.clothes.cut.collar == "hood":
        tone = d.clothes.main.shadow
        n = f.neck + 48
        parts.append(path(f"M {points((M - n, f.shoulder + 6))} C {points((M - n - 16, f.head + 30), (M - 60, f.head + 10), (M, f.head + 10))} C {points((M + 60, f.head + 10), (M + n + 16, f.head + 30), (M + n, f.shoulder + 6))} Z", tone, tone.line))
    return parts


# --- collars -------------------------------------------------------------------------------------------------------


def _inner(d: Dressed) -> list[str]:
    """The shirt between open fronts."""
    f, tone = d.frame, d.clothes.shirt
    n = f.neck + 8
    low = f.shoulder + (210 if d.clothes.cut.length != "long" else 250)
    shape = f"M {points((M - n, f.shoulder - 24))} Q {points((M, f.shoulder + 20), (M + n, f.shoulder - 24))} L {points((M + 34, f.shoulder + 60), (M, low), (M - 34, f.shoulder + 60))} Z"
    return [path(shape, tone, tone.line, 3), path(f"M {points((M + 8, f.shoulder))} L {points((M + n, f.shoulder - 20), (M + 34, f.shoulder + 60), (M, low))} Z", tone.shadow, alpha=0.6), *_shirt_collar(d, tone)]


def _shirt_collar(d: Dressed, tone: Colour | None = None) -> list[str]:
    f, n = d.frame, d.frame.neck + 8
    tone = tone or d.clothes.main.highlight
    y = f.shoulder
    parts = []
    for side in (-1, 1):
        shape = f"M {points((M + side * n, y - 34))} Q {points((M + side * 20, y - 4), (M + side * 2, y + 2))} L {points((M + side * 30, y + 36), (M + side * (n + 14), y - 12))} Z"
        parts.append(path(shape, tone if side < 0 else tone.mix(tone.shadow, 0.4), tone.line, 3))
    return parts


def _crew(d: Dressed) -> list[str]:
    n, y, tone = d.frame.neck + 7, d.frame.shoulder - 24, d.clothes.main
    curve = f"M {points((M - n, y))} Q {points((M, y + 32), (M + n, y))}"
    return [stroke(curve, tone.line, 14), stroke(curve, tone.highlight, 8)]


def _vee(d: Dressed) -> list[str]:
    f, tone, skin = d.frame, d.clothes.main, d.who.skin
    n, y = f.neck + 7, f.shoulder
    vee = f"M {points((M - n, y - 24))} L {points((M, y + 72), (M + n, y - 24))} Q {points((M, y + 10), (M - n, y - 24))} Z"
    edge = f"M {points((M - n, y - 24))} L {points((M, y + 72), (M + n, y - 24))}"
    parts = [] if d.clothes.cut.inner else [path(vee, skin)]
    return [*parts, stroke(edge, tone.line, 12), stroke(edge, tone.highlight, 6.5)]


def _lapels(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 10, f.shoulder
    low = y + (210 if d.clothes.cut.length != "long" else 250)
    parts = []
    for side in (-1, 1):
        shape = f"M {points((M + side * n, y - 30))} L {points((M + side * 34, y + 60), (M + side * 1, low), (M + side * 54, y + 112), (M + side * 74, y + 78), (M + side * 62, y + 58), (M + side * 82, y + 34))} Q {points((M + side * (n + 24), y - 8), (M + side * n, y - 30))} Z"
        parts.append(path(shape, tone.highlight if side < 0 else tone, tone.line, 3))
    parts.append(stroke(f"M {points((M, low))} L {points((M + 3, _hem(d)))}", tone.line, 3, alpha=0.8))
    return parts


def _hood(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 14, f.shoulder
    parts = []
    for side in (-1, 1):
        shape = f"M {points((M + side * n, y - 54))} C {points((M + side * (n + 44), y - 40), (M + side * (n + 52), y + 8), (M, y + 64))} C {points((M + side * 14, y + 20), (M + side * (n - 10), y + 2), (M + side * n, y - 54))} Z"
        parts.append(path(shape, tone.highlight if side < 0 else tone.mix(tone.shadow, 0.4), tone.line, 3.2))
    return parts


def _sailor(d: Dressed) -> list[str]:
    f = d.frame
    tone = d.clothes.bottom
    n, y = f.neck + 8, f.shoulder
    parts = [path(f"M {points((M - n, y - 26))} L {points((M, y + 96), (M + n, y - 26))} Z", d.clothes.shirt, tone.line, 3)]
    for side in (-1, 1):
        shape = f"M {points((M + side * n, y - 30))} L {points((M + side * (f.span - 30), y - 8), (M + side * (f.chest - 10), y + 74), (M, y + 118), (M + side * 4, y + 98))} Z"
        line = f"M {points((M + side * (f.span - 44), y - 2))} L {points((M + side * (f.chest - 22), y + 64), (M, y + 106))}"
        parts += [path(shape, tone, tone.line, 3.2), stroke(line, WHITE, 4)]
    return parts


def _turtle(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 5, f.shoulder
    shape = f"M {points((M - n, y - 62))} Q {points((M, y - 46), (M + n, y - 62))} L {points((M + n + 9, y - 18))} Q {points((M, y + 12), (M - n - 9, y - 18))} Z"
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
    return [skin_vee, stroke(white, WHITE.shadow, 12), stroke(under, tone.line, 22), stroke(under, edge, 16), stroke(over, tone.line, 22), stroke(over, edge, 16)]


def _mandarin(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    n, y = f.neck + 6, f.shoulder
    shape = f"M {points((M - n, y - 48))} Q {points((M, y - 26), (M + n, y - 48))} L {points((M + n + 8, y - 16))} Q {points((M, y + 12), (M - n - 8, y - 16))} Z"
    return [path(shape, tone.highlight, tone.line, 3.2), stroke(f"M {points((M, y - 36))} V {y:.1f}", tone.line, 3)]


def _straps(d: Dressed) -> list[str]:
    return []


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


# --- details -------------------------------------------------------------------------------------------------------


def _studs(d: Dressed, ys: list[float], tone: Colour, x: float = 0.0, r: float = 5.5) -> list[str]:
    return [ellipse(M + x, y, r, r, tone, tone.line, 2.2) for y in ys]


def _seam(d: Dressed) -> str:
    f = d.frame
    return stroke(f"M {points((M, f.shoulder + 8))} Q {points((M + f.sway * 0.5, f.waist_y - 40), (M + f.sway * 0.7, _hem(d)))}", d.clothes.main.line, 2.8, alpha=0.7)


def _buttons(d: Dressed) -> list[str]:
    f = d.frame
    tone = d.clothes.main.highlight if d.clothes.main.l < 0.8 else d.clothes.main.shadow
    return [_seam(d), *_studs(d, [f.shoulder + 46 + 52 * i for i in range(4)], tone)]


def _two_buttons(d: Dressed) -> list[str]:
    f = d.frame
    return _studs(d, [f.shoulder + 226, f.shoulder + 268], d.clothes.accent if d.clothes.name == "blazer" else d.clothes.main.shadow, x=3)


def _coat_buttons(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main.line
    ys = [f.shoulder + 150 + 62 * i for i in range(4 if d.clothes.cut.length == "long" else 3)]
    if d.clothes.name == "raincoat":
        return [_seam(d), *_studs(d, [f.shoulder + 90 + 66 * i for i in range(5)], tone, r=7)]
    return [*_studs(d, ys[1:], tone, x=-30, r=7), *_studs(d, ys[1:], tone, x=34, r=7)]


def _flap(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    y = f.hip_y - 40
    return [path(f"M {points((M + side * 34, y))} h {side * 58} v 18 q {-side * 29},12 {-side * 58},0 Z", tone.highlight, tone.line, 3) for side in (-1, 1)]


def _tie(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    y = f.shoulder
    if d.who.sex == "f" and d.clothes.name == "blazer":
        return _bow(d)
    long = 190 if d.clothes.cut.inner else 230
    return [path(f"M {points((M - 11, y + 2))} h 22 l -4,22 l 12,{long - 60} l -19,26 l -19,-26 l 12,{60 - long} Z", tone, tone.line, 3), path(f"M {points((M - 11, y + 2))} h 22 l -5,22 h -12 Z", tone.highlight, tone.line, 3)]


def _bow(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    y = f.shoulder + (104 if d.clothes.cut.collar == "sailor" else 20)
    wings = f"M {points((M, y))} C {points((M - 20, y - 26), (M - 52, y - 20), (M - 50, y + 4))} C {points((M - 50, y + 26), (M - 20, y + 20), (M, y + 4))} C {points((M + 20, y + 20), (M + 50, y + 26), (M + 50, y + 4))} C {points((M + 52, y - 20), (M + 20, y - 26), (M, y))} Z"
    tails = f"M {points((M - 6, y + 6))} L {points((M - 26, y + 74), (M - 6, y + 66), (M, y + 10), (M + 8, y + 66), (M + 28, y + 72), (M + 6, y + 6))} Z"
    return [path(tails, tone.shadow, tone.line, 3), path(wings, tone, tone.line, 3), rect(M - 10, y - 10, 20, 22, tone.highlight, r=6, line=tone.line)]


def _bow_tie(d: Dressed) -> list[str]:
    y, tone = d.frame.shoulder + 10, d.clothes.accent
    return [path(f"M {points((M, y))} l -30,-14 v 28 Z M {points((M, y))} l 30,-14 v 28 Z", tone, tone.line, 3), ellipse(M, y, 8, 9, tone.highlight, tone.line, 3)]


def _belt(d: Dressed) -> list[str]:
    f = d.frame
    leather = Colour(0.42, 0.05, 50) if d.clothes.name != "coat" else d.clothes.main.shadow
    y = f.waist_y + (26 if d.clothes.cut.length == "tucked" else 4)
    w, x = f.waist + (14 if d.clothes.cut.straight else 5), M + f.sway * 0.7
    if d.clothes.cut.straight:
        w = (f.chest + f.hip) / 2 + 8
    band = f"M {points((x - w, y - 12))} Q {points((x, y), (x + w, y - 12))} L {points((x + w + 1, y + 12))} Q {points((x, y + 24), (x - w - 1, y + 12))} Z"
    return [path(band, leather, leather.line, 3), rect(x - 14, y - 9, 28, 26, _BRASS, r=4, line=_BRASS.line), rect(x - 7, y - 2, 14, 12, leather, r=2)]


def _zip(d: Dressed) -> list[str]:
    f = d.frame
    return [stroke(f"M {points((M, f.shoulder))} V {_hem(d):.1f}", d.clothes.main.line, 7), stroke(f"M {points((M, f.shoulder))} V {_hem(d):.1f}", Colour(0.82, 0.01, 260), 2.6), rect(M - 4, f.shoulder + 40, 8, 20, Colour(0.8, 0.02, 260), r=3, line=d.clothes.main.line)]


def _pockets(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    y = f.waist_y + 20
    return [stroke(f"M {points((M + side * 36, y + 44))} L {points((M + side * 66, y))}", tone.line, 4) for side in (-1, 1)] + [rect(M - f.chest + 26, f.shoulder + 96, 46, 40, tone.highlight, r=5, line=tone.line, alpha=0.9)]


def _pocket(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    x = M + 42
    return [rect(x, f.shoulder + 120, 44, 34, tone.highlight, r=5, line=tone.line)]


def _square(d: Dressed) -> list[str]:
    y = d.frame.shoulder + 118
    return [path(f"M {points((M + 50, y))} l 8,-16 l 10,8 l 10,-10 l 6,18 Z", WHITE, d.clothes.main.line, 2.4), stroke(f"M {points((M + 44, y))} h 46", d.clothes.main.line, 3)]


def _pouch(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    y, low = f.waist_y + 4, f.hip_y - 22
    return [path(f"M {points((M - 50, y))} H {M + 50:.1f} L {points((M + 76, low))} H {M - 76:.1f} Z", tone.highlight, tone.line, 3)]


def _strings(d: Dressed) -> list[str]:
    y = d.frame.shoulder + 44
    lines = f"M {points((M - 20, y - 8))} q -4,40 -2,70 M {points((M + 20, y - 8))} q 4,40 2,64"
    return [stroke(lines, d.clothes.main.line, 7), stroke(lines, WHITE, 3.4)]


def _waistband(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    x, w, y = M + f.sway * 0.8, f.waist + 4, f.waist_y
    band = f"M {points((x - w, y - 14))} Q {points((x, y), (x + w, y - 14))} L {points((x + w, y + 18))} Q {points((x, y + 32), (x - w, y + 18))} Z"
    return [path(band, tone, tone.line, 3)]


def _sash(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    x, w, y = M + f.sway * 0.7, f.waist + 8, f.waist_y
    band = f"M {points((x - w - 2, y - 62))} Q {points((x, y - 50), (x + w + 2, y - 62))} L {points((x + w + 4, y + 30))} Q {points((x, y + 46), (x - w - 4, y + 30))} Z"
    cord = f"M {points((x - w - 2, y - 14))} Q {points((x, y), (x + w + 2, y - 14))}"
    return [path(band, tone, tone.line, 3.2), stroke(cord, tone.line, 13), stroke(cord, WHITE.shadow, 7), ellipse(x, y - 7, 11, 9, WHITE.shadow, tone.line, 3)]


def _cord(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    x, w, y = M + f.sway * 0.7, f.waist + 8, f.waist_y + 6
    line = f"M {points((x - w, y - 10))} Q {points((x, y + 6), (x + w, y - 10))} M {points((x - 8, y))} q -10,60 -4,120 M {points((x + 6, y))} q 14,50 6,104"
    return [stroke(line, tone.line, 15), stroke(line, tone, 9)]


def _apron(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.shirt
    x, y, w = M + f.sway * 0.7, f.shoulder, f.waist
    bib = f"M {points((M - 56, y + 78))} H {M + 56:.1f} L {points((x + w * 0.8, f.waist_y))} H {x - w * 0.8:.1f} Z"
    low = f.hip_y + 150 if d.pose.sitting else f.knee - 130
    skirt = f"M {points((x - w - 2, f.waist_y))} H {x + w + 2:.1f} L {points((x + f.hip + 14, low - 30))} Q {points((x + f.hip + 10, low), (x + f.hip - 20, low))} H {x - f.hip + 20:.1f} Q {points((x - f.hip - 10, low), (x - f.hip - 14, low - 30))} Z"
    straps = f"M {points((M - 52, y + 80))} L {points((M - f.neck - 16, y - 22))} M {points((M + 52, y + 80))} L {points((M + f.neck + 16, y - 22))}"
    shade = f"M {points((x + w * 0.5, f.waist_y))} L {points((x + f.hip * 0.6, low + 10), (x + f.hip + 40, low + 10), (x + w + 30, f.waist_y))} Z"
    band = f"M {points((x - w - 4, f.waist_y - 8))} Q {points((x, f.waist_y + 4), (x + w + 4, f.waist_y - 8))}"
    return [stroke(straps, tone.line, 17), stroke(straps, tone, 11), path(bib, tone, tone.line, 3.2), path(skirt, tone, tone.line, 3.2), clipped("apron", skirt, [path(shade, tone.shadow)]), rect(x - 46, f.waist_y + 50, 92, 56, tone.highlight, r=8, line=tone.line), stroke(band, tone.line, 15), stroke(band, tone.shadow, 9)]


def _plates(d: Dressed) -> list[str]:
    f, steel = d.frame, d.clothes.main
    y = f.shoulder
    ridge = f"M {points((M, y + 6))} V {f.waist_y - 20:.1f} M {points((M - f.chest + 14, y + 100))} Q {points((M, y + 170), (M + f.chest - 14, y + 100))} M {points((M - f.waist, f.waist_y - 40))} Q {points((M, f.waist_y - 12), (M + f.waist, f.waist_y - 40))}"
    parts = [stroke(ridge, steel.line, 3.2, alpha=0.8), stroke(f"M {points((M - f.chest * 0.6, y + 30))} Q {points((M - f.chest * 0.66, y + 70), (M - f.chest * 0.5, y + 104))}", WHITE, 7, alpha=0.6)]
    for limb in d.arms:
        x, sy = limb.shoulder
        parts.append(path(f"M {points((x - 46, sy + 26))} C {points((x - 52, sy - 50), (x + 52, sy - 50), (x + 46, sy + 26))} Q {points((x, sy + 44), (x - 46, sy + 26))} Z", steel.highlight, steel.line) + stroke(f"M {points((x - 42, sy + 8))} Q {points((x, sy + 26), (x + 42, sy + 8))}", steel.line, 3, alpha=0.7))
    tassets = "".join(path(f"M {points((M + f.sway + o - 34, f.waist_y + 30))} h 68 l 4,84 q -38,26 -76,0 Z", steel if o else steel.highlight, steel.line, 3.2) for o in (-66, 66, 0))
    return [*parts, tassets]


def _brass(d: Dressed) -> list[str]:
    f = d.frame
    ys = [f.shoulder + 40 + 58 * i for i in range(4)]
    lines = [stroke(f"M {points((M - 40, y))} Q {points((M, y + 8), (M + 40, y))}", _BRASS, 3.4) for y in ys]
    return [_seam(d), *lines, *_studs(d, ys, _BRASS, x=-42, r=7), *_studs(d, ys, _BRASS, x=42, r=7)]


def _epaulettes(d: Dressed) -> list[str]:
    f = d.frame
    return [path(f"M {points((M + side * (f.span - 52), f.shoulder - 14))} L {points((M + side * (f.span - 2), f.shoulder - 4), (M + side * (f.span + 4), f.shoulder + 16), (M + side * (f.span - 56), f.shoulder + 4))} Z", _BRASS, _BRASS.line, 3) for side in (-1, 1)]


def _stripe(d: Dressed) -> list[str]:
    f = d.frame
    shape = trunk_path(d)
    band = f"M {points((M - 200, f.waist_y - 90))} L {points((M + 200, f.waist_y - 130), (M + 200, f.waist_y - 94), (M - 200, f.waist_y - 54))} Z"
    return [clipped("stripe", shape, [path(band, d.clothes.accent)])]


def _scarf(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    n, y = f.neck + 20, f.shoulder
    loop = f"M {points((M - n - 12, y - 48))} Q {points((M, y - 8), (M + n + 12, y - 48))} Q {points((M + n + 30, y - 14), (M + n, y + 8))} Q {points((M, y + 44), (M - n, y + 8))} Q {points((M - n - 30, y - 14), (M - n - 12, y - 48))} Z"
    tail = f"M {points((M + 6, y + 16))} L {points((M + 50, y + 10), (M + 66, y + 186), (M + 16, y + 194))} Z"
    fringe = " ".join(f"M {points((M + 20 + 11 * i, y + 192 - i))} v 16" for i in range(5))
    return [stroke(fringe, tone.line, 4), path(tail, tone.shadow, tone.line, 3.2), path(loop, tone, tone.line, 3.2), stroke(f"M {points((M - n - 4, y - 20))} Q {points((M, y + 18), (M + n + 4, y - 20))}", tone.line, 2.6, alpha=0.5)]


def _necklace(d: Dressed) -> list[str]:
    f = d.frame
    return [stroke(f"M {points((M - f.neck - 4, f.shoulder - 26))} Q {points((M, f.shoulder + 70), (M + f.neck + 4, f.shoulder - 26))}", _BRASS, 3), ellipse(M, f.shoulder + 28, 8, 10, d.clothes.accent, _BRASS.line, 3)]


def _braces(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    lines = " ".join(f"M {points((M + side * (f.neck + 22), f.shoulder - 14))} L {points((M + side * 46 + f.sway * 0.7, f.waist_y + 20))}" for side in (-1, 1))
    return [stroke(lines, tone.line, 17), stroke(lines, tone, 11)]


def _bib(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.bottom
    x = M + f.sway * 0.7
    shape = f"M {points((M - 58, f.shoulder + 84))} H {M + 58:.1f} L {points((x + f.waist + 2, f.waist_y + 40))} H {x - f.waist - 2:.1f} Z"
    lines = " ".join(f"M {points((M + side * 50, f.shoulder + 92))} L {points((M + side * (f.neck + 22), f.shoulder - 16))}" for side in (-1, 1))
    studs = [ellipse(M + side * 49, f.shoulder + 100, 7, 7, _BRASS, _BRASS.line, 2.4) for side in (-1, 1)]
    return [path(shape, tone, tone.line, 3.2), stroke(lines, tone.line, 23), stroke(lines, tone, 17), *studs, rect(M - 32, f.shoulder + 122, 64, 52, tone.highlight, r=6, line=tone.line)]


def _waistcoat(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.bottom
    shape = body.torso(f, f.waist_y + 40, more=5, collar=f.neck + 22, drop=76, tank=True)
    parts = [path(shape, tone, tone.line), stroke(f"M {points((M, f.shoulder + 126))} V {f.waist_y + 34:.1f}", tone.line, 3)]
    return parts + _studs(d, [f.shoulder + 146 + 40 * i for i in range(3)], tone.highlight, x=-10)


def _clasp(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main.shadow
    y = f.shoulder
    parts = []
    for side in (-1, 1):
        shape = f"M {points((M + side * 8, y + 18))} Q {points((M + side * (f.neck + 22), y + 8), (M + side * (f.neck + 8), y - 40))} Q {points((M + side * (f.span + 8), y - 22), (M + side * (f.span + 22), y + 56))} Q {points((M + side * 90, y + 30), (M + side * 8, y + 36))} Z"
        parts.append(path(shape, tone, tone.line))
    return [*parts, ellipse(M, y + 26, 14, 14, _BRASS, _BRASS.line, 3)]


def _print(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    y = f.shoulder + 130
    kind = Dice_pick(d)
    if kind == 0:
        return [ellipse(M, y, 34, 34, tone), path(f"M {points((M - 50, y + 20))} q 25,-22 50,0 t 50,0 v 20 h -100 Z", d.clothes.main)]
    if kind == 1:
        return [rect(M - 58, y - 14, 116, 20, tone, r=4), rect(M - 58, y + 14, 116, 8, tone, r=3)]
    return [path(f"M {points((M, y - 38))} l 11,26 28,2 -21,19 6,28 -24,-15 -24,15 6,-28 -21,-19 28,-2 Z", tone)]


def Dice_pick(d: Dressed) -> int:
    return len(d.clothes.key) % 3


def _frill(d: Dressed) -> list[str]:
    y = d.frame.shoulder
    parts = []
    for limb in d.arms:
        x, sy = limb.shoulder
        parts += [ellipse(x + step * 15 - 15, sy - 22 + abs(step - 1) * 7, 13, 11, WHITE, WHITE.line, 2.6) for step in range(3)]
    return [*parts, ellipse(M, y + 8, 4, 4, WHITE)]


def _ribs(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    w, y = (f.chest + f.hip) / 2 + 10, _hem(d)
    x = M + f.sway
    band = f"M {points((x - w, y - 24))} Q {points((x, y - 12), (x + w, y - 24))} L {points((x + w - 2, y + 6))} Q {points((x, y + 20), (x - w + 2, y + 6))} Z"
    ribs = " ".join(f"M {points((x + o, y - 17))} v 24" for o in range(-90, 91, 15))
    knit = " ".join(f"M {points((M + o, f.shoulder + 30))} v {f.waist_y - f.shoulder:.0f}" for o in (-34, -22, 22, 34))
    return [stroke(knit, tone.line, 2.4, alpha=0.25), path(band, tone.highlight, tone.line, 3.2), stroke(ribs, tone.line, 2.2, alpha=0.35)]


def _badge(d: Dressed) -> list[str]:
    return [ellipse(M - 56, d.frame.shoulder + 92, 14, 16, _BRASS, _BRASS.line, 3)]


def _strap(d: Dressed) -> list[str]:
    f, leather = d.frame, Colour(0.5, 0.06, 55)
    line = f"M {points((M - f.span + 34, f.shoulder - 8))} L {points((M + f.hip - 4 + f.sway, f.hip_y - 30))}"
    bag = f"M {points((M + f.hip - 40 + f.sway, f.hip_y - 40))} h 96 v 70 q 0,16 -16,16 h -64 q -16,0 -16,-16 Z"
    return [stroke(line, leather.line, 18), stroke(line, leather, 12), path(bag, leather, leather.line), stroke(f"M {points((M + f.hip - 40 + f.sway, f.hip_y - 8))} h 96", leather.line, 3)]


_DETAILS: dict[str, Callable[[Dressed], list[str]]] = {
    "stripe": _stripe,
    "waistcoat": _waistcoat,
    "seam": lambda d: [_seam(d)],
    "ribs": _ribs,
    "print": _print,
    "buttons": _buttons,
    "buttons2": _two_buttons,
    "coatbuttons": _coat_buttons,
    "zip": _zip,
    "pocket": _pocket,
    "pockets": _pockets,
    "square": _square,
    "pouch": _pouch,
    "flap": _flap,
    "strings": _strings,
    "brass": _brass,
    "plates": _plates,
    "waistband": _waistband,
    "sash": _sash,
    "cord": _cord,
    "belt": _belt,
    "bib": _bib,
    "apron": _apron,
    "braces": _braces,
    "tie": _tie,
    "bowtie": _bow_tie,
    "bow": _bow,
    "frill": _frill,
    "epaulettes": _epaulettes,
    "badge": _badge,
    "necklace": _necklace,
    "clasp": _clasp,
    "strap": _strap,
    "scarf": _scarf,
}
