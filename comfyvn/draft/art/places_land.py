"""Places on land: forest, shrine, field, mountain, park, castle, cave; and two that are nowhere: space, abstract."""

from __future__ import annotations

import math

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.scenery import H, Scene, W, grass, ground_snow, halo, hills, lamp_post, peaks, sky, tree
from comfyvn.draft.art.svg import ellipse, gradient, painted, path, points, rect, stroke


def forest(s: Scene) -> list[str]:
    parts = sky(s, 760)
    for layer, (base, tone, height, count) in enumerate(
        ((690, (0.76, 0.05, 175), 420, 11), (740, (0.62, 0.075, 158), 560, 9), (800, (0.48, 0.085, 150), 720, 6))
    ):
        colour = s.out(*tone)
        parts.append(hills(s, f"floor{layer}", base, 40, colour))
        for i in range(count):
            x = W * (i + s.layout.unit(f"t{layer}{i}")) / count
            if layer == 2 and 620 < x < 1300:
                x += 560 if x > 960 else -560
            parts += tree(
                s,
                f"t{layer}{i}",
                x,
                base + 14,
                height * s.layout.between(f"h{layer}{i}", 0.8, 1.1),
                colour,
                kind="pine" if s.layout.chance(f"k{layer}{i}", 0.55) else "round",
            )
    parts += _sunbeams(s)
    parts += grass(s, 812, ground_snow(s, s.out(0.56, 0.09, 138)), 60)
    way = s.out(0.72, 0.05, 75)
    parts.append(path("M 930,814 C 900,880 1010,930 760,1090 H 1240 C 1130,940 1010,890 1000,814 Z", way))
    bark = s.out(0.34, 0.04, 50)
    for x, w in ((70, 120), (1850, 150)):
        parts.append(
            path(
                f"M {points((x - w * 0.7, 1090))} Q {points((x - w * 0.45, 700), (x - w * 0.5, -10))} H "
                f"{x + w * 0.5:.0f} Q {points((x + w * 0.45, 700), (x + w * 0.8, 1090))} Z",
                bark,
            )
        )
        parts.append(
            stroke(
                f"M {points((x - w * 0.2, 120))} V 420 M {points((x + w * 0.16, 300))} V 760 M "
                f"{points((x - w * 0.1, 640))} V 930",
                bark.shadow,
                7,
            )
        )
    return parts


def _sunbeams(s: Scene) -> list[str]:
    if s.light.time == "night" or s.light.grey:
        return []
    tone = s.light.sky[2].lighter(0.04)
    return [
        path(
            f"M {points((700 + 190 * i, -10), (790 + 190 * i, -10), (560 + 150 * i, 830), (380 + 150 * i, 830))} Z",
            tone,
            alpha=0.14,
        )
        for i in range(4)
    ]


def shrine(s: Scene) -> list[str]:
    red, dark, stone = s.out(0.56, 0.16, 32), s.out(0.32, 0.03, 290), s.out(0.74, 0.015, 80)
    parts = [*sky(s, 640), hills(s, "back", 600, 190, s.out(0.58, 0.07, 165))]
    for i in range(8):
        x = W * (i + 0.5 * s.layout.unit(f"c{i}")) / 7.2
        if not 620 < x < 1300:
            parts += tree(s, f"c{i}", x, 740, s.layout.between(f"ch{i}", 380, 560), s.out(0.5, 0.08, 155), kind="pine")
    parts += grass(s, 726, ground_snow(s, s.out(0.62, 0.085, 140)), 40)
    hall = s.out(0.62, 0.06, 60)
    parts += [
        rect(800, 560, 320, 130, hall),
        path("M 730,568 Q 830,540 880,470 H 1040 Q 1090,540 1190,568 Q 960,540 730,568 Z", dark),
        rect(900, 590, 120, 100, s.lamp(s.out(0.86, 0.03, 85)), r=3),
        stroke("M 930,590 V 690 M 960,590 V 690 M 990,590 V 690", hall.shadow, 6),
    ]
    steps = [
        path(
            f"M "
            f"{points((860 - i * 44, 690 + i * 40), (1060 + i * 44, 690 + i * 40))} "
            f"{points((1082 + i * 46, 732 + i * 40), (838 - i * 46, 732 + i * 40))} "
            f"Z",
            stone if i % 2 else stone.lighter(0.05),
        )
        for i in range(10)
    ]
    parts += steps
    for way in (-1, 1):
        x = 960 + way * 440
        parts += [
            path(
                f"M {points((x - 30, 1000))} L "
                f"{points((x - 24 + way * -6, 330), (x + 24 + way * -6, 330), (x + 30, 1000))} Z",
                red,
            ),
            rect(x - 40, 940, 80, 70, dark, r=4),
        ]
    parts += [
        rect(500, 430, 920, 42, red),
        rect(938, 350, 44, 90, red),
        path("M 400,300 Q 960,350 1520,300 L 1500,352 Q 960,396 420,352 Z", red),
        path("M 380,262 Q 960,322 1540,262 L 1522,306 Q 960,356 398,306 Z", dark),
    ]
    for way in (-1, 1):
        parts += _stone_lantern(s, f"toro{way}", 960 + way * 700, 1010, stone)
    return parts


