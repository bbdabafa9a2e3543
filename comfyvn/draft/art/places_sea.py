"""Places by the water: harbour, beach, ship, lake."""

from __future__ import annotations

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.places_lighthouse import gulls, tower
from comfyvn.draft.art.scenery import Scene, W, grass, ground_snow, halo, hills, house, lamp_post, sea, sky
from comfyvn.draft.art.svg import ellipse, path, points, rect, stroke


def harbour(s: Scene) -> list[str]:
    """Houses round a bay, boats at anchor, a quay in front; a small lighthouse ends the mole."""
    parts = [
        *sky(s, 560),
        hills(s, "back", 520, 170, s.out(0.66, 0.05, 200)),
        hills(s, "mid", 572, 110, ground_snow(s, s.out(0.6, 0.075, 150)), steps=5),
    ]
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
    parts += [
        p
        for i in range(3)
        for p in _boat(
            s, i, (660, 1010, 1310)[i] if left else (500, 840, 1210)[i], 716 + 34 * (i % 2), (1.0, 0.76, 1.16)[i]
        )
    ]
    parts += gulls(s, 300)
    return parts + _quay(s, stone)


def _boat(s: Scene, i: int, x: float, y: float, k: float) -> list[str]:
    hull, deck, mast = (
        s.out(0.5, (0.11, 0.13, 0.09)[i], (250, 28, 160)[i]),
        s.out(0.92, 0.02, 80),
        s.out(0.45, 0.05, 55),
    )
    x += s.detail.between(f"boat{i}", -14, 14)
    reflection = path(
        f"M {points((x - 92 * k, y + 26 * k))} q {points((92 * k, 30 * k), (190 * k, 0))} Z", hull, alpha=0.35
    )
    body = path(
        f"M {points((x - 112 * k, y - 22 * k))} Q "
        f"{points((x, y - 6 * k), (x + 122 * k, y - 30 * k))} L {points((x + 92 * k, y + 26 * k))} "
        f"Q {points((x, y + 36 * k), (x - 88 * k, y + 26 * k))} Z",
        hull,
    )
    trim = stroke(
        f"M {points((x - 110 * k, y - 14 * k))} Q {points((x, y + 2 * k), (x + 118 * k, y - 22 * k))}", deck, 7 * k
    )
    cabin = (
        rect(x - 44 * k, y - 66 * k, 66 * k, 54 * k, deck, r=5)
        + rect(x - 34 * k, y - 56 * k, 20 * k, 20 * k, s.lamp(s.out(0.5, 0.04, 240)), r=3)
        + rect(x - 6 * k, y - 56 * k, 20 * k, 20 * k, s.lamp(s.out(0.5, 0.04, 240)), r=3)
    )
    rig = stroke(
        f"M {points((x + 40 * k, y - 14 * k))} V {y - 190 * k:.1f} M "
        f"{points((x + 40 * k, y - 184 * k))} L {points((x + 114 * k, y - 30 * k))} M "
        f"{points((x + 40 * k, y - 184 * k))} L {points((x - 100 * k, y - 24 * k))}",
        mast,
        4.5 * k,
    )
    flag = path(
        f"M {points((x + 42 * k, y - 188 * k))} l {34 * k:.1f},{10 * k:.1f} l {-34 * k:.1f},{12 * k:.1f} Z",
        s.out(0.6, 0.15, 30),
    )
    return [reflection, rig, flag, body, trim, cabin, halo(s, f"boat{i}", x - 10 * k, y - 46 * k, 90 * k, 60 * k, 0.4)]


def _quay(s: Scene, stone: Colour) -> list[str]:
    top = ground_snow(s, stone)
    parts = [
        path("M -10,880 L 1930,852 V 1090 H -10 Z", top),
        path("M -10,880 L 1930,852 V 892 L -10,926 Z", stone.shadow),
    ]
    slabs = " ".join(
        f"M {points((x, 1090))} L {points((960 + (x - 960) * 0.62, 912 - (960 + (x - 960) * 0.62) * 0.017))}"
        for x in range(-600, 2600, 210)
    )
    parts.append(stroke(slabs + " M -10,996 L 1930,972", top.shadow, 4, alpha=0.7))
    iron = s.out(0.35, 0.02, 260)
    for x in (250, 1600):
        parts.append(
            path(
                f"M {points((x - 30, 940))} v -46 q -22,-4 -18,-22 q 48,-22 96,0 q 4,18 -18,22 v 46 q -30,14 -60,0 Z",
                iron,
            )
        )
        parts.append(stroke(f"M {points((x + 20, 898))} q 90,30 170,-34", s.out(0.78, 0.05, 80), 8))
    crate = s.out(0.64, 0.07, 62)
    for cx, cy, w in ((1720, 960, 130), (1770, 866, 96)):
        parts.append(
            rect(cx - w / 2, cy - w * 0.7, w, w * 0.7, crate, r=3)
            + stroke(
                f"M {points((cx - w / 2, cy - w * 0.47))} h {w} M {points((cx - w / 2, cy - w * 0.23))} h {w}",
                crate.shadow,
                4,
            )
        )
    return [*parts, *lamp_post(s, "quay", 120, 960, 380)]


