"""Workflows are found in what ComfyUI writes: files made here by the same libraries, with the same tags."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from PIL import Image, PngImagePlugin

from comfyvn.errors import WorkflowError
from comfyvn.reading.embedded import find_workflow

PROMPT: dict[str, Any] = {"1": {"class_type": "X", "inputs": {"text": "naïve 海"}}}
EDITOR: dict[str, Any] = {"nodes": [], "links": [], "version": 0.4}


def picture() -> Image.Image:
    return Image.new("RGB", (8, 8), "navy")


@pytest.mark.parametrize("compressed", [False, True])
def test_png_text_chunks(tmp_path: Path, compressed: bool) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", json.dumps(EDITOR), zip=compressed)
    info.add_text("prompt", json.dumps(PROMPT), zip=compressed)
    picture().save(tmp_path / "a.png", pnginfo=info)
    found = find_workflow(tmp_path / "a.png")
    assert (found.value, found.how) == (PROMPT, "prompt in a.png")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('{"workflow_id": "sprite_pack", "packs": []}', "sprite_pack"),
        ('{"workflow_id": 7}', ""),
        ("[1]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
    ],
)
def test_what_a_picture_of_ours_was_built_from(tmp_path: Path, said: str, expected: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(PROMPT))
    info.add_text("comfyvn", said)
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert find_workflow(tmp_path / "a.png").workflow_id == expected


def test_png_international_text_and_the_editor_s_file_alone(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("workflow", json.dumps(EDITOR, ensure_ascii=False), zip=True)
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert find_workflow(tmp_path / "a.png").value == EDITOR


def test_text_behind_the_pixels(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    body = b"tEXt" + b"prompt\0" + json.dumps(PROMPT).encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[:-12] + chunk + data[-12:])
    assert find_workflow(tmp_path / "a.png").value == PROMPT


def test_animated_png_keeps_it_in_a_chunk_of_its_own(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add(b"comf", b"prompt\0" + json.dumps(PROMPT).encode("latin-1"), after_idat=True)
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.png", pnginfo=info, save_all=True, append_images=frames[1:])
    assert find_workflow(tmp_path / "a.png").value == PROMPT


@pytest.mark.parametrize("suffix", ["webp", "jpg"])
def test_exif_strings(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{json.dumps(PROMPT)}"
    exif[0x010F] = f"workflow:{json.dumps(EDITOR)}"
    picture().save(tmp_path / f"a.{suffix}", exif=exif)
    assert find_workflow(tmp_path / f"a.{suffix}").value == PROMPT


def write_film(path: Path, tags: dict[str, str], codec: str) -> None:
    options = {"movflags": "use_metadata_tags"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=4)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "mpeg4"), ("mkv", "mpeg4"), ("webm", "libvpx")])
def test_tags_of_films(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write_film(path, {"prompt": json.dumps(PROMPT), "workflow": json.dumps(EDITOR)}, codec)
    assert find_workflow(path).value == PROMPT


def test_videohelpersuite_puts_both_into_a_comment(tmp_path: Path) -> None:
    both = {"prompt": json.dumps(PROMPT), "workflow": EDITOR}
    write_film(tmp_path / "a.mp4", {"comment": json.dumps(both)}, "mpeg4")
    assert find_workflow(tmp_path / "a.mp4").value == PROMPT


@pytest.mark.parametrize(("suffix", "codec"), [("flac", "flac"), ("mp3", "libmp3lame"), ("opus", "libopus")])
def test_tags_of_sounds(tmp_path: Path, suffix: str, codec: str) -> None:
    with av.open(str(tmp_path / f"a.{suffix}"), "w", format=suffix) as container:
        container.metadata.update({"prompt": json.dumps(PROMPT)})
        stream = container.add_stream(codec, rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 9600), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(stream.format, stream.layout, 48_000)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in stream.encode(part):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    assert find_workflow(tmp_path / f"a.{suffix}").value == PROMPT


def test_what_comfyui_remembers_as_nan_is_no_hindrance(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", '{"1": {"class_type": "X", "inputs": {}, "is_changed": [NaN]}}')
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert find_workflow(tmp_path / "a.png").value["1"]["is_changed"] == [None]


def test_json_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(EDITOR), "utf-8")
    found = find_workflow(tmp_path / "a.json")
    assert (found.value, found.how) == (EDITOR, "")


def broken(path: Path) -> str:
    with pytest.raises(WorkflowError) as refusal:
        find_workflow(path)
    assert refusal.value.todo
    return refusal.value.what


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[" * 5000, "nested too deeply"),
        ('{"a": 1e999}', "too large for a number"),
        ('{"a": 1, "a": 2}', "second time"),
    ],
)
def test_json_that_is_none_or_a_bomb(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")
    assert said in broken(tmp_path / "a.json")


def test_files_without_a_workflow(tmp_path: Path) -> None:
    picture().save(tmp_path / "bare.png")
    assert "no workflow" in broken(tmp_path / "bare.png")
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a boat, Steps: 20")
    picture().save(tmp_path / "other.png", pnginfo=info)
    assert "AUTOMATIC1111" in broken(tmp_path / "other.png")
    soundfile.write(tmp_path / "bare.flac", np.zeros(4800), 48_000)
    assert "no workflow" in broken(tmp_path / "bare.flac")


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.mp4", "a.xyz"])
def test_files_that_are_not_what_their_name_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    assert "cannot be read" in broken(tmp_path / name)


def test_a_playlist_is_no_film(tmp_path: Path) -> None:
    target = tmp_path / "secret.ts"
    target.write_bytes(b"\x47" * 188)
    (tmp_path / "a.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n", "utf-8")
    assert "cannot be read" in broken(tmp_path / "a.mp4")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "not there" in broken(tmp_path / "a.json")
    assert "No such file" in broken(tmp_path / "a.png")


def test_a_text_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", "[" * 40_000_000, zip=True)
    picture().save(tmp_path / "bomb.png", pnginfo=info)
    assert "cannot be read" in broken(tmp_path / "bomb.png")
