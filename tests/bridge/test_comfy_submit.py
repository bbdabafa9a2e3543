"""ComfyBridge against a double on a real socket: the good way, and what a server or a caller may do instead."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from comfyvn.bridge.comfy import Artifact, ComfyBridge, Limits, Progress, RenderContext, RenderResult, Server
from comfyvn.errors import (
    BridgeError,
    DownloadError,
    InputMissing,
    Interrupted,
    PromptRejected,
    RenderFailed,
    ServerDown,
    StoreError,
    WorkflowError,
)
from tests.fakes.comfy import FakeComfy, Prompt, paint, png, running

QUICK = Limits(patience_s=0.3, connect_s=0.5, socket_s=1.0, poll_s=0.01, poll_most_s=0.05)
FINGERPRINT = "fp1:" + "0123456789abcdef" * 4


@pytest.fixture
def fake() -> Iterator[FakeComfy]:
    with running(FakeComfy(paint)) as server:
        yield server


@pytest.fixture
def bridge(fake: FakeComfy) -> Iterator[ComfyBridge]:
    with ComfyBridge(Server("gpu", fake.url, slots=4, silence_s=2.0), limits=QUICK) as made:
        yield made


def payload(**more: object) -> dict[str, object]:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": {"$prefix": "sprite"}}},
    }
    return {"workflow_id": "sprite_pack", "workflow": graph, "inputs": {}, **more}


def with_image(value: object = None) -> dict[str, object]:
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "plain/prefix"}},
    }
    return payload(workflow=graph, inputs={"pose": png() if value is None else value})


def ids(fake: FakeComfy) -> list[str]:
    return [body["prompt_id"] for body in fake.posted]


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


# --- what goes wrong on the server


def _explode(server: FakeComfy, prompt: Prompt) -> None:
    server.say(prompt, "execution_start")
    prompt.status = "error"
    data = {"node_id": "3", "node_type": "LoadImage", "exception_type": "PIL.UnidentifiedImageError"}
    server.say(prompt, "execution_error", **data, exception_message="cannot identify\nimage \x1b[31mfile")


def test_an_execution_error_names_node_class_and_exception(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.play = _explode
    with pytest.raises(RenderFailed) as caught:
        bridge.submit(payload())
    assert caught.value.what == (
        "node 3 (LoadImage) failed: PIL.UnidentifiedImageError: cannot identify image  [31mfile"
    )


def test_an_error_is_heard_even_when_the_history_forgets_it(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.play, fake.is_forgetful = _explode, True
    with pytest.raises(RenderFailed, match="node 3"):
        bridge.submit(payload())


def test_out_of_memory_is_tried_once_more_after_freeing(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def starve(server: FakeComfy, prompt: Prompt) -> None:
        prompt.status = "error"
        data = {"node_id": "5", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError"}
        server.say(prompt, "execution_error", **data, exception_message="CUDA out of memory")
        server.play = plays.pop(0)

    plays = [paint, starve, starve]
    fake.play = starve
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).attempt == 1
    assert fake.requests.count("POST /free") == 1
    fake.play = starve
    with pytest.raises(RenderFailed, match="OutOfMemoryError") as caught:
        bridge.submit(payload(), RenderContext("fp1:" + "2" * 64))
    assert "smaller size" in caught.value.todo


def test_an_interrupted_prompt_is_told_apart_from_a_failed_one(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def stop(server: FakeComfy, prompt: Prompt) -> None:
        prompt.status = "error"
        server.say(prompt, "execution_interrupted", node_id="5", node_type="KSampler")

    fake.play = stop
    with pytest.raises(Interrupted, match=r"stopped the render at node 5 \(KSampler\)"):
        bridge.submit(payload())


def test_a_prompt_deleted_from_the_queue_is_posted_once_more(fake: FakeComfy, bridge: ComfyBridge) -> None:
    lost: list[str] = []

    def vanish(server: FakeComfy, prompt: Prompt) -> None:
        lost.append(prompt.id)
        server.play, server.is_forgetful, server.is_mute = paint, False, False

    fake.play, fake.is_forgetful, fake.is_mute = vanish, True, True
    fake.gate.clear()
    threading.Timer(0.1, lambda: (fake.pending.clear(), fake.__setattr__("play", paint), _open(fake))).start()
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).attempt == 1
    assert len(set(ids(fake))) == 2


def _open(fake: FakeComfy) -> None:
    fake.is_forgetful = fake.is_mute = False
    fake.gate.set()


def test_a_prompt_that_vanishes_twice_is_an_error(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.is_forgetful = fake.is_mute = True
    with pytest.raises(ServerDown, match="vanished from the server's queue twice"):
        bridge.submit(payload())
    assert len(fake.posted) == 2


def test_200_with_node_errors_is_a_rejection_and_the_half_prompt_is_withdrawn(
    fake: FakeComfy, bridge: ComfyBridge
) -> None:
    half = """{"prompt_id": "%s", "number": 1, "node_errors": {"3": {"class_type": "SaveImage", "errors": [
        {"type": "required_input_missing", "message": "Required input is missing", "details": "filename_prefix",
         "extra_info": {"input_name": "filename_prefix"}}]}}}"""
    fake.overrides["POST /prompt"] = [(200, half, {})]
    with pytest.raises(PromptRejected) as caught:
        bridge.submit(payload())
    (complaint,) = caught.value.nodes
    assert (complaint.node, complaint.class_type, complaint.input) == ("3", "SaveImage", "filename_prefix")
    assert "POST /queue" in fake.requests


def test_a_plain_text_500_is_tried_again_and_then_told(fake: FakeComfy, bridge: ComfyBridge) -> None:
    trouble = (500, "500 Internal Server Error\n\nServer got itself in trouble", {})
    fake.overrides["POST /prompt"] = [trouble]
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts
    fake.overrides["POST /prompt"] = [trouble] * 9
    with pytest.raises(PromptRejected, match="Server got itself in trouble"):
        bridge.submit(payload(), RenderContext("fp1:" + "2" * 64))


def test_another_program_at_the_url_is_named(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.overrides["GET /system_stats"] = [(200, "<html>nginx</html>", {})]
    with pytest.raises(BridgeError, match=r"/system_stats answered HTTP 200 with what is not ComfyUI's: <html>"):
        bridge.submit(payload())


def test_secrets_are_sent_and_never_shown(fake: FakeComfy) -> None:
    fake.wants_header = ("authorization", "Bearer tops3cret")
    server = Server("cloud", fake.url, headers={"Authorization": "Bearer tops3cret"})
    with ComfyBridge(server, limits=QUICK) as bridge:
        assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts
        fake.overrides["GET /queue"] = [(418, "you sent Bearer tops3cret", {})]
        with pytest.raises(BridgeError, match="secret") as caught:
            bridge.submit(payload(), RenderContext("fp1:" + "2" * 64))
    assert "tops3cret" not in str(caught.value) + repr(server)
    with ComfyBridge(Server("cloud", fake.url), limits=QUICK) as bridge, pytest.raises(BridgeError, match="HTTP 403"):
        bridge.submit(payload())


def test_an_unset_secret_is_named_before_anything_is_sent(fake: FakeComfy) -> None:
    bridge = ComfyBridge(Server("cloud", fake.url, unset=("GPU_TOKEN",)))
    with bridge, pytest.raises(BridgeError, match="GPU_TOKEN"):
        bridge.submit(payload())
    assert not fake.requests


# --- cancelling


def test_cancelling_takes_our_prompt_and_no_other_off_the_server(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.gate.clear()
    theirs = Prompt({"prompt_id": "theirs", "prompt": {}})
    fake.pending.append(theirs)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(Interrupted, match="cancelled"):
        bridge.submit(payload(), RenderContext(FINGERPRINT, cancelled=stop))
    bridge.close()
    assert fake.pending == [theirs]


def test_cancelling_the_async_call_stops_a_running_prompt(fake: FakeComfy, bridge: ComfyBridge) -> None:
    started, stopped = threading.Event(), threading.Event()

    def wait(server: FakeComfy, prompt: Prompt) -> None:
        started.set()
        stopped.wait(5) if prompt.status != "interrupted" else None

    async def cancel() -> None:
        call = asyncio.ensure_future(bridge.submit_async(payload(), RenderContext(FINGERPRINT)))
        await asyncio.to_thread(started.wait, 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    fake.play = wait
    asyncio.run(cancel())
    bridge.close()
    assert fake.running[0].status == "interrupted"
    stopped.set()


def test_one_of_two_followers_may_leave_without_stopping_the_other(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.gate.clear()
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        staying = pool.submit(bridge.submit, payload(), RenderContext(FINGERPRINT))
        leaving = pool.submit(bridge.submit, payload(), RenderContext(FINGERPRINT, cancelled=stop))
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(Interrupted):
            leaving.result(5)
        fake.gate.set()
        assert staying.result(5).artifacts
    assert len(fake.posted) == 1


# --- files


def test_a_file_that_is_gone_is_made_again_under_another_prefix(fake: FakeComfy, bridge: ComfyBridge) -> None:
    bridge.submit(payload(), RenderContext(FINGERPRINT))
    fake.files.clear()
    result = bridge.submit(payload(), RenderContext(FINGERPRINT))
    prefixes = [body["prompt"]["2"]["inputs"]["filename_prefix"] for body in fake.posted]
    assert prefixes == ["comfyvn/0123456789abcdef/sprite", "comfyvn/0123456789abcdef/sprite_2"]
    assert result.artifacts[0].data == png()


def test_a_file_that_is_gone_for_good_is_an_error(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def lie(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt)
        server.files.clear()

    fake.play = lie
    with pytest.raises(DownloadError, match="does not have it"):
        bridge.submit(payload())
    assert len(fake.posted) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (png(size=64)[:-20], "cannot be decoded"),
        (b"<html>", "are no image"),
        (b"RIFF....WAVEfmt ", "holds audio where its name promises image"),
        (b"", "are no image"),
    ],
)
def test_a_picture_that_is_none_is_an_error(fake: FakeComfy, bridge: ComfyBridge, data: bytes, says: str) -> None:
    def spoil(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt)
        server.files = dict.fromkeys(server.files, data)

    fake.play = spoil
    with pytest.raises(DownloadError, match=says):
        bridge.submit(payload())
    assert fake.requests.count("GET /view") == QUICK.tries


def test_a_broken_download_is_fetched_again(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.overrides["GET /view"] = [(200, b"\x89PNG\r\n\x1a\n", {}), (503, "busy", {})]
    assert bridge.submit(payload()).artifacts[0].data == png()


def test_files_and_pictures_that_are_too_large_are_refused(fake: FakeComfy) -> None:
    server = Server("gpu", fake.url)
    for limits in (Limits(tries=1, file_bytes=20), Limits(tries=1, pixels=63)):
        with ComfyBridge(server, limits=limits) as bridge, pytest.raises(DownloadError, match=r"most|larger"):
            bridge.submit(payload())


def test_only_named_outputs_are_fetched_and_each_must_be_there(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def two(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt)
        prompt.outputs["9"] = {"images": [server.save("p.png", png((9, 9, 9)), "temp")], "animated": [True]}
        prompt.outputs["7"] = {"text": ["hello"]}

    fake.play = two
    named = bridge.submit(payload(outputs={"preview": "9", "sprite": "2"}), RenderContext("fp1:" + "1" * 64))
    assert [artifact.output for artifact in named.artifacts] == ["preview", "sprite"]
    every = bridge.submit(payload(), RenderContext("fp1:" + "2" * 64)).artifacts
    assert [(artifact.output, artifact.kind) for artifact in every] == [("2", "images"), ("7", "text"), ("9", "images")]
    assert every[1].data == b"hello"
    with pytest.raises(RenderFailed, match='nothing for output "mask"'):
        bridge.submit(payload(outputs={"mask": "1"}), RenderContext("fp1:" + "3" * 64))


HOSTILE = ["../../evil.png", "/etc/passwd", "C:\\x.png", "a\x00b.png", "x" * 300 + ".png", "con", ".."]


def test_local_names_are_ours_whatever_the_server_says(fake: FakeComfy, bridge: ComfyBridge, tmp_path: Path) -> None:
    def artifact(output: str, name: str) -> Artifact:
        return Artifact(output, "2", "images", name, "../..", "output", png())

    hostile = tuple(artifact("../Sprite:A", name) for name in HOSTILE)
    text = Artifact("note", "3", "text", "", "", "", b"hi")
    result = RenderResult("id", "gpu", (*hostile, text), False, {}, 0.0)
    paths = bridge.download_artifacts(result, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [*(f"sprite_a_{n}.png" for n in range(len(HOSTILE))), "note_0.txt"]
    assert sorted(tmp_path.rglob("*")) == sorted([tmp_path / "new", tmp_path / "new" / "folder", *paths])
    assert paths[0].read_bytes() == png()


def test_artifacts_without_bytes_are_fetched_when_saved(fake: FakeComfy, bridge: ComfyBridge, tmp_path: Path) -> None:
    item = fake.save("a.png", png((5, 5, 5)))
    result = RenderResult("id", "gpu", (Artifact("sprite", "2", "images", **item),), False, {}, 0.0)
    (path,) = asyncio.run(bridge.download_artifacts_async(result, tmp_path))
    assert path.read_bytes() == png((5, 5, 5))


def test_a_disk_that_refuses_is_told_and_leaves_nothing(bridge: ComfyBridge, tmp_path: Path) -> None:
    result = RenderResult("id", "gpu", (Artifact("a", "2", "images", "x.png", "", "output", png()),), False, {}, 0.0)
    (tmp_path / "a_0.png").mkdir()
    with pytest.raises(StoreError, match=r"a_0\.png cannot be written"):
        bridge.download_artifacts(result, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a_0.png"]


def test_probe_and_object_info_answer_as_the_server_does(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.definitions["SaveImage"] = {"output_node": True}
    assert bridge.object_info() == {"SaveImage": {"output_node": True}} == asyncio.run(bridge.object_info_async())
    assert bridge.probe()["system"] == asyncio.run(bridge.probe_async())["system"]


def test_a_bridge_may_be_closed_twice_and_used_again(fake: FakeComfy) -> None:
    bridge = ComfyBridge(Server("gpu", fake.url), limits=QUICK)
    bridge.close()
    assert bridge.probe()
    bridge.close()
    assert bridge.submit(payload()).artifacts
    bridge.close()
    bridge.close()
