"""The small novel, built once in this process with drafts; every test works on a copy, and a cache, of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import OpenNovel, open_novel
from tests.fakes.small_novel import NOVEL, write, write_small_novel

SECRET = "wv7Qk2-a-header-nobody-may-see"
SERVERS = "servers: {{atelier: {{url: '{url}', kind: draft, headers: {{X-Key: {{env: GUEST_KEY}}}}}}}}\n"


def build(root: Path, *names: str) -> OpenNovel:
    """Opens a novel and makes these targets, in an order in which needs come first; without names, all of them."""
    novel = open_novel(root)
    novel.engine.begin()
    try:
        for name in names or novel.targets:
            novel.engine.make(name)
    finally:
        novel.engine.end()
    return novel


@pytest.fixture(scope="session")
def draft_server() -> Iterator[DraftServer]:
    with DraftServer() as running:
        yield running


@pytest.fixture(scope="session")
def drawn_once(tmp_path_factory: pytest.TempPathFactory, draft_server: DraftServer) -> tuple[Path, Path]:
    """(the built novel, the cache that it filled); nobody changes them. Its server is named, and wants a header."""
    root, cache = tmp_path_factory.mktemp("drawn") / "novel", tmp_path_factory.mktemp("drawn-cache")
    write_small_novel(root, novel=NOVEL.replace("exports: [renpy]", "exports: []"))
    write(root / "providers/servers.yaml", SERVERS.format(url=draft_server.url))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMFYVN_CACHE", str(cache))
        patch.setenv("GUEST_KEY", SECRET)
        build(root)
    return root, cache


@pytest.fixture
def drawn(drawn_once: tuple[Path, Path], tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> OpenNovel:
    """A built novel to change, opened."""
    monkeypatch.setenv("GUEST_KEY", SECRET)
    root, cache = drawn_once
    shutil.copytree(cache, own_cache, dirs_exist_ok=True)
    shutil.copytree(root, tmp_path / "novel")
    return open_novel(tmp_path / "novel")
