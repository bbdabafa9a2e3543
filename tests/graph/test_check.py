"""The static check says what a real server said: recorded answers, then what a server keeps to itself."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from comfyvn.graph.check import check, errors, validate
from comfyvn.graph.definitions import Definitions, from_facts
from comfyvn.graph.links import cycles

DATA = Path(__file__).parent.parent / "data" / "comfyui"
FACTS = Path(__file__).parents[2] / "comfyvn" / "providers" / "nodes.json"
RECORDED = json.loads((DATA / "validation.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return from_facts(json.loads(FACTS.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def recording_server(definitions: Definitions) -> Definitions:
    """The definitions on the machine that the answers were recorded on."""
    files = ["example.png", "comfyvn/hero.png", "rig/solid_00001_.png [output]"]
    return definitions.with_options({"checkpoints": ["tiny_sd15_random.safetensors"], "input": files})


def without_advice(value: Any) -> Any:
    """An answer without the parts that do not say what is wrong: where in ComfyUI's source, and layout hints."""
    if isinstance(value, dict):
        return {key: without_advice(entry) for key, entry in value.items() if key not in ("tooltip", "traceback")}
    return [without_advice(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["note"])
def test_validate_answers_as_the_recorded_server(case: dict[str, Any], recording_server: Definitions) -> None:
    verdict = validate(case["graph"], recording_server)
    assert (verdict.error.wire() if verdict.error else None) == case["error"]
    assert without_advice(dict(verdict.node_errors)) == without_advice(case["node_errors"])


def test_validate_stores_values_as_the_server_converts_them(recording_server: Definitions) -> None:
    odd = next(case for case in RECORDED if "64.9" in case["note"])
    inputs = validate(odd["graph"], recording_server).graph["1"]["inputs"]
    assert (inputs["width"], inputs["height"], inputs["colour_typo"]) == (64, 64, 3)
    assert odd["graph"]["1"]["inputs"]["width"] == "64"


def test_validate_runs_the_valid_outputs_of_a_half_valid_graph(recording_server: Definitions) -> None:
    half = next(case for case in RECORDED if "absent node" in case["note"])
    verdict = validate(half["graph"], recording_server)
    assert (verdict.error, verdict.outputs) == (None, ("2",))


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "graphs").glob("*.json")))
def test_graphs_that_a_real_server_accepted_have_no_errors(name: str, definitions: Definitions) -> None:
    graph = json.loads((DATA / "graphs" / name).read_text(encoding="utf-8"))
    assert errors(check(graph, definitions)) == []
    assert validate(graph, definitions).error is None


@pytest.fixture
def graph() -> dict[str, Any]:
    return json.loads((DATA / "graphs" / "real_tiny_t2i.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def node_of(graph: dict[str, Any], class_type: str) -> str:
    return next(node for node, entry in graph.items() if entry["class_type"] == class_type)


def codes(graph: dict[str, Any], definitions: Definitions) -> list[tuple[str, str, str]]:
    return [(issue.code, issue.input, issue.severity) for issue in check(graph, definitions)]


def test_an_unknown_input_is_a_warning_with_a_suggestion(graph: dict[str, Any], definitions: Definitions) -> None:
    graph[node_of(graph, "KSampler")]["inputs"]["sampler_nam"] = "euler"
    (issue,) = check(graph, definitions)
    assert (issue.code, issue.severity, issue.suggestion) == ("unknown_input", "warning", "sampler_name")


def test_every_unknown_class_is_named_with_a_suggestion(graph: dict[str, Any], definitions: Definitions) -> None:
    graph["90"] = {"class_type": "KSamplerr", "inputs": {}}
    graph["91"] = {"class_type": "SaveImag", "inputs": {}}
    found = [(issue.node, issue.code, issue.suggestion) for issue in check(graph, definitions)]
    assert found == [("90", "invalid_prompt", "KSampler"), ("91", "invalid_prompt", "SaveImage")]


def test_an_unknown_class_may_be_the_output_that_is_missing(graph: dict[str, Any], definitions: Definitions) -> None:
    for entry in graph.values():
        if definitions.classes[entry["class_type"]].output_node:
            entry["class_type"] = "NobodyKnows"
    assert {issue.code for issue in errors(check(graph, definitions))} == {"invalid_prompt"}


def test_a_literal_where_only_a_link_works_is_an_error(graph: dict[str, Any], definitions: Definitions) -> None:
    graph[node_of(graph, "KSampler")]["inputs"]["model"] = 5
    assert codes(graph, definitions) == [("link_expected", "model", "error")]


def test_a_link_into_nothing_is_told_at_the_link(graph: dict[str, Any], definitions: Definitions) -> None:
    graph[node_of(graph, "KSampler")]["inputs"]["model"] = ["99", 0]
    assert codes(graph, definitions) == [("dangling_link", "model", "error")]


def test_a_deprecated_class_is_a_warning(graph: dict[str, Any], definitions: Definitions) -> None:
    loader = node_of(graph, "CheckpointLoaderSimple")
    name = graph[loader]["inputs"]["ckpt_name"]
    inputs = {"ckpt_name": name, "config_name": "v1-inference.yaml"}
    graph[loader] = {"class_type": "CheckpointLoader", "inputs": inputs}
    assert ("deprecated_class", "", "warning") in codes(graph, definitions)


def test_a_cycle_is_named_once(graph: dict[str, Any], definitions: Definitions) -> None:
    graph["90"] = {"class_type": "ImageInvert", "inputs": {"image": ["91", 0]}}
    graph["91"] = {"class_type": "ImageInvert", "inputs": {"image": ["90", 0]}}
    (issue,) = check(graph, definitions)
    assert (issue.code, issue.details) == ("dependency_cycle", "90 -> 91 -> 90")
    graph[node_of(graph, "SaveImage")]["inputs"]["images"] = ["90", 0]
    verdict = validate(graph, definitions)
    assert verdict.error is not None
    assert [reason["type"] for reason in verdict.node_errors["90"]["errors"]] == ["dependency_cycle"]


def test_a_chain_of_thousands_of_nodes_is_walked(definitions: Definitions) -> None:
    graph: dict[str, Any] = {
        "0": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}}
    }
    for i in range(1, 3000):
        graph[str(i)] = {"class_type": "ImageInvert", "inputs": {"image": [str(i - 1), 0]}}
    graph["save"] = {"class_type": "SaveImage", "inputs": {"images": ["2999", 0], "filename_prefix": "x"}}
    assert check(graph, definitions) == []
    assert validate(graph, definitions).error is None
    assert cycles(graph) == []


