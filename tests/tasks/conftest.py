"""A small novel, built once; every test works on a copy of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.novel_runs import copied, doit, set_up
from tests.fakes.small_novel import write_small_novel


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(the built novel, the cache that it filled); nobody changes them."""
    novel, cache = tmp_path_factory.mktemp("built") / "novel", tmp_path_factory.mktemp("built-cache")
    set_up(write_small_novel(novel))
    run = doit(novel, COMFYVN_CACHE=str(cache))
    assert run.code == 0, run.output
    return novel, cache


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
