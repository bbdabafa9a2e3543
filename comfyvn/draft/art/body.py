"""The build of a body, its limbs and hands, in canvas units (832 wide, 1216 high, cut above the feet)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.pose import Arm, Pose
from comfyvn.draft.art.svg import Point, path, points, tapered

CANVAS = (832.0, 1216.0)
MIDDLE = 416.0

Capsule = tuple[Point, float, Point, float]


@dataclass(frozen=True)
class Frame:
    """Heights are canvas y; widths are half widths, measured from the middle."""

    head: float  # y of the middle of the head
    shoulder: float  # y
    neck: float
    span: float  # to the outer end of the shoulder
    chest: float
    waist: float
    hip: float
    waist_y: float
    hip_y: float
    crotch: float
    knee: float
    reach: float  # length of the arms, 1 for an adult
    upper_r: float
    elbow_r: float
    wrist_r: float
    thigh_r: float
    knee_r: float
    sway: float

    @property
    def joint(self) -> Point:
        """The shoulder joint, as (distance from the middle, y)."""
        return self.span - self.upper_r * 0.78, self.shoulder + self.upper_r * 0.9


def build(who: Identity, pose: Pose) -> Frame:
    """Elegant proportions: 6.7 heads for adults, 6.3 for teens, 5.3 for children; every head is the same size."""
    child, male = who.age == "child", who.sex == "m"
    teen = who.age == "teen"
    head = 232.0 if child else 214.0 - 11 * who.height
    chin = head + (110 if child else 114)
    shoulder = chin + (52 if child else 62)
    span, chest, waist, hip = (148.0, 118.0, 101.0, 104.0) if male else (117.0, 93.0, 71.0, 108.0)
    arms = (33.0, 27.0, 19.0) if male else (26.0, 21.5, 15.0)
    if teen:
        span, chest, waist, hip = span * 0.94, chest * 0.94, waist * 0.95, hip * 0.94
        arms = (arms[0] * 0.92, arms[1] * 0.92, arms[2] * 0.95)
    if child:
        span, chest, waist, hip, arms = 92.0, 76.0, 70.0, 80.0, (23.0, 19.0, 14.0)
    wide = {"slim": 0.94, "average": 1.0, "broad": 1.08, "heavy": 1.16}[who.build]
    belly = {"slim": 0.95, "average": 1.0, "broad": 1.06, "heavy": 1.36}[who.build]
    long = 0.82 if child else (0.95 if teen else 1.0 + 0.03 * who.height)
    return Frame(
        head=head,
        shoulder=shoulder,
        neck=22.0 if child else (37.0 * wide if male else 26.0),
        span=span * wide,
        chest=chest * wide,
        waist=waist * belly,
        hip=hip * (wide + belly) / 2,
        waist_y=shoulder + 232 * long,
        hip_y=shoulder + 338 * long,
        crotch=shoulder + 408 * long,
        knee=shoulder + (590 if child else 745 * long),
        reach=0.78 if child else (0.94 if teen else 1.0),
        upper_r=arms[0] * wide,
        elbow_r=arms[1] * wide,
        wrist_r=arms[2] * (wide + 1) / 2,
        thigh_r=(40 if child else 58 if male else 55) * (wide + belly) / 2,
        knee_r=(28 if child else 38 if male else 33) * wide,
        sway=pose.sway,
    )


@dataclass(frozen=True)
class Limb:
    """An arm in place: canvas points."""

    side: int
    shoulder: Point
    elbow: Point
    wrist: Point
    hand: str
    behind: bool
    angle: float  # of the hand, in degrees on the canvas


def place_arm(frame: Frame, arm: Arm, side: int) -> Limb:
    jx, jy = frame.joint
    shoulder = (MIDDLE + side * jx, jy)
    # hands that meet before the body stay where they are on it, whatever the build: x scales with the shoulders
    inward = jx / 97.0

    def spot(at: Point) -> Point:
        x = at[0] * (inward if at[0] < 0 else frame.reach)
        return shoulder[0] + side * x, shoulder[1] + at[1] * frame.reach

    elbow, wrist = spot(arm.elbow), spot(arm.wrist)
    if arm.angle is None:
        angle = math.degrees(math.atan2(wrist[1] - elbow[1], wrist[0] - elbow[0]))
    else:
        angle = arm.angle if side > 0 else 180 - arm.angle
    return Limb(side, shoulder, elbow, wrist, arm.hand, arm.behind, angle)


def between(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def outline(capsules: Iterable[Capsule], line: Colour, width: float = 7.0) -> str:
    return "".join(path(tapered(*capsule), line, line, width) for capsule in capsules)


def filled(capsules: Sequence[Capsule], fill: Colour) -> str:
    """Round shapes in the shadow tone with a lit side towards the upper left."""
    shade = "".join(path(tapered(*capsule), fill.shadow) for capsule in capsules)
    lit = "".join(
        path(
            tapered((a[0] - ra * 0.14, a[1] - ra * 0.06), ra * 0.86, (b[0] - rb * 0.14, b[1] - rb * 0.06), rb * 0.86),
            fill,
        )
        for a, ra, b, rb in capsules
    )
    return shade + lit


def solid(capsules: Sequence[Capsule], fill: Colour) -> str:
    """One shape with one outline, however many parts."""
    return outline(capsules, fill.line) + filled(capsules, fill)


def upper_arm(frame: Frame, limb: Limb, more: float = 0.0) -> Capsule:
    return limb.shoulder, frame.upper_r + more, limb.elbow, frame.elbow_r + more


def fore_arm(frame: Frame, limb: Limb, more: float = 0.0) -> Capsule:
    return limb.elbow, frame.elbow_r + more, limb.wrist, frame.wrist_r + more


_HANDS: dict[str, tuple[tuple[float, float, float, float, float, float], ...]] = {
    # capsules (x, y, r, x, y, r) in a frame where x runs from the wrist to the fingertips and the thumb is at −y
    "relaxed": ((4, 0, 14, 24, 2, 17), (26, 6, 13, 56, 8, 7), (28, -4, 11, 60, -3, 6), (12, -10, 8, 38, -19, 5)),
    "flat": ((4, 0, 14, 26, 0, 16), (28, 5, 11, 62, 5, 7), (28, -5, 11, 66, -3, 7), (12, -10, 8, 38, -20, 5)),
    "open": (
        (4, 0, 14, 28, 0, 18), (32, 13, 7.5, 58, 22, 5.5), (36, 5, 7.5, 68, 8, 5.5), (36, -4, 7.5, 70, -6, 5.5),
        (32, -12, 7.5, 62, -20, 5.5), (14, -12, 8, 34, -34, 5.5),
    ),
    "fist": ((4, 0, 14, 26, 0, 20), (30, -12, 9, 34, 12, 9), (18, -16, 7, 32, -8, 7)),
    "grip": ((4, 0, 14, 24, 0, 18), (26, -12, 9, 30, 12, 9), (16, -14, 8, 30, -14, 7)),
    "point": ((4, 0, 14, 26, 2, 18), (34, -8, 8, 72, -9, 5.5), (32, 6, 9, 32, 14, 8), (16, -10, 8, 32, 2, 7)),
    "peace": (
        (4, 0, 14, 26, 2, 18), (34, -10, 7.5, 74, -22, 5.5), (36, 0, 7.5, 76, 6, 5.5), (32, 10, 8, 30, 16, 7),
        (14, -8, 8, 32, 6, 7),
    ),
}  # fmt: skip


def hand(frame: Frame, limb: Limb) -> list[Capsule]:
    """The capsules of a hand at the end of the limb; thumbs point to the body's middle line or up."""
    if limb.hand == "hidden":
        return []
    scale = frame.wrist_r / 15.5 * (1.02 if frame.wrist_r > 17 else 1.12)
    turn = math.radians(limb.angle)
    cos, sin = math.cos(turn), math.sin(turn)
    flip = limb.side  # mirrored hands
    if limb.hand in ("open", "peace", "point"):
        flip = limb.side if sin < 0 else -limb.side

    def spot(x: float, y: float) -> Point:
        y *= flip
        return limb.wrist[0] + scale * (x * cos - y * sin), limb.wrist[1] + scale * (x * sin + y * cos)

    return [(spot(x1, y1), r1 * scale, spot(x2, y2), r2 * scale) for x1, y1, r1, x2, y2, r2 in _HANDS[limb.hand]]


