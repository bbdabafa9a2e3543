"""Pieces of landscape shared by places in the open: sky, hills, sea, trees, houses, lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.moment import Light
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.svg import ellipse, glow, gradient, painted, path, points, rect, smooth, stroke

W, H = 1920.0, 1080.0


MUTED = 0.8
"""Places are less saturated than the people in front of them."""


@dataclass(frozen=True)
class Scene:
    """`layout` fixes where things are, `detail` (the seed) moves small things only."""

    light: Light
    layout: Dice
    detail: Dice
    words: str

    def out(self, l: float, c: float, h: float) -> Colour:  # noqa: E741
        return self.light.outside(Colour(l, c * MUTED, h))

    def room(self, l: float, c: float, h: float) -> Colour:  # noqa: E741
        return self.light.inside(Colour(l, c * MUTED, h))

    def lamp(self, dark: Colour | None = None) -> Colour:
        """A window or lamp: warm when lit, else `dark`."""
        if self.light.dim:
            return Colour(0.9, 0.11, 82)
        return dark or self.out(0.62, 0.04, 235)

    def beacon(self, dark: Colour) -> Colour:
        """A lighthouse's lamp, which may be out at night."""
        return self.lamp(dark) if self.shines else dark

    @property
    def shines(self) -> bool:
        """Is a lighthouse's lamp lit?"""
        return self.light.dim and not self.light.unlit


def sky(s: Scene, horizon: float) -> list[str]:
    top, middle, low = s.light.sky
    parts = [
        f"<defs>{gradient('sky', [(0, top, 1), (0.55, middle, 1), (1, low, 1)])}</defs>",
        painted("sky", 0, 0, W, horizon + 2),
    ]
    if s.light.weather in ("clear", "snow"):
        parts += _lights(s, horizon)
    return parts + _clouds(s, horizon)


def _lights(s: Scene, horizon: float) -> list[str]:
    x = s.layout.between("sun", 0.2, 0.8) * W
    time = s.light.time
    if time == "night":
        stars = [
            ellipse(
                s.layout.between(f"sx{i}", 0, W),
                s.layout.between(f"sy{i}", 0, horizon * 0.85),
                r,
                r,
                Colour(0.97, 0.02, 90),
                alpha=0.35 + 0.6 * s.layout.unit(f"sa{i}"),
            )
            for i in range(70)
            for r in (1.2 + 1.7 * s.layout.unit(f"sr{i}"),)
        ]
        y = horizon * 0.24
        return [
            *stars,
            _halo("moon", x, y, 190, Colour(0.9, 0.04, 250), 0.35),
            path(
                f"M {points((x + 14, y - 44))} A 46 46 0 1 0 {points((x + 40, y + 24))} "
                f"A 38 38 0 1 1 {points((x + 14, y - 44))} Z",
                Colour(0.95, 0.03, 95),
            ),
        ]
    warm = Colour(0.95, 0.08, 85) if time == "day" else Colour(0.93, 0.11, 68)
    y = horizon * 0.2 if time == "day" else horizon - 70
    return [_halo("sun", x, y, 330, warm, 0.7), ellipse(x, y, 52, 52, warm.lighter(0.03))]


def _halo(name: str, x: float, y: float, r: float, tone: Colour, alpha: float) -> str:
    return f"<defs>{gradient(name, [(0, tone, alpha), (1, tone, 0)], radial=True)}</defs>" + glow(name, x, y, r, r)


def halo(s: Scene, name: str, x: float, y: float, rx: float, ry: float, alpha: float = 0.55) -> str:
    """The glow round a lamp; nothing in daylight."""
    if not s.light.dim:
        return ""
    tone = Colour(0.9, 0.11, 78)
    return (
        f"<defs>{gradient(name, [(0, tone, alpha), (0.5, tone, alpha * 0.35), (1, tone, 0)], radial=True)}</defs>"
        + glow(name, x, y, rx, ry)
    )


def _clouds(s: Scene, horizon: float) -> list[str]:
    count = 5 if s.light.grey == 0 else 9
    tone = s.light.sky[2].mix(Colour(0.99, 0.01, 240), 0.45 if s.light.time != "night" else 0.06)
    if s.light.grey:
        tone = s.light.sky[1].lighter(-0.05)
    parts = []
    for i in range(count):
        x = s.layout.between(f"cx{i}", -100, W) + s.detail.between(f"cloud{i}", -60, 60)
        y = s.layout.between(f"cy{i}", 0.08, 0.72) * horizon
        w = s.layout.between(f"cw{i}", 170, 420)
        h = w * 0.15
        d = (
            f"M {points((x, y))} q {points((w * 0.02, -h), (w * 0.2, -h))} q "
            f"{points((w * 0.1, -h * 1.1), (w * 0.28, -h * 0.5))} q "
            f"{points((w * 0.14, -h * 0.5), (w * 0.24, h * 0.5))} q "
            f"{points((w * 0.22, -h * 0.1), (w * 0.28, h))} Z"
        )
        parts.append(path(d, tone, alpha=0.55 if s.light.grey == 0 else 0.8))
    return parts


