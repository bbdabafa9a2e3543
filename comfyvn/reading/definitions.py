"""The node classes that a novel's workflows may use: the package's, and over them the novel's `providers/nodes.json`.

The novel's file has the shape of the package's (`graph.definitions.from_facts`) and holds only what the package lacks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from comfyvn.errors import ContractError, Problem
from comfyvn.graph.definitions import Definitions, from_facts
from comfyvn.graph.facts import dump_facts, to_facts
from comfyvn.reading import files
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.source import Unread

NODES = "providers/nodes.json"


def own_nodes_file(root: Path) -> Path | None:
    """The novel's own file of node classes, None where it has none."""
    file = root / NODES
    return file if file.is_file() and files.inside(root, file) else None


def own_nodes(root: Path) -> bytes:
    """What the novel's own file of node classes holds; nothing where it has none. Raises ContractError."""
    if not (root / NODES).exists():
        return b""
    data = files.load_bytes(root, NODES)
    if isinstance(data, Problem):
        raise ContractError([data])
    return data


def with_own(shipped: Definitions, data: bytes) -> Definitions:
    """The package's definitions with those of a novel's file over them. Raises ContractError for a broken file."""
    return replace(shipped, classes={**shipped.classes, **_parsed(data).classes}) if data else shipped


def _parsed(data: bytes) -> Definitions:
    if not data:
        return Definitions({})
    source = parse_json(NODES, data)
    if isinstance(source, Unread):
        raise ContractError(source.problems)
    try:
        return from_facts(source.value)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        what = f"not a file of node classes: {type(error).__name__} {error}"
        todo = f"delete {NODES} and import the workflow again, or make it with tools/import_nodes.py"
        raise ContractError([Problem(NODES, what)], todo) from error


def add_nodes(root: Path, definitions: Definitions, names: Iterable[str]) -> list[str]:
    """Writes these classes into the novel's own file, beside what is there; gives the names that are new or changed."""
    before = _parsed(own_nodes(root))
    wanted = {name: definitions.classes[name] for name in sorted(set(names))}
    changed = [name for name, node in wanted.items() if before.get(name) != node]
    if changed:
        both = Definitions({**before.classes, **wanted}, before.comfyui or definitions.comfyui)
        files.write_whole(root / NODES, dump_facts(to_facts(both)).encode())
    return changed
