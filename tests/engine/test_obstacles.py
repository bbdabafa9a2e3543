"""Limits of stores, and lines that lack a translation."""

from __future__ import annotations

from pathlib import Path

from comfyvn import reading
from comfyvn.engine.obstacles import itch_limits, told, untranslated
from tests.fakes.small_novel import NOVEL, write_small_novel


def checks(files: dict[str, int]) -> list[str]:
    return [one.what for one in itch_limits(files, "build/export/web")]


def test_what_itch_takes_in_the_browser() -> None:
    assert checks({f"assets/{number}.png": 1000 for number in range(1000)}) == []
    assert "1,001 files" in checks({f"{number}": 1 for number in range(1001)})[0]
    assert "240 characters" in checks({"a" * 241: 1})[0] and checks({"a" * 240: 1}) == []
    assert "200 MB" in checks({"a": 200 * 10**6 + 1})[0]
    assert "500 MB" in checks({f"{number}": 190 * 10**6 for number in range(3)})[0]


def test_few_names_are_listed() -> None:
    assert told(["a", "b", "c"]) == "a, b, c" and told(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_what_is_not_translated(tmp_path: Path) -> None:
    novel = NOVEL.replace("[en]", "[en, de]")
    one = {"version": 1, "lines": {"l3aaaa": {"text": "x"}, "n2aaaa": {"text": "y"}}}
    root = write_small_novel(tmp_path / "two", {"data/tl/de/evening.json": one}, novel)
    (found,) = untranslated(root, reading.read_project(root))
    assert {"n1aaaa", "c2aaaa", "l3aaaa"} <= {*found.names}
    assert "translations missing" in found.what and "2 translations unmarked" in found.what
    assert found.where.startswith("data/scenes/arrival.json:")
    assert found.todo.startswith("comfyvn translate status de")
    first = write_small_novel(tmp_path / "one")
    assert not list(untranslated(first, reading.read_project(first)))
