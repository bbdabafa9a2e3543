"""Two workflows differ where it matters, and nowhere else."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comfyvn.graph.compare import compare
from comfyvn.graph.pairing import match
from comfyvn.reading.toolbox import shipped_workflows

GRAPH: dict[str, Any] = shipped_workflows()["sprite_pack"].graph  # type: ignore[assignment]


def relabelled(graph: Any, rng: Random) -> tuple[dict[str, Any], dict[str, str]]:
    """The same graph with other ids, in another order, with other titles."""
    names = list(graph)
    rng.shuffle(names)
    ids = {name: f"x{index}" for index, name in enumerate(names)}
    moved = {}
    for name in names:
        inputs = list(graph[name]["inputs"].items())
        rng.shuffle(inputs)
        moved[ids[name]] = {
            "class_type": graph[name]["class_type"],
            "inputs": {key: [ids[v[0]], v[1]] if isinstance(v, list) else v for key, v in inputs},
            "_meta": {"title": f"title {rng.random()}"},
        }
    return moved, ids


@given(st.integers(0, 2**32))
def test_ids_order_and_titles_do_not_count(seed: int) -> None:
    moved, _ = relabelled(GRAPH, Random(seed))
    assert compare({"graph": GRAPH}, {"graph": moved}) == []


@given(st.integers(0, 2**32))
def test_one_changed_value_is_one_change_whatever_the_ids(seed: int) -> None:
    rng = Random(seed)
    moved, ids = relabelled(GRAPH, rng)
    places = [(n, k) for n, e in GRAPH.items() for k, v in e["inputs"].items() if not isinstance(v, list)]
    name, key = rng.choice(places)
    moved[ids[name]]["inputs"][key] = "something else"
    (change,) = compare({"graph": GRAPH}, {"graph": moved})
    before = json.dumps(GRAPH[name]["inputs"][key], ensure_ascii=False)
    assert (change.kind, change.input, change.after) == ("value", key, '"something else"')
    assert change.before == (before if len(before) <= 120 else before[:119] + "…")
    assert change.node == name


@given(st.integers(0, 2**32))
def test_a_node_that_is_gone_is_the_one_that_is_named(seed: int) -> None:
    rng = Random(seed)
    moved, ids = relabelled(GRAPH, rng)
    gone = rng.choice([name for name in GRAPH if GRAPH[name]["class_type"] == "LoadImage"])
    del moved[ids[gone]]
    pairs = match(GRAPH, moved)
    assert set(GRAPH) - set(pairs) == {gone}


def test_links_added_nodes_and_replaced_classes() -> None:
    small = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}},
    }
    other = copy.deepcopy(small)
    other["3"]["inputs"]["images"] = ["1", 0]
    other["2"]["class_type"] = "ImageScale"
    other["9"] = {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}}
    assert [str(change) for change in compare({"graph": small}, {"graph": other})] == [
        "removed: node 2 (ImageInvert)",
        "added: node 2 (ImageScale)",
        "added: node 9 (PreviewImage)",
        "node 3 (SaveImage) link of images: output 0 of 2 → output 0 of 1",
    ]
    replaced = copy.deepcopy(small)
    replaced["2"]["class_type"] = "ImageFlip"
    assert [str(change) for change in compare({"graph": small}, {"graph": replaced})] == [
        "node 2 (ImageInvert) class: ImageInvert → ImageFlip"
    ]


def test_numbers_are_numbers_and_truth_is_not() -> None:
    one = {"1": {"class_type": "X", "inputs": {"a": 1, "b": 1}}}
    assert compare({"graph": one}, {"graph": {"1": {"class_type": "X", "inputs": {"a": 1.0, "b": 1}}}}) == []
    assert len(compare({"graph": one}, {"graph": {"1": {"class_type": "X", "inputs": {"a": True, "b": 1}}}})) == 1


def test_headers_are_compared_by_what_their_addresses_mean() -> None:
    graph = {"1": {"class_type": "X", "inputs": {"a": 1}}}
    moved = {"7": {"class_type": "X", "inputs": {"a": 1}}}
    one = {"expected_inputs": {"a": {"type": "int", "to": ["1.a"]}}, "outputs": {"o": {"node": "1"}}, "graph": graph}
    two = {"expected_inputs": {"a": {"type": "int", "to": ["7.a"]}}, "outputs": {"o": {"node": "7"}}, "graph": moved}
    assert compare(one, two) == []
    two["expected_inputs"] = {"a": {"type": "int", "to": ["7.a"], "default": 3}}
    assert [str(change) for change in compare(one, two)] == ["header expected_inputs.a.default: (nothing) → 3"]
