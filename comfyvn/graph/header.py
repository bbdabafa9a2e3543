"""The header of a workflow file: which inputs a ComfyUI graph takes, where they go, and what it gives back.

The graph itself is in API form and holds valid example values, so that ComfyUI's own editor loads and runs it as it is;
nothing in it is a placeholder. docs/workflow-format.md shows all of this by example:

- An **address** `"15.seed"` is the input `seed` of node `15`.
- `expected_inputs`: name → `{type, doc, required, default, min, max, choices, unless, to, item}`. `to` lists the
  addresses that get the value. An input that is neither required nor has a default may be absent. `unless` names inputs
  that make a required one unneeded. Ranges and choices that the file leaves out are those of the addressed nodes.
- `seed_keys`: name → addresses. No address: no node uses that seed; it is recorded all the same.
- `outputs`: name → `{node, kind, index, on_request}`; only what feeds these nodes stays in a bound graph.
- `optional`: input → what happens while it is absent. `link`: `{"10.image": ["9", 0]}` joins an input elsewhere.
  `bypass`: `{"14": {"0": "14.positive", "1": "14.negative"}}` takes node 14 out; what was linked to its output 0 gets
  what its input `positive` is linked to. `null` in place of an address drops the consumer's (optional) input.
- `variants`: model input → what its family decides, `{fits, bases}`. `fits` names the model inputs that must be of the
  same family; `bases` holds, for each family (`sdxl`, `sd15`, `flux_schnell`), the defaults that differ from the
  file's.
- `expand`: list input → `{nodes, chain, items, first}`. `nodes` are the example nodes of one item; every further item
  gets a copy of them. `chain`: `{"5.model": "5.0"}` joins input `model` of a copy to output 0 of node 5 in the copy
  before. `items`: field of an item → addresses. `first` is a `bypass` for the first item alone, which has nothing
  before it to be joined to. The first item keeps the ids, item i (from 1) has `<id><i, three digits>`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "text", "int", "float", "seed", "bool", "choice", "image", "mask", "audio", "video", "model", "list", "schedule"
]  # fmt: skip
FILES: frozenset[Kind] = frozenset({"image", "mask", "audio", "video"})  # kinds whose values are files to upload
SEED_MAX = 2**64 - 1
ITEMS_MAX = 100


# JSON has no tuples: a strict model would refuse its lists.
Names = Annotated[tuple[str, ...], Field(strict=False)]
Link = Annotated[tuple[str, int], Field(strict=False)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class InputSpec(_Frozen):
    """One input of a workflow; `item` describes the fields of a list's items (their `to` is in `expand`)."""

    type: Kind
    doc: str = ""
    required: bool = False
    default: Any = None
    min: int | float | None = None
    max: int | float | None = None
    choices: Names = ()
    unless: Names = ()
    to: Names = ()
    item: dict[str, InputSpec] = {}


class OutputSpec(_Frozen):
    """What a node of the graph gives back: `index` picks one of a batch; `on_request`: only made where it is named."""

    node: str
    kind: Literal["image", "video", "audio"] = "image"
    index: int = 0
    on_request: bool = False


class Absence(_Frozen):
    """What is done to the graph while an input is absent."""

    link: dict[str, Link] = {}
    bypass: dict[str, dict[str, str | None]] = {}


class Expansion(_Frozen):
    """How a list becomes nodes."""

    nodes: Names
    chain: dict[str, str] = {}
    items: dict[str, Names]
    first: dict[str, dict[str, str | None]] = {}


class Variants(_Frozen):
    """What a model's family decides: defaults of other inputs, and which models go with it."""

    fits: Names = ()
    bases: dict[str, dict[str, Any]] = Field(min_length=1)


class Header(_Frozen):
    """A whole workflow file, as far as its shape is right."""

    workflow_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    family: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    doc: str = ""
    packs: Names
    models: dict[str, str] = {}
    expected_inputs: dict[str, InputSpec]
    seed_keys: dict[str, Names] = {}
    outputs: dict[str, OutputSpec] = Field(min_length=1)
    optional: dict[str, Absence] = {}
    variants: dict[str, Variants] = {}
    expand: dict[str, Expansion] = {}
    graph: dict[str, Any]


def split_address(address: str) -> tuple[str, str]:
    """`"15.seed"` → (`"15"`, `"seed"`)."""
    node, _, name = address.partition(".")
    return node, name
