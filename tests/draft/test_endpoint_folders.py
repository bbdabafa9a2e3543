"""Names given by clients: they never lead out of their folder, and never overwrite another's file unasked."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from comfyvn.draft.folders import Folders, OutsideFolder, annotated, store_upload, within
from tests.draft.conftest import Endpoint, png

PARTS = st.sampled_from(
    ["..", ".", "", "a", "b c", "ü.png", "C:", "~", "nul", "a\0b", "/", "\\", "..\\..", "x [output]"]
)


@given(st.lists(PARTS, max_size=6).map("/".join) | st.text(max_size=30))
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    base = Path("/base/input").absolute()
    try:
        path = within(base, name)
    except OutsideFolder:
        return
    assert path == base or base in path.parents
    assert ".." not in path.parts


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("x", encoding="utf-8")
    try:
        (tmp_path / "in" / "way").symlink_to(tmp_path)
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(OutsideFolder):
        within(tmp_path / "in", "way/secret.txt")


def test_annotations_name_the_folder() -> None:
    assert annotated("a/b.png [output]") == ("a/b.png", "output")
    assert annotated("b.png") == ("b.png", "")
    assert annotated("b.png [elsewhere]") == ("b.png [elsewhere]", "")


def test_uploads_of_other_bytes_get_another_name(tmp_path: Path) -> None:
    assert store_upload(tmp_path, "s", "x.png", b"1", False) == "x.png"
    assert store_upload(tmp_path, "s", "x.png", b"1", False) == "x.png"
    assert store_upload(tmp_path, "s", "x.png", b"2", False) == "x (1).png"
    assert store_upload(tmp_path, "s", "x.png", b"3", True) == "x.png"
    assert (tmp_path / "s" / "x.png").read_bytes() == b"3"
    assert (tmp_path / "s" / "x (1).png").read_bytes() == b"2"


def test_saved_files_are_numbered_on(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.create()
    first = folders.slot("a/b/%width%x%height%", size=(3, 4))
    assert (first.subfolder, first.stem, first.counter) == ("a/b", "3x4", 1)
    (first.folder / "3x4_00007_.png").write_bytes(b"")
    (first.folder / "3x44_00009_.png").write_bytes(b"")
    assert folders.slot("a/b/3x4").counter == 8
    assert folders.slot("a\\b\\3x4").counter == 8
    for prefix in ("../x", "/etc/x", "a/../../x", "C:/x", "..", "a/.."):
        with pytest.raises(OutsideFolder):
            folders.slot(prefix)


def test_view_gives_the_picture_its_preview_and_its_alpha(endpoint: Endpoint) -> None:
    half = png((4, 4), (255, 0, 0, 128), "RGBA")
    assert endpoint.upload("half.png", half).json() == {"name": "half.png", "subfolder": "", "type": "input"}
    query = {"filename": "half.png", "type": "input"}
    assert endpoint.http.get("/view", params=query).content == half
    alpha = endpoint.http.get("/view", params={**query, "channel": "a"})
    assert Image.open(io.BytesIO(alpha.content)).getpixel((0, 0)) == (0, 0, 0, 128)
    rgb = endpoint.http.get("/view", params={**query, "channel": "rgb"})
    assert Image.open(io.BytesIO(rgb.content)).mode == "RGB"
    preview = endpoint.http.get("/view", params={**query, "preview": "jpeg;50"})
    assert Image.open(io.BytesIO(preview.content)).format == "JPEG"


def test_an_uploaded_page_is_not_served_as_one(endpoint: Endpoint) -> None:
    endpoint.upload("evil.html", b"<script>")
    answer = endpoint.http.get("/view", params={"filename": "evil.html", "type": "input"})
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_name_that_no_header_can_hold_is_served(endpoint: Endpoint) -> None:
    name = endpoint.upload("夜 'x'.png", png()).json()["name"]
    answer = endpoint.http.get("/view", params={"filename": name, "type": "input"})
    assert answer.status_code == 200 and "夜" in name
