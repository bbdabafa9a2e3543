"""What the bridge promises, held against a server without any model file: the draft endpoint, and a real ComfyUI."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from comfyvn.bridge.comfy import ComfyBridge, RenderContext
from comfyvn.bridge.payload import prompt_id
from comfyvn.errors import PromptRejected, RenderFailed
from comfyvn.graph.definitions import Definitions, from_object_info
from tests.fakes.peer import Graph, Peer, blank, opened, payload, queued, saving, slow, until


def noise(size: tuple[int, int] = (40, 24), mode: str = "RGB") -> Image.Image:
    """A picture in which no two neighbours are alike."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    data = bytes((index * 73 + index // 7) % 256 for index in range(size[0] * size[1] * channels))
    return Image.frombytes(mode, size, data)


def png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def off_by(one: Image.Image, other: Image.Image) -> int:
    """The largest difference between two grey pictures of one size."""
    assert one.size == other.size
    return int(ImageChops.difference(one, other).getextrema()[1])


# --- what the server says of itself


def test_its_versions_and_device_are_told(peer: Peer, bridge: ComfyBridge) -> None:
    system = bridge.probe()["system"]
    assert isinstance(system, dict) and system["comfyui_version"]
    made_with = bridge.submit(payload(blank(peer.colour())), peer.fresh()).made_with
    assert made_with["comfyui_version"] == system["comfyui_version"]
    assert all(made_with[key] for key in ("pytorch_version", "device"))


def test_every_class_it_knows_can_be_read_and_told_again(peer: Peer) -> None:
    again = from_object_info(peer.listed.to_object_info())
    assert set(peer.listed) == set(peer.answer)
    for name in peer.listed:
        assert again.classes[name].inputs == peer.listed.classes[name].inputs, name
        assert again.classes[name].outputs == peer.listed.classes[name].outputs, name


def test_no_class_has_an_input_of_a_kind_that_we_cannot_read(peer: Peer) -> None:
    kinds = {
        entry.type for node in peer.listed.classes.values() for entry in node.inputs if entry.type.startswith("COMFY_")
    }
    assert kinds <= {"COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3", "COMFY_MATCHTYPE_V3", "COMFY_DYNAMICSLOT_V3"}


# --- pictures


def test_a_picture_is_made_saved_fetched_and_says_how(peer: Peer, bridge: ComfyBridge) -> None:
    colour, context = peer.colour(), peer.fresh()
    result = bridge.submit(payload(blank(colour, 24), outputs={"sprite": "2"}, seeds={"character_seed": 7}), context)
    (artifact,) = result.artifacts
    assert (artifact.output, artifact.kind, artifact.type, result.cached) == ("sprite", "images", "output", False)
    picture = opened(artifact.data)
    assert picture.size == (24, 24)
    assert picture.convert("RGB").getpixel((5, 5)) == (colour >> 16, colour >> 8 & 255, colour & 255)
    assert json.loads(picture.info["prompt"])["1"]["inputs"]["color"] == colour
    told = json.loads(picture.info["comfyvn"])
    assert (told["fingerprint"], told["seeds"]) == (context.fingerprint, {"character_seed": 7})


def test_an_uploaded_picture_comes_back_pixel_for_pixel(peer: Peer, bridge: ComfyBridge) -> None:
    sent = noise()
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}}, "2": saving(["1", 0])}
    (artifact,) = bridge.submit(payload(graph, inputs={"pose": png(sent)}), peer.fresh()).artifacts
    assert opened(artifact.data).convert("RGB").tobytes() == sent.tobytes()


def test_transparency_survives_the_way_there_and_back(peer: Peer, bridge: ComfyBridge) -> None:
    sent = noise(mode="RGBA")
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "cut"}}},
        "2": saving(["3", 0]),
        "3": {"class_type": "JoinImageWithAlpha", "inputs": {"image": ["1", 0], "alpha": ["1", 1]}},
    }
    (artifact,) = bridge.submit(payload(graph, inputs={"cut": png(sent)}), peer.fresh()).artifacts
    came = opened(artifact.data)
    assert came.mode == "RGBA"
    assert off_by(came.getchannel("A"), sent.getchannel("A")) <= 1  # 1 − (1 − a/255), cut off to whole numbers


