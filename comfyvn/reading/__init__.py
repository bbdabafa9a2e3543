"""From the novel's files to contracts: reading, filling in what is missing, and copies for old readers."""

from comfyvn.reading.fill import fill_ids, fill_seeds, mirror
from comfyvn.reading.generated import write_reference, write_schemas
from comfyvn.reading.novel import Reading, read, read_project
from comfyvn.reading.servers import located, read_servers_files
from comfyvn.reading.toolbox import read_definitions, read_lock, read_registry, read_workflows

__all__ = [
    "Reading",
    "fill_ids",
    "fill_seeds",
    "located",
    "mirror",
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
