"""The novel of this repository holds the same workflows and registry as the package, and the docs show them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copies(folder: str, canonical: str) -> None:
    # Node definitions stay with the package: no novel changes them.
    ours = {file.name: file.read_bytes() for file in (ROOT / canonical).glob("*.json") if file.name != "nodes.json"}
    theirs = {file.name: file.read_bytes() for file in (ROOT / folder).glob("*.json")}
    assert ours
    assert ours == {name: data for name, data in theirs.items() if name in ours}


def test_workflows_of_the_sample_are_the_canonical_ones() -> None:
    copies("workflows", "comfyvn/workflows")


def test_registry_of_the_sample_is_the_canonical_one() -> None:
    copies("providers", "comfyvn/providers")


def test_the_page_of_workflows_is_current() -> None:
    spec = importlib.util.spec_from_file_location("write_workflow_docs", ROOT / "tools" / "write_workflow_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    assert module.workflows_page() == page, "run `python tools/write_workflow_docs.py`"
