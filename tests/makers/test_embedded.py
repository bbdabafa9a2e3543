"""The graph in a picture goes with it into whatever is made of that picture; what is no graph does not."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from comfyvn.makers.copy import png
from comfyvn.makers.embedded import LONGEST, embedded
from comfyvn.makers.patch import patched

PROMPT = {"1": {"class_type": "KSampler", "inputs": {"seed": 5, "text": "día, 夜"}}}
WORKFLOW = {"nodes": [], "links": [], "version": 0.4}


def _png(**texts: str) -> bytes:
    info, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.new("RGB", (16, 16), (9, 9, 9)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def _read(data: bytes) -> dict[str, str]:
    with Image.open(io.BytesIO(data)) as image:
        return embedded(image)


def test_the_three_chunks_of_a_png_and_no_others() -> None:
    data = _png(prompt=json.dumps(PROMPT), workflow=json.dumps(WORKFLOW), comfyvn="{}", Software="x", parameters="y")
    assert {name: json.loads(text) for name, text in _read(data).items()} == {
        "prompt": PROMPT, "workflow": WORKFLOW, "comfyvn": {},
    }  # fmt: skip


@pytest.mark.parametrize("form", ["WEBP", "JPEG"])
def test_the_exif_strings_of_a_webp_or_jpeg(form: str) -> None:
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0110], exif[0x010F] = "prompt:" + json.dumps(PROMPT), "workflow:" + json.dumps(WORKFLOW)
    Image.new("RGB", (16, 16)).save(buffer, form, exif=exif)
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        again = png(image, embedded(image))
    assert {name: json.loads(text) for name, text in _read(again).items()} == {"prompt": PROMPT, "workflow": WORKFLOW}


def test_nan_which_editors_stumble_at_becomes_null() -> None:
    assert json.loads(_read(_png(prompt='{"1": {"is_changed": [NaN]}}'))["prompt"]) == {"1": {"is_changed": [None]}}


@pytest.mark.parametrize("text", ["", "no json", "[]", "1", "{" * 5000, '{"a": "' + "x" * LONGEST + '"}'])
def test_what_is_no_graph_is_left_behind(text: str) -> None:
    assert _read(_png(prompt=text)) == {}


@pytest.mark.filterwarnings("ignore:.*(EXIF|TIFF|Metadata)")
@given(st.binary(max_size=80))
def test_broken_exif_is_no_graph_and_no_error(data: bytes) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + data)
    assert _read(buffer.getvalue()) == {}


def test_a_patch_carries_the_graph_of_its_face() -> None:
    face = _png(prompt=json.dumps(PROMPT), comfyvn='{"seeds": {"expression_seed": 5}}')
    base = _png(prompt='{"2": {}}')
    data = patched(base, face, (0.25, 0.25, 0.5, 0.5), 0.1)
    assert json.loads(_read(data)["prompt"]) == PROMPT
    assert data == patched(base, face, (0.25, 0.25, 0.5, 0.5), 0.1)


def test_a_picture_without_a_graph_gets_none() -> None:
    assert _read(png(Image.new("L", (4, 4)))) == {}