def test_a_batch_comes_in_its_order(peer: Peer, bridge: ComfyBridge) -> None:
    colours = [peer.colour() for _ in range(3)]
    graph: Graph = {str(10 + index): blank(colour)["1"] for index, colour in enumerate(colours)}
    graph["20"] = {"class_type": "ImageBatch", "inputs": {"image1": ["10", 0], "image2": ["11", 0]}}
    graph["21"] = {"class_type": "ImageBatch", "inputs": {"image1": ["20", 0], "image2": ["12", 0]}}
    graph["2"] = saving(["21", 0])
    result = bridge.submit(payload(graph), peer.fresh())
    seen = [opened(artifact.data).convert("RGB").getpixel((0, 0)) for artifact in result.artifacts]
    assert seen == [(colour >> 16, colour >> 8 & 255, colour & 255) for colour in colours]


@pytest.mark.parametrize("prefix", ["größe/日本語 été", "a b/c'd", "deep/er/and/deeper/x"])
def test_any_word_can_be_a_prefix(peer: Peer, bridge: ComfyBridge, prefix: str) -> None:
    (artifact,) = bridge.submit(payload(blank(peer.colour(), prefix=f"peer/{prefix}")), peer.fresh()).artifacts
    assert opened(artifact.data).size == (16, 16)
    assert artifact.filename.startswith(prefix.rpartition("/")[2])


def test_a_prefix_that_leads_out_of_the_output_folder_is_refused(peer: Peer, bridge: ComfyBridge) -> None:
    with pytest.raises(RenderFailed, match=r"node 2 \(SaveImage\)"):
        bridge.submit(payload(blank(peer.colour(), prefix="../outside")), peer.fresh())


def test_text_sound_and_films_are_artifacts_too(peer: Peer, bridge: ComfyBridge) -> None:
    audio = {"duration": 0.3, "sample_rate": 44100, "channels": 2}
    graph: Graph = {
        **blank(peer.colour(), 32, batch=3),
        "3": {"class_type": "PreviewAny", "inputs": {"source": f"said {peer.nonce}"}},
        "4": {"class_type": "EmptyAudio", "inputs": audio},
        "5": {"class_type": "SaveAudio", "inputs": {"audio": ["4", 0], "filename_prefix": {"$prefix": "sound"}}},
        "6": {
            "class_type": "SaveAnimatedWEBP",
            "inputs": {
                "images": ["1", 0], "filename_prefix": {"$prefix": "film"}, "fps": 6.0, "lossless": True,
                "quality": 80, "method": "default",
            },
        },
    }  # fmt: skip
    outputs = {"still": "2", "said": "3", "sound": "5", "film": "6"}
    found: dict[str, list[Any]] = {}
    for artifact in bridge.submit(payload(graph, outputs=outputs), peer.fresh()).artifacts:
        found.setdefault(artifact.output, []).append(artifact)
    assert set(found) == set(outputs) and len(found["still"]) == 3
    assert found["said"][0].data == f"said {peer.nonce}".encode()
    assert found["sound"][0].data[:4] == b"fLaC"
    assert found["film"][0].filename.endswith(".webp")


# --- what the server remembers


def test_the_same_graph_again_runs_nothing_and_gives_the_same_file(peer: Peer, bridge: ComfyBridge) -> None:
    graph = blank(peer.colour(), prefix=f"peer/{peer.nonce}")
    first = bridge.submit(payload(graph), peer.fresh())
    again = bridge.submit(payload(graph), peer.fresh())
    assert (first.cached, again.cached) == (False, True)
    assert again.prompt_id != first.prompt_id
    assert [a.data for a in again.artifacts] == [a.data for a in first.artifacts]


