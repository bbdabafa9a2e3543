"""Writes docs/workflows.md from the canonical workflow files.

python tools/write_workflow_docs.py
"""

from __future__ import annotations

import json
from pathlib import Path

from comfyvn.graph.definitions import from_facts
from comfyvn.graph.describe import page
from comfyvn.graph.template import parse

ROOT = Path(__file__).resolve().parent.parent


def workflows_page(root: Path = ROOT) -> str:
    """The text of docs/workflows.md for the files under `root`/comfyvn."""
    facts = json.loads((root / "comfyvn" / "providers" / "nodes.json").read_text(encoding="utf-8"))
    definitions = from_facts(facts)
    files = sorted((root / "comfyvn" / "workflows").glob("*.json"))
    return page(parse(json.loads(file.read_text(encoding="utf-8")), file.name, definitions) for file in files)


if __name__ == "__main__":
    target = ROOT / "docs" / "workflows.md"
    target.write_text(workflows_page(), encoding="utf-8", newline="\n")
    print(target.relative_to(ROOT))
