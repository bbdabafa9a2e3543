"""Planning again: whatever was edited, the plan is the one that a fresh reading gives; only what moved is read."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.engine.opening import toolbox
from comfyvn.engine.planning import Plan, plan_novel
from comfyvn.errors import ComfyVNError
from comfyvn.store.files import Scratch
from comfyvn.targets.row import Row
from tests.fakes.small_novel import FILES, NOVEL, write, write_small_novel

AYA = "data/characters/aya/character.json"
EVENING = "data/scenes/evening.json"
STATE = ".comfyvn"


def planned(root: Path) -> Plan:
    """Plans the novel, and remembers it for the next time."""
    plan = plan_novel(root, lambda workflows: toolbox(root, workflows))
    plan.save(root, Scratch(root / STATE / "partial"))
    return plan


def afresh(root: Path) -> dict[str, Row]:
    """The plan of a reading that remembers nothing."""
    kept = root / STATE / "plan"
    aside = kept.read_bytes() if kept.exists() else b""
    kept.unlink(missing_ok=True)
    try:
        return dict(plan_novel(root, lambda workflows: toolbox(root, workflows)).targets.rows)
    finally:
        kept.write_bytes(aside)


def rewrite(file: Path, change: Callable[[Any], None]) -> None:
    document = json.loads(file.read_text("utf-8"))
    change(document)
    write(file, document)
    long_ago(file)


def narration(scene: Any, goes: bool = False) -> dict[str, Any]:
    """The scene's narrated line, which goes if so asked; one that nobody looks at where it is gone already."""
    found: dict[str, Any] = next((each for each in scene["script"] if "narrate" in each), {})
    if goes and found:
        scene["script"].remove(found)
    return found


def long_ago(file: Path) -> None:
    """A file that was written this moment is read once more, to be sure: that is not what is tested here."""
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns - 10**9))


class _Opened:
    """Names of the contract files that were opened, by an audit hook: Python tells of every file."""

    def __init__(self) -> None:
        self.root: Path | None = None
        self.thread = 0
        self.files: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self.root is not None and threading.get_ident() == self.thread:
            path = str(arguments[0])
            if path.startswith(str(self.root / "data")) and path.endswith(".json"):
                self.files.append(str(Path(path).relative_to(self.root)))


_opened = _Opened()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[str]]:
    _opened.root, _opened.thread, _opened.files = tmp_path, threading.get_ident(), []
    yield _opened.files
    _opened.root = None


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    root = write_small_novel(tmp_path)
    for file in root.rglob("*.*"):
        long_ago(file)
    # The file system's own clock cannot be set back: wait until the files are older than its doubt about them.
    (root / STATE).mkdir()
    planned(root)
    planned(root)
    return root


def test_nothing_moved_and_nothing_is_read(novel: Path, opened: list[str]) -> None:
    opened.clear()
    plan = planned(novel)
    assert not plan.is_new
    assert opened == []
    assert len(plan.targets) == len(plan.targets.rows) > 10


def test_only_what_moved_is_read(novel: Path, opened: list[str]) -> None:
    rewrite(novel / "data/locations/pier.json", lambda it: it.update(prompt="a longer pier"))
    opened.clear()
    plan = planned(novel)
    assert set(opened) == {"data/locations/pier.json", "data/styles/plain.json"}, "its style binds its graph"
    assert plan.is_new


def test_a_plan_binds_what_is_asked_for(novel: Path) -> None:
    plan = planned(novel)
    assert plan.targets["backgrounds:pier/night"].recipe.kind == "render"
    assert plan.targets["export_renpy"].recipe.kind == "export"
    assert "sprites:nobody" not in plan.targets


