"""Pieces of rooms: walls and floors, windows with the sky behind them, shelves, tables, lamps."""

from __future__ import annotations

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.scenery import H, Scene, W, halo
from comfyvn.draft.art.svg import clipped, ellipse, gradient, path, points, rect, stroke

FLOOR = 800.0


def shell(s: Scene, wall: Colour, floor: Colour, *, boards: bool = True, panel: Colour | None = None) -> list[str]:
    """Wall, wainscot and a floor in perspective."""
    parts = [rect(-10, -10, W + 20, FLOOR + 20, wall)]
    top = wall.lighter(-0.05)
    parts.append(rect(-10, -10, W + 20, 70, top))
    if panel is not None:
        parts += [rect(-10, 560, W + 20, FLOOR - 556, panel), rect(-10, 548, W + 20, 18, panel.highlight)]
        parts.append(stroke(" ".join(f"M {x},580 V {FLOOR - 30:.0f}" for x in range(60, 1920, 120)), panel.shadow, 5))
    parts.append(rect(-10, FLOOR, W + 20, H - FLOOR + 10, floor))
    if boards:
        lines = " ".join(
            f"M {points((960 + k * 120, FLOOR + 16))} L {points((960 + k * 250, H + 10))}" for k in range(-9, 10)
        )
        parts.append(stroke(lines, floor.shadow, 4, alpha=0.8))
    else:
        lines = " ".join(
            f"M {points((960 + k * 150, FLOOR + 16))} L {points((960 + k * 330, H + 10))}" for k in range(-8, 9)
        )
        parts.append(
            stroke(f"{lines} M -10,{FLOOR + 76:.0f} H 1930 M -10,{FLOOR + 170:.0f} H 1930", floor.shadow, 4, alpha=0.7)
        )
    return [*parts, rect(-10, FLOOR - 26, W + 20, 34, wall.shadow)]


def window(
    s: Scene, name: str, x: float, y: float, w: float, h: float, frame: Colour, *, view: str = "hills", panes: int = 2
) -> list[str]:
    """A window; through it the sky of the moment, and a little of what is outside."""
    top, middle, low = s.light.sky
    hole = f"M {points((x, y))} h {w} v {h} h {-w} Z"
    inside = [
        f"<defs>{gradient(name, [(0, top, 1), (0.6, middle, 1), (1, low, 1)])}</defs>",
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="url(#{name})"/>',
    ]
    if s.light.time == "night" and not s.light.grey:
        inside += [
            ellipse(
                x + w * s.layout.unit(f"{name}x{i}"),
                y + h * 0.6 * s.layout.unit(f"{name}y{i}"),
                2,
                2,
                Colour(0.97, 0.02, 90),
            )
            for i in range(9)
        ]
    if view == "sea":
        inside.append(rect(x, y + h * 0.62, w, h * 0.4, s.out(0.58, 0.08, 232)))
        inside.append(
            stroke(
                f"M {points((x, y + h * 0.72))} h {w * 0.3:.0f} m {w * 0.2:.0f},{h * 0.08:.0f} h "
                f"{w * 0.34:.0f} m {-w * 0.6:.0f},{h * 0.08:.0f} h {w * 0.3:.0f}",
                low,
                3,
                alpha=0.6,
            )
        )
    elif view == "town":
        inside += [
            rect(x + w * t, y + h * (0.75 - 0.34 * s.layout.unit(f"{name}{i}")), w * 0.2, h, s.out(0.62, 0.035, 245))
            for i, t in enumerate((0.0, 0.19, 0.38, 0.6, 0.8))
        ]
    else:
        inside.append(
            path(
                f"M {points((x, y + h * 0.78))} q {points((w * 0.3, -h * 0.2), (w * 0.55, -h * 0.06))} t "
                f"{points((w * 0.5, -h * 0.02))} V {y + h:.0f} H {x:.0f} Z",
                s.out(0.6, 0.08, 145),
            )
        )
    if s.light.weather in ("rain", "storm"):
        inside.append(
            stroke(
                " ".join(
                    f"M {points((x + w * s.detail.unit(f'{name}r{i}'), y + h * s.detail.unit(f'{name}s{i}')))} l -5,34"
                    for i in range(26)
                ),
                Colour(0.92, 0.02, 235),
                2.5,
                alpha=0.6,
            )
        )
    if s.light.weather == "snow":
        inside += [
            ellipse(
                x + w * s.detail.unit(f"{name}r{i}"),
                y + h * s.detail.unit(f"{name}s{i}"),
                4,
                4,
                Colour(0.98, 0, 0),
                alpha=0.9,
            )
            for i in range(22)
        ]
    if s.light.weather == "fog":
        inside.append(rect(x, y, w, h, low, alpha=0.6))
    bars = (
        " ".join(f"M {points((x + w * k / panes, y))} v {h}" for k in range(1, panes))
        + f" M {points((x, y + h * 0.4))} h {w}"
    )
    shine = path(
        f"M {points((x + w * 0.08, y + h * 0.34))} l {w * 0.16:.0f},{-h * 0.28:.0f} h "
        f"{w * 0.07:.0f} l {-w * 0.16:.0f},{h * 0.28:.0f} Z",
        Colour(0.99, 0.01, 220),
        alpha=0.25,
    )
    return [
        clipped(f"{name}c", hole, [*inside, shine]),
        stroke(bars, frame, 10),
        stroke(hole, frame, 20),
        rect(x - 24, y + h + 4, w + 48, 22, frame.highlight, r=4),
    ]


