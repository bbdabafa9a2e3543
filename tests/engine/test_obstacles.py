"""Limits of stores, and lines that lack a translation."""

from __future__ import annotations

from pathlib import Path

from comfyvn import reading
from comfyvn.engine.obstacles import itch_limits, told
from comfyvn.reading.untranslated import untranslated
from tests.fakes.small_novel import NOVEL, write, write_small_novel


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


def test_lines_that_lack_a_translation(tmp_path: Path) -> None:
    root = write_small_novel(tmp_path, novel=NOVEL.replace("[en]", "[en, de]"))
    project = reading.read_project(root)
    (lacking,) = untranslated(root, project).values()
    arrival = ["n1aaaa", "l1aaaa", "m1aaaa", "c1aaaa", "c2aaaa", "l2aaaa"]
    assert [line.id for line in lacking] == [*arrival, "l3aaaa", "n2aaaa"]
    write(root / "data/tl/de/evening.json", {"version": 1, "lines": {"l3aaaa": {"text": "x"}, "n2aaaa": {"text": "y"}}})
    write(root / "data/tl/de/arrival.json", {"n1aaaa": {"text": "Die Fähre"}})
    assert [line.id for line in untranslated(root, project)["de"]] == arrival[1:]
    assert untranslated(root, reading.read_project(write_small_novel(tmp_path / "one"))) == {}
