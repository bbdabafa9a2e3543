"""Puts a figure together: who it is, how it stands, what it wears and what its face says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image, ImageChops

from comfyvn.draft.art import body, face, face_marks, garments, hair, items, layers, legwear, sleeves, svg, trims
from comfyvn.draft.art.body import CANVAS, MIDDLE
from comfyvn.draft.art.dice import Dice
from comfyvn.draft.art.dressed import Dressed
from comfyvn.draft.art.expression import Expression, read_expression
from comfyvn.draft.art.face import FACE_BOX
from comfyvn.draft.art.head import Head
from comfyvn.draft.art.headwear import draw_headwear
from comfyvn.draft.art.identity import identify
from comfyvn.draft.art.outfit import dress
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.pose import read_pose

HEM = Colour(0.6, 0.04, 320)
"""Multiplied with what it crosses, about the tone of an outline."""


@dataclass(frozen=True)
class Figure:
    """One sprite in words. `seed` moves folds and the hem line, never the face or the hair; `size` is in pixels."""

    subject: str
    outfit: str = ""
    pose: str = ""
    expression: str = ""
    references: tuple[str, ...] = ()
    seed: int = 0
    size: tuple[int, int] = (832, 1216)


def draw_figure(figure: Figure) -> Image.Image:
    """The figure on a transparent canvas (RGBA), cut off at the bottom edge, along which runs a fine dashed line."""
    return _hemmed(draw_uncut(figure), figure)


def draw_uncut(figure: Figure) -> Image.Image:
    """The figure without its dashed line, for a picture that goes on below it."""
    return svg.render(figure_parts(figure), CANVAS, figure.size)


def face_box(figure: Figure) -> tuple[float, float, float, float]:
    """x, y, width, height of all that an expression may change, as fractions of the canvas, with room to feather."""
    dressed, _ = _posed(figure)
    scale, left, top = _fit(figure.size)
    x, y, w, h = FACE_BOX
    width, height = figure.size
    return (
        (left + (MIDDLE + x) * scale) / width,
        (top + (dressed.frame.head + y) * scale) / height,
        w * scale / width,
        h * scale / height,
    )


def _fit(size: tuple[int, int]) -> tuple[float, float, float]:
    """Scale and offset of the drawing on a canvas: centred, standing on the bottom edge."""
    scale = min(size[0] / CANVAS[0], size[1] / CANVAS[1])
    return scale, (size[0] - CANVAS[0] * scale) / 2, size[1] - CANVAS[1] * scale


def _posed(figure: Figure) -> tuple[Dressed, Head]:
    who = identify(figure.subject, figure.references)
    pose = read_pose(figure.pose)
    frame = body.build(who, pose)
    clothes = dress(figure.outfit, who.sex, who.age)
    arms = (body.place_arm(frame, pose.left, -1), body.place_arm(frame, pose.right, 1))
    folds = Dice(f"folds\x1f{figure.seed}")
    return Dressed(who, frame, pose, clothes, folds, arms), Head(who, pose.turn)


def figure_parts(figure: Figure) -> list[str]:
    """The drawing in canvas units, back to front."""
    d, head = _posed(figure)
    mood = read_expression(figure.expression)
    accent = d.who.accent
    parts: list[str] = []
    if d.pose.item == "umbrella":
        parts += items.draw_canopy(_holding_hand(d), accent)
    parts += layers.behind(d)
    parts.append(_in_head_space(d, hair.behind(head)))
    for limb in d.arms:
        if limb.behind:
            parts += sleeves.forearm(d, limb)
    parts += legwear.lower(d)
    parts += garments.trunk(d)
    parts += trims.trims(d)
    parts.append(_in_head_space(d, _head(head, mood, d)))
    parts += _front_arms(d, accent)
    return parts


def _head(head: Head, mood: Expression, d: Dressed) -> list[str]:
    hat = d.clothes.hat or d.who.hat
    colour = d.clothes.hat_colour if d.clothes.hat else _hat_colour(head)
    worn = replace(head, who=replace(head.who, hat=hat))
    return [
        *hair.over_shoulder(worn),
        *face.draw_head(worn),
        hair.shadow_on_face(worn),
        *face_marks.draw_beard(worn),
        *face.draw_features(worn, mood),
        *face_marks.draw_moustache(worn),
        *hair.front(worn),
        *face.draw_brows(worn, mood),
        *face_marks.draw_over_eyes(worn),
        *draw_headwear(worn, hat, colour),
    ]


def _hat_colour(head: Head) -> Colour:
    return Colour(0.4, 0.06, head.who.accent.h) if head.who.hat in ("sailor", "wide", "witch") else head.who.accent


def _in_head_space(d: Dressed, parts: list[str]) -> str:
    return svg.group(parts, f"translate({MIDDLE:.0f} {d.frame.head:.1f})")


def _holding_hand(d: Dressed) -> tuple[float, float]:
    return d.arms[1].wrist if d.pose.right.hand == "grip" else d.arms[0].wrist


def _front_arms(d: Dressed, accent: Colour) -> list[str]:
    left, right = d.arms
    both = d.pose.left.hand == "grip" and d.pose.right.hand == "grip"
    parts: list[str] = []
    if d.pose.item:
        at = (
            ((left.wrist[0] + right.wrist[0]) / 2, (left.wrist[1] + right.wrist[1]) / 2 - 6)
            if both
            else _hand_middle(d)
        )
        parts += items.draw_item(d.pose.item, at, accent)
    for limb in d.arms:
        if not limb.behind:
            parts += sleeves.forearm(d, limb)
    return parts


def _hand_middle(d: Dressed) -> tuple[float, float]:
    limb = d.arms[1] if d.pose.right.hand == "grip" else d.arms[0]
    return body.hand(d.frame, limb)[0][2] if limb.hand != "hidden" else limb.wrist


# --- the hem -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _dashes(size: tuple[int, int], phase: int) -> Image.Image:
    """A mask of the dashed line; `phase` shifts it by up to one dash."""
    dashes = " ".join(f"M {x},{CANVAS[1] - 11:.0f} h 13" for x in range(phase - 24, int(CANVAS[0]) + 24, 24))
    return svg.render([svg.stroke(dashes, Colour(0.99, 0.0, 0), 3.2, alpha=0.75)], CANVAS, size).getchannel("A")


def _hemmed(image: Image.Image, figure: Figure) -> Image.Image:
    """`image` with dashes in a darker tone of what they lie on; its outline stays as it is."""
    alpha = image.getchannel("A")
    darker = ImageChops.multiply(image.convert("RGB"), Image.new("RGB", image.size, HEM.hex))
    line = Image.merge("RGBA", (*darker.split(), alpha))
    return Image.composite(line, image, _dashes(figure.size, figure.seed % 24))
