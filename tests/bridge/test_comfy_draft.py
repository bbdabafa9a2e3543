"""ComfyBridge against the draft endpoint in its own process: the whole protocol on the shipped workflows."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from comfyvn.bridge.comfy import ComfyBridge, Progress, RenderContext, Server
from comfyvn.draft.__main__ import shipped_definitions
from comfyvn.draft.process import DraftServer
from comfyvn.errors import Interrupted, PromptRejected, ServerDown
from comfyvn.graph.bind import Bound, bind
from comfyvn.graph.template import Workflow, parse
from tests.fakes.comfy import png
from tests.fakes.payloads import QUICK

WORKFLOWS = Path(__file__).parents[2] / "comfyvn" / "workflows"
LINES = "young woman, silver hair\nschool blazer\nstanding\n{}\nanime"


@pytest.fixture(scope="module")
def draft() -> Iterator[DraftServer]:
    with DraftServer({"checkpoints": ["SDXL/base.safetensors"]}, step_delay=0.002) as server:
        yield server


@pytest.fixture
def bridge(draft: DraftServer) -> Iterator[ComfyBridge]:
    server = Server("draft", draft.url, "draft", slots=2, models={"sdxl_base": "SDXL/base.safetensors"})
    with ComfyBridge(server) as made:
        yield made


def workflow(name: str) -> Workflow:
    file = WORKFLOWS / f"{name}.json"
    return parse(json.loads(file.read_text("utf-8")), file.name, shipped_definitions())


def payload(name: str, bound: Bound) -> dict[str, object]:
    parts = {"packs": bound.packs, "seeds": bound.seeds, "outputs": bound.outputs, "inputs": bound.inputs}
    return {"workflow_id": name, "workflow": bound.graph, "models": {}, **parts}


def sprite(expression: str, seed: int = 1, **more: Any) -> dict[str, object]:
    seeds = {"character_seed": seed, "detail_seed": 2, "control_seed": 3}
    values = {"prompt": LINES.format(expression), "width": 256, "height": 384, "steps": 2, **seeds, **more}
    return payload("sprite_pack", bind(workflow("sprite_pack"), values))


def mark(number: int) -> RenderContext:
    return RenderContext(f"fp1:{number:064x}", target="sprites:aya")


def test_a_shipped_workflow_renders_with_uploads_and_progress(bridge: ComfyBridge) -> None:
    seen: list[Progress] = []
    references = [{"image": png((200, 10, 10), 64), "weight": 0.8}, {"image": png((10, 10, 200), 64), "weight": 0.5}]
    context = RenderContext(f"fp1:{1:064x}", progress=seen.append)
    result = bridge.submit(sprite("smile", face_references=references, pose_image=png((1, 1, 1), 64)), context)
    (artifact,) = result.artifacts
    assert artifact.output == "sprite" and artifact.data is not None
    with Image.open(io.BytesIO(artifact.data)) as picture:
        assert picture.mode == "RGBA" and picture.size == (256, 384)
        assert json.loads(picture.info["comfyvn"])["workflow_id"] == "sprite_pack"
        assert json.loads(picture.info["prompt"])
    assert result.made_with["device"] == "draft" and not result.cached
    assert any(step.maximum == 2 for step in seen)


def test_the_same_again_comes_from_the_server_s_cache_and_equal_recipes_give_equal_bytes(bridge: ComfyBridge) -> None:
    first = bridge.submit(sprite("grin"), mark(2))
    again = bridge.submit(sprite("grin"), mark(2))
    assert again.prompt_id == first.prompt_id and again.artifacts == first.artifacts
    with DraftServer({"checkpoints": ["SDXL/base.safetensors"]}) as other:
        server = Server("other", other.url, models=bridge.server.models)
        with ComfyBridge(server) as another:
            assert another.submit(sprite("grin"), mark(2)).artifacts[0].data == first.artifacts[0].data


def test_a_name_that_the_server_lists_in_a_subfolder_is_found(draft: DraftServer) -> None:
    with ComfyBridge(Server("plain", draft.url)) as bridge:
        models = {"sdxl_base": "base.safetensors"}
        assert bridge.submit({**sprite("wink"), "models": models}, mark(3)).artifacts
        with pytest.raises(PromptRejected, match=r"has no model file gone\.safetensors"):
            bridge.submit({**sprite("wink"), "models": {"sdxl_base": "gone.safetensors"}}, mark(4))


def test_many_threads_and_two_bridges_at_once(draft: DraftServer, bridge: ComfyBridge) -> None:
    with ComfyBridge(bridge.server) as second, ThreadPoolExecutor(6) as pool:
        calls = [(owner, number) for number in range(10, 16) for owner in (bridge, second)]
        results = list(pool.map(lambda call: call[0].submit(sprite("calm", call[1]), mark(call[1])), calls))
    assert len({result.prompt_id for result in results}) == 6
    by_prompt = {(result.prompt_id, result.artifacts[0].data) for result in results}
    assert len(by_prompt) == 6


def test_a_cancelled_render_leaves_the_server_at_once() -> None:
    stop = threading.Event()

    def progress(step: Progress) -> None:
        if step.maximum:
            stop.set()

    context = RenderContext(f"fp1:{20:064x}", progress=progress, cancelled=stop)
    with DraftServer(step_delay=0.2) as slow, ComfyBridge(Server("slow", slow.url)) as bridge:
        with pytest.raises(Interrupted, match="cancelled"):
            bridge.submit(sprite("slow", steps=40), context)
        with ComfyBridge(bridge.server) as later:  # the worker is free again, and the prompt is not taken up
            assert later.submit({**sprite("quick", steps=1)}, mark(21)).artifacts


def test_a_graph_that_does_not_validate_names_node_and_fix(bridge: ComfyBridge) -> None:
    graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 0, "height": 8, "batch_size": 1, "color": 0}}}
    graph["2"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}  # type: ignore[dict-item]
    with pytest.raises(PromptRejected, match="Value 0 smaller than min of 1") as caught:
        bridge.submit({"workflow_id": "mine", "workflow": graph})
    assert caught.value.nodes[0].class_type == "EmptyImage" and "from 1 to 16384" in caught.value.todo
    graph["1"]["class_type"] = "NoSuchNode"
    with pytest.raises(PromptRejected, match="NoSuchNode"):
        bridge.submit({"workflow_id": "mine", "workflow": graph})


def test_a_file_deleted_on_the_server_is_made_again(draft: DraftServer, bridge: ComfyBridge) -> None:
    first = bridge.submit(sprite("gone"), mark(30))
    assert draft._folder is not None
    for file in draft._folder.rglob("*.png"):
        file.unlink()
    with ComfyBridge(bridge.server) as later:
        again = later.submit(sprite("gone"), mark(30))
    assert again.prompt_id != first.prompt_id and again.artifacts[0].data


def test_an_endpoint_that_stopped_is_down() -> None:
    with DraftServer() as server:
        url = server.url
    with ComfyBridge(Server("draft", url), limits=QUICK) as bridge, pytest.raises(ServerDown):
        bridge.probe()
