"""Public rooms: classroom, office, hospital, library, corridor, great hall."""

from __future__ import annotations

from comfyvn.draft.art.furniture import (
    bookcase,
    daylight,
    outlook,
    plant,
    rug,
    shell,
    table,
    window,
)
from comfyvn.draft.art.scenery import Scene, halo
from comfyvn.draft.art.svg import ellipse, path, points, rect, stroke


def classroom(s: Scene) -> list[str]:
    wood = s.room(0.72, 0.07, 68)
    parts = shell(s, s.room(0.92, 0.02, 95), s.room(0.66, 0.06, 66), panel=s.room(0.84, 0.025, 150))
    left = s.layout.chance("side", 0.5)
    wx, bx = (60.0, 820.0) if left else (1240.0, 100.0)
    for i in range(2):
        parts += window(s, f"win{i}", wx + 320 * i, 130, 270, 390, s.room(0.95, 0.01, 200), view=outlook(s))
    parts.append(daylight(s, wx, 600))
    board = s.room(0.42, 0.05, 165)
    parts += [
        rect(bx - 18, 142, 1016, 376, wood.shadow, r=6),
        rect(bx, 160, 980, 340, board),
        rect(bx - 10, 500, 1000, 22, wood),
    ]
    chalk = s.room(0.95, 0.01, 100)
    parts += [
        stroke(
            f"M {bx + 80},240 h 220 m -220,46 h 320 m -320,46 h 180 M {bx + 620},220 l 90,160 h -180 Z "
            f"m 160,60 q 60,-70 120,0 t 100,10",
            chalk,
            6,
            alpha=0.75,
        ),
        ellipse(bx + 490, 96, 44, 44, s.room(0.96, 0.01, 90), s.room(0.35, 0.02, 260), 8),
        stroke(f"M {bx + 490:.0f},96 v -26 m 0,26 l 18,12", s.room(0.35, 0.02, 260), 6),
    ]
    for row, (y, k) in enumerate(((720, 0.72), (830, 1.0), (990, 1.4))):
        for col in range(4):
            x = 960 + (col - 1.5) * 430 * k + s.detail.between(f"desk{row}{col}", -8, 8)
            parts.append(
                rect(x - 100 * k, y, 14 * k, 120 * k, s.room(0.5, 0.02, 250))
                + rect(x + 86 * k, y, 14 * k, 120 * k, s.room(0.5, 0.02, 250))
                + path(
                    f"M "
                    f"{points((x - 96 * k, y - 34 * k), (x + 96 * k, y - 34 * k))} "
                    f"{points((x + 116 * k, y + 8 * k), (x - 116 * k, y + 8 * k))} "
                    f"Z",
                    wood,
                )
                + rect(x - 116 * k, y + 8 * k, 232 * k, 18 * k, wood.shadow)
            )
    return parts


def office(s: Scene) -> list[str]:
    parts = shell(s, s.room(0.86, 0.012, 240), s.room(0.55, 0.02, 255), boards=False)
    parts += window(s, "win", 260, 120, 1400, 420, s.room(0.6, 0.015, 250), view="town", panes=6)
    parts.append(daylight(s, 300, 1300))
    desk, dark = s.room(0.76, 0.04, 72), s.room(0.34, 0.02, 265)
    for i, x in enumerate((420, 1000, 1540)):
        parts += [
            *table(s, x, 720, 460, desk, low=190, round_top=False),
            rect(x - 96, 566, 190, 120, dark, r=8),
            rect(x - 86, 576, 170, 98, s.lamp(s.room(0.76, 0.06, 225)), r=4),
            rect(x - 12, 684, 24, 26, dark),
            rect(x - 50, 704, 100, 10, dark, r=4),
            rect(x + 130, 690, 60, 22, s.room(0.95, 0.01, 80), r=2),
            halo(s, f"mon{i}", x, 620, 240, 190, 0.35),
        ]
        parts.append(
            path(f"M {points((x - 70, 980))} q 70,-40 140,0 Z", dark)
            + rect(x - 62, 770, 124, 120, dark, r=24)
            + stroke(f"M {x},890 V 970", dark, 16)
        )
    return [
        *parts,
        *plant(s, "pl", 120, 900, 1.2),
        rect(500, 34, 360, 20, s.lamp(s.room(0.98, 0.005, 90)), r=6),
        rect(1060, 34, 360, 20, s.lamp(s.room(0.98, 0.005, 90)), r=6),
    ]


