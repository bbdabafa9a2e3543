"""The novel of this repository holds the same workflows and registry as the package, and the docs show them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

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


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What tools/write_workflow_docs.py would write now."""
    pytest.importorskip("igraph", reason="pip install igraph: it lays the pictures out")
    monkeypatch.syspath_prepend(ROOT / "tools")
    spec = importlib.util.spec_from_file_location("write_workflow_docs", ROOT / "tools" / "write_workflow_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    texts: dict[str, str] = module.documents()
    return texts


def test_the_pages_and_pictures_of_workflows_are_current(documents: dict[str, str]) -> None:
    folder = ROOT / "docs"
    written = {place: (folder / place).read_text(encoding="utf-8") for place in documents if (folder / place).is_file()}
    stale = [place for place in documents if written.get(place) != documents[place]]
    assert not stale, "run `python tools/write_workflow_docs.py`"
    assert {file.name for file in (folder / "workflows").iterdir()} == {
        Path(place).name for place in documents if place.startswith("workflows/")
    }


def test_a_picture_shows_every_node_input_and_seed(documents: dict[str, str]) -> None:
    for file in (ROOT / "comfyvn" / "workflows").glob("*.json"):
        workflow = json.loads(file.read_text(encoding="utf-8"))
        texts = ElementTree.fromstring(documents[f"workflows/{file.stem}.svg"]).iter("{http://www.w3.org/2000/svg}text")
        words = " ".join(text.text or "" for text in texts)
        assert all(f"{node} · " in words for node in workflow["graph"])
        bound = [name for name, addresses in workflow["seed_keys"].items() if addresses]
        assert all(name in words for name in [*workflow["expected_inputs"], *bound])