def _stone_lantern(s: Scene, name: str, x: float, y: float, stone: Colour) -> list[str]:
    return [
        halo(s, name, x, y - 210, 190, 160),
        path(f"M {points((x - 60, y))} h 120 l -20,-34 h -80 Z", stone.shadow),
        rect(x - 22, y - 170, 44, 140, stone),
        rect(x - 52, y - 252, 104, 86, stone, r=4),
        rect(x - 26, y - 236, 52, 54, s.lamp(s.out(0.5, 0.02, 250)), r=4),
        path(
            f"M {points((x - 84, y - 250))} Q {points((x, y - 286), (x + 84, y - 250))} L "
            f"{points((x + 14, y - 312))} h -28 Z",
            stone.shadow,
        ),
    ]


def field(s: Scene) -> list[str]:
    parts = [
        *sky(s, 620),
        hills(s, "far", 590, 120, s.out(0.7, 0.05, 200)),
        hills(s, "mid", 630, 90, ground_snow(s, s.out(0.7, 0.09, 130))),
    ]
    parts += tree(s, "oak", 420.0 if s.layout.chance("side", 0.5) else 1480.0, 690, 430, s.out(0.56, 0.1, 140))
    parts += grass(s, 660, ground_snow(s, s.out(0.74, 0.1, 122)), 90)
    parts.append(
        path("M 940,664 C 900,760 1100,860 800,1090 H 1220 C 1260,880 1040,770 1000,664 Z", s.out(0.82, 0.05, 82))
    )
    for i in range(60):
        x, y = (
            s.layout.between(f"fx{i}", 0, W) + s.detail.between(f"fd{i}", -30, 30),
            s.layout.between(f"fy{i}", 700, 1070),
        )
        r = 3 + (y - 680) / 70
        parts.append(ellipse(x, y, r, r, s.out(*((0.93, 0.05, 95), (0.78, 0.12, 10), (0.88, 0.1, 92))[i % 3])))
    return parts


def mountain(s: Scene) -> list[str]:
    snow = s.out(0.96, 0.01, 240)
    parts = [
        *sky(s, 700),
        *peaks(s, "p", 680, 480, s.out(0.64, 0.04, 255), snow),
        hills(s, "foot", 690, 100, s.out(0.54, 0.065, 170)),
    ]
    for i in range(14):
        x = W * (i + s.layout.unit(f"px{i}")) / 14
        parts += tree(
            s,
            f"p{i}",
            x,
            740 + 30 * s.layout.unit(f"py{i}"),
            s.layout.between(f"ph{i}", 130, 240),
            s.out(0.46, 0.07, 160),
            kind="pine",
        )
    return parts + grass(s, 752, ground_snow(s, s.out(0.66, 0.09, 130)), 70)


