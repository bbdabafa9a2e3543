"""Translations are contracts: an edited one is read alone, makes its own clip and texts stale, and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyvn.contracts.translation import source_digest
from comfyvn.engine.opening import open_novel
from comfyvn.recipe import Export
from tests.engine.test_clips import spoken
from tests.engine.test_planning import STATE, _opened, afresh, long_ago, planned, rewrite
from tests.fakes.small_novel import NOVEL, write, write_small_novel

ARRIVAL, DE, REST = "data/scenes/arrival.json", "data/tl/de/arrival.json", "data/tl/de.json"
TWO = NOVEL.replace("languages: [en]", "languages: [en, de]")
GERMAN: dict[str, Any] = {
    "version": 1,
    "lines": {
        "n1aaaa": {"text": "Die Fähre kommt zu spät.", "source": source_digest("The ferry is late.")},
        "c1aaaa": {"text": "Winken.", "source": source_digest("Wave.")},
    },
}


@pytest.fixture
def novel(tmp_path: Path, own_cache: Path) -> Path:
    root = write_small_novel(tmp_path, {DE: GERMAN, REST: {"version": 1, "strings": {"Aya": "Aja"}}}, TWO)
    for file in root.rglob("*.*"):
        long_ago(file)
    (root / STATE).mkdir()
    planned(root)
    planned(root)
    return root


@pytest.fixture
def opened(novel: Path) -> Iterator[list[str]]:
    _opened.root, _opened.thread, _opened.files = novel, threading.get_ident(), []
    yield _opened.files
    _opened.root = None


def said(it: Any, text: str, name: str = "n1aaaa", **more: Any) -> None:
    it["lines"].setdefault(name, {}).update(text=text, **more)


def moved(root: Path, change: Callable[[], object]) -> set[str]:
    """Names of the targets that are planned otherwise after a change."""
    before = dict(planned(root).targets.rows)
    change()
    after = dict(planned(root).targets.rows)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def test_nothing_moved_and_nothing_is_read(novel: Path, opened: list[str]) -> None:
    plan = planned(novel)
    assert not plan.is_new and opened == []
    assert "voices:de/n1aaaa" in plan.targets and "voices:de/c1aaaa" not in plan.targets


def test_an_edited_translation_moves_its_clip_and_its_text(novel: Path, opened: list[str]) -> None:
    old = planned(novel).targets["export_renpy"].recipe
    found = moved(novel, lambda: rewrite(novel / DE, lambda it: said(it, "Zu spät.")))
    assert found == {"voices:de/n1aaaa", "export_renpy"}
    assert not [name for name in opened if "evening" in name or "locations" in name]
    new = planned(novel).targets["export_renpy"].recipe
    assert isinstance(old, Export) and isinstance(new, Export)
    assert {place for place in new.texts if new.texts[place] != old.texts[place]} == {"game/tl/de/scenes/arrival.rpy"}


def test_an_edited_line_leaves_its_translations_clip_alone(novel: Path) -> None:
    late = {"narrate": "It is very late."}
    found = moved(novel, lambda: rewrite(novel / ARRIVAL, lambda it: it["script"][0].update(late)))
    assert found == {"voices:en/n1aaaa", "export_renpy"}


CLIP = {"id": "l1aaaa", "language": "de", "text": "Du."}
EDITS: dict[str, Callable[[Path], object]] = {
    "a text": lambda root: rewrite(root / DE, lambda it: said(it, "Zu spät.")),
    "a text goes": lambda root: rewrite(root / DE, lambda it: said(it, "")),
    "a note": lambda root: rewrite(root / DE, lambda it: said(it, "Zu spät.", note="n")),
    "a line more": lambda root: rewrite(root / DE, lambda it: said(it, "Na gut.", "l2aaaa")),
    "a choice": lambda root: rewrite(root / DE, lambda it: said(it, "Grüßen.", "c1aaaa")),
    "a name": lambda root: rewrite(root / REST, lambda it: it["strings"].update(Aya="Ajá")),
    "a button": lambda root: rewrite(root / REST, lambda it: it["strings"].update(Save="Speichern")),
    "a language's name": lambda root: rewrite(root / REST, lambda it: it.update(name="Hochdeutsch")),
    "a scene more": lambda root: write(root / "data/tl/de/evening.json", {"lines": {"n2aaaa": {"text": "Still."}}}),
    "a scene goes": lambda root: (root / DE).unlink(),
    "all the rest goes": lambda root: (root / REST).unlink(),
    "no dubs": lambda root: (root / "comfyvn.yaml").write_text(TWO + "dubbed: []\n"),
    "a language more": lambda root: (root / "comfyvn.yaml").write_text(TWO.replace("[en, de]", "[en, de, fr]")),
    "one language": lambda root: (root / "comfyvn.yaml").write_text(NOVEL),
    "a clip": lambda root: write(root / "data/voices/de.json", {"clips": [CLIP]}),
}


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_an_edited_novel_is_planned_as_if_it_were_read_anew(novel: Path, edit: str) -> None:
    EDITS[edit](novel)
    assert dict(planned(novel).targets.rows) == afresh(novel)


def test_a_dub_is_spoken_and_only_for_its_own_words(novel: Path) -> None:
    assert spoken(novel, "voices:de/n1aaaa") == ["Die Fähre kommt zu spät."]
    write(novel / ARRIVAL, {**_scene(novel), "title": "Anders"})
    rewrite(novel / DE, lambda it: said(it, "Die {i}Fähre{/i} kommt zu spät.", note="n"))
    assert spoken(novel, "voices:de/n1aaaa") == []
    rewrite(novel / DE, lambda it: said(it, "Zu spät."))
    assert spoken(novel, "voices:de/n1aaaa") == ["Zu spät."]
    assert "Zu spät." in (novel / "build/voices/de/n1aaaa.srt").read_text("utf-8")
    facts = open_novel(novel).targets["voices:de/n1aaaa"].facts
    assert facts["tl/de/arrival: n1aaaa text"] == "Zu spät."


def _scene(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / ARRIVAL).read_text("utf-8"))
    return found
