"""Draws what covers the legs: trousers, skirts, and the stool of who sits."""

from __future__ import annotations

from comfyvn.draft.art import body
from comfyvn.draft.art.body import MIDDLE, Capsule, Frame, between
from comfyvn.draft.art.dressed import BOTTOM, Dressed, pattern
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.svg import clipped, path, points, stroke, tapered


def lower(d: Dressed) -> list[str]:
    cut, c, f = d.clothes.cut, d.clothes, d.frame
    kind = cut.bottom
    skin = Colour(0.36, 0.03, 280) if "tights" in cut.details else d.who.skin
    main = c.main if kind in ("dress", "gown", "wrap", "robe", "swim") else c.bottom
    parts = [_stool(d)] if d.pose.sitting else []
    if d.pose.sitting and kind in ("trousers", "armour", "shorts", "swim"):
        return parts + _seated_legs(d, main if kind != "armour" else Colour(0.45, 0.03, 265), skin)
    if kind in ("trousers", "armour"):
        tone = main if kind == "trousers" else Colour(0.45, 0.03, 265)
        parts.append(
            body.outline(_trousers(d), tone.line)
            + path(_pelvis(f), tone, tone.line)
            + body.filled(_trousers(d), tone)
            + path(_pelvis(f), tone)
        )
        parts += _crease(d, tone) if kind == "trousers" else _greaves(d)
        return parts
    parts.append(body.solid(body.legs(f, d.pose), skin))
    if kind in ("shorts", "swim"):
        short = [(a, ra + 7, between(a, b, 0.44), (ra + rb) / 2 + 6) for a, ra, b, rb in body.legs(f, d.pose)[::2]]
        parts.append(
            body.outline(short, main.line)
            + path(_pelvis(f), main, main.line)
            + body.filled(short, main)
            + path(_pelvis(f), main)
        )
        return parts
    hem = {"skirt": f.crotch + 92, "pleats": f.crotch + 118, "dress": f.knee - 84, "long_skirt": f.knee + 14}.get(
        kind, BOTTOM
    )
    wide = {
        "skirt": 24.0,
        "pleats": 44.0,
        "dress": 62.0,
        "long_skirt": 50.0,
        "gown": 108.0,
        "wrap": 4.0,
        "robe": 26.0,
    }.get(kind, 30.0)
    if d.who.age == "child":
        hem = min(hem, f.crotch + 150) if kind in ("skirt", "pleats", "dress") else hem
    shape = _seated_skirt(d, wide, hem) if d.pose.sitting else _skirt(f, hem, wide)
    inside = _skirt_inside(d, main, hem, wide) + (_lap_light(d, main) if d.pose.sitting else [])
    parts += [path(shape, main, main.line), clipped("skirt", shape, inside), stroke(shape, main.line, 3.5)]
    return parts


def _lap_light(d: Dressed, main: Colour) -> list[str]:
    """What hangs from the knees is in shade; the lap is not."""
    f = d.frame
    knee = f.hip_y + 150 * f.reach
    wide = f.hip + 160
    front = (
        f"M {points((MIDDLE - wide, knee - 20))} Q "
        f"{points((MIDDLE - f.hip * 0.62, knee + 66), (MIDDLE, knee + 14))} Q "
        f"{points((MIDDLE + f.hip * 0.62, knee + 66), (MIDDLE + wide, knee - 20))} V {BOTTOM} H "
        f"{MIDDLE - wide:.1f} Z"
    )
    return [
        path(front, main.shadow),
        stroke(
            f"M {points((MIDDLE, knee + 14))} Q {points((MIDDLE + 5, knee - 30), (MIDDLE, f.hip_y + 10))}",
            main.line,
            3,
            alpha=0.5,
        ),
    ]