def leg(frame: Frame, side: int, more: float = 0.0) -> list[Capsule]:
    """Thigh and shin of a standing leg."""
    x = MIDDLE + frame.sway
    hip = (x + side * frame.hip * 0.5, frame.crotch - 18)
    knee = (MIDDLE + frame.sway * 0.5 + side * frame.hip * 0.48, frame.knee)
    ankle = (MIDDLE + side * frame.hip * 0.5, frame.knee + 360)
    return [
        (hip, frame.thigh_r + more, knee, frame.knee_r + more),
        (knee, frame.knee_r + more, ankle, frame.knee_r * 0.62 + more),
    ]


def seat_leg(frame: Frame, side: int, more: float = 0.0) -> list[Capsule]:
    """A thigh that comes towards the viewer, and its shin."""
    hip = (MIDDLE + side * frame.hip * 0.5, frame.hip_y + 20)
    knee = (MIDDLE + side * frame.hip * 0.62, frame.hip_y + 172 * frame.reach)
    ankle = (MIDDLE + side * frame.hip * 0.56, frame.hip_y + 640)
    return [
        (hip, frame.thigh_r + more, knee, frame.thigh_r * 1.04 + more),
        (knee, frame.thigh_r * 0.94 + more, ankle, frame.knee_r * 0.66 + more),
    ]


