"""Places by the water: harbour, lighthouse and its lamp room, beach, ship."""

from __future__ import annotations

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.scenery import H, W, Scene, grass, ground_snow, halo, hills, house, lamp_post, sea, sky
from comfyvn.draft.art.svg import clipped, ellipse, path, points, rect, stroke


def tower(s: Scene, x: float, y: float, h: float) -> list[str]:
    """A lighthouse that stands at (x, y), `h` high up to its cap; it shines at dusk and night."""
    white, red, iron = s.out(0.95, 0.012, 80), s.out(0.55, 0.15, 28), s.out(0.33, 0.02, 260)
    low, top = h * 0.115, h * 0.075
    body = f"M {points((x - low, y))} Q {points((x - low * 0.86, y - h * 0.3), (x - top, y - h * 0.74))} H {x + top:.1f} Q {points((x + low * 0.86, y - h * 0.3), (x + low, y))} Z"
    bands = [rect(x - low, y - h * at, low * 2, h * 0.13, red) for at in (0.26, 0.52)]
    shade = path(f"M {points((x + low * 0.34, y))} L {points((x + top * 0.34, y - h * 0.74), (x + low * 1.4, y - h * 0.74), (x + low * 1.4, y))} Z", Colour(0.3, 0.05, 280), alpha=0.2)
    parts = _beam(s, x, y - h * 0.83, h)
    parts += [path(body, white), clipped("tower", body, [*bands, shade])]
    for at in (0.6, 0.36, 0.14):
        lit = s.lamp(s.out(0.45, 0.04, 245))
        parts.append(path(f"M {points((x - h * 0.02, y - h * at))} v {-h * 0.045:.1f} q {h * 0.02:.1f},{-h * 0.028:.1f} {h * 0.04:.1f},0 v {h * 0.045:.1f} Z", lit, iron, 3))
    parts.append(rect(x - top * 1.5, y - h * 0.765, top * 3, h * 0.024, iron, r=4))
    rails = " ".join(f"M {points((x + o * top * 1.4, y - h * 0.765))} v {-h * 0.05:.1f}" for o in (-1, -0.6, -0.2, 0.2, 0.6, 1))
    parts.append(stroke(f"{rails} M {points((x - top * 1.42, y - h * 0.815))} h {top * 2.84:.1f}", iron, max(2.0, h * 0.006)))
    glass = s.lamp(s.out(0.8, 0.04, 220))
    parts.append(rect(x - top * 0.78, y - h * 0.875, top * 1.56, h * 0.11, glass, r=3))
    parts.append(stroke(" ".join(f"M {points((x + o * top * 0.78, y - h * 0.875))} v {h * 0.11:.1f}" for o in (-1, -0.35, 0.35, 1)), iron, max(2.0, h * 0.007)))
    parts.append(path(f"M {points((x - top, y - h * 0.872))} Q {points((x - top * 0.8, y - h * 0.96), (x, y - h * 0.975))} Q {points((x + top * 0.8, y - h * 0.96), (x + top, y - h * 0.872))} Z", red))
    parts.append(stroke(f"M {points((x, y - h * 0.97))} v {-h * 0.04:.1f}", iron, max(2.0, h * 0.01)))
    parts.append(halo(s, "lamp", x, y - h * 0.82, h * 0.34, h * 0.28, 0.8))
    return parts


def _beam(s: Scene, x: float, y: float, h: float) -> list[str]:
    if not s.light.dim:
        return []
    tone = Colour(0.94, 0.09, 92)
    far = W * 1.1
    left = path(f"M {points((x, y - h * 0.012), (x - far, y - h * 0.34), (x - far, y + h * 0.06), (x, y + h * 0.012))} Z", tone, alpha=0.2)
    right = path(f"M {points((x, y - h * 0.012), (x + far, y - h * 0.2), (x + far, y + h * 0.2), (x, y + h * 0.012))} Z", tone, alpha=0.26)
    return [left, right]