def hills(s: Scene, name: str, base: float, rise: float, tone: Colour, *, steps: int = 7) -> str:
    """A soft ridge from edge to edge, filled down to the bottom."""
    spots = [(W * i / steps, base - rise * s.layout.unit(f"{name}{i}")) for i in range(steps + 1)]
    line = smooth([(-100, base), *spots, (W + 100, base)], closed=False)
    return path(f"{line} L {points((W + 100, H + 10), (-100, H + 10))} Z", tone)


def peaks(s: Scene, name: str, base: float, rise: float, tone: Colour, snow: Colour | None = None) -> list[str]:
    parts = []
    for i in range(5):
        x = W * (i + 0.1 + 0.5 * s.layout.unit(f"{name}x{i}")) / 4.6 - 60
        h = rise * (0.55 + 0.45 * s.layout.unit(f"{name}h{i}"))
        w = h * 1.15
        parts.append(path(f"M {points((x - w, base + 4), (x, base - h), (x + w, base + 4))} Z", tone))
        parts.append(
            path(
                f"M "
                f"{points((x, base - h), (x + w, base + 4))} "
                f"{points((x + w * 0.2, base + 4), (x + w * 0.14, base - h * 0.5))} "
                f"Z",
                tone.shadow,
            )
        )
        if snow is not None:
            parts.append(
                path(
                    f"M "
                    f"{points((x, base - h), (x - w * 0.26, base - h * 0.74), (x - w * 0.1, base - h * 0.79))} "
                    f"{points((x + w * 0.02, base - h * 0.68), (x + w * 0.12, base - h * 0.8))} "
                    f"{points((x + w * 0.27, base - h * 0.73))} Z",
                    snow,
                )
            )
    return parts


def sea(s: Scene, top: float, low: float = H) -> list[str]:
    far, near = s.out(0.66, 0.075, 228), s.out(0.5, 0.085, 238)
    glint = s.light.sky[2].lighter(0.03)
    parts = [
        f"<defs>{gradient('sea', [(0, far.mix(s.light.sky[2], 0.35), 1), (1, near, 1)])}</defs>",
        painted("sea", 0, top, W, low - top),
    ]
    for i in range(46):
        t = s.layout.unit(f"wave{i}") ** 1.6
        y = top + 6 + t * (low - top - 10)
        w = 26 + 150 * t
        x = s.layout.between(f"wx{i}", -40, W) + s.detail.between(f"wd{i}", -24, 24)
        parts.append(
            stroke(
                f"M {points((x, y))} q {points((w * 0.25, -3 - 5 * t), (w * 0.5, 0))} t {points((w * 0.5, 0))}",
                glint,
                1.6 + 3 * t,
                alpha=0.5,
            )
        )
    if s.light.weather in ("clear", "snow"):
        x = s.layout.between("sun", 0.2, 0.8) * W
        for i in range(11):
            y = top + 5 + i * i * (low - top) / 190
            w = 30 + i * 11
            parts.append(
                stroke(
                    f"M {points((x - w + s.detail.between(f'gl{i}', -18, 18), y))} h "
                    f"{2 * w * s.layout.between(f'gw{i}', 0.5, 1):.0f}",
                    Colour(0.96, 0.05, 88),
                    2.5 + i * 0.35,
                    alpha=0.55,
                )
            )
    return parts


def tree(s: Scene, name: str, x: float, y: float, h: float, tone: Colour, *, kind: str = "round") -> list[str]:
    """A tree that stands at (x, y)."""
    trunk = s.out(0.42, 0.05, 55)
    w = h * 0.055
    stem = path(
        f"M {points((x - w, y))} Q {points((x - w * 0.5, y - h * 0.3), (x - w * 0.4, y - h * 0.6))} "
        f"H {x + w * 0.4:.1f} Q {points((x + w * 0.5, y - h * 0.3), (x + w, y))} Z",
        trunk,
    )
    if kind == "pine":
        tiers = []
        for i in range(4):
            ty, tw = y - h * (0.16 + 0.2 * i), h * (0.27 - 0.05 * i)
            tiers.append(
                path(
                    f"M {points((x - tw, ty))} Q {points((x, ty + h * 0.05), (x + tw, ty))} L "
                    f"{points((x, ty - h * 0.32))} Z",
                    tone,
                )
            )
            tiers.append(
                path(
                    f"M {points((x + tw, ty))} L {points((x, ty - h * 0.32))} Q "
                    f"{points((x + tw * 0.2, ty - h * 0.1), (x + tw * 0.25, ty + h * 0.02))} Z",
                    tone.shadow,
                )
            )
        return [stem, *tiers]
    crown = [
        (
            x + math.cos(a) * h * (0.26 + 0.07 * s.layout.unit(f"{name}{i}")),
            y - h * 0.68 + math.sin(a) * h * (0.25 + 0.07 * s.layout.unit(f"{name}y{i}")),
        )
        for i, a in enumerate(2 * math.pi * k / 9 for k in range(9))
    ]
    shade = [(cx * 0.72 + (x + h * 0.16) * 0.28, cy * 0.72 + (y - h * 0.52) * 0.28) for cx, cy in crown]
    leaves = path(smooth(crown), tone) + path(smooth(shade), tone.shadow, alpha=0.7)
    spots = "".join(
        ellipse(
            x + s.layout.between(f"{name}lx{i}", -0.2, 0.06) * h + s.detail.between(f"{name}{i}", -6, 6),
            y - h * s.layout.between(f"{name}ly{i}", 0.66, 0.88),
            h * 0.055,
            h * 0.03,
            tone.highlight,
            alpha=0.55,
        )
        for i in range(5)
    )
    return [stem, leaves, spots]


