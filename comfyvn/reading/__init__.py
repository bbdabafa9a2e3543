"""From the novel's files to contracts: reading, filling in what is missing, and copies for old readers."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comfyvn.reading.definitions import own_nodes_file
    from comfyvn.reading.fill import fill_ids, fill_seeds, mirror
    from comfyvn.reading.generated import write_reference, write_schemas
    from comfyvn.reading.json_text import parse_json
    from comfyvn.reading.novel import Reading, cures, located_in, read, read_project
    from comfyvn.reading.servers import load_own, located, read_servers_files
    from comfyvn.reading.source import Source
    from comfyvn.reading.toolbox import (
        config_folder,
        own_workflow_digest,
        read_definitions,
        read_lock,
        read_registry,
        read_workflows,
    )

# What is named here is loaded when it is first asked for: a build needs little of it.
_HOMES = {
    "Reading": "novel",
    "Source": "source",
    "config_folder": "toolbox",
    "cures": "novel",
    "fill_ids": "fill",
    "fill_seeds": "fill",
    "load_own": "servers",
    "located": "servers",
    "located_in": "novel",
    "mirror": "fill",
    "own_nodes_file": "definitions",
    "parse_json": "json_text",
    "read": "novel",
    "own_workflow_digest": "toolbox",
    "read_definitions": "toolbox",
    "read_lock": "toolbox",
    "read_project": "novel",
    "read_registry": "toolbox",
    "read_servers_files": "servers",
    "read_workflows": "toolbox",
    "write_reference": "generated",
    "write_schemas": "generated",
}
__all__ = [
    "Reading",
    "Source",
    "config_folder",
    "cures",
    "fill_ids",
    "fill_seeds",
    "load_own",
    "located",
    "located_in",
    "mirror",
    "own_nodes_file",
    "own_workflow_digest",
    "parse_json",
    "read",
    "read_definitions",
    "read_lock",
    "read_project",
    "read_registry",
    "read_servers_files",
    "read_workflows",
    "write_reference",
    "write_schemas",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"comfyvn.reading.{_HOMES[name]}"), name)