def lighthouse(s: Scene) -> list[str]:
    """A headland with the tower, the keeper's house and a path that comes down to us."""
    right = s.layout.chance("side", 0.5)
    x = 1330.0 if right else 590.0
    turf, rock = ground_snow(s, s.out(0.66, 0.09, 135)), s.out(0.5, 0.03, 60)
    parts = [*sky(s, 640), hills(s, "far", 640, 60, s.out(0.68, 0.045, 235)), *sea(s, 632, 900)]
    parts += _gulls(s, 330)
    way = 1 if right else -1
    edge = x - way * 560
    cliff = f"M {points((edge - way * 60, 1090))} C {points((edge + way * 20, 900), (edge + way * 60, 820), (edge + way * 170, 790))} C {points((edge + way * 330, 742), (x - way * 120, 700), (x, 698))} C {points((x + way * 220, 694), (x + way * 420, 720), (x + way * 700, 690))} V 1090 Z"
    parts.append(path(cliff, rock))
    cracks = " ".join(f"M {points((edge + way * (10 + 60 * i), 880 + 34 * (i % 3)))} q {points((way * 20, 40), (way * 4, 90))}" for i in range(4))
    parts.append(stroke(cracks, rock.shadow, 6, alpha=0.8))
    top = f"M {points((edge + way * 66, 850))} C {points((edge + way * 110, 806), (edge + way * 150, 800), (edge + way * 190, 786))} C {points((edge + way * 330, 738), (x - way * 120, 696), (x, 694))} C {points((x + way * 220, 690), (x + way * 420, 716), (x + way * 700, 686))} V 1090 H {edge + way * 220:.0f} C {points((edge + way * 190, 980), (edge + way * 120, 900), (edge + way * 66, 850))} Z"
    parts.append(path(top, turf))
    parts.append(path(f"M {points((x - 26, 712))} C {points((x - way * 60 - 20, 790), (x - way * 10 - 60, 860), (960 - 230, 1090))} H {960 + 170} C {points((x - way * 10 + 60, 880), (x - way * 60 + 40, 790), (x + 26, 712))} Z", s.out(0.82, 0.04, 80)))
    parts += house(s, "keeper", x + (96 if right else -366), 716, 270, 150, s.out(0.92, 0.02, 80), s.out(0.5, 0.08, 35), floors=1)
    parts += tower(s, x, 716, 610)
    fence = [stroke(f"M {points((x + way * (-330 + 74 * i), 760 + 16 * (5 - i) - 4 * i))} v -54", s.out(0.86, 0.02, 75), 9) for i in range(4)]
    parts += fence
    return parts + _tufts(s, edge + way * 240, x + way * 560, 800, turf)


def _tufts(s: Scene, left: float, right: float, top: float, tone: Colour) -> list[str]:
    d = []
    for i in range(40):
        y = s.layout.between(f"ty{i}", top + 30, H)
        x = s.layout.between(f"tx{i}", min(left, right), max(left, right)) + s.detail.between(f"td{i}", -24, 24)
        k = 0.5 + (y - top) / 300
        d.append(f"M {points((x - 6 * k, y))} l {points((-4 * k, -20 * k))} M {points((x, y))} l {points((1, -28 * k))} M {points((x + 6 * k, y))} l {points((6 * k, -18 * k))}")
    return [stroke(" ".join(d), tone.shadow, 4, alpha=0.8)]


def _gulls(s: Scene, y: float) -> list[str]:
    if s.light.time == "night" or s.light.weather in ("storm", "fog"):
        return []
    d = []
    for i in range(6):
        x, gy = s.detail.between(f"bx{i}", 200, W - 200), y + s.detail.between(f"by{i}", -170, 90)
        w = s.detail.between(f"bw{i}", 16, 34)
        d.append(f"M {points((x - w, gy))} q {points((w * 0.5, -w * 0.6), (w, 0))} q {points((w * 0.5, -w * 0.6), (w, 0))}")
    return [stroke(" ".join(d), s.out(0.96, 0.01, 240) if s.light.time != "day" else s.out(0.42, 0.03, 250), 4)]


