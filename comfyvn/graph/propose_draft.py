"""The header of a workflow file while it grows: what is proposed for it, and what its author should look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.propose_trace import Traced
from comfyvn.graph.template import Workflow

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
    """An input for these addresses, with the value that the graph holds; nothing where all of them are taken."""
    free = [place for place in dict.fromkeys(places) if place not in draft.taken]
    target = draft.traced.input(free[0]) if free else None
    if target is None:
        return
    types = {draft.traced.input(place).type for place in free if draft.traced.input(place)}  # type: ignore[union-attr]
    if len(types) > 1:
        free = [place for place in free if (entry := draft.traced.input(place)) and entry.type == target.type]
    default = draft.traced.value(free[0])
    given: dict[str, Any] = {"type": _KINDS.get(target.type, "text")}
    given |= {"required": True} if required else {"default": default}
    if given["type"] == "float" and isinstance(default, int) and not required:
        given["default"] = float(default)
    declare(draft, name, given, free)
    shown = "" if required else str(default) if len(str(default)) <= 40 else f"{str(default)[:39]}…"
    draft.lines.append(Line(name, given["type"], tuple(free), shown))


def declare(draft: Draft, name: str, entry: dict[str, Any], places: list[str]) -> None:
    spec = draft.canonical.expected_inputs.get(name) if draft.canonical else None
    doc = spec.doc if spec else _DOCS.get(name, "")
    draft.inputs[name] = {"type": entry["type"], **({"doc": doc} if doc else {}), **entry, "to": places}
    draft.taken.update(places)


def free(name: str, taken: Mapping[str, Any]) -> str:
    if name not in taken:
        return name
    return next(f"{name}_{n}" for n in range(2, len(taken) + 3) if f"{name}_{n}" not in taken)
