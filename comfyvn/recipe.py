"""Recipes: the whole description of how an artifact is made, as values, and the fingerprint of one.

A recipe names its inputs (files of the novel, or other targets). Its fingerprint is taken when the inputs' content
digests are known; until then a plan can only say "maybe". Whatever may change the result is in the recipe; nothing
else is: no machine, path, file name, prefix or time.

Canonical JSON, version 1 (`fp1:` is its SHA-256). These rules never change; a new set gets a new prefix.

1. Objects: members whose value is null are left out; keys are strings in NFC, sorted by code point.
2. Arrays keep their order. Tuples are arrays.
3. Strings are in Unicode NFC.
4. Numbers: integers in decimal, of any size. Floats that are whole are written as integers (2.0 is 2, -0.0 is 0);
   others in the shortest decimal form that reads back as the same IEEE 754 double. NaN and infinities are refused.
5. A recipe's own members that are empty (null, "", [] or {}) are left out, so that a type of recipe can gain a member
   without changing a fingerprint: its default must be empty, and no default is ever changed.
6. UTF-8 without a byte-order mark, no white space, only the escapes that JSON demands.
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file of the novel, by its content."""

    path: str


@dataclass(frozen=True, slots=True)
class TargetInput:
    """A file that another target makes, by its content; `file` names it, "" means all that the target makes."""

    target: str
    file: str = ""


Input = FileInput | TargetInput


@dataclass(frozen=True)
class Render:
    """A ComfyUI graph whose server-given names are tokens ($input, $model, $prefix); makes one picture or sound."""

    kind: ClassVar[str] = "render"
    version: ClassVar[int] = 1
    engine: str
    workflow: str
    graph: Mapping[str, object]
    output: str
    output_node: str
    seeds: Mapping[str, int] = field(default_factory=dict)
    packs: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    pins: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class Patch:
    """A face repainted on an accepted base: the render is composited through a feathered mask.

    `box` is x, y, width, height as fractions of the canvas; `feather` the mask's soft edge as a fraction of the box's
    smaller side. Outside the mask the pixels are the base's.
    """

    kind: ClassVar[str] = "patch"
    version: ClassVar[int] = 1
    render: Render
    box: tuple[float, float, float, float]
    feather: float

    @property
    def engine(self) -> str:
        return self.render.engine

    @property
    def inputs(self) -> Mapping[str, Input]:
        return self.render.inputs


@dataclass(frozen=True)
class Pack:
    """Sprites trimmed and packed into atlas pages. Inputs: frame name → picture."""

    kind: ClassVar[str] = "pack"
    version: ClassVar[int] = 1
    engine: str
    name: str
    max_size: int = 4096
    padding: int = 2
    anchor: tuple[float, float] = (0.5, 1.0)
    inputs: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class Speak:
    """A line spoken by an engine, or (with the input `recording`) an actor's recording, levelled.

    `text` is what is heard: lexicon and normalisation are applied. `chunks`: the parts of it that are spoken one by
    one; () where it is spoken at once. `target_ms`: the length it is to have; `bits`: of a sample in the WAV, None for
    16; `conversion`: the second step that gives it another timbre (model, pitch in semitones, mix, and the bound
    `render`), {} for none. `respelt`: (start, stop, word) where characters of `text` stand for a word that is written
    otherwise, as subtitles show it; `phonemes`: (start, stop, IPA) where they are said as these sounds by engines that
    take IPA. The input `reference` is what cloning engines imitate.
    """

    kind: ClassVar[str] = "speak"
    version: ClassVar[int] = 1
    engine: str
    text: str
    language: str
    voice: Mapping[str, object] = field(default_factory=dict)
    engines: tuple[str, ...] = ()
    seed: int = 0
    loudness: float = -16.0
    peak: float = -1.0
    chunks: tuple[str, ...] = ()
    target_ms: int | None = None
    bits: int | None = None
    conversion: Mapping[str, object] = field(default_factory=dict)
    respelt: tuple[tuple[int, int, str], ...] = ()
    phonemes: tuple[tuple[int, int, str], ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class Copy:
    """Finished art taken as it is. Inputs: `file`. `size` (width, height) is what it is fitted to.

    `cover` fills the size and crops what is over; `contain` shows all of it, standing on the lower edge.
    """

    kind: ClassVar[str] = "copy"
    version: ClassVar[int] = 1
    engine: str
    size: tuple[int, int] | None = None
    fit: Literal["cover", "contain"] = "cover"
    inputs: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What an export holds, with content digests. Inputs: place in the export → artifact."""

    kind: ClassVar[str] = "manifest"
    version: ClassVar[int] = 1
    engine: str
    inputs: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """An export's folder. `texts`: place → generated text, fingerprinted by digest; inputs: the manifest, overlays."""

    kind: ClassVar[str] = "export"
    version: ClassVar[int] = 1
    engine: str
    export: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    facts: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)


Recipe = Render | Patch | Pack | Speak | Copy | Manifest | Export
EMPTY: tuple[object, ...] = (None, "", [], {})
_SIMPLE = frozenset({str, int, float, bool, type(None)})
LOCAL = "comfyvn"  # the engine of what is made here, by this package itself


def inputs_of(recipe: Recipe) -> Mapping[str, Input]:
    return recipe.inputs


def targets_of(recipe: Recipe) -> Iterator[str]:
    """Names of the targets whose artifacts a recipe needs, in the order of its inputs."""
    for item in recipe.inputs.values():
        if isinstance(item, TargetInput):
            yield item.target


def document(recipe: Recipe, digests: Mapping[str, str]) -> dict[str, object]:
    """The recipe as a JSON object, inputs replaced by their content digests (input name → digest)."""
    members = {name: value for name, value in _members(recipe, digests).items() if value not in EMPTY}
    return {"kind": recipe.kind, "version": recipe.version, **members}


def _members(recipe: Recipe, digests: Mapping[str, str]) -> dict[str, object]:
    members: dict[str, object] = {}
    for item in fields(recipe):
        value = getattr(recipe, item.name)
        if item.name == "inputs":
            members["inputs"] = {name: digests[name] for name in value}
        elif item.name == "texts":
            members["texts"] = {place: text_digest(text) for place, text in value.items()}
        elif isinstance(value, Render):
            members["render"] = document(value, digests)
        else:
            members[item.name] = plain(value)
    return members


def plain(value: object) -> object:
    """Tuples become lists and mappings dicts, so that a record reads back equal."""
    if type(value) in _SIMPLE:  # most of what an export holds; to ask for a mapping first would take far longer
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def text_digest(text: str) -> str:
    return "text:" + hashlib.sha256(text.encode()).hexdigest()


def canonical(value: object) -> bytes:
    """Canonical JSON of a value (the rules are in this module's docstring).

    Raises ValueError for NaN, infinities and values that are not JSON.
    """
    return json.dumps(_normal(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _normal(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", key): _normal(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    raise ValueError(f"{type(value).__name__} is not a JSON value")


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no place in JSON")
    return int(value) if value.is_integer() else value


def fingerprint(recipe_document: Mapping[str, object]) -> str:
    """`fp1:` and the SHA-256 of the canonical JSON of a recipe's document, in hex."""
    return "fp1:" + hashlib.sha256(canonical(recipe_document)).hexdigest()


def without_engine(recipe_document: Mapping[str, object]) -> dict[str, object]:
    """A recipe's document with the engine taken out: what two engines would be making alike."""
    rest = {key: value for key, value in recipe_document.items() if key != "engine"}
    render = rest.get("render")
    return {**rest, "render": without_engine(render)} if isinstance(render, Mapping) else rest
