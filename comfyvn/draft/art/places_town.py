"""Places in town: street, station, rooftop."""

from __future__ import annotations

from comfyvn.draft.art.scenery import Scene, W, ground_snow, halo, hills, house, lamp_post, sky
from comfyvn.draft.art.svg import ellipse, path, points, rect, stroke

_WALLS = ((0.86, 0.04, 75), (0.8, 0.06, 35), (0.82, 0.03, 240), (0.84, 0.05, 100), (0.76, 0.06, 25), (0.8, 0.04, 170))


def skyline(s: Scene, base: float, height: float, tone: tuple[float, float, float], name: str) -> list[str]:
    parts, x, i = [], -20.0, 0
    colour = s.out(*tone)
    while x < W:
        w = s.layout.between(f"{name}w{i}", 90, 190)
        h = height * s.layout.between(f"{name}h{i}", 0.45, 1.0)
        parts.append(rect(x, base - h, w, h + 4, colour))
        for k in range(int(h // 46)):
            for j in range(3):
                if s.layout.chance(f"{name}{i}.{k}.{j}", 0.55):
                    lit = s.light.dim and s.layout.chance(f"{name}l{i}.{k}.{j}", 0.5)
                    parts.append(
                        rect(
                            x + w * (0.16 + 0.26 * j),
                            base - h + 20 + 46 * k,
                            w * 0.14,
                            20,
                            s.lamp() if lit else colour.shadow,
                        )
                    )
        x += w + 4
        i += 1
    return parts


def street(s: Scene) -> list[str]:
    """Two rows of houses that meet far away."""
    road, walk = ground_snow(s, s.out(0.56, 0.015, 270)), ground_snow(s, s.out(0.76, 0.015, 80))
    parts = [*sky(s, 650), *skyline(s, 648, 230, (0.74, 0.03, 245), "far"), rect(-10, 640, W + 20, 460, walk)]
    for way in (-1, 1):
        for i, (near, far) in enumerate(((330, 210), (540, 330), (960, 540))):
            wall = s.out(*_WALLS[(i * 2 + (way > 0) + s.layout.number("paint", 6)) % 6])
            tops = (640 - far * 0.86, 640 - near * 0.92)
            lows = (640 + far * 0.16, 640 + near * 0.34)
            a, b = 960 + way * far, 960 + way * near
            parts.append(
                path(
                    f"M {points((a, tops[0]), (b, tops[1]), (b, lows[1]), (a, lows[0]))} Z",
                    wall if way > 0 else wall.shadow,
                )
            )
            parts.append(
                path(
                    f"M {points((a, tops[0]), (b, tops[1]))} "
                    f"{points((b, tops[1] + (near - far) * 0.14), (a, tops[0] + 12))} Z",
                    wall.shadow.shadow,
                )
            )
            parts += _windows(s, f"w{way}{i}", (a, tops[0], lows[0]), (b, tops[1], lows[1]))
    parts.append(path("M 884,640 H 1036 L 1560,1090 H 360 Z", road))
    parts += [_dash(s, i) for i in range(6)]
    if s.light.weather in ("rain", "storm"):
        parts += [
            ellipse(x, y, w, w * 0.14, s.light.sky[2], alpha=0.45)
            for x, y, w in ((620, 960, 130), (1260, 900, 100), (930, 1030, 160))
        ]
    parts += [
        *lamp_post(s, "l1", 470, 880, 520),
        *lamp_post(s, "l2", 1450, 880, 520),
        *lamp_post(s, "l3", 760, 730, 210),
        *lamp_post(s, "l4", 1160, 730, 210),
    ]
    return parts


def _dash(s: Scene, i: int) -> str:
    """One dash of the road's middle line; they grow towards us."""
    top, low = 700 + 64 * i + 4.8 * i * i, 734 + 66 * i + 4.8 * i * i
    far, near = 3 + 3 * i, 5 + 3.6 * i
    return path(
        f"M {points((960 - far, top), (960 + far, top), (960 + near, low), (960 - near, low))} Z", s.out(0.93, 0.02, 90)
    )


def _windows(s: Scene, name: str, a: tuple[float, float, float], b: tuple[float, float, float]) -> list[str]:
    parts = []
    for row in range(3):
        for col in range(2):
            t1, t2 = 0.16 + 0.42 * col, 0.4 + 0.42 * col
            r1, r2 = 0.16 + 0.25 * row, 0.3 + 0.25 * row
            lit = s.light.dim and s.layout.chance(f"{name}{row}{col}", 0.6)

            def at(t: float, r: float) -> tuple[float, float]:
                top, low = a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t
                return a[0] + (b[0] - a[0]) * t, top + (low - top) * r

            parts.append(
                path(
                    f"M {points(at(t1, r1), at(t2, r1), at(t2, r2), at(t1, r2))} Z",
                    s.lamp() if lit else s.out(0.48, 0.035, 245),
                )
            )
    return parts


def village(s: Scene) -> list[str]:
    parts = [*sky(s, 620), hills(s, "far", 590, 170, s.out(0.66, 0.06, 170))]
    x = -60.0
    for i in range(6):
        w = s.layout.between(f"w{i}", 240, 330)
        parts += house(
            s,
            f"v{i}",
            x,
            760 + 26 * (i % 2),
            w,
            s.layout.between(f"h{i}", 180, 260),
            s.out(*_WALLS[(i + s.layout.number("paint", 6)) % 6]),
            s.out(0.5, 0.09, 32),
        )
        x += w + s.layout.between(f"g{i}", 20, 90)
    ground = ground_snow(s, s.out(0.78, 0.03, 78))
    parts.append(path("M -10,760 H 1930 V 1090 H -10 Z", ground))
    stones = [
        ellipse(
            s.layout.between(f"sx{i}", 0, W), s.layout.between(f"sy{i}", 800, 1070), 34, 12, ground.shadow, alpha=0.6
        )
        for i in range(46)
    ]
    return [*parts, *stones, *lamp_post(s, "v", 340, 930, 430)]


def station(s: Scene) -> list[str]:
    parts = [*sky(s, 640), *skyline(s, 640, 260, (0.72, 0.035, 245), "far")]
    steel, roof, yellow = s.out(0.5, 0.02, 250), s.out(0.42, 0.03, 255), s.out(0.86, 0.13, 92)
    parts.append(rect(-10, 640, 1940, 190, s.out(0.56, 0.02, 60)))
    train, band = s.out(0.9, 0.012, 220), s.out(0.58, 0.13, s.layout.pick("train", (28, 150, 250)))
    parts += [
        rect(-40, 380, 1330, 330, train, r=40),
        rect(-40, 590, 1330, 40, band),
        rect(-40, 690, 1330, 34, s.out(0.34, 0.02, 260)),
    ]
    for i in range(6):
        parts.append(
            rect(30 + 208 * i, 430, 150, 120, s.lamp(s.out(0.6, 0.05, 230)), r=12)
            if i % 3 != 2
            else rect(46 + 208 * i, 424, 120, 262, train.shadow, r=8)
            + rect(60 + 208 * i, 440, 92, 110, s.lamp(s.out(0.6, 0.05, 230)), r=8)
        )
    platform = ground_snow(s, s.out(0.78, 0.012, 80))
    parts += [
        path("M -10,790 H 1930 V 1090 H -10 Z", platform),
        rect(-10, 776, 1940, 22, platform.shadow),
        rect(-10, 826, 1940, 34, yellow),
        stroke(" ".join(f"M {x},830 v 26" for x in range(10, 1920, 34)), yellow.shadow, 6),
    ]
    tiles = (
        " ".join(f"M {points((960 + k * 150, 868))} L {points((960 + k * 300, 1090))}" for k in range(-7, 8))
        + " M -10,960 H 1930"
    )
    parts.append(stroke(tiles, platform.shadow, 4))
    parts.append(path("M -10,-10 H 1930 V 150 L -10,220 Z", roof))
    parts += [
        stroke(f"M {x},180 V 900", steel, 34)
        + stroke(f"M {x},300 L {x - 110},176 M {x},300 L {x + 110},170", steel, 14)
        for x in (330, 1610)
    ]
    parts += [
        rect(800, 210, 330, 84, s.out(0.96, 0.01, 240), r=10, line=steel),
        rect(840, 236, 170, 14, band, r=5),
        rect(840, 262, 110, 10, steel, r=4),
        path("M 1060,252 h 26 v -14 l 24,20 -24,20 v -14 h -26 Z", band),
    ]
    parts += [
        rect(1180, 250, 200, 16, s.lamp(s.out(0.95, 0.01, 90)), r=6),
        rect(560, 250, 160, 16, s.lamp(s.out(0.95, 0.01, 90)), r=6),
        halo(s, "tube1", 1280, 270, 380, 300, 0.4),
        halo(s, "tube2", 640, 270, 320, 280, 0.4),
    ]
    wood = s.out(0.58, 0.07, 55)
    return [
        *parts,
        rect(1330, 830, 420, 26, wood, r=6),
        rect(1330, 740, 420, 22, wood, r=6),
        rect(1330, 778, 420, 22, wood, r=6),
        stroke("M 1370,740 V 930 M 1710,740 V 930", steel, 14),
    ]


def rooftop(s: Scene) -> list[str]:
    parts = [
        *sky(s, 700),
        *skyline(s, 700, 330, (0.76, 0.03, 245), "far"),
        *skyline(s, 740, 250, (0.64, 0.035, 250), "near"),
    ]
    floor, iron = ground_snow(s, s.out(0.72, 0.015, 150)), s.out(0.44, 0.02, 250)
    parts.append(path("M -10,760 H 1930 V 1090 H -10 Z", floor))
    tiles = (
        " ".join(f"M {points((960 + k * 170, 786))} L {points((960 + k * 320, 1090))}" for k in range(-7, 8))
        + " M -10,850 H 1930 M -10,950 H 1930"
    )
    parts.append(stroke(tiles, floor.shadow, 4))
    parts.append(rect(-10, 744, 1940, 44, floor.shadow))
    mesh = " ".join(f"M {x},744 V 430" for x in range(20, 1920, 44))
    parts += [
        stroke(mesh, iron, 4, alpha=0.75),
        stroke("M -10,430 H 1930 M -10,590 H 1930", iron, 11),
        stroke(" ".join(f"M {x},750 V 410" for x in range(60, 1920, 360)), iron, 16),
    ]
    shed = s.out(0.8, 0.03, 75)
    x = 1330 if s.layout.chance("side", 0.5) else 130
    parts += [
        rect(x, 380, 440, 470, shed),
        rect(x - 16, 356, 472, 34, shed.shadow),
        rect(x + 290, 380, 150, 470, shed.shadow),
        rect(x + 90, 540, 150, 310, s.out(0.5, 0.06, 200), r=4),
        ellipse(x + 218, 700, 8, 8, s.out(0.85, 0.06, 85)),
        rect(x + 120, 490, 90, 24, s.lamp(s.out(0.9, 0.02, 90)), r=8),
        halo(s, "door", x + 165, 510, 260, 220, 0.5),
    ]
    tank = s.out(0.7, 0.04, 220)
    tx = 1730 - x
    parts += [
        stroke(f"M {tx - 80},860 V 640 M {tx + 80},860 V 640", iron, 16),
        rect(tx - 130, 470, 260, 190, tank, r=24),
        path(f"M {tx - 140},480 q 140,-80 280,0 Z", tank.shadow),
    ]
    return parts
