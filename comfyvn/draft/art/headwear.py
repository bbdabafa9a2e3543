"""Draws what is worn on a head: hats, ribbons, clips, ears of animals, horns."""

from __future__ import annotations

from comfyvn.draft.art.head import Head
from comfyvn.draft.art.palette import WHITE, Colour
from comfyvn.draft.art.svg import clipped, ellipse, path, points, stroke


def draw_headwear(head: Head, hat: str, colour: Colour) -> list[str]:
    """`hat` is a key of `HATS` values, or empty; `colour` is the hat's."""
    parts = [*_animal_ears(head), *_accessory(head)]
    drawn = _HATS.get(hat)
    return parts + (drawn(head, colour) if drawn else [])


def _animal_ears(head: Head) -> list[str]:
    if head.who.ears != "animal":
        return []
    tone, inner = head.who.hair_colour, head.who.skin.mix(Colour(0.75, 0.11, 10), 0.5)
    parts = []
    for side in (-1, 1):
        d = (
            f"M {points((side * 30, -122))} Q {points((side * 62, -186), (side * 96, -176))} Q "
            f"{points((side * 108, -120), (side * 84, -80))} Z"
        )
        e = (
            f"M {points((side * 48, -122))} Q {points((side * 68, -164), (side * 88, -160))} Q "
            f"{points((side * 94, -124), (side * 80, -96))} Z"
        )
        parts += [path(d, tone, tone.line), path(e, inner)]
    return parts


def _accessory(head: Head) -> list[str]:
    accent = head.who.accent
    match head.who.accessory:
        case "clip":
            return [
                stroke("M -78,-44 L -48,-62 M -76,-32 L -50,-48", accent.line, 11),
                stroke("M -78,-44 L -48,-62 M -76,-32 L -50,-48", accent, 6),
            ]
        case "ribbon":
            return [_bow(72, -92, 1.0, accent)]
        case "earrings":
            return [
                ellipse(side * (head.cheek + 4), 58, 6, 8, Colour(0.82, 0.12, 88), Colour(0.5, 0.09, 70), 2.4)
                for side in (-1, 1)
            ]
        case "headband":
            d = "M -94,-28 C -88,-96 -46,-124 0,-124 C 46,-124 88,-96 94,-28"
            return [stroke(d, accent.line, 19), stroke(d, accent, 13)]
        case "flower":
            return [_flower(-74, -76, accent)]
        case "headphones":
            d, pad = "M -96,10 C -104,-90 -60,-146 0,-146 C 60,-146 104,-90 96,10", Colour(0.4, 0.03, 280)
            return [
                stroke(d, pad.line, 15),
                stroke(d, pad, 9),
                *[ellipse(side * 95, 24, 17, 30, accent, pad.line) for side in (-1, 1)],
            ]
        case "horns":
            bone = Colour(0.6, 0.04, 50)
            return [
                path(
                    f"M {points((side * 36, -118))} Q {points((side * 60, -150), (side * 56, -178))} Q "
                    f"{points((side * 98, -146), (side * 70, -100))} Z",
                    bone,
                    bone.line,
                )
                for side in (-1, 1)
            ]
        case "halo":
            gold = Colour(0.88, 0.12, 92)
            return [ellipse(0, -158, 70, 15, None, gold.line, 13), ellipse(0, -158, 70, 15, None, gold, 8)]
        case "crown":
            return _crown(head, Colour(0.82, 0.12, 88))
        case _:
            return []


def _bow(x: float, y: float, scale: float, tone: Colour) -> str:
    d = "M 0,0 C -14,-26 -46,-30 -48,-6 C -50,18 -18,20 0,4 C 18,20 50,18 48,-6 C 46,-30 14,-26 0,0 Z"
    tails = "M -6,4 Q -20,30 -30,44 L -12,42 Q 0,24 2,8 Q 8,26 22,40 L 34,36 Q 14,20 6,2 Z"
    inner = [
        path(tails, tone.shadow, tone.line),
        path(d, tone, tone.line),
        ellipse(0, 0, 9, 10, tone.highlight, tone.line, 3),
    ]
    return f'<g transform="translate({x} {y}) rotate(24) scale({scale})">{"".join(inner)}</g>'


