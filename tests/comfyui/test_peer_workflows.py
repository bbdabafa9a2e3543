"""The shipped workflows against a server's own definitions, and rendered where it has the models."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from comfyvn.bridge.comfy import ComfyBridge, RenderResult
from comfyvn.bridge.naming import matches
from comfyvn.errors import RenderFailed
from comfyvn.graph.bind import Bound, bind
from comfyvn.graph.check import check, errors, validate
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.header import FILES, split_address
from comfyvn.graph.links import class_of, is_token
from comfyvn.graph.template import Workflow
from comfyvn.reading.toolbox import read_definitions, read_registry, read_workflows
from tests.fakes.comfy import png
from tests.fakes.peer import Peer, blank, opened, payload, saving

NOWHERE = Path(__file__).parent / "no novel"
WORKFLOWS = sorted(read_workflows(NOWHERE))
REGISTRY = read_registry(NOWHERE, NOWHERE)
# Every workflow with a checkpoint of every family that it is made for.
CASES = [
    (name, f"{base}_base")
    for name, workflow in sorted(read_workflows(NOWHERE).items())
    for base in (workflow.variants["checkpoint"].bases if "checkpoint" in workflow.variants else ["sdxl"])
]
Complaint = tuple[str, str, str]


def shipped(name: str) -> Workflow:
    return read_workflows(NOWHERE)[name]


def skip_without_packs(workflow: Workflow, definitions: Definitions) -> None:
    missing = {class_of(node) for node in workflow.graph.values()} - set(definitions)
    if missing:
        packs = sorted({workflow.class_packs[name] for name in missing})
        pytest.skip(f"the server lacks {', '.join(packs)} ({', '.join(sorted(missing))})")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_shipped_workflow_fits_the_server_s_definitions(name: str, definitions: Definitions) -> None:
    workflow = shipped(name)
    skip_without_packs(workflow, definitions)
    assert [str(issue) for issue in errors(check(workflow.graph, definitions))] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_server_says_of_it_what_we_foretell(name: str, peer: Peer, http: httpx.Client) -> None:
    """Posted as it lies in its file: the models of the example are mostly not there, and it must say just that."""
    if not peer.is_real:
        pytest.skip("the draft endpoint validates with the very code that foretells")
    workflow = shipped(name)
    skip_without_packs(workflow, peer.listed)
    graph = {node: {key: entry[key] for key in ("class_type", "inputs")} for node, entry in workflow.graph.items()}
    answer = http.post("/prompt", json={"prompt": graph}).json()
    if "prompt_id" in answer:  # it would run: that is another test's affair
        http.post("/queue", json={"delete": [answer["prompt_id"]]})
        http.post("/interrupt", json={"prompt_id": answer["prompt_id"]})
    told, foretold = complaints(answer.get("node_errors") or {}), complaints(validate(graph, peer.listed).node_errors)
    assert told <= foretold
    for node, key, code in foretold - told:  # older servers do not look at choices in the newer notation
        wanted = peer.listed.classes[class_of(graph[node])].input(key)
        assert code == "value_not_in_list" and wanted is not None and not wanted.listed


def complaints(node_errors: Mapping[str, Any]) -> set[Complaint]:
    """(node, input, code); a class that looks for its file itself says so in a code of its own."""
    return {
        (node, reason["extra_info"].get("input_name", ""), "value_not_in_list" if is_file(reason) else reason["type"])
        for node, report in node_errors.items()
        for reason in report["errors"]
    }


def is_file(reason: Mapping[str, Any]) -> bool:
    return reason["type"] == "custom_validation_failed" and "Invalid" in reason["details"]


@pytest.mark.parametrize(("name", "base"), CASES)
def test_a_shipped_workflow_renders_where_its_models_are(name: str, base: str, peer: Peer) -> None:
    """A tiny checkpoint stands for any, so that what matters is whether the nodes fit together and run."""
    workflow = shipped(name)
    skip_without_packs(workflow, peer.listed)
    values = smallest(workflow) | ({"checkpoint": base} if "checkpoint" in workflow.expected_inputs else {})
    bound = bind(workflow, values, REGISTRY.bases())
    models, missing = named(bound, peer)
    if missing:
        pytest.skip(f"the server has no file for {', '.join(missing)}")
    work = {
        "workflow_id": name,
        "workflow": bound.graph,
        "inputs": {token: sample(workflow, token) for token in bound.inputs},
        "outputs": bound.outputs,
        "seeds": bound.seeds,
        "models": {model: known.file for model, known in REGISTRY.models.items()},
    }
    with ComfyBridge(peer.server(models=models)) as renderer:
        result = submitted(renderer, work, peer)
    assert {artifact.output for artifact in result.artifacts} == set(bound.outputs)
    assert all(artifact.data for artifact in result.artifacts)


def submitted(bridge: ComfyBridge, work: dict[str, object], peer: Peer) -> RenderResult:
    """Rendered; skipped where a node that fetches its model by itself could not do so."""
    try:
        return bridge.submit(work, peer.fresh())
    except RenderFailed as error:
        if any(f"({entry.node})" in error.where for entry in REGISTRY.implied):
            pytest.skip(f"a node could not load its own model: {error.what}")
        raise


def sample(workflow: Workflow, token: str) -> bytes:
    """A small file of the kind that this input takes."""
    spec = workflow.expected_inputs[token.partition("/")[0]]
    return tone() if spec.type == "audio" else png((90, 120, 160), 96)


def tone() -> bytes:
    stream = io.BytesIO()
    wave = np.sin(np.arange(4410) * 0.06) * 0.2
    soundfile.write(stream, wave, 44100, format="WAV", subtype="PCM_16")
    return stream.getvalue()


def smallest(workflow: Workflow) -> dict[str, Any]:
    """Values with which a workflow does the least that it can: what is required, tiny sizes, one step."""
    values: dict[str, Any] = dict.fromkeys(workflow.seed_keys, 7)
    for name, spec in workflow.expected_inputs.items():
        if name.endswith(("width", "height")):
            values[name] = max(64, int(spec.min or 0))
        elif name in ("steps", "frames"):
            values[name] = max(2, int(spec.min or 0))
        elif name in ("detail_size", "structure_resolution"):
            values[name] = max(64, int(spec.min or 0))
        elif spec.required and spec.type == "model":
            values[name] = "brought_by_the_author"
        elif spec.required:
            values[name] = b"a file" if spec.type in FILES else example(workflow, spec.to[0])
    return values


def example(workflow: Workflow, address: str) -> Any:
    """The value that stands at an address in the file itself."""
    node, key = split_address(address)
    return workflow.graph[node]["inputs"][key]


def named(bound: Bound, peer: Peer) -> tuple[dict[str, str], list[str]]:
    """(logical model → the server's file, models that it has no file for); its tiny checkpoint stands for any."""
    found: dict[str, str] = {}
    for entry in bound.graph.values():
        for key, value in entry["inputs"].items():
            if is_token(value) and "$model" in value and (name := file_for(value["$model"], entry, key, peer)):
                found[value["$model"]] = name
    # The draft endpoint takes any name where it lists none.
    return found, sorted(set(bound.models) - set(found)) if peer.is_real else []


def file_for(model: str, entry: Mapping[str, Any], key: str, peer: Peer) -> str:
    """The server's file for a logical model at this input, "" if it has none."""
    wanted = peer.listed.classes[class_of(entry)].input(key)
    listed = [str(option) for option in (wanted.options if wanted else None) or ()]
    known = REGISTRY.models.get(model)
    if known is None:
        return (listed or ["" if peer.is_real else "anything.pth"])[0]
    if fitting := matches(known.file, listed):
        return fitting[0]
    return peer.checkpoint if known.folder == "checkpoints" else ""


def test_every_class_that_we_know_is_still_called_with_our_inputs(definitions: Definitions) -> None:
    """For classes of the facts file that the server has too: nothing that we send is unknown there, nothing is new
    and required, no output has moved. What ComfyUI has changed since is named below."""
    known, found = read_definitions(), []
    for name in sorted(set(known) & set(definitions)):
        ours, theirs = known.classes[name], definitions.classes[name]
        found += [f"{name}.{entry.name} is gone" for entry in ours.inputs if theirs.input(entry.name) is None]
        found += [
            f"{name}.{entry.name} is required"
            for entry in theirs.inputs
            if entry.required and ((mine := ours.input(entry.name)) is None or not mine.required)
        ]
        found += [
            f"{name} output {index} is {got.type}, no {mine.type}"
            for index, (mine, got) in enumerate(zip(ours.outputs, theirs.outputs, strict=False))
            if mine.type != got.type and got.type != "COMFY_MATCHTYPE_V3"
        ]
        found += [f"{name} has lost an output"] if len(theirs.outputs) < len(ours.outputs) else []
    assert found == []


def grown(resize: dict[str, Any]) -> dict[str, Any]:
    """Two pictures batched and resized, by nodes whose inputs depend on the values of others."""
    return {
        **blank(0x336699, 32, prefix="peer/dynamic"),
        "3": {"class_type": "BatchImagesNode", "inputs": {"images.image0": ["1", 0], "images.image1": ["1", 0]}},
        "4": {
            "class_type": "ResizeImageMaskNode",
            "inputs": {"input": ["3", 0], "scale_method": "nearest-exact", **resize},
        },
        "2": saving(["4", 0], "peer/dynamic"),
    }


def skip_without_dynamic_inputs(definitions: Definitions) -> None:
    if not {"BatchImagesNode", "ResizeImageMaskNode"} <= set(definitions):
        pytest.skip("this ComfyUI has no nodes with dynamic inputs (they came after 0.3.64)")


def test_inputs_that_depend_on_others_are_understood(peer: Peer, bridge: ComfyBridge) -> None:
    skip_without_dynamic_inputs(peer.listed)
    graph = grown({"resize_type": "scale width", "resize_type.width": 16})
    assert check(graph, peer.listed) == []
    sizes = [opened(artifact.data).size for artifact in bridge.submit(payload(graph), peer.fresh()).artifacts]
    assert sizes == [(16, 16), (16, 16)]


@pytest.mark.parametrize(
    "resize",
    [
        {"resize_type": "scale width"},
        {"resize_type": "scale width", "resize_type.width": -1},
        {"resize_type": "scale dimensions", "resize_type.width": 8, "resize_type.height": 8, "resize_type.crop": "x"},
        {"resize_type": "match size", "resize_type.match": ["3", 0]},
    ],
    ids=["missing", "too small", "not listed", "missing choice"],
)
def test_mistakes_in_them_are_foretold(peer: Peer, http: httpx.Client, resize: dict[str, Any]) -> None:
    skip_without_dynamic_inputs(peer.listed)
    graph = grown(resize)
    answer = http.post("/prompt", json={"prompt": graph}).json()
    assert complaints(answer["node_errors"]) == complaints(validate(graph, peer.listed).node_errors) != set()