def daylight(s: Scene, x: float, w: float) -> str:
    """The patch of light that a window throws on the floor."""
    if s.light.time == "night" or s.light.grey > 0.7:
        return ""
    tone = s.light.sky[2].lighter(0.02)
    lean = {"day": 90, "dawn": 260, "dusk": -260}[s.light.time]
    return path(
        f"M "
        f"{points((x + lean * 0.3, FLOOR + 14), (x + w + lean * 0.3, FLOOR + 14))} "
        f"{points((x + w * 1.25 + lean, H), (x - w * 0.1 + lean, H))} "
        f"Z",
        tone,
        alpha=0.3,
    )


def hanging_lamp(s: Scene, name: str, x: float, y: float, size: float, shade: Colour) -> list[str]:
    return [
        stroke(f"M {points((x, -10))} V {y - size * 0.5:.0f}", shade.shadow.shadow, 5),
        halo(s, name, x, y + size * 0.2, size * 4.2, size * 3.6, 0.5),
        ellipse(x, y + size * 0.1, size * 0.3, size * 0.24, s.lamp(s.room(0.95, 0.02, 90))),
        path(
            f"M {points((x - size * 0.75, y))} Q "
            f"{points((x - size * 0.5, y - size * 0.6), (x, y - size * 0.62))} Q "
            f"{points((x + size * 0.5, y - size * 0.6), (x + size * 0.75, y))} Z",
            shade,
        ),
    ]


def shelf(
    s: Scene, name: str, x: float, y: float, w: float, wood: Colour, *, goods: str = "books", high: float = 96.0
) -> list[str]:
    """A board with things on it; its top edge at y."""
    parts, at, i = [], x + 14, 0
    while at < x + w - 40:
        hue = s.layout.between(f"{name}h{i}", 0, 360)
        tone = s.room(0.62 + 0.2 * s.layout.unit(f"{name}l{i}"), 0.07, hue)
        if goods == "books":
            bw, bh = s.layout.between(f"{name}w{i}", 16, 34), high * s.layout.between(f"{name}b{i}", 0.66, 0.97)
            parts.append(rect(at, y - bh, bw, bh, tone) + rect(at, y - bh * 0.8, bw, 6, tone.highlight))
            at += bw + 2
        elif goods == "cups":
            parts.append(
                path(f"M {points((at, y - 40))} h 46 q -2,34 -14,40 h -18 q -12,-6 -14,-40 Z", tone)
                + stroke(f"M {points((at + 46, y - 32))} q 16,2 10,16 q -4,6 -14,6", tone, 6)
            )
            at += 84
        else:
            parts.append(
                rect(at, y - 62, 44, 62, tone, r=8)
                + rect(at + 6, y - 74, 32, 14, wood.shadow, r=3)
                + rect(at + 5, y - 42, 34, 20, tone.highlight, r=2)
            )
            at += 64
        at += 26 if goods == "books" and s.layout.chance(f"{name}gap{i}", 0.1) else 0
        i += 1
    return [*parts, rect(x, y, w, 16, wood), rect(x, y + 16, w, 6, wood.shadow)]


def bookcase(
    s: Scene, name: str, x: float, y: float, w: float, wood: Colour, rows: int, row: float = 132.0
) -> list[str]:
    """Stands with its top at y."""
    parts = [rect(x - 16, y - 20, w + 32, rows * row + 40, wood), rect(x, y, w, rows * row, wood.shadow.shadow)]
    for i in range(rows):
        parts += shelf(s, f"{name}{i}", x, y + row * (i + 1) - 16, w, wood, high=row - 30)
    return parts


