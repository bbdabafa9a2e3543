"""Draws clothes on a body: what covers the legs, the trunk with its sleeves, and the forearms."""

from __future__ import annotations

from dataclasses import dataclass

from comfyvn.draft.art import body
from comfyvn.draft.art.body import MIDDLE, Capsule, Frame, Limb, between
from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.outfit import Clothes
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.pose import Pose
from comfyvn.draft.art.svg import Point, clipped, path, points, stroke, tapered

BOTTOM = body.CANVAS[1] + 40


@dataclass(frozen=True)
class Dressed:
    """Everything that the drawing of clothes needs to know."""

    who: Identity
    frame: Frame
    pose: Pose
    clothes: Clothes
    folds: Dice  # small things that a seed moves
    arms: tuple[Limb, Limb]

    @property
    def sleeve(self) -> Colour:
        return self.clothes.main if self.clothes.cut.bottom != "armour" else self.clothes.main.lighter(-0.06)


# --- below the waist -----------------------------------------------------------------------------------------------


def lower(d: Dressed) -> list[str]:
    cut, c, f = d.clothes.cut, d.clothes, d.frame
    kind = cut.bottom
    skin = Colour(0.36, 0.03, 280) if "tights" in cut.details else d.who.skin
    main = c.main if kind in ("dress", "gown", "wrap", "robe", "swim") else c.bottom
    parts = [_stool(d)] if d.pose.sitting else []
    if kind in ("trousers", "armour"):
        tone = main if kind == "trousers" else Colour(0.45, 0.03, 265)
        parts.append(body.outline(_trousers(d), tone.line) + path(_pelvis(f), tone, tone.line) + body.filled(_trousers(d), tone) + path(_pelvis(f), tone))
        parts += _crease(d, tone) if kind == "trousers" else _greaves(d)
        return parts
    parts.append(body.solid(body.legs(f, d.pose), skin))
    if kind in ("shorts", "swim"):
        short = [(a, ra + 7, between(a, b, 0.44), (ra + rb) / 2 + 6) for a, ra, b, rb in body.legs(f, d.pose)[::2]]
        parts.append(body.outline(short, main.line) + path(_pelvis(f), main, main.line) + body.filled(short, main) + path(_pelvis(f), main))
        return parts
    hem = {"skirt": f.crotch + 92, "pleats": f.crotch + 118, "dress": f.knee - 84, "long_skirt": f.knee + 14}.get(kind, BOTTOM)
    wide = {"skirt": 24.0, "pleats": 44.0, "dress": 62.0, "long_skirt": 50.0, "gown": 108.0, "wrap": 4.0, "robe": 26.0}.get(kind, 30.0)
    if d.who.age == "child":
        hem = min(hem, f.crotch + 150) if kind in ("skirt", "pleats", "dress") else hem
    shape = _seated_skirt(d, wide, hem) if d.pose.sitting else _skirt(f, hem, wide)
    parts += [path(shape, main, main.line), clipped("skirt", shape, _skirt_inside(d, main, hem, wide)), stroke(shape, main.line, 3.5)]
    return parts


def _pelvis(f: Frame) -> str:
    x, w, h = MIDDLE + f.sway, f.waist + 4, f.hip + 4
    return f"M {points((x - w, f.waist_y + 20))} C {points((x - w, f.waist_y + 60), (x - h, f.hip_y - 50), (x - h, f.hip_y))} L {points((x - h + 8, f.crotch - 10), (x, f.crotch + 24), (x + h - 8, f.crotch - 10), (x + h, f.hip_y))} C {points((x + h, f.hip_y - 50), (x + w, f.waist_y + 60), (x + w, f.waist_y + 20))} Z"


def _trousers(d: Dressed) -> list[Capsule]:
    return body.legs(d.frame, d.pose, 6.0)


