"""A figure as the drawing of clothes sees it, and what several garments share."""

from __future__ import annotations

from dataclasses import dataclass

from comfyvn.draft.art import body
from comfyvn.draft.art.body import Frame, Limb
from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.outfit import Clothes
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.pose import Pose
from comfyvn.draft.art.svg import path, stroke

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


def pattern(d: Dressed, main: Colour, top: float, low: float) -> list[str]:
    marks = d.clothes.cut.details
    tone = main.highlight if main.l < 0.85 else main.shadow
    if d.clothes.cut.bottom == "wrap" and not marks & {"stripes", "checks"}:
        marks = marks | {"dots"}
    if "stripes" in marks:
        lines = " ".join(f"M 100,{y} H 740" for y in range(int(top), int(low), 34))
        return [stroke(lines, d.clothes.accent if main.c < 0.03 else tone, 9, alpha=0.75)]
    if "checks" in marks:
        lines = " ".join(
            [
                *(f"M 100,{y} H 740" for y in range(int(top), int(low), 40)),
                *(f"M {x},{int(top)} V {int(low)}" for x in range(216, 640, 40)),
            ]
        )
        return [stroke(lines, tone, 5, alpha=0.6)]
    if "dots" in marks:
        spots = []
        for row, y in enumerate(range(int(top) + 20, int(low), 44)):
            spots += [path(f"M {x},{y} h 0.1", None, tone, 11, alpha=0.9) for x in range(216 + (row % 2) * 26, 640, 52)]
        return spots
    return []


def hem_of(d: Dressed) -> float:
    f = d.frame
    if d.pose.sitting and d.clothes.cut.length in ("long", "thigh"):
        return f.hip_y + 40
    return {
        "waist": f.waist_y + 16,
        "hip": f.hip_y - 4,
        "tucked": f.waist_y + 34,
        "thigh": f.crotch + 120,
        "long": f.knee + 20,
    }[d.clothes.cut.length]


def is_patterned(d: Dressed) -> bool:
    return bool(d.clothes.cut.details & {"stripes", "checks", "dots"})


BRASS = Colour(0.8, 0.12, 85)
