"""ComfyBridge against a double on a real socket: renders, prompt ids, and the names that a server decides."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from comfyvn.bridge.comfy import ComfyBridge, Progress, RenderContext, RenderResult, Server
from comfyvn.errors import (
    InputMissing,
    PromptRejected,
    RenderFailed,
    WorkflowError,
)
from tests.fakes.comfy import FakeComfy, Prompt, paint, png
from tests.fakes.payloads import FINGERPRINT, QUICK, ids, payload, with_image

# --- the good way


def test_a_render_comes_back_with_its_bytes_and_what_made_it(fake: FakeComfy, bridge: ComfyBridge) -> None:
    result = bridge.submit(payload(outputs={"sprite": "2"}), RenderContext(FINGERPRINT))
    (artifact,) = result.artifacts
    assert (artifact.output, artifact.node, artifact.kind, artifact.data) == ("sprite", "2", "images", png())
    assert result.made_with == {
        "comfyui_version": "0.3.64",
        "pytorch_version": "2.13.0+cu130",
        "device": "NVIDIA GeForce RTX 4090",
    }
    assert (result.server, result.cached) == ("gpu", False)
    (posted,) = fake.posted
    assert posted["prompt"]["2"]["inputs"]["filename_prefix"] == "comfyvn/0123456789abcdef/sprite"


def test_extra_data_says_what_was_rendered_and_the_picture_does_not_say_by_whom(
    fake: FakeComfy, bridge: ComfyBridge
) -> None:
    facts = {"packs": ["impact"], "pins": {"impact": "a" * 40}, "seeds": {"character_seed": 7}}
    context = RenderContext(FINGERPRINT, target="sprites:aya/casual/standing/happy", tags={"who": "me"})
    bridge.submit(payload(**facts), context)
    extra = fake.posted[0]["extra_data"]
    told = {"workflow_id": "sprite_pack", "fingerprint": FINGERPRINT, **facts}
    assert extra["comfyvn"] == {**told, "tags": {"target": context.target, "who": "me"}}
    assert extra["extra_pnginfo"] == {"comfyvn": told}


def test_progress_is_told_in_order(fake: FakeComfy, bridge: ComfyBridge) -> None:
    seen: list[Progress] = []
    bridge.submit(payload(), RenderContext(FINGERPRINT, progress=seen.append))
    states = [(step.state, step.node, step.value, step.maximum) for step in seen]
    assert ("running", "1", 1, 2) in states and ("running", "2", 0, 0) in states
    assert states[-1][0] == "downloading"


def test_progress_names_the_node_as_the_graph_does(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def expanded(server: FakeComfy, prompt: Prompt) -> None:
        server.say(prompt, "execution_start")
        server.say(prompt, "progress", node="1.0.3", value=4, max=9)  # made from node 1 while it ran
        paint(server, prompt)

    fake.play = expanded
    graph: Any = payload()["workflow"]
    titled = {**graph, "1": {**graph["1"], "_meta": {"title": "Empty\x1b[31m picture"}}}
    seen: list[Progress] = []
    bridge.submit(payload(workflow=titled), RenderContext(FINGERPRINT, progress=seen.append))
    steps = {step.node: step for step in seen if step.maximum}
    assert (steps["1.0.3"].node_class, steps["1.0.3"].words()) == ("EmptyImage", "EmptyImage 4/9")
    assert steps["1"].title.startswith("Empty") and "\x1b" not in steps["1"].title
    assert [Progress("x", "queued").words(), Progress("x", "running").words()] == ["queued", "running"]


def test_a_progress_callback_that_fails_does_not_break_the_render(bridge: ComfyBridge) -> None:
    def fail(_: Progress) -> None:
        raise ValueError("mine")

    assert bridge.submit(payload(), RenderContext(progress=fail)).artifacts


def test_async_callers_on_any_loop_share_the_bridge(fake: FakeComfy, bridge: ComfyBridge) -> None:
    async def several() -> list[RenderResult]:
        return await asyncio.gather(*(bridge.submit_async(payload(), RenderContext(f"fp1:{n:064x}")) for n in range(3)))

    first, second = asyncio.run(several()), asyncio.run(several())
    assert len(fake.posted) == 3  # the second round found the first one's results
    assert [result.prompt_id for result in first] == [result.prompt_id for result in second]


def test_many_threads_render_at_once_within_the_slots(fake: FakeComfy) -> None:
    server = Server("gpu", fake.url, slots=2)
    with ComfyBridge(server, limits=QUICK) as bridge, ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: bridge.submit(payload(), RenderContext(f"fp1:{n:064x}")), range(12)))
    assert len({result.prompt_id for result in results}) == len(fake.posted) == 12
    assert fake.most_at_once <= 2


def test_equal_renders_at_once_are_posted_once(fake: FakeComfy, bridge: ComfyBridge) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bridge.submit(payload(), RenderContext(FINGERPRINT)), range(4)))
    assert len(fake.posted) == 1


def test_the_socket_may_stay_silent(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.is_mute = True
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts


def test_a_history_that_is_gone_at_once_is_made_up_for_by_what_was_heard(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.is_forgetful = True
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts[0].data == png()
    assert len(fake.posted) == 1


# --- ids and coming back


def test_the_prompt_id_is_the_same_in_every_process(fake: FakeComfy, bridge: ComfyBridge) -> None:
    bridge.submit(payload(), RenderContext(FINGERPRINT))
    assert ids(fake) == ["07445945-eea7-5a7d-af85-50d065a346b3"]  # golden: crashed builds are found by it


@pytest.mark.parametrize("other", [{"purpose": "verify"}, {"attempt": 1}, {"fingerprint": "fp1:" + "f" * 64}])
def test_purpose_attempt_and_fingerprint_make_another_prompt(
    fake: FakeComfy, bridge: ComfyBridge, other: dict[str, Any]
) -> None:
    bridge.submit(payload(), RenderContext(FINGERPRINT))
    bridge.submit(payload(), RenderContext(**{"fingerprint": FINGERPRINT, **other}))
    assert len(set(ids(fake))) == 2


def test_a_proof_is_no_memory_of_the_first_render(fake: FakeComfy, bridge: ComfyBridge) -> None:
    """ComfyUI forgets after the prompt that comes at once after /free, not before it."""

    def forgets_late(server: FakeComfy, prompt: Prompt) -> None:
        if len(server.begun) != 2:
            return paint(server, prompt)
        prompt.outputs = server.history[server.begun[0]].outputs
        server.say(prompt, "execution_start")
        server.say(prompt, "execution_cached", nodes=["1", "2"])
        return server.say(prompt, "execution_success")

    fake.play = forgets_late
    bridge.submit(payload(), RenderContext(FINGERPRINT))
    again = bridge.submit(payload(), RenderContext(FINGERPRINT, purpose="verify"))
    assert (again.cached, again.attempt, len(fake.begun)) == (False, 1, 3)


@pytest.mark.parametrize("is_mute", [True, False])
def test_what_a_node_expands_into_is_its_own_output(fake: FakeComfy, bridge: ComfyBridge, is_mute: bool) -> None:
    def expand(server: FakeComfy, prompt: Prompt) -> None:
        server.say(prompt, "execution_start")
        server.say(prompt, "execution_cached", nodes=[])
        output = {"images": [server.save("expanded.png", png())]}
        prompt.outputs["2.0.1"] = output
        prompt.meta["2.0.1"] = {"node_id": "2.0.1", "display_node": "2", "parent_node": "2", "real_node_id": "2"}
        server.say(prompt, "executed", node="2.0.1", display_node="2", output=output)
        server.say(prompt, "execution_success")

    fake.play, fake.is_mute = expand, is_mute
    (artifact,) = bridge.submit(payload(outputs={"sprite": "2"}), RenderContext(FINGERPRINT)).artifacts
    assert (artifact.output, artifact.node, artifact.data) == ("sprite", "2", png())


def test_a_server_that_never_forgets_is_taken_at_its_word(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def remembers(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt)
        prompt.messages[1][1]["nodes"] = ["1", "2"]

    fake.play, fake.is_mute = remembers, True
    assert bridge.submit(payload(), RenderContext(FINGERPRINT, purpose="verify")).cached
    assert len(fake.begun) == 2


def test_without_a_fingerprint_the_payload_is_the_identity(fake: FakeComfy, bridge: ComfyBridge) -> None:
    bridge.submit(with_image(png((1, 1, 1))))
    bridge.submit(with_image(png((1, 1, 1))))
    bridge.submit(with_image(png((2, 2, 2))))
    assert len(fake.posted) == 2


@pytest.mark.parametrize("state", ["pending", "running", "done"])
def test_a_prompt_of_a_build_that_died_is_taken_up(fake: FakeComfy, state: str) -> None:
    def attempt() -> RenderResult:
        with ComfyBridge(Server("gpu", fake.url), limits=QUICK) as bridge:
            return bridge.submit(payload(), RenderContext(FINGERPRINT))

    attempt()
    (lost,) = fake.history.values()
    if state != "done":  # put it back to where the crash left it; nobody listens to its socket
        fake.history.clear()
        fake.gate.clear()
        (fake.pending if state == "pending" else fake.running).append(Prompt(lost.body))
        threading.Timer(0.2, _finish, [fake]).start()
    assert attempt().prompt_id == lost.id
    assert len(fake.posted) == 1


def _finish(fake: FakeComfy) -> None:
    fake.gate.set()
    for prompt in list(fake.running):
        paint(fake, prompt)
        fake.history[prompt.id] = prompt
        fake.running.remove(prompt)


def test_a_failed_prompt_in_the_history_is_not_taken_for_the_answer(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.play = _explode
    with pytest.raises(RenderFailed):
        bridge.submit(payload(), RenderContext(FINGERPRINT))
    fake.play = paint
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).attempt == 1


# --- names the server decides


def test_inputs_are_uploaded_once_under_a_content_name(fake: FakeComfy, bridge: ComfyBridge, tmp_path: Path) -> None:
    picture = tmp_path / "any name.jpeg"
    picture.write_bytes(png())
    bridge.submit(with_image(picture), RenderContext("fp1:" + "1" * 64))
    bridge.submit(with_image(png()), RenderContext("fp1:" + "2" * 64))
    values = [body["prompt"]["1"]["inputs"]["image"] for body in fake.posted]
    assert values == [f"comfyvn/{hashlib.sha256(png()).hexdigest()[:32]}.png"] * 2
    assert fake.requests.count("POST /upload/image") == 1
    with ComfyBridge(bridge.server, limits=QUICK) as another:  # a later build: the server has the file
        another.submit(with_image(png()), RenderContext("fp1:" + "3" * 64))
    assert fake.requests.count("POST /upload/image") == 1


def test_the_name_the_server_answers_is_the_one_used(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.overrides["POST /upload/image"] = [(200, '{"name": "x (1).png", "subfolder": "s", "type": "temp"}', {})]
    bridge.submit(with_image())
    assert fake.posted[0]["prompt"]["1"]["inputs"]["image"] == "s/x (1).png [temp]"


def test_an_upload_that_vanished_is_sent_again(fake: FakeComfy, bridge: ComfyBridge) -> None:
    bridge.submit(with_image(), RenderContext("fp1:" + "1" * 64))
    fake.files.clear()
    fault = {"type": "custom_validation_failed", "message": "m", "details": "", "extra_info": {"input_name": "image"}}
    refusal = '{"error": {}, "node_errors": {"1": {"class_type": "LoadImage", "errors": [%s]}}}'
    fake.overrides["POST /prompt"] = [(400, refusal % str(fault).replace("'", '"'), {})]
    bridge.submit(with_image(), RenderContext("fp1:" + "2" * 64))
    assert fake.requests.count("POST /upload/image") == 2


def test_a_missing_input_names_itself(bridge: ComfyBridge, tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match='the input "pose"'):
        bridge.submit({**with_image(), "inputs": {}})
    with pytest.raises(InputMissing, match='input "pose" cannot be read'):
        bridge.submit(with_image(tmp_path / "absent.png"))


def with_model(name: str = "sdxl_base") -> dict[str, object]:
    graph = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": {"$model": name}}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x/y"}},
    }
    return payload(workflow=graph, models={"sdxl_base": "sd_xl_base_1.0.safetensors"})


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        (["a.safetensors", "sd_xl_base_1.0.safetensors"], "sd_xl_base_1.0.safetensors"),
        (["SDXL\\sd_xl_base_1.0.safetensors"], "SDXL\\sd_xl_base_1.0.safetensors"),
        (["SDXL/sd_xl_base_1.0.safetensors", "my_sd_xl_base_1.0.safetensors"], "SDXL/sd_xl_base_1.0.safetensors"),
    ],
)
@pytest.mark.parametrize("form", ["old", "new"])
def test_models_go_by_the_server_s_own_names(
    fake: FakeComfy, bridge: ComfyBridge, listed: list[str], chosen: str, form: str
) -> None:
    spec: list[object] = [listed, {}] if form == "old" else ["COMBO", {"options": listed}]
    fake.definitions["CheckpointLoaderSimple"] = {"input": {"required": {"ckpt_name": spec}}}
    bridge.submit(with_model())
    assert fake.posted[0]["prompt"]["1"]["inputs"]["ckpt_name"] == chosen


def test_servers_yaml_decides_a_model_s_name(fake: FakeComfy) -> None:
    server = Server("gpu", fake.url, models={"sdxl_base": "mine.ckpt"})
    with ComfyBridge(server, limits=QUICK) as bridge:
        bridge.submit(with_model())
    assert fake.posted[0]["prompt"]["1"]["inputs"]["ckpt_name"] == "mine.ckpt"


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        (["sd_xl_base_0.9.safetensors"], "has no model file sd_xl_base_1.0.safetensors"),
        (["a/sd_xl_base_1.0.safetensors", "b/sd_xl_base_1.0.safetensors"], "several files named"),
    ],
)
def test_a_model_that_cannot_be_settled_is_refused_before_posting(
    fake: FakeComfy, bridge: ComfyBridge, listed: list[str], says: str
) -> None:
    fake.definitions["CheckpointLoaderSimple"] = {"input": {"required": {"ckpt_name": [listed]}}}
    with pytest.raises(PromptRejected, match=says) as caught:
        bridge.submit(with_model())
    assert "servers.gpu.models.sdxl_base" in caught.value.todo and listed[0] in caught.value.todo
    assert not fake.posted


@pytest.mark.parametrize("document", [{}, {"workflow": []}, {"workflow": {"1": []}}, {"workflow": {}, "x": 1}])
def test_what_is_no_payload_is_refused(bridge: ComfyBridge, document: dict[str, object]) -> None:
    with pytest.raises(WorkflowError):
        bridge.submit(document)


def _explode(server: FakeComfy, prompt: Prompt) -> None:
    server.say(prompt, "execution_start")
    prompt.status = "error"
    data = {"node_id": "3", "node_type": "LoadImage", "exception_type": "PIL.UnidentifiedImageError"}
    server.say(prompt, "execution_error", **data, exception_message="cannot identify\nimage \x1b[31mfile")
