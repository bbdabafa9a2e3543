"""One round of `comfyvn watch`: what it binds and makes is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from comfyvn.contracts.project import Project
from comfyvn.engine import planning, remembered, rows
from comfyvn.engine.build import Engine, Outcome
from comfyvn.engine.judge import Judge, Verdict
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.rounds import Rounds
from comfyvn.engine.settled import Settled
from comfyvn.engine.warm import WarmDrafts
from comfyvn.errors import BridgeError
from comfyvn.targets.target import Target, Toolbox

AYA = "data/characters/aya/character.json"


def test_a_round_binds_what_has_moved_and_nothing_else(drawn: OpenNovel, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[str] = []
    planned = planning.planned

    def counted(project: Project, tools: Toolbox, unit: str) -> Iterator[Target]:
        bound.append(unit)
        return planned(project, tools, unit)

    for module in (planning, rows):
        monkeypatch.setattr(module, "planned", counted)
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


@pytest.fixture
def rounds(drawn: OpenNovel) -> Iterator[Rounds]:
    """Rounds of a novel that is up to date, after the first."""
    with WarmDrafts(drawn.root) as warm:
        found = Rounds(drawn.root, warm, list)
        assert not found.run().made
        yield found


def reworded(novel: OpenNovel, words: str) -> None:
    aya = json.loads((novel.root / AYA).read_text("utf-8"))
    aya["prompt"] = words
    (novel.root / AYA).write_text(json.dumps(aya), "utf-8")


def test_what_a_save_moved_is_begun_before_all_else_is_looked_at(
    drawn: OpenNovel, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    make, look = Engine.make, Settled.__init__
    monkeypatch.setattr(Engine, "make", lambda self, name: (done.append(name), make(self, name))[1])
    monkeypatch.setattr(Settled, "__init__", lambda self, root: (done.append("the look"), look(self, root))[1])
    reworded(drawn, "somebody else")
    made = rounds.run()
    soon, late = done[: done.index("the look")], done[done.index("the look") + 1 :]
    assert {name.partition("/")[0] for name in soon} == {"sprites:aya", "scenes:evening"}
    assert {name.partition("/")[0] for name in late} == {"atlases:aya"}
    assert sorted(made.made) == sorted(soon + late)  # each once
    assert made.fresh == len(drawn.targets) - len(made.made)


def test_what_fails_at_once_is_not_tried_again_when_all_is_looked_at(
    drawn: OpenNovel, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    make = Engine.make

    def broken(self: Engine, name: str) -> Outcome:
        tried.append(name)
        if name.endswith("/base") and name.startswith("sprites:aya"):
            raise BridgeError("out of paint", "the server")
        return make(self, name)

    monkeypatch.setattr(Engine, "make", broken)
    reworded(drawn, "somebody else")
    told = rounds.run()
    assert told.failed
    assert sorted(tried) == sorted([*told.failed, *told.made])  # each once
    assert {name.partition("/")[0] for name in told.waiting} == {"sprites:aya", "atlases:aya"}
    monkeypatch.setattr(Engine, "make", make)
    assert {*told.failed, *told.waiting} == set(rounds.run().made)


def test_a_save_beside_files_that_are_gone(drawn: OpenNovel, rounds: Rounds) -> None:
    """What the moved pictures are made of, and what has nothing to do with them."""
    aya = json.loads((drawn.root / AYA).read_text("utf-8"))
    aya["expressions"]["happy"]["prompt"] = "laughing"
    (drawn.root / AYA).write_text(json.dumps(aya), "utf-8")
    bases = [name for name in drawn.targets if name.startswith("sprites:aya") and name.endswith("/base")]
    others = [name for name in drawn.targets if name.startswith("backgrounds:")]
    for name in (*bases, *others):
        (drawn.root / drawn.targets[name].artifact).unlink()
    told = rounds.run()
    assert {*bases, *others} <= {*told.made, *told.cached}
    assert any(name.endswith("/happy") for name in told.made)
    assert not rounds.run().made