def grass(s: Scene, top: float, tone: Colour, count: int = 70) -> list[str]:
    parts = [rect(-10, top, W + 20, H - top + 10, tone)]
    tufts = []
    for i in range(count):
        y = top + 14 + s.layout.unit(f"gy{i}") ** 1.4 * (H - top)
        k = 0.4 + (y - top) / (H - top)
        x = s.layout.between(f"gx{i}", 0, W) + s.detail.between(f"gd{i}", -22, 22)
        tufts.append(
            f"M {points((x - 8 * k, y))} q {points((2 * k, -16 * k), (-4 * k, -24 * k))} M "
            f"{points((x, y))} q {points((2 * k, -20 * k), (3 * k, -32 * k))} M "
            f"{points((x + 8 * k, y))} q {points((2 * k, -14 * k), (9 * k, -22 * k))}"
        )
    return [*parts, stroke(" ".join(tufts), tone.shadow, 4, alpha=0.8)]


def house(
    s: Scene,
    name: str,
    x: float,
    y: float,
    w: float,
    h: float,
    wall: Colour,
    roof: Colour,
    *,
    floors: int = 2,
    door: bool = True,
) -> list[str]:
    """A small house that stands at y, its left corner at x."""
    parts = [rect(x, y - h, w, h, wall), rect(x + w * 0.78, y - h, w * 0.22, h, wall.shadow)]
    peak = h * 0.34
    parts.append(
        path(
            f"M "
            f"{points((x - w * 0.07, y - h + 4), (x + w * 0.12, y - h - peak))} "
            f"{points((x + w * 0.88, y - h - peak), (x + w * 1.07, y - h + 4))} "
            f"Z",
            roof,
        )
    )
    parts.append(
        path(
            f"M "
            f"{points((x + w * 0.8, y - h + 4), (x + w * 0.7, y - h - peak))} "
            f"{points((x + w * 0.88, y - h - peak), (x + w * 1.07, y - h + 4))} "
            f"Z",
            roof.shadow,
        )
    )
    step = h / floors
    for floor in range(floors):
        for k in range(3):
            wx, wy = x + w * (0.12 + 0.29 * k), y - h + step * floor + step * 0.24
            if door and floor == floors - 1 and k == 1:
                parts.append(rect(wx - w * 0.01, wy, w * 0.2, step * 0.76, roof.lighter(-0.06), r=4))
                continue
            lit = s.light.dim and s.layout.chance(f"{name}lit{floor}{k}", 0.62)
            parts.append(rect(wx, wy, w * 0.18, step * 0.42, s.lamp() if lit else s.out(0.5, 0.035, 240), r=3))
            parts.append(
                stroke(
                    f"M {points((wx + w * 0.09, wy))} v {step * 0.42:.1f} M {points((wx, wy + step * 0.21))} h "
                    f"{w * 0.18:.1f}",
                    wall.lighter(0.05),
                    3,
                )
            )
            if lit:
                parts.append(halo(s, f"{name}h{floor}{k}", wx + w * 0.09, wy + step * 0.2, w * 0.22, w * 0.2, 0.3))
    return parts


def lamp_post(s: Scene, name: str, x: float, y: float, h: float) -> list[str]:
    iron = s.out(0.36, 0.02, 260)
    return [
        stroke(f"M {points((x, y))} V {y - h:.1f}", iron, h * 0.028),
        path(
            f"M {points((x - h * 0.06, y - h))} h {h * 0.12:.1f} l {-h * 0.02:.1f},{-h * 0.12:.1f} h {-h * 0.08:.1f} Z",
            s.lamp(s.out(0.85, 0.02, 90)),
            iron,
            4,
        ),
        halo(s, name, x, y - h * 1.05, h * 0.5, h * 0.5),
    ]


def ground_snow(s: Scene, tone: Colour) -> Colour:
    """The ground's own tone, or snow's on a snowy day."""
    return s.out(0.94, 0.012, 240) if s.light.weather == "snow" else tone
