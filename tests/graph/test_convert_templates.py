"""ComfyUI's own templates and subgraph blueprints: each converts, or says clearly what is missing.

They come from `comfyui-workflow-templates-json` and `comfyui-subgraph-blueprints`, and from an old
`comfyui-workflow-templates` (up to 0.1.x) where one is installed, which held them itself.
`python -m pytest tests/graph/test_convert_templates.py -s` prints how many of how many.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources, util
from typing import Any

import pytest

from comfyvn.errors import WorkflowError
from comfyvn.graph.check import check, errors
from comfyvn.graph.convert import missing_classes, to_api
from comfyvn.graph.definitions import Definitions, Input, NodeClass, Output
from comfyvn.graph.propose import propose
from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.template import parse
from comfyvn.graph.ui import Document, parse_ui
from comfyvn.reading import read_definitions

PACKAGES = {
    "comfyui_workflow_templates_json": "templates",
    "comfyui_subgraph_blueprints": "blueprints",
    "comfyui_workflow_templates": "templates",
}
INSTALLED = {name: folder for name, folder in PACKAGES.items() if util.find_spec(name)}
pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="pip install comfyui-workflow-templates-json comfyui-subgraph-blueprints"
)
# The server that the shipped definitions were read from is older than some templates: what they name came later.
LATER = {"value_not_in_list"}


@cache
def templates() -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for package, name in INSTALLED.items():
        folder = resources.files(package).joinpath(name)
        files = [entry for entry in folder.iterdir() if entry.name.endswith(".json")] if folder.is_dir() else []
        found |= {f"{package}/{entry.name}": json.loads(entry.read_bytes()) for entry in files}
    return {name: found[name] for name in sorted(found) if isinstance(found[name], dict) and "nodes" in found[name]}


@cache
def outcomes() -> Mapping[str, str]:
    """Template → "converted", or what its error says; any other exception fails the test."""
    return {name: outcome(document) for name, document in templates().items()}


def outcome(document: Any) -> str:
    try:
        to_api(parse_ui(document), read_definitions())
    except WorkflowError as error:
        assert error.what and error.todo
        return error.what
    return "converted"


def test_every_template_whose_classes_are_known_converts() -> None:
    known = [
        name for name, document in templates().items() if not missing_classes(parse_ui(document), read_definitions())
    ]
    assert known
    assert {name: outcomes()[name] for name in known} == dict.fromkeys(known, "converted")
    print(
        f"\nconverted: {len(known)} of {len(known)} templates with known classes, {len(templates())} templates in all"
    )


def test_every_other_template_says_which_classes_are_missing() -> None:
    others = {name: what for name, what in outcomes().items() if what != "converted"}
    assert others
    assert [name for name, what in others.items() if "not known" not in what] == []


def test_converted_templates_pass_the_check_but_for_options_that_came_later() -> None:
    found: Counter[str] = Counter()
    sound = 0
    whole = [name for name in outcomes() if "blueprints" not in name]  # a blueprint is a piece, with open ends
    converted = [name for name in whole if outcomes()[name] == "converted"]
    for name in converted:
        issues = errors(check(to_api(parse_ui(templates()[name]), read_definitions()), read_definitions()))
        found.update(issue.code for issue in issues)
        sound += not issues
    print(f"\nsound: {sound} of {len(converted)} converted templates; findings in the others: {dict(found)}")
    assert set(found) <= LATER
    assert sound > len(converted) / 2


def test_every_template_converts_with_classes_guessed_from_its_own_slots() -> None:
    for document in templates().values():
        parsed = parse_ui(document)
        assert set(to_api(parsed, guessed(parsed))) or not parsed.nodes


def guessed(document: Document) -> Definitions:
    """Definitions that the slots of a document's nodes suggest: enough to follow every link and read every widget."""
    nodes = [*document.nodes, *(node for entry in document.definitions.subgraphs for node in entry.nodes)]
    classes: dict[str, NodeClass] = {}
    for node in nodes:
        if len(node.inputs) >= len(classes[node.type].inputs if node.type in classes else ()):
            inputs = tuple(Input(slot.name, slot.type, required=False, options=()) for slot in node.inputs if slot.name)
            outputs = tuple(Output(slot.type, slot.name) for slot in node.outputs)
            classes[node.type] = NodeClass(node.type, "guessed", inputs, outputs)
    return Definitions(classes)


def test_converted_templates_become_workflow_files() -> None:
    for name, what in outcomes().items():
        graph = to_api(parse_ui(templates()[name]), read_definitions()) if what == "converted" else {}
        if not graph or errors(check(graph, read_definitions())):
            continue
        proposal = propose(graph, read_definitions(), ModelNames([]), "imported", "custom")
        workflow = parse(proposal.document, name, read_definitions())
        assert workflow.outputs
