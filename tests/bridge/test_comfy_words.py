"""The pure parts of the bridge: what bytes are, what a server's words mean, however odd or hostile they are."""

from __future__ import annotations

import io
import string

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from comfyvn.bridge.comfy import Artifact, local_names
from comfyvn.bridge.complaints import clean, events, is_out_of_memory, node_errors, rejected, stopped
from comfyvn.bridge.media import Undecodable, decode, recognise
from comfyvn.bridge.naming import matches, options
from comfyvn.bridge.outputs import listed, made_with
from comfyvn.bridge.payload import prefix, read_payload, safe_name, tokens
from comfyvn.bridge.servers import Server
from comfyvn.errors import WorkflowError

SERVER = Server("gpu", "http://127.0.0.1:8188")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
WORDS = ["node_errors", "errors", "extra_info", "input_config", "class_type", "error", "type", "details", "message"]
answers = st.recursive(
    json_values,
    lambda inner: st.dictionaries(st.sampled_from(WORDS), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


def picture(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (9, 7), 200).save(buffer, kind)
    return buffer.getvalue()


def sound(kind: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(2000, "int16"), 16000, format=kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "family", "extension"),
    [
        *((picture(kind), "image", name) for kind, name in (("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"))),
        *((picture(kind), "image", name) for kind, name in (("GIF", "gif"), ("BMP", "bmp"), ("TIFF", "tiff"))),
        *((sound(kind), "audio", kind.lower()) for kind in ("WAV", "FLAC", "OGG", "MP3")),
    ],
)
def test_media_are_known_by_content_and_decoded(data: bytes, family: str, extension: str) -> None:
    media = recognise(data)
    assert (media.family, media.extension) == (family, extension)
    assert decode(data, f"x.{extension}", 10**6) == media
    assert decode(data, "no extension", 10**6) == media


@pytest.mark.parametrize("data", [picture("PNG"), picture("JPEG"), sound("WAV"), sound("FLAC")])
def test_a_file_cut_short_is_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data[: len(data) // 2] if data[:4] != b"RIFF" else data[:20], "x", 10**6)


def test_a_flipped_bit_in_a_png_is_noticed() -> None:
    data = bytearray(picture("PNG"))
    data[-20] ^= 1
    with pytest.raises(Undecodable):
        decode(bytes(data), "x.png", 10**6)


@given(st.binary(max_size=64), st.text(max_size=12))
def test_any_bytes_are_recognised_or_undecodable(data: bytes, name: str) -> None:
    try:
        media = decode(data, name, 10**6)
    except Undecodable:
        return
    assert media.family in ("unknown", "video")  # nothing so short decodes as a picture or a sound


@given(answers, st.text(max_size=20))
def test_any_answer_to_a_post_becomes_a_rejection_of_one_line_each(document: object, text: str) -> None:
    error = rejected(document, text, {}, SERVER, "w")
    assert all(part and "\n" not in part for part in (error.what, error.where))
    assert list(error.nodes) == node_errors(document, {}, SERVER)


@given(st.lists(json_values | st.tuples(st.sampled_from(["execution_error", "execution_interrupted"]), json_values)))
def test_any_messages_become_a_failure_or_an_interruption(messages: list[object]) -> None:
    error = stopped(messages, "id", SERVER)
    assert len(error.lines()) == 3 and "\n" not in error.what
    assert is_out_of_memory(messages) in (True, False) and len(events(messages)) <= len(messages)


@given(st.dictionaries(st.text(max_size=5), json_values), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_any_outputs_become_artifacts(outputs: dict[str, object], named: dict[str, str]) -> None:
    found = listed(outputs, named)
    assert all(artifact.node in outputs for artifact in found)
    assert listed(dict(reversed(outputs.items())), named) == found


def test_artifacts_are_listed_by_output_then_node_then_place() -> None:
    def files(*names: str) -> dict[str, object]:
        return {"images": [{"filename": name, "subfolder": "", "type": "output"} for name in names], "animated": [True]}

    outputs = {"3": files("c"), "10": files("a", "b"), "2": {"text": ["hi", 3], "gifs": [{"filename": 5}]}}
    found = [(artifact.output, artifact.filename, artifact.data) for artifact in listed(outputs, {"3": "sprite"})]
    assert found == [("sprite", "c", None), ("10", "a", None), ("10", "b", None), ("2", "", b"hi")]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_local_names_are_plain_and_differ(outputs: list[str]) -> None:
    names = local_names([Artifact(output, "1", "images", "../x", "", "", picture("PNG")) for output in outputs])
    assert len(set(names)) == len(names)
    assert all(set(name) <= set(string.ascii_lowercase + string.digits + "-_.") for name in names)
    assert all(len(name) < 80 and name.count(".") == 1 and name[0] not in ".-_" for name in names)


@given(st.text(), st.text())
def test_prefixes_stay_in_their_folder(identity: str, output: str) -> None:
    parts = prefix(identity, output).split("/")
    assert len(parts) == 3 and parts[0] == "comfyvn" and len(parts[1]) == 16 and parts[2] == safe_name(output)
    assert prefix(identity, output) == prefix(identity, output)


@given(st.text(st.characters()))
def test_clean_text_is_one_plain_line(text: str) -> None:
    line = clean(text, 50)
    assert len(line) <= 50 and not any(ord(letter) < 32 or ord(letter) in (0x7F, 0x202E) for letter in line)
    assert line.encode() == line.encode("utf-8", "replace")


@given(json_values)
def test_any_system_stats_give_three_texts(stats: object) -> None:
    made = made_with({"system": stats, "devices": [stats]}, SERVER)
    assert list(made) == ["comfyui_version", "pytorch_version", "device"]


@given(json_values, st.text(max_size=4))
def test_options_of_any_definition_are_texts(spec: object, key: str) -> None:
    assert all(isinstance(item, str) for item in options({"input": {"required": {key: spec}}}, key))


@pytest.mark.parametrize(
    ("wanted", "listed_", "found"),
    [
        ("a.ckpt", ["b.ckpt"], []),
        ("a.ckpt", ["x/a.ckpt", "a.ckpt"], ["a.ckpt"]),
        ("SDXL/a.ckpt", ["SDXL\\a.ckpt", "SD15\\a.ckpt"], ["SDXL\\a.ckpt"]),
        ("SDXL/a.ckpt", ["old/a.ckpt"], ["old/a.ckpt"]),
        ("a.ckpt", ["x/a.ckpt", "y/a.ckpt"], ["x/a.ckpt", "y/a.ckpt"]),
        ("a.ckpt", ["aa.ckpt", "b/aa.ckpt"], []),
    ],
)
def test_models_match_by_path_then_by_name(wanted: str, listed_: list[str], found: list[str]) -> None:
    assert matches(wanted, listed_) == found


@given(json_values)
def test_any_workflow_is_read_or_refused(workflow: object) -> None:
    try:
        payload = read_payload({"workflow": workflow, "workflow_id": "w"})
    except WorkflowError:
        return
    assert list(tokens(payload.graph)) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", object()])
def test_what_json_cannot_hold_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(WorkflowError, match="cannot be sent as JSON"):
        read_payload({"workflow": {"1": {"class_type": "A", "inputs": {"x": value}}}})