def harbour(s: Scene) -> list[str]:
    """Houses round a bay, boats at anchor, a quay in front; a small lighthouse ends the mole."""
    parts = [*sky(s, 560), hills(s, "back", 520, 170, s.out(0.66, 0.05, 200)), hills(s, "mid", 572, 110, ground_snow(s, s.out(0.6, 0.075, 150)), steps=5)]
    left = s.layout.chance("side", 0.5)
    tones = ((0.9, 0.03, 80), (0.82, 0.07, 40), (0.84, 0.06, 95), (0.8, 0.05, 220), (0.88, 0.04, 20), (0.78, 0.06, 160))
    x = -30.0 if left else 760.0
    for i in range(7):
        w = s.layout.between(f"hw{i}", 120, 176)
        h = s.layout.between(f"hh{i}", 120, 210)
        wall, roof = s.out(*tones[(i + s.layout.number("paint", 6)) % 6]), s.out(0.48, 0.08, 32 if i % 2 else 250)
        parts += house(s, f"h{i}", x, 606, w, h, wall, roof, floors=2 if h > 150 else 1)
        x += w + s.layout.between(f"gap{i}", 6, 26)
    stone = s.out(0.68, 0.018, 70)
    parts.append(rect(-10 if left else 720, 600, 1210, 26, stone.shadow))
    parts += sea(s, 618, 900)
    tip = 1640.0 if left else 260.0
    parts.append(path(f"M {points((tip - 150, 640))} q 150,-34 300,0 v 18 q -150,16 -300,0 Z", s.out(0.52, 0.02, 60)))
    parts += tower(s, tip, 634, 310)
    parts += [p for i in range(3) for p in _boat(s, i, (660, 1010, 1310)[i] if left else (500, 840, 1210)[i], 716 + 34 * (i % 2), (1.0, 0.76, 1.16)[i])]
    parts += _gulls(s, 300)
    return parts + _quay(s, stone)


def _boat(s: Scene, i: int, x: float, y: float, k: float) -> list[str]:
    hull, deck, mast = s.out(0.5, (0.11, 0.13, 0.09)[i], (250, 28, 160)[i]), s.out(0.92, 0.02, 80), s.out(0.45, 0.05, 55)
    x += s.detail.between(f"boat{i}", -14, 14)
    reflection = path(f"M {points((x - 92 * k, y + 26 * k))} q {points((92 * k, 30 * k), (190 * k, 0))} Z", hull, alpha=0.35)
    body = path(f"M {points((x - 112 * k, y - 22 * k))} Q {points((x, y - 6 * k), (x + 122 * k, y - 30 * k))} L {points((x + 92 * k, y + 26 * k))} Q {points((x, y + 36 * k), (x - 88 * k, y + 26 * k))} Z", hull)
    trim = stroke(f"M {points((x - 110 * k, y - 14 * k))} Q {points((x, y + 2 * k), (x + 118 * k, y - 22 * k))}", deck, 7 * k)
    cabin = rect(x - 44 * k, y - 66 * k, 66 * k, 54 * k, deck, r=5) + rect(x - 34 * k, y - 56 * k, 20 * k, 20 * k, s.lamp(s.out(0.5, 0.04, 240)), r=3) + rect(x - 6 * k, y - 56 * k, 20 * k, 20 * k, s.lamp(s.out(0.5, 0.04, 240)), r=3)
    rig = stroke(f"M {points((x + 40 * k, y - 14 * k))} V {y - 190 * k:.1f} M {points((x + 40 * k, y - 184 * k))} L {points((x + 114 * k, y - 30 * k))} M {points((x + 40 * k, y - 184 * k))} L {points((x - 100 * k, y - 24 * k))}", mast, 4.5 * k)
    flag = path(f"M {points((x + 42 * k, y - 188 * k))} l {34 * k:.1f},{10 * k:.1f} l {-34 * k:.1f},{12 * k:.1f} Z", s.out(0.6, 0.15, 30))
    return [reflection, rig, flag, body, trim, cabin, halo(s, f"boat{i}", x - 10 * k, y - 46 * k, 90 * k, 60 * k, 0.4)]


def _quay(s: Scene, stone: Colour) -> list[str]:
    top = ground_snow(s, stone)
    parts = [path("M -10,880 L 1930,852 V 1090 H -10 Z", top), path("M -10,880 L 1930,852 V 892 L -10,926 Z", stone.shadow)]
    slabs = " ".join(f"M {points((x, 1090))} L {points((960 + (x - 960) * 0.62, 912 - (960 + (x - 960) * 0.62) * 0.017))}" for x in range(-600, 2600, 210))
    parts.append(stroke(slabs + " M -10,996 L 1930,972", top.shadow, 4, alpha=0.7))
    iron = s.out(0.35, 0.02, 260)
    for x in (250, 1600):
        parts.append(path(f"M {points((x - 30, 940))} v -46 q -22,-4 -18,-22 q 48,-22 96,0 q 4,18 -18,22 v 46 q -30,14 -60,0 Z", iron))
        parts.append(stroke(f"M {points((x + 20, 898))} q 90,30 170,-34", s.out(0.78, 0.05, 80), 8))
    crate = s.out(0.64, 0.07, 62)
    for cx, cy, w in ((1720, 960, 130), (1770, 866, 96)):
        parts.append(rect(cx - w / 2, cy - w * 0.7, w, w * 0.7, crate, r=3) + stroke(f"M {points((cx - w / 2, cy - w * 0.47))} h {w} M {points((cx - w / 2, cy - w * 0.23))} h {w}", crate.shadow, 4))
    return [*parts, *lamp_post(s, "quay", 120, 960, 380)]


