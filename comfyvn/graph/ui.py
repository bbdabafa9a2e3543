"""Reads a workflow as ComfyUI's editor saves it (schemas 0.4 and 1.0, subgraphs) into values that can be converted.

Sources: docs.comfy.org `specs/workflow_json_0.4` and `specs/workflow_json`. Layout, colours, groups and native reroutes
are not read: a link keeps its two ends whatever it is drawn through. What is read is checked, because such a file may
come from anywhere: a wrong type is told with its JSON path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from comfyvn.errors import WorkflowError

INPUT_NODE, OUTPUT_NODE = "-10", "-20"  # the ends of a subgraph: where links come in, and where they leave
RUN, MUTED, BYPASSED = 0, 2, 4
NODES_MAX = 20_000
ID_LENGTH = 80

Kind = Literal["ours", "api", "ui"]


def _id(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("an id is a whole number or text")
    if isinstance(value, int) and abs(value) > 10**ID_LENGTH:  # so long a number cannot even be written out quickly
        raise ValueError(f"an id has at most {ID_LENGTH} characters")
    text = str(value)
    if not text or len(text) > ID_LENGTH or not text.isprintable():
        raise ValueError(f"an id has 1 to {ID_LENGTH} visible characters")
    return text


def _index(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 7:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise ValueError("a slot is a number from 0")
    return value


def _type(value: object) -> str:
    """A slot's type; old files list a choice's options there, and write 0 or -1 for anything or an event."""
    if isinstance(value, str):
        return value or "*"
    return "COMBO" if isinstance(value, list) else "*"


def _list(value: object) -> object:
    """Nothing counts as an empty list, and an object of things with ids as the list of them."""
    if value is None:
        return []
    items = list(value.values()) if isinstance(value, dict) else value
    return [item for item in items if item is not None] if isinstance(items, list) else items


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _widget(value: object) -> str:
    """The widget that an input slot belongs to, "" for none."""
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else ""


def _link(value: object) -> object:
    """A link of schema 0.4, `[id, origin, slot, target, slot, type]`, as schema 1.0 has it."""
    if not isinstance(value, list):
        return value
    if len(value) < 5:
        raise ValueError("a link is [id, origin, slot, target, slot, type]")
    return dict(zip(("id", "origin_id", "origin_slot", "target_id", "target_slot"), value, strict=False))


Id = Annotated[str, BeforeValidator(_id)]
Index = Annotated[int, BeforeValidator(_index)]
SlotType = Annotated[str, BeforeValidator(_type)]
Object = Annotated[dict[str, Any], BeforeValidator(_object)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Slot(_Read):
    """An input or an output of a node. `link`: the link that an input hangs on; `widget`: the widget it stands for."""

    name: str = ""
    type: SlotType = "*"
    link: Id | None = None
    widget: Annotated[str, BeforeValidator(_widget)] = ""


Slots = Annotated[tuple[Slot, ...], BeforeValidator(_list)]


class Node(_Read):
    """A node as it was saved; `values` are its widgets' values, by position or by name."""

    id: Id
    type: str
    mode: int = RUN
    title: str | None = None
    inputs: Slots = ()
    outputs: Slots = ()
    values: list[Any] | dict[str, Any] | None = Field(default=None, alias="widgets_values")
    named: Object = Field(default={}, alias="widgets_values_named")
    properties: Object = {}

    def shown(self) -> str:
        """How messages name it."""
        return f"node {self.id} ({self.type})"


class Link(_Read):
    """A link from an output to an input."""

    id: Id
    origin: Id = Field(alias="origin_id")
    origin_slot: Index
    target: Id = Field(alias="target_id")
    target_slot: Index


class Boundary(_Read):
    """An input or an output of a subgraph, with the links inside that hang on it."""

    name: str = ""
    type: SlotType = "*"
    links: Annotated[tuple[Id, ...], BeforeValidator(_list)] = Field(default=(), alias="linkIds")