def _crease(d: Dressed, tone: Colour) -> list[str]:
    f = d.frame
    if d.pose.sitting:
        return []
    x = MIDDLE + f.sway
    fly = f"M {points((x, f.hip_y - 30))} Q {points((x + 4, f.crotch - 10), (x, f.crotch + 40))}"
    knees = " ".join(f"M {points((MIDDLE + side * f.hip * 0.48 - 22, f.knee + 6 + d.folds.between(f'knee{side}', -14, 14)))} q {points((20, 10), (38, -2))}" for side in (-1, 1))
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
    return f"M {points((x - w, f.waist_y + 14))} C {points((x - w - 4, f.waist_y + 60), (x - h, f.hip_y - 44), (x - h - wide * 0.18, f.hip_y))} L {points((x - out, hem - drop))} Q {points((x, hem + drop), (x + out, hem - drop))} L {points((x + h + wide * 0.18, f.hip_y))} C {points((x + h, f.hip_y - 44), (x + w + 4, f.waist_y + 60), (x + w, f.waist_y + 14))} Z"


def _seated_skirt(d: Dressed, wide: float, hem: float) -> str:
    f = d.frame
    x, w = MIDDLE, f.waist + 3
    knee = f.hip_y + 196 * f.reach
    out = f.hip * 0.62 + f.thigh_r * 1.04 + 8 + wide * 0.24
    low = knee + 26 if hem < f.knee else min(BOTTOM, knee + (hem - f.knee) + 300)
    return f"M {points((x - w, f.waist_y + 14))} C {points((x - w - 6, f.waist_y + 70), (x - out, f.hip_y), (x - out, knee - 50))} L {points((x - out + 4, low))} Q {points((x, low + 18), (x + out - 4, low))} L {points((x + out, knee - 50))} C {points((x + out, f.hip_y), (x + w + 6, f.waist_y + 70), (x + w, f.waist_y + 14))} Z"


def _skirt_inside(d: Dressed, main: Colour, hem: float, wide: float) -> list[str]:
    f, kind = d.frame, d.clothes.cut.bottom
    x = MIDDLE + f.sway
    h = f.hip + wide
    parts = [path(f"M {points((x + h * 0.5, f.waist_y))} Q {points((x + h * 0.42, f.hip_y + 60), (x + h * 0.62, hem + 20))} L {points((x + h + 60, hem + 20), (x + h + 60, f.waist_y))} Z", main.shadow)]
    if kind in ("wrap", "robe"):
        parts.append(path(f"M {points((x + 14, f.waist_y))} Q {points((x - 24, f.hip_y + 100), (x - 34, BOTTOM))} H {x - 12:.1f} Q {points((x - 2, f.hip_y + 100), (x + 34, f.waist_y))} Z", main.shadow, main.line, 2.6))
        return parts + _pattern(d, main, f.waist_y, BOTTOM)
    count = 7 if kind == "pleats" else 4
    for step in range(1, count):
        t = step / count * 2 - 1
        move = d.folds.between(f"pleat{step}", -7, 7) if kind != "pleats" else d.folds.between(f"pleat{step}", -2.5, 2.5)
        top = f.waist_y + 30 if kind in ("pleats", "gown", "dress") else f.hip_y - 10 + abs(t) * 30
        d_ = f"M {points((x + t * f.hip * 0.75, top + 8))} Q {points((x + t * f.hip * 0.95, f.hip_y + 40), (x + t * h * 0.96 + move, hem + 20))}"
        parts.append(stroke(d_, main.shadow if kind == "gown" else main.line, 6 if kind == "gown" else 2.8, alpha=0.7 if kind == "gown" else 0.5))
    if kind in ("pleats", "dress"):
        band = d.clothes.accent if kind == "pleats" else main.highlight
        drop = min(14.0, wide * 0.4)
        parts.append(stroke(f"M {points((x - h - 20, hem - drop - 20))} Q {points((x, hem + drop - 20), (x + h + 20, hem - drop - 20))}", band, 5, alpha=0.8))
    return parts + _pattern(d, main, f.waist_y, hem)


