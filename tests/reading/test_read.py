"""A novel is read whole; every mistake in it is reported at its line, in plain words, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comfyvn.errors import ContractError, Problem
from comfyvn.reading import read, read_project
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

STYLE = "data/styles/plain.json"
AYA = "data/characters/aya/character.json"
PIER = "data/locations/pier.json"
ARRIVAL = "data/scenes/arrival.json"
EVENING = "data/scenes/evening.json"
BELL = {"version": 1, "id": "bell", "kind": "sound", "file": "data/assets/bell.wav", "licence": "CC0-1.0"}


def problems(root: Path, changed: dict[str, Any] | None = None, novel: str = NOVEL) -> tuple[Problem, ...]:
    write_small_novel(root, changed, novel)
    return read(root).problems


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_a_good_novel(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    project = reading.project
    assert project == read_project(tmp_path)
    assert project is not None
    assert project.files["characters/aya"] == AYA
    assert project.files["novel"] == "comfyvn.yaml"
    assert [line.id for line in project.lines()] == ["n1aaaa", "l1aaaa", "m1aaaa", "c1aaaa", "c2aaaa", "l2aaaa",
                                                     "l3aaaa", "n2aaaa"]  # fmt: skip
    assert project.characters["aya"].sprites() == (
        ("casual", "standing", "calm"),
        ("casual", "standing", "happy"),
    )


def test_reading_says_the_same_twice(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: "{", PIER: None, "data/locations/quay.json": {"id": "pier"}})
    assert read(tmp_path) == read(tmp_path)


def test_the_layout_of_the_file_changes_nothing(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    before = read_project(tmp_path)
    for name, value in files().items():
        write(tmp_path / name, "\ufeff" + json.dumps(value, indent=7, ensure_ascii=True).replace("\n", "\r\n"))
    assert read_project(tmp_path) == before


def put(*steps: str | int, value: Any) -> Callable[[Any], None]:
    """A change to one member of a file."""

    def change(document: Any) -> None:
        for step in steps[:-1]:
            document = document[step]
        if isinstance(document, list):
            document.append(value)
        else:
            document[steps[-1]] = value

    return change


def drop(*steps: str | int) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in steps[:-1]:
            document = document[step]
        del document[steps[-1]]

    return change


def statement(value: Any) -> Callable[[Any], None]:
    """One more statement, before the last line of the first scene."""

    def change(document: Any) -> None:
        document["script"].insert(3, value)

    return change


# file, what is changed, where it is found, what is said, what is allowed ("…": not looked at), what was meant
BAD: list[tuple[str, Callable[[Any], None], str, str, str, str]] = [
    (STYLE, put("stepps", value=3), "$.stepps", 'unknown key "stepps"', "…", "steps"),
    (STYLE, put("steps", value="28"), "$.steps", "must be a whole number from 1 to 10000", "", ""),
    (STYLE, put("cfg", value=True), "$.cfg", "must be a number from 0 to 100", "", ""),
    (STYLE, put("size", "sprite", value=[416]), "$.size.sprite[1]", "a required key is missing", "…", ""),
    (STYLE, put("loras", value=[{"model": "xx"}]), "$.loras[0].model", 'there is no model "xx" in the registry', "", ""),
    (STYLE, put("sampler", value="dpmpp2m"), "$.sampler", 'there is no sampler "dpmpp2m" in the workflows', "…",
     "dpmpp_2m"),
    (STYLE, put("checkpoint", value="openpose_sdxl"), "$.checkpoint",
     'the model "openpose_sdxl" lies in the folder controlnet, not in checkpoints', "…", ""),
    (AYA, put("pose_families", "main", "seeds", "character_seed", value=-1), "$.pose_families.main.seeds.character_seed",
     "the number is too small", "a whole number from 0 to 18446744073709551615", ""),
    (AYA, put("pose_families", "main", "seeds", "character_seed", value=2**64),
     "$.pose_families.main.seeds.character_seed", "the number is too large",
     "a whole number from 0 to 18446744073709551615", ""),
    (AYA, drop("pose_families", "main", "seeds", "detail_seed"), "$.pose_families.main.seeds.detail_seed",
     "a seed is missing", "run `comfyvn seeds --fill`", ""),
    (AYA, drop("expressions", "happy", "seed"), "$.expressions.happy.seed", "a seed is missing",
     "run `comfyvn seeds --fill`", ""),
    (AYA, put("colour", value="#fff"), "$.colour", 'unknown key "colour"', "…", "color"),
    (AYA, put("color", value="red"), "$.color", "not written as it must be", "a colour such as #d9a441", ""),
    (AYA, put("style", value="plane"), "$.style", 'there is no style "plane"', "plain", "plain"),
    (AYA, put("style", value={"id": "plain", "stepps": 3}), "$.style.stepps", 'unknown key "stepps"', "…", "steps"),
    (AYA, put("style", value=3), "$.style", "must be text or an object", "", ""),
    (AYA, put("default", value={"pose": "siting"}), "$.default.pose", 'there is no pose "siting" of aya', "standing", ""),
    (AYA, put("cells", value={"casual/standing/hapy": {}}), '$.cells["casual/standing/hapy"]',
     'there is no expression "hapy" of aya', "base, calm, happy", "happy"),
    (AYA, put("outfits", "casual", "poses", value=["sitting"]), "$.outfits.casual.poses[0]",
     'there is no pose "sitting" of aya', "standing", "standing"),
    (AYA, put("identity", value={"face": [{"file": "../secret.png"}]}), "$.identity.face[0].file",
     "a file is named relative to the novel's folder, with forward slashes, without . or ..", "…", ""),
    (AYA, put("identity", value={"face": [{"file": "art/none.png"}]}), "$.identity.face[0].file",
     "the file is not there", "", ""),
    (AYA, put("identity", value={"preset": "PLUS"}), "$.identity.preset", 'there is no identity preset "PLUS" in the workflows',
     "…", ""),
    (PIER, drop("seed"), "$.seed", "a seed is missing", "run `comfyvn seeds --fill`", ""),
    (PIER, put("id", value="peer"), "$.id", 'the id does not fit the file\'s name, which says "pier"', "", "pier"),
    (PIER, put("variants", "base", value={"seed": 1}), "$.variants.base",
     '"base" cannot be a name here: "base" is the name of the picture that the others are derived from', "", ""),
    (ARRIVAL, statement({"sya": "aya", "text": "x"}), "$.script[3]", "a statement of unknown kind", "…", "say"),
    (ARRIVAL, statement("say"), "$.script[3]", "not a statement", "…", ""),
    (ARRIVAL, statement({"say": "../x", "text": "x", "id": "x1"}), "$.script[3].say",
     "an id is a lower-case letter followed by lower-case letters, digits and _ (at most 64)", "…", ""),
    (ARRIVAL, statement({"say": "aia", "text": "x", "id": "x1"}), "$.script[3].say", 'there is no character "aia"', "aya", "aya"),
    (ARRIVAL, statement({"say": "aya", "id": "x1"}), "$.script[3].text", "a required key is missing", "…", ""),
    (ARRIVAL, statement({"say": "aya", "text": "x", "id": "x1", "expression": "hapy"}), "$.script[3].expression",
     'there is no expression "hapy" of aya', "calm, happy", "happy"),
    (ARRIVAL, statement({"show": "aya", "transition": "fade"}), "$.script[3].transition", 'unknown key "transition"',
     "…", "with"),
    (ARRIVAL, statement({"show": "aya", "at": "centre"}), "$.script[3].at",
     'must be one of "far_left", "left", "center", "right", "far_right" or a number from -0.5 to 1.5', "", "center"),
    (ARRIVAL, statement({"show": "aya", "at": 7}), "$.script[3].at", "the number is too large", "…", ""),
    (ARRIVAL, statement({"show": "aya", "with": "disolve"}), "$.script[3].with", "not one of the values known here",
     "…", "dissolve"),
    (ARRIVAL, statement({"jump": "../x"}), "$.script[3].jump", "not written as it must be",
     "a scene (pier), a label of this scene (.stairs) or of another one (pier.stairs)", ""),
    (ARRIVAL, statement({"still": "lantern"}), "$.script[3].still",
     'there is no shot "lantern" in this scene: there is none at all', "", ""),
    (ARRIVAL, statement({"background": "pier/nihgt"}), "$.script[3].background", 'there is no variant "nihgt" of pier',
     "pier, pier/night", "pier/night"),
    (ARRIVAL, statement({"background": "peer"}), "$.script[3].background", 'there is no location "peer"', "pier", "pier"),
    (ARRIVAL, statement({"sound": "bell"}), "$.script[3].sound", 'there is no sound asset "bell": there is none at all', "", ""),
    (ARRIVAL, statement({"set": "trsut", "value": 1}), "$.script[3].set", 'there is no variable "trsut"',
     "trust, visitor", "trust"),
    (ARRIVAL, statement({"set": "trust", "value": "much"}), "$.script[3].value",
     'the variable "trust" holds a number, not text', "a number", ""),
    (ARRIVAL, statement({"set": "trust", "value": None}), "$.script[3].value",
     "must be true or false or a whole number or a number or text", "", ""),
    (ARRIVAL, statement({"add": "visitor"}), "$.script[3].add",
     '"add" needs a variable that holds a number; "visitor" holds text', "", ""),
    (ARRIVAL, statement({"input": "trust", "id": "x1"}), "$.script[3].input",
     '"input" needs a variable that holds text; "trust" holds a number', "", ""),
    (ARRIVAL, statement({"if": "trust >", "then": []}), "$.script[3].if", "not a condition (invalid syntax)", "…", ""),
    (ARRIVAL, statement({"if": "trusted", "then": []}), "$.script[3].if", 'there is no variable "trusted"',
     "trust, visitor", "trust"),
    (ARRIVAL, statement({"if": "trust > 'a'", "then": []}), "$.script[3].if", "a number is compared with text", "", ""),
    (ARRIVAL, statement({"if": "trust", "then": [{"menu": []}]}), "$.script[3].then[0].menu", "the list is too short", "…", ""),
    (ARRIVAL, statement({"say": "aya", "text": "Hi [visitor]", "id": "x1"}), "$.script[3].text",
     "a voiced line shows the variable [visitor], which a recording cannot say",
     '"spoken": what the voice says instead, or "voiced": false', ""),
    (ARRIVAL, statement({"narrate": "x", "id": "x1", "clip": "x2"}), "$.script[3].clip",
     'there is no voice clip "x2": there is none at all', "", ""),
    (ARRIVAL, statement({"narrate": "a\u0007b", "id": "x1"}), "$.script[3].narrate",
     "the text holds control characters, which cannot be shown: U+0007", "", ""),
    (ARRIVAL, drop("script", 1, "id"), "$.script[1]", "a line has no id", "run `comfyvn ids --fill`", ""),
    (ARRIVAL, put("next", value="evning"), "$.next", 'there is no scene "evning"', "arrival, evening", "evening"),
    (ARRIVAL, put("next", value=".stairs"), "$.next", 'there is no label "stairs" in the scene arrival: there is none at all',
     "", ""),
    (ARRIVAL, put("placements", value={"character": "bo"}), "$.placements[1].character", 'there is no character "bo"', "aya", ""),
    (ARRIVAL, put("music", value="waltz"), "$.music", 'there is no music asset "waltz": there is none at all', "", ""),
    (EVENING, drop("shots", 0, "seeds", "hero_seed"), "$.shots[0].seeds.hero_seed", "a seed is missing",
     "run `comfyvn seeds --fill`", ""),
]  # fmt: skip
TABLE = [case for case in BAD if case[2]]


@pytest.mark.parametrize(
    ("file", "change", "place", "message", "allowed", "meant"), TABLE, ids=[f"{n}-{case[3][:24]}" for n, case in enumerate(TABLE)]
)
def test_one_mistake(
    tmp_path: Path, file: str, change: Callable[[Any], None], place: str, message: str, allowed: str, meant: str
) -> None:
    document = files()[file]
    change(document)
    found = [item for item in problems(tmp_path, {file: document}) if item.severity == "error"]
    problem = only(tuple(found))
    print((place, (tmp_path / file).read_text().splitlines()[problem.line - 1].strip()))
    assert problem.path == place
    assert problem.message == message
    assert problem.file == file
    assert problem.suggestion == meant
    if allowed != "…":
        assert problem.allowed == allowed
