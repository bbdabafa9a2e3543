"""The lighthouse on its headland, and its lamp room."""

from __future__ import annotations

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.scenery import H, Scene, W, ground_snow, halo, hills, house, sea, sky
from comfyvn.draft.art.svg import clipped, ellipse, path, points, rect, stroke


def tower(s: Scene, x: float, y: float, h: float) -> list[str]:
    """A lighthouse that stands at (x, y), `h` high up to its cap; it shines at dusk and night."""
    white, red, iron = s.out(0.95, 0.012, 80), s.out(0.55, 0.15, 28), s.out(0.33, 0.02, 260)
    low, top = h * 0.115, h * 0.075
    body = (
        f"M {points((x - low, y))} Q "
        f"{points((x - low * 0.86, y - h * 0.3), (x - top, y - h * 0.74))} H {x + top:.1f} Q "
        f"{points((x + low * 0.86, y - h * 0.3), (x + low, y))} Z"
    )
    bands = [rect(x - low, y - h * at, low * 2, h * 0.13, red) for at in (0.26, 0.52)]
    shade = path(
        f"M {points((x + low * 0.34, y))} L "
        f"{points((x + top * 0.34, y - h * 0.74), (x + low * 1.4, y - h * 0.74), (x + low * 1.4, y))} "
        f"Z",
        Colour(0.3, 0.05, 280),
        alpha=0.2,
    )
    parts = _beam(s, x, y - h * 0.83, h)
    parts += [path(body, white), clipped("tower", body, [*bands, shade])]
    for at in (0.6, 0.36, 0.14):
        lit = s.beacon(s.out(0.45, 0.04, 245))
        parts.append(
            path(
                f"M {points((x - h * 0.02, y - h * at))} v {-h * 0.045:.1f} q "
                f"{h * 0.02:.1f},{-h * 0.028:.1f} {h * 0.04:.1f},0 v {h * 0.045:.1f} Z",
                lit,
                iron,
                3,
            )
        )
    parts.append(rect(x - top * 1.5, y - h * 0.765, top * 3, h * 0.024, iron, r=4))
    rails = " ".join(
        f"M {points((x + o * top * 1.4, y - h * 0.765))} v {-h * 0.05:.1f}" for o in (-1, -0.6, -0.2, 0.2, 0.6, 1)
    )
    parts.append(
        stroke(f"{rails} M {points((x - top * 1.42, y - h * 0.815))} h {top * 2.84:.1f}", iron, max(2.0, h * 0.006))
    )
    glass = s.beacon(s.out(0.8, 0.04, 220))
    parts.append(rect(x - top * 0.78, y - h * 0.875, top * 1.56, h * 0.11, glass, r=3))
    parts.append(
        stroke(
            " ".join(f"M {points((x + o * top * 0.78, y - h * 0.875))} v {h * 0.11:.1f}" for o in (-1, -0.35, 0.35, 1)),
            iron,
            max(2.0, h * 0.007),
        )
    )
    parts.append(
        path(
            f"M {points((x - top, y - h * 0.872))} Q "
            f"{points((x - top * 0.8, y - h * 0.96), (x, y - h * 0.975))} Q "
            f"{points((x + top * 0.8, y - h * 0.96), (x + top, y - h * 0.872))} Z",
            red,
        )
    )
    parts.append(stroke(f"M {points((x, y - h * 0.97))} v {-h * 0.04:.1f}", iron, max(2.0, h * 0.01)))
    return [*parts, halo(s, "lamp", x, y - h * 0.82, h * 0.34, h * 0.28, 0.8)] if s.shines else parts


def _beam(s: Scene, x: float, y: float, h: float) -> list[str]:
    if not s.shines:
        return []
    tone = Colour(0.94, 0.09, 92)
    far = W * 1.1
    left = path(
        f"M {points((x, y - h * 0.012), (x - far, y - h * 0.34), (x - far, y + h * 0.06), (x, y + h * 0.012))} Z",
        tone,
        alpha=0.2,
    )
    right = path(
        f"M {points((x, y - h * 0.012), (x + far, y - h * 0.2), (x + far, y + h * 0.2), (x, y + h * 0.012))} Z",
        tone,
        alpha=0.26,
    )
    return [left, right]


