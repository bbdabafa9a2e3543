"""A small novel, built once; every test works on a copy of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.novel_runs import copied, doit, made_once, set_up
from tests.fakes.small_novel import write_small_novel


@pytest.fixture(scope="session")
def built_once(kept_by_all: Path) -> tuple[Path, Path]:
    """(the built novel, the cache that it filled); nobody changes them."""

    def make(folder: Path) -> None:
        run = doit(set_up(write_small_novel(folder / "novel")), COMFYVN_CACHE=str(folder / "cache"))
        assert run.code == 0, run.output

    made = made_once(kept_by_all / "small", make)
    return made / "novel", made / "cache"


@pytest.fixture
def novel(built_once: tuple[Path, Path], tmp_path: Path, own_cache: Path) -> Path:
    """A built novel to change, and its filled cache as this test's own."""
    return copied(built_once, tmp_path / "novel", own_cache)


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    def replace(file: Path, old: str, new: str) -> None:
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    return replace
