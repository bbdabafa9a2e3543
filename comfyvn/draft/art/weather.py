"""What falls or drifts in front of a place in the open."""

from __future__ import annotations

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.scenery import H, Scene, W, halo
from comfyvn.draft.art.svg import ellipse, gradient, painted, path, points, rect, stroke


def weather(s: Scene) -> list[str]:
    """What falls or drifts in front of a place in the open."""
    kind = s.light.weather
    if kind in ("rain", "storm"):
        return _rain(s, 230 if kind == "storm" else 150)
    if kind == "snow":
        return _snow(s)
    return _fog(s) if kind == "fog" else []


def _rain(s: Scene, count: int) -> list[str]:
    lean = 0.34 if s.light.weather == "storm" else 0.16
    drops = []
    for i in range(count):
        x, y = s.detail.between(f"rx{i}", -100, W + 200), s.detail.between(f"ry{i}", -60, H)
        n = s.detail.between(f"rl{i}", 34, 82)
        drops.append(f"M {points((x, y))} l {points((-n * lean, n))}")
    tone = Colour(0.9, 0.02, 235) if s.light.time != "night" else Colour(0.72, 0.03, 250)
    parts = [stroke(" ".join(drops), tone, 2.4, alpha=0.45)]
    if s.light.weather == "storm":
        parts.insert(0, rect(0, 0, W, H, Colour(0.3, 0.03, 265), alpha=0.16))
    return parts


def _snow(s: Scene) -> list[str]:
    flakes = []
    for i in range(130):
        x, y = s.detail.between(f"fx{i}", 0, W), s.detail.between(f"fy{i}", 0, H)
        r = 2 + 5.5 * s.detail.unit(f"fr{i}") ** 2
        flakes.append(ellipse(x, y, r, r, Colour(0.985, 0.004, 240), alpha=0.85))
    return flakes


def _fog(s: Scene) -> list[str]:
    tone = s.light.sky[2].mix(s.light.sky[1], 0.3).lighter(0.07)
    thick = 0.5 if s.light.murky else 0.6
    stops = [(0.0, tone, thick * 0.5), (0.5, tone, thick), (1.0, tone, thick / 3)]
    parts = [f"<defs>{gradient('fog', stops)}</defs>", painted("fog", 0, 0, W, H)]
    for i in range(6):
        y = 300 + i * 110 + s.detail.between(f"fog{i}", -30, 30)
        x = s.detail.between(f"fogx{i}", -300, 500)
        parts.append(
            path(
                f"M {points((x, y))} q 400,-60 800,0 t 900,-10 q 60,60 -200,64 t -900,10 t -600,-64 Z", tone, alpha=0.3
            )
        )
    return parts


def lanterns(s: Scene) -> list[str]:
    """A row of paper lanterns on a line, where the words speak of lanterns."""
    if "lantern" not in s.words or "lantern room" in s.words:
        return []
    cord, paper = s.out(0.35, 0.03, 60), Colour(0.86, 0.13, 72) if s.light.dim else s.out(0.88, 0.08, 70)
    parts = [stroke("M -20,300 Q 470,470 960,380 Q 1450,290 1940,300", cord, 5)]
    for i in range(9):
        x = 90 + 215 * i + s.detail.between(f"lantern{i}", -12, 12)
        parts += _lantern(s, f"lantern{i}", x, _cord(x), s.layout.between(f"lantern{i}", 0.85, 1.15), cord, paper)
    return parts


def _cord(x: float) -> float:
    """The height of the lanterns' line at x: the two Bézier curves of `lanterns`, which are even in x."""
    y0, y1, y2 = (300, 470, 380) if x < 960 else (380, 290, 300)
    t = (x + 20) / 980 if x < 960 else (x - 960) / 980
    return (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t * t * y2


def _lantern(s: Scene, name: str, x: float, y: float, k: float, cord: Colour, paper: Colour) -> list[str]:
    ribs = " ".join(
        f"M {points((x - 40 * k, y + at * k))} q {points((40 * k, 12 * k), (80 * k, 0))}" for at in (52, 76, 100)
    )
    return [
        halo(s, name, x, y + 76 * k, 170 * k, 150 * k, 0.6),
        stroke(f"M {points((x, y))} v {30 * k:.0f}", cord, 4),
        ellipse(x, y + 76 * k, 44 * k, 54 * k, paper),
        stroke(ribs, paper.shadow, 3, alpha=0.7),
        rect(x - 20 * k, y + 20 * k, 40 * k, 10 * k, cord, r=3),
        rect(x - 18 * k, y + 124 * k, 36 * k, 10 * k, cord, r=3),
    ]
