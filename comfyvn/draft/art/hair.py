"""Draws hair in head units, as what falls behind the body, what lies over a shoulder, and what frames the face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from comfyvn.draft.art.head import Head
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.svg import Point, clipped, ellipse, path, points, smooth, stroke

Corners = Sequence[Point]

_SIDES = {  # the right half of the hair behind the head, from the crown down; mirrored to the left
    "short": ((88, -40), (86, 30), (66, 84), (30, 92)),
    "pixie": ((90, -40), (92, 30), (74, 92), (30, 96)),
    "bob": ((94, -50), (106, 30), (103, 92), (84, 122), (40, 112)),
    "lob": ((94, -50), (108, 50), (112, 130), (136, 178), (86, 172), (40, 160)),
    "long": ((94, -60), (110, 60), (122, 200), (134, 360), (118, 420), (80, 396), (38, 408)),
    "hime": ((94, -60), (112, 60), (120, 220), (124, 408), (60, 412)),
    "wavy": ((94, -60), (116, 30), (106, 100), (136, 180), (116, 250), (140, 320), (112, 372), (70, 344), (36, 366)),
}
_BACK_OF = {
    "spiky": "short", "undercut": "", "ponytail": "short", "twintails": "short", "bun": "short", "braid": "short",
    "sidetail": "short", "curly": "", "veil": "", "bald": "",
}  # fmt: skip


_PONYTAIL = (
    (26, -118), (86, -150), (146, -112), (166, -10), (148, 110), (162, 226), (122, 196), (112, 90), (104, 0), (70, -70),
)  # fmt: skip
_TWINTAIL = (
    (70, -70), (108, -96), (152, -50), (172, 70), (158, 190), (172, 318), (134, 262), (116, 150), (112, 40), (88, -30),
)  # fmt: skip
_SPIKES = (
    (-90, 16), (-112, 2), (-97, -22), (-128, -46), (-99, -64), (-112, -104), (-74, -100), (-66, -146), (-34, -122),
    (-4, -164), (16, -126), (58, -150), (60, -112), (108, -112), (96, -72), (126, -54), (98, -26), (112, 2), (90, 16),
)  # fmt: skip


def behind(head: Head) -> list[str]:
    """Drawn before the body."""
    who, tone = head.who, head.who.hair_colour
    back = tone.shadow
    style = who.hair
    parts: list[str] = []
    if style == "veil":
        return [_veil_back(head)]
    if style == "curly":
        return [
            _cloud(
                back,
                tone.line,
                ((0, -62, 92), (-72, -30, 58), (72, -30, 58), (-84, 36, 46), (84, 36, 46), (-68, 86, 34), (68, 86, 34)),
            )
        ]
    if style == "ponytail":
        parts.append(_tail(tone, _PONYTAIL, 1))
    if style == "twintails":
        parts += [_tail(tone, _TWINTAIL, side) for side in (-1, 1)]
    if style == "bun":
        parts.append(_bun(tone, 22 - head.shift, -128, 46))
    name = _BACK_OF.get(style, style)
    if name:
        parts.append(path(smooth(_mirrored(_SIDES[name])), back, tone.line))
        if name in ("long", "wavy", "hime", "lob"):
            parts.append(_strands(name, tone))
    return parts


def _mirrored(half: Corners) -> list[Point]:
    return [(0.0, -122.0), *half, *[(-x, y) for x, y in reversed(half)]]


def _strands(name: str, tone: Colour) -> str:
    low = max(y for _, y in _SIDES[name]) - 30
    d = " ".join(
        f"M {points((side * 78, 90))} Q {points((side * 96, low * 0.6), (side * (82 + extra), low))}"
        for side in (-1, 1)
        for extra in (0, 22)
    )
    return stroke(d, tone.line, 2.6, alpha=0.4)


def _tail(tone: Colour, corners: Corners, side: int) -> str:
    shape = smooth([(side * x, y) for x, y in corners])
    shade = smooth([(side * (x - 22), y + 16) for x, y in corners])
    inside = [
        path(shade, tone.shadow),
        stroke(smooth([(side * (x + 34), y + 30) for x, y in corners[4:9]], closed=False), tone.line, 2.6, alpha=0.4),
    ]
    return path(shape, tone, tone.line) + clipped(f"tail{side + 1}", shape, inside) + stroke(shape, tone.line, 3.5)


def _bun(tone: Colour, x: float, y: float, r: float) -> str:
    swirl = (
        f"M {points((x - r * 0.6, y + r * 0.2))} Q "
        f"{points((x - r * 0.1, y - r * 0.7), (x + r * 0.6, y - r * 0.1))} M "
        f"{points((x - r * 0.2, y + r * 0.4))} Q "
        f"{points((x + r * 0.2, y - r * 0.2), (x + r * 0.5, y + r * 0.4))}"
    )
    return ellipse(x, y, r, r * 0.9, tone, tone.line) + stroke(swirl, tone.line, 2.6, alpha=0.5)


def _cloud(fill: Colour, line: Colour, blobs: Sequence[tuple[float, float, float]]) -> str:
    """Round locks with one outline round them all."""
    rim = "".join(ellipse(x, y, r + 3, r + 3, line) for x, y, r in blobs)
    return rim + "".join(ellipse(x, y, r, r, fill) for x, y, r in blobs)


# --- the front -----------------------------------------------------------------------------------------------------

_FRINGES: dict[str, tuple[Point, ...]] = {  # tip, notch, tip … from the viewer's right temple to the left one
    "blunt": (
        (69, -3), (52, -26), (43, -13), (22, -27), (10, -14), (-12, -28), (-24, -14), (-46, -27), (-56, -12),
        (-60, -24), (-70, -3),
    ),
    "swept": ((77, 10), (36, -76), (14, -24), (8, -44), (-26, -18), (-34, -38), (-58, -12), (-62, -28), (-76, 8)),
    "parted": ((77, 12), (52, -44), (2, -80), (-52, -40), (-77, 12)),
    "curtain": ((79, 30), (58, -26), (44, -10), (-2, -80), (-48, -8), (-58, -26), (-79, 30)),
    "jagged": ((73, 6), (58, -40), (38, -10), (24, -46), (4, -6), (-14, -44), (-36, -12), (-50, -42), (-74, 6)),
    "wisps": ((76, 12), (50, -56), (28, -26), (20, -62), (6, -16), (-6, -66), (-22, -28), (-48, -58), (-76, 12)),
    "back": ((80, 6), (66, -58), (34, -84), (0, -80), (-34, -84), (-66, -58), (-80, 6)),
}  # fmt: skip


def _fringe_edge(kind: str, shift: float) -> str:
    corners = [(x + shift * (1.0 - abs(x) / 120), y) for x, y in _FRINGES[kind]]
    out = [f"L {points(corners[0])}"]
    for before, after in pairwise(corners):
        # a lock hangs: its edge leaves the higher point sideways and reaches the lower one straight down
        high, low = (before, after) if before[1] < after[1] else (after, before)
        bend = ((low[0] * 0.72 + high[0] * 0.28), (low[1] * 0.36 + high[1] * 0.64))
        out.append(f"Q {points(bend, after)}")
    return " ".join(out)


def _outer(style: str, crown: float) -> str:
    """The outline of the cap of hair from the left temple over the crown to the right one."""
    if style == "spiky":
        return f"M {points(_SPIKES[0])} " + " ".join(
            f"Q {points(((a[0] + b[0]) / 2 * 1.03, (a[1] + b[1]) / 2 - 3), b)}" for a, b in pairwise(_SPIKES)
        )
    if style == "undercut":
        return (
            f"M {points((-84, -26))} C {points((-100, -60), (-96, -120), (-40, crown - 6))} C "
            f"{points((0, crown - 26), (70, crown - 20), (98, -112))} C "
            f"{points((104, -84), (92, -60), (84, -26))}"
        )
    return (
        f"M {points((-91, 20))} C {points((-108, -66), (-84, crown), (0, crown))} C "
        f"{points((84, crown), (108, -66), (91, 20))}"
    )


def _cap(head: Head) -> str:
    style = head.who.hair
    fringe = "back" if style == "veil" else head.who.fringe
    crown = -128.0 if head.who.hat else -136.0
    if style == "undercut":
        edge = "L 74,-34 Q 66,-70 30,-78 Q 10,-60 -18,-58 Q -50,-56 -66,-28 L -78,-24"
        return f"{_outer(style, crown)} {edge} Z"
    return f"{_outer(style, crown)} {_fringe_edge(fringe, head.shift)} Z"


def shadow_on_face(head: Head) -> str:
    """The soft shadow that the front hair throws on the forehead."""
    if head.who.hair == "bald":
        return ""
    cast = f'<g transform="translate(3 11)">{path(_cap(head), head.who.skin.shadow)}</g>'
    return clipped("hair-cast", head.contour, [cast])


def front(head: Head) -> list[str]:
    """Cap, fringe and side locks: drawn over the face."""
    who, tone = head.who, head.who.hair_colour
    if who.hair == "bald":
        return _bald(head)
    if who.hair == "curly":
        return _curly_front(head)
    parts = []
    if who.hair == "undercut":
        parts.append(_shaved(head))
    cap = _cap(head)
    locks = _side_locks(head)
    # one outline round cap and locks, so that no edge cuts them apart
    parts += [path(shape, tone, tone.line, 7) for shape in (*locks, cap)]
    parts += [path(shape, fill) for shape, fill in zip(locks, (tone, tone.shadow), strict=False)]
    parts += [path(cap, tone), clipped("cap", cap, _shine(head))]
    if who.hair == "twintails":
        parts += [ellipse(side * 86, -62, 14, 17, who.accent, who.accent.line) for side in (-1, 1)]
    if who.hair == "ponytail":
        parts.append(ellipse(44, -122, 17, 12, who.accent, who.accent.line))
    if who.hair == "veil":
        parts += _veil_front(head)
    return parts


def _shine(head: Head) -> list[str]:
    tone, x = head.who.hair_colour, head.shift * 0.6
    band = (
        f"M {points((-84, -42))} Q {points((-52, -104), (x, -108))} Q "
        f"{points((52, -104), (84, -42))} L 76,-50 L 66,-48 L 56,-66 L 44,-62 L 34,-80 L 20,-74 L "
        f"{points((x + 6, -88))} L -10,-78 L -22,-84 L -36,-68 L -48,-72 L -60,-52 L -72,-54 Z"
    )
    shade = f"M 100,-110 Q 72,-40 {points((70 + x, 40))} L 120,40 Z"
    lines = (
        f"M {points((x + 4, -132))} Q {points((20, -110), (34, -66))} M {points((x - 6, -132))} Q "
        f"{points((-30, -112), (-44, -60))} M {points((x, -132))} Q {points((4, -110), (2, -80))}"
    )
    return [path(shade, tone.shadow), path(band, tone.highlight, alpha=0.8), stroke(lines, tone.line, 2.4, alpha=0.35)]


_LOCKS = {  # the right side lock: outer edge down, inner edge up
    "bob": ((86, -50), (102, 20), (100, 84), (84, 112), (74, 70), (74, 10)),
    "lob": ((86, -50), (102, 30), (108, 120), (92, 168), (82, 96), (74, 10)),
    "long": ((86, -50), (102, 30), (108, 130), (96, 236), (84, 150), (74, 10)),
    "wavy": ((86, -50), (104, 20), (96, 90), (112, 150), (92, 214), (88, 150), (78, 90), (74, 10)),
    "hime": ((86, -50), (100, 10), (99, 88), (66, 88), (70, 20)),
    "ponytail": ((84, -40), (94, 10), (90, 64), (82, 92), (76, 50), (74, 0)),
    "twintails": ((84, -40), (94, 10), (90, 60), (84, 86), (76, 46), (74, 0)),
    "bun": ((84, -40), (92, 4), (88, 50), (83, 70), (77, 36), (74, 0)),
    "braid": ((84, -40), (94, 10), (92, 70), (84, 98), (76, 50), (74, 0)),
    "sidetail": ((84, -40), (94, 10), (90, 64), (82, 92), (76, 50), (74, 0)),
    "pixie": ((84, -40), (95, 0), (92, 44), (82, 68), (77, 36), (72, 0)),
    "short": ((84, -30), (89, 4), (86, 30), (80, 36), (76, 10)),
    "spiky": ((84, -30), (92, 4), (88, 44), (79, 24), (76, 6)),
}  # fmt: skip


def _side_locks(head: Head) -> list[str]:
    """Path data of the left and the right lock before the ears, if the style has them."""
    corners = _LOCKS.get(head.who.hair, ())
    return [smooth([(side * x - head.shift * 0.4, y) for x, y in corners]) for side in (-1, 1) if corners]


def _shaved(head: Head) -> str:
    tone = head.who.hair_colour.mix(head.who.skin, 0.45)
    d = (
        "M -86,8 C -96,-58 -62,-126 0,-126 C 62,-126 96,-58 86,8 L 76,12 Q 78,-40 56,-66 Q 0,-100 "
        "-56,-66 Q -78,-40 -76,12 Z"
    )
    return path(d, tone, head.who.hair_colour.line, 3)


def _bald(head: Head) -> list[str]:
    shine = ellipse(-26 + head.shift, -86, 20, 9, head.who.skin.highlight, alpha=0.8)
    if head.who.age != "old":
        return [shine]
    tone = head.who.hair_colour
    tufts = [
        path(
            smooth([(side * x, y) for x, y in ((80, -44), (100, -30), (104, 6), (98, 40), (86, 44), (82, 0))]),
            tone,
            tone.line,
        )
        for side in (-1, 1)
    ]
    return [*tufts, shine]


def _curly_front(head: Head) -> list[str]:
    tone, x = head.who.hair_colour, head.shift * 0.5
    top = [
        (math.cos(angle) * 78 + x * 0.3, math.sin(angle) * 74 - 50, 32.0)
        for angle in (math.pi * (1 + step / 7) for step in range(8))
    ]
    fringe = [
        (-52 + x, -50, 23.0),
        (-20 + x, -60, 25.0),
        (14 + x, -60, 25.0),
        (48 + x, -52, 23.0),
        (-78, -12, 17.0),
        (78, -12, 17.0),
    ]
    blobs = [*top, *fringe, (0.0, -92.0, 44.0), (-40.0, -82.0, 36.0), (40.0, -82.0, 36.0)]
    curls = " ".join(
        f"M {points((cx - 9, cy + 4))} q {points((9, -15), (18, -2))}"
        for cx, cy, _ in (*fringe[:4], (-44, -100, 0), (0, -112, 0), (44, -98, 0))
    )
    light = "".join(ellipse(cx - 7, cy - 7, r * 0.42, r * 0.3, tone.highlight, alpha=0.7) for cx, cy, r in top[1:6])
    return [_cloud(tone, tone.line, blobs), light, stroke(curls, tone.line, 2.8, alpha=0.45)]


def _veil_tone(head: Head) -> Colour:
    return Colour(0.9, 0.03, head.who.accent.h)


def _veil_back(head: Head) -> str:
    tone = _veil_tone(head)
    corners = ((96, -60), (112, 60), (128, 220), (142, 360), (70, 380))
    return path(smooth(_mirrored(corners)), tone.shadow, tone.line)


def _veil_front(head: Head) -> list[str]:
    tone = _veil_tone(head)
    cloth = (
        "M -100,120 C -112,20 -112,-146 0,-148 C 112,-146 112,20 100,120 C 92,150 96,190 108,230 L "
        "74,226 C 66,150 84,60 80,-6 C 74,-76 40,-98 0,-98 C -40,-98 -74,-76 -80,-6 C -84,60 "
        "-66,150 -74,226 L -108,230 C -96,190 -92,150 -100,120 Z"
    )
    folds = "M -92,10 C -98,60 -84,120 -90,200 M 92,10 C 98,60 84,120 90,200 M -60,-112 Q -90,-70 -92,-20"
    return [path(cloth, tone, tone.line), stroke(folds, tone.shadow, 4)]


def over_shoulder(head: Head) -> list[str]:
    """Hair that lies on the chest: drawn over the body."""
    tone, style = head.who.hair_colour, head.who.hair
    if style == "braid":
        return _braid(head, tone)
    if style == "sidetail":
        shape = smooth(((78, 70), (100, 96), (124, 160), (118, 250), (132, 320), (92, 276), (80, 190), (84, 120)))
        inside = [path(smooth(((110, 60), (150, 160), (140, 330), (112, 300), (106, 200), (108, 120))), tone.shadow)]
        tie = ellipse(90, 92, 18, 12, head.who.accent, head.who.accent.line)
        return [path(shape, tone, tone.line), clipped("sidetail", shape, inside), stroke(shape, tone.line, 3.5), tie]
    return []


def _braid(head: Head, tone: Colour) -> list[str]:
    parts = []
    for step in range(7):
        x, y, r = -84 - step * 3.5 + (4 if step % 2 else -4), 96 + step * 33, 25 - step * 1.1
        lean = 26 if step % 2 else -26
        parts.append(
            f'<g transform="rotate({lean} {x:.1f} '
            f'{y:.1f})">{ellipse(x, y, r, r * 0.86, tone if step % 2 else tone.mix(tone.shadow, 0.55), tone.line)}</g>'
        )
    parts.append(path("M -112,326 q 6,-8 16,0 q 12,34 -6,62 q -22,-28 -10,-62 Z", tone, tone.line))
    parts.append(ellipse(-105, 324, 14, 9, head.who.accent, head.who.accent.line))
    return parts