EDITS: dict[str, Callable[[Path], None]] = {
    "a prompt": lambda root: rewrite(root / AYA, lambda it: it.update(prompt="an old woman")),
    "a seed": lambda root: rewrite(root / AYA, lambda it: it["expressions"]["happy"].update(seed=77)),
    "a note": lambda root: rewrite(root / AYA, lambda it: it.update(meta={"a": 1})),
    "an expression more": lambda root: rewrite(root / AYA, lambda it: it["expressions"].update(sad={"seed": 5})),
    "a line": lambda root: rewrite(root / EVENING, lambda it: narration(it).update(narrate="Dark water.")),
    "a line goes": lambda root: rewrite(root / EVENING, lambda it: narration(it, goes=True)),
    "a line's voice": lambda root: rewrite(root / EVENING, lambda it: narration(it).update(voiced=False)),
    "a name": lambda root: rewrite(root / AYA, lambda it: it.update(name="Aya M.")),
    "a variant": lambda root: rewrite(
        root / "data/locations/pier.json", lambda it: it["variants"].update(rain={"prompt": "rain", "seed": 9})
    ),
    "a style": lambda root: rewrite(root / "data/styles/plain.json", lambda it: it.update(steps=9)),
    "a title": lambda root: write(root / "comfyvn.yaml", NOVEL.replace("Small", "Tiny")),
    "less voices": lambda root: write(root / "comfyvn.yaml", NOVEL.replace("voiced: all", "voiced: none")),
    "a size": lambda root: write(root / "comfyvn.yaml", NOVEL + "resolution: [1280, 720]\n"),
    "a clip": lambda root: write(
        root / "data/voices/extra.json", {"version": 1, "clips": [{"id": "bell", "text": "Ding.", "seed": 1}]}
    ),
    "a clip of a line": lambda root: write(
        root / "data/voices/lines.json", {"version": 1, "clips": [{"id": "n2aaaa", "text": "Ding.", "seed": 1}]}
    ),
    "a place more": lambda root: write(
        root / "data/locations/hut.json", {"version": 1, "id": "hut", "prompt": "a hut", "seed": 3}
    ),
    "an overlay": lambda root: write(root / "renpy/game/own.rpy", "# mine"),
    "a lock": lambda root: write(root / "providers/lock.json", {"version": 1}),
}


@settings(max_examples=25)
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=5))
def test_a_plan_made_again_is_the_plan_made_afresh(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    both = NOVEL.replace("exports: [renpy]", "exports: [renpy, web]")
    root = write_small_novel(tmp_path_factory.mktemp("novel"), novel=both)
    (root / STATE).mkdir()
    planned(root)
    for name in names:
        try:
            EDITS[name](root)
        except (IndexError, KeyError):
            continue  # a line that is gone already
        rows = dict(planned(root).targets.rows)
        fresh = afresh(root)
        assert list(rows) == list(fresh)
        assert rows == fresh
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        (EVENING, lambda it: it.update(background="pier/noon"), "noon"),
        (AYA, lambda it: it["expressions"].pop("happy"), "happy"),
        (AYA, lambda it: it["pose_families"]["main"]["seeds"].clear(), "seed is missing"),
        (EVENING, lambda it: it["script"][2].update(narrate="A \x07 bell."), "control characters"),
        (EVENING, lambda it: it["script"][2].update(narrate="You are [visitor]."), "cannot say"),
        (EVENING, lambda it: it["script"][2].update(id="n1aaaa"), "used again"),
        ("data/locations/pier.json", lambda it: it.update(prompt=5), "prompt"),
        ("data/styles/plain.json", lambda it: it.update(id="other"), "does not fit"),
    ],
)
def test_an_edit_that_is_wrong_is_told_as_by_a_whole_reading(
    novel: Path, file: str, change: Callable[[Any], None], said: str
) -> None:
    rewrite(novel / file, change)
    with pytest.raises(ComfyVNError) as again:
        planned(novel)
    with pytest.raises(ComfyVNError) as whole:
        afresh(novel)
    assert said in str(again.value) + "".join(map(str, again.value.problems))  # type: ignore[attr-defined]
    errors = [str(problem) for problem in whole.value.problems if problem.severity == "error"]  # type: ignore[attr-defined]
    assert [str(problem) for problem in again.value.problems] == errors  # type: ignore[attr-defined]


def test_a_media_file_that_goes_is_told(tmp_path: Path) -> None:
    asset = {"version": 1, "id": "sea", "kind": "ambience", "file": "data/assets/sea.ogg", "licence": "CC0-1.0"}
    root = write_small_novel(tmp_path, {"data/assets/sea.json": asset})
    shutil.copyfile(Path(__file__).parents[2] / "data/assets/sea.ogg", root / "data/assets/sea.ogg")
    (root / STATE).mkdir()
    planned(root)
    (root / "data/assets/sea.ogg").unlink()
    with pytest.raises(ComfyVNError, match="not there"):
        planned(root)


def test_a_damaged_memory_is_no_memory(novel: Path) -> None:
    rows = dict(planned(novel).targets.rows)
    kept = novel / STATE / "plan"
    for damage in (b"", b"[]", b"{}", kept.read_bytes()[:-40], b"\xff\xfe", b'{"format": 1, "parts": []}'):
        kept.write_bytes(damage)
        assert dict(planned(novel).targets.rows) == rows


def test_a_reverted_edit_is_the_plan_before(novel: Path) -> None:
    before = dict(planned(novel).targets.rows)
    rewrite(novel / AYA, lambda it: it.update(prompt="somebody else"))
    assert dict(planned(novel).targets.rows) != before
    write(novel / AYA, FILES[AYA])
    assert dict(planned(novel).targets.rows) == before
