"""The manifest of an export: what goes where, by content; exports depend on this summary instead of on every file."""

from __future__ import annotations

import json
from collections.abc import Mapping

from comfyvn.makers.made import Made
from comfyvn.recipe import LOCAL, FileInput, Manifest


def manifest(recipe: Manifest, digests: Mapping[str, str], files: Mapping[str, Mapping[str, str]]) -> Made:
    """`files`: place → (file name → content digest) where a whole target goes to a folder."""
    entries = {
        place: {
            "from": item.path if isinstance(item, FileInput) else item.target,
            "content": digests[place],
            **({"files": dict(files[place])} if place in files else {}),
        }
        for place, item in sorted(recipe.inputs.items())
    }
    text = json.dumps({"manifest": 1, "entries": entries}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return Made({".json": text.encode()}, LOCAL)