def _stool(d: Dressed) -> str:
    wood, f = Colour(0.58, 0.05, 60), d.frame
    y = f.hip_y + 96
    wide = f.hip + 66
    legs = "".join(path(f"M {points((MIDDLE + side * (wide - 46), y + 20))} L {points((MIDDLE + side * (wide - 16), BOTTOM))} h {side * 26} L {points((MIDDLE + side * (wide - 12), y + 20))} Z", wood.shadow, wood.line) for side in (-1, 1))
    seat = f"M {points((MIDDLE - wide, y))} q 0,-22 26,-22 H {MIDDLE + wide - 26:.1f} q 26,0 26,22 q 0,30 -26,30 H {MIDDLE - wide + 26:.1f} q -26,0 -26,-30 Z"
    return legs + path(seat, wood, wood.line)


def _pattern(d: Dressed, main: Colour, top: float, low: float) -> list[str]:
    marks = d.clothes.cut.details
    tone = main.highlight if main.l < 0.85 else main.shadow
    if d.clothes.cut.bottom == "wrap" and not marks & {"stripes", "checks"}:
        marks = marks | {"dots"}
    if "stripes" in marks:
        lines = " ".join(f"M 100,{y} H 740" for y in range(int(top), int(low), 34))
        return [stroke(lines, d.clothes.accent if main.c < 0.03 else tone, 9, alpha=0.75)]
    if "checks" in marks:
        lines = " ".join([*(f"M 100,{y} H 740" for y in range(int(top), int(low), 40)), *(f"M {x},{int(top)} V {int(low)}" for x in range(216, 640, 40))])
        return [stroke(lines, tone, 5, alpha=0.6)]
    if "dots" in marks:
        spots = []
        for row, y in enumerate(range(int(top) + 20, int(low), 44)):
            spots += [path(f"M {x},{y} h 0.1", None, tone, 11, alpha=0.9) for x in range(216 + (row % 2) * 26, 640, 52)]
        return spots
    return []


# --- the trunk and its sleeves -------------------------------------------------------------------------------------


def _hem(d: Dressed) -> float:
    f = d.frame
    if d.pose.sitting and d.clothes.cut.length in ("long", "thigh"):
        return f.hip_y + 40
    return {"waist": f.waist_y + 16, "hip": f.hip_y - 4, "tucked": f.waist_y + 34, "thigh": f.crotch + 120, "long": f.knee + 20}[d.clothes.cut.length]


def trunk_path(d: Dressed) -> str:
    cut, f = d.clothes.cut, d.frame
    drop = {"v": 46.0, "strap": 44.0, "wrap": 60.0, "crew": 16.0, "shirt": 14.0, "lapel": 30.0}.get(cut.collar, 10.0)
    tank = cut.sleeve == "none"
    collar = f.chest * 0.56 if cut.collar == "strap" else None
    more = 12.0 if cut.straight else (8.0 if cut.length in ("long", "thigh") else 4.0)
    return body.torso(f, _hem(d), more=more, collar=collar, drop=drop, straight=cut.straight, tank=tank)


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
    parts.append(body.outline(cloth, main.line) + path(shape, main, main.line, 7) + body.filled(cloth, d.sleeve) + path(shape, main))
    parts.append(clipped("trunk", shape, _trunk_inside(d, main)))
    parts.append(_armpits(d, main))
    return parts


def _neck_shadow(d: Dressed) -> str:
    f, skin = d.frame, d.who.skin
    shade = f"M {points((MIDDLE - f.neck - 6, f.head + 60))} H {MIDDLE + f.neck + 6:.1f} L {points((MIDDLE + f.neck + 4, f.shoulder - 22))} Q {points((MIDDLE + 6, f.shoulder + 4), (MIDDLE - f.neck - 2, f.head + 118))} Z"
    bones = f"M {points((MIDDLE - 12, f.shoulder + 6))} q -24,-10 -46,-6 M {points((MIDDLE + 12, f.shoulder + 6))} q 24,-10 46,-6"
    return clipped("neck", body.neck(f), [path(shade, skin.shadow), stroke(bones, skin.line, 2.4, alpha=0.4)])


