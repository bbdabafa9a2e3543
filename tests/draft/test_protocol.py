"""What the endpoint's sockets and history tell, held against what a real server's told in the same recorded cases."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from websockets.sync.client import ClientConnection

from tests.draft.conftest import Endpoint, read_until_done, receive, until
from tests.draft.test_endpoint_replay import VOLATILE, Replay, differences, filled, recording

Message = dict[str, Any]
SLOW = {"06": 0.05, "07": 0.05, "10": 0.05, "11": 0.05}
# Told while a node runs: how often, depends on the machine.
REPEATED = {"progress", "progress_state"}


def start(serve: Callable[..., Endpoint], case: str, **options: Any) -> Endpoint:
    """An endpoint with the files that the recorded server had."""
    return filled(serve({"controlnet": []}, step_delay=SLOW.get(case, 0.0), **options))


def document_of(case: str) -> dict[str, Any]:
    names = {
        "06": "06_interrupt_running", "07": "07_interrupt_global_and_pending", "10": "10_queue_delete",
        "11": "11_prompt_id_and_number", "13": "13_output_kinds", "14": "14_history_race", "15": "15_ws_reconnect",
        "16": "16_no_client_id", "17": "17_free", "18": "18_cached_but_file_gone", "19": "19_history_endpoints",
        "20": "20_input_references", "21": "21_previews_legacy", "22": "22_previews_with_metadata",
    }  # fmt: skip
    return recording(names[case])


def story(messages: list[Message], prompt_id: str) -> list[Message]:
    """The messages about one prompt, without how a sampler's steps fell into it."""
    mine = [message for message in messages if message["data"].get("prompt_id") == prompt_id]
    return [message for message in mine if message["type"] not in REPEATED]


def beats(messages: list[Message]) -> list[str]:
    """What was told in which order; of a prompt that was stopped, not where, which is a matter of moments."""
    stopped = any(message["type"] == "execution_interrupted" for message in messages)
    found = [f"{m['type']} {m['data'].get('node', '')}" for m in messages]
    return [beat for beat in found if not stopped or not beat.startswith("executing") or beat.endswith("None")]


def hear_all(connection: ClientConnection, prompts: int) -> list[Message]:
    """Every message until so many prompts have ended; nothing may be left unread, or closing takes its time."""
    heard: list[Message] = []
    while sum(_is_end(message) for message in heard) < prompts:
        message = receive(connection)
        heard += [message] if isinstance(message, dict) else []
    return heard


def _is_end(message: Message) -> bool:
    return bool(message["type"] == "executing" and message["data"]["node"] is None)


@pytest.mark.parametrize("case", ["06", "07", "10", "11", "13", "17", "18", "20"])
def test_every_prompt_s_story_is_told_as_it_was(serve: Callable[..., Endpoint], case: str) -> None:
    endpoint, document = start(serve, case), document_of(case)
    replay = Replay(endpoint)
    recorded = [message for message in document["ws_messages"] if "data" in message]
    ends = [message["data"]["prompt_id"] for message in recorded if _is_end(message)]
    if case == "07":  # the models were loaded there
        endpoint.run(with_other_steps(document["exchanges"][0]["request_json"]["prompt"]))
    with endpoint.socket(document["ws_client_id"]) as connection:
        for exchange in document["exchanges"]:
            replay.play(exchange)
        ours = hear_all(connection, sum(each in replay.ids for each in ends))
    once = [each for each in set(ends) & replay.ids.keys() if posted(document, each) == 1]
    assert once
    for theirs in once:
        wanted = story(replay.renamed(recorded), replay.ids[theirs])
        given = story(ours, replay.ids[theirs])
        # In which order output nodes run is decided there by a set of texts, so it is another one every time.
        in_order = sorted if case == "13" else list
        assert in_order(beats(given)) == in_order(beats(wanted))
        assert forms(given) == forms(wanted)


def with_other_steps(graph: dict[str, Any]) -> dict[str, Any]:
    return {**graph, "5": {**graph["5"], "inputs": {**graph["5"]["inputs"], "steps": 1}}}


def posted(document: dict[str, Any], prompt_id: str) -> int:
    answers = [exchange.get("response_json") or {} for exchange in document["exchanges"]]
    return sum(answer.get("prompt_id") == prompt_id for answer in answers)


def forms(messages: list[Message]) -> dict[str, Any]:
    """Of each kind, the keys with the types of their values, as far down as they are not named by the graph."""
    return {message["type"]: sorted((k, type(v).__name__) for k, v in message["data"].items()) for message in messages
            if message["data"].get("node", "") is not None}  # fmt: skip


