"""The web player's modules as one script: small, linked as their imports say, nothing that a strict policy forbids."""

from __future__ import annotations

import re

import pytest

from comfyvn.reading import player
from comfyvn.reading.player import FOLDER, SCRIPTS, joined, read_player

LIMIT = 300 * 1024


def modules() -> list[str]:
    return sorted({name for each in SCRIPTS.values() for name in each})


def test_the_whole_player_is_small() -> None:
    assert sum(len(text.encode()) for text in read_player().values()) < LIMIT / 3


def test_every_module_is_used_and_comes_after_what_it_imports() -> None:
    assert modules() == sorted(path.stem for path in FOLDER.glob("*.js"))
    for order in SCRIPTS.values():
        for name in order:
            text = (FOLDER / f"{name}.js").read_text("utf-8")
            needed = [found[3] for found in player.IMPORT.finditer(text)]
            assert len(needed) == text.count("\nimport ") + text.startswith("import ")  # each is understood
            assert set(needed) <= set(order[: order.index(name)]), name


@pytest.mark.parametrize("name", modules())
def test_what_is_imported_is_exported_there_and_used(name: str) -> None:
    text = (FOLDER / f"{name}.js").read_text("utf-8")
    body = player.IMPORT.sub("", text)
    for found in player.IMPORT.finditer(text):
        given = {one[2] for one in player.EXPORT.finditer((FOLDER / f"{found[3]}.js").read_text("utf-8"))}
        if found[1]:
            members = set(re.findall(rf"(?<![.\w]){found[1]}\.(\w+)", body))
            assert members
            assert members <= given
        else:
            wanted = set(re.findall(r"\w+", found[2]))
            assert wanted <= given
            assert {word for word in wanted if not re.search(rf"\b{word}\b", body)} == set()


def test_nothing_in_it_runs_text_or_calls_out() -> None:
    for name, text in read_player().items():
        assert not re.search(r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacent|document\.write", text)
        assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|Worker|\bimport\b", text)
        if name.endswith(".js"):
            assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}


def test_modules_are_linked() -> None:
    script = joined(("data", "values"))
    assert "modules.values = (() => {" in script
    assert "const { own } = modules.data;" in script
    assert "return { isTrue, add, evaluate, shown };" in script
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
