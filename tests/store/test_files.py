"""Publishing: whole or not at all, whatever goes wrong."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from comfyvn.errors import StoreError
from comfyvn.store.cache import Cache
from comfyvn.store.content import content_digest
from comfyvn.store.files import Scratch

WRITER = """
import sys
from pathlib import Path
from comfyvn.store.files import Scratch
root = Path(sys.argv[1])
scratch = Scratch(root / "partial")
print("ready", flush=True)
number = 0
while True:
    scratch.publish(bytes([number % 256]) * 3_000_000, root / "out" / "artifact.bin")
    number += 1
"""


def test_what_is_published_is_there_and_nothing_else(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "partial")
    scratch.publish(b"one", tmp_path / "deep" / "er" / "file.bin")
    scratch.publish(b"two", tmp_path / "deep" / "er" / "file.bin")
    assert (tmp_path / "deep" / "er" / "file.bin").read_bytes() == b"two"
    assert list((tmp_path / "partial").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    for round_number in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.05 + 0.02 * round_number)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        artifact = tmp_path / "out" / "artifact.bin"
        if artifact.exists():
            data = artifact.read_bytes()
            assert len(data) == 3_000_000
            assert len(set(data)) == 1
        assert {path.name for path in (tmp_path / "out").glob("*")} <= {"artifact.bin"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_named_and_leaves_the_old_file(tmp_path: Path) -> None:
    class FullScratch(Scratch):
        """A scratch folder whose files lie on a full disk."""

        def file(self):  # type: ignore[no-untyped-def]
            import contextlib

            return contextlib.nullcontext(Path("/dev/full"))

    target = tmp_path / "file.bin"
    target.write_bytes(b"old")
    with pytest.raises(StoreError) as caught:
        FullScratch(tmp_path).publish(b"new", target)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert "full" in caught.value.todo
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("number", "todo"), [(errno.ENOSPC, "free some room"), (errno.EDQUOT, "free some room"), (errno.EFBIG, "ulimit")]
)
def test_where_room_is_wanting_nobody_is_sent_to_look_for_programs(tmp_path: Path, number: int, todo: str) -> None:
    class Refusing(Scratch):
        """A scratch folder that the system gives no room in."""

        def file(self):  # type: ignore[no-untyped-def]
            raise OSError(number, "no room")

    with pytest.raises(StoreError) as caught:
        Refusing(tmp_path).publish(b"new", tmp_path / "file.bin")
    assert todo in caught.value.todo and "program" not in caught.value.todo


def test_a_cache_gives_back_what_it_got_and_nothing_damaged(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("fp1:" + "ab" * 32, {".png": b"pixels", ".srt": b"text"}, {"engine": "draft@1"})
    found = cache.get("fp1:" + "ab" * 32)
    assert found is not None
    assert dict(found.files) == {".png": b"pixels", ".srt": b"text"}
    assert found.facts["engine"] == "draft@1"
    assert cache.get("fp1:" + "cd" * 32) is None
    for path in (tmp_path / "objects").rglob("*"):
        if path.is_file() and path.read_bytes() == b"pixels":
            path.write_bytes(b"pixelz")
    assert cache.get("fp1:" + "ab" * 32) is None


@pytest.mark.parametrize("suffix", ["/../../evil.srt", "\\..\\evil.srt", ".srt:stream"])
def test_an_entry_names_nothing_outside_its_folder(tmp_path: Path, suffix: str) -> None:
    cache = Cache(tmp_path)
    cache.put("fp1:" + "ab" * 32, {suffix: b"text"}, {})
    assert cache.get("fp1:" + "ab" * 32) is None


def test_an_entry_removes_nothing_outside_the_cache(tmp_path: Path) -> None:
    cache, victim = Cache(tmp_path / "cache"), tmp_path / "victim.txt"
    victim.write_bytes(b"mine")
    cache.put("fp1:" + "ab" * 32, {".srt": b"text"}, {})
    (entry,) = (tmp_path / "cache/entries").rglob("*.json")
    document = json.loads(entry.read_bytes())
    entry.write_text(json.dumps({**document, "files": {".srt": str(victim)}}), "utf-8")
    assert cache.get("fp1:" + "ab" * 32) is None
    assert victim.read_bytes() == b"mine"


def test_a_picture_that_is_turned_is_another_picture(tmp_path: Path) -> None:
    from PIL import Image

    for orientation in (1, 6):
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.new("RGB", (32, 16), (200, 10, 10)).save(tmp_path / f"{orientation}.jpg", exif=exif)
    assert content_digest(tmp_path / "1.jpg") != content_digest(tmp_path / "6.jpg")


def test_content_is_what_is_decoded_not_how_it_is_written(tmp_path: Path) -> None:
    from PIL import Image

    image = Image.new("RGBA", (8, 8), (10, 20, 30, 255))
    image.save(tmp_path / "a.png", compress_level=0)
    image.save(tmp_path / "b.png", compress_level=9)
    assert content_digest(tmp_path / "a.png") == content_digest(tmp_path / "b.png")
    image.putpixel((0, 0), (10, 20, 31, 255))
    image.save(tmp_path / "c.png")
    assert content_digest(tmp_path / "a.png") != content_digest(tmp_path / "c.png")
    (tmp_path / "d.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    with pytest.raises(StoreError):
        content_digest(tmp_path / "d.png")