def lamp_room(s: Scene) -> list[str]:
    """Inside the lantern of a lighthouse: the great lens, glass all round, the sea below."""
    parts = [*sky(s, 640), *sea(s, 636, 860)]
    iron, brass, wood = s.room(0.36, 0.02, 260), s.room(0.72, 0.1, 82), s.room(0.5, 0.06, 55)
    parts.append(path("M -10,846 Q 960,796 1930,846 V 1090 H -10 Z", wood))
    boards = " ".join(f"M {points((960 + k * 110, 824))} L {points((960 + k * 220, 1090))}" for k in range(-9, 10))
    parts.append(stroke(boards, wood.shadow, 4, alpha=0.8))
    bars = " ".join(f"M {points((x, -10))} V 850" for x in (150, 470, 790, 1130, 1450, 1770)) + " M -10,300 H 1930 M -10,600 H 1930"
    parts.append(stroke(bars, iron, 15))
    diagonals = "M 150,300 L 470,0 M 470,600 L 790,300 M 1130,300 L 1450,600 M 1450,0 L 1770,300"
    parts.append(stroke(diagonals, iron, 8))
    parts.append(stroke("M -10,850 Q 960,800 1930,850", brass, 16))
    parts.append(path("M -10,-10 H 1930 V 60 Q 960,130 -10,60 Z", iron))
    x = 960.0
    parts.append(path(f"M {points((x - 190, 1000))} h 380 l -40,-170 h -300 Z", iron) + rect(x - 170, 806, 340, 40, brass, r=8))
    lens = f"M {points((x - 150, 800))} C {points((x - 236, 620), (x - 236, 420), (x - 150, 260))} H {x + 150} C {points((x + 236, 420), (x + 236, 620), (x + 150, 800))} Z"
    glass = Colour(0.93, 0.09, 90) if s.light.dim else s.room(0.86, 0.05, 195)
    rings = " ".join(f"M {points((x - 230, y))} Q {points((x, y + bend), (x + 230, y))}" for y, bend in ((330, -40), (400, -26), (466, -12), (530, 0), (594, 12), (660, 26), (730, 40)))
    inside = [stroke(rings, brass, 7, alpha=0.75), ellipse(x, 530, 74, 84, glass.highlight, brass, 7), ellipse(x, 530, 36, 46, Colour(0.98, 0.05, 95)), path(f"M {points((x - 150, 300))} Q {points((x - 200, 520), (x - 140, 760))} L {points((x - 100, 760))} Q {points((x - 150, 520), (x - 104, 300))} Z", Colour(0.99, 0.01, 90), alpha=0.5)]
    parts += [halo(s, "lens", x, 530, 720, 560, 0.6), path(lens, glass, alpha=0.9), clipped("lens", lens, inside), stroke(lens, brass, 12), path(f"M {points((x - 170, 262))} h 340 l -60,-70 h -220 Z", brass)]
    return parts


def beach(s: Scene) -> list[str]:
    sand = ground_snow(s, s.out(0.87, 0.06, 84))
    parts = [*sky(s, 520), hills(s, "isle", 520, 70, s.out(0.66, 0.05, 215)), *sea(s, 514, 800)]
    parts.append(path("M -10,780 C 300,720 640,800 980,756 C 1300,716 1600,790 1930,748 V 812 C 1600,850 1300,776 980,816 C 640,856 300,784 -10,842 Z", s.out(0.96, 0.012, 220), alpha=0.85))
    parts.append(path("M -10,812 C 300,756 640,832 980,790 C 1300,750 1600,824 1930,782 V 1090 H -10 Z", sand))
    parts.append(path("M -10,812 C 300,756 640,832 980,790 C 1300,750 1600,824 1930,782 V 830 C 1600,872 1300,800 980,838 C 640,880 300,806 -10,862 Z", sand.shadow, alpha=0.55))
    for i in range(26):
        x, y = s.layout.between(f"px{i}", 0, W) + s.detail.between(f"pd{i}", -30, 30), s.layout.between(f"py{i}", 880, 1070)
        parts.append(ellipse(x, y, 8 + 10 * s.layout.unit(f"pr{i}"), 4, sand.shadow, alpha=0.7))
    side = 1 if s.layout.chance("side", 0.5) else -1
    x = 960 + side * 620.0
    trunk = s.out(0.5, 0.06, 58)
    parts.append(path(f"M {points((x - 24, 930))} C {points((x - side * 20, 720), (x - side * 60, 560), (x - side * 110, 400))} l 22,-6 C {points((x - side * 20 + 24, 560), (x + 30, 740), (x + 34, 930))} Z", trunk))
    leaf = s.out(0.52, 0.11, 145)
    for dx, dy in ((-230, 40), (-190, -80), (-70, -130), (70, -120), (200, -50), (220, 60)):
        cx, cy = x - side * 108, 398
        parts.append(path(f"M {points((cx, cy))} Q {points((cx + dx * 0.5, cy + dy - 50), (cx + dx, cy + dy + 40))} Q {points((cx + dx * 0.45, cy + dy * 0.5 + 26), (cx, cy + 14))} Z", leaf if dx < 0 else leaf.shadow))
    return parts + _gulls(s, 260)


