"""Clones of one small novel that share a cache: built with finals, on a draft endpoint that stands for a ComfyUI."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comfyvn.draft.process import DraftServer
from tests.fakes.novel_runs import Run, doit, set_up
from tests.fakes.small_novel import NOVEL, write, write_small_novel

KEY = "0123456789abcdef0123456789abcdef"
SILENT = NOVEL.replace("voiced: all", "voiced: none")
FINAL = SILENT + "engines: {image: comfyui}\n"
RENDERS = 6  # what the small novel renders
CACHED = RENDERS + 1  # and an atlas


@dataclass(frozen=True)
class Team:
    """`folder` holds the clones, and each one's own cache; `server` renders for all of them."""

    folder: Path
    server: DraftServer
    settings: Mapping[str, object]
    novel: str = FINAL

    def clone(self, name: str, **changed: object) -> Path:
        root = set_up(write_small_novel(self.folder / name, novel=self.novel))
        settings = json.dumps({**self.settings, **changed})  # JSON is YAML
        write(root / "comfyvn.yaml", f"{self.novel}cache: {settings}\n")
        write(root / "providers/servers.yaml", f"servers: {{gpu: {{url: '{self.server.url}'}}}}\n")
        return root

    def build(self, root: Path, *arguments: str, key: str = KEY) -> Run:
        cache = str(self.folder / f"cache-{root.name}")
        return doit(root, *arguments, COMFYVN_CACHE=cache, COMFYVN_CACHE_KEY=key)

    def build_at_once(self, *roots: Path) -> list[Run]:
        with ThreadPoolExecutor(len(roots)) as pool:
            return list(pool.map(self.build, roots))

    def renders(self) -> int:
        """How many prompts the server has run for all of them."""
        with urllib.request.urlopen(f"{self.server.url}/history") as answer:
            return len(json.loads(answer.read()))


@contextmanager
def team(folder: Path, settings: Mapping[str, object], novel: str = FINAL) -> Iterator[Team]:
    folder.mkdir(parents=True, exist_ok=True)
    with DraftServer() as server:
        yield Team(folder, server, settings, novel)
