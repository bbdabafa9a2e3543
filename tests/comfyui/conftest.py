"""A server to test against: the draft endpoint always, and the ComfyUI that `--comfyui-url` names.

Every test of this folder is written once and runs twice. On the draft endpoint it runs by default, so that it cannot
rot; the other run is marked `comfyui` and skipped without a URL:

    pytest -m comfyui --comfyui-url http://127.0.0.1:8188 [--comfyui-checkpoint NAME]
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from comfyvn.bridge.comfy import ComfyBridge, Server
from comfyvn.draft.process import DraftServer
from comfyvn.graph.definitions import Definitions, from_object_info
from comfyvn.graph.folders import mark_folders
from tests.fakes.peer import TINY, Peer, checkpoint_of, folder_of


@pytest.fixture(scope="session")
def draft() -> Iterator[DraftServer]:
    with DraftServer({"checkpoints": [TINY]}, step_delay=0.05) as server:
        yield server


@pytest.fixture(scope="session", params=["draft", pytest.param("real", marks=pytest.mark.comfyui)])
def peer(request: pytest.FixtureRequest) -> Peer:
    """The server that this run of the test talks to."""
    is_real = request.param == "real"
    draft = None if is_real else request.getfixturevalue("draft")
    url = draft.url if draft else request.config.getoption("--comfyui-url")
    if not url:
        pytest.skip("needs a ComfyUI server: pytest -m comfyui --comfyui-url http://127.0.0.1:8188")
    with ComfyBridge(Server("peer", url)) as bridge:
        stats, answer = bridge.probe(), bridge.object_info()
    definitions = from_object_info(answer)
    wanted = request.config.getoption("--comfyui-checkpoint") if is_real else TINY
    return Peer(
        url=url.rstrip("/"),
        is_real=is_real,
        stats=stats,
        answer=answer,
        listed=definitions,
        checkpoint=checkpoint_of(definitions, wanted),
        outputs=draft._folder if draft else folder_of(stats, "--output-directory"),
        inputs=draft._folder if draft else folder_of(stats, "--input-directory"),
        nonce=uuid.uuid4().hex,
    )


@pytest.fixture
def bridge(peer: Peer) -> Iterator[ComfyBridge]:
    with ComfyBridge(peer.server()) as made:
        yield made


@pytest.fixture
def http(peer: Peer) -> Iterator[httpx.Client]:
    """For what a test asks the server behind the bridge's back."""
    with httpx.Client(base_url=peer.url, timeout=60) as client:
        yield client


@pytest.fixture
def definitions(peer: Peer) -> Definitions:
    """The server's definitions, with folders in place of the files that it happens to have."""
    return mark_folders(peer.listed)


@pytest.fixture
def checkpoint(peer: Peer) -> str:
    """A checkpoint that the server can sample with."""
    if not peer.checkpoint:
        pytest.skip("the server lists no checkpoint named *tiny*; name one with --comfyui-checkpoint NAME")
    return peer.checkpoint
