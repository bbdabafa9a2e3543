"""The user's own `cache.yaml`, outside every novel: written like the novel's `cache`, and laid over it."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from comfyvn.contracts import mistakes, place
from comfyvn.contracts.cache import CacheSettings
from comfyvn.errors import ContractError, Problem


def parse_own_cache(document: object, file: str) -> CacheSettings:
    """The user's own `cache.yaml`, written like the novel's `cache`; an empty one says nothing.

    Raises ContractError with every problem; no message repeats an address or an option.
    """
    value = {} if document is None else document
    try:
        return CacheSettings.model_validate(value)
    except ValidationError as error:
        found = mistakes.problems(error, CacheSettings, value)
        raise ContractError([replace(_discreet(problem), file=file) for problem in found]) from error


def _discreet(problem: Problem) -> Problem:
    return replace(problem, value="") if place.parse(problem.path)[:1] in (("options",), ("remote",)) else problem
