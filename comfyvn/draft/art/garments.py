"""Draws a garment on the trunk, with the upper arms and the neck."""

from __future__ import annotations

from comfyvn.draft.art import body
from comfyvn.draft.art.body import MIDDLE, Capsule, Limb, between
from comfyvn.draft.art.dressed import Dressed, hem_of, is_patterned, pattern
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.svg import clipped, path, points, stroke


def trunk_path(d: Dressed) -> str:
    cut, f = d.clothes.cut, d.frame
    drop = {"v": 46.0, "strap": 44.0, "wrap": 60.0, "crew": 16.0, "shirt": 14.0, "lapel": 30.0}.get(cut.collar, 10.0)
    tank = cut.sleeve == "none"
    collar = f.chest * 0.56 if cut.collar == "strap" else None
    more = 12.0 if cut.straight else (8.0 if cut.length in ("long", "thigh") else 4.0)
    return body.torso(f, hem_of(d), more=more, collar=collar, drop=drop, straight=cut.straight, tank=tank)


def _sleeved(d: Dressed, limb: Limb) -> list[Capsule]:
    """What of an upper arm is under cloth."""
    sleeve, f = d.clothes.cut.sleeve, d.frame
    whole = body.upper_arm(f, limb, 7.0 if d.clothes.cut.straight else 5.0)
    if sleeve == "none":
        return []
    if sleeve == "short":
        a, ra, b, rb = whole
        return [(a, ra, between(a, b, 0.5), (ra + rb) / 2 + 3)]
    return [whole]


def trunk(d: Dressed) -> list[str]:
    """Trunk and upper arms with one outline round them all, so that no seam cuts the shoulder."""
    main, skin, shape = d.clothes.main, d.who.skin, trunk_path(d)
    bare = [body.upper_arm(d.frame, limb) for limb in d.arms]
    cloth = [capsule for limb in d.arms for capsule in _sleeved(d, limb)]
    covered = d.clothes.cut.sleeve not in ("none", "short")
    parts = []
    if not covered:
        parts.append(body.solid(bare, skin))
        parts.append(path(body.neck(d.frame), skin, skin.line))
        parts.append(body.filled(bare, skin))
    else:
        parts.append(path(body.neck(d.frame), skin, skin.line))
    parts.append(path(body.neck(d.frame), skin))
    parts.append(_neck_shadow(d))
    parts.append(
        body.outline(cloth, main.line)
        + path(shape, main, main.line, 7)
        + body.filled(cloth, d.sleeve)
        + path(shape, main)
    )
    parts.append(clipped("trunk", shape, _trunk_inside(d, main)))
    parts.append(_armpits(d, main))
    return parts


def _neck_shadow(d: Dressed) -> str:
    f, skin = d.frame, d.who.skin
    shade = (
        f"M {points((MIDDLE - f.neck - 6, f.head + 60))} H {MIDDLE + f.neck + 6:.1f} L "
        f"{points((MIDDLE + f.neck + 4, f.shoulder - 22))} Q "
        f"{points((MIDDLE + 6, f.shoulder + 4), (MIDDLE - f.neck - 2, f.head + 118))} Z"
    )
    bones = (
        f"M {points((MIDDLE - 12, f.shoulder + 6))} q -24,-10 -46,-6 M "
        f"{points((MIDDLE + 12, f.shoulder + 6))} q 24,-10 46,-6"
    )
    return clipped("neck", body.neck(f), [path(shade, skin.shadow), stroke(bones, skin.line, 2.4, alpha=0.4)])


def _trunk_inside(d: Dressed, main: Colour) -> list[str]:
    f, low = d.frame, hem_of(d) + 20
    w = f.hip + 30
    shade = (
        f"M {points((MIDDLE + f.chest * 0.7, f.shoulder - 30))} C "
        f"{points((MIDDLE + f.chest * 0.95, f.shoulder + 130), (MIDDLE + f.waist * 0.5 + f.sway, f.waist_y - 40))} "
        f"{points((MIDDLE + f.hip * 0.7 + f.sway, low))} "
        f"L {points((MIDDLE + w + 60, low), (MIDDLE + w + 60, f.shoulder - 30))} Z"
    )
    parts = [*pattern(d, main, f.shoulder, low), path(shade, main.shadow, alpha=0.85 if is_patterned(d) else 1.0)]
    for step in range(4):
        side = -1 if step % 2 else 1
        y = f.waist_y - 40 + step * 26 + d.folds.between(f"fold{step}", -14, 14)
        length = d.folds.between(f"fold length{step}", 26, 52)
        x = MIDDLE + side * (f.waist + 6) + f.sway * 0.6
        parts.append(
            stroke(
                f"M {points((x, y))} q {points((-side * length * 0.5, 7), (-side * length, 2))}",
                main.line,
                2.8,
                alpha=0.4,
            )
        )
    if d.who.sex == "f" and d.who.age == "adult" and not d.clothes.cut.straight:
        y = f.shoulder + 124
        parts.append(
            stroke(
                f"M {points((MIDDLE - 66, y))} q 22,26 52,10 M {points((MIDDLE + 66, y))} q -22,26 -52,10",
                main.line,
                2.6,
                alpha=0.28,
            )
        )
    return parts


def _armpits(d: Dressed, main: Colour) -> str:
    f = d.frame
    if d.clothes.cut.sleeve == "none":
        return ""
    lines = " ".join(
        f"M {points((MIDDLE + side * (f.chest + 3), f.shoulder + 96))} q {points((-side * 3, -18), (side * 5, -34))}"
        for side in (-1, 1)
    )
    return stroke(lines, main.line, 3, alpha=0.75)
