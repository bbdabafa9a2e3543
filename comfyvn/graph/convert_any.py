"""Whatever workflow somebody has, as one thing: an API graph, with the header if it is one of our files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comfyvn.errors import WorkflowError
from comfyvn.graph.convert import to_api
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.ui import ID_LENGTH, NODES_MAX, Kind, kind_of, parse_ui, unwrapped


@dataclass(frozen=True)
class Incoming:
    """A workflow from outside. `document` is the whole file of ours; `{"graph": …}` for the other kinds."""

    kind: Kind
    document: Mapping[str, Any]

    @property
    def graph(self) -> Mapping[str, Any]:
        graph: Mapping[str, Any] = self.document["graph"]
        return graph


def read_any(value: object, definitions: Definitions, file: str = "") -> Incoming:
    """The workflow in a JSON value: ours, API form, or the editor's, which is converted.

    Raises `WorkflowError` for anything else, and for what cannot be converted.
    """
    found = unwrapped(value)
    try:
        kind = kind_of(found)
    except WorkflowError as error:
        error.where = file
        raise
    assert isinstance(found, Mapping)
    if kind == "ui":
        return Incoming(kind, {"graph": to_api(parse_ui(found, file), definitions, file)})
    document = found if kind == "ours" else {"graph": found}
    _refuse_shape(document["graph"], file)
    return Incoming(kind, document)


def _refuse_shape(graph: Mapping[str, Any], file: str) -> None:
    """Raises for what is no graph at all; what is wrong with its nodes, `check` says."""
    problems = [f"node {name}: an object with class_type and inputs is needed" for name, entry in _odd(graph)]
    problems += ["an id is too long" for name in graph if len(name) > ID_LENGTH][:1]
    if len(graph) > NODES_MAX:
        problems = [f"{len(graph)} nodes; allowed: at most {NODES_MAX}"]
    if problems:
        what = problems[0] if len(problems) == 1 else f"{len(problems)} nodes are broken; the first: {problems[0]}"
        raise WorkflowError(what, file, "export the workflow again with Workflow > Export (API)", problems)


def _odd(graph: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        (name[:ID_LENGTH], entry)
        for name, entry in graph.items()
        if not isinstance(entry, Mapping)
        or not isinstance(entry.get("class_type"), str)
        or not isinstance(entry.get("inputs", {}), Mapping)
    ]