@pytest.mark.parametrize("case", ["06", "17"])
def test_steps_are_told_in_the_recorded_form(serve: Callable[..., Endpoint], case: str) -> None:
    endpoint, document = start(serve, case), document_of(case)
    replay = Replay(endpoint)
    with endpoint.socket(document["ws_client_id"]) as connection:
        replay.play(document["exchanges"][0])
        (prompt_id,) = replay.ids.values()
        heard = read_until_done(connection, prompt_id)
    recorded = replay.renamed([m for m in document["ws_messages"] if m["data"].get("prompt_id") in replay.ids])
    for kind in sorted(REPEATED):
        wanted = [m["data"] for m in recorded if m["type"] == kind]
        given = [m["data"] for m in heard if isinstance(m, dict) and m["type"] == kind]
        assert not [d for d in differences(wanted[0], given[0]) if "value" not in d]
        states = {state["state"] for data in given for state in data.get("nodes", {}).values()}
        assert states == {state["state"] for data in wanted for state in data.get("nodes", {}).values()}


def test_14_the_history_is_there_once_it_is_told_that_nothing_runs_any_more(endpoint: Endpoint) -> None:
    """Of 30 recorded runs it was always there after executing{node: null}, and nearly always after success."""
    always = document_of("14")["summary"]["history_present_when_polled_after"]["executing_null"]
    assert always == {"present": 30, "absent": 0}
    with endpoint.socket("race") as connection:
        for number in range(30):
            body = {"prompt": solid(number), "client_id": "race"}
            prompt_id = endpoint.http.post("/prompt", json=body).json()["prompt_id"]
            heard = read_until_done(connection, prompt_id)
            assert endpoint.http.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"]["2"]
            order = [m["type"] for m in heard if isinstance(m, dict)]
            assert order.index("executed") < order.index("execution_success") < len(order) - 1


def solid(color: int, prefix: str = "rig/solid") -> dict[str, Any]:
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": color}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def test_15_a_reopened_id_hears_where_its_prompt_stands_and_the_rest_of_it(serve: Callable[..., Endpoint]) -> None:
    scene, endpoint = document_of("15")["a_closed_then_reopened"], start(serve, "07")
    (exchange,) = document_of("15")["exchanges"]
    replay = Replay(endpoint)
    with endpoint.socket("client-onlooker") as onlooker:
        with endpoint.socket("client-re") as old:
            replay.play(exchange)
            before = [receive(old)]
            while before[-1]["type"] != "progress":
                before.append(receive(old))
        with endpoint.socket("client-re") as new:
            after = hear_all_of(new, replay.ids.values())
        seen = [receive(onlooker) for _ in range(4)]
    # progress_state was not written down there.
    assert shapes(before) == shapes(replay.renamed(scene["old_socket_saw"]))
    assert shapes(after) == shapes(replay.renamed(scene["new_socket_saw"]))
    assert shapes(seen) == shapes(replay.renamed(scene["onlooker_saw"]))


def hear_all_of(connection: ClientConnection, ids: Any) -> list[Message]:
    (wanted,) = ids
    heard = [receive(connection)]
    while heard[-1] != {"type": "executing", "data": {"node": None, "prompt_id": wanted}}:
        heard.append(receive(connection))
    return [message for message in heard if isinstance(message, dict)]


def shapes(messages: Any) -> list[Any]:
    """Kind, and keys with the types of their values; progress as often as there is any."""
    found: list[Any] = []
    for message in messages:
        if message["type"] == "progress_state":
            continue
        shape = (message["type"], sorted((key, type(value).__name__) for key, value in message["data"].items()))
        if not (message["type"] == "progress" and found[-1:] == [shape]):
            found.append(shape)
    return found


def test_15_when_the_older_of_two_sockets_closes_nobody_tells_the_newer_anything(
    serve: Callable[..., Endpoint],
) -> None:
    scene, endpoint = document_of("15")["b_older_of_two_closes"], start(serve, "07")
    (exchange,) = document_of("15")["exchanges"]
    body = {**exchange["request_json"], "client_id": "client-two"}
    with endpoint.socket("client-two") as old:
        prompt_id = endpoint.http.post("/prompt", json=body).json()["prompt_id"]
        while receive(old)["type"] != "progress":
            pass
        with endpoint.socket("client-two") as newer:
            hello = [receive(newer), receive(newer)]
            old.close()
            until(lambda: is_deaf(newer))
            assert until(lambda: endpoint.http.get(f"/history/{prompt_id}").json())
            assert is_deaf(newer)
            assert shapes(hello) == shapes(scene["newer_socket_saw"])


def is_deaf(connection: ClientConnection) -> bool:
    try:
        receive(connection, seconds=0.3)
    except TimeoutError:
        return True
    return False


def test_15_of_two_open_sockets_with_one_id_the_second_hears_everything(endpoint: Endpoint) -> None:
    scene = document_of("15")["c_two_sockets_one_id_both_open"]
    with endpoint.socket("client-three") as first, endpoint.socket("client-three") as second:
        hello = receive(first)
        receive(second)
        body = {"prompt": solid(3, "rig/two"), "client_id": "client-three"}
        prompt_id = endpoint.http.post("/prompt", json=body).json()["prompt_id"]
        heard = [m for m in read_until_done(second, prompt_id) if isinstance(m, dict)]
        assert shapes([hello]) == shapes(scene["first_socket_saw"]) and is_deaf(first)
    assert shapes(heard) == shapes(scene["second_socket_saw"][1:])


