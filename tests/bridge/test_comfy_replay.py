"""ComfyBridge against recorded exchanges with a real ComfyUI 0.3.64."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from comfyvn.bridge.comfy import ComfyBridge, Limits, Progress, RenderContext, RenderResult, Server
from comfyvn.errors import BridgeError, Interrupted, PromptRejected, RenderFailed, WorkflowError
from tests.fakes.replay import Replay, posts, replaying

QUICK = Limits(patience_s=0.5, poll_s=0.01, poll_most_s=0.05)


@contextmanager
def recorded(case: str) -> Iterator[tuple[Replay, ComfyBridge]]:
    with replaying(case) as replay, ComfyBridge(Server("real", replay.url, silence_s=2), limits=QUICK) as bridge:
        yield replay, bridge


def submit(bridge: ComfyBridge, post: dict[str, Any], number: int = 0, **context: Any) -> RenderResult:
    payload = {"workflow_id": "recorded", "workflow": post["request_json"]["prompt"]}
    return bridge.submit(payload, RenderContext(f"fp1:{number:064x}", **context))


def told(result: RenderResult) -> list[tuple[str, str, str]]:
    return [(artifact.node, artifact.kind, artifact.filename) for artifact in result.artifacts]


def test_01_a_good_prompt_is_followed_to_its_picture() -> None:
    seen: list[Progress] = []
    with recorded("01") as (_, bridge):
        result = submit(bridge, posts("01")[0], progress=seen.append)
    assert told(result) == [("7", "images", "t2i_00004_.png")]
    assert result.artifacts[0].subfolder == "rig" and not result.cached
    steps = [(step.node, step.value, step.maximum) for step in seen if step.state == "running"]
    assert [step for step in steps if step[2] == 2] == [("5", 1, 2), ("5", 2, 2)]
    assert result.made_with == {"comfyui_version": "0.3.64", "pytorch_version": "2.13.0+cpu", "device": "cpu"}


def test_02_a_rerun_that_the_server_answers_from_its_cache_says_so() -> None:
    with recorded("02") as (_, bridge):
        results = [submit(bridge, post, number) for number, post in enumerate(posts("02"))]
    assert [result.cached for result in results] == [True, True]
    assert [told(result) for result in results] == [[("7", "images", "t2i_00004_.png")]] * 2


def test_03_a_partial_cache_is_no_cached_result() -> None:
    with recorded("03") as (_, bridge):
        assert not submit(bridge, posts("03")[-1]).cached


def is_sendable(post: dict[str, Any]) -> bool:
    """Refused, and a graph that the bridge would post as it is: it never leaves a node's `inputs` out."""
    return post["status"] >= 400 and post["note"] != "node without inputs key"


REFUSED = {f"{case} {post['note']}": (case, post) for case in ("04", "20") for post in posts(case) if is_sendable(post)}


@pytest.mark.parametrize("name", REFUSED)
def test_04_every_recorded_refusal_names_node_class_input_and_fix(name: str) -> None:
    case, post = REFUSED[name]
    with recorded(case) as (replay, bridge), pytest.raises((PromptRejected, WorkflowError)) as caught:
        submit(bridge, post)
    if isinstance(caught.value, WorkflowError):  # what is no API graph is not even sent
        assert not replay.posted
        return
    answer = post["response_json"]
    wanted = [
        (node, entry["class_type"], error["type"], error["extra_info"]["input_name"])
        for node, entry in answer["node_errors"].items()
        for error in entry["errors"]
    ]
    found = [(item.node, item.class_type, item.code, item.input) for item in caught.value.nodes]
    assert found == wanted or (not wanted and len(found) == 1)
    assert all(item.message and item.fix for item in caught.value.nodes)
    assert caught.value.todo == caught.value.nodes[0].fix
    assert len(caught.value.lines()) == 3


def test_04_a_missing_class_is_told_by_name() -> None:
    _, post = REFUSED["04 node class the server does not have"]
    with recorded("04") as (_, bridge), pytest.raises(PromptRejected) as caught:
        submit(bridge, post)
    (complaint,) = caught.value.nodes
    assert (complaint.node, complaint.class_type, complaint.code) == ("5", "NoSuchNode", "missing_node_type")
    assert "install the node pack that has NoSuchNode" in caught.value.todo


def test_04_a_model_that_the_server_lacks_is_told_with_what_it_has() -> None:
    _, post = REFUSED["04 model file not on this server"]
    with recorded("04") as (_, bridge), pytest.raises(PromptRejected) as caught:
        submit(bridge, post)
    assert "servers.real.models" in caught.value.todo and "tiny_sd15_random.safetensors" in caught.value.todo


def test_05_odd_prompts_end_as_the_server_meant_it() -> None:
    outcomes = []
    with recorded("05") as (_, bridge):
        for number, post in enumerate(posts("05")):
            try:
                outcomes.append(told(submit(bridge, post, number))[0][2])
            except (PromptRejected, RenderFailed) as error:
                outcomes.append(error.what)
    assert outcomes[0] == "solid_00001_.png" and outcomes[2] == "solid_00003_.png"
    assert outcomes[1].startswith('the server rejects the graph of workflow "recorded": node 3 (SaveImage)')
    assert "filename_prefix" in outcomes[3]
    assert outcomes[4].startswith("node 2 (SaveImage) failed: Exception: **** ERROR: Saving image outside")


@pytest.mark.parametrize("case", ["06", "07"])
def test_06_an_interruption_names_the_node(case: str) -> None:
    with recorded(case) as (_, bridge), pytest.raises(Interrupted, match=r"at node 5 \(KSampler\)"):
        submit(bridge, posts(case)[0])


@pytest.mark.parametrize(("case", "node"), [("08", "1"), ("09", "3")])
def test_08_an_execution_error_names_node_class_and_exception(case: str, node: str) -> None:
    says = rf"node {node} \(LoadImage\) failed: PIL\.UnidentifiedImageError: cannot identify image file"
    with recorded(case) as (_, bridge), pytest.raises(RenderFailed, match=says):
        submit(bridge, posts(case)[0])


def test_13_every_kind_of_output_comes_back() -> None:
    with recorded("13") as (_, bridge):
        result = submit(bridge, posts("13")[0])
    kinds = {artifact.node: (artifact.kind, artifact.type) for artifact in result.artifacts}
    assert kinds["2"] == ("images", "output") and kinds["3"] == ("images", "temp")
    assert kinds["12"] == ("gifs", "output") and kinds["13"] == ("gifs", "temp")
    assert kinds["8"] == ("audio", "output") and kinds["11"] == ("text", "")
    assert [artifact.data for artifact in result.artifacts if artifact.kind == "text"] == [b"hello"]
    assert all(artifact.data for artifact in result.artifacts)
    assert len([artifact for artifact in result.artifacts if artifact.node == "2"]) == 3


@pytest.mark.parametrize("case", ["21", "22"])
def test_22_preview_frames_disturb_nothing(case: str) -> None:
    with recorded(case) as (_, bridge):
        assert told(submit(bridge, posts(case)[0]))[0][:2] == ("7", "images")


def test_00_what_is_no_comfyui_is_told() -> None:
    with replaying("00") as replay:
        bridge = ComfyBridge(Server("real", replay.url + "/nowhere"), limits=QUICK)
        with bridge, pytest.raises(BridgeError, match="/system_stats answered HTTP 404"):
            bridge.probe()
