"""Builds SVG text from shapes and turns it into pictures; the only module that knows the renderer."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import resvg_py
from PIL import Image

from comfyvn.draft.art.palette import Colour

Point = tuple[float, float]


def number(value: float) -> str:
    """A coordinate with at most one decimal, the same on every platform and locale."""
    text = f"{value:.1f}"
    text = text[:-2] if text.endswith(".0") else text
    return "0" if text == "-0" else text


def points(*pairs: Point) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def path(
    d: str, fill: Colour | None = None, line: Colour | None = None, width: float = 3.5, *, alpha: float = 1.0
) -> str:
    """A filled and/or stroked path with round joins."""
    return f'<path d="{d}" {_paint(fill, line, width, alpha)}/>'


def _paint(fill: Colour | None, line: Colour | None, width: float, alpha: float) -> str:
    """Attributes; a shape with both fill and line is faded as one, any other by its own paint, which is faster."""
    text = f'fill="{fill.hex}"' if fill else 'fill="none"'
    if line is not None:
        text += f' stroke="{line.hex}" stroke-width="{number(width)}"'
    if alpha >= 1:
        return text
    name = "opacity" if fill and line else "fill-opacity" if fill else "stroke-opacity"
    return f'{text} {name}="{alpha:.2f}"'


def ellipse(
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    fill: Colour | None = None,
    line: Colour | None = None,
    width: float = 3.5,
    *,
    alpha: float = 1.0,
) -> str:
    shape = f'cx="{number(cx)}" cy="{number(cy)}" rx="{number(rx)}" ry="{number(ry)}"'
    return f"<ellipse {shape} {_paint(fill, line, width, alpha)}/>"


def rect(
    x: float,
    y: float,
    w: float,
    h: float,
    fill: Colour,
    *,
    r: float = 0.0,
    alpha: float = 1.0,
    line: Colour | None = None,
) -> str:
    paint = _paint(fill, line, 3, alpha)
    if r:
        paint += f' rx="{number(r)}"'
    return f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" {paint}/>'


def polygon(corners: Sequence[Point], fill: Colour, line: Colour | None = None, width: float = 3.5) -> str:
    return path(f"M {points(*corners)} Z", fill, line, width)


def stroke(d: str, line: Colour, width: float, *, alpha: float = 1.0) -> str:
    return path(d, None, line, width, alpha=alpha)


def group(parts: Iterable[str], transform: str = "", *, alpha: float = 1.0) -> str:
    attributes = f' transform="{transform}"' if transform else ""
    if alpha < 1:
        attributes += f' opacity="{alpha:.2f}"'
    return f"<g{attributes}>{''.join(parts)}</g>"


def clipped(name: str, shape: str, parts: Iterable[str]) -> str:
    """`parts`, seen only inside the path data `shape`; `name` is unique within one picture."""
    return f'<clipPath id="{name}"><path d="{shape}"/></clipPath><g clip-path="url(#{name})">{"".join(parts)}</g>'


def gradient(name: str, stops: Sequence[tuple[float, Colour, float]], *, radial: bool = False) -> str:
    """Defines the paint `url(#name)`: top to bottom, or from the middle outwards; a stop is (offset, colour, alpha)."""
    inner = "".join(
        f'<stop offset="{offset:.2f}" stop-color="{colour.hex}" stop-opacity="{alpha:.2f}"/>'
        for offset, colour, alpha in stops
    )
    if radial:
        return f'<radialGradient id="{name}">{inner}</radialGradient>'
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{inner}</linearGradient>'


def painted(name: str, x: float, y: float, w: float, h: float) -> str:
    """A rectangle filled with the gradient `name`."""
    return f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" fill="url(#{name})"/>'


def glow(name: str, cx: float, cy: float, rx: float, ry: float) -> str:
    """An ellipse filled with the gradient `name`."""
    shape = f'cx="{number(cx)}" cy="{number(cy)}" rx="{number(rx)}" ry="{number(ry)}"'
    return f'<ellipse {shape} fill="url(#{name})"/>'


def tapered(a: Point, ra: float, b: Point, rb: float) -> str:
    """Path data of a limb: the hull of a circle of radius `ra` round `a` and one of radius `rb` round `b`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = (dx * dx + dy * dy) ** 0.5
    if length <= abs(ra - rb) + 0.01:
        big, r = (a, ra) if ra >= rb else (b, rb)
        return _circle(big, r)
    ux, uy = dx / length, dy / length
    sin = (ra - rb) / length
    cos = (1 - sin * sin) ** 0.5
    # normals of the two outer tangents, one on each side of the axis
    left = (ux * sin - uy * cos, uy * sin + ux * cos)
    right = (ux * sin + uy * cos, uy * sin - ux * cos)
    a1, a2 = (a[0] + left[0] * ra, a[1] + left[1] * ra), (a[0] + right[0] * ra, a[1] + right[1] * ra)
    b1, b2 = (b[0] + left[0] * rb, b[1] + left[1] * rb), (b[0] + right[0] * rb, b[1] + right[1] * rb)
    big_a, big_b = (1, 0) if ra >= rb else (0, 1)
    return (
        f"M {points(a1)} L {points(b1)} A {number(rb)} {number(rb)} 0 {big_b} 0 {points(b2)} "
        f"L {points(a2)} A {number(ra)} {number(ra)} 0 {big_a} 0 {points(a1)} Z"
    )


def _circle(centre: Point, r: float) -> str:
    x, y = centre
    size = f"{number(r)} {number(r)}"
    return f"M {points((x - r, y))} A {size} 0 1 0 {points((x + r, y))} A {size} 0 1 0 {points((x - r, y))} Z"


def smooth(corners: Sequence[Point], *, closed: bool = True) -> str:
    """Path data of a soft curve through the given points (Catmull-Rom, as cubic Béziers)."""
    n = len(corners)

    def at(i: int) -> Point:
        return corners[i % n] if closed else corners[min(max(i, 0), n - 1)]

    out = [f"M {points(corners[0])}"]
    for i in range(n if closed else n - 1):
        p0, p1, p2, p3 = at(i - 1), at(i), at(i + 1), at(i + 2)
        c1 = (p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6)
        c2 = (p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6)
        out.append(f"C {points(c1, c2, p2)}")
    return " ".join(out) + (" Z" if closed else "")


def render(
    parts: Iterable[str], view: tuple[float, float], size: tuple[int, int], fit: str = "xMidYMax meet"
) -> Image.Image:
    """Draws `parts`, whose coordinates fill `view`, on a transparent canvas of `size` pixels (RGBA)."""
    width, height = size
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(view[0])} {number(view[1])}" '
        f'width="{width}" height="{height}" preserveAspectRatio="{fit}" '
        f'stroke-linejoin="round" stroke-linecap="round">{"".join(parts)}</svg>'
    )
    data = resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(data))) as image:
        return image.convert("RGBA")
