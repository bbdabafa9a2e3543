"""The novel with every feature, and hostile words in every field of every contract that takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import ValidationError

from comfyvn.contracts.check import check
from comfyvn.contracts.model import Contract
from comfyvn.contracts.project import Project
from tests.fakes import renpy_novel

Steps = tuple[str | int, ...]
Slot = tuple[str, str, Steps]  # folder of the project ("" for the novel), id, where in its document
FOLDERS = ("styles", "characters", "locations", "scenes", "assets")
HARMLESS = "x"
# A word comes first, so that no line falls silent and no title is empty, whatever follows.
HOSTILE = (
    "x [__import__('os').system('touch $CVN_CANARY')] [renpy.quit()] {image=bg cafe base} {a=call:scene_last}go{/a}"
    " <script>alert(1)</script> & %(x)s %s 100% \\ \\n \"\"\" ''' #\n    $ renpy.quit()\npython:\n    renpy.quit()\n"
    " {python} {/i} [v_trust!q] [config.version] \u202eevil\u202c \u200b\u2060\ufeff \u05e9\u05dc\u05d5\u05dd "
    "{{i}} [[x]] "
    "{size=999}} ]] }} {b \u3010a\uff5cb\u3011 __class__ {#x} {w=9999999} end"
)


def documents(project: Project) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every contract as JSON, with all that may be left out."""
    yield "", "", project.novel.model_dump(mode="json", by_alias=True)
    for folder in FOLDERS:
        for key, contract in getattr(project, folder).items():
            yield folder, key, contract.model_dump(mode="json", by_alias=True)


def leaves(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Where a document has text, or nothing where text might stand."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*steps, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*steps, index))
    elif value is None or isinstance(value, str):
        yield steps


def put(document: dict[str, Any], steps: Steps, text: str) -> None:
    at: Any = document
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = text


def contract_of(project: Project, folder: str, key: str) -> Contract:
    found: Contract = getattr(project, folder)[key] if folder else project.novel
    return found


def changed(project: Project, folder: str, key: str, document: dict[str, Any]) -> Project:
    """The project with one contract anew. Raises pydantic's ValidationError."""
    model = type(contract_of(project, folder, key)).model_validate(document)
    if not folder:
        return replace(project, novel=model)
    return replace(project, **{folder: {**getattr(project, folder), key: model}})


@cache
def slots() -> tuple[Slot, ...]:
    """Every place that takes the hostile words: its model does, and no check calls them an error."""
    project = renpy_novel.project()
    known = len(errors(project))
    found: list[Slot] = []
    judged: dict[tuple[object, ...], bool] = {}
    for folder, key, document in documents(project):
        for steps in leaves(document):
            kind = (folder, *(step for step in steps if isinstance(step, str)))
            if kind not in judged:
                judged[kind] = _takes(project, folder, key, steps, known)
            if judged[kind]:
                found.append((folder, key, steps))
    return tuple(found)


def _takes(project: Project, folder: str, key: str, steps: Steps, known: int) -> bool:
    document = contract_of(project, folder, key).model_dump(mode="json", by_alias=True)
    put(document, steps, HOSTILE)
    try:
        return len(errors(changed(project, folder, key, document))) <= known
    except ValidationError:
        return False


def errors(project: Project) -> list[str]:
    return [str(problem) for problem in check(project) if problem.severity == "error"]


def with_words(words: str) -> Project:
    """The novel with `words` in every slot, numbered, so that no two are the same."""
    project = renpy_novel.project()
    for folder, key, document in list(documents(project)):
        here = [steps for other, name, steps in slots() if (other, name) == (folder, key)]
        for number, steps in enumerate(here):
            put(document, steps, f"{words} {number}")
        project = changed(project, folder, key, document)
    return project


STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def skeleton(text: str) -> list[str]:
    """A script's lines without what their strings say."""
    return [STRING.sub('""', line) for line in text.splitlines()]
