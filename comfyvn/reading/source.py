"""A file of the novel as a JSON value that knows the line of every member."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comfyvn.contracts import place
from comfyvn.errors import Problem

DEPTH = 100  # how deep values may be nested; no contract needs more


@dataclass(frozen=True)
class Source:
    """`value` is what `file` (relative to the novel) holds; `line` gives the line of a member, from 1.

    `parts`: members that stand in another file, which is no JSON.
    """

    file: str
    value: Any
    line: Callable[[place.Steps], int]
    parts: Mapping[str, Source] = field(default_factory=dict)

    def locate(self, problem: Problem) -> Problem:
        """The problem with its file's name, and the line of its JSON path (of the nearest outer one that exists)."""
        steps = place.parse(problem.path) if self.parts else ()
        other = self.parts.get(str(steps[0])) if steps else None
        if other is not None:
            return replace(problem, file=other.file, line=problem.line or other.line(steps), path="")
        return replace(problem, file=self.file, line=problem.line or self.line(place.parse(problem.path)))


@dataclass(frozen=True)
class Unread:
    """A file that could not be read, and why."""

    file: str
    problems: tuple[Problem, ...]


def escaped(problem: Problem) -> Problem:
    """The problem with characters escaped that would break a report's line or speak to a terminal."""
    texts: dict[str, Any] = {
        name: _escaped_text(value)
        for name, value in vars(problem).items()
        if isinstance(value, str) and not value.isprintable()
    }
    return replace(problem, **texts) if texts else problem


def _escaped_text(text: str) -> str:
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def members(value: object, kinds: tuple[type, ...] = (object,)) -> Iterator[tuple[place.Steps, object]]:
    """A value and all its members of these kinds, inner ones too; below the allowed depth nothing more."""
    waiting: list[tuple[place.Steps, object]] = [((), value)]
    while waiting:
        steps, item = waiting.pop()
        yield steps, item
        if len(steps) > DEPTH:
            continue
        inner = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        waiting.extend(((*steps, step), member) for step, member in inner if isinstance(member, kinds))


def too_deep(value: object) -> place.Steps | None:
    """The way to a list or an object that is nested deeper than allowed; None when there is none."""
    return next((steps[:3] for steps, _ in members(value, (dict, list)) if len(steps) > DEPTH), None)
