"""One round of `comfyvn watch`: what it binds and makes is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from comfyvn.contracts.project import Project
from comfyvn.engine import planning, remembered
from comfyvn.engine.judge import Judge, Verdict
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.rounds import Rounds
from comfyvn.engine.warm import WarmDrafts
from comfyvn.targets.target import Target, Toolbox

AYA = "data/characters/aya/character.json"


def test_a_round_binds_what_has_moved_and_nothing_else(drawn: OpenNovel, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[str] = []
    planned = planning.planned

    def counted(project: Project, tools: Toolbox, unit: str) -> Iterator[Target]:
        bound.append(unit)
        return planned(project, tools, unit)

    monkeypatch.setattr(planning, "planned", counted)
    shutil.rmtree(drawn.root / "build")
    with WarmDrafts(drawn.root) as warm:
        rounds = Rounds(drawn.root, warm, list)
        first = rounds.run()
        assert len(first.made) + len(first.cached) == len(drawn.targets)
        aya = json.loads((drawn.root / AYA).read_text("utf-8"))
        aya["prompt"] = "somebody else"
        (drawn.root / AYA).write_text(json.dumps(aya), "utf-8")
        bound.clear()
        second = rounds.run()
        assert second.made
        assert {name.partition("/")[0] for name in second.made} <= {"sprites:aya", "atlases:aya", "scenes:evening"}
        assert set(bound) == {"characters/aya", "scenes/arrival", "scenes/evening"}  # she speaks in both
        bound.clear()
        third = rounds.run()
        assert not third.made
        assert not third.cached
        assert third.fresh == len(drawn.targets)
        assert bound == []


def test_a_round_begins_where_the_last_one_ended(drawn: OpenNovel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan is not read back, and what gathers everything is judged once: when what it gathers is made."""
    read: list[object] = []
    judged: list[str] = []
    load, verdict = remembered.load, Judge.verdict
    monkeypatch.setattr(remembered, "load", lambda root: (read.append(root), load(root))[1])

    def noted(judge: Judge, target: Target) -> Verdict:
        judged.append(target.name)
        return verdict(judge, target)

    monkeypatch.setattr(Judge, "verdict", noted)
    novel = drawn.root / "comfyvn.yaml"
    novel.write_text(novel.read_text("utf-8").replace("exports: []", "exports: [renpy]"), "utf-8")
    with WarmDrafts(drawn.root) as warm:
        rounds = Rounds(drawn.root, warm, list)
        rounds.run()
        assert len(read) == 1
        aya = json.loads((drawn.root / AYA).read_text("utf-8"))
        aya["expressions"]["happy"]["prompt"] = "laughing"
        (drawn.root / AYA).write_text(json.dumps(aya), "utf-8")
        judged.clear()
        assert "export_renpy" in rounds.run().made
        assert len(read) == 1
        assert judged.count("export_renpy") == 1
        judged.clear()
        assert not rounds.run().made
        assert judged == []
    assert not (drawn.root / ".comfyvn/settled.log").exists()
