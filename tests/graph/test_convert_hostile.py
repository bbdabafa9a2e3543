"""Files that somebody made to hurt: a clear error or a graph, never another exception, never without end."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.errors import WorkflowError
from comfyvn.graph.check import check
from comfyvn.graph.compare import compare
from comfyvn.graph.convert_any import read_any
from comfyvn.graph.propose import propose
from comfyvn.graph.propose_models import ModelNames
from comfyvn.reading import read_definitions
from tests.fakes.editor import Editor

GRAPH: dict[str, Any] = {
    "a": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
    "b": {"class_type": "CLIPTextEncode", "inputs": {"text": "sea", "clip": ["a", 1]}},
    "c": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "d": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1,
            "steps": 2,
            "cfg": 3.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["a", 0],
            "positive": ["b", 0],
            "negative": ["b", 0],
            "latent_image": ["c", 0],
        },
    },
    "e": {"class_type": "VAEDecode", "inputs": {"samples": ["d", 0], "vae": ["a", 2]}},
    "f": {"class_type": "SaveImage", "inputs": {"images": ["e", 0], "filename_prefix": "x"}},
}
ODD = [None, True, -1, 10**30, 1e308, "", "x" * 300, [], {}, [1, 2], {"0": 1}, "-10", -20, "\x1b[31m", "1:2"]


def put_in(value: Any, rng: Random, odd: Any) -> Any:
    """The same JSON with one member, somewhere, replaced."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(sorted(value))
        return {**value, key: put_in(value[key], rng, odd)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        return [*value[:place], put_in(value[place], rng, odd), *value[place + 1 :]]
    return odd


@given(st.integers(0, 2**32))
def test_wrong_types_anywhere_end_in_a_graph_or_in_our_error(seed: int) -> None:
    rng, definitions = Random(seed), read_definitions()
    value: Any = Editor(definitions, rng).write(GRAPH) if rng.random() < 0.7 else json.loads(json.dumps(GRAPH))
    for _ in range(rng.choice([1, 1, 3])):
        value = put_in(value, rng, rng.choice(ODD))
    try:
        found = read_any(value, definitions)
        check(found.graph, definitions)
        compare(found.document, {"graph": GRAPH})
        if all(entry.get("class_type") in definitions for entry in found.graph.values()):
            propose(found.graph, definitions, ModelNames([]), "x", "custom")
    except WorkflowError as error:
        assert error.what


def sub(name: str, *inside: str) -> dict[str, Any]:
    return {"id": name, "nodes": [{"id": i, "type": kind} for i, kind in enumerate(inside)], "links": []}


def test_a_subgraph_in_itself_is_named() -> None:
    around = {"subgraphs": [sub("a", "b"), sub("b", "a")]}
    with pytest.raises(WorkflowError, match="contains itself: 1:0:0"):
        read_any({"nodes": [{"id": 1, "type": "a"}], "links": [], "definitions": around}, read_definitions())


def test_subgraphs_that_multiply_are_stopped() -> None:
    levels = [sub(f"s{i}", *[f"s{i + 1}"] * 20) for i in range(12)] + [sub("s12", "EmptyImage")]
    document = {"nodes": [{"id": 1, "type": "s0"}], "links": [], "definitions": {"subgraphs": levels}}
    with pytest.raises(WorkflowError, match="more than 20000 nodes"):
        read_any(document, read_definitions())


def test_subgraphs_nested_deeply_are_stopped() -> None:
    levels = [sub(f"s{i}", f"s{i + 1}") for i in range(60)]
    document = {"nodes": [{"id": 1, "type": "s0"}], "links": [], "definitions": {"subgraphs": levels}}
    with pytest.raises(WorkflowError, match="nested deeper than"):
        read_any(document, read_definitions())


def test_reroutes_in_a_circle_are_named() -> None:
    ring = [
        {"id": i, "type": "Reroute", "inputs": [{"name": "", "type": "*", "link": i}], "outputs": [{"type": "*"}]}
        for i in (1, 2)
    ]
    save = {"id": 3, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 3}]}
    links = [[1, 2, 0, 1, 0, "*"], [2, 1, 0, 2, 0, "*"], [3, 1, 0, 3, 0, "*"]]
    with pytest.raises(WorkflowError, match="in a circle"):
        read_any({"nodes": [*ring, save], "links": links}, read_definitions())


def test_ten_thousand_reroutes_in_a_row_are_followed() -> None:
    count = 10_000
    first = {"id": 0, "type": "EmptyImage", "widgets_values": [8, 8, 1, 0], "outputs": [{"type": "IMAGE"}]}
    row = [
        {"id": i, "type": "Reroute", "inputs": [{"name": "", "type": "*", "link": i}], "outputs": [{"type": "*"}]}
        for i in range(1, count)
    ]
    save = {"id": count, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": count}]}
    links = [[i, i - 1, 0, i, 0, "IMAGE"] for i in range(1, count + 1)]
    found = read_any({"nodes": [first, *row, save], "links": links}, read_definitions())
    assert found.graph[str(count)]["inputs"]["images"] == ["0", 0]


def test_every_problem_of_a_file_is_told_with_its_path() -> None:
    document = {"nodes": [{"id": True, "type": "A"}, {"id": 2, "type": 7}], "links": [[1, 2], {"id": 3}]}
    with pytest.raises(WorkflowError) as refusal:
        read_any(document, read_definitions(), "bad.json")
    assert {problem.partition(":")[0] for problem in refusal.value.problems} >= {
        "$.nodes[0].id",
        "$.nodes[1].type",
        "$.links[0]",
    }
    assert refusal.value.where == "bad.json"


def test_graphs_of_many_equal_nodes_are_compared_in_bounded_time() -> None:
    many = {
        str(i): {"class_type": "EmptyImage", "inputs": {"width": i, "height": 8, "batch_size": 1}} for i in range(3000)
    }
    other = {
        str(i): {"class_type": "EmptyImage", "inputs": {"width": i + 1, "height": 9, "batch_size": 1}}
        for i in range(3000)
    }
    assert len(compare({"graph": many}, {"graph": other})) >= 3000
