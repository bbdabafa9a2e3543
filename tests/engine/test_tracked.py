"""What Git tracks vouches for entries of a shared cache: as staged, wherever the novel lies in its repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from comfyvn.engine.tracked import tracked
from comfyvn.store.records import FileFacts, Record
from comfyvn.store.signing import Vouched
from tests.fakes.shared_caches import FACTS, FINGERPRINT

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed: apt-get install -y git")
RECORD = Record(
    "sprites:a", FINGERPRINT, FINGERPRINT, "", "comfyui", "final", True, {"a.png": FileFacts("px1:x", "ab" * 32, 3)}, {}
)


def git(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, check=True, env=environment)


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    """A novel in a folder of a repository, with a record that is staged."""
    git(tmp_path, "init", "-q")
    root = tmp_path / "games/novel"
    (root / "build").mkdir(parents=True)
    (root / "build/a.png.render.json").write_bytes(RECORD.to_bytes())
    git(tmp_path, "add", "-f", ".")
    return root


def test_what_is_staged_counts_and_not_what_lies_there(novel: Path) -> None:
    expected = {FINGERPRINT: [Vouched({"a.png": "ab" * 32}, {**FACTS, "seeds": {}})]}
    assert tracked(novel) == expected
    (novel / "build/a.png.render.json").write_text("{}")
    (novel / "build/b.png.render.json").write_bytes(RECORD.to_bytes())
    assert tracked(novel) == expected


def test_many_records(novel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from comfyvn.nodeset import git as asking

    monkeypatch.setattr(asking, "BATCH", 3)
    for number in range(10):
        (novel / f"build/{number}.png.render.json").write_bytes(RECORD.to_bytes())
    (novel / "build/broken.png.render.json").write_text("{")
    git(novel, "add", "-f", ".")
    assert len(tracked(novel)[FINGERPRINT]) == 11


def test_takes_that_say_all_that_a_record_would(novel: Path) -> None:
    take = {"made": FINGERPRINT, "files": {"t.png": {"sha256": "cd" * 32}}, **FACTS}
    (novel / "takes").mkdir()
    document = {"takes": {"sprites:a": [take, {"made": FINGERPRINT}, {"made": 3, "files": [], **FACTS}]}, "deep": None}
    (novel / "takes/takes.json").write_text(json.dumps(document))
    git(novel, "add", ".")
    assert Vouched({"t.png": "cd" * 32}, FACTS) in tracked(novel)[FINGERPRINT]
    assert len(tracked(novel)[FINGERPRINT]) == 2


def test_without_a_repository_nobody_vouches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png.render.json").write_bytes(RECORD.to_bytes())
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert tracked(tmp_path) == {}