def park(s: Scene) -> list[str]:
    parts = [*sky(s, 620), hills(s, "far", 600, 90, s.out(0.66, 0.07, 160))]
    for i in range(6):
        x = W * (i + 0.2 + 0.5 * s.layout.unit(f"x{i}")) / 6
        tone = s.out(0.82, 0.09, 5) if "blossom" in s.words or "sakura" in s.words else s.out(0.6, 0.1, 138)
        parts += tree(s, f"x{i}", x, 700, s.layout.between(f"h{i}", 340, 480), tone)
    parts += grass(s, 690, ground_snow(s, s.out(0.7, 0.1, 130)), 60)
    parts.append(
        path("M -10,900 C 500,820 1300,860 1930,800 V 930 C 1300,990 500,960 -10,1040 Z", s.out(0.84, 0.03, 80))
    )
    wood, iron = s.out(0.56, 0.07, 55), s.out(0.35, 0.02, 260)
    x = 1330 if s.layout.chance("bench", 0.5) else 330
    bench = [rect(x, 700 + 34 * i, 320, 22, wood, r=5) for i in range(2)] + [
        rect(x - 8, 786, 336, 24, wood.highlight, r=5),
        stroke(f"M {x + 24},700 V 880 M {x + 296},700 V 880", iron, 12),
    ]
    return [*parts, *bench, *lamp_post(s, "park", 1700 if x < 900 else 180, 880, 420)]


def castle(s: Scene) -> list[str]:
    stone, roof = s.out(0.76, 0.02, 75), s.out(0.46, 0.08, 262)
    parts = [
        *sky(s, 640),
        *peaks(s, "p", 640, 300, s.out(0.72, 0.035, 250)),
        hills(s, "hill", 660, 150, ground_snow(s, s.out(0.62, 0.08, 140)), steps=4),
    ]
    for i, (dx, w, h) in enumerate(
        ((-330, 120, 330), (-190, 150, 250), (0, 190, 430), (190, 150, 270), (330, 120, 360))
    ):
        x, y = 960 + dx, 680.0
        parts += [rect(x - w / 2, y - h, w, h, stone), rect(x + w * 0.2, y - h, w * 0.3, h, stone.shadow)]
        if i in (0, 2, 4):
            parts += [
                path(f"M {points((x - w * 0.64, y - h), (x, y - h - w * 1.2), (x + w * 0.64, y - h))} Z", roof),
                path(f"M {points((x + w * 0.2, y - h), (x, y - h - w * 1.2), (x + w * 0.64, y - h))} Z", roof.shadow),
                path(f"M {points((x, y - h - w * 1.2))} v -46 l 44,14 l -44,14 Z", s.out(0.6, 0.15, 28)),
            ]
        else:
            parts.append(
                path(
                    " ".join(
                        f"M {points((x - w / 2 + k * w / 4, y - h))} h {w / 7:.1f} v -26 h {-w / 7:.1f} Z"
                        for k in range(4)
                    ),
                    stone,
                )
            )
        for k in range(2):
            parts.append(
                path(
                    f"M {points((x - 12, y - h + 90 + 90 * k))} v -34 q 12,-18 24,0 v 34 Z",
                    s.lamp(s.out(0.42, 0.03, 250)),
                )
            )
    parts.append(path("M 910,680 v -90 q 50,-66 100,0 v 90 Z", s.out(0.36, 0.05, 50)))
    parts += grass(s, 690, ground_snow(s, s.out(0.64, 0.09, 134)), 60)
    parts.append(
        path("M 914,684 C 900,800 1100,880 760,1090 H 1260 C 1300,880 1010,800 1008,684 Z", s.out(0.8, 0.035, 80))
    )
    return parts


def cave(s: Scene) -> list[str]:
    rock = s.out(0.36, 0.03, 285)
    parts = [
        *sky(s, 720),
        hills(s, "out", 660, 100, s.out(0.6, 0.08, 150)),
        path("M -10,720 H 1930 V 1090 H -10 Z", rock.lighter(0.1)),
    ]
    mouth = (
        "M -10,-10 H 1930 V 1090 H 1620 C 1560,900 1600,640 1440,420 C 1300,230 1120,190 960,180 C "
        "760,190 560,250 450,450 C 330,660 370,900 290,1090 H -10 Z"
    )
    parts.append(path(mouth, rock))
    parts.append(
        path(
            "M -10,-10 H 1930 V 1090 H 1790 C 1720,860 1760,560 1560,320 C 1380,110 1120,80 950,80 C "
            "720,90 480,170 340,400 C 190,640 250,900 120,1090 H -10 Z",
            rock.shadow,
        )
    )
    parts += [
        path(f"M {points((x, y))} l 30,{n} l 30,{-n} Z", rock)
        for x, y, n in ((560, 300, 150), (700, 220, 110), (1120, 196, 130), (1300, 250, 170))
    ]
    return parts


