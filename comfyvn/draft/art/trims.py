"""Draws the details that make a garment that garment: buttons, ties, pockets, prints."""

from __future__ import annotations

from collections.abc import Callable

from comfyvn.draft.art import layers
from comfyvn.draft.art.body import MIDDLE as M
from comfyvn.draft.art.collars import collar
from comfyvn.draft.art.dressed import BRASS, Dressed, hem_of
from comfyvn.draft.art.garments import trunk_path
from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import clipped, ellipse, path, points, rect, stroke


def _studs(d: Dressed, ys: list[float], tone: Colour, x: float = 0.0, r: float = 5.5) -> list[str]:
    return [ellipse(M + x, y, r, r, tone, tone.line, 2.2) for y in ys]


def _seam(d: Dressed) -> str:
    f = d.frame
    return stroke(
        f"M {points((M, f.shoulder + 8))} "
        f"Q {points((M + f.sway * 0.5, f.waist_y - 40), (M + f.sway * 0.7, hem_of(d)))}",
        d.clothes.main.line,
        2.8,
        alpha=0.7,
    )


def _buttons(d: Dressed) -> list[str]:
    f = d.frame
    tone = d.clothes.main.highlight if d.clothes.main.l < 0.8 else d.clothes.main.shadow
    return [_seam(d), *_studs(d, [f.shoulder + 46 + 52 * i for i in range(4)], tone)]


def _two_buttons(d: Dressed) -> list[str]:
    f = d.frame
    return _studs(
        d,
        [f.shoulder + 226, f.shoulder + 268],
        d.clothes.accent if d.clothes.name == "blazer" else d.clothes.main.shadow,
        x=3,
    )


