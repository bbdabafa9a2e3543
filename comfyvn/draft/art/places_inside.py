"""Rooms to live and meet in: café, tea room, bedroom, kitchen, shop."""

from __future__ import annotations

from comfyvn.draft.art.furniture import (
    bookcase,
    chair,
    cup,
    daylight,
    hanging_lamp,
    outlook,
    picture,
    plant,
    rug,
    shelf,
    shell,
    table,
    window,
)
from comfyvn.draft.art.scenery import Scene, halo
from comfyvn.draft.art.svg import ellipse, path, points, rect, stroke


def cafe(s: Scene) -> list[str]:
    wood, wall = s.room(0.5, 0.07, 55), s.room(0.88, 0.035, s.layout.pick("wall", (80, 60, 110, 200)))
    parts = shell(s, wall, s.room(0.6, 0.06, 58), panel=s.room(0.56, 0.06, s.layout.pick("panel", (160, 55, 200))))
    frame = s.room(0.93, 0.02, 80)
    left = s.layout.chance("side", 0.5)
    wx, cx = (110.0, 1130.0) if left else (1130.0, 90.0)
    parts += window(s, "win", wx, 140, 680, 400, frame, view=outlook(s), panes=3)
    parts.append(daylight(s, wx, 680))
    parts += shelf(s, "s1", cx + 40, 240, 600, wood, goods="cups") + shelf(
        s, "s2", cx + 40, 370, 600, wood, goods="jars"
    )
    counter = s.room(0.46, 0.07, 50)
    parts += [
        rect(cx, 600, 700, 240, counter),
        rect(cx - 20, 576, 740, 36, wood.highlight, r=6),
        stroke(" ".join(f"M {cx + 100 * k + 50:.0f},640 v 180" for k in range(7)), counter.shadow, 8),
    ]
    parts += [
        rect(cx + 60, 470, 150, 110, s.room(0.7, 0.02, 250), r=14),
        ellipse(cx + 136, 520, 26, 26, s.room(0.45, 0.02, 260)),
        rect(cx + 90, 560, 90, 18, s.room(0.4, 0.02, 260)),
        cup(s, cx + 360, 576, s.room(0.95, 0.015, 80)),
        cup(s, cx + 460, 576, s.room(0.75, 0.08, 30)),
    ]
    tx = wx + 330
    parts += [
        *chair(s, tx - 250, 950, wood, way=1),
        *chair(s, tx + 250, 950, wood, way=-1),
        *table(s, tx, 740, 330, wood.highlight),
        cup(s, tx - 60, 736, s.room(0.95, 0.015, 80)),
        *plant(s, "pl", wx + (760 if left else -60), 860, 0.9),
    ]
    for i, x in enumerate((wx + 170, wx + 510, cx + 350)):
        parts += hanging_lamp(s, f"lamp{i}", x, 150, 84, s.room(0.5, 0.09, s.layout.pick("lamp", (160, 30, 230))))
    return parts


