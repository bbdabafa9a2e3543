"""One mistake after the other: where each is found, what is said, what is allowed, what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comfyvn.reading import read
from tests.fakes.small_novel import files, write_small_novel

STYLE = "data/styles/plain.json"
AYA = "data/characters/aya/character.json"
PIER = "data/locations/pier.json"
ARRIVAL = "data/scenes/arrival.json"
EVENING = "data/scenes/evening.json"
AN_ID = "an id is a lower-case letter followed by lower-case letters, digits and _ (at most 64)"
SEEDS = {"character_seed": 1, "detail_seed": 2, "control_seed": 3}
COAT = f'"Coat" cannot be a name here: {AN_ID}'


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


# file, what is changed, JSON path and line where it is found, what is said, what is allowed ("…": any), what is meant
BAD: list[tuple[str, Callable[[Any], None], str, str, str, str, str]] = [
    (STYLE, put("stepps", value=3), "$.stepps", '"stepps": 3', 'unknown key "stepps"', "…", "steps"),
    (STYLE, put("steps", value="28"), "$.steps", '"steps": "28"', "must be a whole number from 1 to 10000", "", ""),
    (STYLE, put("cfg", value=True), "$.cfg", '"cfg": true', "must be a number from 0 to 100", "", ""),
    (
        STYLE,
        put("size", "sprite", value=[416]),
        "$.size.sprite[1]",
        '"sprite": [',
        "a required key is missing",
        "…",
        "",
    ),
    (
        STYLE,
        put("loras", value=[{"model": "xx"}]),
        "$.loras[0].model",
        '"model": "xx"',
        'there is no model "xx" in the registry providers/providers.json',
        'a new entry there (docs/workflows.md, "Models of your own", shows one)',
        "",
    ),
    (
        STYLE,
        put("sampler", value="dpmpp2m"),
        "$.sampler",
        '"sampler": "dpmpp2m"',
        'there is no sampler "dpmpp2m" in the workflows',
        "…",
        "dpmpp_2m",
    ),
    (
        STYLE,
        put("checkpoint", value="openpose_sdxl"),
        "$.checkpoint",
        '"checkpoint": "openpose_sdxl"',
        'the model "openpose_sdxl" lies in the folder controlnet, not in checkpoints',
        "…",
        "",
    ),
    (
        AYA,
        put("pose_families", "main", "seeds", "character_seed", value=-1),
        "$.pose_families.main.seeds.character_seed",
        '"character_seed": -1,',
        "the number is too small",
        "a whole number from 0 to 18446744073709551615",
        "",
    ),
    (
        AYA,
        put("pose_families", "main", "seeds", "character_seed", value=2**64),
        "$.pose_families.main.seeds.character_seed",
        '"character_seed": 18446744073709551616,',
        "the number is too large",
        "a whole number from 0 to 18446744073709551615",
        "",
    ),
    (
        AYA,
        drop("pose_families", "main", "seeds", "detail_seed"),
        "$.pose_families.main.seeds.detail_seed",
        '"seeds": {',
        "a seed is missing",
        "run `comfyvn seeds --fill`",
        "",
    ),
    (
        AYA,
        drop("expressions", "happy", "seed"),
        "$.expressions.happy.seed",
        '"happy": {',
        "a seed is missing",
        "run `comfyvn seeds --fill`",
        "",
    ),
    (AYA, put("colour", value="#fff"), "$.colour", '"colour": "#fff"', 'unknown key "colour"', "…", "color"),
    (
        AYA,
        put("color", value="red"),
        "$.color",
        '"color": "red",',
        "not written as it must be",
        "a colour such as #d9a441",
        "",
    ),
    (AYA, put("style", value="plane"), "$.style", '"style": "plane"', 'there is no style "plane"', "plain", "plain"),
    (
        AYA,
        put("style", value={"id": "plain", "stepps": 3}),
        "$.style.stepps",
        '"stepps": 3',
        'unknown key "stepps"',
        "…",
        "steps",
    ),
    (AYA, put("style", value=3), "$.style", '"style": 3', "must be text or an object", "", ""),
    (
        AYA,
        put("default", value={"pose": "siting"}),
        "$.default.pose",
        '"pose": "siting"',
        'there is no pose "siting" of aya',
        "standing",
        "standing",
    ),
    (
        AYA,
        put("cells", value={"casual/standing/hapy": {}}),
        '$.cells["casual/standing/hapy"]',
        '"casual/standing/hapy": {}',
        'there is no expression "hapy" of aya',
        "base, calm, happy",
        "happy",
    ),
    (
        AYA,
        put("outfits", "casual", "poses", value=["sitting"]),
        "$.outfits.casual.poses[0]",
        '"sitting"',
        'there is no pose "sitting" of aya',
        "standing",
        "standing",
    ),
    (
        AYA,
        put("identity", value={"face": [{"file": "../secret.png"}]}),
        "$.identity.face[0].file",
        '"file": "../secret.png"',
        "a file is named relative to the novel's folder, with forward slashes, without . or ..",
        "…",
        "",
    ),
    (
        AYA,
        put("identity", value={"face": [{"file": "art/none.png"}]}),
        "$.identity.face[0].file",
        '"file": "art/none.png"',
        "the file is not there",
        "",
        "",
    ),
    (
        AYA,
        put("identity", value={"preset": "PLUS"}),
        "$.identity.preset",
        '"preset": "PLUS"',
        'there is no identity preset "PLUS" in the workflows',
        "…",
        "",
    ),
    (
        AYA,
        put("pose_families", "more", value={"seeds": SEEDS, "poses": {"standing": {}}}),
        "$.pose_families.more.poses.standing",
        '"standing": {}',
        'the pose "standing" is in the family "main" too',
        "",
        "",
    ),
    (
        AYA,
        put("cells", value={"casual/standing/base": {"skip": True}}),
        '$.cells["casual/standing/base"].skip',
        '"skip": true',
        "a base cannot be skipped",
        'leave "standing" out of $.outfits.casual.poses',
        "",
    ),
    (
        AYA,
        put("cells", value={"casual/standing/happy": {"skip": True}}),
        "$.script[1]",
        "{",
        "aya has no sprite */*/happy: no outfit has that pose, or the cell is skipped",
        "",
        "",
    ),
    (
        AYA,
        put("voice", "voice", value="klingonish"),
        "$.voice.voice",
        '"voice": "klingonish",',
        'eSpeak NG has no voice "klingonish"',
        "such as en, en-gb, en-us",
        "",
    ),
    (
        AYA,
        put("voice", "variant", value="f99"),
        "$.voice.variant",
        '"variant": "f99",',
        'eSpeak NG has no variant "f99"',
        "such as f1, f2, f3",
        "",
    ),
    (
        AYA,
        put("voice", "delivery", value={"whisper": {"variant": "whisprer"}}),
        "$.voice.delivery.whisper.variant",
        '"variant": "whisprer"',
        'eSpeak NG has no variant "whisprer"',
        "such as whisper, whisperf",
        "whisper",
    ),
    (
        AYA,
        put("voice", "engine", value={"voice": "en-uk"}),
        "$.voice.engine.voice",
        '"voice": "en-uk"',
        'eSpeak NG has no voice "en-uk"',
        "such as en-us, en-gb, en",
        "en-us",
    ),
    (
        AYA,
        put("voice", "preferred_tts", value=["espeek"]),
        "$.voice.preferred_tts[0]",
        '"espeek"',
        'there is no speech engine "espeek"',
        "alltalk, espeak, gpt_sovits, openai, piper, xtts, xtts_server",
        "espeak",
    ),
    (
        AYA,
        put("outfits", "Coat", value={}),
        "$.outfits.Coat",
        '"Coat": {}',
        COAT,
        "",
        "",
    ),
    (PIER, drop("seed"), "$.seed", "{", "a seed is missing", "run `comfyvn seeds --fill`", ""),
    (
        PIER,
        put("id", value="peer"),
        "$.id",
        '"id": "peer",',
        'the id does not fit the file\'s name, which says "pier"',
        "",
        "pier",
    ),
    (
        PIER,
        put("variants", "base", value={"seed": 1}),
        "$.variants.base",
        '"base": {',
        '"base" cannot be a name here: "base" is the name of the picture that the others are derived from',
        "",
        "",
    ),
    (ARRIVAL, statement({"sya": "aya", "text": "x"}), "$.script[3]", "{", "a statement of unknown kind", "…", "say"),
    (ARRIVAL, statement("say"), "$.script[3]", '"say",', "not a statement", "…", ""),
    (
        ARRIVAL,
        statement({"say": "../x", "text": "x", "id": "x1"}),
        "$.script[3].say",
        '"say": "../x",',
        "an id is a lower-case letter followed by lower-case letters, digits and _ (at most 64)",
        "…",
        "",
    ),
    (
        ARRIVAL,
        statement({"say": "aia", "text": "x", "id": "x1"}),
        "$.script[3].say",
        '"say": "aia",',
        'there is no character "aia"',
        "aya",
        "aya",
    ),
    (ARRIVAL, statement({"say": "aya", "id": "x1"}), "$.script[3].text", "{", "a required key is missing", "…", ""),
    (
        ARRIVAL,
        statement({"say": "aya", "text": "x", "id": "x1", "expression": "hapy"}),
        "$.script[3].expression",
        '"expression": "hapy"',
        'there is no expression "hapy" of aya',
        "calm, happy",
        "happy",
    ),
    (
        ARRIVAL,
        statement({"show": "aya", "transition": "fade"}),
        "$.script[3].transition",
        '"transition": "fade"',
        'unknown key "transition"',
        "…",
        "with",
    ),
    (
        ARRIVAL,
        statement({"show": "aya", "at": "centre"}),
        "$.script[3].at",
        '"at": "centre"',
        'must be one of "far_left", "left", "center", "right", "far_right" or a number from -0.5 to 1.5',
        "",
        "center",
    ),
    (ARRIVAL, statement({"show": "aya", "at": 7}), "$.script[3].at", '"at": 7', "the number is too large", "…", ""),
    (
        ARRIVAL,
        statement({"show": "aya", "with": "disolve"}),
        "$.script[3].with",
        '"with": "disolve"',
        "not one of the values known here",
        "…",
        "dissolve",
    ),
    (
        ARRIVAL,
        statement({"jump": "../x"}),
        "$.script[3].jump",
        '"jump": "../x"',
        "not written as it must be",
        "a scene (pier), a label of this scene (.stairs) or of another one (pier.stairs)",
        "",
    ),
    (
        ARRIVAL,
        statement({"still": "lantern"}),
        "$.script[3].still",
        '"still": "lantern"',
        'there is no shot "lantern" in this scene: there is none at all',
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"background": "pier/nihgt"}),
        "$.script[3].background",
        '"background": "pier/nihgt"',
        'there is no variant "nihgt" of pier',
        "pier, pier/night",
        "pier/night",
    ),
    (
        ARRIVAL,
        statement({"background": "peer"}),
        "$.script[3].background",
        '"background": "peer"',
        'there is no location "peer"',
        "pier",
        "pier",
    ),
    (
        ARRIVAL,
        statement({"sound": "bell"}),
        "$.script[3].sound",
        '"sound": "bell"',
        'there is no sound asset "bell": there is none at all',
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"set": "trsut", "value": 1}),
        "$.script[3].set",
        '"set": "trsut",',
        'there is no variable "trsut"',
        "trust, visitor or a name declared under `variables:` in comfyvn.yaml, or with `default` in a scene",
        "trust",
    ),
    (
        ARRIVAL,
        statement({"set": "trust", "value": "much"}),
        "$.script[3].value",
        '"value": "much"',
        'the variable "trust" holds a number, not text',
        "a number",
        "",
    ),
    (
        ARRIVAL,
        statement({"set": "trust", "value": None}),
        "$.script[3].value",
        '"value": null',
        "must be true or false or a whole number or a number or text",
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"add": "visitor"}),
        "$.script[3].add",
        '"add": "visitor"',
        '"add" needs a variable that holds a number; "visitor" holds text',
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"input": "trust", "id": "x1"}),
        "$.script[3].input",
        '"input": "trust",',
        '"input" needs a variable that holds text; "trust" holds a number',
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"if": "trust >", "then": []}),
        "$.script[3].if",
        '"if": "trust >",',
        "not a condition (invalid syntax)",
        "…",
        "",
    ),
    (
        ARRIVAL,
        statement({"if": "trust >> 1", "then": []}),
        "$.script[3].if",
        '"if": "trust >> 1",',
        "a condition has no >>; use variables, numbers, texts in quotes, + - *, comparisons, and, or, not",
        "…",
        "",
    ),
    (
        ARRIVAL,
        statement({"if": "trusted", "then": []}),
        "$.script[3].if",
        '"if": "trusted",',
        'there is no variable "trusted"',
        "trust, visitor or a name declared under `variables:` in comfyvn.yaml, or with `default` in a scene",
        "trust",
    ),
    (
        ARRIVAL,
        statement({"if": "trust > 'a'", "then": []}),
        "$.script[3].if",
        '"if": "trust > \'a\'",',
        "a number is compared with text",
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"if": "trust", "then": [{"menu": []}]}),
        "$.script[3].then[0].menu",
        '"menu": []',
        "the list is too short",
        "…",
        "",
    ),
    (
        ARRIVAL,
        statement({"say": "aya", "text": "Hi [visitor]", "id": "x1"}),
        "$.script[3].text",
        '"text": "Hi [visitor]",',
        "a voiced line shows the variable [visitor], which a recording cannot say",
        '"spoken": what the voice says instead, or "voiced": false',
        "",
    ),
    (
        ARRIVAL,
        statement({"narrate": "x", "id": "x1", "clip": "x2"}),
        "$.script[3].clip",
        '"clip": "x2"',
        'there is no voice clip "x2": there is none at all',
        "",
        "",
    ),
    (
        ARRIVAL,
        statement({"narrate": "a\u0007b", "id": "x1"}),
        "$.script[3].narrate",
        '"narrate": "a\\u0007b",',
        "the text holds control characters, which cannot be shown: U+0007",
        "",
        "",
    ),
    (ARRIVAL, drop("script", 1, "id"), "$.script[1]", "{", "a line has no id", "run `comfyvn ids --fill`", ""),
    (
        ARRIVAL,
        put("next", value="evning"),
        "$.next",
        '"next": "evning"',
        'there is no scene "evning"',
        "arrival, evening",
        "evening",
    ),
    (
        ARRIVAL,
        put("next", value=".stairs"),
        "$.next",
        '"next": ".stairs"',
        'there is no label "stairs" in the scene arrival: there is none at all',
        "",
        "",
    ),
    (
        ARRIVAL,
        put("placements", 0, "character", value="bo"),
        "$.placements[0].character",
        '"character": "bo",',
        'there is no character "bo"',
        "aya",
        "",
    ),
    (
        ARRIVAL,
        put("music", value="waltz"),
        "$.music",
        '"music": "waltz"',
        'there is no music asset "waltz": there is none at all',
        "",
        "",
    ),
    (
        EVENING,
        drop("shots", 0, "seeds", "hero_seed"),
        "$.shots[0].seeds.hero_seed",
        '"seeds": {',
        "a seed is missing",
        "run `comfyvn seeds --fill`",
        "",
    ),
]


@pytest.mark.parametrize(
    ("file", "change", "path", "line", "message", "allowed", "meant"),
    BAD,
    ids=[f"{n}{case[2]}" for n, case in enumerate(BAD)],
)
def test_one_mistake(
    tmp_path: Path,
    file: str,
    change: Callable[[Any], None],
    path: str,
    line: str,
    message: str,
    allowed: str,
    meant: str,
) -> None:
    document = files()[file]
    change(document)
    write_small_novel(tmp_path, {file: document})
    found = read(tmp_path).errors
    assert len(found) == 1, [str(problem) for problem in found]
    problem = found[0]
    assert problem.path == path
    assert (tmp_path / problem.file).read_text("utf-8").splitlines()[problem.line - 1].strip() == line
    assert problem.message == message
    assert problem.file == (ARRIVAL if path.startswith("$.script") and file == AYA else file)
    assert problem.suggestion == meant
    if allowed != "…":
        assert problem.allowed == allowed
