"""Whatever stands in a novel's files, reading it ends in a report and never in an exception."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import KINDS
from comfyvn.reading import read
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.source import Unread
from comfyvn.reading.yaml_text import parse_yaml
from tests.fakes.small_novel import NOVEL, files, write_small_novel

WORDS = st.sampled_from(
    ["", "aya", "pier", "pier/night", "../x", "x.y", "{i}", "[trust]", "trust >", "a\n", "\ud800", *KINDS]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2**65), st.floats(), WORDS, st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from([*KINDS, "id", "text", "then", "script"]), WORDS), inner, max_size=4),
    ),
    max_leaves=8,
)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    yield steps
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in inner:
        yield from places(member, (*steps, step))


def changed(value: Any, steps: Steps, new: Any) -> Any:
    if not steps:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[steps[0]] = changed(value[steps[0]], steps[1:], new)
    return copy


PLACES = [(name, steps) for name, value in files().items() for steps in places(value)]


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_any_value_anywhere(edits: list[tuple[tuple[str, Steps], Any]]) -> None:
    novel = files()
    for (name, steps), new in edits:
        if steps in set(places(novel[name])):
            novel[name] = changed(novel[name], steps, new)
    with tempfile.TemporaryDirectory() as folder:
        root = write_small_novel(Path(folder), {name: json.dumps(value) for name, value in novel.items()})
        reading = read(root)
    for problem in reading.problems:
        assert problem.file in {*files(), "comfyvn.yaml"}
        assert problem.line > 0
        assert problem.message
        assert "\n" not in str(problem)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for source in (parse_json("a.json", data), parse_yaml("a.yaml", data)):
        assert source.file in ("a.json", "a.yaml")


@given(st.text(alphabet=st.sampled_from("{}[]\",:&*!<>-?|#% \n'ab1."), max_size=40))
def test_any_marks_are_read_or_refused(text: str) -> None:
    for source in (parse_json("a.json", text.encode()), parse_yaml("a.yaml", text.encode())):
        assert source.file in ("a.json", "a.yaml")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.sampled_from("{}[]\",:&*!<>-? \n'ab1."), max_size=20), st.integers(0, len(NOVEL)))
def test_any_text_in_the_main_file(text: str, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_small_novel(Path(folder), None, NOVEL[:at] + text + NOVEL[at:])
        assert all(problem.file for problem in read(Path(folder)).problems)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_marks_of_a_merge_are_named(ends: str) -> None:
    text = '{\n<<<<<<< HEAD\n  "a": 1\n=======\n  "a": 2\n>>>>>>> theirs\n}\n'.replace("\n", ends)
    found = parse_json("a.json", text.encode())
    assert isinstance(found, Unread)
    assert (found.problems[0].line, "Git could not merge" in found.problems[0].message) == (2, True)