def _coat_buttons(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main.line
    ys = [f.shoulder + 150 + 62 * i for i in range(4 if d.clothes.cut.length == "long" else 3)]
    if d.clothes.name == "raincoat":
        return [_seam(d), *_studs(d, [f.shoulder + 90 + 66 * i for i in range(5)], tone, r=7)]
    return [*_studs(d, ys[1:], tone, x=-30, r=7), *_studs(d, ys[1:], tone, x=34, r=7)]


def _flap(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    y = f.hip_y - 40
    return [
        path(
            f"M {points((M + side * 34, y))} h {side * 58} v 18 q {-side * 29},12 {-side * 58},0 Z",
            tone.highlight,
            tone.line,
            3,
        )
        for side in (-1, 1)
    ]


def _tie(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    y = f.shoulder
    if d.who.sex == "f" and d.clothes.name == "blazer":
        return _bow(d)
    long = 190 if d.clothes.cut.inner else 230
    return [
        path(
            f"M {points((M - 11, y + 2))} h 22 l -4,22 l 12,{long - 60} l -19,26 l -19,-26 l 12,{60 - long} Z",
            tone,
            tone.line,
            3,
        ),
        path(f"M {points((M - 11, y + 2))} h 22 l -5,22 h -12 Z", tone.highlight, tone.line, 3),
    ]


def _bow(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    y = f.shoulder + (104 if d.clothes.cut.collar == "sailor" else 20)
    wings = (
        f"M {points((M, y))} C {points((M - 20, y - 26), (M - 52, y - 20), (M - 50, y + 4))} C "
        f"{points((M - 50, y + 26), (M - 20, y + 20), (M, y + 4))} C "
        f"{points((M + 20, y + 20), (M + 50, y + 26), (M + 50, y + 4))} C "
        f"{points((M + 52, y - 20), (M + 20, y - 26), (M, y))} Z"
    )
    tails = (
        f"M {points((M - 6, y + 6))} L "
        f"{points((M - 26, y + 74), (M - 6, y + 66), (M, y + 10))} "
        f"{points((M + 8, y + 66), (M + 28, y + 72), (M + 6, y + 6))} "
        f"Z"
    )
    return [
        path(tails, tone.shadow, tone.line, 3),
        path(wings, tone, tone.line, 3),
        rect(M - 10, y - 10, 20, 22, tone.highlight, r=6, line=tone.line),
    ]


def _bow_tie(d: Dressed) -> list[str]:
    y, tone = d.frame.shoulder + 10, d.clothes.accent
    return [
        path(f"M {points((M, y))} l -30,-14 v 28 Z M {points((M, y))} l 30,-14 v 28 Z", tone, tone.line, 3),
        ellipse(M, y, 8, 9, tone.highlight, tone.line, 3),
    ]


def _zip(d: Dressed) -> list[str]:
    f = d.frame
    return [
        stroke(f"M {points((M, f.shoulder))} V {hem_of(d):.1f}", d.clothes.main.line, 7),
        stroke(f"M {points((M, f.shoulder))} V {hem_of(d):.1f}", Colour(0.82, 0.01, 260), 2.6),
        rect(M - 4, f.shoulder + 40, 8, 20, Colour(0.8, 0.02, 260), r=3, line=d.clothes.main.line),
    ]


def _pockets(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    y = f.waist_y + 20
    return [
        stroke(f"M {points((M + side * 36, y + 44))} L {points((M + side * 66, y))}", tone.line, 4) for side in (-1, 1)
    ] + [rect(M - f.chest + 26, f.shoulder + 96, 46, 40, tone.highlight, r=5, line=tone.line, alpha=0.9)]


def _pocket(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    x = M + 42
    return [rect(x, f.shoulder + 120, 44, 34, tone.highlight, r=5, line=tone.line)]


def _square(d: Dressed) -> list[str]:
    y = d.frame.shoulder + 118
    return [
        path(f"M {points((M + 50, y))} l 8,-16 l 10,8 l 10,-10 l 6,18 Z", WHITE, d.clothes.main.line, 2.4),
        stroke(f"M {points((M + 44, y))} h 46", d.clothes.main.line, 3),
    ]


def _pouch(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    y, low = f.waist_y + 4, f.hip_y - 22
    return [
        path(
            f"M {points((M - 50, y))} H {M + 50:.1f} L {points((M + 76, low))} H {M - 76:.1f} Z",
            tone.highlight,
            tone.line,
            3,
        )
    ]


def _strings(d: Dressed) -> list[str]:
    y = d.frame.shoulder + 44
    lines = f"M {points((M - 20, y - 8))} q -4,40 -2,70 M {points((M + 20, y - 8))} q 4,40 2,64"
    return [stroke(lines, d.clothes.main.line, 7), stroke(lines, WHITE, 3.4)]


def _brass(d: Dressed) -> list[str]:
    f = d.frame
    ys = [f.shoulder + 40 + 58 * i for i in range(4)]
    lines = [stroke(f"M {points((M - 40, y))} Q {points((M, y + 8), (M + 40, y))}", BRASS, 3.4) for y in ys]
    return [_seam(d), *lines, *_studs(d, ys, BRASS, x=-42, r=7), *_studs(d, ys, BRASS, x=42, r=7)]


def _epaulettes(d: Dressed) -> list[str]:
    f = d.frame
    return [
        path(
            f"M {points((M + side * (f.span - 52), f.shoulder - 14))} L "
            f"{points((M + side * (f.span - 2), f.shoulder - 4), (M + side * (f.span + 4), f.shoulder + 16))} "
            f"{points((M + side * (f.span - 56), f.shoulder + 4))} "
            f"Z",
            BRASS,
            BRASS.line,
            3,
        )
        for side in (-1, 1)
    ]


def _stripe(d: Dressed) -> list[str]:
    f = d.frame
    shape = trunk_path(d)
    band = (
        f"M {points((M - 200, f.waist_y - 90))} L "
        f"{points((M + 200, f.waist_y - 130), (M + 200, f.waist_y - 94), (M - 200, f.waist_y - 54))} "
        f"Z"
    )
    return [clipped("stripe", shape, [path(band, d.clothes.accent)])]


def _necklace(d: Dressed) -> list[str]:
    f = d.frame
    return [
        stroke(
            f"M {points((M - f.neck - 4, f.shoulder - 26))} Q "
            f"{points((M, f.shoulder + 70), (M + f.neck + 4, f.shoulder - 26))}",
            BRASS,
            3,
        ),
        ellipse(M, f.shoulder + 28, 8, 10, d.clothes.accent, BRASS.line, 3),
    ]


def _print(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    y = f.shoulder + 130
    kind = _motif(d)
    if kind == 0:
        return [
            ellipse(M, y, 34, 34, tone),
            path(f"M {points((M - 50, y + 20))} q 25,-22 50,0 t 50,0 v 20 h -100 Z", d.clothes.main),
        ]
    if kind == 1:
        return [rect(M - 58, y - 14, 116, 20, tone, r=4), rect(M - 58, y + 14, 116, 8, tone, r=3)]
    return [path(f"M {points((M, y - 38))} l 11,26 28,2 -21,19 6,28 -24,-15 -24,15 6,-28 -21,-19 28,-2 Z", tone)]


def _motif(d: Dressed) -> int:
    return len(d.clothes.key) % 3


def _ribs(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main
    w, y = (f.chest + f.hip) / 2 + 10, hem_of(d)
    x = M + f.sway
    band = (
        f"M {points((x - w, y - 24))} Q {points((x, y - 12), (x + w, y - 24))} L "
        f"{points((x + w - 2, y + 6))} Q {points((x, y + 20), (x - w + 2, y + 6))} Z"
    )
    ribs = " ".join(f"M {points((x + o, y - 17))} v 24" for o in range(-90, 91, 15))
    knit = " ".join(f"M {points((M + o, f.shoulder + 30))} v {f.waist_y - f.shoulder:.0f}" for o in (-34, -22, 22, 34))
    return [
        stroke(knit, tone.line, 2.4, alpha=0.25),
        path(band, tone.highlight, tone.line, 3.2),
        stroke(ribs, tone.line, 2.2, alpha=0.35),
    ]


def _badge(d: Dressed) -> list[str]:
    return [ellipse(M - 56, d.frame.shoulder + 92, 14, 16, BRASS, BRASS.line, 3)]


_DETAILS: dict[str, Callable[[Dressed], list[str]]] = {
    "stripe": _stripe,
    "waistcoat": layers.waistcoat,
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
    "plates": layers.plates,
    "waistband": layers.waistband,
    "sash": layers.sash,
    "cord": layers.cord,
    "belt": layers.belt,
    "bib": layers.bib,
    "apron": layers.apron,
    "braces": layers.braces,
    "tie": _tie,
    "bowtie": _bow_tie,
    "bow": _bow,
    "frill": layers.frill,
    "epaulettes": _epaulettes,
    "badge": _badge,
    "necklace": _necklace,
    "clasp": layers.clasp,
    "strap": layers.strap,
    "scarf": layers.scarf,
}


def trims(d: Dressed) -> list[str]:
    """The collar first, then every detail of the cut in a fixed order."""
    parts = collar(d)
    for name, draw in _DETAILS.items():
        if name in d.clothes.cut.details:
            parts += draw(d)
    return parts