def _seated_legs(d: Dressed, tone: Colour, skin: Colour) -> list[str]:
    """Shins, and thighs that come towards us over them, lit from above."""
    bare = d.clothes.cut.bottom in ("shorts", "swim")
    limbs = body.legs(d.frame, d.pose, 0.0 if bare else 6.0)
    shins = body.solid(limbs[1::2], skin if bare else tone.mix(tone.shadow, 0.6))
    pelvis = _pelvis(d.frame)
    thighs = "".join(body.solid([thigh], tone) + _lap(thigh, tone) for thigh in limbs[::2])
    return [shins, path(pelvis, tone, tone.line), thighs]


def _lap(thigh: Capsule, tone: Colour) -> str:
    (_, _, knee, r) = thigh
    return stroke(
        f"M {points((knee[0] - r * 0.66, knee[1] + r * 0.1))} Q "
        f"{points((knee[0], knee[1] + r * 0.62), (knee[0] + r * 0.66, knee[1] + r * 0.1))}",
        tone.line,
        2.6,
        alpha=0.4,
    )


def _pelvis(f: Frame) -> str:
    x, w, h = MIDDLE + f.sway, f.waist + 4, f.hip + 4
    return (
        f"M {points((x - w, f.waist_y + 20))} C "
        f"{points((x - w, f.waist_y + 60), (x - h, f.hip_y - 50), (x - h, f.hip_y))} L "
        f"{points((x - h + 8, f.crotch - 10), (x, f.crotch + 24), (x + h - 8, f.crotch - 10), (x + h, f.hip_y))} "
        f"C {points((x + h, f.hip_y - 50), (x + w, f.waist_y + 60), (x + w, f.waist_y + 20))} Z"
    )


def _trousers(d: Dressed) -> list[Capsule]:
    return body.legs(d.frame, d.pose, 6.0)


def _crease(d: Dressed, tone: Colour) -> list[str]:
    f = d.frame
    if d.pose.sitting:
        return []
    x = MIDDLE + f.sway
    fly = f"M {points((x, f.hip_y - 30))} Q {points((x + 4, f.crotch - 10), (x, f.crotch + 40))}"
    knees = " ".join(
        (
            f"M "
            f"{points((MIDDLE + side * f.hip * 0.48 - 22, f.knee + 6 + d.folds.between(f'knee{side}', -14, 14)))} "
            f"q {points((20, 10), (38, -2))}"
        )
        for side in (-1, 1)
    )
    return [stroke(fly, tone.line, 2.8, alpha=0.6), stroke(knees, tone.line, 2.8, alpha=0.45)]


def _greaves(d: Dressed) -> list[str]:
    steel = d.clothes.main
    parts = []
    for a, ra, b, rb in body.legs(d.frame, d.pose, 8.0)[::2]:
        parts.append(body.solid([(between(a, b, 0.25), ra * 0.98, between(a, b, 0.78), rb * 1.02)], steel))
        parts.append(path(tapered(b, rb * 0.98, (b[0], b[1] + 10), rb * 0.9), steel.highlight, steel.line))
    return parts


def _skirt(f: Frame, hem: float, wide: float) -> str:
    x, w, h = MIDDLE + f.sway, f.waist + 3, f.hip + 5
    out = h + wide
    drop = min(14.0, wide * 0.4)
    return (
        f"M {points((x - w, f.waist_y + 14))} C "
        f"{points((x - w - 4, f.waist_y + 60), (x - h, f.hip_y - 44), (x - h - wide * 0.18, f.hip_y))} "
        f"L {points((x - out, hem - drop))} Q {points((x, hem + drop), (x + out, hem - drop))} L "
        f"{points((x + h + wide * 0.18, f.hip_y))} C "
        f"{points((x + h, f.hip_y - 44), (x + w + 4, f.waist_y + 60), (x + w, f.waist_y + 14))} Z"
    )