def _trunk_inside(d: Dressed, main: Colour) -> list[str]:
    f, low = d.frame, _hem(d) + 20
    w = f.hip + 30
    shade = f"M {points((MIDDLE + f.chest * 0.5, f.shoulder - 30))} C {points((MIDDLE + f.chest * 0.72, f.shoulder + 130), (MIDDLE + f.waist * 0.34 + f.sway, f.waist_y - 30), (MIDDLE + f.hip * 0.52 + f.sway, low))} L {points((MIDDLE + w + 60, low), (MIDDLE + w + 60, f.shoulder - 30))} Z"
    parts = [*_pattern(d, main, f.shoulder, low), path(shade, main.shadow, alpha=0.85 if _patterned(d) else 1.0)]
    for step in range(4):
        side = -1 if step % 2 else 1
        y = f.waist_y - 40 + step * 26 + d.folds.between(f"fold{step}", -14, 14)
        length = d.folds.between(f"fold length{step}", 26, 52)
        x = MIDDLE + side * (f.waist + 6) + f.sway * 0.6
        parts.append(stroke(f"M {points((x, y))} q {points((-side * length * 0.5, 7), (-side * length, 2))}", main.line, 2.8, alpha=0.4))
    if d.who.sex == "f" and d.who.age == "adult" and not d.clothes.cut.straight:
        y = f.shoulder + 124
        parts.append(stroke(f"M {points((MIDDLE - 66, y))} q 22,26 52,10 M {points((MIDDLE + 66, y))} q -22,26 -52,10", main.line, 2.6, alpha=0.28))
    return parts


def _patterned(d: Dressed) -> bool:
    return bool(d.clothes.cut.details & {"stripes", "checks", "dots"})


def _armpits(d: Dressed, main: Colour) -> str:
    f = d.frame
    if d.clothes.cut.sleeve == "none":
        return ""
    lines = " ".join(f"M {points((MIDDLE + side * (f.chest + 3), f.shoulder + 96))} q {points((-side * 3, -18), (side * 5, -34))}" for side in (-1, 1))
    return stroke(lines, main.line, 3, alpha=0.75)


# --- forearms ------------------------------------------------------------------------------------------------------


def forearm(d: Dressed, limb: Limb) -> list[str]:
    """Forearm with hand; the elbow is patched so that no arc cuts the sleeve."""
    f, skin, cut = d.frame, d.who.skin, d.clothes.cut
    fingers = body.hand(f, limb)
    glove = d.clothes.accent if "gloves" in cut.details else None
    parts = [body.solid(fingers, glove or (d.clothes.main.lighter(-0.1) if cut.bottom == "armour" else skin))] if fingers else []
    if fingers and not glove and limb.hand in ("relaxed", "flat", "grip", "fist") and cut.bottom != "armour":
        parts.append(_knuckles(limb, f, skin))
    bare = (limb.elbow, f.elbow_r, limb.wrist, f.wrist_r)
    if cut.sleeve in ("none", "short"):
        return [body.outline([bare], skin.line), *parts, body.filled([bare], skin), _patch(limb, f.elbow_r, skin)]
    more = 7.0 if cut.straight else 5.0
    if cut.sleeve == "rolled":
        end = between(limb.elbow, limb.wrist, 0.34)
        roll = (limb.elbow, f.elbow_r + more, end, f.elbow_r + 4)
        cuff = (between(limb.elbow, limb.wrist, 0.28), f.elbow_r + 6, end, f.elbow_r + 6)
        return [body.solid([bare], skin), *parts, body.solid([roll], d.sleeve), body.solid([cuff], d.sleeve.highlight), _patch(limb, f.elbow_r + more, d.sleeve)]
    if cut.sleeve == "wide":
        return [body.solid([bare], skin), *parts, _wide_sleeve(d, limb)]
    sleeve = (limb.elbow, f.elbow_r + more, between(limb.elbow, limb.wrist, 0.97), f.wrist_r + more)
    tail = between(limb.elbow, limb.wrist, 0.9)
    band = (tail, f.wrist_r + more + 1.5, between(limb.elbow, limb.wrist, 0.99), f.wrist_r + more + 1.5)
    trim = d.clothes.shirt if cut.inner else (d.sleeve.highlight if "brass" not in cut.details else d.clothes.accent)
    return [*parts, body.solid([sleeve], d.sleeve), body.solid([band], trim), _patch(limb, f.elbow_r + more, d.sleeve), _elbow_folds(d, limb)]


