"""A running server: what it says of itself, with ComfyUI-Manager of either generation and without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comfyvn.bridge.servers import Server
from comfyvn.draft.process import DraftServer
from comfyvn.errors import BridgeError, ServerDown
from comfyvn.nodeset.live import read_server
from comfyvn.nodeset.merging import differences, merged
from comfyvn.providers import Lock, Registry
from comfyvn.reading import read_definitions, read_registry
from tests.fakes.comfy import served
from tests.fakes.small_novel import write

A, B = "a" * 40, "b" * 40
STATS = {"system": {"comfyui_version": "0.3.64", "pytorch_version": "2.8.0"}, "devices": []}
# `ver` of a checkout whose HEAD is a commit comes with its line end: Manager reads the file's first line.
INSTALLED = {
    folder: {"ver": ver, "cnr_id": cnr_id, "aux_id": aux_id, "enabled": enabled}
    for folder, ver, cnr_id, aux_id, enabled in (
        ("ComfyUI-Impact-Pack", A + "\n", "comfyui-impact-pack", "ltdrdata/ComfyUI-Impact-Pack", True),
        ("comfyui-videohelpersuite", "1.7.9", "comfyui-videohelpersuite", None, True),
        ("ComfyUI_IPAdapter_plus", "unknown", "", "cubiq/ComfyUI_IPAdapter_plus", True),
        ("ComfyUI-XTTS", B, "", "AIFSH/ComfyUI-XTTS", False),
    )
} | {"odd": 3}


@contextmanager
def comfyui(manager: str | None = "", **answers: Any) -> Iterator[Server]:
    """A server that answers what lock asks; `manager`: the prefix of Manager's routes, None where it is not."""
    info = {name: node.wire() for name, node in read_definitions().classes.items()}
    given = {"/system_stats": STATS, "/object_info": info, **answers}
    if manager is not None:
        given = {
            f"{manager}/customnode/installed": INSTALLED,
            f"{manager}/snapshot/get_current": {"comfyui": B},
            **given,
        }

    async def answer(request: Request) -> Response:
        if request.url.path not in given:
            return Response("404: Not Found", 404)
        if request.url.path.endswith("/installed"):
            assert request.query_params["mode"] == "imported"
        return JSONResponse(given[request.url.path])

    with served(Starlette(routes=[Route("/{path:path}", answer)])) as (url, _loop):
        yield Server("gpu", url)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return read_registry(tmp_path)


@pytest.mark.parametrize("prefix", ["", "/v2"])
def test_manager_knows_commits(registry: Registry, prefix: str) -> None:
    with comfyui(prefix) as server:
        found = read_server(server, registry, ["KSampler"])
    pins = found.packs
    assert (pins["ComfyUI"].commit, pins["ComfyUI"].version) == (B, "0.3.64")
    assert pins["ComfyUI-Impact-Pack"].pin == A
    assert pins["ComfyUI-VideoHelperSuite"].pin == "1.7.9"
    assert pins["ComfyUI_IPAdapter_plus"].pin is None
    assert "ComfyUI-KJNodes" in pins  # Manager does not list it, but its nodes are there
    assert pins["ComfyUI-Impact-Pack"].state == "verified"


def test_without_manager_nothing_is_claimed_that_cannot_be_known(registry: Registry) -> None:
    with comfyui(None) as server:
        found = read_server(server, registry, [])
    assert found.packs["ComfyUI"].pin == "0.3.64"
    assert {pin.pin for name, pin in found.packs.items() if name != "ComfyUI"} == {None}
    assert "ComfyUI-Impact-Pack" in found.packs
    assert any("ComfyUI-Manager" in note for note in found.notes)
    assert found.models == {}


def test_a_pack_in_a_folder_of_another_name_is_known_by_its_classes(tmp_path: Path) -> None:
    write(tmp_path / "providers/providers.json", {
        "version": 1, "packs": {"KJ": {"repo": "a/kj", "classes": ["Mine"]}, "ComfyUI-Impact-Pack": {"repo": "l/i"}},
    })  # fmt: skip
    info = {
        "Mine": {"python_module": "custom_nodes.renamed"},
        "New": {"python_module": "custom_nodes.renamed"},
        "FaceDetailer": {"python_module": "custom_nodes.faces"},
        "Other": {"python_module": "custom_nodes.others"},
    }
    with comfyui(None, **{"/object_info": info}) as server:
        assert set(read_server(server, read_registry(tmp_path), []).packs) == {"KJ", "ComfyUI-Impact-Pack"}


def test_definitions_that_moved_are_told(registry: Registry) -> None:
    names = ["KSampler", "CheckpointLoaderSimple", "SaveImage"]
    with comfyui(None) as server:
        lock = merged(Lock(), read_server(server, registry, names))
    assert set(lock.classes) == set(names)
    moved = {name: node.wire() for name, node in read_definitions().classes.items()}
    moved["KSampler"]["input"]["required"]["eta"] = ["FLOAT", {"default": 0.0}]
    moved["KSampler"]["input_order"]["required"].append("eta")
    files = moved["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"]
    files[0] = ["SDXL\\mine.safetensors"]  # what a machine has is no part of a definition
    moved["KSampler"]["description"] = "Told anew."
    del moved["SaveImage"]
    with comfyui(None, **{"/object_info": moved}) as server:
        found = [str(each) for each in differences(lock, read_server(server, registry, names))]
    assert [line.partition(":")[0] for line in found] == ["class KSampler", "class SaveImage"]


def test_the_draft_endpoint_is_no_reality(registry: Registry) -> None:
    with DraftServer() as running, pytest.raises(BridgeError, match="draft endpoint"):
        read_server(Server("draft", running.url), registry, [])


def test_nobody_there(registry: Registry) -> None:
    with pytest.raises(ServerDown):
        read_server(Server("gpu", "http://127.0.0.1:9", silence_s=1), registry, [])


@pytest.mark.parametrize("path", ["/system_stats", "/object_info"])
def test_something_else_answers(registry: Registry, path: str) -> None:
    with comfyui(None, **{path: [1]}) as server, pytest.raises(BridgeError, match="not ComfyUI"):
        read_server(server, registry, [])


def test_odd_answers_do_no_harm(registry: Registry) -> None:
    odd: dict[str, Any] = {
        "/system_stats": {"system": 3},
        "/object_info": {"A": None, "B": {"python_module": "custom_nodes."}, "C": {"python_module": 3}},
        "/customnode/installed": {"": {"ver": {}, "cnr_id": [], "aux_id": "../x/y"}},
        "/snapshot/get_current": {"comfyui": {"x": json.dumps([])}},
    }
    with comfyui("", **odd) as server:
        found = read_server(server, registry, ["A"])
    assert {name: pin.pin for name, pin in found.packs.items()} == {"ComfyUI": None}


def test_a_class_that_makes_no_sense_hides_no_other(registry: Registry) -> None:
    info = {
        "KSampler": read_definitions().classes["KSampler"].wire(),
        "A": {"input": 5}, "B": {"input": {"required": {"x": 7}}, "output": 3}, "C": None,
    }  # fmt: skip
    with comfyui(None, **{"/object_info": info}) as server:
        assert list(read_server(server, registry, ["KSampler", "A", "B", "C"]).classes) == ["KSampler"]


def test_any_json_is_no_comfyui(registry: Registry) -> None:
    with comfyui(None, **{"/system_stats": {}}) as server, pytest.raises(BridgeError, match="is not ComfyUI's"):
        read_server(server, registry, [])
