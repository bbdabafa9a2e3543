"""Writes what is generated from the contract models: JSON Schemas for editors, and the reference page."""

from __future__ import annotations

from pathlib import Path

from comfyvn.contracts.reference import reference_markdown
from comfyvn.contracts.schemas import schema_texts
from comfyvn.reading.files import write_whole


def write_schemas(folder: Path) -> list[str]:
    """Writes every JSON Schema into `folder`. Returns the names of the files that changed."""
    return [name for name, text in schema_texts().items() if _write(folder / name, text)]


def write_reference(file: Path) -> bool:
    """Writes the contract reference. Returns whether it changed."""
    return _write(file, reference_markdown())


def _write(file: Path, text: str) -> bool:
    data = text.encode()
    if file.is_file() and file.read_bytes() == data:
        return False
    write_whole(file, data)
    return True