class Net(_Read):
    """A graph: the outermost one, or a subgraph's inside."""

    nodes: Annotated[tuple[Node, ...], BeforeValidator(_list)]
    links: Annotated[tuple[Annotated[Link, BeforeValidator(_link)], ...], BeforeValidator(_list)] = ()
    inputs: Annotated[tuple[Boundary, ...], BeforeValidator(_list)] = ()
    outputs: Annotated[tuple[Boundary, ...], BeforeValidator(_list)] = ()

    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}


class Subgraph(Net):
    id: Id
    name: str = ""


class _Definitions(_Read):
    subgraphs: Annotated[tuple[Subgraph, ...], BeforeValidator(_list)] = ()


class Document(Net):
    """A whole file of the editor."""

    definitions: Annotated[_Definitions, BeforeValidator(_object)] = _Definitions()
    extra: Object = {}

    def subgraphs(self) -> dict[str, Subgraph]:
        return {entry.id: entry for entry in self.definitions.subgraphs}


def kind_of(value: object) -> Kind:
    """What sort of workflow a JSON value is. Raises `WorkflowError` when it is none."""
    if isinstance(value, Mapping):
        if isinstance(value.get("graph"), Mapping) and "expected_inputs" in value:
            return "ours"
        if isinstance(value.get("nodes"), (list, Mapping)):
            return "ui"
        if value and any(isinstance(entry, Mapping) and "class_type" in entry for entry in value.values()):
            return "api"
    raise WorkflowError(
        "this is no ComfyUI workflow",
        "",
        "save it in ComfyUI with Workflow > Export or Export (API), or give a picture",
    )


def unwrapped(value: object) -> object:
    """The workflow inside what tools wrap around it: a request's `prompt`, the editor's `{workflow, output}`."""
    if isinstance(value, Mapping) and not isinstance(value.get("nodes"), list):
        for key in ("prompt", "output", "workflow"):
            inner = value.get(key)
            if isinstance(inner, Mapping) and not any(key in inner for key in ("class_type", "inputs")):
                return inner
    return value


def parse_ui(value: object, file: str = "") -> Document:
    """The editor's file in a JSON value. Raises `WorkflowError` with every problem, each with its JSON path."""
    try:
        document = Document.model_validate(value)
    except ValidationError as error:
        raise refused(
            [_problem(entry) for entry in error.errors(include_url=False, include_input=False)], file
        ) from None
    if problems := [*_oversized(document), *_repeated("", document), *_grouped(document)]:
        raise refused(problems, file)
    return document


def refused(problems: list[str], file: str) -> WorkflowError:
    count = len(problems)
    what = problems[0] if count == 1 else f"{count} problems in a workflow of the editor; the first: {problems[0]}"
    return WorkflowError(what, file, "correct it in ComfyUI's editor and save it again", problems)


def _problem(entry: Mapping[str, Any]) -> str:
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])
    return f"{path}: {str(entry['msg']).removeprefix('Value error, ')}"


def _oversized(document: Document) -> Iterator[str]:
    count = len(document.nodes) + sum(len(entry.nodes) for entry in document.definitions.subgraphs)
    if count > NODES_MAX:
        yield f"$.nodes: {count} nodes; allowed: at most {NODES_MAX}"


def _repeated(path: str, document: Document) -> Iterator[str]:
    """Ids that occur twice: links would be ambiguous."""
    nets: list[tuple[str, Net]] = [("$", document)]
    nets += [(f"$.definitions.subgraphs[{i}]", entry) for i, entry in enumerate(document.definitions.subgraphs)]
    for place, net in nets:
        counts = Counter(node.id for node in net.nodes)
        yield from (f"{place}.nodes: the id {name} occurs {count} times" for name, count in counts.items() if count > 1)
    counts = Counter(entry.id for entry in document.definitions.subgraphs)
    yield from (f"$.definitions.subgraphs: {name} occurs {count} times" for name, count in counts.items() if count > 1)


def _grouped(document: Document) -> Iterator[str]:
    """Group nodes, which the editor itself gave up for subgraphs."""
    for index, node in enumerate(document.nodes):
        if node.type.startswith(("workflow>", "workflow/")):
            todo = "open it in ComfyUI, right-click the node, Convert to Subgraph (or Convert to nodes), save it again"
            yield f"$.nodes[{index}]: {node.shown()} is a group node, which cannot be converted: {todo}"
