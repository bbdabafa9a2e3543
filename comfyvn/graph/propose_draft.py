"""The header of a workflow file while it grows: what is proposed for it, and what its author should look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.template import Workflow
from comfyvn.graph.traced import Traced

_DOCS = {
    "prompt": "what is to be seen",
    "negative": "what must not be in the picture",
    "steps": "sampling steps",
    "cfg": "how closely the prompt is followed",
    "guidance": "how closely the prompt is followed (distilled guidance)",
    "sampler_name": "the sampler",
    "scheduler": "its schedule of noise",
    "denoise": "how much of the given picture is repainted",
    "detail_denoise": "how much of a detail is repainted",
    "width": "width of the rendered picture in pixels",
    "height": "height of the rendered picture in pixels",
    "output_width": "width of the finished picture in pixels",
    "output_height": "height of the finished picture in pixels",
}
_KINDS = {"INT": "int", "FLOAT": "float", "STRING": "text", "BOOLEAN": "bool", "COMBO": "choice"}


@dataclass(frozen=True)
class Line:
    """One proposal for the table: a name, its type, where it goes, and a remark."""

    name: str
    type: str
    to: tuple[str, ...]
    note: str = ""


@dataclass
class Draft:
    """The header while it grows. `taken`: addresses that have an input already."""

    traced: Traced
    canonical: Workflow | None
    names: ModelNames
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    seeds: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    optional: dict[str, Any] = field(default_factory=dict)
    expand: dict[str, Any] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    look: list[str] = field(default_factory=list)

    def wants(self, name: str) -> bool:
        """Whether the canonical workflow has this input, which then nobody has taken yet."""
        return self.canonical is not None and name in self.canonical.expected_inputs and name not in self.inputs


def bind(draft: Draft, name: str, places: Iterable[str], required: bool = False) -> None:
    """An input for these addresses, with the value that the graph holds; nothing where all of them are taken.

    It is required if `required` says so and whoever uses the family gives it.
    """
    left = [place for place in dict.fromkeys(places) if place not in draft.taken and draft.traced.input(place)]
    kind = _kind(draft, left[0]) if left else ""
    left = [place for place in left if _kind(draft, place) == kind]
    if not left:
        return
    name = free(name, draft.inputs)
    default = draft.traced.value(left[0])
    needed = required and gives(draft, name)
    if required and not needed:
        draft.look.append(f"{name} keeps its words, because {_family(draft)} is given no input of this name")
    given: dict[str, Any] = {"type": kind, **({"required": True} if needed else {"default": default})}
    if kind == "float" and isinstance(default, int) and not needed:
        given["default"] = float(default)
    declare(draft, name, given, left)
    draft.lines.append(Line(name, kind, tuple(left), "" if needed else shown(default)))


def shown(value: object) -> str:
    """A value as a remark of one short line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def gives(draft: Draft, name: str) -> bool:
    """Whether whoever uses the family gives this input; of a family of one's own anything may be asked."""
    return draft.canonical is None or name in draft.canonical.expected_inputs


def _family(draft: Draft) -> str:
    return draft.canonical.workflow_id if draft.canonical else ""


def _kind(draft: Draft, place: str) -> str:
    """What a node input takes, as a header says it; of a union, the first that a header has a word for."""
    entry = draft.traced.input(place)
    names = [part.strip() for part in entry.type.split(",")] if entry else []
    return next((_KINDS[name] for name in names if name in _KINDS), "text")


def declare(draft: Draft, name: str, entry: dict[str, Any], places: list[str]) -> None:
    spec = draft.canonical.expected_inputs.get(name) if draft.canonical else None
    doc = spec.doc if spec else _DOCS.get(name, "")
    draft.inputs[name] = {"type": entry["type"], **({"doc": doc} if doc else {}), **entry, "to": places}
    draft.taken.update(places)


def free(name: str, taken: Mapping[str, Any]) -> str:
    if name not in taken:
        return name
    return next(f"{name}_{n}" for n in range(2, len(taken) + 3) if f"{name}_{n}" not in taken)
