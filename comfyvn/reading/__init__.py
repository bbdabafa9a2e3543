"""From the novel's files to contracts: reading, filling in what is missing, and copies for old readers."""

from comfyvn.reading.definitions import own_nodes_file
from comfyvn.reading.fill import fill_ids, fill_seeds, mirror
from comfyvn.reading.generated import write_reference, write_schemas
from comfyvn.reading.novel import Reading, located_in, read, read_project
from comfyvn.reading.servers import load_own, located, read_servers_files
from comfyvn.reading.toolbox import config_folder, read_definitions, read_lock, read_registry, read_workflows

__all__ = [
    "Reading",
    "config_folder",
    "fill_ids",
    "fill_seeds",
    "load_own",
    "located",
    "located_in",
    "mirror",
    "own_nodes_file",
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
