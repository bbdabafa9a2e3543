"""Many targets in few lines: nothing is lost, nothing is told twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.engine.grouping import Group, counted, grouped, said_of

NAMES = st.sampled_from([f"sprites:a/{number}" for number in range(8)])
CAUSES = st.lists(st.sampled_from(["pack moved", "steps", "prompt", "seed"]), max_size=4, unique=True)


def test_equal_causes_are_one_group_and_the_largest_comes_first() -> None:
    causes = {"voices:a": ["text"], "sprites:a": ["pack"], "sprites:b": ["pack", "steps"], "sprites:c": ["pack"]}
    assert grouped(causes) == [
        Group(("pack",), ("sprites:a", "sprites:b", "sprites:c")),
        Group(("text",), ("voices:a",)),
        Group(("steps",), ("sprites:b",)),
    ]


def test_causes_of_the_very_same_targets_are_one_group() -> None:
    assert grouped({"a": ["x", "y"], "b": ["y", "x"]}) == [Group(("x", "y"), ("a", "b"))]


@given(st.dictionaries(NAMES, CAUSES))
def test_every_cause_of_every_target_is_told_once(causes: dict[str, list[str]]) -> None:
    groups = grouped(causes)
    told = [(name, cause) for group in groups for name in group.names for cause in group.causes]
    assert sorted(told) == sorted((name, cause) for name, texts in causes.items() for cause in texts)
    assert len({group.names for group in groups}) == len(groups)
    sizes = [len(group.names) for group in groups]
    assert sizes == sorted(sizes, reverse=True)
    order = list(causes)
    assert all([order.index(name) for name in g.names] == sorted(order.index(name) for name in g.names) for g in groups)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "nothing"),
        (["sprites:a/b"], "1 sprite"),
        (["sprites:a/b", "atlases:a", "sprites:a/c"], "2 sprites and 1 atlas"),
        (["export_renpy", "manifests:renpy", "file data/x.png"], "1 export, 1 manifest and 1 file"),
        (["videos:a", "scenes:x/y", "scenes:x/z"], "1 videos and 2 stills"),
    ],
)
def test_counting(names: list[str], said: str) -> None:
    assert counted(names) == said


@given(st.lists(NAMES))
def test_counts_add_up(names: list[str]) -> None:
    assert sum(int(word) for word in counted(names).split() if word.isdigit()) == len(names)


def test_what_is_said_of_one_is_said_of_many() -> None:
    assert Group(("it is not made yet",), ("sprites:a",)).sentence() == "sprites:a because it is not made yet"
    two = Group(("it is not made yet",), ("sprites:a", "sprites:b"))
    assert two.sentence() == "2 sprites because they are not made yet"
    assert said_of("its file is gone", 2) == "their file is gone"
    assert said_of("pack x moved", 2) == "pack x moved"
