"""What an export costs when little has moved: files that are there already are neither written nor decoded again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from comfyvn.draft.process import DraftServer
from comfyvn.engine import build as building
from comfyvn.engine import digests
from tests.engine.conftest import SECRET, SERVERS, build
from tests.fakes.small_novel import write, write_small_novel

AYA = "data/characters/aya/character.json"


@pytest.fixture
def root(tmp_path: Path, own_cache: Path, draft_server: DraftServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small novel, built, with its export."""
    monkeypatch.setenv("GUEST_KEY", SECRET)
    novel = write_small_novel(tmp_path / "novel")
    write(novel / "providers/servers.yaml", SERVERS.format(url=draft_server.url))
    build(novel)
    return novel


def test_an_export_looks_at_what_has_moved_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = root / "build/export/renpy"
    before = {path: path.stat().st_mtime_ns for path in export.rglob("*") if path.is_file()}
    aya = json.loads((root / AYA).read_text("utf-8"))
    aya["name"] = "Aya the second"
    (root / AYA).write_text(json.dumps(aya), "utf-8")
    read: list[str] = []
    content_digest = digests.content_digest

    def counted(path: Path, suffix: str = "") -> str:
        read.append(path.relative_to(root).as_posix())
        return content_digest(path, suffix)

    monkeypatch.setattr(digests, "content_digest", counted)
    monkeypatch.setattr(building, "content_digest", counted)
    build(root)
    moved = {path for path, stamp in before.items() if path.stat().st_mtime_ns != stamp}
    assert {path.name for path in moved} == {"characters.rpy"}
    assert {name for name in read if name.startswith("build/export/renpy/")} == {
        "build/export/renpy/game/characters.rpy"
    }


def test_a_file_of_an_export_that_was_spoilt_is_written_again(root: Path) -> None:
    picture = next((root / "build/export/renpy").rglob("*.png"))
    whole = picture.read_bytes()
    picture.write_bytes(b"no picture")
    build(root)
    assert picture.read_bytes() == whole
