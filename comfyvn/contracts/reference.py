"""Writes docs/contracts.md: every field of every contract, from the models themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from comfyvn.contracts import examples
from comfyvn.contracts.described import in_words
from comfyvn.contracts.model import FILE_PATTERN, ID_PATTERN, SEED_MAX
from comfyvn.contracts.reference_rules import RULES
from comfyvn.contracts.scene import KINDS
from comfyvn.contracts.schemas import schemas

Schema = Mapping[str, Any]
TITLES = {
    "novel": "The novel: `comfyvn.yaml`",
    "style": "Styles: `data/styles/<id>.json`",
    "character": "Characters: `data/characters/<id>/character.json`",
    "location": "Locations: `data/locations/<id>.json`",
    "scene": "Scenes: `data/scenes/<id>.json`",
    "voices": "Voice clips: `data/voices/<id>.json`",
    "asset": "Assets: `data/assets/<id>.json`",
    "scene_translation": "Translations of scenes: `data/tl/<language>/<scene>.json`",
    "novel_translation": "Translations of all else: `data/tl/<language>.json`",
}
STATEMENT_NAMES = {*(model.__name__ for model in KINDS.values()), "Choice"}
HEAD = """\
<!-- Written by tools/write_reference.py from comfyvn/contracts: change the models, not this page. -->

# Contract reference

A novel is `comfyvn.yaml` and the JSON files under `data/`. Unknown keys are errors; notes of your own go into `meta`,
from which nothing is ever derived. Ids are lower-case letters, digits and `_`, and fit the file's name. A **bold** key
is required. A `file` is named relative to the novel's folder and stands for finished art or a recording, which is used
instead of making one. `$schema` gives editors completion: it names the file in `schemas/`.
"""


def reference_markdown() -> str:
    """The whole page."""
    found = schemas()
    shared = _shared(found)
    parts = [*(_contract(name, found[name], shared) for name in TITLES), _statements(found["scene"]), *RULES]
    parts.append("## Shared pieces\n\n" + "\n".join(_object(name, shared[name]) for name in sorted(shared)))
    page = "\n".join(parts).rstrip() + "\n"
    return f"{HEAD}\n{_contents(page)}\n{page}"


def _contents(page: str) -> str:
    """Links to every section, statements and pieces in one line each."""
    lines: list[str] = []
    for line in page.splitlines():
        mark, _, title = line.partition(" ")
        if mark == "##":
            lines.append(f"- [{title}](#{anchor(title)})")
        elif mark == "###":
            lines[-1] += f"{' ·' if ': ' in lines[-1] or '·' in lines[-1] else ':'} [{title}](#{anchor(title)})"
    return "\n".join(lines) + "\n"


def anchor(title: str) -> str:
    """The name that GitHub gives a heading, for links within a page."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _shared(found: Mapping[str, Schema]) -> dict[str, Schema]:
    """The pieces that more than one contract uses."""
    uses: dict[str, int] = {}
    pieces: dict[str, Schema] = {}
    for root in found.values():
        for name, node in root.get("$defs", {}).items():
            if "properties" in node:
                uses[name] = uses.get(name, 0) + 1
                pieces[name] = node
    return {name: node for name, node in pieces.items() if uses[name] > 1}


def _contract(name: str, root: Schema, shared: Mapping[str, Schema]) -> str:
    code = examples.NOVEL if name == "novel" else examples.CONTRACTS[name] + "\n"
    own = [
        _object(piece, node)
        for piece, node in root.get("$defs", {}).items()
        if "properties" in node and piece not in shared and piece not in STATEMENT_NAMES
    ]
    language = "yaml" if name == "novel" else "json"
    intro = f"## {TITLES[name]}\n\n{_prose(root)}\n\n```{language}\n{code}```\n\n{_table(root)}\n"
    return "\n".join([intro, *own])


def _statements(root: Schema) -> str:
    lines = [
        "## Statements of a script\n\nEvery statement is an object that one key names. More about its [text](#text),"
        " its [conditions](#conditions), [transitions](#transitions) and [places](#places) stands below.\n"
    ]
    for kind, model in KINDS.items():
        node = root["$defs"][model.__name__]
        lines.append(f"### `{kind}`\n\n{_prose(node)}\n\n```json\n{examples.STATEMENTS[kind]}\n```\n\n{_table(node)}\n")
    lines.append(_object("Choice", root["$defs"]["Choice"]))
    return "\n".join(lines)


def _object(name: str, node: Schema) -> str:
    return f"### {name}\n\n{_prose(node)}\n\n{_table(node)}\n"


def _prose(node: Schema) -> str:
    return " ".join(node.get("description", "").split())


def _table(node: Schema) -> str:
    rows = ["| key | what | default | meaning |", "| --- | --- | --- | --- |", *_rows(node)]
    return "\n".join(rows)


def _rows(node: Schema) -> Iterator[str]:
    required = set(node.get("required", ()))
    for key, member in node["properties"].items():
        name = f"**`{key}`**" if key in required else f"`{key}`"
        default = f"`{json.dumps(member['default'], ensure_ascii=False)}`" if "default" in member else ""
        cells = (name, _kind(member), default, _prose(member))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kind(node: Schema) -> str:
    """A member's type in words, with links to the pieces it is made of."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        if name == "JsonValue":
            return "anything"
        return "[statement](#statements-of-a-script)" if name == "Statement" else f"[{name}](#{name.lower()})"
    for union in ("anyOf", "oneOf"):
        if union in node:
            return " or ".join(dict.fromkeys(_kind(choice) for choice in node[union]))
    if node.get("type") == "array" and "prefixItems" not in node:
        return f"list of {_kind(node.get('items', {}))}"
    known = _short_kind(node)
    if known:
        return known
    inner = _values(node)
    if inner is not None:
        return f"object: name → {_kind(inner)}"
    return "nothing" if node.get("type") == "null" else in_words(node, [node]) or "anything"


def _short_kind(node: Schema) -> str:
    """Names for kinds of values that stand on every second line."""
    if node.get("pattern") == ID_PATTERN:
        return "id"
    if node.get("pattern") == FILE_PATTERN:
        return "file"
    if node.get("maximum") == SEED_MAX:
        return "seed, from 0 to 2^64 − 1"
    return str(node["minimum"]) if "minimum" in node and node["minimum"] == node.get("maximum") else ""


def _values(node: Schema) -> Schema | None:
    """The schema of an object's values when its keys are the author's."""
    if node.get("type") != "object" or "properties" in node:
        return None
    named = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    return next((value for value in named if isinstance(value, Mapping)), {})