def legs(frame: Frame, pose: Pose, more: float = 0.0) -> list[Capsule]:
    one = seat_leg if pose.sitting else leg
    return [*one(frame, -1, more), *one(frame, 1, more)]


def neck(frame: Frame) -> str:
    """Path data of the neck and the top of the chest."""
    n, y = frame.neck, frame.shoulder
    return (
        f"M {points((MIDDLE - n, frame.head + 70))} L {points((MIDDLE - n - 2, y - 34))} Q "
        f"{points((MIDDLE - n - 10, y - 16), (MIDDLE - frame.span + 20, y - 2))} "
        f"L {points((MIDDLE - frame.chest, y + 70))} H {MIDDLE + frame.chest:.1f} L "
        f"{points((MIDDLE + frame.span - 20, y - 2))} "
        f"Q {points((MIDDLE + n + 10, y - 16), (MIDDLE + n + 2, y - 34))} L {points((MIDDLE + n, frame.head + 70))} Z"
    )


def torso(
    frame: Frame,
    hem: float,
    *,
    more: float = 0.0,
    collar: float | None = None,
    drop: float = 18.0,
    straight: bool = False,
    tank: bool = False,
) -> str:
    """Path data of a garment from the shoulders to the canvas height `hem`.

    `more` widens it, `collar` is the half width of the neckline and `drop` its depth; `straight` ignores the waist;
    `tank` leaves the shoulders bare.
    """
    m, y = MIDDLE, frame.shoulder
    n = (frame.neck + 7) if collar is None else collar
    top = y - 24 + max(0.0, (n - frame.neck - 7) * 0.18)
    chest, hip = frame.chest + more, frame.hip + more
    waist = max(frame.waist + more, (chest + hip) / 2 - 4) if straight else frame.waist + more
    s, hx = frame.sway * 0.4, frame.sway

    def half(side: int) -> list[Point]:
        return [
            (m + side * n, top),
            (m + side * (frame.span - (46 if tank else 16)), y - (10 if tank else 4)),
            (m + side * (frame.span + (-44 if tank else more * 0.5 + 2)), y + (40 if tank else 4)),
            (m + side * (frame.chest - 6 if tank else frame.span + more * 0.5), y + (76 if tank else 44)),
            (m + side * chest, y + 92),
            (m + side * (chest - 2), y + 150),
            (m + side * waist + s, frame.waist_y - 54),
            (m + side * waist + s, frame.waist_y),
            (m + side * waist + hx, frame.waist_y + 46),
            (m + side * hip + hx, frame.hip_y - 56),
            (m + side * hip + hx, frame.hip_y),
        ]

    right, left = half(1), half(-1)
    flare = (hem - frame.hip_y) * 0.05 if hem > frame.hip_y else 0.0
    if hem <= frame.waist_y + 20:
        right, left = right[:8], left[:8]
        end_r, end_l = (right[7][0], hem), (left[7][0], hem)
    else:
        end_r, end_l = (right[10][0] + flare, max(hem, frame.hip_y)), (left[10][0] - flare, max(hem, frame.hip_y))
    d = f"M {points(left[0])} Q {points((m, top + drop * 2), right[0])} {_flank(right)} L {points(end_r)} "
    d += f"Q {points(((end_r[0] + end_l[0]) / 2, end_r[1] + 12), end_l)} "
    return d + _back(left) + " Z"


def _flank(p: Sequence[Point]) -> str:
    d = f"L {points(p[1])} Q {points(p[2], p[3])} L {points(p[4])} C {points(p[5], p[6], p[7])}"
    return d + (f" C {points(p[8], p[9], p[10])}" if len(p) > 8 else "")


def _back(p: Sequence[Point]) -> str:
    d = f"L {points(p[10])} C {points(p[9], p[8], p[7])} " if len(p) > 8 else f"L {points(p[7])} "
    return d + f"C {points(p[6], p[5], p[4])} L {points(p[3])} Q {points(p[2], p[1])}"
