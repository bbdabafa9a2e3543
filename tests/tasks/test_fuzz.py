"""A few rounds of the fuzz, and that it can tell a wrong tree. `python bench/fuzz.py` does as many as you like."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the fuzz needs signals", allow_module_level=True)

from bench import oracle
from bench.damage import Built
from bench.edits import CHANGES, Contracts
from bench.endpoint import Endpoint
from bench.fuzz import Fuzz, Wrong
from bench.novel import write_small
from tests.fakes.novel_runs import comfyvn, doit


@pytest.mark.timeout(900)  # some twenty builds
def test_four_rounds_give_the_trees_of_clean_builds(tmp_path: Path) -> None:
    with Endpoint(tmp_path / "endpoint") as endpoint:
        fuzz = Fuzz(5, tmp_path, endpoint)
        for _ in range(4):
            fuzz.round()
        assert fuzz.report.rounds == 4
        assert fuzz.report.builds >= 4


def test_a_wrong_tree_is_told(tmp_path: Path, own_cache: Path) -> None:
    """An artifact of other pixels, and all that is made of it."""
    with Endpoint(tmp_path / "endpoint") as endpoint:
        fuzz = Fuzz(1, tmp_path, endpoint)
        assert doit(fuzz.novel).code == 0
        happy, sad = (fuzz.novel / f"build/sprites/c0/day/standing/{name}.png" for name in ("happy", "sad"))
        happy.write_bytes(sad.read_bytes())
        assert doit(fuzz.novel).code == 0  # takes it for a retouch; nobody told the fuzz of one
        with pytest.raises(Wrong, match=r"happy\.png: another"):
            fuzz._check()


def test_what_nobody_made_and_what_is_missing_are_told(tmp_path: Path) -> None:
    novel, clean = tmp_path / "novel", tmp_path / "clean"
    for root, name in ((novel, "left.png"), (clean, "missing.png")):
        (root / "build/sprites").mkdir(parents=True)
        (root / "build/sprites" / name).write_bytes(b"x")
    built = Built(novel, random.Random(1))
    found = oracle.compare(novel, clean, built, set())
    assert found.wrong == ("build/sprites/missing.png: missing", "build/sprites/left.png: nobody made it")
    known = oracle.compare(novel, clean, built, {"build/sprites/left.png"})
    assert known.wrong == ("build/sprites/missing.png: missing",)
    assert known.orphans == ("build/sprites/left.png",)


def test_every_change_leaves_a_sound_novel(tmp_path: Path) -> None:
    contracts = Contracts(write_small(tmp_path / "novel"), random.Random(7))
    told = [change(contracts) for _ in range(5) for change in dict.fromkeys(CHANGES)]
    assert any("is new" in what for what in told) and any("is removed" in what for what in told)
    checked = comfyvn(contracts.root, "check")
    assert checked.code == 0, checked.output


def test_the_endpoint_notes_prompts_and_the_cpu_of_their_sender(tmp_path: Path) -> None:
    novel = write_small(tmp_path / "novel")
    with Endpoint(tmp_path / "endpoint") as endpoint:
        endpoint.serve(novel)
        endpoint.watch.write_text(str(os.getpid()), "ascii")
        assert doit(novel, "backgrounds:p0").made == {"backgrounds:p0/base", "backgrounds:p0/dusk"}
        posted = endpoint.posted()
        assert len({one.prompt_id for one in posted}) == len(posted) == 2
        if sys.platform == "linux":
            assert all(one.cpu for one in posted)
