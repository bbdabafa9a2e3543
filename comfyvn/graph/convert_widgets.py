"""What the widgets of a node in the editor's file hold: saved by position or by name, next to values of no input.

Facts about ComfyUI's editor: its widgets stand in the order of the class's inputs; a seed is followed by what to do
with it after a run; a choice of files is followed, after the required inputs, by its upload button; an input that takes
links alone (`forceInput`) has none, though old files kept a place for it. Some nodes have buttons in between, or
choices that their user wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comfyvn.graph.definitions import COMBO, EDITOR_TYPES, MADE_BY_EDITOR, OWN_CHOICES, WIDGET_TYPE, Input, NodeClass
from comfyvn.graph.dynamic import live
from comfyvn.graph.ui import Node

ABSENT: Any = object()  # the widget has no value, not even null
WIDGET_TYPES = EDITOR_TYPES | {COMBO}
SEED_NAMES = ("seed", "noise_seed")
AFTER_RUN = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
NESTED = 8  # inputs that bring inputs that bring inputs
UPLOADS = ("image_upload", "audio_upload", "video_upload")
BUTTONS = ("upload3dmodel", "uploadExtraResources", "clear")  # of a node that shows a model, before the view
VIEW = "LOAD_3D"
COMPARISON = "IMAGECOMPARE"  # its widget is posted, and saved nowhere


@dataclass(frozen=True)
class Place:
    """A place in `widgets_values`: of the widget `name`, of a companion of one ("control", "filter", "upload",
    "button"), or of an input that takes links alone ("forced"). "unsaved": a widget that has no place.
    """

    name: str
    kind: str = "value"


def has_widget(entry: Input, node: Node) -> bool:
    """Whether the editor shows a widget for this input; types that a pack added are known from the saved slots."""
    if entry.config.get("forceInput"):
        return False
    return _widget_type(entry) in WIDGET_TYPES or any(slot.widget == entry.name for slot in node.inputs)


def _widget_type(entry: Input) -> str:
    """The type that the editor's widget has: of a union, the one that the definition names for it."""
    return str(entry.config.get(WIDGET_TYPE, entry.type))


def places(node: Node, known: NodeClass, given: Mapping[str, Any]) -> list[Place]:
    """Everything that `widgets_values` has a place for when the node's inputs hold `given`."""
    required, optional = (_section(node, known, given, wanted) for wanted in (True, False))
    keys = [key for key in UPLOADS if any(entry.config.get(key) for entry in known.inputs)]
    # A sound has a player as well as a button.
    uploads = [Place("", "upload")] * sum(2 if key == "audio_upload" else 1 for key in keys)
    written = _written_choices(node) if node.type in OWN_CHOICES else []
    return [*required, *uploads, *optional, *written]


def _section(node: Node, known: NodeClass, given: Mapping[str, Any], required: bool) -> list[Place]:
    """The places of the required or of the optional inputs; what an input brings stands behind it, required or not."""
    inputs = tuple(entry for entry in known.inputs if entry.required is required)
    return [place for entry in live(replace(known, inputs=inputs), given).inputs for place in _places(entry, node)]


def _written_choices(node: Node) -> list[Place]:
    """Which of the choices is chosen, then the choices, as their user wrote them."""
    count = len(node.values) if isinstance(node.values, list) else 0
    return [Place("index"), *(Place(f"option{number}") for number in range(1, count - 1))][: max(0, count - 1)]


def _places(entry: Input, node: Node) -> Iterator[Place]:
    if entry.type == COMPARISON:
        yield Place(entry.name, "unsaved")
        return
    if entry.type.startswith(VIEW):
        yield from [Place("", "button")] * len(BUTTONS)
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
    if _widget_type(entry) == "INT" and control:
        yield Place(entry.name, "control")
    if entry.is_choice and control:
        yield Place(entry.name, "control")
        yield Place(entry.name, "filter")


def own_values(node: Node, known: NodeClass) -> dict[str, Any]:
    """Widget → the value that is saved in the node, else the class's default; `ABSENT` where there is neither."""
    slots = {slot.name: True for slot in node.inputs if slot.link is not None or slot.widget}
    found: dict[str, Any] = {}
    for _ in range(NESTED):  # a value may bring further inputs, whose values stand behind it
        before, found = found, _values(node, known, {**slots, **found})
        if found == before:
            break
    return found


def with_index(class_type: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs, where the choices of a node are its user's own: with the place of the chosen one among them."""
    written = [inputs.get(f"option{number}") for number in range(1, len(inputs))]
    if class_type not in OWN_CHOICES or inputs.get("choice") not in written:
        return inputs
    return {**inputs, "index": written.index(inputs["choice"])}


def _values(node: Node, known: NodeClass, given: Mapping[str, Any]) -> dict[str, Any]:
    everything = places(node, known, given)
    saved = _saved(node, everything)
    inputs = live(known, given).inputs
    names = {entry.name: entry for entry in inputs}
    found: dict[str, Any] = {}
    for name in [place.name for place in everything if place.kind in ("value", "unsaved")]:
        found[name] = saved[name] if name in saved else _default(names.get(name))
        if name in names and names[name].type in MADE_BY_EDITOR and not found[name]:
            found[name] = ABSENT
    for entry in inputs:  # inputs that a choice adds to its node (VideoHelperSuite)
        found |= {
            extra.name: saved[extra.name] for extra in entry.format_inputs(found.get(entry.name)) if extra.name in saved
        }
    return found


def _saved(node: Node, everything: Sequence[Place]) -> dict[str, Any]:
    """Widget → saved value. Places count where they fit the class, as in the editor; else the names beside them do."""
    if isinstance(node.values, dict):
        return {**node.values, **node.named}
    found, fits = _by_position(everything, node.values or [])
    return {**node.named, **found} if fits else {**found, **node.named}


def _by_position(everything: Sequence[Place], values: Sequence[Any]) -> tuple[dict[str, Any], bool]:
    """(widget → value, whether there are as many values as places)."""
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
    if place.kind == "unsaved":
        return True
    if place.kind == "forced":
        return not forced
    if place.kind == "button":
        return not (rest and isinstance(rest[0], str) and rest[0] in BUTTONS)
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
    return _EMPTY.get(_widget_type(entry), ABSENT)


_EMPTY: Mapping[str, Any] = {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False, COMPARISON: ["", ""]}
