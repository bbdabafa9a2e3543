"""Draws what is worn over a garment: aprons, armour, belts, scarves, capes."""

from __future__ import annotations

from comfyvn.draft.art import body
from comfyvn.draft.art.body import MIDDLE as M
from comfyvn.draft.art.dressed import BRASS, Dressed
from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import clipped, ellipse, path, points, rect, stroke


def behind(d: Dressed) -> list[str]:
    """What hangs at the back: a cape, a hood."""
    f, parts = d.frame, []
    if "cape" in d.clothes.cut.details:
        tone = d.clothes.main.shadow if d.clothes.name == "cloak" else d.clothes.accent
        w = f.span + 54
        shape = (
            f"M {points((M - f.span + 10, f.shoulder - 4))} C "
            f"{points((M - w, f.shoulder + 90), (M - w - 10, f.hip_y), (M - w - 34, 1270))} H "
            f"{M + w + 34:.1f} C "
            f"{points((M + w + 10, f.hip_y), (M + w, f.shoulder + 90), (M + f.span - 10, f.shoulder - 4))} "
            f"Z"
        )
        parts.append(path(shape, tone, tone.line))
    if d.clothes.cut.collar == "hood":
        tone = d.clothes.main.shadow
        n = f.neck + 48
        parts.append(
            path(
                f"M {points((M - n, f.shoulder + 6))} C "
                f"{points((M - n - 16, f.head + 30), (M - 60, f.head + 10), (M, f.head + 10))} C "
                f"{points((M + 60, f.head + 10), (M + n + 16, f.head + 30), (M + n, f.shoulder + 6))} Z",
                tone,
                tone.line,
            )
        )
    return parts


def belt(d: Dressed) -> list[str]:
    f = d.frame
    leather = Colour(0.42, 0.05, 50) if d.clothes.name != "coat" else d.clothes.main.shadow
    y = f.waist_y + (26 if d.clothes.cut.length == "tucked" else 4)
    w, x = f.waist + (14 if d.clothes.cut.straight else 5), M + f.sway * 0.7
    if d.clothes.cut.straight:
        w = (f.chest + f.hip) / 2 + 8
    band = (
        f"M {points((x - w, y - 12))} Q {points((x, y), (x + w, y - 12))} L "
        f"{points((x + w + 1, y + 12))} Q {points((x, y + 24), (x - w - 1, y + 12))} Z"
    )
    return [
        path(band, leather, leather.line, 3),
        rect(x - 14, y - 9, 28, 26, BRASS, r=4, line=BRASS.line),
        rect(x - 7, y - 2, 14, 12, leather, r=2),
    ]


