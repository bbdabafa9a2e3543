"""ComfyBridge when a server refuses, fails or lies, when a caller gives up, and when files are not what they seem."""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comfyvn.bridge.comfy import Artifact, ComfyBridge, Limits, RenderContext, RenderResult, Server
from comfyvn.errors import (
    BridgeError,
    DownloadError,
    Interrupted,
    PromptRejected,
    RenderFailed,
    ServerDown,
    StoreError,
)
from tests.fakes.comfy import FakeComfy, Prompt, paint, png
from tests.fakes.faults import relayed
from tests.fakes.payloads import FINGERPRINT, QUICK, ids, payload

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
        fake.overrides["POST /prompt"] = [(418, "you sent Bearer tops3cret", {})]
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


def test_a_prompt_cancelled_while_it_is_posted_is_taken_off_too(fake: FakeComfy, bridge: ComfyBridge) -> None:
    stop = threading.Event()
    fake.gate.clear()
    fake.at_post = stop.set  # cancelled after the server began to read the post, before it queued the prompt
    with pytest.raises(Interrupted):
        bridge.submit(payload(), RenderContext(FINGERPRINT, cancelled=stop))
    bridge.close()
    assert len(fake.posted) == 1 and fake.pending == []


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


def test_ctrl_c_takes_the_prompt_off_the_server(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.gate.clear()
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        bridge.submit(payload(), RenderContext(FINGERPRINT))
    assert fake.pending
    bridge.close()
    assert not fake.pending


def test_closing_does_not_wait_for_a_server_that_hangs(fake: FakeComfy) -> None:
    fake.gate.clear()
    stop = threading.Event()
    with relayed(fake.url, {"POST /queue": ["hang"] * 9}) as relay:
        bridge = ComfyBridge(Server("gpu", relay.url), limits=QUICK)
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(Interrupted):
            bridge.submit(payload(), RenderContext(FINGERPRINT, cancelled=stop))
        bridge.close()  # the test's own time limit is far below the server's silence


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
        paint(server, prompt, server.files.clear)

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
        paint(server, prompt, lambda: server.files.update(dict.fromkeys(server.files, data)))

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
