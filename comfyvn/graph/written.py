"""A workflow file as text: one line for each input, seed, output and node, so that a diff names what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def written(document: Mapping[str, Any]) -> str:
    """The file's text; objects at the top level are broken into lines, empty ones left out; ends with a newline."""
    parts = [_part(key, value) for key, value in document.items() if value not in ({}, "")]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _part(key: str, value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"  {json.dumps(key)}: {_line(value)}"
    rows = ",\n".join(f"    {json.dumps(name, ensure_ascii=False)}: {_line(entry)}" for name, entry in value.items())
    return f"  {json.dumps(key)}: {{\n{rows}\n  }}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