def waistband(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    x, w, y = M + f.sway * 0.8, f.waist + 4, f.waist_y
    band = (
        f"M {points((x - w, y - 14))} Q {points((x, y), (x + w, y - 14))} L "
        f"{points((x + w, y + 18))} Q {points((x, y + 32), (x - w, y + 18))} Z"
    )
    return [path(band, tone, tone.line, 3)]


def sash(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    x, w, y = M + f.sway * 0.7, f.waist + 8, f.waist_y
    band = (
        f"M {points((x - w - 2, y - 62))} Q {points((x, y - 50), (x + w + 2, y - 62))} L "
        f"{points((x + w + 4, y + 30))} Q {points((x, y + 46), (x - w - 4, y + 30))} Z"
    )
    cord = f"M {points((x - w - 2, y - 14))} Q {points((x, y), (x + w + 2, y - 14))}"
    return [
        path(band, tone, tone.line, 3.2),
        stroke(cord, tone.line, 13),
        stroke(cord, WHITE.shadow, 7),
        ellipse(x, y - 7, 11, 9, WHITE.shadow, tone.line, 3),
    ]


def cord(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    x, w, y = M + f.sway * 0.7, f.waist + 8, f.waist_y + 6
    line = (
        f"M {points((x - w, y - 10))} Q {points((x, y + 6), (x + w, y - 10))} M "
        f"{points((x - 8, y))} q -10,60 -4,120 M {points((x + 6, y))} q 14,50 6,104"
    )
    return [stroke(line, tone.line, 15), stroke(line, tone, 9)]


def apron(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.shirt
    x, y, w = M + f.sway * 0.7, f.shoulder, f.waist
    bib = f"M {points((M - 56, y + 78))} H {M + 56:.1f} L {points((x + w * 0.8, f.waist_y))} H {x - w * 0.8:.1f} Z"
    low = f.hip_y + 150 if d.pose.sitting else f.knee - 130
    skirt = (
        f"M {points((x - w - 2, f.waist_y))} H {x + w + 2:.1f} L "
        f"{points((x + f.hip + 14, low - 30))} Q "
        f"{points((x + f.hip + 10, low), (x + f.hip - 20, low))} H {x - f.hip + 20:.1f} Q "
        f"{points((x - f.hip - 10, low), (x - f.hip - 14, low - 30))} Z"
    )
    straps = (
        f"M {points((M - 52, y + 80))} L {points((M - f.neck - 16, y - 22))} M "
        f"{points((M + 52, y + 80))} L {points((M + f.neck + 16, y - 22))}"
    )
    shade = (
        f"M {points((x + w * 0.5, f.waist_y))} L "
        f"{points((x + f.hip * 0.6, low + 10), (x + f.hip + 40, low + 10), (x + w + 30, f.waist_y))} "
        f"Z"
    )
    band = f"M {points((x - w - 4, f.waist_y - 8))} Q {points((x, f.waist_y + 4), (x + w + 4, f.waist_y - 8))}"
    return [
        stroke(straps, tone.line, 17),
        stroke(straps, tone, 11),
        path(bib, tone, tone.line, 3.2),
        path(skirt, tone, tone.line, 3.2),
        clipped("apron", skirt, [path(shade, tone.shadow)]),
        rect(x - 46, f.waist_y + 50, 92, 56, tone.highlight, r=8, line=tone.line),
        stroke(band, tone.line, 15),
        stroke(band, tone.shadow, 9),
    ]


def plates(d: Dressed) -> list[str]:
    f, steel = d.frame, d.clothes.main
    y = f.shoulder
    ridge = (
        f"M {points((M, y + 6))} V {f.waist_y - 20:.1f} M {points((M - f.chest + 14, y + 100))} Q "
        f"{points((M, y + 170), (M + f.chest - 14, y + 100))} M "
        f"{points((M - f.waist, f.waist_y - 40))} Q "
        f"{points((M, f.waist_y - 12), (M + f.waist, f.waist_y - 40))}"
    )
    parts = [
        stroke(ridge, steel.line, 3.2, alpha=0.8),
        stroke(
            f"M {points((M - f.chest * 0.6, y + 30))} Q "
            f"{points((M - f.chest * 0.66, y + 70), (M - f.chest * 0.5, y + 104))}",
            WHITE,
            7,
            alpha=0.6,
        ),
    ]
    for limb in d.arms:
        x, sy = limb.shoulder
        parts.append(
            path(
                f"M {points((x - 46, sy + 26))} C "
                f"{points((x - 52, sy - 50), (x + 52, sy - 50), (x + 46, sy + 26))} Q "
                f"{points((x, sy + 44), (x - 46, sy + 26))} Z",
                steel.highlight,
                steel.line,
            )
            + stroke(
                f"M {points((x - 42, sy + 8))} Q {points((x, sy + 26), (x + 42, sy + 8))}", steel.line, 3, alpha=0.7
            )
        )
    tassets = "".join(
        path(
            f"M {points((M + f.sway + o - 34, f.waist_y + 30))} h 68 l 4,84 q -38,26 -76,0 Z",
            steel if o else steel.highlight,
            steel.line,
            3.2,
        )
        for o in (-66, 66, 0)
    )
    return [*parts, tassets]


def scarf(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    n, y = f.neck + 20, f.shoulder
    loop = (
        f"M {points((M - n - 12, y - 48))} Q {points((M, y - 8), (M + n + 12, y - 48))} Q "
        f"{points((M + n + 30, y - 14), (M + n, y + 8))} Q {points((M, y + 44), (M - n, y + 8))} Q "
        f"{points((M - n - 30, y - 14), (M - n - 12, y - 48))} Z"
    )
    tail = f"M {points((M + 6, y + 16))} L {points((M + 50, y + 10), (M + 66, y + 186), (M + 16, y + 194))} Z"
    fringe = " ".join(f"M {points((M + 20 + 11 * i, y + 192 - i))} v 16" for i in range(5))
    return [
        stroke(fringe, tone.line, 4),
        path(tail, tone.shadow, tone.line, 3.2),
        path(loop, tone, tone.line, 3.2),
        stroke(
            f"M {points((M - n - 4, y - 20))} Q {points((M, y + 18), (M + n + 4, y - 20))}", tone.line, 2.6, alpha=0.5
        ),
    ]


def braces(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.accent
    lines = " ".join(
        (
            f"M {points((M + side * (f.neck + 22), f.shoulder - 14))} L "
            f"{points((M + side * 46 + f.sway * 0.7, f.waist_y + 20))}"
        )
        for side in (-1, 1)
    )
    return [stroke(lines, tone.line, 17), stroke(lines, tone, 11)]


def bib(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.bottom
    x = M + f.sway * 0.7
    shape = (
        f"M {points((M - 58, f.shoulder + 84))} H {M + 58:.1f} L "
        f"{points((x + f.waist + 2, f.waist_y + 40))} H {x - f.waist - 2:.1f} Z"
    )
    lines = " ".join(
        f"M {points((M + side * 50, f.shoulder + 92))} L {points((M + side * (f.neck + 22), f.shoulder - 16))}"
        for side in (-1, 1)
    )
    studs = [ellipse(M + side * 49, f.shoulder + 100, 7, 7, BRASS, BRASS.line, 2.4) for side in (-1, 1)]
    return [
        path(shape, tone, tone.line, 3.2),
        stroke(lines, tone.line, 23),
        stroke(lines, tone, 17),
        *studs,
        rect(M - 32, f.shoulder + 122, 64, 52, tone.highlight, r=6, line=tone.line),
    ]


def waistcoat(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.bottom
    shape = body.torso(f, f.waist_y + 40, more=5, collar=f.neck + 22, drop=76, tank=True)
    parts = [
        path(shape, tone, tone.line),
        stroke(f"M {points((M, f.shoulder + 126))} V {f.waist_y + 34:.1f}", tone.line, 3),
    ]
    return [
        *parts,
        *[ellipse(M - 10, f.shoulder + 146 + 40 * i, 5.5, 5.5, tone.highlight, tone.line, 2.2) for i in range(3)],
    ]


def clasp(d: Dressed) -> list[str]:
    f, tone = d.frame, d.clothes.main.shadow
    y = f.shoulder
    parts = []
    for side in (-1, 1):
        shape = (
            f"M {points((M + side * 8, y + 18))} Q "
            f"{points((M + side * (f.neck + 22), y + 8), (M + side * (f.neck + 8), y - 40))} Q "
            f"{points((M + side * (f.span + 8), y - 22), (M + side * (f.span + 22), y + 56))} Q "
            f"{points((M + side * 90, y + 30), (M + side * 8, y + 36))} Z"
        )
        parts.append(path(shape, tone, tone.line))
    return [*parts, ellipse(M, y + 26, 14, 14, BRASS, BRASS.line, 3)]


def frill(d: Dressed) -> list[str]:
    y = d.frame.shoulder
    parts = []
    for limb in d.arms:
        x, sy = limb.shoulder
        parts += [
            ellipse(x + step * 15 - 15, sy - 22 + abs(step - 1) * 7, 13, 11, WHITE, WHITE.line, 2.6)
            for step in range(3)
        ]
    return [*parts, ellipse(M, y + 8, 4, 4, WHITE)]


def strap(d: Dressed) -> list[str]:
    f, leather = d.frame, Colour(0.5, 0.06, 55)
    line = f"M {points((M - f.span + 34, f.shoulder - 8))} L {points((M + f.hip - 4 + f.sway, f.hip_y - 30))}"
    bag = f"M {points((M + f.hip - 40 + f.sway, f.hip_y - 40))} h 96 v 70 q 0,16 -16,16 h -64 q -16,0 -16,-16 Z"
    return [
        stroke(line, leather.line, 18),
        stroke(line, leather, 12),
        path(bag, leather, leather.line),
        stroke(f"M {points((M + f.hip - 40 + f.sway, f.hip_y - 8))} h 96", leather.line, 3),
    ]