def hospital(s: Scene) -> list[str]:
    parts = shell(s, s.room(0.94, 0.015, 190), s.room(0.8, 0.02, 180), boards=False, panel=s.room(0.86, 0.035, 180))
    parts += [*window(s, "win", 780, 140, 520, 370, s.room(0.97, 0.005, 200), view=outlook(s)), daylight(s, 800, 480)]
    steel, sheet, curtain = s.room(0.72, 0.015, 240), s.room(0.97, 0.008, 220), s.room(0.82, 0.05, 190)
    parts += [
        stroke("M 40,120 H 640", steel, 12),
        path("M 60,126 H 360 Q 350,460 372,760 H 40 Z", curtain),
        stroke(
            "M 120,130 Q 110,460 122,750 M 190,130 Q 184,460 196,750 M 260,130 Q 252,460 270,750 M "
            "320,130 Q 316,460 330,750",
            curtain.shadow,
            8,
        ),
    ]
    parts += [
        stroke("M 430,600 V 930 M 1090,660 V 930", steel, 16),
        rect(420, 760, 690, 60, steel, r=10),
        path("M 440,764 q 0,-70 60,-76 h 540 q 60,6 60,76 Z", sheet),
        rect(450, 640, 190, 90, sheet.highlight, r=36),
        path("M 690,690 h 350 q 60,6 60,110 h -420 Z", s.room(0.78, 0.06, 230)),
        stroke("M 420,610 H 640", steel, 14),
    ]
    parts += [
        stroke("M 1260,920 V 330 M 1210,330 h 100 M 1210,924 h 100", steel, 10),
        rect(1284, 350, 54, 96, s.room(0.9, 0.03, 220), r=14),
        stroke("M 1312,446 q 0,140 -190,260", steel, 3),
    ]
    return [
        *parts,
        rect(1480, 560, 260, 270, s.room(0.9, 0.02, 80), r=10),
        rect(1500, 590, 220, 70, s.room(0.84, 0.03, 80), r=6),
        *plant(s, "fl", 1600, 562, 0.6),
        rect(1520, 170, 190, 190, s.room(0.97, 0.005, 90), r=12),
        rect(1590, 200, 50, 130, s.room(0.6, 0.14, 28), r=4),
        rect(1550, 240, 130, 50, s.room(0.6, 0.14, 28), r=4),
    ]


def library(s: Scene) -> list[str]:
    wood = s.room(0.46, 0.065, 50)
    parts = shell(s, s.room(0.82, 0.035, 80), s.room(0.52, 0.06, 48))
    middle = s.layout.pick("window", (700.0, 820.0, 760.0))
    parts += bookcase(s, "a", 60, 110, middle - 160, wood, 5)
    parts += bookcase(s, "b", middle + 520, 110, 1860 - middle - 520, wood, 5)
    parts += [
        *window(s, "win", middle + 20, 140, 360, 500, wood.highlight, view=outlook(s)),
        daylight(s, middle + 30, 340),
    ]
    parts += rug(960, 1000, 760, s.room(0.5, 0.1, 22))
    tx = 960.0
    parts += [*table(s, tx, 800, 820, wood.highlight, low=170, round_top=False)]
    parts += [
        rect(tx - 300, 764, 130, 26, s.room(0.56, 0.1, 28), r=3),
        rect(tx - 290, 742, 112, 24, s.room(0.5, 0.08, 240), r=3),
        path(
            f"M {tx + 60},792 q 70,-26 120,-6 q 60,-20 120,6 v -10 q -60,-26 -120,-8 q -60,-18 -120,8 Z",
            s.room(0.96, 0.02, 85),
        ),
    ]
    brass = s.room(0.72, 0.1, 82)
    parts += [
        stroke(f"M {tx - 30},790 V 690", brass, 10),
        path(f"M {tx - 110},700 q 80,-70 160,0 Z", s.lamp(s.room(0.55, 0.1, 150))),
        halo(s, "desk", tx - 30, 710, 420, 320),
        rect(tx - 60, 784, 60, 10, brass, r=4),
    ]
    return [
        *parts,
        stroke(
            "M 560,800 L 660,170 M 640,800 L 720,170 M 590,640 H 664 M 606,540 H 676 M 622,440 H 690 M 640,330 H 702",
            wood.highlight,
            14,
        ),
    ]