def ship(s: Scene) -> list[str]:
    """On deck, looking forward."""
    parts = [*sky(s, 560), *sea(s, 552, 900)]
    deck, rail, mast = ground_snow(s, s.out(0.68, 0.06, 66)), s.out(0.92, 0.02, 80), s.out(0.46, 0.06, 50)
    parts.append(path("M 960,540 C 1180,650 1500,780 1990,960 V 1090 H -70 V 960 C 420,780 740,650 960,540 Z", deck))
    boards = " ".join(f"M {points((960 + k * 18, 590 + abs(k) * 10))} L {points((960 + k * 190, 1090))}" for k in range(-8, 9))
    parts.append(stroke(boards, deck.shadow, 4, alpha=0.75))
    for way in (-1, 1):
        parts.append(stroke(f"M {points((960, 470))} C {points((960 + way * 220, 570), (960 + way * 540, 690), (960 + way * 1030, 850))}", rail, 16))
        posts = " ".join(f"M {points((960 + way * px, 470 + px * 0.37 + 8))} v {60 + px * 0.06:.0f}" for px in (60, 180, 320, 480, 660, 860))
        parts.append(stroke(posts, rail.shadow, 10))
    parts.append(stroke("M 960,800 V -20", mast, 46) + stroke("M 470,190 H 1450", mast, 22))
    sail = s.out(0.94, 0.025, 85)
    parts.append(path("M 500,200 Q 960,250 1420,200 Q 1350,420 1400,560 Q 960,640 520,560 Q 570,420 500,200 Z", sail) + path("M 1120,236 Q 1280,228 1420,200 Q 1350,420 1400,560 Q 1260,590 1130,604 Q 1080,420 1120,236 Z", sail.shadow))
    ropes = "M 500,200 L 60,900 M 1420,200 L 1860,900 M 640,190 L 300,830 M 1280,190 L 1620,830"
    parts.append(stroke(ropes, s.out(0.62, 0.05, 70), 6))
    parts += [rect(1480, 850, 150, 110, s.out(0.6, 0.07, 60), r=6), ellipse(420, 930, 62, 62, None, s.out(0.9, 0.02, 80), 24), halo(s, "deck", 960, 700, 420, 260, 0.4)]
    return parts


def lake(s: Scene) -> list[str]:
    parts = [*sky(s, 500), *_far_mountains(s), hills(s, "shore", 520, 60, s.out(0.52, 0.07, 160)), *sea(s, 510, 860)]
    return [*parts, path("M -10,850 C 400,800 900,880 1930,830 V 1090 H -10 Z", ground_snow(s, s.out(0.64, 0.1, 132))), *[p for p in grass(s, 960, ground_snow(s, s.out(0.62, 0.1, 132)), 40)], *_jetty(s)]


def _far_mountains(s: Scene) -> list[str]:
    return [hills(s, "m1", 500, 260, s.out(0.72, 0.045, 245), steps=5), hills(s, "m2", 510, 150, s.out(0.62, 0.055, 210), steps=6)]


def _jetty(s: Scene) -> list[str]:
    wood = s.out(0.56, 0.06, 60)
    return [path("M 860,1090 L 930,700 H 1030 L 1130,1090 Z", wood), stroke(" ".join(f"M {points((926 - i * i * 0.9, 720 + i * 26 + i * i * 1.6))} H {1034 + i * i * 1.3:.0f}" for i in range(9)), wood.shadow, 5)]