def lighthouse(s: Scene) -> list[str]:
    """A headland with the tower, the keeper's house and a path that comes down to us."""
    right = s.layout.chance("side", 0.5)
    x = 1330.0 if right else 590.0
    turf, rock = ground_snow(s, s.out(0.66, 0.09, 135)), s.out(0.5, 0.03, 60)
    parts = [*sky(s, 640), hills(s, "far", 640, 60, s.out(0.68, 0.045, 235)), *sea(s, 632)]
    parts += gulls(s, 330)
    way = 1 if right else -1
    edge = x - way * 560
    cliff = (
        f"M {points((edge - way * 60, 1090))} C "
        f"{points((edge + way * 20, 900), (edge + way * 60, 820), (edge + way * 170, 790))} C "
        f"{points((edge + way * 330, 742), (x - way * 120, 700), (x, 698))} C "
        f"{points((x + way * 220, 694), (x + way * 420, 720), (x + way * 700, 690))} V 1090 Z"
    )
    parts.append(path(cliff, rock))
    cracks = " ".join(
        f"M {points((edge + way * (10 + 60 * i), 880 + 34 * (i % 3)))} q {points((way * 20, 40), (way * 4, 90))}"
        for i in range(4)
    )
    parts.append(stroke(cracks, rock.shadow, 6, alpha=0.8))
    top = (
        f"M {points((edge + way * 66, 850))} C "
        f"{points((edge + way * 110, 806), (edge + way * 150, 800), (edge + way * 190, 786))} C "
        f"{points((edge + way * 330, 738), (x - way * 120, 696), (x, 694))} C "
        f"{points((x + way * 220, 690), (x + way * 420, 716), (x + way * 700, 686))} V 1090 H "
        f"{edge + way * 220:.0f} C "
        f"{points((edge + way * 190, 980), (edge + way * 120, 900), (edge + way * 66, 850))} Z"
    )
    parts.append(path(top, turf))
    parts.append(
        path(
            f"M {points((x - 26, 712))} C "
            f"{points((x - way * 60 - 20, 790), (x - way * 10 - 60, 860), (960 - 230, 1090))} H "
            f"{960 + 170} C {points((x - way * 10 + 60, 880), (x - way * 60 + 40, 790), (x + 26, 712))} "
            f"Z",
            s.out(0.82, 0.04, 80),
        )
    )
    parts += house(
        s, "keeper", x + (96 if right else -366), 716, 270, 150, s.out(0.92, 0.02, 80), s.out(0.5, 0.08, 35), floors=1
    )
    parts += tower(s, x, 716, 610)
    fence = [
        stroke(f"M {points((x + way * (-330 + 74 * i), 760 + 16 * (5 - i) - 4 * i))} v -54", s.out(0.86, 0.02, 75), 9)
        for i in range(4)
    ]
    parts += fence
    return parts + _tufts(s, edge + way * 240, x + way * 560, 800, turf)


def _tufts(s: Scene, left: float, right: float, top: float, tone: Colour) -> list[str]:
    d = []
    for i in range(40):
        y = s.layout.between(f"ty{i}", top + 30, H)
        x = s.layout.between(f"tx{i}", min(left, right), max(left, right)) + s.detail.between(f"td{i}", -24, 24)
        k = 0.5 + (y - top) / 300
        d.append(
            f"M {points((x - 6 * k, y))} l {points((-4 * k, -20 * k))} M {points((x, y))} l "
            f"{points((1, -28 * k))} M {points((x + 6 * k, y))} l {points((6 * k, -18 * k))}"
        )
    return [stroke(" ".join(d), tone.shadow, 4, alpha=0.8)]


