"""ComfyBridge against all 23 recorded exchanges with a real ComfyUI 0.3.64: each test says what its case teaches."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from comfyvn.bridge.comfy import ComfyBridge, Limits, Progress, RenderContext, RenderResult, Server
from comfyvn.bridge.naming import Names
from comfyvn.bridge.wire import Wire
from comfyvn.errors import (
    BridgeError,
    Interrupted,
    PromptRejected,
    RenderFailed,
    ServerDown,
    WorkflowError,
)
from tests.fakes.comfy import png
from tests.fakes.replay import FOLDER, Replay, posts, recording, replaying

QUICK = Limits(patience_s=0.5, poll_s=0.01, poll_most_s=0.05)


@contextmanager
def recorded(case: str, **options: Any) -> Iterator[tuple[Replay, ComfyBridge]]:
    with replaying(case, **options) as replay, ComfyBridge(server_of(replay), limits=QUICK) as bridge:
        yield replay, bridge


def server_of(replay: Replay, **more: Any) -> Server:
    return Server("real", replay.url, **{"silence_s": 5, "slots": 4, **more})


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
    with recorded(case, mine=[0]) as (_, bridge), pytest.raises(Interrupted, match=r"at node 5 \(KSampler\)"):
        submit(bridge, posts(case)[0])


def test_07_what_interrupts_another_s_prompt_leaves_ours_alone() -> None:
    with recorded("07", mine=[1]) as (replay, bridge):
        result = submit(bridge, posts("07")[1])
    assert len(result.artifacts) == 1 and len(replay.posted) == 1


def test_07_a_pending_prompt_is_taken_back_by_deleting_it_because_an_interruption_is_ignored() -> None:
    with recorded("07", mine=[1, 0]) as (replay, bridge), ThreadPoolExecutor(1) as pool:
        # The other client's post never comes, so ours stays pending.
        call = pool.submit(submit, bridge, posts("07")[1])
        wait_for_posts(replay, 1)
        bridge.close()
        assert call.exception(10) is not None
    told = [(path, body) for path, body in replay.requests if path in ("POST /queue", "POST /interrupt")]
    assert told == [("POST /queue", {"delete": [replay.posted[0]["prompt_id"]]})]


@pytest.mark.parametrize(("case", "node"), [("08", "1"), ("09", "3")])
def test_08_an_execution_error_names_node_class_and_exception(case: str, node: str) -> None:
    says = rf"node {node} \(LoadImage\) failed: PIL\.UnidentifiedImageError: cannot identify image file"
    with recorded(case) as (_, bridge), pytest.raises(RenderFailed, match=says):
        submit(bridge, posts(case)[0])


def wait_for_posts(replay: Replay, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(replay.posted) < count and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.parametrize("deletion", [1, 2], ids=["by its id", "with the whole queue"])
def test_10_a_prompt_of_ours_that_somebody_deletes_is_posted_once_more(deletion: int) -> None:
    with recorded("10", mine=[deletion], spare=[("11", 3)]) as (replay, bridge):
        result = submit(bridge, posts("10")[deletion])
    first, second = replay.posted
    assert told(result) == [("2", "images", "solid_00008_.png")]
    assert first["prompt"] == second["prompt"] and first["prompt_id"] != second["prompt_id"] == result.prompt_id


def test_10_a_prompt_that_is_deleted_again_and_again_is_told() -> None:
    with recorded("10", mine=[1], spare=[("10", 2)]) as (replay, bridge):
        with pytest.raises(ServerDown, match="vanished from the server's queue twice") as caught:
            submit(bridge, posts("10")[1])
        assert len(replay.posted) == 2 and "somebody clears its queue" in caught.value.todo


def test_11_the_id_that_we_give_is_the_prompt_s_and_its_place_in_the_queue_is_left_to_the_server() -> None:
    with recorded("11", mine=[0]) as (replay, bridge):
        result = submit(bridge, posts("11")[0])
    (posted,) = replay.posted
    assert posted["prompt_id"] == result.prompt_id and replay.ids[result.prompt_id] == "comfyvn-task-1"
    assert set(posted) == {"prompt", "prompt_id", "client_id", "extra_data"}


def test_11_two_calls_for_one_thing_share_one_prompt_because_the_server_would_run_both() -> None:
    with recorded("11", mine=[3]) as (replay, bridge), ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: submit(bridge, posts("11")[3]), range(2))
        with ComfyBridge(server_of(replay), limits=QUICK) as later:
            third = submit(later, posts("11")[3])
    assert first.prompt_id == second.prompt_id == third.prompt_id
    assert len(replay.posted) == 1


@pytest.mark.parametrize("index", [2, 3], ids=["null", "a number"])
def test_11_an_answer_for_another_id_is_not_taken_for_ours(index: int) -> None:
    with recorded("11", mine=[index], keeps_ids=True) as (_, bridge), pytest.raises(BridgeError) as caught:
        submit(bridge, posts("11")[index])
    assert "what is not ComfyUI's" in caught.value.what


UPLOADS = [e for e in recording("12")["exchanges"] if e["path"] == "/upload/image"]


def with_upload() -> dict[str, Any]:
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    return {"workflow_id": "recorded", "workflow": graph, "inputs": {"pose": png()}}


@pytest.mark.parametrize("index", [i for i, e in enumerate(UPLOADS) if e["status"] == 200])
def test_12_an_upload_is_called_what_the_server_says_also_when_that_is_a_new_name(index: int) -> None:
    answer = UPLOADS[index]["response_json"]
    place = f"{answer['subfolder']}/" if answer["subfolder"] else ""
    kind = "" if answer["type"] == "input" else f" [{answer['type']}]"
    with recorded("20", spare=[("20", 0)], answers={"POST /upload/image": [UPLOADS[index]]}) as (replay, bridge):
        bridge.submit(with_upload())
    assert replay.posted[0]["prompt"]["1"]["inputs"]["image"] == f"{place}{answer['name']}{kind}"


@pytest.mark.parametrize("index", [i for i, e in enumerate(UPLOADS) if e["status"] != 200])
def test_12_a_refused_upload_is_told_before_anything_is_posted(index: int) -> None:
    answers = {"POST /upload/image": [UPLOADS[index]] * 9}
    with recorded("20", answers=answers) as (replay, bridge), pytest.raises(BridgeError) as caught:
        bridge.submit(with_upload())
    assert f"(HTTP {UPLOADS[index]['status']})" in caught.value.what and "free space" in caught.value.todo
    assert not replay.posted


REFUSED_VIEWS = [e for e in recording("12")["exchanges"] if e["path"] == "/view" and e["status"] != 200]


@pytest.mark.parametrize("view", REFUSED_VIEWS, ids=lambda view: f"{view['status']} {view['query']}")
def test_12_a_file_that_may_not_be_seen_is_an_error_with_the_server_s_status(view: dict[str, Any]) -> None:
    answers = {"GET /view": [view] * 9}
    with recorded("11", mine=[0], spare=[("11", 1)], answers=answers) as (replay, bridge):
        with pytest.raises(BridgeError) as caught:
            submit(bridge, posts("11")[0])
        assert len(replay.posted) == (2 if view["status"] == 404 else 1)
    says = "does not have it" if view["status"] == 404 else f"HTTP {view['status']}"
    assert says in caught.value.what


def test_12_no_request_names_an_origin_which_the_server_would_refuse() -> None:
    with recorded("11", mine=[0]) as (replay, bridge):
        submit(bridge, posts("11")[0])
    assert replay.origins == [] and replay.hellos


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


def test_14_a_history_that_is_not_yet_there_when_success_is_told_is_waited_for() -> None:
    """Of 30 runs the history was missing 6 times at "executed", once at "execution_success", never at the end."""
    summary = recording("14")["summary"]["history_present_when_polled_after"]
    assert summary["execution_success"]["absent"] and not summary["executing_null"]["absent"]
    with recorded("01") as (replay, bridge):
        (last,) = [m for m in replay.messages if m["type"] == "executing" and m["data"]["node"] is None]
        last["t"] += 50  # half a second here: the prompt still counts as running, and its history is not there
        result = submit(bridge, posts("01")[0])
    looks = [path for path, _ in replay.requests if path.startswith("GET /history/")]
    assert told(result) == [("7", "images", "t2i_00004_.png")]
    assert len(replay.posted) == 1 and len(looks) > 1


def test_15_a_socket_that_breaks_is_opened_anew_under_another_id_and_the_queue_tells_the_rest() -> None:
    scene = recording("15")["a_closed_then_reopened"]
    seen: list[Progress] = []
    broken = scene["old_socket_saw"][-1]["t"]
    with recorded("15", socket_breaks=broken) as (replay, bridge):
        # What a fresh id hears: the onlooker's broadcasts. The end of the run is nobody's any more.
        later = [{**m, "t": m["t"] + broken} for m in scene["onlooker_saw"][-1:]]
        replay.messages = [m for m in [*scene["old_socket_saw"], *later] if "sid" not in m["data"]]
        replay.messages += [{**m, "t": m["t"] + broken} for m in scene["new_socket_saw"][2:]]
        result = submit(bridge, posts("15")[0], progress=seen.append)
    assert told(result) == [("7", "images", "slow_00002_.png")]
    assert len(replay.posted) == 1
    assert ("5", 1, 8) in [(step.node, step.value, step.maximum) for step in seen]


def test_15_every_connection_has_an_id_of_its_own_because_a_shared_one_goes_deaf() -> None:
    with recorded("11", mine=[2, 3]) as (replay, bridge), ComfyBridge(server_of(replay), limits=QUICK) as other:
        submit(bridge, posts("11")[2], 1)
        submit(other, posts("11")[3], 2)
        assert len(replay.sockets) == len(replay.hellos) == 2


def test_15_a_message_that_names_no_prompt_is_nobody_s() -> None:
    (unnamed,) = [m for m in recording("15")["a_closed_then_reopened"]["new_socket_saw"] if m["data"] == {"node": "5"}]
    with recorded("11", mine=[0]) as (replay, bridge):
        replay.messages.insert(3, {**unnamed, "t": replay.messages[2]["t"]})
        seen: list[Progress] = []
        submit(bridge, posts("11")[0], progress=seen.append)
    assert seen and "5" not in {step.node for step in seen}


def test_16_a_prompt_of_which_no_socket_tells_ends_by_asking() -> None:
    with recorded("16", has_socket=False) as (replay, bridge):
        result = submit(bridge, posts("16")[0])
    assert set(replay.posted[0]) == {"prompt", "prompt_id", "extra_data"}
    assert told(result) == [("2", "images", "solid_00001_.png")]


def test_17_a_render_for_proof_frees_the_server_first_and_gets_a_new_file() -> None:
    with recorded("17") as (replay, bridge):
        first = submit(bridge, posts("17")[0])
        second = submit(bridge, posts("17")[1], purpose="verify")
    names = [artifact.filename for result in (first, second) for artifact in result.artifacts]
    assert names == [recording("17")["summary"][key] for key in ("file1", "file2")]
    order = [path for path, _ in replay.requests if path in ("POST /prompt", "POST /free")]
    assert order == ["POST /prompt", "POST /free", "POST /prompt"]
    assert dict(replay.requests)["POST /free"] == {"unload_models": False, "free_memory": True}
    assert not second.cached


def test_18_a_cached_answer_whose_file_is_gone_is_rendered_anew_under_another_name() -> None:
    with recorded("18", spare=[("11", 0)]) as (replay, bridge):
        replay.recording["exchanges"][-1]["status"] = 200  # the file is still there …
        submit(bridge, posts("18")[0], 1)
        replay.recording["exchanges"][-1]["status"] = 404  # … and now it is not, as recorded
        result = submit(bridge, posts("18")[1], 2)
    prefixes = [body["prompt"]["2"]["inputs"]["filename_prefix"] for body in replay.posted]
    assert prefixes == ["rig/gone", "rig/gone", "rig/gone_2"]
    assert result.artifacts[0].data and result.attempt == 1


@pytest.mark.parametrize("index", [3, 6], ids=["its entry deleted", "all cleared"])
def test_19_a_history_that_somebody_deleted_is_made_up_for_by_what_was_heard(index: int) -> None:
    gone = recording("19")["exchanges"][index]
    with recorded("01", answers={"GET /history": [gone] * 99}) as (replay, bridge):
        result = submit(bridge, posts("01")[0])
    assert told(result) == [("7", "images", "t2i_00004_.png")] and len(replay.posted) == 1


def test_19_a_plain_text_500_is_borne_and_in_the_end_quoted() -> None:
    trouble = recording("19")["exchanges"][7]
    assert trouble["response_text"].startswith("500 Internal")
    with recorded("01", answers={"GET /history": [trouble] * 2}) as (_, bridge):
        assert submit(bridge, posts("01")[0]).artifacts
    with recorded("01", answers={"GET /history": [trouble] * 99}) as (_, bridge), pytest.raises(BridgeError) as caught:
        submit(bridge, posts("01")[0])
    assert "/history answered HTTP 500" in caught.value.what and "Server got itself in trouble" in caught.value.what


@pytest.mark.parametrize("index", [0, 1, 4], ids=["subfolder", "output", "overwritten"])
def test_20_files_in_subfolders_and_of_other_folders_are_taken(index: int) -> None:
    with recorded("20", mine=[index]) as (_, bridge):
        (artifact,) = submit(bridge, posts("20")[index]).artifacts
    assert (artifact.kind, artifact.type, artifact.subfolder) == ("images", "temp", "")


def test_20_an_upload_that_is_absent_after_all_is_sent_again() -> None:
    refusal = next(post for post in posts("20") if post["note"] == "absent file")
    answers = {"POST /prompt": [refusal]}
    with recorded("20", spare=[("20", 0)], answers=answers) as (replay, bridge):
        assert bridge.submit(with_upload()).artifacts
    assert [path for path, _ in replay.requests].count("POST /upload/image") == 2


@pytest.mark.parametrize("case", ["21", "22"])
def test_21_previews_reach_those_who_ask_for_them(case: str) -> None:
    seen: list[Progress] = []
    with recorded(case) as (replay, bridge):
        result = submit(bridge, posts(case)[0], progress=seen.append, previews=True)
    frames = [m["binary_frame"] for m in recording(case)["ws_messages"] if "binary_frame" in m]
    heads = [8 + frame.get("metadata_len_u32be", 0) for frame in frames]
    pictures = [step.preview for step in seen if step.preview is not None]
    assert [picture[:4].hex() for picture in pictures] == ["ffd8ffe0"] * 3
    sizes = [frame["total_bytes"] - head for frame, head in zip(frames, heads, strict=True)]
    assert [len(picture) for picture in pictures] == pytest.approx(sizes, abs=8)  # our prompt id is as long as theirs
    assert {step.node for step in seen if step.preview} == {"5"}
    assert told(result)[0][:2] == ("7", "images")
    assert replay.posted[0]["extra_data"]["preview_method"] == "auto"
    assert [json.loads(hello) for hello in replay.hellos] == [recording("22")["ws_client_first_message"]]


@pytest.mark.parametrize("case", ["21", "22"])
def test_22_previews_that_nobody_asked_for_disturb_nothing(case: str) -> None:
    seen: list[Progress] = []
    with recorded(case) as (replay, bridge):
        assert told(submit(bridge, posts(case)[0], progress=seen.append))[0][:2] == ("7", "images")
    assert seen and not any(step.preview for step in seen)
    assert "preview_method" not in replay.posted[0]["extra_data"]


def test_00_what_the_server_says_of_itself_is_read() -> None:
    with recorded("00") as (_, bridge):
        assert bridge.probe() == recording("00")["exchanges"][0]["response_json"]


@pytest.mark.parametrize(("name", "is_there"), [("EmptyImage", True), ("NoSuchNode", False)])
def test_00_one_definition_is_asked_for_and_an_unknown_class_is_no_error(name: str, is_there: bool) -> None:
    async def ask(url: str) -> Any:
        wire = Wire(Server("real", url), QUICK)
        try:
            return await Names(wire).definition(name)
        finally:
            await wire.close()

    with replaying("00") as replay:
        assert bool(asyncio.run(ask(replay.url))) is is_there


def test_00_every_route_is_there_below_api_too_so_a_base_path_is_kept() -> None:
    with recorded("01") as (replay, _), ComfyBridge(server_of_path(replay, "/api"), limits=QUICK) as bridge:
        assert told(submit(bridge, posts("01")[0])) == [("7", "images", "t2i_00004_.png")]
        assert all(path.split(" ")[1].startswith("/api/") for path, _ in replay.requests) and replay.hellos


def server_of_path(replay: Replay, path: str) -> Server:
    return Server("real", replay.url + path, silence_s=5)


def test_00_what_is_no_comfyui_is_told() -> None:
    with replaying("00") as replay:
        bridge = ComfyBridge(server_of_path(replay, "/nowhere"), limits=QUICK)
        with bridge, pytest.raises(BridgeError, match="/system_stats answered HTTP 404"):
            bridge.probe()


def test_every_recording_has_its_test() -> None:
    cases = {file.name[:2] for file in FOLDER.glob("*.json")}
    tested = {name[5:7] for name in globals() if name.startswith("test_") and name[5:7].isdigit()}
    also = {"09", "06"}  # within those of 08 and by case
    assert len(cases) == 23 and cases <= tested | also