@pytest.mark.parametrize(
    ("class_type", "name", "token", "fits"),
    [
        ("CheckpointLoaderSimple", "ckpt_name", {"$model": "sdxl_base"}, True),
        ("SaveImage", "filename_prefix", {"$prefix": "sprite"}, True),
        ("CheckpointLoaderSimple", "ckpt_name", {"$input": "face"}, False),
        ("KSampler", "sampler_name", {"$model": "sdxl_base"}, False),
        ("SaveImage", "filename_prefix", {"$prefix": ""}, False),
    ],
)
def test_tokens_stand_only_where_a_server_decides(
    class_type: str,
    name: str,
    token: dict[str, str],
    fits: bool,
    graph: dict[str, Any],
    definitions: Definitions,
) -> None:
    graph[node_of(graph, class_type)]["inputs"][name] = token
    assert [issue.code for issue in check(graph, definitions)] == ([] if fits else ["misplaced_token"])


def test_a_server_knows_no_tokens(graph: dict[str, Any], definitions: Definitions) -> None:
    graph[node_of(graph, "CheckpointLoaderSimple")]["inputs"]["ckpt_name"] = {"$model": "sdxl_base"}
    assert validate(graph, definitions).error is not None


def test_inputs_that_a_format_adds_are_checked(definitions: Definitions) -> None:
    video = json.loads((DATA / "graphs" / "video_shot.json").read_text(encoding="utf-8"))
    combine = video[node_of(video, "VHS_VideoCombine")]["inputs"]
    combine["crf"] = 4000
    assert [str(issue.code) for issue in errors(check(video, definitions))] == ["value_bigger_than_max"]
    combine |= {"crf": 20, "format": "image/gif"}
    assert "unknown_input" in {code for code, _, _ in codes(video, definitions)}
    assert errors(check(video, definitions)) == []


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("seed", 64.9, "warning"),
        ("seed", True, "warning"),
        ("cfg", "7", "warning"),
        ("filename_prefix", 5, "warning"),
        ("filename_prefix", None, "error"),
        ("filename_prefix", {"a": 1}, "error"),
    ],
)
def test_a_value_that_a_server_converts_in_silence_is_told(
    name: str, value: Any, severity: str, graph: dict[str, Any], definitions: Definitions
) -> None:
    node = next(node for node, entry in graph.items() if name in entry["inputs"])
    graph[node]["inputs"][name] = value
    assert codes(graph, definitions) == [("value_converted", name, severity)]
    assert validate(graph, definitions).error is None


@pytest.mark.parametrize(
    "value", [[], [1, 2, 3], [["1"], 0], ["1", "0"], ["1", 99], {"a": 1}, None, float("inf"), "x" * 5000]
)
def test_no_value_breaks_the_check(value: Any, graph: dict[str, Any], definitions: Definitions) -> None:
    for node, entry in copy.deepcopy(graph).items():
        for name in entry["inputs"]:
            changed = copy.deepcopy(graph)
            changed[node]["inputs"][name] = value
            assert all(str(issue) for issue in check(changed, definitions))
            assert validate(changed, definitions).graph.keys() == changed.keys()


def test_a_class_that_lists_the_input_folder_alone_takes_no_file_of_a_folder_inside(definitions: Definitions) -> None:
    known = definitions.with_options({"input": ["voice.wav", "comfyvn/other.wav"]})
    graph: dict[str, Any] = {
        "1": {"class_type": "LoadAudioPath", "inputs": {"audio": "voice.wav"}},
        "2": {"class_type": "PreViewAudio", "inputs": {"audio": ["1", 0]}},
    }
    assert validate(graph, known).error is None
    graph["1"]["inputs"]["audio"] = "comfyvn/other.wav"
    assert list(validate(graph, known).node_errors) == ["1"]
