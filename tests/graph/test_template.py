"""A workflow file that is wrong is refused with every problem and its path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.errors import WorkflowError
from comfyvn.graph.bind import bind
from comfyvn.graph.definitions import from_facts
from comfyvn.graph.template import parse

ROOT = Path(__file__).parents[2]
DEFINITIONS = from_facts(json.loads((ROOT / "comfyvn" / "providers" / "nodes.json").read_text(encoding="utf-8")))
Document = dict[str, Any]


def sprite_pack() -> Document:
    text = (ROOT / "comfyvn" / "workflows" / "sprite_pack.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def set_at(path: str, value: object) -> Callable[[Document], None]:
    """A change of one place of the document; the keys of the path are separated by `/`."""

    def change(document: Document) -> None:
        *parents, last = path.split("/")
        for key in parents:
            document = document[key]
        if value is None:
            del document[last]
        else:
            document[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("graph", None, "$.graph: Field required"),
        ("grph", {}, '$.grph: unknown key; did you mean "graph"?'),
        ("workflow_id", "../x", "$.workflow_id: String should match"),
        ("version", "1", "$.version"),
        ("expected_inputs/prompt/type", "txt", "$.expected_inputs.prompt.type"),
        ("expected_inputs/prompt/tos", [], '$.expected_inputs.prompt.tos: unknown key; did you mean "to"?'),
        ("expected_inputs/prompt/to", ["10.txt"], '10.txt: node 10 has no input txt; did you mean "text"?'),
        ("expected_inputs/prompt/to", ["99.text"], "99.text: the graph has no node 99"),
        ("expected_inputs/prompt/to", ["17.steps"], "17.steps takes INT, not text"),
        ("expected_inputs/prompt/to", [], "$.expected_inputs.prompt.to: no address"),
        ("expected_inputs/steps/default", 0, "$.expected_inputs.steps.default: input steps: given 0"),
        ("expected_inputs/scheduler/default", "karas", 'did you mean "karras"?'),
        ("expected_inputs/negative/default", None, "$.optional.negative: the input may be absent"),
        ("expected_inputs/loras/item", {}, "$.expected_inputs.loras.item: a list"),
        ("expected_inputs/prompt/unless", ["plate"], "$.expected_inputs.prompt.unless: no input plate"),
        ("expand/loras", None, "$.expand.loras: a list"),
        ("expand/loras/nodes", ["98"], "the graph has no node 98"),
        ("expand/loras/chain", {"2.model": "98.0"}, "$.expand.loras.chain: 2.model or 98.0"),
        ("expand/loras/chain", {"2.model": "2.x"}, "$.expand.loras.chain: 2.x does not give MODEL"),
        ("expand/loras/chain", {"2.model": "2.1"}, "$.expand.loras.chain: 2.1 does not give MODEL"),
        ("expand/loras/items", {"model": ["2.lora_name"]}, "$.expand.loras.items: must have the fields"),
        ("expand/loras/items/weight", ["17.cfg"], "17.cfg is not in `nodes`"),
        ("models/checkpoint", "loras", "$.models.checkpoint: the node lists checkpoints"),
        ("models/checkpoint", None, "$.models.checkpoint: say which folder"),
        ("models/nothing", "loras", "$.models.nothing: no expected input"),
        ("packs", ["ComfyUI"], "$.packs: ComfyUI-Impact-Pack is used by the graph and not listed"),
        ("outputs/sprite/node", "17", "$.outputs.sprite.node: 17 is no output node"),
        ("outputs", {}, "$.outputs"),
        ("seed_keys/character_seed", ["17.sed"], 'did you mean "seed"?'),
        ("seed_keys/prompt", [], "$.seed_keys.prompt: an expected input has the same name"),
        ("optional/prompt", {}, "$.optional.prompt: only an expected input that may be absent"),
        ("optional/pose_image/bypass", {"98": {}}, "$.optional.pose_image.bypass.98: the graph has no such node"),
        ("optional/pose_image/bypass/15", {"0": "15.positive"}, "output 1 is used and not mentioned"),
        ("optional/pose_image/bypass/15/1", "15.image", "15.image does not give CONDITIONING"),
        ("optional/pose_image/bypass/15/7", "15.image", "ControlNetApplyAdvanced has no output 7"),
        ("optional/pose_image/bypass/15/1", "17.negative", "17.negative is not an input of the bypassed node"),
        ("optional/pose_image/link", {"17.model": ["10", 0]}, "17.model takes MODEL, [10, 0] gives CONDITIONING"),
        ("optional/pose_image/link", {"17.model": ["98", 0]}, "17.model or [98, 0] is not in the graph"),
        ("graph/17/class_type", "KSamplr", 'did you mean "KSampler"?'),
        ("graph/17/inputs/steps", 0, "Value 0 smaller than min of 1"),
        ("graph/17/inputs/steps", None, "input steps: Required input is missing"),
        (
            "graph/6001",
            {"class_type": "ImageInvert", "inputs": {"image": ["18", 0]}},
            "the id 6001 is needed for a copy",
        ),
    ],
)
def test_a_mistake_is_named_with_its_path(path: str, value: object, problem: str) -> None:
    document = sprite_pack()
    set_at(path, value)(document)
    with pytest.raises(WorkflowError) as caught:
        parse(document, "workflows/mine.json", DEFINITIONS)
    assert any(problem in each for each in caught.value.problems), caught.value.problems
    assert caught.value.where == "workflows/mine.json"


def test_all_mistakes_are_told_at_once() -> None:
    document = sprite_pack()
    set_at("expected_inputs/prompt/to", ["10.txt"])(document)
    set_at("outputs/sprite/node", "17")(document)
    with pytest.raises(WorkflowError) as caught:
        parse(document, "mine.json", DEFINITIONS)
    assert len(caught.value.problems) == 2


def test_a_graph_in_the_editors_own_format_is_refused() -> None:
    document = sprite_pack()
    document["graph"] = {"nodes": [], "links": [], "version": 0.4}
    with pytest.raises(WorkflowError, match="missing the class_type property"):
        parse(document, "mine.json", DEFINITIONS)


def test_limits_of_the_nodes_hold_for_the_inputs() -> None:
    inputs = parse(sprite_pack(), "sprite_pack.json", DEFINITIONS).expected_inputs
    assert (inputs["steps"].min, inputs["steps"].max) == (1, 200)
    assert inputs["detail_denoise"].min == 0.0001
    assert "AYS SDXL" not in inputs["scheduler"].choices, "the sampler does not have what the detailer has"
    assert inputs["face_references"].item["weight"].max == 5


def test_the_example_in_the_docs_is_a_workflow() -> None:
    text = (ROOT / "docs" / "workflow-format.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    workflow = parse(json.loads(block[1]), "portrait.json", DEFINITIONS)
    assert len(bind(workflow, {"prompt": "x", "character_seed": 1}).graph) == 7
    for key in json.loads(block[1]):
        assert f"`{key}`" in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_document_breaks_the_parser(data: st.DataObject) -> None:
    document: Any = sprite_pack()
    place, steps = document, data.draw(st.integers(0, 3))
    for _ in range(steps):
        keys = [key for key, value in place.items() if isinstance(value, dict) and value]
        if not keys:
            break
        place = place[data.draw(st.sampled_from(keys))]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    try:
        parse(document, "mine.json", DEFINITIONS)
    except WorkflowError as error:
        assert error.problems
