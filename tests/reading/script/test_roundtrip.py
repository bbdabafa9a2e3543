"""A script is the same in Ren'Py's language and in JSON, whatever it holds."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comfyvn.contracts.scene import KINDS, Scene
from comfyvn.reading.script.source import read_script
from comfyvn.reading.script.vocabulary import KEYWORDS
from comfyvn.reading.script.written import document, script_text
from tests.fakes import renpy_novel

# Ids that are words of the language too are the hard ones.
IDS = st.sampled_from(sorted(
    {word for word in KEYWORDS if word.islower()} | {"aya", "cafe", "bg", "still", "x1", "set", "outfit", "face_happy"}
))  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text(' "\'\\#:()[]{}%\n\t\r\u00a0\u3000\u2028id', max_size=12),
    st.sampled_from(renpy_novel.NASTY),
)
CONDITIONS = st.sampled_from([
    "trust > 2", "not late", "a == 'b: c'", 'mood == "so # so" and (x or\n y)', "broken : (", " x", "# x", "a\\", "",
    "x if y else z", "\u00e9t\u00e9 > 1",
])  # fmt: skip
REALS = st.floats(allow_nan=False, allow_infinity=False)


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


def made(required: dict[str, st.SearchStrategy[Any]], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=more)


TRANSITIONS = st.sampled_from(["none", "dissolve", "fade", "wipe_left", "wipe_right", "vpunch"])
LOOKS = {"outfit": IDS, "pose": IDS, "expression": IDS}
SPOKEN = {"delivery": IDS, "spoken": TEXTS, "clip": IDS, "voiced": st.booleans(), "id": IDS}
GOALS = st.one_of(IDS, IDS.map(".{}".format), st.tuples(IDS, IDS).map(".".join))
PLACES = st.one_of(st.sampled_from(["far_left", "left", "center"]), st.floats(-0.5, 1.5))
VALUES = st.one_of(st.booleans(), st.integers(), REALS, TEXTS)
SECONDS, LEVEL = st.floats(0, 3600), st.floats(0, 1)
LEAVES = st.one_of(
    made({"say": IDS, "text": TEXTS}, **LOOKS, **SPOKEN),
    made({"narrate": TEXTS}, **SPOKEN),
    made({"show": IDS}, **LOOKS, at=PLACES, **{"with": TRANSITIONS}),
    made({"hide": IDS}, **{"with": TRANSITIONS}),
    made({"background": st.one_of(IDS, st.tuples(IDS, IDS).map("/".join))}, **{"with": TRANSITIONS}),
    made({"still": IDS}, **{"with": TRANSITIONS}),
    made({"jump": GOALS}),
    made({"label": IDS}),
    made({"set": IDS, "value": VALUES}),
    made({"add": IDS}, value=st.one_of(st.integers(), REALS)),
    made({"music": st.one_of(IDS, st.none())}, fade=SECONDS, volume=LEVEL),
    made({"ambience": st.one_of(IDS, st.none())}, fade=SECONDS, volume=LEVEL),
    made({"sound": st.one_of(IDS, st.none())}, volume=LEVEL),
    made({"pause": st.one_of(st.none(), st.floats(0, 1e9, exclude_min=True))}),
    made({"input": IDS}, prompt=TEXTS, id=IDS, default=TEXTS, length=st.integers(1, 200)),
    made({"end": TEXTS}),
    made({"renpy": st.one_of(TEXTS.filter(bool), st.sampled_from(["show x\n    # why\n\n  y", "python:\n    a"]))}),
    made({"transition": TRANSITIONS}),
)  # fmt: skip


def branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    script = st.lists(inner, max_size=3)
    short = TEXTS.filter(lambda text: 0 < len(text) <= 2000)
    choice = made({"text": short}, id=IDS, script=script, jump=GOALS, **{"if": CONDITIONS})
    menu = made(
        {"menu": st.lists(choice, min_size=1, max_size=3)}, prompt=TEXTS, speaker=IDS, expression=IDS, **SPOKEN
    )
    return st.one_of(made({"if": CONDITIONS, "then": script}, **{"else": script}), menu)


STATEMENTS = st.recursive(LEAVES, branches, max_leaves=6)


def scene(script: list[Any], **more: Any) -> Scene:
    return Scene.model_validate({"id": "pier", "background": "cafe", "script": script, **more})


def read(text: str) -> Scene:
    script, problems = read_script("data/scenes/pier.rpy", text.encode())
    assert not problems and script is not None
    return Scene.model_validate({"id": "pier", "background": "cafe", **script.value})


def told(found: Scene) -> str:
    return json.dumps(document(found), sort_keys=True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(STATEMENTS, max_size=5), st.dictionaries(IDS, VALUES, max_size=3))
def test_every_script_is_the_same_after_being_written_and_read(script: list[Any], variables: dict[str, Any]) -> None:
    first = scene(script, variables=variables)
    text = script_text(first)
    second = read(text)
    assert told(second) == told(first)
    assert script_text(second) == text


@pytest.mark.parametrize("script", [renpy_novel.opening(), renpy_novel.pier()], ids=["opening", "pier"])
def test_a_novel_with_every_statement_needs_no_json_in_its_script(script: list[Any]) -> None:
    first = scene(script)
    text = script_text(first)
    assert "comfyvn {" not in text
    assert told(read(text)) == told(first)


def test_every_kind_of_statement_has_words_of_its_own() -> None:
    plain: dict[str, Any] = {
        "say": {"text": "Hi."}, "if": {"then": []}, "menu": {"menu": [{"text": "A"}]}, "pause": {"pause": 1.5},
        "set": {"value": 1}, "transition": {"transition": "fade"}, "renpy": {"renpy": "show screen x"},
    }  # fmt: skip
    for kind in set(KINDS) - {"movie", "nvl"}:  # which are written as JSON
        text = script_text(scene([{kind: "aya", **plain.get(kind, {})}]))
        assert "comfyvn {" not in text, kind


def test_what_has_no_words_is_written_as_json() -> None:
    text = script_text(scene([{"if": "a # b", "then": [{"narrate": "A", "id": "x1"}]}]))
    assert text.endswith('    comfyvn {"if": "a # b", "then": [{"narrate": "A", "id": "x1"}]}\n')
