"""Draws forearms and hands, with the sleeves that end there."""

from __future__ import annotations

import math

from comfyvn.draft.art import body
from comfyvn.draft.art.body import Capsule, Frame, Limb, between
from comfyvn.draft.art.dressed import Dressed
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.svg import Point, clipped, path, points, stroke


def forearm(d: Dressed, limb: Limb) -> list[str]:
    """Forearm, hand and the sleeve's end."""
    f, skin, cut = d.frame, d.who.skin, d.clothes.cut
    hand = _hand(d, limb)
    bare = (limb.elbow, f.elbow_r, limb.wrist, f.wrist_r)
    if cut.sleeve in ("none", "short"):
        return [body.outline([bare], skin.line), *hand, *_joined(d, limb, bare, 0.0, skin)]
    more = 7.0 if cut.straight else 5.0
    if cut.sleeve == "rolled":
        end = between(limb.elbow, limb.wrist, 0.3)
        roll = (limb.elbow, f.elbow_r + more, end, f.elbow_r + 2)
        cuff = _band(
            between(limb.elbow, limb.wrist, 0.34),
            between(limb.elbow, limb.wrist, 0.5),
            f.elbow_r + 2,
            d.sleeve.highlight,
        )
        outline = body.outline([roll], d.sleeve.line)
        return [body.solid([bare], skin), *hand, outline, *_joined(d, limb, roll, more, d.sleeve), cuff]
    if cut.sleeve == "wide":
        tip = (between(limb.elbow, limb.wrist, 0.6), f.wrist_r, limb.wrist, f.wrist_r)
        return [body.solid([tip], skin), *hand, _wide_sleeve(d, limb)]
    sleeve = (limb.elbow, f.elbow_r + more, _short_of(limb, f.wrist_r + more), f.wrist_r + more)
    trim = d.clothes.shirt if cut.inner else (d.sleeve.highlight if "brass" not in cut.details else d.clothes.accent)
    return [
        *hand,
        body.outline([sleeve], d.sleeve.line),
        *_joined(d, limb, sleeve, more, d.sleeve),
        _cuff(limb, f.wrist_r, f.wrist_r + more, trim),
        _elbow_folds(d, limb),
    ]


def _hand(d: Dressed, limb: Limb) -> list[str]:
    f, cut = d.frame, d.clothes.cut
    fingers = body.hand(f, limb)
    if not fingers:
        return []
    if "gloves" in cut.details or cut.bottom == "armour":
        return [body.solid(fingers, d.clothes.main.lighter(-0.1) if cut.bottom == "armour" else d.clothes.accent)]
    lines = [_knuckles(limb, f, d.who.skin)] if limb.hand in ("relaxed", "flat", "grip", "fist") else []
    return [body.solid(fingers, d.who.skin), *lines]


def _joined(d: Dressed, limb: Limb, capsule: Capsule, more: float, tone: Colour) -> list[str]:
    """A forearm's fill, and before it the end of the upper arm, which hides the outline's arc at the elbow."""
    a, ra, b, rb = body.upper_arm(d.frame, limb, more)
    end = (between(a, b, 0.55), ra + (rb - ra) * 0.55, b, rb)
    return [body.filled([end], tone), body.filled([capsule], tone)]


def _cuff(limb: Limb, bare: float, r: float, tone: Colour) -> str:
    """A band round the end of a sleeve, where the wrist's radius is `bare`."""
    return _band(_short_of(limb, bare + 7), _short_of(limb, bare - 14), r, tone)