def gulls(s: Scene, y: float) -> list[str]:
    if s.light.time == "night" or s.light.weather in ("storm", "fog"):
        return []
    d = []
    for i in range(6):
        x, gy = s.detail.between(f"bx{i}", 200, W - 200), y + s.detail.between(f"by{i}", -170, 90)
        w = s.detail.between(f"bw{i}", 16, 34)
        d.append(
            f"M {points((x - w, gy))} q {points((w * 0.5, -w * 0.6), (w, 0))} q {points((w * 0.5, -w * 0.6), (w, 0))}"
        )
    return [stroke(" ".join(d), s.out(0.96, 0.01, 240) if s.light.time != "day" else s.out(0.42, 0.03, 250), 4)]


def lamp_room(s: Scene) -> list[str]:
    """Inside the lantern of a lighthouse: the great lens, glass all round, the sea below."""
    parts = [*sky(s, 640), *sea(s, 636, 860)]
    iron, brass, wood = s.room(0.36, 0.02, 260), s.room(0.72, 0.1, 82), s.room(0.5, 0.06, 55)
    parts.append(path("M -10,846 Q 960,796 1930,846 V 1090 H -10 Z", wood))
    boards = " ".join(f"M {points((960 + k * 110, 824))} L {points((960 + k * 220, 1090))}" for k in range(-9, 10))
    parts.append(stroke(boards, wood.shadow, 4, alpha=0.8))
    bars = (
        " ".join(f"M {points((x, -10))} V 850" for x in (150, 470, 790, 1130, 1450, 1770))
        + " M -10,300 H 1930 M -10,600 H 1930"
    )
    parts.append(stroke(bars, iron, 15))
    diagonals = "M 150,300 L 470,0 M 470,600 L 790,300 M 1130,300 L 1450,600 M 1450,0 L 1770,300"
    parts.append(stroke(diagonals, iron, 8))
    parts.append(stroke("M -10,850 Q 960,800 1930,850", brass, 16))
    parts.append(path("M -10,-10 H 1930 V 60 Q 960,130 -10,60 Z", iron))
    x = 960.0
    parts.append(
        path(f"M {points((x - 190, 1000))} h 380 l -40,-170 h -300 Z", iron) + rect(x - 170, 806, 340, 40, brass, r=8)
    )
    lens = (
        f"M {points((x - 150, 800))} C {points((x - 236, 620), (x - 236, 420), (x - 150, 260))} H "
        f"{x + 150} C {points((x + 236, 420), (x + 236, 620), (x + 150, 800))} Z"
    )
    glass = Colour(0.93, 0.09, 90) if s.shines else s.room(0.86, 0.05, 195)
    rings = " ".join(
        f"M {points((x - 230, y))} Q {points((x, y + bend), (x + 230, y))}"
        for y, bend in ((330, -40), (400, -26), (466, -12), (530, 0), (594, 12), (660, 26), (730, 40))
    )
    inside = [
        stroke(rings, brass, 7, alpha=0.75),
        ellipse(x, 530, 74, 84, glass.highlight, brass, 7),
        ellipse(x, 530, 36, 46, s.room(0.7, 0.04, 220) if s.light.unlit else Colour(0.98, 0.05, 95)),
        path(
            f"M {points((x - 150, 300))} Q {points((x - 200, 520), (x - 140, 760))} L "
            f"{points((x - 100, 760))} Q {points((x - 150, 520), (x - 104, 300))} Z",
            Colour(0.99, 0.01, 90),
            alpha=0.5,
        ),
    ]
    parts += [
        halo(s, "lens", x, 530, 720, 560, 0.6) if s.shines else "",
        path(lens, glass, alpha=0.9),
        clipped("lens", lens, inside),
        stroke(lens, brass, 12),
        path(f"M {points((x - 170, 262))} h 340 l -60,-70 h -220 Z", brass),
    ]
    return parts