def table(
    s: Scene, x: float, y: float, w: float, wood: Colour, *, low: float = 190.0, round_top: bool = True
) -> list[str]:
    """A table whose top is at y, its middle at x."""
    if round_top:
        return [
            stroke(f"M {points((x, y + 10))} V {y + low:.0f}", wood.shadow, 22),
            ellipse(x, y + low, w * 0.24, 14, wood.shadow.shadow),
            ellipse(x, y + 12, w / 2, 26, wood.shadow),
            ellipse(x, y, w / 2, 26, wood),
        ]
    return [
        rect(x - w / 2 + 20, y + 10, 22, low, wood.shadow),
        rect(x + w / 2 - 42, y + 10, 22, low, wood.shadow),
        rect(x - w / 2, y - 8, w, 30, wood, r=5),
        rect(x - w / 2, y + 16, w, 10, wood.shadow),
    ]


def cup(s: Scene, x: float, y: float, tone: Colour) -> str:
    steam = stroke(
        f"M {points((x - 8, y - 46))} q -8,-12 0,-22 t 0,-20 M {points((x + 10, y - 46))} q -8,-12 0,-20 t 0,-18",
        Colour(0.97, 0.01, 90),
        3,
        alpha=0.55,
    )
    return (
        steam
        + ellipse(x, y, 40, 9, tone.shadow)
        + path(f"M {points((x - 24, y - 36))} h 48 q -2,32 -14,36 h -20 q -12,-4 -14,-36 Z", tone)
        + stroke(f"M {points((x + 24, y - 28))} q 16,2 10,14 q -4,6 -13,6", tone, 6)
    )


def chair(s: Scene, x: float, y: float, wood: Colour, *, way: int = 1) -> list[str]:
    """Seen from its side; the floor under it at y; way 1 faces right."""
    back, seat = x - way * 54, y - 150
    return [
        stroke(f"M {points((back, y))} L {points((back - way * 8, y - 330))}", wood, 15),
        stroke(f"M {points((x + way * 54, y))} V {seat:.0f}", wood, 15),
        rect(x - 64, seat - 10, 128, 24, wood.highlight, r=8),
        stroke(f"M {points((back - way * 2, y - 196))} L {points((back - way * 8, y - 330))}", wood.highlight, 22),
    ]


def plant(s: Scene, name: str, x: float, y: float, k: float = 1.0) -> list[str]:
    leaf = s.room(0.58, 0.1, 145)
    parts = []
    for i in range(7):
        dx, dy = (i - 3) * 38 * k, (-150 - 60 * s.layout.unit(f"{name}{i}")) * k
        sway = s.detail.between(f"{name}{i}", -5, 5)
        parts.append(
            path(
                f"M {points((x, y - 84 * k))} Q "
                f"{points((x + dx * 0.2, y + dy - 40 * k), (x + dx + sway, y + dy - 30 * k))} Q "
                f"{points((x + dx * 0.9, y + dy * 0.5 - 50 * k), (x, y - 84 * k))} Z",
                leaf if i % 2 else leaf.shadow,
            )
        )
    pot = s.room(0.62, 0.1, 42)
    return [
        *parts,
        path(
            f"M {points((x - 50 * k, y - 92 * k))} h {100 * k:.0f} l {-14 * k:.0f},{92 * k:.0f} h {-72 * k:.0f} Z", pot
        ),
        rect(x - 56 * k, y - 104 * k, 112 * k, 22 * k, pot.highlight, r=4),
    ]


def picture(s: Scene, name: str, x: float, y: float, w: float, h: float) -> list[str]:
    frame, sky = s.room(0.5, 0.06, 60), s.room(0.82, 0.05, 225)
    hole = f"M {points((x, y))} h {w} v {h} h {-w} Z"
    sail = path(
        f"M {points((x + w * 0.46, y + h * 0.3))} L "
        f"{points((x + w * 0.7, y + h * 0.66), (x + w * 0.36, y + h * 0.66))} Z",
        s.room(0.95, 0.01, 80),
    )
    return [
        rect(x, y, w, h, sky),
        clipped(name, hole, [rect(x, y + h * 0.66, w, h * 0.4, s.room(0.58, 0.08, 235)), sail]),
        stroke(hole, frame, 12),
    ]


def rug(x: float, y: float, w: float, tone: Colour) -> list[str]:
    return [ellipse(x, y, w, w * 0.14, tone), ellipse(x, y, w * 0.86, w * 0.115, None, tone.highlight, 6)]


def outlook(s: Scene) -> str:
    """What a window of this place looks out on."""
    if any(
        word in s.words
        for word in ("harbour", "harbor", "sea", "lighthouse", "coast", "ocean", "beach", "ship", "island")
    ):
        return "sea"
    return "town" if any(word in s.words for word in ("city", "town", "urban", "station")) else "hills"
