"""A whole build on two servers: every render once, on one of them, and the tickets that doit gets for it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import open_novel
from comfyvn.recipe import Patch, Render
from tests.fakes.novel_runs import doit, set_up
from tests.fakes.small_novel import NOVEL, write, write_small_novel

FINAL = NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"


def _prompts(server: DraftServer) -> list[str]:
    with urllib.request.urlopen(f"{server.url}/history") as answer:
        return list(json.loads(answer.read()))


def test_a_build_on_two_servers(tmp_path: Path, own_cache: Path) -> None:
    novel = set_up(write_small_novel(tmp_path / "novel", novel=FINAL))
    with DraftServer() as one, DraftServer() as other:
        write(
            novel / "providers/servers.yaml", f"servers: {{one: {{url: '{one.url}'}}, two: {{url: '{other.url}'}}}}\n"
        )
        run = doit(novel)
        assert run.code == 0, run.output
        prompts = [*_prompts(one), *_prompts(other)]
        targets = open_novel(novel).targets
        renders = {name for name, target in targets.items() if isinstance(target.recipe, Render | Patch)}
        assert renders <= run.made
        assert len(prompts) == len(set(prompts)) == len(renders)
        assert doit(novel).made == frozenset()
        assert len([*_prompts(one), *_prompts(other)]) == len(renders)
