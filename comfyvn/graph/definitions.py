"""What every ComfyUI node class takes and gives, read from our facts file or from a server's `/object_info`.

Two spellings of the same thing are read:

- the facts file `providers/nodes.json` (see `from_facts`): names, types, ranges, options and packs, nothing else;
- the answer of `GET /object_info` (see `from_object_info`), with both forms of a choice: `[["a", "b"], {…}]` and
  `["COMBO", {"options": ["a", "b"]}]`.

An input whose options are files of the server carries a folder instead (`Input.folder`): which files are there is a
property of a machine, not of a node. `Definitions.with_options` fills such folders in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

COMBO = "COMBO"
ANY = "*"
CORE_PACK = "ComfyUI"
TOP_LEVEL = frozenset({"LoadAudioPath", "LoadSRT"})  # classes that list what lies directly in the input folder alone
# Types of which a literal is a value; the editor has a widget for each. The later ones came after ComfyUI 0.3.64.
PLAIN_TYPES = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN"})
LATER_PLAIN_TYPES = frozenset(
    {"MARKDOWN", "COLOR", "COLORS", "TEXTAREA", "BOUNDING_BOX", "BOUNDING_BOXES", "CURVE", "RANGE", "CHART", "PAINTER"}
    | {"COMPOSITOR", "VIDEO_EDIT", "GALLERIA", "IMAGECOMPARE", "COMFY_DYNAMICCOMBO_V3"}
)
# Types whose value the editor makes when a workflow is started: a view of a model, a camera's picture, a recording.
MADE_BY_EDITOR = frozenset({"LOAD_3D", "LOAD_3D_ANIMATION", "WEBCAM", "AUDIO_RECORD"})
EDITOR_TYPES = PLAIN_TYPES | LATER_PLAIN_TYPES | MADE_BY_EDITOR
OWN_CHOICES = frozenset({"CustomCombo"})  # classes that list no choice, because their user writes the choices
# What the types that bring further inputs say of these (see `graph.dynamic`).
WIDGET_TYPE = "widgetType"  # of a union: which of its types the editor has a widget for; without it, it has none
_DYNAMIC_KEYS = ("options", "template", "slotType", "inputs")
DYNAMIC = "COMFY_"
MATCHED = "COMFY_MATCHTYPE_V3"
_CORE_MODULES = ("nodes", "comfy_extras", "comfy_api_nodes")

# What a definition may say about an input, besides its type. All else in /object_info is prose or layout.
CONFIG_KEYS = (
    "default",
    "min",
    "max",
    "step",
    "round",
    "multiline",
    "forceInput",
    "dynamicPrompts",
    "control_after_generate",
    "image_upload",
    "audio_upload",
    "video_upload",
    "multiselect",
    "formats",
)

Option = str | int | float | bool


@dataclass(frozen=True)
class Input:
    """One input of a node class.

    `type` is ComfyUI's type name (`INT`, `MODEL`, `AUDIO,VHS_AUDIO`, `*`), `COMBO` for a choice. A choice has
    `options`; `None` there means that its options are the files of `folder`, which nobody has listed yet: any name may
    be right. `also` are the fixed options beside the files. `listed`: the older form of a choice (`[[…], {}]`).
    """

    name: str
    type: str
    required: bool = True
    options: tuple[Option, ...] | None = None
    folder: str = ""
    also: tuple[Option, ...] = ()
    listed: bool = True
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_choice(self) -> bool:
        return self.type == COMBO

    @property
    def is_widget(self) -> bool:
        """Whether a literal may stand here; every other type is made by nodes alone."""
        return self.is_choice or ANY in self.types or bool(EDITOR_TYPES & self.types)

    @property
    def types(self) -> frozenset[str]:
        return frozenset(part.strip() for part in self.type.split(","))

    def wire_type(self) -> str | list[Option]:
        """The type as `/object_info` gives it: a list of options for the older form of a choice."""
        return list(self.options or ()) if self.is_choice and self.listed else self.type

    def wire(self) -> list[Any]:
        """The whole definition as `/object_info` gives it: `[type, config]`."""
        config = dict(self.config)
        if self.is_choice and not self.listed:
            config["options"] = list(self.options or ())
        return [self.wire_type(), config]

    def format_inputs(self, value: object) -> tuple[Input, ...]:
        """Inputs that this choice adds to its node when it holds `value` (VideoHelperSuite's per-format inputs)."""
        formats = self.config.get("formats")
        entries = formats.get(value, ()) if isinstance(formats, Mapping) and isinstance(value, str) else ()
        return tuple(parse_input(str(entry[0]), entry[1:3], required=False) for entry in entries)


@dataclass(frozen=True)
class Output:
    type: str
    name: str
    is_list: bool = False


@dataclass(frozen=True)
class NodeClass:
    """One node class: `pack` names who provides it, `inputs` keep the order of the node's own definition."""

    name: str
    pack: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    hidden: Mapping[str, Any] = field(default_factory=dict)
    output_node: bool = False
    deprecated: bool = False

    def input(self, name: str) -> Input | None:
        return next((entry for entry in self.inputs if entry.name == name), None)

    def wire(self) -> dict[str, Any]:
        """This class as `/object_info` describes it (titles and categories are ours: facts hold no prose)."""
        groups: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
        for entry in self.inputs:
            groups["required" if entry.required else "optional"][entry.name] = entry.wire()
        shown = {key: group for key, group in groups.items() if group}
        if self.hidden:
            shown["hidden"] = dict(self.hidden)
        answer = {
            "input": shown,
            "input_order": {key: list(group) for key, group in shown.items()},
            "output": [output.type for output in self.outputs],
            "output_is_list": [output.is_list for output in self.outputs],
            "output_name": [output.name for output in self.outputs],
            "name": self.name,
            "display_name": self.name,
            "description": "",
            "python_module": "nodes" if self.pack == CORE_PACK else f"custom_nodes.{self.pack}",
            "category": self.pack,
            "output_node": self.output_node,
        }
        return {**answer, "deprecated": True} if self.deprecated else answer


@dataclass(frozen=True)
class Definitions:
    """Every node class that is known, by name. `comfyui` is the version they were read from, "" if not said."""

    classes: Mapping[str, NodeClass]
    comfyui: str = ""

    def __contains__(self, name: object) -> bool:
        return name in self.classes

    def __iter__(self) -> Iterator[str]:
        return iter(self.classes)

    def get(self, name: str) -> NodeClass | None:
        return self.classes.get(name)

    def with_options(self, folders: Mapping[str, Sequence[str]]) -> Definitions:
        """These definitions on a machine whose model folders hold `folders` (folder name → file names, in order)."""
        classes = {
            name: replace(node, inputs=tuple(_filled(entry, folders, name in TOP_LEVEL) for entry in node.inputs))
            for name, node in self.classes.items()
        }
        return replace(self, classes=classes)

    def to_object_info(self) -> dict[str, dict[str, Any]]:
        """The answer of `GET /object_info` of a server with these classes; folders that nobody listed are empty."""
        return {name: node.wire() for name, node in self.classes.items()}


def _filled(entry: Input, folders: Mapping[str, Sequence[str]], flat: bool) -> Input:
    if not entry.folder or entry.folder not in folders:
        return entry
    names = [name for name in folders[entry.folder] if not flat or "/" not in name]
    return replace(entry, options=(*entry.also, *names))


def parse_input(name: str, spec: Sequence[Any], required: bool, lists: Mapping[str, Sequence[Option]] = {}) -> Input:
    """An input from `[type]` or `[type, config]`, in the spelling of `/object_info` or of our facts file.

    In the facts file a choice is a list, `{"folder": …, "also": […]}` or `{"list": name}` (a list that several
    inputs share, see `lists`); the newer form has one of these under `options`.
    """
    kind = spec[0]
    config = dict(spec[1]) if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    listed = not isinstance(kind, str)
    choices = config.pop("options", ()) if kind == COMBO else kind
    more = _DYNAMIC_KEYS if isinstance(kind, str) and kind.startswith(DYNAMIC) else ()
    more = (*more, WIDGET_TYPE) if isinstance(kind, str) and "," in kind else more
    kept = {key: config[key] for key in (*CONFIG_KEYS, *more) if key in config}
    if isinstance(kept.get("formats"), Mapping):  # past name, type and range a pack keeps encoder arguments there
        kept["formats"] = {name: [list(entry[:3]) for entry in rows] for name, rows in kept["formats"].items()}
    if not listed and kind != COMBO:
        return Input(name, str(kind), required, config=kept)
    options, folder, also = _choices(choices, lists)
    return Input(name, COMBO, required, options, folder, also, listed, kept)


def _choices(
    choices: object, lists: Mapping[str, Sequence[Option]]
) -> tuple[tuple[Option, ...] | None, str, tuple[Option, ...]]:
    """(options, folder, also) of a choice."""
    if isinstance(choices, Mapping) and lists and "list" in choices:
        return tuple(lists[choices["list"]]), "", ()
    if isinstance(choices, Mapping) and "folder" in choices:
        also = choices.get("also", ())
        return None, str(choices["folder"]), tuple(also) if isinstance(also, (list, tuple)) else ()
    return (tuple(choices) if isinstance(choices, (list, tuple)) else ()), "", ()


def from_facts(document: Mapping[str, Any]) -> Definitions:
    """Definitions from the facts file.

    `{"version": 1, "comfyui": "0.3.64", "lists": {name: [option…]}, "classes": {class: {"pack": name,
    "required"|"optional": [[input, type, config?]…], "hidden": {name: type}, "outputs": [[type, name, is_list?]…],
    "output_node"?: true, "deprecated"?: true}}}`. Raises `KeyError` or `TypeError` for a document of another shape.
    """
    lists = document.get("lists", {})
    classes = {name: _node_from_facts(name, node, lists) for name, node in document["classes"].items()}
    return Definitions(classes, str(document.get("comfyui", "")))


def _node_from_facts(name: str, node: Mapping[str, Any], lists: Mapping[str, Sequence[Option]]) -> NodeClass:
    inputs = [
        parse_input(entry[0], entry[1:], required, lists)
        for key, required in (("required", True), ("optional", False))
        for entry in node.get(key, ())
    ]
    return NodeClass(
        name,
        node["pack"],
        tuple(inputs),
        tuple(Output(entry[0], entry[1], bool(entry[2:] and entry[2])) for entry in node.get("outputs", ())),
        node.get("hidden", {}),
        bool(node.get("output_node", False)),
        bool(node.get("deprecated", False)),
    )


def from_object_info(answer: Mapping[str, Any], comfyui: str = "") -> Definitions:
    """Definitions from a server's `GET /object_info`.

    What a pack got wrong there is read leniently; an input or a class that makes no sense at all is left out: it must
    not hide what the other packs say.
    """
    read = {name: _leniently(name, node) for name, node in answer.items()}
    return Definitions({name: node for name, node in read.items() if node is not None}, comfyui)


def _leniently(name: str, node: Mapping[str, Any]) -> NodeClass | None:
    try:
        return _node_from_wire(name, node)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _node_from_wire(name: str, node: Mapping[str, Any]) -> NodeClass:
    given, order = node.get("input") or {}, node.get("input_order") or {}
    inputs = [
        parse_input(key, group[key], required)
        for section, required in (("required", True), ("optional", False))
        for group in (given.get(section) or {},)
        for key in order.get(section) or group
        if key in group and isinstance(group[key], (list, tuple)) and group[key]
    ]
    return NodeClass(
        name,
        pack_of(str(node.get("python_module", "nodes"))),
        tuple(inputs),
        _wire_outputs(node),
        given.get("hidden") or {},
        bool(node.get("output_node")),
        bool(node.get("deprecated")),
    )


def _wire_outputs(node: Mapping[str, Any]) -> tuple[Output, ...]:
    types = node.get("output") or ()
    names, are_lists = node.get("output_name") or types, node.get("output_is_list") or ()
    return tuple(
        Output(
            kind if isinstance(kind, str) else COMBO,
            str(names[i]) if i < len(names) else str(kind),
            bool(are_lists[i]) if i < len(are_lists) else False,
        )
        for i, kind in enumerate(types)
    )


def pack_of(module: str) -> str:
    """The pack behind a `python_module`: `custom_nodes.X` → `X`, ComfyUI's own modules → `ComfyUI`."""
    head, _, tail = module.partition(".")
    return CORE_PACK if head in _CORE_MODULES or not tail else tail
