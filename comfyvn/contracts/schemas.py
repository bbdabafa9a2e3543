"""JSON Schemas of the contract files, for editors, and of bundles: generated from the models, never written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from comfyvn.contracts.bundle import BUNDLE_FILES
from comfyvn.contracts.kinds import SCHEMAS
from comfyvn.contracts.model import Model
from comfyvn.contracts.scene import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMED = ("properties", "$defs", "patternProperties")  # members of these are named by authors or fields
STATEMENT = {"$ref": "#/$defs/Statement"}


def schemas() -> Mapping[str, Any]:
    """Schema by name (`scene`), as JSON values in the draft 2020-12."""
    return {name: schema(model) for name, model in SCHEMAS.items()}


def schema_texts() -> Mapping[str, str]:
    """File name (`scene.json`, `bundle-scene.json`) → the schema as it is written."""
    bundles = {f"bundle-{file.removesuffix('.json')}": schema(model) for file, model in BUNDLE_FILES.items()}
    found = {**schemas(), **bundles}
    return {f"{name}.json": json.dumps(value, indent=2, ensure_ascii=False) + "\n" for name, value in found.items()}


def schema(model: type[Model]) -> dict[str, Any]:
    """One contract's schema; the union of statements is spelt once, under `$defs/Statement`."""
    raw = model.model_json_schema(by_alias=True)
    tidy = _tidy(raw)
    assert isinstance(tidy, dict)
    if "Say" in tidy.get("$defs", {}):
        union = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in KINDS.values()]
        described = {"title": "Statement", "description": "One step of a script, named by its key.", "oneOf": union}
        tidy["$defs"] = {"Statement": described, **tidy["$defs"]}
    return {"$schema": DIALECT, **tidy}


def _tidy(node: Any, names: bool = False) -> Any:
    """Without titles that repeat a key, defaults that say nothing, and nulls that only mean "left out".

    `names`: the members of `node` are named by authors or fields, not by the schema language.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _tidy(value) for key, value in node.items()}
    if len(node.get("oneOf", ())) == len(KINDS):
        return STATEMENT
    node = _without_null(node)
    return {
        key: _filled(value) if key == "default" else _tidy(value, names=key in NAMED)
        for key, value in node.items()
        if not (key == "title" and "properties" not in node) and not (key == "default" and _is_empty(value))
    }


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """An optional member's schema without the alternative null: whoever wants none leaves the key out."""
    if node.get("default", ...) is not None or "anyOf" not in node:
        return node
    kept = [choice for choice in node["anyOf"] if choice != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _filled(value: Any) -> Any:
    """A default without the members that say nothing."""
    if not isinstance(value, dict):
        return value
    return {key: _filled(member) for key, member in value.items() if not _is_empty(member)}


def _is_empty(value: Any) -> bool:
    """Whether a default is nothing: null, or an object all of whose members are."""
    if isinstance(value, dict):
        return all(_is_empty(member) for member in value.values())
    return value is None or value == [] or value == ()
