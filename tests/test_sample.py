"""The sample novel: it reads without a complaint, has what the tutorial shows, and every way through it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from comfyvn.audio.encode import decode
from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.location import split_background
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import (
    KINDS,
    Add,
    Background,
    Choice,
    End,
    If,
    Input,
    Jump,
    Label,
    Menu,
    Set,
    Still,
    split_goal,
    statement_kind,
    walk,
)
from comfyvn.contracts.words import BASE
from comfyvn.reading import Reading, read

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(ROOT)


@pytest.fixture(scope="module")
def novel(reading: Reading) -> Project:
    assert reading.project is not None, [str(problem) for problem in reading.problems]
    return reading.project


@pytest.fixture(scope="module")
def ways(novel: Project) -> list[Way]:
    return list(walks(novel))


def statements(novel: Project) -> list[Any]:
    return [statement for scene in novel.scenes.values() for _, statement in walk(scene.script)]


def test_there_is_nothing_to_complain_about(reading: Reading) -> None:
    assert [str(problem) for problem in reading.problems] == []


def test_the_cast_fills_its_grid(novel: Project) -> None:
    grids = {
        name: (len(person.outfits), len(person.poses()), len(person.expressions), len(person.sprites()))
        for name, person in novel.characters.items()
    }
    assert grids == {"maren": (2, 2, 5, 20), "odile": (1, 2, 4, 8), "anker": (1, 2, 4, 8)}


def test_five_scenes_use_every_plate_of_three_places(novel: Project) -> None:
    assert len(novel.scenes) == 5
    plates = {(place.id, variant) for place in novel.locations.values() for variant in (BASE, *place.variants)}
    used = {split_background(str(scene.background)) for scene in novel.scenes.values()}
    used |= {split_background(one.background) for one in statements(novel) if isinstance(one, Background)}
    assert len(novel.locations) == 3
    assert all(place.variants for place in novel.locations.values())
    assert used == plates


def test_four_stills_are_shown(novel: Project) -> None:
    shots = {(scene.id, shot.id): shot for scene in novel.scenes.values() for shot in scene.shots}
    shown = {
        (scene.id, one.still)
        for scene in novel.scenes.values()
        for _, one in walk(scene.script)
        if isinstance(one, Still)
    }
    assert shown == set(shots)
    assert len(shots) == 4
    assert sum(shot.hero is not None for shot in shots.values()) >= 2
    assert any(shot.background is not None for shot in shots.values())


def test_every_expression_is_seen_and_every_kind_of_statement_is_used(novel: Project) -> None:
    everything = statements(novel)
    used = {statement_kind(one) for one in everything}
    assert used == set(KINDS) - {"movie", "nvl", "renpy"}, "no film, no code"
    seen: dict[str, set[str]] = {name: set() for name in novel.characters}
    for one in everything:
        who = getattr(one, "say", None) or getattr(one, "show", None)
        if who and one.expression:
            seen[who].add(one.expression)
    assert seen == {name: set(person.expressions) for name, person in novel.characters.items()}


def test_every_line_has_its_own_id_and_is_heard(novel: Project) -> None:
    ids = [line.id for line in novel.lines()]
    assert None not in ids
    assert len(set(ids)) == len(ids)
    told = [line for line in novel.lines() if line.kind not in ("choice", "input")]
    assert all(novel.is_voiced(line) for line in told)
    assert 75 <= len(told) <= 90
    assert max(len(line.text) for line in told) < 140


def test_speakers_differ_in_voice(novel: Project) -> None:
    voices = [novel.novel.narrator, *(person.voice for person in novel.characters.values())]
    assert len({(voice.voice, voice.variant, voice.pitch, voice.rate) for voice in voices if voice}) == 4
    used = {(line.speaker, line.delivery) for line in novel.lines() if line.delivery}
    assert used == {("maren", "whisper"), ("anker", "calling")}


def test_every_way_ends_and_both_endings_are_reached(novel: Project, ways: list[Way]) -> None:
    assert sum(isinstance(one, Menu) for one in statements(novel)) == 2
    assert {way.ending for way in ways} == {"The Light", "The Lanterns"}
    told = {line.id for line in novel.lines()}
    assert {heard for way in ways for heard in way.heard} == told


def test_trust_decides_the_ending(ways: list[Way]) -> None:
    assert {(way.state["trust"] >= 2, way.ending) for way in ways} == {(True, "The Light"), (False, "The Lanterns")}
    first = {way.chosen[0] for way in ways}
    bright = {way.chosen[0] for way in ways if way.ending == "The Light"}
    assert len(first) == 3
    assert len(bright) == 2  # who hides behind routine cannot turn the handle with her


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "data" / "assets").glob("*.json")))
def test_assets_sound_and_loop(novel: Project, name: str) -> None:
    asset = novel.assets[name]
    samples, rate = decode((ROOT / asset.file).read_bytes())
    assert asset.licence == "CC0-1.0"
    assert asset.author
    assert 0.05 < float(np.max(np.abs(samples))) < 0.9
    if asset.kind == "music":
        assert 20 <= len(samples) / rate <= 40
    if asset.loop is not None:
        inside = np.max(np.abs(np.diff(samples, axis=0)))
        assert np.max(np.abs(samples[0] - samples[-1])) <= inside


def test_the_recordings_stay_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "data" / "assets").iterdir()) < 2_500_000


# A player who tries every answer -----------------------------------------------------------------------------------


@dataclass
class Way:
    """One way through the novel: variables, ids of what was met, answers (their ids), and how it ended."""

    state: dict[str, Any]
    heard: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    ending: str = ""

    def copy(self) -> Way:
        return Way(dict(self.state), list(self.heard), list(self.chosen))

    def holds(self, condition: str | None) -> bool:
        return condition is None or bool(eval(parse_condition(condition).code, {"__builtins__": {}}, dict(self.state)))


def walks(novel: Project) -> Iterator[Way]:
    yield from enter(novel, novel.novel.start, None, Way(dict(novel.novel.variables)))


def enter(novel: Project, scene_id: str, label: str | None, way: Way) -> Iterator[Way]:
    scene = novel.scenes[scene_id]
    start = 0 if label is None else next(
        at for at, one in enumerate(scene.script) if isinstance(one, Label) and one.label == label
    )  # fmt: skip
    yield from follow(novel, scene_id, list(scene.script[start:]), way)


def follow(novel: Project, scene_id: str, todo: list[Any], way: Way) -> Iterator[Way]:
    """Every way on from here; `todo` is what is left of the scene."""
    while todo:
        one = todo.pop(0)
        if getattr(one, "id", None):
            way.heard.append(one.id)
        match one:
            case Set():
                way.state[one.set] = one.value
            case Add():
                way.state[one.add] += one.value
            case Input():
                way.state[one.input] = one.default
            case If():
                todo = [*(one.then if way.holds(one.condition) else one.otherwise), *todo]
            case Jump():
                yield from enter(novel, *split_goal(one.jump, scene_id), way)
                return
            case End():
                way.ending = one.end
                yield way
                return
            case Menu():
                for choice in one.menu:
                    if way.holds(choice.condition):
                        yield from choose(novel, scene_id, choice, list(todo), way.copy())
                return
    goal = novel.scenes[scene_id].next
    assert goal is not None, f"{scene_id} has a dead end"
    yield from enter(novel, *split_goal(goal, scene_id), way)


def choose(novel: Project, scene_id: str, choice: Choice, todo: list[Any], way: Way) -> Iterator[Way]:
    assert choice.id is not None
    way.chosen.append(choice.id)
    way.heard.append(choice.id)
    then = [*choice.script, Jump(jump=choice.jump)] if choice.jump else [*choice.script, *todo]
    yield from follow(novel, scene_id, then, way)