def tearoom(s: Scene) -> list[str]:
    """A small round-tabled room with a sea window, a dresser full of cups and a stove."""
    wood, wall = s.room(0.56, 0.075, 58), s.room(0.9, 0.035, s.layout.pick("wall", (90, 20, 170)))
    parts = shell(s, wall, s.room(0.66, 0.06, 62), panel=s.room(0.8, 0.035, s.layout.pick("panel", (200, 160, 30))))
    for k in range(14):
        parts.append(stroke(f"M {70 + 140 * k},80 V 540", wall.lighter(-0.025), 10, alpha=0.6))
    frame = s.room(0.95, 0.015, 80)
    left = s.layout.chance("side", 0.5)
    wx, dx = (700.0, 120.0) if left else (480.0, 1380.0)
    parts += window(s, "win", wx, 150, 740, 380, frame, view="sea", panes=3)
    curtain = s.room(0.72, 0.09, s.layout.pick("curtain", (20, 350, 230)))
    for way, x in ((1, wx - 44), (-1, wx + 784)):
        parts.append(
            path(
                f"M {points((x, 110))} h {way * 130} Q {points((x + way * 120, 330), (x + way * 22, 400))} "
                f"Q {points((x + way * 66, 480), (x + way * 60, 566))} h {-way * 66} Z",
                curtain,
            )
            + stroke(
                f"M {points((x + way * 40, 120))} Q {points((x + way * 40, 300), (x + way * 14, 396))} M "
                f"{points((x + way * 86, 120))} Q {points((x + way * 80, 290), (x + way * 26, 390))}",
                curtain.shadow,
                6,
            )
        )
    parts.append(rect(wx - 70, 92, 880, 26, wood, r=8))
    parts.append(daylight(s, wx + 60, 620))
    parts += [
        rect(dx, 300, 400, 530, wood, r=8),
        rect(dx + 20, 320, 360, 290, wood.shadow.shadow, r=4),
        *shelf(s, "d1", dx + 22, 410, 356, wood, goods="cups"),
        *shelf(s, "d2", dx + 22, 510, 356, wood, goods="jars"),
        *shelf(s, "d3", dx + 22, 596, 356, wood, goods="cups"),
        rect(dx - 16, 620, 432, 26, wood.highlight, r=5),
        rect(dx + 24, 664, 166, 140, wood.highlight, r=6),
        rect(dx + 210, 664, 166, 140, wood.highlight, r=6),
        ellipse(dx + 176, 734, 7, 7, s.room(0.85, 0.1, 85)),
        ellipse(dx + 224, 734, 7, 7, s.room(0.85, 0.1, 85)),
    ]
    parts += rug(960, 985, 640, s.room(0.62, 0.09, s.layout.pick("rug", (250, 30, 160))))
    tx = wx + 370
    cloth = s.room(0.96, 0.012, 85)
    parts += [
        *chair(s, tx - 300, 950, wood, way=1),
        *chair(s, tx + 300, 950, wood, way=-1),
        *table(s, tx, 736, 400, wood),
        path(
            f"M {points((tx - 206, 738))} Q {points((tx, 690), (tx + 206, 738))} Q "
            f"{points((tx + 196, 800), (tx + 170, 828))} Q {points((tx + 90, 800), (tx, 836))} Q "
            f"{points((tx - 90, 800), (tx - 170, 828))} Q {points((tx - 196, 800), (tx - 206, 738))} Z",
            cloth,
        ),
        ellipse(tx, 738, 204, 26, cloth.highlight),
    ]
    pot = s.room(0.74, 0.08, s.layout.pick("pot", (230, 20, 150)))
    parts += [
        cup(s, tx - 110, 742, pot),
        cup(s, tx + 116, 742, pot),
        path(f"M {points((tx - 46, 742))} q -16,-62 20,-76 h 52 q 36,14 20,76 Z", pot)
        + stroke(f"M {points((tx + 44, 706))} q 40,0 44,-34", pot, 13)
        + stroke(f"M {points((tx - 46, 686))} q -40,14 -8,44", pot, 9)
        + ellipse(tx, 664, 26, 9, pot.highlight)
        + ellipse(tx, 654, 9, 9, pot.shadow),
    ]
    parts += hanging_lamp(s, "lamp", tx, 170, 110, curtain.shadow)
    parts += picture(s, "pic", 1560 if left else 150, 230, 220, 170)
    return parts


def room(s: Scene) -> list[str]:
    wood = s.room(0.62, 0.065, 60)
    parts = shell(s, s.room(0.88, 0.03, s.layout.pick("wall", (80, 230, 20, 150))), s.room(0.68, 0.055, 65))
    parts += window(s, "win", 660, 150, 480, 380, s.room(0.95, 0.015, 80), view=outlook(s))
    curtain = s.room(0.72, 0.07, s.layout.pick("curtain", (200, 340, 140, 60)))
    parts += [
        path("M 610,110 h 130 q 10,300 -40,520 h -100 Z", curtain),
        path("M 1190,110 h -130 q -10,300 40,520 h 100 Z", curtain),
        stroke("M 660,120 q 6,260 -20,500 M 1140,120 q -6,260 20,500", curtain.shadow, 7),
        rect(560, 96, 680, 22, wood, r=6),
        daylight(s, 680, 440),
    ]
    parts += bookcase(s, "bc", 1400, 250, 380, wood, 4)
    blanket = s.room(0.66, 0.08, s.layout.pick("blanket", (250, 20, 150)))
    parts += [
        rect(60, 520, 40, 420, wood, r=8),
        rect(70, 740, 520, 150, wood.shadow, r=10),
        path("M 84,760 q 0,-70 60,-70 h 400 q 50,0 60,80 v 60 h -520 Z", blanket),
        rect(96, 650, 170, 84, s.room(0.96, 0.01, 80), r=30),
        stroke("M 300,700 q 20,60 10,126", blanket.shadow, 7),
    ]
    parts += rug(980, 970, 440, s.room(0.74, 0.07, 40))
    parts += [
        *table(s, 1180, 690, 360, wood, low=180, round_top=False),
        rect(1090, 600, 16, 82, s.room(0.4, 0.02, 260)),
        path("M 1040,604 l 30,-70 h 56 l 30,70 Z", s.lamp(s.room(0.9, 0.04, 85))),
        halo(s, "desk", 1098, 590, 330, 290),
        *picture(s, "pic", 240, 240, 220, 160),
    ]
    return parts


