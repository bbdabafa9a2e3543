"""Whatever the editor hides a graph behind, conversion finds the graph again."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from comfyvn.graph.check import check, errors
from comfyvn.graph.compare import compare
from comfyvn.graph.convert import to_api
from comfyvn.graph.ui import parse_ui
from comfyvn.reading import read_definitions
from tests.fakes.editor import Editor
from tests.fakes.graphs import random_graph


@given(st.integers(0, 2**32))
def test_what_the_editor_hides_is_found_again(seed: int) -> None:
    rng, definitions = Random(seed), read_definitions()
    graph = random_graph(rng, definitions)
    document = Editor(definitions, rng).write(graph)
    found = to_api(parse_ui(document), definitions)
    titles = {node: entry["_meta"]["title"] for node, entry in found.items()}
    renamed = {
        titles[node]: {
            "class_type": entry["class_type"],
            "inputs": {
                key: [titles[value[0]], value[1]] if isinstance(value, list) else value
                for key, value in entry["inputs"].items()
            },
        }
        for node, entry in found.items()
    }
    assert renamed == graph
    assert compare({"graph": graph}, {"graph": found}) == []
    only_outputs = [issue for issue in errors(check(found, definitions)) if issue.code != "prompt_no_outputs"]
    assert only_outputs == []
