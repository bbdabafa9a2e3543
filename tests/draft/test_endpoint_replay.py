"""Every recorded exchange with a real ComfyUI is played to the endpoint, whose answers must be of the same shape."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.draft.conftest import Endpoint, png, read_until_done, until

PROTOCOL = Path(__file__).parent.parent / "data" / "protocol"
CHECKPOINT = "tiny_sd15_random.safetensors"
# What differs from run to run or from machine to machine: only its type is compared.
VOLATILE = {"prompt_id", "timestamp", "number", "traceback", "exception_message", "current_inputs", "fullpath", "sid"}
QUEUE_NUMBER = re.compile(r"(\.prompt|queue_(running|pending)\[\d+\])\[0\]$")
UNORDERED = {"executed", "current_outputs"}
PROSE = {"tooltip", "display"}
SLOW = {"06_interrupt_running", "07_interrupt_global_and_pending", "10_queue_delete", "11_prompt_id_and_number"}


def recording(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((PROTOCOL / f"{name}.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def server(serve: Callable[..., Endpoint], request: pytest.FixtureRequest) -> Endpoint:
    """An endpoint with the files that the recorded server had; slow where the recording acts while a prompt runs."""
    return filled(serve({"controlnet": []}, step_delay=0.05 if request.param in SLOW else 0.0))


def filled(endpoint: Endpoint) -> Endpoint:
    """With the files that the recorded server had."""
    for path, data in {
        "input/broken.png": b"no picture",
        "input/comfyvn/hero.png": png(),
        "output/rig/solid_00001_.png": png(colour=9),
    }.items():
        (endpoint.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (endpoint.folder / path).write_bytes(data)
    return endpoint


def differences(recorded: Any, ours: Any, key: str = "", path: str = "$") -> list[str]:
    """Where our answer is not of the recorded shape."""
    if key in VOLATILE or QUEUE_NUMBER.search(path):
        return [] if type(recorded) is type(ours) else [f"{path}: {type(ours).__name__}, not {type(recorded).__name__}"]
    if isinstance(recorded, Mapping) and isinstance(ours, Mapping):
        wanted, given = set(recorded) - PROSE, set(ours) - PROSE
        found = [f"{path}: keys {sorted(wanted ^ given)}"] if wanted != given else []
        return found + [d for k in sorted(wanted & given) for d in differences(recorded[k], ours[k], k, f"{path}.{k}")]
    if isinstance(recorded, list) and isinstance(ours, list):
        if key in UNORDERED or path.endswith(".prompt[4]"):
            return [] if sorted(recorded) == sorted(ours) else [f"{path}: {ours}, not {recorded}"]
        if len(recorded) != len(ours):
            return [f"{path}: {len(ours)} entries, not {len(recorded)}"]
        return [
            d
            for i, pair in enumerate(zip(recorded, ours, strict=True))
            for d in differences(*pair, key, f"{path}[{i}]")
        ]
    if key in ("filename", "workflow") and isinstance(recorded, str) and isinstance(ours, str):
        recorded, ours = (re.sub(r"\d{5}|(?<=temp_)[a-z]{5}", "#", name) for name in (recorded, ours))
    return [] if type(recorded) is type(ours) and recorded == ours else [f"{path}: {ours!r}, not {recorded!r}"]


class Replay:
    """Plays one recording; `ids` maps recorded prompt ids to ours."""

    def __init__(self, server: Endpoint) -> None:
        self.server = server
        self.ids: dict[str, str] = {}
        self.uploads = 0

    def play(self, exchange: dict[str, Any]) -> list[str]:
        method, path = exchange["method"], self.mapped(exchange["path"])
        if exchange.get("response_json") is not None and method == "GET":
            self.wait(path, exchange["response_json"])
        answer = self.server.http.request(method, path, params=exchange.get("query"), **self.body(exchange))
        where = f"{method} {exchange['path']} ({exchange.get('note', '')})"
        if answer.status_code != exchange["status"]:
            return [f"{where}: {answer.status_code}, not {exchange['status']}: {answer.text[:300]}"]
        if "response_text" in exchange:
            return [] if answer.text == exchange["response_text"] else [f"{where}: {answer.text!r}"]
        if exchange.get("response_json") is None:
            return [] if exchange.get("response_bytes", 0) or not answer.content else [f"{where}: a body"]
        recorded, ours = exchange["response_json"], answer.json()
        if path == "/prompt" and "prompt_id" in recorded:
            self.ids[recorded["prompt_id"]] = ours["prompt_id"]
        return [f"{where} {d}" for d in differences(self.renamed(recorded), ours)]

    def body(self, exchange: dict[str, Any]) -> dict[str, Any]:
        if "request_json" in exchange:
            return {"json": json.loads(self.mapped(json.dumps(exchange["request_json"])))}
        if "request_raw" in exchange and isinstance(exchange["request_raw"], str):
            return {"content": exchange["request_raw"], "headers": exchange.get("request_headers", {})}
        if "request_multipart_fields" in exchange:
            fields = dict(exchange["request_multipart_fields"])
            # Every upload but the second of the same bytes is another picture.
            self.uploads += "same bytes" not in exchange.get("note", "")
            files = {
                k: (v["filename"], self.upload(v["filename"])) for k, v in fields.items() if not isinstance(v, str)
            }
            return {"data": {key: value for key, value in fields.items() if isinstance(value, str)}, "files": files}
        return {"headers": exchange.get("request_headers", {})}

    def upload(self, name: str) -> bytes:
        return b"no picture" if name.startswith("broken") else png(colour=self.uploads)

    def mapped(self, text: str) -> str:
        for recorded, ours in self.ids.items():
            text = text.replace(recorded, ours)
        return text

    def renamed(self, recorded: Any) -> Any:
        return json.loads(self.mapped(json.dumps(recorded)))

    def wait(self, path: str, recorded: Any) -> None:
        """Until the server is where the recorded one was: as many prompts in the queue, the entry in history."""
        if path.endswith("/queue"):
            lengths = {key: len(recorded[key]) for key in recorded}
            until(lambda: {k: len(v) for k, v in self.server.http.get(path).json().items()} == lengths)
        if "/history/" in path and recorded:
            until(lambda: self.server.http.get(path).json())


def names(*left_out: str) -> list[Any]:
    stems = sorted(path.stem for path in PROTOCOL.glob("*.json"))
    return [pytest.param(stem, stem, id=stem) for stem in stems if stem[:2] not in left_out]


@pytest.mark.parametrize(("server", "name"), names("14", "15", "16", "19"), indirect=["server"])
def test_recorded_answers_are_repeated(server: Endpoint, name: str) -> None:
    document, replay = recording(name), Replay(server)
    found: list[str] = []
    prime(server, name, document)
    for exchange in document["exchanges"]:
        if exchange.get("note", "").startswith("same name, bytes overwritten"):
            server.upload("hero.png", png(colour=200), subfolder="comfyvn", overwrite="true")
        if name == "18_cached_but_file_gone" and exchange["path"] == "/view":
            (server.folder / "output" / "rig" / "gone_00001_.png").unlink()
        found += [difference for difference in replay.play(exchange) if expected(name, difference)]
    assert not found, "\n".join(found)


def expected(name: str, difference: str) -> bool:
    """Whether a difference of shape counts."""
    if name[:2] == "00":  # another machine, definitions that hold no prose, and one key more than a real server has
        own = "comfyvn_version" in difference
        return not own and ("keys" in difference or not re.search(r"\$\.(system|devices|EmptyImage\.\w+:)", difference))
    # Which nodes were cached depends on what ran before the recording began; only these set that up.
    return name[:2] in ("01", "02", "03", "18") or not re.search(r"\.(nodes|executed)\b", difference)


def prime(server: Endpoint, name: str, document: dict[str, Any]) -> None:
    """Runs what had run before the recording began."""
    if name[:2] in ("01", "02", "03"):
        graph = json.loads(json.dumps(document["exchanges"][0]["request_json"]["prompt"]))
        graph["5"]["inputs"]["seed"] -= name[:2] != "02"
        (server.folder / "output" / "rig" / "t2i_00002_.png").write_bytes(png())
        server.run(graph)


@pytest.mark.parametrize(
    ("server", "name"),
    names("00", "04", "06", "07", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22"),
    indirect=["server"],
)
def test_recorded_messages_are_repeated(server: Endpoint, name: str) -> None:
    document, replay = recording(name), Replay(server)
    prime(server, name, document)
    recorded: list[Any] = document["ws_messages"]
    ours: list[Any] = []
    with server.socket(document["ws_client_id"]) as connection:
        for exchange in document["exchanges"]:
            replay.play(exchange)
            if exchange["method"] == "POST" and exchange["path"] == "/prompt":
                ours += read_until_done(connection, replay.ids[exchange["response_json"]["prompt_id"]])
    assert [message["type"] for message in ours] == [message["type"] for message in recorded]
    found = differences(
        replay.renamed([message["data"] for message in recorded]), [message["data"] for message in ours]
    )
    # How many wait is told twice for each prompt; by the second time the worker may have taken it or not.
    assert not [d for d in found if expected(name, d) and "queue_remaining" not in d]


def test_history_can_be_paged_and_deleted(endpoint: Endpoint) -> None:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    for name in "abc":
        endpoint.run(graph, prompt_id=name)
    assert list(endpoint.http.get("/history").json()) == ["a", "b", "c"]
    assert list(endpoint.http.get("/history", params={"max_items": 2}).json()) == ["b", "c"]
    assert list(endpoint.http.get("/history", params={"max_items": 1, "offset": 0}).json()) == ["a"]
    assert endpoint.http.get("/history", params={"max_items": 0}).json() == {}
    assert endpoint.http.post("/history", json={"delete": ["b", "unknown"]}).status_code == 200
    assert list(endpoint.http.get("/history").json()) == ["a", "c"]
    assert endpoint.http.post("/history", json={"clear": True}).status_code == 200
    assert endpoint.http.get("/api/history").json() == {}
    refused = endpoint.http.get("/history", params={"max_items": "abc"})
    assert (refused.status_code, refused.text[:3]) == (500, "500")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 500),
        (b'"text"', 500),
        (b'{"prompt": "text"}', 500),
        (b'{"prompt": [1]}', 500),
        (b'{"prompt": {"1": 5}}', 400),
        (b'{"prompt": {"1": {"class_type": ["x"], "inputs": {}}}}', 400),
        (b'{"prompt": {"1": {"class_type": "SaveImage", "inputs": []}}}', 400),
        (
            b'{"prompt": {"1": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}}',
            400,
        ),
        (b'{"prompt": {}, "number": "x"}', 500),
        (b"\xff\xfe", 500),
    ],
)
def test_nonsense_is_refused_and_the_next_prompt_runs(endpoint: Endpoint, body: bytes, status: int) -> None:
    assert endpoint.http.post("/prompt", content=body).status_code == status
    graph = {
        "1": {"class_type": "PrimitiveString", "inputs": {"value": "still here"}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    assert endpoint.run(graph)["outputs"] == {"2": {"text": ["still here"]}}


def test_running_out_of_memory_looks_as_it_does_on_a_real_server(endpoint: Endpoint) -> None:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 16384, "height": 16384, "batch_size": 1, "color": 0}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    status = endpoint.run(graph)["status"]
    (event, data) = status["messages"][-1]
    assert (status["status_str"], event, data["node_id"]) == ("error", "execution_error", "1")
    assert data["exception_type"].endswith("OutOfMemoryError")
    assert "/" not in "".join(data["traceback"])