def test_another_purpose_renders_anew_and_gives_the_same_pixels(peer: Peer, bridge: ComfyBridge) -> None:
    context, graph = peer.fresh(), blank(peer.colour())
    first = bridge.submit(payload(graph), context)
    again = bridge.submit(payload(graph), replace(context, purpose="verify-1"))
    assert not again.cached and again.artifacts[0].filename != first.artifacts[0].filename
    assert opened(again.artifacts[0].data).tobytes() == opened(first.artifacts[0].data).tobytes()


def test_a_finished_prompt_is_taken_up_by_the_next_process(peer: Peer, bridge: ComfyBridge, http: httpx.Client) -> None:
    context, work = peer.fresh(), payload(blank(peer.colour()))
    first = bridge.submit(work, context)
    number = http.get(f"/history/{first.prompt_id}").json()[first.prompt_id]["prompt"][0]
    with ComfyBridge(peer.server()) as later:
        again = later.submit(work, context)
    assert again.prompt_id == first.prompt_id and again.artifacts == first.artifacts
    assert http.get(f"/history/{first.prompt_id}").json()[first.prompt_id]["prompt"][0] == number


def test_a_running_prompt_is_taken_up_and_not_posted_twice(peer: Peer, bridge: ComfyBridge, http: httpx.Client) -> None:
    """As after kill -9 of a build: the prompt stands on the server under the id that the next build gives it."""
    context, graph = peer.fresh(), slow(peer.colour(), 6)
    graph["2"]["inputs"]["filename_prefix"] = f"peer/{peer.nonce}"
    mine = prompt_id(context.fingerprint, "render", 0)
    assert http.post("/prompt", json={"prompt": graph, "prompt_id": mine}).status_code == 200
    result = bridge.submit(payload(graph), context)
    assert result.prompt_id == mine and len(result.artifacts) == 1
    assert mine not in queued(http)


def test_a_file_that_was_deleted_on_the_server_is_made_again(peer: Peer, bridge: ComfyBridge) -> None:
    if peer.outputs is None:
        pytest.skip("the server's output folder is not in reach (it was started without --output-directory)")
    context, work = peer.fresh(), payload(blank(peer.colour()))
    first = bridge.submit(work, context)
    name = first.artifacts[0].filename
    (found,) = [file for file in peer.outputs.rglob(name) if first.artifacts[0].subfolder in file.as_posix()]
    found.unlink()
    with ComfyBridge(peer.server()) as later:
        again = later.submit(work, context)
    assert again.prompt_id != first.prompt_id and not again.cached
    assert opened(again.artifacts[0].data).tobytes() == opened(first.artifacts[0].data).tobytes()


def test_an_upload_that_was_deleted_is_sent_again(peer: Peer, bridge: ComfyBridge) -> None:
    if peer.inputs is None:
        pytest.skip("the server's input folder is not in reach (it was started without --input-directory)")
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}}, "2": saving(["1", 0])}
    sent = png(Image.new("RGB", (9, 9), peer.colour()))
    work = payload(graph, inputs={"pose": sent})
    bridge.submit(work, peer.fresh())
    for file in peer.inputs.rglob("*.png"):
        if file.read_bytes() == sent:
            file.unlink()
    assert opened(bridge.submit(work, peer.fresh()).artifacts[0].data).size == (9, 9)


# --- refused, and failed


def refused(bridge: ComfyBridge, graph: Graph) -> PromptRejected:
    with pytest.raises(PromptRejected) as caught:
        bridge.submit(payload(graph))
    return caught.value


def test_every_kind_of_mistake_comes_back_with_its_place(peer: Peer, bridge: ComfyBridge) -> None:
    graph = blank(peer.colour()) | {
        "3": {"class_type": "ImageScale", "inputs": {"image": ["2", 0], "upscale_method": "magic", "width": "wide"}},
        "4": saving(["3", 0], "peer/x"),
        "5": {"class_type": "ImageInvert", "inputs": {"image": ["6", 0]}},
        "6": {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 8, "height": 8}},
        "7": saving(["5", 0], "peer/y"),
    }
    graph["1"]["inputs"]["batch_size"] = 0
    del graph["3"]["inputs"]["image"]
    error = refused(bridge, graph)
    found = {(entry.node, entry.input, entry.code) for entry in error.nodes}
    assert found >= {
        ("1", "batch_size", "value_smaller_than_min"),
        ("3", "upscale_method", "value_not_in_list"),
        ("3", "width", "invalid_input_type"),
        ("3", "height", "required_input_missing"),
        ("3", "image", "required_input_missing"),
        ("5", "image", "return_type_mismatch"),
    }
    assert {entry.class_type for entry in error.nodes if entry.node == "3"} == {"ImageScale"}


