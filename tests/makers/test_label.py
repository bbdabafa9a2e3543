"""Labels in pictures: readable, unchanging pixels, and never two of them."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from comfyvn.makers.label import (
    ALGORITHMIC,
    NAMESPACE,
    TRAINED,
    UNKNOWN,
    VOCABULARY,
    WITH_SYNTHETIC,
    WITH_TRAINED,
    joined,
    labelled,
    retouched,
)  # fmt: skip
from comfyvn.store.content import content_digest

XMP = "XML:com.adobe.xmp"
SOURCES = st.sampled_from([UNKNOWN, TRAINED, WITH_TRAINED, ALGORITHMIC, WITH_SYNTHETIC])


def picture(**texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    buffer = io.BytesIO()
    Image.effect_noise((40, 30), 50).convert("RGBA").save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def test_a_label_is_xmp_that_names_the_iptc_term_and_changes_no_pixel(tmp_path: Path) -> None:
    before = picture(prompt="{}")
    after = labelled(before, TRAINED)
    with Image.open(io.BytesIO(after)) as image:
        image.load()
        text = image.info[XMP]
        assert image.info["prompt"] == "{}"
    tree = ElementTree.fromstring(text.split("?>", 1)[1].rsplit("<?", 1)[0])
    (found,) = tree.iter(f"{{{NAMESPACE}}}DigitalSourceType")
    assert found.text == f"{VOCABULARY}trainedAlgorithmicMedia"
    (tmp_path / "a.png").write_bytes(before)
    (tmp_path / "b.png").write_bytes(after)
    assert content_digest(tmp_path / "a.png") == content_digest(tmp_path / "b.png")


def test_a_picture_that_says_so_already_is_left_alone_and_another_packet_gives_way() -> None:
    once = labelled(picture(), TRAINED)
    assert labelled(once, WITH_TRAINED) == once
    info = PngImagePlugin.PngInfo()
    info.add_itxt(XMP, "<x:xmpmeta>of an editor</x:xmpmeta>")
    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, "PNG", pnginfo=info)
    found = labelled(buffer.getvalue(), ALGORITHMIC)
    assert found.count(b"XML:com.adobe.xmp") == 1 and b"algorithmicMedia" in found and b"of an editor" not in found


@given(st.binary(max_size=200), SOURCES)
def test_what_is_no_png_is_left_alone(data: bytes, source: str) -> None:
    assert labelled(data, source) == data  # type: ignore[arg-type]


@given(st.integers(8, 400), SOURCES)
def test_a_picture_that_was_cut_off_raises_nothing(length: int, source: str) -> None:
    labelled(picture()[:length], source)  # type: ignore[arg-type]


def test_what_a_composite_is() -> None:
    assert joined([]) == UNKNOWN and joined([TRAINED, TRAINED]) == TRAINED
    assert joined([TRAINED, UNKNOWN]) == joined([ALGORITHMIC, TRAINED]) == WITH_TRAINED
    assert joined([ALGORITHMIC, UNKNOWN]) == WITH_SYNTHETIC and joined([UNKNOWN]) == UNKNOWN
    assert retouched(TRAINED) == WITH_TRAINED and retouched(UNKNOWN) == UNKNOWN
