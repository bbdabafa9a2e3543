"""Files that the editor opened and posted (recorded, see `tests/real/test_editor.py`): we make of them what it made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyvn.graph.compare import compare
from comfyvn.graph.convert import to_api
from comfyvn.graph.ui import parse_ui
from comfyvn.reading import read_definitions

RECORDED = json.loads((Path(__file__).parent.parent / "data" / "workflows" / "editor.json").read_text("utf-8"))


@pytest.mark.parametrize("case", RECORDED["cases"], ids=range(len(RECORDED["cases"])))
def test_the_graph_is_what_the_editor_posted(case: dict[str, Any]) -> None:
    ours = to_api(parse_ui(case["saved"]), read_definitions())
    assert compare({"graph": case["posted"]}, {"graph": ours}) == []
    assert len(ours) == len(case["posted"])
