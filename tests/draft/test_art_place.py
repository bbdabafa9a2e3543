"""Places: one layout in every light; a seed moves details only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ImageFilter

from comfyvn.draft.art import Place, draw_place
from comfyvn.draft.art.moment import read_moment
from comfyvn.draft.art.place import INSIDE, OUTSIDE, kind_of, layout_words
from comfyvn.draft.art.words import plain

SMALL = (320, 180)
KINDS = [kind.replace("_", " ") for kind in (*OUTSIDE, *INSIDE)]


def grey(place: Place) -> NDArray[np.float64]:
    return np.asarray(draw_place(replace(place, size=SMALL)).convert("L"), dtype=np.float64)


def edges(place: Place) -> NDArray[np.float64]:
    picture = draw_place(replace(place, size=SMALL)).convert("L").filter(ImageFilter.FIND_EDGES)
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float64)[4:-4, 4:-4]


def likeness(one: Place, other: Place) -> float:
    return float(np.corrcoef(edges(one).ravel(), edges(other).ravel())[0, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_an_opaque_picture(kind: str) -> None:
    image = draw_place(Place(kind, "night, rain", size=SMALL))
    assert (image.mode, image.size) == ("RGB", SMALL)
    # nothing is left unpainted: a hole would be pure black
    assert (np.asarray(image).sum(axis=2) == 0).mean() < 0.001


def test_kinds_differ() -> None:
    pictures = {draw_place(Place(kind, size=(96, 54))).tobytes() for kind in KINDS}
    assert len(pictures) == len(KINDS) >= 20


@pytest.mark.parametrize("kind", ["a small harbour café", "a harbour", "the lighthouse", "a street", "a classroom"])
def test_night_is_darker_and_has_the_same_layout(kind: str) -> None:
    day, night = Place(kind, "day"), Place(kind, "night")
    assert grey(night).mean() < grey(day).mean() * 0.85
    assert likeness(day, night) > 0.5
    assert likeness(day, night) > likeness(day, Place("a forest", "night"))


@pytest.mark.parametrize("moment", ["dawn", "dusk", "night", "rain", "snow", "fog", "storm", "cloudy"])
def test_every_moment_shows(moment: str) -> None:
    day = Place("a harbour", "day")
    assert np.abs(grey(day) - grey(Place("a harbour", moment))).mean() > 2


def test_night_and_fog_leave_shapes_and_lights_to_see() -> None:
    for kind in ("a harbour", "the lighthouse", "a street"):
        picture = grey(Place(kind, "night, fog"))
        assert 70 < picture.mean() < 100
        assert np.percentile(picture, 98) - np.percentile(picture, 10) > 50


def colours(place: Place) -> NDArray[np.int16]:
    return np.asarray(draw_place(replace(place, size=SMALL)), dtype=np.int16)


def lit(place: Place) -> int:
    """How many pixels have the warm light of a lamp."""
    red, blue = colours(place)[..., 0], colours(place)[..., 2]
    return int(((red > 120) & (red - blue > 40)).sum())


@pytest.mark.parametrize("place", ["the lighthouse lamp room", "a lighthouse on a cliff"])
@pytest.mark.parametrize("words", ["lamp unlit", "the lamp is off", "lamp off"])
def test_an_unlit_lighthouse_does_not_shine(place: str, words: str) -> None:
    dark = draw_place(Place(place, f"night, {words}", size=SMALL))
    assert lit(Place(place, f"night, {words}")) < lit(Place(place, "night")) / 2
    assert dark.tobytes() != draw_place(Place(place, "night", size=SMALL)).tobytes()
    assert not read_moment(f"{place}, {words}", "night, lamp lit").unlit


def test_a_seed_moves_details_only() -> None:
    one, other = Place("a harbour", "rain", 1), Place("a harbour", "rain", 2)
    assert draw_place(replace(one, size=SMALL)).tobytes() != draw_place(replace(other, size=SMALL)).tobytes()
    assert likeness(replace(one, moment="day"), replace(other, moment="day")) > 0.9


def test_words_of_the_moment_do_not_change_the_layout() -> None:
    assert layout_words("a small harbour at night") == layout_words("a small harbour") == "small harbour"
    one = draw_place(Place("a small harbour at night", size=SMALL))
    other = draw_place(Place("a small harbour", "night", size=SMALL))
    assert one.tobytes() == other.tobytes()


def test_two_places_of_a_kind_may_differ() -> None:
    drawn = {draw_place(Place(f"{name} café", size=SMALL)).tobytes() for name in ("blue", "old", "corner", "busy")}
    assert len(drawn) == 4


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("a small harbour café", "cafe"),
        ("the tea room by the sea", "tearoom"),
        ("the lighthouse lamp room", "lamp_room"),
        ("lighthouse on a cliff", "lighthouse"),
        ("an old harbor with boats", "harbour"),
        ("a café at the harbour", "cafe"),
        ("a harbour, lighthouse in the distance", "harbour"),
        ("morning at the harbour", "harbour"),
        ("school rooftop", "rooftop"),
        ("a train station platform", "station"),
        ("interior of a spaceship", "space"),
        ("gibberish qwerty", "abstract"),
        ("", "abstract"),
    ],
)
def test_kinds_are_read_from_words(words: str, kind: str) -> None:
    assert kind_of(words) == kind


def test_the_moment_wins_over_the_place() -> None:
    assert read_moment("a rainy harbour at night", "dawn").time == "dawn"
    assert read_moment("a rainy harbour at night", "").weather == "rain"
    assert read_moment("a harbour", "").time == "day"


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=30), st.integers(0, 2**64 - 1))
def test_any_words_draw_a_place(place: str, moment: str, seed: int) -> None:
    assert draw_place(Place(place, moment, seed, (64, 36))).size == (64, 36)


@given(st.text(max_size=80))
def test_plain_text_is_stable(text: str) -> None:
    assert plain(plain(text)) == plain(plain(plain(text)))
