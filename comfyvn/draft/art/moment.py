"""Time of day and weather as light: the same place in another moment has the same shapes in other tones."""

from __future__ import annotations

from dataclasses import dataclass

from comfyvn.draft.art.palette import Colour
from comfyvn.draft.art.words import first, says

TIMES = {
    "dawn": "dawn", "sunrise": "dawn", "early morning": "dawn", "daybreak": "dawn", "first light": "dawn",
    "day": "day", "daytime": "day", "noon": "day", "midday": "day", "morning": "day", "afternoon": "day",
    "sunny": "day", "daylight": "day", "bright": "day", "fading daylight": "dusk", "fading light": "dusk",
    "dusk": "dusk", "sunset": "dusk", "evening": "dusk", "twilight": "dusk", "golden hour": "dusk",
    "late afternoon": "dusk", "nightfall": "dusk", "night": "night", "midnight": "night", "nighttime": "night",
    "moonlight": "night", "moonlit": "night", "starry": "night", "stars": "night", "dark": "night",
    "late night": "night",
}  # fmt: skip
WEATHERS = {
    "rain": "rain", "rainy": "rain", "raining": "rain", "drizzle": "rain", "wet": "rain", "downpour": "rain",
    "storm": "storm", "stormy": "storm", "thunder": "storm", "thunderstorm": "storm", "gale": "storm",
    "lightning": "storm", "tempest": "storm", "snow": "snow", "snowy": "snow", "snowing": "snow", "blizzard": "snow",
    "winter": "snow", "snowfall": "snow", "fog": "fog", "foggy": "fog", "mist": "fog", "misty": "fog", "haze": "fog",
    "cloudy": "cloudy", "overcast": "cloudy", "grey sky": "cloudy", "clear": "clear", "clear sky": "clear",
}  # fmt: skip
UNLIT = (
    "unlit", "lamp off", "lamp is off", "lamp out", "lamp is out", "lamp dark", "dark lamp", "light off",
    "light is off", "light out", "light is out", "extinguished",
)  # fmt: skip
_LIT = ("lit", "lamp on", "lamp is on", "light on", "light is on", "shining")


@dataclass(frozen=True)
class Light:
    time: str  # dawn, day, dusk, night
    weather: str  # clear, cloudy, rain, storm, snow, fog
    unlit: bool = False  # a lighthouse's lamp is out, whatever the time

    @property
    def dim(self) -> bool:
        """Are lamps on?"""
        return self.time in ("dusk", "night") or self.weather == "storm"

    @property
    def murky(self) -> bool:
        """Fog at night glows faintly: shapes stand dark before it."""
        return self.time == "night" and self.weather == "fog"

    @property
    def grey(self) -> float:
        return {"clear": 0.0, "snow": 0.45, "cloudy": 0.6, "rain": 0.75, "storm": 0.9, "fog": 0.6}[self.weather]

    def outside(self, colour: Colour) -> Colour:
        """A colour in the open air."""
        lit = _TINTS[self.time](colour)
        if self.grey:
            dull = Colour(lit.l * (1 - 0.1 * self.grey), lit.c * (1 - 0.45 * self.grey), lit.h)
            lit = dull.mix(Colour(dull.l, 0.015, 240), 0.25 * self.grey)
        return lit.lighter(-0.03) if self.murky else lit

    def inside(self, colour: Colour) -> Colour:
        """A colour in a room: lamps keep a night room warm."""
        if self.time == "night":
            dark = Colour(colour.l * 0.66 + 0.02, colour.c * 0.9, colour.h)
            return dark.mix(Colour(0.5, 0.08, 62), 0.16)
        if self.time == "dusk":
            return Colour(colour.l * 0.86, colour.c, colour.h).mix(Colour(0.7, 0.1, 55), 0.18)
        if self.time == "dawn":
            return Colour(colour.l * 0.93, colour.c * 0.95, colour.h).mix(Colour(0.8, 0.06, 15), 0.12)
        return Colour(colour.l * (1 - 0.09 * self.grey), colour.c * (1 - 0.2 * self.grey), colour.h)

    @property
    def sky(self) -> tuple[Colour, Colour, Colour]:
        """Top, middle, horizon."""
        tones = _SKIES[self.time]
        if not self.grey:
            return tones
        cloud = {"dawn": 0.72, "day": 0.8, "dusk": 0.55, "night": 0.27}[self.time] - (
            0.14 if self.weather == "storm" else 0
        )
        if self.murky:
            cloud = 0.52
        top, middle, low = (
            tone.mix(Colour(cloud + step, 0.02, 255), self.grey)
            for tone, step in zip(tones, (-0.05, 0.0, 0.04), strict=True)
        )
        return top, middle, low


def _day(colour: Colour) -> Colour:
    return colour


def _dawn(colour: Colour) -> Colour:
    return Colour(colour.l * 0.93, colour.c * 0.92, colour.h).mix(Colour(0.78, 0.07, 10), 0.17)


def _dusk(colour: Colour) -> Colour:
    return Colour(colour.l * 0.78, colour.c * 0.95, colour.h).mix(Colour(0.56, 0.11, 38), 0.27)


def _night(colour: Colour) -> Colour:
    return Colour(colour.l * 0.5 + 0.03, colour.c * 0.62, colour.h).mix(Colour(0.27, 0.07, 268), 0.42)


_TINTS = {"day": _day, "dawn": _dawn, "dusk": _dusk, "night": _night}
_SKIES = {
    "day": (Colour(0.7, 0.095, 245), Colour(0.82, 0.06, 232), Colour(0.93, 0.025, 215)),
    "dawn": (Colour(0.66, 0.06, 275), Colour(0.82, 0.065, 10), Colour(0.92, 0.07, 72)),
    "dusk": (Colour(0.43, 0.085, 290), Colour(0.64, 0.12, 22), Colour(0.83, 0.115, 68)),
    "night": (Colour(0.2, 0.05, 272), Colour(0.28, 0.065, 268), Colour(0.41, 0.07, 255)),
}


def read_moment(place: str, moment: str) -> Light:
    """The moment's own words win over a time or a weather named with the place."""
    time = first(moment, TIMES) or first(place, TIMES) or "day"
    weather = first(moment, WEATHERS) or first(place, WEATHERS) or "clear"
    unlit = says(moment, *UNLIT) or (says(place, *UNLIT) and not says(moment, *_LIT))
    return Light(time, weather, unlit)