def _flower(x: float, y: float, tone: Colour) -> str:
    pale = tone.lighter(0.2)
    petals = "".join(
        f'<g transform="rotate({72 * step})">{ellipse(0, -14, 11, 14, pale, tone.line, 2.6)}</g>' for step in range(5)
    )
    return (
        f'<g transform="translate({x} {y})">{petals}{ellipse(0, 0, 8, 8, Colour(0.85, 0.13, 90), tone.line, 2.6)}</g>'
    )


def _soft_cap(head: Head, tone: Colour) -> list[str]:
    crown = "M -96,-40 C -104,-120 -50,-152 0,-152 C 52,-152 104,-120 96,-40 Q 0,-84 -96,-40 Z"
    x = head.shift
    brim = (
        f"M -92,-48 Q {points((x, -96), (92, -48))} Q {points((96 + x, -28), (80 + x, -28))} Q "
        f"{points((x, -72), (-80 + x, -28))} Q -98,-28 -92,-48 Z"
    )
    seam = "M 0,-152 Q -8,-110 -4,-76"
    return [
        path(crown, tone, tone.line),
        clipped("hat", crown, [path("M 40,-160 Q 70,-90 60,-40 H 120 V -160 Z", tone.shadow)]),
        stroke(seam, tone.line, 2.6, alpha=0.5),
        path(brim, tone.shadow, tone.line),
        ellipse(0, -152, 8, 5, tone.shadow, tone.line, 3),
    ]


def _keepers_cap(head: Head, tone: Colour) -> list[str]:
    x = head.shift
    top = "M -104,-92 C -112,-140 -60,-160 0,-160 C 60,-160 112,-140 104,-92 Q 0,-116 -104,-92 Z"
    band = "M -94,-92 Q 0,-118 94,-92 L 92,-52 Q 0,-84 -92,-52 Z"
    peak = (
        f"M -84,-56 Q {points((x, -90), (84, -56))} Q {points((72 + x, -26), (x, -44))} Q "
        f"{points((-72 + x, -26), (-84, -56))} Z"
    )
    dark = Colour(0.34, 0.03, tone.h)
    badge = ellipse(x * 0.8, -92, 13, 13, Colour(0.82, 0.11, 88), Colour(0.5, 0.08, 75), 3)
    return [
        path(top, tone, tone.line),
        clipped("hat", top, [path("M 30,-170 Q 80,-130 70,-80 H 130 V -170 Z", tone.shadow)]),
        path(band, tone.shadow, tone.line),
        path(peak, dark, dark.line),
        stroke(f"M -80,-60 Q {points((x, -92), (80, -60))}", Colour(0.82, 0.11, 88), 4),
        badge,
    ]


def _straw(head: Head, tone: Colour) -> list[str]:
    straw = tone if tone.c > 0.02 and tone.l > 0.6 else Colour(0.84, 0.08, 88)
    brim = ellipse(0, -66, 168, 34, straw, straw.line)
    under = "M -96,-60 Q 0,-36 96,-60 Q 0,-18 -96,-60 Z"
    dome = "M -88,-68 C -92,-140 -46,-160 0,-160 C 46,-160 92,-140 88,-68 Q 0,-46 -88,-68 Z"
    band = "M -89,-86 Q 0,-62 89,-86 L 88,-66 Q 0,-44 -88,-66 Z"
    return [
        brim,
        path(under, straw.shadow, alpha=0.5),
        path(dome, straw, straw.line),
        path(band, head.who.accent, head.who.accent.line, 2.6),
        stroke("M -60,-120 Q 0,-104 60,-120 M -74,-100 Q 0,-82 74,-100", straw.line, 2, alpha=0.35),
    ]