def _patch(limb: Limb, r: float, tone: Colour) -> str:
    """Covers the outline's arc at the elbow, from the upper arm's side."""
    ux, uy = limb.elbow[0] - limb.shoulder[0], limb.elbow[1] - limb.shoulder[1]
    length = max((ux * ux + uy * uy) ** 0.5, 1.0)
    inner = (limb.elbow[0] - ux / length * r * 0.9, limb.elbow[1] - uy / length * r * 0.9)
    return body.filled([(inner, r, limb.elbow, r)], tone)


def _elbow_folds(d: Dressed, limb: Limb) -> str:
    x, y = limb.elbow
    r = d.frame.elbow_r
    move = d.folds.between(f"elbow{limb.side}", -8, 8)
    return stroke(f"M {points((x - r * 0.7, y - 4 + move))} q {points((r * 0.6, 8), (r * 1.1, 0))} M {points((x - r * 0.5, y + 12 + move))} q {points((r * 0.4, 6), (r * 0.8, 0))}", d.sleeve.line, 2.6, alpha=0.45)


def _wide_sleeve(d: Dressed, limb: Limb) -> str:
    f, tone = d.frame, d.sleeve
    (ex, ey), (wx, wy) = limb.elbow, between(limb.elbow, limb.wrist, 0.9)
    r = f.elbow_r + 8
    lean = 10 if wx >= ex else -10
    low = max(ey, wy) + 120 * f.reach
    up = -1 if wy < ey - 40 else 1
    mouth_low: Point = (wx + lean * 0.6, low - 12) if up > 0 else (wx + limb.side * 34, wy + 130 * f.reach)
    d_ = f"M {points((ex - limb.side * r * 0.9, ey - r * 0.6))} L {points((wx - limb.side * 4, wy - r))} Q {points((wx + lean, wy), mouth_low)} Q {points(((ex + wx) / 2, low + 12), (ex - lean * 0.6, low - 30))} Q {points((ex + limb.side * r * 1.2, ey + 30), (ex + limb.side * r, ey - r * 0.3))} Z"
    inside = [path(f"M {points((ex - 60, low - 46))} H {max(ex, wx) + 70:.1f} V {low + 30:.1f} H {min(ex, wx) - 70:.1f} Z", tone.shadow)]
    trim = stroke(f"M {points((wx - limb.side * 4, wy - r))} Q {points((wx + lean, wy), mouth_low)}", d.clothes.accent, 7)
    return path(d_, tone, tone.line) + clipped(f"wide{limb.side + 1}", d_, [*inside, trim]) + stroke(d_, tone.line, 3.5)


def _knuckles(limb: Limb, f: Frame, skin: Colour) -> str:
    import math

    a = math.radians(limb.angle)
    scale = f.wrist_r / 15.5
    x, y = limb.wrist[0] + math.cos(a) * 40 * scale, limb.wrist[1] + math.sin(a) * 40 * scale
    return stroke(f"M {points((x, y))} l {points((math.cos(a) * 13, math.sin(a) * 13))}", skin.line, 2.2, alpha=0.5)