def space(s: Scene) -> list[str]:
    deep, blue = Colour(0.17, 0.05, 285), Colour(0.3, 0.09, 290)
    cloud = [(0, Colour(0.6, 0.13, 330), 0.5), (1, Colour(0.4, 0.1, 280), 0)]
    parts = [
        f"<defs>{gradient('deep', [(0, deep, 1), (1, blue, 1)])}</defs>",
        f"<defs>{gradient('neb', cloud, radial=True)}</defs>",
        painted("deep", 0, 0, W, H),
    ]
    parts.append('<ellipse cx="1300" cy="360" rx="900" ry="380" fill="url(#neb)"/>')
    parts += [
        ellipse(
            s.layout.between(f"x{i}", 0, W),
            s.layout.between(f"y{i}", 0, H),
            r,
            r,
            Colour(0.97, 0.02, 90),
            alpha=0.4 + 0.6 * s.layout.unit(f"a{i}"),
        )
        for i in range(170)
        for r in (1 + 2.2 * s.layout.unit(f"r{i}") ** 2,)
    ]
    x, y, r, hue = (
        s.layout.between("px", 360, 1560),
        380.0,
        s.layout.between("pr", 170, 260),
        s.layout.pick("hue", (30, 200, 160, 300)),
    )
    planet = Colour(0.68, 0.1, hue)
    ring = (
        f"M {points((x - r * 1.7, y + r * 0.2))} A {r * 1.72:.0f} {r * 0.42:.0f} -9 0 0 "
        f"{points((x + r * 1.7, y - r * 0.24))}"
    )
    parts += [
        ellipse(x, y, r, r, planet),
        path(
            f"M {points((x + r * 0.2, y - r))} A {r:.0f} {r:.0f} 0 0 1 "
            f"{points((x + r * 0.2, y + r * 0.98))} Q {points((x + r * 0.75, y), (x + r * 0.2, y - r))} "
            f"Z",
            planet.shadow.shadow,
        ),
        stroke(ring, planet.highlight, 16, alpha=0.9),
    ]
    ground = Colour(0.42, 0.03, 290)
    return [
        *parts,
        path("M -10,900 C 400,820 1400,820 1930,910 V 1090 H -10 Z", ground),
        *[
            ellipse(s.layout.between(f"c{i}", 60, 1860), s.layout.between(f"cy{i}", 930, 1060), 70, 14, ground.shadow)
            for i in range(7)
        ],
    ]


def abstract(s: Scene) -> list[str]:
    """For words that name no place we know: calm shapes in colours of their own, lit by the moment."""
    hue = s.layout.between("hue", 0, 360)
    base, low = s.out(0.86, 0.05, hue), s.out(0.7, 0.07, hue + 40)
    parts = [f"<defs>{gradient('calm', [(0, base, 1), (1, low, 1)])}</defs>", painted("calm", 0, 0, W, H)]
    for i in range(7):
        x, y, r = s.layout.between(f"x{i}", 0, W), s.layout.between(f"y{i}", 0, 800), s.layout.between(f"r{i}", 90, 330)
        parts.append(ellipse(x, y, r, r, s.out(0.9, 0.05, hue + 30 * (i % 3)), alpha=0.35))
    for i in range(3):
        y = 620 + 140 * i
        wave = " ".join(
            points((W * k / 8, y + 60 * math.sin(k * 1.1 + i * 2 + 6 * s.layout.unit(f"w{i}")))) for k in range(9)
        )
        parts.append(
            path(
                f"M -20,{y} L {wave} L 1940,{y} V 1090 H -20 Z",
                s.out(0.76 - 0.08 * i, 0.06, hue + 50 + 15 * i),
                alpha=0.8,
            )
        )
    return parts
