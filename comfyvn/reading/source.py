"""A file of the novel as a JSON value that knows the line of every member."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from comfyvn.contracts import place
from comfyvn.errors import Problem

DEPTH = 100  # how deep values may be nested; no contract needs more
SHOWN = 80  # characters of a value that a report shows


@dataclass(frozen=True)
class Source:
    """`value` is what `file` (relative to the novel) holds; `line` gives the line of a member, from 1."""

    file: str
    value: Any
    line: Callable[[place.Steps], int]

    def locate(self, problem: Problem) -> Problem:
        """The problem with this file's name, and the line of its JSON path (of the nearest outer one that exists)."""
        return replace(problem, file=self.file, line=problem.line or self.line(place.parse(problem.path)))


@dataclass(frozen=True)
class Unread:
    """A file that could not be read, and why."""

    file: str
    problems: tuple[Problem, ...]


def too_deep(value: object) -> place.Steps | None:
    """The steps to the first member that is nested deeper than allowed; None when there is none."""
    waiting: list[tuple[object, place.Steps]] = [(value, ())]
    while waiting:
        item, steps = waiting.pop()
        if isinstance(item, dict | list) and len(steps) > DEPTH:
            return steps[:3]
        if isinstance(item, dict):
            waiting.extend((member, (*steps, key)) for key, member in item.items() if isinstance(member, dict | list))
        elif isinstance(item, list):
            waiting.extend((member, (*steps, i)) for i, member in enumerate(item) if isinstance(member, dict | list))
    return None


def short(value: object) -> str:
    """A value as JSON, cut to what fits into a line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
