"""What the widgets of a node in the editor's file hold: saved by position or by name, next to values of no input.

Facts about ComfyUI's editor: its widgets stand in the order of the class's inputs; a seed is followed by what to do
with it after a run; a choice of files is followed, after the required inputs, by its upload button; an input that takes
links alone (`forceInput`) has none, though old files kept a place for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comfyvn.graph.definitions import COMBO, LATER_PLAIN_TYPES, PLAIN_TYPES, Input, NodeClass
from comfyvn.graph.dynamic import live
from comfyvn.graph.ui import Node

ABSENT: Any = object()  # the widget has no value, not even null
WIDGET_TYPES = PLAIN_TYPES | LATER_PLAIN_TYPES | {COMBO}
SEED_NAMES = ("seed", "noise_seed")
AFTER_RUN = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
NESTED = 8  # inputs that bring inputs that bring inputs
UPLOADS = ("image_upload", "audio_upload", "video_upload")


@dataclass(frozen=True)
class Place:
    """A place in `widgets_values`: of the widget `name`, of a companion of one ("control", "filter", "upload"), or of
    an input that takes links alone ("forced").
    """

    name: str
    kind: str = "value"


def has_widget(entry: Input, node: Node) -> bool:
    """Whether the editor shows a widget for this input; types that a pack added are known from the saved slots."""
    if entry.config.get("forceInput"):
        return False
    return entry.type in WIDGET_TYPES or any(slot.widget == entry.name for slot in node.inputs)


def places(node: Node, known: NodeClass) -> list[Place]:
    """Everything that `widgets_values` has a place for, inputs that take links alone included."""
    required = [place for entry in known.inputs if entry.required for place in _places(entry, node)]
    optional = [place for entry in known.inputs if not entry.required for place in _places(entry, node)]
    keys = [key for key in UPLOADS if any(entry.config.get(key) for entry in known.inputs)]
    # A sound has a player as well as a button.
    uploads = [Place("", "upload")] * sum(2 if key == "audio_upload" else 1 for key in keys)
    return [*required, *uploads, *optional]


def _places(entry: Input, node: Node) -> Iterator[Place]:
    if not has_widget(entry, node):
        if entry.config.get("forceInput"):
            yield Place(entry.name, "forced")
            yield from _companions(entry)
        return
    yield Place(entry.name)
    yield from _companions(entry)
    if entry.is_choice and not entry.options:  # a choice that adds inputs nobody defined: they are saved as slots
        yield from (Place(slot.widget) for slot in node.inputs if slot.widget.startswith(f"{entry.name}."))


def _companions(entry: Input) -> Iterator[Place]:
    control = entry.config.get("control_after_generate", entry.name in SEED_NAMES)
    if entry.type == "INT" and control:
        yield Place(entry.name, "control")
    if entry.is_choice and control:
        yield Place(entry.name, "control")
        yield Place(entry.name, "filter")


def own_values(node: Node, known: NodeClass) -> dict[str, Any]:
    """Widget → the value that is saved in the node, else the class's default; `ABSENT` where there is neither."""
    slots = {slot.name: True for slot in node.inputs if slot.link is not None or slot.widget}
    found: dict[str, Any] = {}
    for _ in range(NESTED):  # a value may bring further inputs, whose values stand behind it
        before, found = found, _values(node, live(known, {**slots, **found}))
        if found == before:
            break
    return found


def _values(node: Node, known: NodeClass) -> dict[str, Any]:
    saved = _saved(node, known)
    names = {entry.name: entry for entry in known.inputs}
    found: dict[str, Any] = {}
    for name in [place.name for place in places(node, known) if place.kind == "value"]:
        found[name] = saved[name] if name in saved else _default(names.get(name))
    for entry in known.inputs:  # inputs that a choice adds to its node (VideoHelperSuite)
        found |= {
            extra.name: saved[extra.name] for extra in entry.format_inputs(found.get(entry.name)) if extra.name in saved
        }
    return found


def _saved(node: Node, known: NodeClass) -> dict[str, Any]:
    """Widget → saved value. Places count where they fit the class, as in the editor; else the names beside them do."""
    if isinstance(node.values, dict):
        return {**node.values, **node.named}
    found, fits = _by_position(node, known, node.values or [])
    return {**node.named, **found} if fits else {**found, **node.named}


def _by_position(node: Node, known: NodeClass, values: Sequence[Any]) -> tuple[dict[str, Any], bool]:
    """(widget → value, whether there are as many values as places)."""
    everything = places(node, known)
    old = [place for place in everything if place.kind in ("value", "control", "forced")]
    # Files from before inputs that take links alone lost their widget have a value for each of them as well.
    forced = any(place.kind == "forced" for place in old) and len(values) == len(old)
    found: dict[str, Any] = {}
    rest = list(values)
    for place in everything:
        if _is_skipped(place, rest, forced):
            continue
        if not rest:
            break
        value = rest.pop(0)
        if place.kind == "value":
            found[place.name] = value
    return found, not rest and len(found) == sum(place.kind == "value" for place in everything)


def _is_skipped(place: Place, rest: Sequence[Any], forced: bool) -> bool:
    """Whether nothing was saved for a place that only some files have."""
    if place.kind == "forced":
        return not forced
    if place.kind == "control":
        return not _is_control(rest)
    return place.kind == "filter" and not (rest and isinstance(rest[0], str))


def _is_control(rest: Sequence[Any]) -> bool:
    return bool(rest) and (rest[0] in AFTER_RUN if isinstance(rest[0], str) else isinstance(rest[0], bool))


def _default(entry: Input | None) -> Any:
    """What the editor shows in a widget that nothing was saved for."""
    if entry is None:
        return ABSENT
    if "default" in entry.config:
        return entry.config["default"]
    if entry.is_choice:
        return entry.options[0] if entry.options else ABSENT
    return {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False}.get(entry.type, ABSENT)