def _band(a: Point, b: Point, r: float, tone: Colour) -> str:
    """A short tube of radius `r` from `a` to `b`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1.0)
    nx, ny = -dy / length * (r + 2), dx / length * (r + 2)
    return path(
        f"M {points((a[0] + nx, a[1] + ny), (b[0] + nx, b[1] + ny))} "
        f"Q {points((b[0] + dx * 0.4, b[1] + dy * 0.4), (b[0] - nx, b[1] - ny))} "
        f"L {points((a[0] - nx, a[1] - ny))} Q {points((a[0] + dx * 0.3, a[1] + dy * 0.3), (a[0] + nx, a[1] + ny))} Z",
        tone,
        tone.line,
        3.2,
    )


def _short_of(limb: Limb, distance: float) -> Point:
    """A point of the forearm that far before the wrist."""
    dx, dy = limb.wrist[0] - limb.elbow[0], limb.wrist[1] - limb.elbow[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1.0)
    return between(limb.elbow, limb.wrist, max(1 - distance / length, 0.2))


def _elbow_folds(d: Dressed, limb: Limb) -> str:
    x, y = limb.elbow
    r = d.frame.elbow_r
    move = d.folds.between(f"elbow{limb.side}", -8, 8)
    return stroke(
        f"M {points((x - r * 0.7, y - 4 + move))} q {points((r * 0.6, 8), (r * 1.1, 0))} M "
        f"{points((x - r * 0.5, y + 12 + move))} q {points((r * 0.4, 6), (r * 0.8, 0))}",
        d.sleeve.line,
        2.6,
        alpha=0.45,
    )


def _wide_sleeve(d: Dressed, limb: Limb) -> str:
    """A sleeve that hangs from the forearm, on the side that looks down (outwards where the arm itself hangs)."""
    f, tone = d.frame, d.sleeve
    mouth = between(limb.elbow, limb.wrist, 0.92)
    dx, dy = mouth[0] - limb.elbow[0], mouth[1] - limb.elbow[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1.0)
    nx, ny = -dy / length, dx / length
    if abs(ny) < 0.35:
        nx, ny = (nx, ny) if nx * limb.side > 0 else (-nx, -ny)
    elif ny < 0:
        nx, ny = -nx, -ny
    drop = (52 + 72 * abs(ny)) * f.reach
    r, w = f.elbow_r + 8, f.wrist_r + 7

    def spot(at: Point, out: float, along: float = 0.0) -> Point:
        return at[0] + nx * out + dx / length * along, at[1] + ny * out + dy / length * along

    hang, inner = spot(mouth, drop, 6), spot(limb.elbow, r + drop * 0.45, -6)
    opening = f"M {points(spot(mouth, -w))} Q {points(spot(mouth, drop * 0.4, 16), hang)}"
    shape = (
        f"{opening} Q {points(spot(mouth, drop + 4, -44), inner)} Q "
        f"{points(spot(limb.elbow, r * 0.9, -r * 1.1), spot(limb.elbow, -r * 0.4, -r * 0.9))} Q "
        f"{points(spot(limb.elbow, -r * 1.1, -r * 0.4), spot(limb.elbow, -r, 4))} Z"
    )
    low = (
        f"M {points(hang)} Q {points(spot(mouth, drop + 4, -44), inner)} L "
        f"{points(spot(limb.elbow, r * 0.4))} L {points(spot(mouth, drop * 0.45))} Z"
    )
    inside = [path(low, tone.shadow), stroke(opening, d.clothes.accent, 13)]
    return (
        path(shape, tone, tone.line)
        + clipped(f"wide{limb.side + 1}", shape, inside)
        + stroke(shape, tone.line, 3.5)
        + "".join(_joined(d, limb, (limb.elbow, r, between(limb.elbow, limb.wrist, 0.05), r), 5.0, tone))
    )


def _knuckles(limb: Limb, f: Frame, skin: Colour) -> str:
    a = math.radians(limb.angle)
    scale = f.wrist_r / 15.5
    x, y = limb.wrist[0] + math.cos(a) * 40 * scale, limb.wrist[1] + math.sin(a) * 40 * scale
    return stroke(f"M {points((x, y))} l {points((math.cos(a) * 13, math.sin(a) * 13))}", skin.line, 2.2, alpha=0.5)