def beach(s: Scene) -> list[str]:
    sand = ground_snow(s, s.out(0.87, 0.06, 84))
    parts = [*sky(s, 520), hills(s, "isle", 520, 70, s.out(0.66, 0.05, 215)), *sea(s, 514, 800)]
    parts.append(
        path(
            "M -10,780 C 300,720 640,800 980,756 C 1300,716 1600,790 1930,748 V 812 C 1600,850 "
            "1300,776 980,816 C 640,856 300,784 -10,842 Z",
            s.out(0.96, 0.012, 220),
            alpha=0.85,
        )
    )
    parts.append(path("M -10,812 C 300,756 640,832 980,790 C 1300,750 1600,824 1930,782 V 1090 H -10 Z", sand))
    parts.append(
        path(
            "M -10,812 C 300,756 640,832 980,790 C 1300,750 1600,824 1930,782 V 830 C 1600,872 "
            "1300,800 980,838 C 640,880 300,806 -10,862 Z",
            sand.shadow,
            alpha=0.55,
        )
    )
    for i in range(26):
        x, y = (
            s.layout.between(f"px{i}", 0, W) + s.detail.between(f"pd{i}", -30, 30),
            s.layout.between(f"py{i}", 880, 1070),
        )
        parts.append(ellipse(x, y, 8 + 10 * s.layout.unit(f"pr{i}"), 4, sand.shadow, alpha=0.7))
    side = 1 if s.layout.chance("side", 0.5) else -1
    x = 960 + side * 620.0
    trunk = s.out(0.5, 0.06, 58)
    parts.append(
        path(
            f"M {points((x - 24, 930))} C "
            f"{points((x - side * 20, 720), (x - side * 60, 560), (x - side * 110, 400))} l 22,-6 C "
            f"{points((x - side * 20 + 24, 560), (x + 30, 740), (x + 34, 930))} Z",
            trunk,
        )
    )
    leaf = s.out(0.52, 0.11, 145)
    for dx, dy in ((-230, 40), (-190, -80), (-70, -130), (70, -120), (200, -50), (220, 60)):
        cx, cy = x - side * 108, 398
        parts.append(
            path(
                f"M {points((cx, cy))} Q {points((cx + dx * 0.5, cy + dy - 50), (cx + dx, cy + dy + 40))} Q "
                f"{points((cx + dx * 0.45, cy + dy * 0.5 + 26), (cx, cy + 14))} Z",
                leaf if dx < 0 else leaf.shadow,
            )
        )
    return parts + gulls(s, 260)


def ship(s: Scene) -> list[str]:
    """On deck, looking forward."""
    parts = [*sky(s, 560), *sea(s, 552)]
    deck, rail, mast = ground_snow(s, s.out(0.68, 0.06, 66)), s.out(0.92, 0.02, 80), s.out(0.46, 0.06, 50)
    parts.append(path("M 960,540 C 1180,650 1500,780 1990,960 V 1090 H -70 V 960 C 420,780 740,650 960,540 Z", deck))
    boards = " ".join(
        f"M {points((960 + k * 18, 590 + abs(k) * 10))} L {points((960 + k * 190, 1090))}" for k in range(-8, 9)
    )
    parts.append(stroke(boards, deck.shadow, 4, alpha=0.75))
    for way in (-1, 1):
        parts.append(
            stroke(
                f"M {points((960, 470))} C "
                f"{points((960 + way * 220, 570), (960 + way * 540, 690), (960 + way * 1030, 850))}",
                rail,
                16,
            )
        )
        posts = " ".join(
            f"M {points((960 + way * px, 470 + px * 0.37 + 8))} v {60 + px * 0.06:.0f}"
            for px in (60, 180, 320, 480, 660, 860)
        )
        parts.append(stroke(posts, rail.shadow, 10))
    parts.append(stroke("M 960,800 V -20", mast, 46) + stroke("M 470,190 H 1450", mast, 22))
    sail = s.out(0.94, 0.025, 85)
    parts.append(
        path("M 500,200 Q 960,250 1420,200 Q 1350,420 1400,560 Q 960,640 520,560 Q 570,420 500,200 Z", sail)
        + path(
            "M 1120,236 Q 1280,228 1420,200 Q 1350,420 1400,560 Q 1260,590 1130,604 Q 1080,420 1120,236 Z", sail.shadow
        )
    )
    ropes = "M 500,200 L 60,900 M 1420,200 L 1860,900 M 640,190 L 300,830 M 1280,190 L 1620,830"
    parts.append(stroke(ropes, s.out(0.62, 0.05, 70), 6))
    parts += [
        rect(1480, 850, 150, 110, s.out(0.6, 0.07, 60), r=6),
        ellipse(420, 930, 62, 62, None, s.out(0.9, 0.02, 80), 24),
        halo(s, "deck", 960, 700, 420, 260, 0.4),
    ]
    return parts


def lake(s: Scene) -> list[str]:
    parts = [*sky(s, 500), *_far_mountains(s), hills(s, "shore", 520, 60, s.out(0.52, 0.07, 160)), *sea(s, 510, 860)]
    return [
        *parts,
        path("M -10,850 C 400,800 900,880 1930,830 V 1090 H -10 Z", ground_snow(s, s.out(0.64, 0.1, 132))),
        *grass(s, 960, ground_snow(s, s.out(0.62, 0.1, 132)), 40),
        *_jetty(s),
    ]


def _far_mountains(s: Scene) -> list[str]:
    return [
        hills(s, "m1", 500, 260, s.out(0.72, 0.045, 245), steps=5),
        hills(s, "m2", 510, 150, s.out(0.62, 0.055, 210), steps=6),
    ]


def _jetty(s: Scene) -> list[str]:
    wood = s.out(0.56, 0.06, 60)
    return [
        path("M 860,1090 L 930,700 H 1030 L 1130,1090 Z", wood),
        stroke(
            " ".join(
                f"M {points((926 - i * i * 0.9, 720 + i * 26 + i * i * 1.6))} H {1034 + i * i * 1.3:.0f}"
                for i in range(9)
            ),
            wood.shadow,
            5,
        ),
    ]
