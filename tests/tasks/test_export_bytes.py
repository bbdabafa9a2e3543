"""An export is the same bytes wherever and whenever it is made, and says nothing about where that was."""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path

from tests.fakes.novel_runs import doit, set_up
from tests.fakes.small_novel import write_small_novel

EXPORT = Path("build/export/renpy")
RECORD = Path("build/export/renpy.render.json")


def contents(novel: Path) -> dict[str, bytes]:
    files = (path for path in (novel / EXPORT).rglob("*") if path.is_file())
    return {path.relative_to(novel).as_posix(): path.read_bytes() for path in files}


def test_two_builds_in_different_folders_are_the_same_bytes(built_once: tuple[Path, Path], tmp_path: Path) -> None:
    first, _ = built_once
    second = set_up(write_small_novel(tmp_path / "other" / "a folder with a longer name"))
    run = doit(second, COMFYVN_CACHE=str(tmp_path / "empty cache"))
    assert run.code == 0, run.output
    assert not run.cached, "nothing may come from the first build"
    one, other = contents(first), contents(second)
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_an_export_names_no_path_of_this_computer_no_host_and_no_time(built_once: tuple[Path, Path]) -> None:
    novel, cache = built_once
    here = {str(novel), str(cache), str(Path.home()), novel.parent.name, socket.gethostname(), f"/{getpass.getuser()}/"}
    files = {**contents(novel), str(RECORD): (novel / RECORD).read_bytes()}
    for name, data in files.items():
        told = [word for word in here if len(word) > 3 and word.encode() in data]
        assert told == [], name
        if name.endswith((".rpy", ".json")):
            text = data.decode()
            assert not re.search(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d", text), name
            assert not re.search(r"[\"'( ](/(home|root|tmp|usr|var|Users)/|[A-Z]:\\\\)", text), name