def test_16_a_prompt_without_a_client_is_told_to_all_as_a_length_alone(endpoint: Endpoint) -> None:
    document = document_of("16")
    replay = Replay(endpoint)
    with endpoint.socket(document["ws_client_id"]) as onlooker:
        for exchange in document["exchanges"][:1]:
            assert replay.play(exchange) == []
        (prompt_id,) = replay.ids.values()
        assert until(lambda: endpoint.http.get(f"/history/{prompt_id}").json())
        heard = [receive(onlooker)]
        while not is_deaf_after(onlooker, heard):
            pass
    allowed = {shape for shape, _ in shapes(document["ws_messages"])}
    assert (
        {message["type"] for message in heard if isinstance(message, dict)} - {"progress_state"}
        == allowed
        == {"status"}
    )


def is_deaf_after(connection: ClientConnection, heard: list[Any]) -> bool:
    """Takes one more message; True when none comes."""
    try:
        heard.append(receive(connection, seconds=0.3))
    except TimeoutError:
        return True
    return False


def test_19_the_history_is_paged_deleted_and_cleared_as_it_was(endpoint: Endpoint) -> None:
    """The two last, the first, and then one is deleted, an unknown one, and all."""
    for number, name in enumerate(("first", "second", "third")):
        endpoint.run(solid(number), prompt_id=name)
    last, oldest, *others = document_of("19")["exchanges"]
    ids = {last["response_keys_in_order"][0]: "second", last["response_keys_in_order"][1]: "third"}
    ids |= {oldest["response_keys_in_order"][0]: "first"}
    for exchange in (last, oldest):
        given = endpoint.http.get(exchange["path"]).json()
        assert list(given) == [ids[each] for each in exchange["response_keys_in_order"]]
    replay = Replay(endpoint)
    replay.ids |= ids
    found = [difference for exchange in others for difference in replay.play(exchange)]
    assert not found


@pytest.mark.parametrize("case", ["21", "22"])
def test_21_previews_are_framed_as_they_were(serve: Callable[..., Endpoint], case: str) -> None:
    document, endpoint = document_of(case), start(serve, case, previews=True)
    (exchange,) = document["exchanges"]
    with endpoint.socket(document["ws_client_id"]) as connection:
        receive(connection)
        if (flags := document.get("ws_client_first_message")) is not None:
            connection.send(json.dumps(flags))
            answer = receive(connection)
            (told,) = [m for m in document["ws_messages"] if m.get("type") == "feature_flags"]
            assert answer == {"type": "feature_flags", "data": told["data"]}
        replay = Replay(endpoint)
        replay.play(exchange)
        (prompt_id,) = replay.ids.values()
        heard = [m for m in read_until_done(connection, prompt_id) if isinstance(m, bytes)]
    recorded = [m["binary_frame"] for m in document["ws_messages"] if "binary_frame" in m]
    assert len(heard) == len(recorded) == 3
    for frame, told in zip(heard, recorded, strict=True):
        event, second = struct.unpack_from(">II", frame)
        assert event == told["event_type_u32be"]
        start_of_picture = 8
        if event == 4:
            metadata, start_of_picture = json.loads(frame[8 : 8 + second]), 8 + second
            assert not differences(replay.renamed(told["metadata_json"]), metadata)
        else:
            assert second == told["image_type_u32be"]
        picture = frame[start_of_picture:]
        assert picture[:4].hex() == told["then"].rpartition(" ")[2]
        with Image.open(io.BytesIO(picture)) as opened:
            opened.load()


def test_what_is_compared_by_type_alone_is_what_no_two_runs_share() -> None:
    assert {"prompt_id", "timestamp"} <= VOLATILE and "type" not in VOLATILE


def test_12_files_and_refusals_come_under_the_recorded_heads(serve: Callable[..., Endpoint]) -> None:
    document = recording("12_upload")
    replay = Replay(start(serve, "12"))
    compared = 0
    for exchange in document["exchanges"]:
        wanted = {"Content-Type": exchange.get("response_content_type", "application/json; charset=utf-8")}
        wanted |= exchange.get("response_headers", {})
        # Ours is the JSON type without a character set, as RFC 8259 has it.
        wanted = {name: value.removesuffix("; charset=utf-8") for name, value in wanted.items() if value}
        body = replay.body(exchange)
        answer = replay.server.http.request(exchange["method"], exchange["path"], params=exchange.get("query"), **body)
        for name in {"Content-Type", "Content-Disposition"} & wanted.keys():
            assert answer.headers[name].removesuffix("; charset=utf-8") == wanted[name], exchange
            compared += 1
    assert compared > 12
