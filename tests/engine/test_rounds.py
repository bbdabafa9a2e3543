"""One round of `comfyvn watch`: what it binds and makes is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from comfyvn.contracts.project import Project
from comfyvn.engine import planning
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