def kitchen(s: Scene) -> list[str]:
    wood, top = s.room(0.8, 0.05, 78), s.room(0.9, 0.012, 80)
    parts = shell(s, s.room(0.92, 0.03, s.layout.pick("wall", (95, 200, 30))), s.room(0.74, 0.04, 60), boards=False)
    tiles = " ".join([*(f"M {x},380 V 570" for x in range(0, 1930, 64)), "M -10,444 H 1930 M -10,508 H 1930"])
    parts += [rect(-10, 380, 1940, 200, s.room(0.95, 0.015, 200)), stroke(tiles, s.room(0.86, 0.02, 200), 4)]
    parts += [*window(s, "win", 740, 120, 460, 300, s.room(0.97, 0.01, 80), view=outlook(s)), daylight(s, 760, 420)]
    for x in (60, 250, 440, 1290, 1480, 1670):
        parts.append(
            rect(x, 110, 180, 250, wood, r=6)
            + rect(x + 16, 126, 148, 218, wood.highlight, r=4)
            + ellipse(x + 150, 300, 8, 8, wood.shadow.shadow)
        )
    for x in range(0, 1920, 240):
        parts.append(
            rect(x + 4, 600, 232, 230, wood, r=4)
            + rect(x + 24, 640, 192, 170, wood.highlight, r=4)
            + rect(x + 90, 614, 60, 10, wood.shadow.shadow, r=4)
        )
    parts += [
        rect(-10, 574, 1940, 34, top),
        rect(1300, 480, 250, 96, s.room(0.4, 0.02, 260), r=8),
        path("M 1370,480 v -56 h 110 v 56 Z", s.room(0.7, 0.03, 240)),
        stroke("M 1480,440 h 60", s.room(0.4, 0.02, 260), 12),
        cup(s, 560, 574, s.room(0.7, 0.1, 30)),
        cup(s, 420, 574, s.room(0.94, 0.01, 80)),
        *plant(s, "herb", 1120, 424, 0.42),
    ]
    return [*parts, *hanging_lamp(s, "lamp", 960, 130, 100, s.room(0.56, 0.1, 28))]


def shop(s: Scene) -> list[str]:
    wood = s.room(0.58, 0.07, 58)
    parts = shell(s, s.room(0.88, 0.04, s.layout.pick("wall", (95, 30, 200))), s.room(0.64, 0.06, 60))
    for i, x in enumerate((60, 700, 1340)):
        goods = ("jars", "books", "jars")[i]
        for row in range(3):
            parts += shelf(s, f"s{i}{row}", x, 240 + 130 * row, 520, wood, goods=goods if row != 1 else "cups")
    parts += [
        rect(340, 640, 1240, 240, wood),
        rect(310, 612, 1300, 40, wood.highlight, r=6),
        stroke(" ".join(f"M {x},680 v 180" for x in range(440, 1560, 140)), wood.shadow, 8),
        rect(1260, 500, 190, 116, s.room(0.5, 0.05, 30), r=10),
        rect(1280, 520, 110, 40, s.lamp(s.room(0.8, 0.04, 150)), r=4),
    ]
    return [
        *parts,
        *hanging_lamp(s, "l1", 480, 140, 90, s.room(0.5, 0.1, 30)),
        *hanging_lamp(s, "l2", 960, 140, 90, s.room(0.5, 0.1, 30)),
        *hanging_lamp(s, "l3", 1440, 140, 90, s.room(0.5, 0.1, 30)),
    ]