def _wide(head: Head, tone: Colour) -> list[str]:
    brim = "M -150,-52 Q -60,-92 0,-92 Q 60,-92 150,-52 Q 60,-44 0,-46 Q -60,-44 -150,-52 Z"
    dome = "M -84,-72 C -90,-140 -60,-162 -20,-156 Q 0,-148 20,-156 C 60,-162 90,-140 84,-72 Q 0,-92 -84,-72 Z"
    band = "M -86,-90 Q 0,-110 86,-90 L 84,-70 Q 0,-90 -84,-70 Z"
    return [
        path(dome, tone, tone.line),
        path(band, head.who.accent.shadow, tone.line, 2.6),
        path(brim, tone, tone.line),
        stroke("M -120,-54 Q 0,-84 120,-54", tone.shadow, 4),
    ]


def _beret(head: Head, tone: Colour) -> list[str]:
    d = "M -94,-64 C -130,-120 -80,-158 10,-152 C 96,-148 132,-100 92,-58 Q 0,-96 -94,-64 Z"
    return [
        path(d, tone, tone.line),
        clipped("hat", d, [path("M 20,-160 Q 96,-120 84,-50 H 150 V -160 Z", tone.shadow)]),
        stroke("M -92,-64 Q 0,-98 92,-58", tone.line, 7),
        stroke("M 6,-152 l 4,-10", tone.line, 8),
    ]


def _beanie(head: Head, tone: Colour) -> list[str]:
    dome = "M -95,-50 C -102,-130 -50,-156 0,-156 C 50,-156 102,-130 95,-50 Z"
    cuff = "M -98,-74 Q 0,-106 98,-74 L 97,-34 Q 0,-68 -97,-34 Z"
    ribs = " ".join(f"M {points((x, -88 + abs(x) * 0.15))} l {points((x * 0.02, 38))}" for x in range(-80, 81, 20))
    return [
        path(dome, tone, tone.line),
        clipped("hat", dome, [path("M 30,-170 Q 70,-100 60,-40 H 120 V -170 Z", tone.shadow)]),
        path(cuff, tone.highlight, tone.line),
        stroke(ribs, tone.line, 2.4, alpha=0.4),
        ellipse(0, -156, 20, 18, tone.highlight, tone.line),
    ]


def _witch(head: Head, tone: Colour) -> list[str]:
    brim = ellipse(0, -70, 172, 30, tone, tone.line)
    cone = "M -88,-76 Q -40,-120 -20,-176 Q 20,-198 62,-172 Q 40,-168 46,-140 Q 60,-100 88,-76 Q 0,-50 -88,-76 Z"
    band = "M -80,-90 Q 0,-64 78,-90 L 88,-74 Q 0,-46 -88,-74 Z"
    return [brim, path(cone, tone, tone.line), path(band, head.who.accent, tone.line, 2.6)]


def _crown(head: Head, _tone: Colour) -> list[str]:
    gold = Colour(0.84, 0.12, 90)
    d = "M -60,-96 L -66,-150 L -34,-122 L 0,-164 L 34,-122 L 66,-150 L 60,-96 Q 0,-116 -60,-96 Z"
    gems = [ellipse(x, -116, 6, 7, head.who.accent, gold.line, 2) for x in (-32, 0, 32)]
    return [path(d, gold, gold.line), *gems]


def _helmet(head: Head, tone: Colour) -> list[str]:
    steel = tone if tone.c > 0.05 else Colour(0.76, 0.015, 260)
    d = (
        "M -98,30 C -110,-100 -60,-154 0,-154 C 60,-154 110,-100 98,30 L 82,34 Q 84,-40 60,-54 L "
        "0,-64 L -60,-54 Q -84,-40 -82,34 Z"
    )
    return [
        path(d, steel, steel.line),
        clipped("hat", d, [path("M 30,-160 Q 90,-100 84,40 H 130 V -160 Z", steel.shadow)]),
        stroke("M 0,-154 V -66", steel.line, 6),
        path("M -10,-150 Q -60,-200 -100,-160 Q -50,-150 10,-148 Z", head.who.accent, head.who.accent.line),
        stroke("M -70,-90 Q -50,-124 -20,-134", WHITE, 6, alpha=0.6),
    ]


_HATS = {
    "cap": _soft_cap,
    "sailor": _keepers_cap,
    "straw": _straw,
    "wide": _wide,
    "beret": _beret,
    "beanie": _beanie,
    "witch": _witch,
    "crown": _crown,
    "helmet": _helmet,
}