def corridor(s: Scene) -> list[str]:
    wall, floor = s.room(0.9, 0.02, 90), s.room(0.7, 0.045, 70)
    parts = [
        rect(-10, -10, 1940, 1100, wall),
        path("M -10,-10 H 1930 L 1170,330 H 750 Z", wall.lighter(0.04)),
        path("M -10,1090 H 1930 L 1170,700 H 750 Z", floor),
        path("M 1930,-10 V 1090 L 1170,700 V 330 Z", wall.shadow),
    ]
    parts += window(s, "win", 830, 390, 260, 220, s.room(0.96, 0.01, 80), view=outlook(s))
    for a, b in (((-10, 330), (330, 480)), ((420, 520), (560, 582)), ((620, 608), (700, 640))):
        parts.append(
            path(
                f"M "
                f"{points((a[0], -10 + (a[0] + 10) * 0.46 + 150), (b[0], -10 + (b[0] + 10) * 0.46 + 120))} "
                f"{points((b[0], 1090 - (b[0] + 10) * 0.52), (a[0], 1090 - (a[0] + 10) * 0.52))} "
                f"Z",
                s.room(0.66, 0.06, 60),
            )
        )
    for x0, x1 in ((1900, 1580), (1500, 1330), (1290, 1210)):
        parts.append(
            path(
                f"M "
                f"{points((x0, 150 + (1920 - x0) * 0.4), (x1, 150 + (1920 - x1) * 0.42))} "
                f"{points((x1, 640), (x0, 700 + (1920 - x0) * 0.0))} "
                f"Z",
                s.light.sky[2],
            )
        )
    if s.light.time != "night":
        parts += [
            path(
                f"M {points((x, y), (x - w, y), (x - w - 160, y + 90), (x - 160, y + 100))} Z",
                s.light.sky[2].lighter(0.03),
                alpha=0.4,
            )
            for x, y, w in ((1560, 930, 330), (1260, 790, 140), (1120, 730, 60))
        ]
    lines = " ".join(f"M {points((960 + k * 42, 704))} L {points((960 + k * 240, 1090))}" for k in range(-4, 5))
    return [
        *parts,
        stroke(lines, floor.shadow, 4),
        *[
            rect(960 - w / 2, y, w, h, s.lamp(s.room(0.98, 0.01, 90)), r=5)
            for w, y, h in ((300, 70, 20), (190, 190, 14), (120, 270, 10))
        ],
        halo(s, "hall", 960, 240, 700, 420, 0.35),
    ]


def hall(s: Scene) -> list[str]:
    """A great hall: throne room, church, theatre."""
    stone = s.room(0.78, 0.02, 80)
    parts = shell(s, stone, s.room(0.66, 0.025, 70), boards=False)
    for i, x in enumerate((330, 860, 1390)):
        parts += [
            *window(s, f"w{i}", x, 120, 200, 420, s.room(0.6, 0.03, 70), view="hills"),
            path(f"M {x},124 q 100,-110 200,0 Z", s.light.sky[0]),
            daylight(s, x, 200),
        ]
    for x in (120, 660, 1190, 1720):
        parts.append(
            rect(x - 40, 60, 90, 760, stone.highlight)
            + rect(x + 16, 60, 34, 760, stone.shadow)
            + rect(x - 60, 780, 130, 46, stone.shadow, r=4)
            + rect(x - 60, 50, 130, 36, stone.shadow, r=4)
        )
    carpet = s.room(0.48, 0.13, 24)
    parts += [
        path("M 860,808 H 1060 L 1330,1090 H 590 Z", carpet),
        stroke("M 872,808 L 630,1090 M 1048,808 L 1290,1090", s.room(0.75, 0.1, 85), 8),
    ]
    banner = s.room(0.46, 0.11, s.layout.pick("banner", (24, 260, 150)))
    return [
        *parts,
        *[
            path(f"M {x - 60},150 h 120 v 330 l -60,50 l -60,-50 Z", banner)
            + ellipse(x, 300, 34, 34, s.room(0.78, 0.1, 85))
            for x in (664, 1194)
        ],
        halo(s, "hall", 960, 300, 900, 520, 0.35),
    ]
