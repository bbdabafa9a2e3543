"""The web export through the engine: the same bytes anywhere, only what moved is rewritten, provenance as it is."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
from pathlib import Path

import pytest

from comfyvn.engine.export_causes import text_name
from comfyvn.store import records
from comfyvn.targets.web_values import read_data_file
from tests.engine.conftest import SECRET, build

SCENE = "data/scenes/arrival.json"
EXPORT = "build/export/web"


@pytest.fixture
def root(drawn_once: tuple[Path, Path], tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small novel with a web export, built."""
    monkeypatch.setenv("GUEST_KEY", SECRET)
    return with_export(drawn_once, tmp_path / "novel", own_cache)


def with_export(drawn_once: tuple[Path, Path], root: Path, cache: Path) -> Path:
    shutil.copytree(drawn_once[1], cache, dirs_exist_ok=True)
    shutil.copytree(drawn_once[0], root)
    novel = root / "comfyvn.yaml"
    novel.write_text(novel.read_text("utf-8").replace("exports: []", "exports: [web]"), "utf-8")
    build(root)
    return root


def files(root: Path) -> dict[str, str]:
    found = (path for path in (root / EXPORT).rglob("*") if path.is_file())
    return {path.relative_to(root / EXPORT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_two_builds_are_the_same_bytes_and_name_no_place_or_host(
    root: Path, drawn_once: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYVN_CACHE", str(tmp_path / "another cache"))
    other = with_export(drawn_once, tmp_path / "somewhere else", tmp_path / "another cache")
    assert files(other) == files(root)
    assert {"index.html", "assets/gallery.html", "assets/player.js", "assets/data/novel.js"} <= set(files(root))
    for path in (root / EXPORT).rglob("*"):
        if path.suffix in (".js", ".json", ".html", ".css", ".svg"):
            text = path.read_text("utf-8")
            assert str(tmp_path) not in text
            assert socket.gethostname() not in text
            assert SECRET not in text


def test_only_what_an_edit_moves_is_written_again(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (root / EXPORT).rglob("*") if path.is_file()}
    scene = json.loads((root / SCENE).read_text("utf-8"))
    scene["script"][1]["text"] = "There you are at last."
    (root / SCENE).write_text(json.dumps(scene), "utf-8")
    build(root)
    moved = {path.relative_to(root / EXPORT).as_posix() for path, at in before.items() if path.stat().st_mtime_ns != at}
    assert moved == {
        "assets/data/scenes/arrival.js", "assets/data/heard/arrival.js", "assets/data/made/scenes/arrival.js",
        "assets/records/scenes/arrival.json", "assets/voice/l1aaaa.ogg",
    }  # fmt: skip


def test_a_scene_that_goes_takes_its_files_along(root: Path) -> None:
    scene = json.loads((root / SCENE).read_text("utf-8"))
    scene["script"] = [{"end": "Done"}]
    del scene["next"]
    (root / SCENE).write_text(json.dumps(scene), "utf-8")
    (root / "data/scenes/evening.json").unlink()
    build(root)
    left = set(files(root))
    assert not {name for name in left if "evening" in name or "/voice/" in name or "/stills/" in name}
    assert "assets/data/scenes/arrival.js" in left
    assert "evening" not in (root / EXPORT / "index.html").read_text()


def test_the_gallery_tells_what_the_records_and_clips_say(root: Path) -> None:
    name, made = read_data_file((root / EXPORT / "assets/data/made/characters/aya.js").read_text())
    assert name == "made/characters/aya"
    assert isinstance(made, dict)
    assert set(made) == {"sprites:aya/casual/standing/calm", "sprites:aya/casual/standing/happy"}
    happy = made["sprites:aya/casual/standing/happy"]
    record = records.read(root, "build/sprites/aya/casual/standing/happy.png")
    assert record is not None
    assert happy["made"] == record.made
    assert happy["engine"] == record.engine
    assert ["expression_seed", "22"] in happy["seeds"]
    assert "happy smile" in json.dumps(happy["words"])
    whole = json.loads((root / EXPORT / "assets/records/characters/aya.json").read_text("utf-8"))
    assert whole["sprites:aya/casual/standing/happy"] == json.loads(record.to_bytes())

    _, heard = read_data_file((root / EXPORT / "assets/data/heard/arrival.js").read_text())
    assert isinstance(heard, dict)
    assert set(heard) == {"n1aaaa", "l1aaaa", "m1aaaa", "l2aaaa"}
    clip = heard["l1aaaa"]
    assert " ".join(text for _, _, text in clip["cues"]) == "There you are."
    assert all(0 <= start < end <= clip["ms"] for start, end, _ in clip["cues"])
    spoken = records.read(root, "build/voices/en/l1aaaa.wav")
    assert spoken is not None
    assert clip["ms"] == spoken.notes["duration_ms"]
    assert max(clip["bars"]) == 63
    assert len(clip["bars"]) == 96


def test_a_novel_without_it_has_no_such_target(drawn_once: tuple[Path, Path]) -> None:
    assert not (drawn_once[0] / EXPORT).exists()
    assert not (drawn_once[0] / "build/manifests/web.json").exists()


def test_why_names_texts_as_authors_do() -> None:
    assert text_name("assets/data/scenes/pier.js") == "the script of scene pier"
    assert text_name("game/scenes/pier.rpy") == "the script of scene pier"
    assert text_name("assets/theme.css") == "the look of the pages"
