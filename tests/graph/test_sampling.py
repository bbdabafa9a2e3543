"""How a graph samples, told through links, reroutes and nodes that only hold a value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.graph.sampling import SETTINGS, sampling

PLAIN = {"sampler_name": "euler", "scheduler": "karras", "steps": 20, "cfg": 6.5, "denoise": 1.0}


def _node(name: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": name, "inputs": inputs}


def test_a_sampler_with_everything_in_it() -> None:
    graph = {
        "3": _node("KSampler", seed=1, model=["4", 0], **PLAIN),
        "4": _node("CheckpointLoaderSimple", ckpt_name="x"),
    }
    assert sampling(graph) == {"3": {"class": "KSampler", **PLAIN}}


def test_values_come_through_links() -> None:
    graph = {
        "1": _node("PrimitiveInt", value=31),
        "2": _node("Reroute", anything=["1", 0]),
        "3": _node("KSampler", **PLAIN | {"steps": ["2", 0], "cfg": ["5", 2], "denoise": ["6", 0]}),
        "5": _node("Settings", steps_total=9, cfg=4.5, sampler_name="heun"),
        "6": _node("Sum", a=0.1, b=0.2),
    }
    found = sampling(graph)["3"]
    assert (found["steps"], found["cfg"]) == (31, 4.5)
    assert "denoise" not in found  # a node computes it: nobody knows it before it runs


def test_a_sampler_that_other_nodes_tell() -> None:
    graph = {
        "1": _node("KSamplerSelect", sampler_name="euler"),
        "2": _node("BasicScheduler", model=["9", 0], scheduler="simple", steps=4, denoise=1.0),
        "3": _node("SplitSigmas", sigmas=["2", 0], step=1),
        "4": _node("CFGGuider", model=["9", 0], cfg=1.0),
        "5": _node("SamplerCustomAdvanced", noise=["8", 0], guider=["4", 0], sampler=["1", 0], sigmas=["3", 0]),
        "6": _node("SamplerCustom", cfg=3.0, sampler=["1", 0], sigmas=["7", 0]),
        "7": _node("KarrasScheduler", steps=12, sigma_max=14.6, sigma_min=0.03, rho=7.0),
    }
    found = sampling(graph)
    told = {"sampler_name": "euler", "scheduler": "simple", "steps": 4, "denoise": 1.0, "cfg": 1.0}
    assert found["5"] == {"class": "SamplerCustomAdvanced", **told}
    assert found["6"] == {
        "class": "SamplerCustom", "cfg": 3.0, "sampler_name": "euler", "steps": 12, "scheduler": "KarrasScheduler",
    }  # fmt: skip
    assert set(found) == {"5", "6"}


@pytest.mark.parametrize(
    "graph",
    [
        {},
        {"1": _node("KSampler")},
        {"1": {"class_type": "KSampler"}},
        {"1": None},
        {"1": _node("SamplerCustom", sampler=["7", 0], sigmas=["7", 0])},
    ],
)
def test_what_tells_nothing_is_left_out(graph: dict[str, Any]) -> None:
    assert sampling(graph) == {}


def test_circles_end() -> None:
    circle = _node("KSampler", **PLAIN | {"steps": ["2", 0]})
    graph = {"1": circle, "2": _node("Reroute", steps=["3", 0]), "3": _node("Reroute", steps=["2", 0])}
    assert "steps" not in sampling(graph)["1"]
    custom = _node("SamplerCustom", cfg=1.0, sampler=["5", 0], sigmas=["5", 0])
    assert sampling({"4": custom, "5": _node("Reroute", x=["5", 0])})["4"] == {"class": "SamplerCustom", "cfg": 1.0}


names = st.sampled_from(["1", "2", "3", *SETTINGS, "sampler", "sigmas", "guider", "value", "$model"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
nodes = st.fixed_dictionaries({"class_type": names | st.none(), "inputs": st.dictionaries(names, values, max_size=6)})


@given(st.dictionaries(names, nodes | values, max_size=4))
def test_any_graph_is_told_in_plain_values(graph: dict[str, Any]) -> None:
    for entry in sampling(graph).values():
        assert set(entry) <= {"class", *SETTINGS}
        assert all(isinstance(value, str | int | float) for value in entry.values())
