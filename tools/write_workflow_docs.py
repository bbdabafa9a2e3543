"""Writes docs/workflows.md, and a page and a picture for every workflow, from the canonical workflow files.

python tools/write_workflow_docs.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workflow_picture import picture

from comfyvn.graph.definitions import from_facts
from comfyvn.graph.describe import index, page
from comfyvn.graph.template import parse
from comfyvn.providers import parse_registry

ROOT = Path(__file__).resolve().parent.parent


def documents(root: Path = ROOT) -> dict[str, str]:
    """Place under docs/ → text, for the files under `root`/comfyvn."""
    definitions = from_facts(_json(root / "comfyvn" / "providers" / "nodes.json"))
    registry = parse_registry(_json(root / "comfyvn" / "providers" / "providers.json"))
    files = sorted((root / "comfyvn" / "workflows").glob("*.json"))
    workflows = [parse(_json(file), file.name, definitions) for file in files]
    texts = {"workflows.md": index(workflows)}
    for workflow in workflows:
        texts[f"workflows/{workflow.workflow_id}.md"] = page(workflow, registry)
        texts[f"workflows/{workflow.workflow_id}.svg"] = picture(workflow, definitions)
    return texts


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def main() -> None:
    folder = ROOT / "docs"
    (folder / "workflows").mkdir(exist_ok=True)
    for place, text in documents().items():
        (folder / place).write_text(text, encoding="utf-8", newline="\n")
        print(f"docs/{place}")


if __name__ == "__main__":
    main()