def _seated_skirt(d: Dressed, wide: float, hem: float) -> str:
    f = d.frame
    x, w = MIDDLE, f.waist + 3
    knee = f.hip_y + 196 * f.reach
    out = f.hip * 0.62 + f.thigh_r * 1.04 + 8 + wide * 0.24
    low = knee + 26 if hem < f.knee else min(BOTTOM, knee + (hem - f.knee) + 300)
    return (
        f"M {points((x - w, f.waist_y + 14))} C "
        f"{points((x - w - 6, f.waist_y + 70), (x - out, f.hip_y), (x - out, knee - 50))} L "
        f"{points((x - out + 4, low))} Q {points((x, low + 18), (x + out - 4, low))} L "
        f"{points((x + out, knee - 50))} C "
        f"{points((x + out, f.hip_y), (x + w + 6, f.waist_y + 70), (x + w, f.waist_y + 14))} Z"
    )


def _skirt_inside(d: Dressed, main: Colour, hem: float, wide: float) -> list[str]:
    f, kind = d.frame, d.clothes.cut.bottom
    x = MIDDLE + f.sway
    h = f.hip + wide
    parts = [
        path(
            f"M {points((x + f.waist * 0.55, f.waist_y))} Q "
            f"{points((x + f.hip * 0.6, f.hip_y + 60), (x + h * 0.72, hem + 20))} L "
            f"{points((x + h + 60, hem + 20), (x + h + 60, f.waist_y))} Z",
            main.shadow,
        )
    ]
    if kind in ("wrap", "robe"):
        parts.append(
            path(
                f"M {points((x + 14, f.waist_y))} Q {points((x - 24, f.hip_y + 100), (x - 34, BOTTOM))} H "
                f"{x - 12:.1f} Q {points((x - 2, f.hip_y + 100), (x + 34, f.waist_y))} Z",
                main.shadow,
                main.line,
                2.6,
            )
        )
        return parts + pattern(d, main, f.waist_y, BOTTOM)
    count = 7 if kind == "pleats" else 4
    for step in range(1, count):
        t = step / count * 2 - 1
        move = (
            d.folds.between(f"pleat{step}", -7, 7) if kind != "pleats" else d.folds.between(f"pleat{step}", -2.5, 2.5)
        )
        top = f.waist_y + 30 if kind in ("pleats", "gown", "dress") else f.hip_y - 10 + abs(t) * 30
        d_ = (
            f"M {points((x + t * f.hip * 0.75, top + 8))} Q "
            f"{points((x + t * f.hip * 0.95, f.hip_y + 40), (x + t * h * 0.96 + move, hem + 20))}"
        )
        parts.append(
            stroke(
                d_,
                main.shadow if kind == "gown" else main.line,
                6 if kind == "gown" else 2.8,
                alpha=0.7 if kind == "gown" else 0.5,
            )
        )
    if kind in ("pleats", "dress"):
        band = d.clothes.accent if kind == "pleats" else main.highlight
        drop = min(14.0, wide * 0.4)
        parts.append(
            stroke(
                f"M {points((x - h - 20, hem - drop - 20))} Q "
                f"{points((x, hem + drop - 20), (x + h + 20, hem - drop - 20))}",
                band,
                5,
                alpha=0.8,
            )
        )
    return parts + pattern(d, main, f.waist_y, hem)


def _stool(d: Dressed) -> str:
    wood, f = Colour(0.58, 0.05, 60), d.frame
    y = f.hip_y + 96
    wide = f.hip + 66
    legs = "".join(
        path(
            f"M {points((MIDDLE + side * (wide - 46), y + 20))} L "
            f"{points((MIDDLE + side * (wide - 16), BOTTOM))} h {side * 26} L "
            f"{points((MIDDLE + side * (wide - 12), y + 20))} Z",
            wood.shadow,
            wood.line,
        )
        for side in (-1, 1)
    )
    seat = (
        f"M {points((MIDDLE - wide, y))} q 0,-22 26,-22 H {MIDDLE + wide - 26:.1f} q 26,0 26,22 q "
        f"0,30 -26,30 H {MIDDLE - wide + 26:.1f} q -26,0 -26,-30 Z"
    )
    return legs + path(seat, wood, wood.line)
