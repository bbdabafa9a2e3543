"""The shape of a head, in head units: (0, 0) is its middle, it is 230 high, x grows to the viewer's right."""

from __future__ import annotations

from dataclasses import dataclass

from comfyvn.draft.art.identity import Identity
from comfyvn.draft.art.svg import points

EYE_Y, BROW_Y, NOSE_Y, MOUTH_Y = 24.0, -17.0, 52.0, 81.0
EYE_X = 37.0

_CONTOURS = {  # half width of cheek, of jaw, of chin, height of the chin
    "oval": (80.0, 55.0, 12.0, 114.0),
    "round": (84.0, 64.0, 20.0, 110.0),
    "heart": (82.0, 49.0, 5.0, 115.0),
    "square": (80.0, 64.0, 26.0, 113.0),
    "long": (76.0, 55.0, 15.0, 119.0),
}


@dataclass(frozen=True)
class Head:
    """A face ready to draw; `turn` is −1 (to the viewer's left), 0 or 1."""

    who: Identity
    turn: int = 0

    @property
    def shift(self) -> float:
        return 8.0 * self.turn

    @property
    def contour(self) -> str:
        return _contour(self.who, self.shift)

    @property
    def chin(self) -> float:
        return _measures(self.who)[3]

    @property
    def cheek(self) -> float:
        return _measures(self.who)[0]


def _measures(who: Identity) -> tuple[float, float, float, float]:
    cheek, jaw, chin, low = _CONTOURS[who.head]
    if who.sex == "m" and who.age != "child":
        jaw, chin = jaw + 3, chin + 6
    if who.age == "child":
        cheek, jaw, low = cheek + 3, jaw + 2, low - 6
    if who.build == "heavy":
        jaw, chin = jaw + 7, chin + 8
    return cheek, jaw, chin, low


def _contour(who: Identity, shift: float) -> str:
    cheek, jaw, chin, low = _measures(who)
    x = shift * 0.8
    return (
        f"M {points((-cheek, -15))} "
        f"C {points((-cheek, 22), (-cheek + 2 + x * 0.2, 50), (-jaw + x * 0.5, 78))} "
        f"C {points((-jaw + 11 + x, 98), (-chin - 8 + x, low), (x, low))} "
        f"C {points((chin + 8 + x, low), (jaw - 11 + x, 98), (jaw + x * 0.5, 78))} "
        f"C {points((cheek - 2 + x * 0.2, 50), (cheek, 22), (cheek, -15))} "
        f"C {points((cheek, -82), (47, -115), (0, -115))} C {points((-47, -115), (-cheek, -82), (-cheek, -15))} Z"
    )
