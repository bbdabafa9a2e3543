"""Turns what pydantic says about a value into problems in plain words, each at its real JSON path."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from comfyvn.contracts import described, place
from comfyvn.contracts.model import Model
from comfyvn.contracts.scene import KINDS, statement_kind
from comfyvn.errors import Problem

SCRIPTS = {"script", "then", "else"}  # keys whose lists hold statements
SHOWN = 80
PRIVATE = ("cache",)  # a place of a contract where a password may stand by mistake: no message repeats what is there


@dataclass(frozen=True)
class Mistake:
    """One finding of pydantic: `kind` is its error type, `steps` where it is, `branch` the alternative of a union."""

    kind: str
    steps: place.Steps
    message: str
    context: Mapping[str, Any]
    branch: str = ""
    union: place.Steps = ()
    is_key: bool = False


def problems(error: ValidationError, model: type[Model], value: object) -> list[Problem]:
    """Every mistake in `value`, which should have been a `model`; `file` is left empty."""
    mistakes = [_mistake(item, value) for item in error.errors(include_url=False, include_input=False)]
    kept = _without_other_branches(_without_echoes(mistakes, value))
    found = [(mistake, _problem(mistake, model, value)) for mistake in kept]
    return [replace(one, value="") if mistake.steps[:1] == PRIVATE else one for mistake, one in found]


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; "" when none is near."""
    choices = list(known)
    same = [choice for choice in choices if choice.lower() == word.lower()]
    return next(iter(same or difflib.get_close_matches(word, choices, n=1, cutoff=0.6)), "")


def shown(value: object) -> str:
    """A value as JSON, cut to what fits into a line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _mistake(item: Mapping[str, Any], value: object) -> Mistake:
    steps: list[str | int] = []
    branch, is_key = "", False
    union: place.Steps = ()
    location: Sequence[str | int] = item["loc"]
    at = value
    for index, step in enumerate(location):
        if _is_member(at, step) and not _is_tag(location, index, at):
            steps.append(step)
            at = at[step]  # type: ignore[index]
        elif step == "[key]":
            is_key = True
        elif index == len(location) - 1 and item["type"] in ("missing", "extra_forbidden"):
            steps.append(step)
        elif not _is_tag(location, index, at):
            branch, union = str(step), tuple(steps)
    return Mistake(item["type"], tuple(steps), item["msg"], item.get("ctx", {}), branch, union, is_key)


def _is_member(value: object, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _is_tag(location: Sequence[str | int], index: int, value: object) -> bool:
    """Whether this step is no member but the name of a statement's kind, which pydantic puts after its index."""
    return (
        index >= 2
        and isinstance(location[index - 1], int)
        and location[index - 2] in SCRIPTS
        and location[index] in KINDS
        and location[index] == statement_kind(value)
    )


def _without_echoes(mistakes: list[Mistake], value: object) -> list[Mistake]:
    """A list that only seems too short because its members were refused is no mistake of its own."""
    return [
        item
        for item in mistakes
        if item.kind != "too_short" or len(_at(value, item.steps) or ()) < item.context.get("min_length", 1)  # type: ignore[arg-type]
    ]


def _without_other_branches(mistakes: list[Mistake]) -> Iterator[Mistake]:
    """Of a union, only what the alternative says that the value was meant to be; one mistake when none fits."""
    told: set[place.Steps] = set()
    for item in mistakes:
        if not item.branch:
            yield item
            continue
        rivals = [other for other in mistakes if other.branch and other.union == item.union]
        if all(_says_wrong_kind(other) for other in rivals):
            if item.union not in told:
                yield Mistake("wrong_kind", item.union, "", {})
            told.add(item.union)
        elif not _says_wrong_kind(item):
            yield item


def _says_wrong_kind(item: Mistake) -> bool:
    return item.steps == item.union and (item.kind.endswith("_type") or item.kind == "literal_error")


def _at(value: object, steps: place.Steps) -> object:
    for step in steps:
        if not _is_member(value, step):
            return None
        value = value[step]  # type: ignore[index]
    return value


def _problem(item: Mistake, model: type[Model], value: object) -> Problem:
    path = place.show(item.steps)
    given = _at(value, item.steps)
    if item.kind == "extra_forbidden":
        return _unknown_key(item, model, value, path)
    if item.kind == "missing":
        return Problem("", "a required key is missing", path=path, allowed=described.allowed(model, value, item.steps))
    if item.kind == "statement_kind":
        return _unknown_statement(given, path)
    if item.is_key:
        return Problem("", f'"{item.steps[-1]}" cannot be a name here: {_reason(item)}', path=path)
    words = described.allowed(model, value, item.steps)
    message = _message(item, words)
    allowed = "" if words in message else words
    return Problem("", message, 0, path, shown(given), allowed, _near_choice(words, given))


def _near_choice(words: str, given: object) -> str:
    return nearest(given, words.split('"')[1::2]) if isinstance(given, str) and '"' in words else ""


def _message(item: Mistake, words: str) -> str:
    if item.kind == "value_error":
        return _reason(item)
    if item.kind == "literal_error":
        return "not one of the values known here"
    if item.kind in ("wrong_kind", "model_type", "model_attributes_type") or item.kind.endswith("_type"):
        return f"must be {words}" if words else "a value of the wrong type"
    return MESSAGES.get(item.kind, item.message)


MESSAGES = {
    "greater_than": "the number is too small",
    "greater_than_equal": "the number is too small",
    "less_than": "the number is too large",
    "less_than_equal": "the number is too large",
    "string_pattern_mismatch": "not written as it must be",
    "string_too_long": "the text is too long",
    "string_too_short": "the text is too short",
    "string_unicode": "the text holds half of a surrogate pair, which is no character",
    "too_short": "the list is too short",
    "too_long": "the list is too long",
    "finite_number": "the number must be finite",
}


def _reason(item: Mistake) -> str:
    error = item.context.get("error")
    return str(error) if error is not None else MESSAGES.get(item.kind, item.message)


# Names that fields have in Python, and words that other tools use, for keys of ours.
RENAMED = {"transition": "with", "condition": "if", "otherwise": "else", "colour": "color"}


def _unknown_key(item: Mistake, model: type[Model], value: object, path: str) -> Problem:
    known = described.keys(model, value, item.steps[:-1])
    key = str(item.steps[-1])
    if RENAMED.get(key) in known:
        return Problem("", f'unknown key "{key}"', path=path, allowed=", ".join(known), suggestion=RENAMED[key])
    return Problem("", f'unknown key "{key}"', path=path, allowed=", ".join(known), suggestion=nearest(key, known))


def _unknown_statement(given: object, path: str) -> Problem:
    allowed = "an object with one of the keys " + ", ".join(KINDS)
    if not isinstance(given, Mapping):
        return Problem("", "not a statement", path=path, value=shown(given), allowed=allowed)
    near = [nearest(str(key), KINDS) for key in given]
    suggestion = next((word for word in near if word), "")
    return Problem(
        "", "a statement of unknown kind", path=path, value=shown(given), allowed=allowed, suggestion=suggestion
    )
