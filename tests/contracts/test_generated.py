"""Schemas and the reference page are what the models say now, and their examples are valid."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from comfyvn.contracts import examples, reference_rules
from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.kinds import SCHEMAS
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.reference import anchor, reference_markdown
from comfyvn.contracts.scene import KINDS, Scene, Transition
from comfyvn.contracts.schemas import DIALECT, schema_texts, schemas
from comfyvn.contracts.text import PAIRED, SINGLE, pieces
from comfyvn.reading import write_reference, write_schemas
from comfyvn.targets import renpy_script
from tests.fakes import small_novel

ROOT = Path(__file__).parents[2]
RENEW = "run `python tools/write_reference.py`"


@pytest.mark.parametrize("name", sorted(schema_texts()))
def test_schemas_are_current(name: str) -> None:
    assert (ROOT / "schemas" / name).read_text("utf-8") == schema_texts()[name], RENEW


def test_the_folder_holds_nothing_else() -> None:
    assert {path.name for path in (ROOT / "schemas").iterdir()} == set(schema_texts())


def test_the_reference_is_current() -> None:
    assert (ROOT / "docs/contracts.md").read_text("utf-8") == reference_markdown(), RENEW


def test_every_field_is_in_the_reference() -> None:
    page = reference_markdown()
    for model in (*SCHEMAS.values(), *KINDS.values()):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in page


def test_links_of_the_reference_lead_somewhere() -> None:
    page = reference_markdown()
    heads = {anchor(line.lstrip("# ")) for line in page.splitlines() if line.startswith("#")}
    targets = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert targets - heads == set()
    sections = {anchor(line[3:]) for line in page.splitlines() if line.startswith("## ")}
    assert sections <= targets


def test_headings_are_named_as_github_names_them() -> None:
    assert anchor("The novel: `comfyvn.yaml`") == "the-novel-comfyvnyaml"
    assert anchor("Styles: `data/styles/<id>.json`") == "styles-datastylesidjson"
    assert anchor("StyleChange") == "stylechange"


def test_the_rules_are_those_of_the_code() -> None:
    assert {word for word in (*PAIRED, *SINGLE) if "{" + word not in reference_rules.TEXT} == set()
    assert set(re.findall(r"`\{([a-z]+)", reference_rules.TEXT)) <= {*PAIRED, *SINGLE}
    rows = [line for line in reference_rules.TRANSITIONS.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])} == set(get_args(Transition))
    places = dict(re.findall(r"\| `(\w+)` \| ([\d.]+) \|", reference_rules.PLACES))
    assert {name: float(across) for name, across in places.items()} == renpy_script.PLACES


def test_markup_of_the_reference_is_understood() -> None:
    left = reference_rules.TEXT.partition("| --- |")[2].splitlines()
    for typed in (part for line in left for part in re.findall(r"`([^`]*\{[^`]*)`", line)):
        closed = (
            typed
            if "…" in typed or typed[1:].startswith(tuple(SINGLE))
            else typed + "…{/" + typed[1:].split("=")[0] + "}"
        )
        assert not any("{" in piece.text for piece in pieces(closed) if piece.kind == "text"), closed


def test_the_grammar_of_conditions_is_that_of_the_code() -> None:
    for text in re.findall(r"`([^`\n]+)`", reference_rules.CONDITIONS.partition("```")[0]):
        if text not in ("if", "variables:"):
            parse_condition(text)
    for sign in ("or", "and", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*"):
        parse_condition(f"not (a {sign} -b)")
        assert f'"{sign}"' in reference_rules.CONDITIONS


def test_examples_are_valid() -> None:
    Novel.model_validate(yaml.safe_load(examples.NOVEL))
    for name, text in examples.CONTRACTS.items():
        SCHEMAS[name].model_validate(json.loads(text))
    for kind, text in examples.STATEMENTS.items():
        scene = Scene.model_validate({"id": "a", "background": "pier", "script": [json.loads(text)]})
        assert type(scene.script[0]) is KINDS[kind]


def test_there_is_an_example_of_everything() -> None:
    assert set(examples.CONTRACTS) == set(SCHEMAS) - {"novel"}
    assert set(examples.STATEMENTS) == set(KINDS)


def test_unknown_keys_are_refused_everywhere() -> None:
    for name, schema in schemas().items():
        assert schema["$schema"] == DIALECT
        for node in (schema, *schema.get("$defs", {}).values()):
            if "properties" in node:
                assert node["additionalProperties"] is False, name


def test_a_novel_fits_its_schemas() -> None:
    for name, document in small_novel.files().items():
        kind = name.split("/")[1].removesuffix("s")
        Draft202012Validator(schemas()[kind]).validate(document)
    Draft202012Validator(schemas()["novel"]).validate(yaml.safe_load(small_novel.NOVEL))


@pytest.mark.parametrize("name", sorted(schemas()))
def test_schemas_are_sound(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


def test_editors_see_mistakes() -> None:
    validator = Draft202012Validator(schemas()["scene"])
    scene = {"id": "a", "background": "pier", "script": [{"say": "aya", "text": "x"}]}
    assert validator.is_valid(scene)
    for wrong in ({"sya": "aya"}, {"say": "aya"}, {"say": "aya", "text": 3}, {"say": "aya", "text": "x", "zz": 1}, 3):
        assert not validator.is_valid({**scene, "script": [wrong]})
    assert not validator.is_valid({**scene, "id": "../x"})


def test_statements_are_spelt_once() -> None:
    schema = schemas()["scene"]
    script = {"items": {"$ref": "#/$defs/Statement"}, "type": "array"}
    assert len(schema["$defs"]["Statement"]["oneOf"]) == len(KINDS)
    assert schema["$defs"]["If"]["properties"]["then"].items() >= script.items()


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    assert sorted(write_schemas(tmp_path / "schemas")) == sorted(schema_texts())
    assert write_schemas(tmp_path / "schemas") == []
    assert write_reference(tmp_path / "docs" / "contracts.md")
    assert not write_reference(tmp_path / "docs" / "contracts.md")
