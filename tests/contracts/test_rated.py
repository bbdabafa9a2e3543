"""A novel cut to a rating: what goes, what stays, and every way that would lead into what is gone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.character import Character
from comfyvn.contracts.check import check
from comfyvn.contracts.location import Location
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.rated import RATINGS, cut, is_above, rated_above
from comfyvn.contracts.scene import Scene, lines

AYA = Character.model_validate({
    "id": "aya", "name": "Aya", "outfits": {"swim": {"rating": "mature"}, "coat": {}}, "default": {"outfit": "swim"},
    "pose_families": {"main": {"poses": {"standing": {}}}}, "expressions": {"calm": {}},
    "cells": {"swim/standing/calm": {"seed": 1}},
})  # fmt: skip
PIER = Location.model_validate({"id": "pier", "seed": 1, "variants": {"wreck": {"rating": "teen", "seed": 2}}})


def project(script: list[dict[str, Any]], more: dict[str, Any] | None = None, **top: Any) -> Project:
    scenes = {"one": {"id": "one", "background": "pier/wreck", "script": script, **top}, **(more or {})}
    novel = Novel.model_validate({"id": "n", "title": "N", "start": "one", "style": "plain"})
    return Project(
        novel=novel,
        characters={"aya": AYA},
        locations={"pier": PIER},
        scenes={key: Scene.model_validate({"id": key, **value}) for key, value in scenes.items()},
    )


LATE = {"late": {"background": "pier", "rating": "adult", "script": [{"label": "in"}, {"end": "E"}]}}


def test_what_is_rated_higher_is_gone_and_the_rest_is_as_it_was() -> None:
    whole = project(
        [
            {"narrate": "A.", "id": "a"},
            {"narrate": "B.", "id": "b", "rating": "mature"},
            {"say": "aya", "text": "C.", "id": "c", "outfit": "swim"},
            {"still": "view"}, {"still": "beach"}, {"still": "door"},
            {"if": "x", "then": [{"narrate": "D.", "id": "d", "rating": "adult"}],
             "else": [{"narrate": "E.", "id": "e"}]},
            {"menu": [{"text": "F", "id": "f", "rating": "teen", "jump": "late"}, {"text": "G", "id": "g"}]},
            {"background": "pier/wreck"},
            {"end": "End"},
        ],
        LATE,
        shots=[{"id": "view", "rating": "teen"}, {"id": "beach", "hero": {"character": "aya"}}, {"id": "door"}],
        placements=[{"character": "aya", "outfit": "swim"}],
    )  # fmt: skip
    small, problems = cut(whole, "everyone")
    assert problems == []
    (one,) = small.scenes.values()
    assert [line.id for line in lines(one)] == ["a", "c", "e", "g"]
    assert [shot.id for shot in one.shots] == ["door"]
    assert (one.background, one.placements[0].outfit) == ("pier", None)
    assert [getattr(it, "still", None) for it in one.script if hasattr(it, "still")] == ["door"]
    assert list(small.characters["aya"].outfits) == ["coat"]
    assert small.characters["aya"].shown(None, None, None)[0] == "coat" and not small.characters["aya"].cells
    assert not small.locations["pier"].variants
    assert {problem.message for problem in check(small)} <= {problem.message for problem in check(whole)}


def test_a_shot_that_stays_shows_the_place_as_it_is_left() -> None:
    shots = [{"id": "view", "background": "pier/wreck"}, {"id": "door"}]
    small, problems = cut(project([{"still": "view"}], shots=shots), "everyone")
    assert problems == []
    assert [shot.background for shot in small.scenes["one"].shots] == ["pier", None]
    assert cut(project([{"still": "view"}], shots=shots), "teen")[0].scenes["one"].shots[0].background == "pier/wreck"


def test_nothing_changes_where_everything_may_be_seen() -> None:
    whole = project([{"jump": "late.in"}], LATE)
    small, problems = cut(whole, "adult")
    assert problems == [] and small == whole


def test_a_route_into_what_is_gone_is_named_with_the_fix() -> None:
    script = [
        {"menu": [{"text": "go", "jump": "late"}, {"text": "stay", "script": [{"jump": "late.in"}]}]},
        {"menu": [{"text": "x", "rating": "adult"}]},
        {"jump": "one"},
    ]
    _, problems = cut(project(script, LATE, next="late"), "mature")
    found = [(problem.file, problem.path) for problem in problems]
    assert found == [
        ("scenes/one", "$.script[0].menu[0].jump"),
        ("scenes/one", "$.script[0].menu[1].script[0].jump"),
        ("scenes/one", "$.next"),
        ("scenes/one", "$.script[1].menu"),
    ]
    assert "rating" in problems[0].allowed and "late" in problems[0].message


def test_code_that_stays_may_jump_into_what_is_gone_and_that_is_told() -> None:
    script = [{"renpy": "jump scene_late"}, {"end": "E"}]
    small, problems = cut(project(script, LATE), "teen")
    assert [(one.file, one.path, one.severity) for one in problems] == [("scenes/one", "$.script[0].renpy", "warning")]
    assert "teen" in problems[0].message and "one" in small.scenes
    assert cut(project(script, LATE), "adult")[1] == [], "nothing is gone"


def test_a_label_in_a_choice_that_is_gone_leads_nowhere() -> None:
    inside = {"menu": [{"text": "a", "rating": "teen", "script": [{"label": "deep"}]}, {"text": "b"}]}
    _, problems = cut(project([inside, {"jump": ".deep"}]), "everyone")
    assert [problem.path for problem in problems] == ["$.script[1].jump"]


def test_a_story_that_begins_in_what_is_gone() -> None:
    _, problems = cut(project([{"end": "E"}], rating="teen"), "everyone")
    assert [(problem.file, problem.path) for problem in problems] == [("novel", "$.start")]


def test_a_check_names_what_is_rated_above_the_whole_game() -> None:
    findings = check(project([{"narrate": "x", "rating": "teen"}]))
    found = {problem.path for problem in findings if "rated" in problem.message}
    assert found == {"$.outfits.swim.rating", "$.variants.wreck.rating", "$.script[0].rating"}


RATING = st.sampled_from([None, *RATINGS])


@st.composite
def scripts(draw: st.DrawFn, depth: int = 2) -> list[dict[str, Any]]:
    def rated(value: dict[str, Any]) -> dict[str, Any]:
        rating = draw(RATING)
        return {**value, "rating": rating} if rating else value

    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["say", "if", "menu"] if depth else ["say"]))
        if kind == "say":
            found.append(rated({"say": "aya", "text": "x", "outfit": draw(st.sampled_from(["swim", "coat"]))}))
        elif kind == "if":
            found.append({"if": "x", "then": draw(scripts(depth - 1)), "else": draw(scripts(depth - 1))})
        else:
            found.append(rated({"menu": [rated({"text": "c", "script": draw(scripts(depth - 1))})]}))
    return found


@given(scripts(), st.sampled_from(RATINGS))
def test_nothing_that_is_rated_higher_stays(script: list[dict[str, Any]], most: Any) -> None:
    small, _ = cut(project(script), most)
    assert list(rated_above(small, most)) == []
    kept = list(lines(small.scenes["one"]))
    assert len(kept) <= len(list(lines(project(script).scenes["one"])))
    assert cut(small, most)[0] == small
    assert not any(is_above(rating, "adult") for rating in RATINGS)
