"""The importer turns any server's definitions into facts: classes, types, ranges, options and packs alone."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("import_nodes", ROOT / "tools" / "import_nodes.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_packs_come_from_the_list_and_else_from_the_module(tool: ModuleType) -> None:
    answer = {
        "Mine": {
            "input": {"required": {"n": ["INT", {"min": 1, "tooltip": "prose"}]}},
            "output": ["INT"],
            "python_module": "custom_nodes.x",
        },
        "Other": {"input": {}, "output": [], "output_node": True, "python_module": "custom_nodes.other"},
        "Core": {"input": {}, "output": [], "python_module": "nodes"},
    }
    packs = {"comfyui_version": "1.2", "packs": [{"name": "Pack", "repo": "a/b", "classes": ["Mine"]}]}
    facts = json.loads(tool.import_nodes(answer, packs))
    assert facts["comfyui"] == "1.2"
    assert {name: node["pack"] for name, node in facts["classes"].items()} == {
        "Core": "ComfyUI",
        "Mine": "Pack",
        "Other": "other",
    }
    assert facts["classes"]["Mine"]["required"] == [["n", "INT", {"min": 1}]]


def test_a_second_import_of_the_same_server_writes_the_same_bytes(tool: ModuleType) -> None:
    answer = json.loads((ROOT / "tests" / "data" / "comfyui" / "object_info.json").read_text(encoding="utf-8"))
    backwards = dict(reversed(answer.items()))
    assert tool.import_nodes(answer, {}) == tool.import_nodes(backwards, {})
    assert "example.png" not in tool.import_nodes(answer, {})
