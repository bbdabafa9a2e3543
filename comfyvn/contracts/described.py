"""Says in plain words what a contract allows at a place, from the model's own JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from comfyvn.contracts.cache import REMOTE_PATTERN
from comfyvn.contracts.model import FILE_PATTERN, ID_PATTERN, LANGUAGE_PATTERN, Model
from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import BACKGROUND_PATTERN, GOAL_PATTERN, KINDS, statement_kind

Schema = Mapping[str, Any]
PATTERNS = {
    ID_PATTERN: "an id (a lower-case letter, then lower-case letters, digits and _)",
    r"^#[0-9a-fA-F]{6}$": "a colour such as #d9a441",
    GOAL_PATTERN: "a scene (pier), a label of this scene (.stairs) or of another one (pier.stairs)",
    BACKGROUND_PATTERN: "a location (cafe) or a variant of one (cafe/night)",
    FILE_PATTERN: "a file of the novel's folder, such as art/aya.png",
    REMOTE_PATTERN: "an address that begins with s3://, sftp:// or file://",
    LANGUAGE_PATTERN: "a language code such as en, ja or pt_br",
}


@cache
def schema_of(model: type[Model]) -> Schema:
    return model.model_json_schema(by_alias=True)


def allowed(model: type[Model], value: object, steps: Steps) -> str:
    """What may stand at `steps` of `value`, in words; "" when nothing may."""
    root = schema_of(model)
    return in_words(root, _nodes_at(root, value, steps))


def keys(model: type[Model], value: object, steps: Steps) -> tuple[str, ...]:
    """The keys that the object at `steps` may have."""
    found: dict[str, None] = {}
    for node in _nodes_at(schema_of(model), value, steps):
        found.update(dict.fromkeys(node.get("properties", {})))
    return tuple(found)


def _nodes_at(root: Schema, value: object, steps: Steps) -> list[Schema]:
    """The schemas, alternatives apart, that speak about the member at `steps`."""
    nodes = list(_alternatives(root, root, value))
    for step in steps:
        value = _member(value, step)
        nodes = [inner for node in nodes for child in _child(node, step) for inner in _alternatives(root, child, value)]
    return nodes


def _member(value: object, step: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _child(node: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        prefix = node.get("prefixItems", [])
        if step < len(prefix):
            yield prefix[step]
        elif isinstance(node.get("items"), Mapping):
            yield node["items"]
        return
    if step in node.get("properties", {}):
        yield node["properties"][step]
        return
    others = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    yield from (other for other in others if isinstance(other, Mapping))


def _alternatives(root: Schema, node: Schema, value: object) -> Iterator[Schema]:
    """`node` with references followed and unions taken apart; of statements, only the kind that `value` is."""
    if "$ref" in node:
        target = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        yield from _alternatives(root, target, value)
        return
    choices = node.get("anyOf") or node.get("oneOf")
    if not choices:
        yield node
        return
    if len(choices) == len(KINDS):
        kind = statement_kind(value)
        wanted = KINDS[kind].__name__ if kind else ""
        choices = [choice for choice in choices if choice.get("$ref", "").endswith("/" + wanted)] if wanted else []
    for choice in choices:
        yield from _alternatives(root, choice, value)


def in_words(root: Schema, nodes: list[Schema]) -> str:
    words = [text for text in dict.fromkeys(_words(root, node) for node in nodes) if text]
    return " or ".join(words)


def _words(root: Schema, node: Schema) -> str:
    if "enum" in node:
        return "one of " + ", ".join(f'"{choice}"' for choice in node["enum"])
    if "const" in node:
        return f'"{node["const"]}"' if isinstance(node["const"], str) else str(node["const"])
    kind = node.get("type")
    if kind == "string":
        return _text(node)
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _range(node)
    if kind == "array":
        return _list(root, node)
    return {"boolean": "true or false", "object": "an object"}.get(str(kind), "")


def _text(node: Schema) -> str:
    if "pattern" in node:
        return PATTERNS.get(node["pattern"], f"text like {node['pattern']}")
    if "maxLength" in node:
        return f"text of at most {node['maxLength']} characters"
    return "text"


def _range(node: Schema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    lower = f"from {low}" if low is not None else f"above {above}" if above is not None else ""
    upper = f"to {high}" if high is not None else f"below {below}" if below is not None else ""
    if low is not None and not upper:
        lower = f"of at least {low}"
    return "".join(f" {part}" for part in (lower, upper) if part)


def _list(root: Schema, node: Schema) -> str:
    prefix = node.get("prefixItems")
    if prefix:
        return f"a list of {len(prefix)}: each {in_words(root, list(_alternatives(root, prefix[0], None)))}"
    least = node.get("minItems", 0)
    return f"a list of at least {least}" if least else "a list"