def test_a_mistake_beside_a_sound_output_is_not_overlooked(peer: Peer, bridge: ComfyBridge, http: httpx.Client) -> None:
    """The server runs such a prompt without the broken output, and answers 200."""
    before = set(http.get("/history").json())
    graph = blank(peer.colour()) | {"3": saving(["9", 0], "peer/x"), "9": blank(-1)["1"]}
    assert refused(bridge, graph).nodes[0].node == "9"
    until(lambda: not queued(http))
    ours = [entry for prompt, entry in http.get("/history").json().items() if prompt not in before]
    assert not any("3" in entry["outputs"] for entry in ours)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ({"1": {"class_type": "NoSuchNode", "inputs": {}}, "2": saving(["1", 0], "x")}, "NoSuchNode"),
        ({"1": blank(0)["1"]}, "output"),
        ({"2": saving(["77", 0], "x")}, "77"),
        ({"1": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}}, "2": saving(["1", 0], "x")}, ""),
    ],
    ids=["unknown class", "no output", "link into nothing", "cycle"],
)  # fmt: skip
def test_a_graph_that_cannot_run_is_refused(bridge: ComfyBridge, graph: Graph, words: str) -> None:
    assert words in str(refused(bridge, graph))


def test_a_node_that_fails_is_named_with_what_it_said(peer: Peer, bridge: ComfyBridge, http: httpx.Client) -> None:
    name = f"broken-{peer.nonce}.png"
    assert http.post("/upload/image", files={"image": (name, b"this is no picture")}).status_code == 200
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": name}}, "2": saving(["1", 0])}
    with pytest.raises(RenderFailed, match=r"node 1 \(LoadImage\) failed: [\w.]+: ."):
        bridge.submit(payload(graph), peer.fresh())


def test_a_render_that_failed_once_is_tried_anew_when_asked_again(
    peer: Peer, bridge: ComfyBridge, http: httpx.Client
) -> None:
    name, context = f"late-{peer.nonce}.png", peer.fresh()
    http.post("/upload/image", files={"image": (name, b"not yet a picture")})
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": name}}, "2": saving(["1", 0])}
    with pytest.raises(RenderFailed):
        bridge.submit(payload(graph), context)
    sent = png(noise())
    http.post("/upload/image", files={"image": (name, sent)}, data={"overwrite": "true"})
    result = bridge.submit(payload(graph), context)
    assert opened(result.artifacts[0].data).convert("RGB").tobytes() == noise().tobytes()


def test_artifacts_are_saved_under_names_of_ours(peer: Peer, bridge: ComfyBridge, tmp_path: Path) -> None:
    result = bridge.submit(payload(blank(peer.colour(), batch=2), outputs={"sprite": "2"}), RenderContext())
    files = bridge.download_artifacts(result, tmp_path / "out")
    assert [file.name for file in files] == ["sprite_0.png", "sprite_1.png"]
    assert all(opened(file.read_bytes()).size == (16, 16) for file in files)


def test_the_definitions_know_the_classes_that_every_novel_needs(definitions: Definitions) -> None:
    for name in ("CheckpointLoaderSimple", "CLIPTextEncode", "KSampler", "VAEDecode", "LoraLoader", "LoadImage"):
        assert definitions.classes[name].pack == "ComfyUI"
    folder = definitions.classes["CheckpointLoaderSimple"].input("ckpt_name")
    assert folder is not None and folder.folder == "checkpoints"
