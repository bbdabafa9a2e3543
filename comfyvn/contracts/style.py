"""How pictures look: checkpoint, LoRAs, prompt words, sampler and sizes, and how a cell inherits them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from comfyvn.contracts.bases import UNKNOWN, family
from comfyvn.contracts.model import Contract, Id, Model, Real, Size

Steps = Annotated[int, Field(strict=True, ge=1, le=10000)]
Cfg = Annotated[float, Field(strict=True, ge=0, le=100)]


UPSCALE = "logical name of an upscaling model; without one pictures are only resized"
HERO = "logical name of the FLUX model that paints the heroes of stills; without one the checkpoint does"
MATTE = (
    "where sprites are cut out of their ground: in the render (the default), or by a target of its own, so that what "
    "was rendered can be retouched before it is cut out"
)
NONE = "none"

IN_RENDER: Literal["in_render"] = "in_render"
Matte = Literal["in_render", "own_target"]


class Lora(Model):
    """One LoRA of the registry and how strongly it acts."""

    model: str = Field(description="logical name in the model registry")
    weight: Annotated[float, Field(strict=True, ge=-100, le=100)] = Field(
        default=1.0, description="how strongly it acts"
    )


class Sizes(Model):
    """Sizes that are rendered, in pixels (width, height); plates and stills are fitted to the game's resolution."""

    sprite: Size | None = None
    background: Size | None = None
    still: Size | None = None


class StyleChange(Model):
    """What a character, a location or a cell says differently; everything left out is inherited."""

    id: Id | None = Field(default=None, description="start from this style instead of the inherited one")
    checkpoint: str | None = Field(default=None, description="logical name of the checkpoint in the model registry")
    loras: tuple[Lora, ...] | None = None
    prompt: str | None = Field(default=None, description="words added to every prompt")
    negative: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: Steps | None = None
    cfg: Cfg | None = None
    size: Sizes | None = None
    upscale: str | None = Field(default=None, description=f'{UPSCALE}; "none" takes an inherited one back')
    hero: str | None = Field(default=None, description=f'{HERO}; "none" takes an inherited one back')
    matte: Matte | None = Field(default=None, description=MATTE)


StyleUse = str | StyleChange


class Style(Contract):
    """`data/styles/<id>.json`: a complete look."""

    id: Id
    name: str = ""
    checkpoint: str = Field(default="sdxl_base", description="logical name of the checkpoint in the model registry")
    loras: tuple[Lora, ...] = ()
    prompt: str = Field(default="", description="words added to every prompt")
    negative: str = Field(default="", description="words for what no picture should show")
    sampler: str = "dpmpp_2m"
    scheduler: str = "karras"
    steps: Steps = 28
    cfg: Cfg = 6.0
    size: Sizes = Sizes()
    upscale: str | None = Field(default=None, description=UPSCALE)
    hero: str | None = Field(default=None, description=HERO)
    matte: Matte | None = Field(default=None, description=MATTE)
    licence: str = Field(default="", description="what the style's pictures may be used for, as far as you know")


class Look(Model):
    """A style after inheritance, as one picture uses it: sizes are always there."""

    checkpoint: str
    loras: tuple[Lora, ...]
    prompt: str
    negative: str
    sampler: str
    scheduler: str
    steps: int
    cfg: float
    size: Size
    upscale: str | None = None
    hero: str | None = None
    matte: Matte = IN_RENDER


PictureKind = Literal["sprite", "background", "still"]
# What a family of checkpoints was trained on; the workflows' own defaults are the same.
DEFAULT_SIZES: Mapping[str, Mapping[PictureKind, Size]] = {
    "sdxl": {"sprite": (832, 1216), "background": (1344, 768), "still": (1344, 768)},
    "sd15": {"sprite": (512, 768), "background": (912, 512), "still": (912, 512)},
}


def default_size(kind: PictureKind, base: str) -> Size:
    """The size that a checkpoint of this base paints well at."""
    return DEFAULT_SIZES.get(family(base), DEFAULT_SIZES[UNKNOWN])[kind]


def style_ids(use: StyleUse | None) -> tuple[str, ...]:
    """The ids of styles that a use names."""
    if use is None:
        return ()
    if isinstance(use, str):
        return (use,)
    return (use.id,) if use.id else ()


FIELDS = (
    "checkpoint", "loras", "prompt", "negative", "sampler", "scheduler", "steps", "cfg", "upscale", "hero", "matte",
)  # fmt: skip
NO_BASES: Mapping[str, str] = {}
Use = tuple[str, StyleUse | None]  # the contract that uses a style (`characters/aya`), and what it says


def resolve(
    styles: Mapping[str, Style], kind: PictureKind, *uses: Use, bases: Mapping[str, str] = NO_BASES
) -> tuple[Look, dict[str, str]]:
    """The look of a `kind` of picture after `uses`, outermost first (novel, character or location, cell).

    Also who said each of its fields: field → contract (`styles/ink`, `characters/aya`); defaults are nobody's. `bases`:
    logical name → base of models, which decides a size that nobody says. Raises KeyError for an unknown style id;
    `comfyvn check` has reported it before.
    """
    values: dict[str, object] = {}
    said_by: dict[str, str] = {}
    size: Size | None = None
    for contract, layer in (entry for use in uses for entry in _layers(styles, *use)):
        stated = {name: value for name in FIELDS if (value := getattr(layer, name)) is not None}
        if layer.size is not None and (found := _sizes(layer.size)[kind]) is not None:
            size, said_by["size"] = found, contract
        values.update(stated)
        said_by.update(dict.fromkeys(stated, contract))
    values |= {name: None for name in ("upscale", "hero") if values.get(name) == NONE}
    size = size or default_size(kind, bases.get(str(values.get("checkpoint")), ""))
    return Look.model_validate({**values, "size": size}), said_by


def _layers(styles: Mapping[str, Style], contract: str, use: StyleUse | None) -> list[tuple[str, Style | StyleChange]]:
    if use is None:
        return []
    named = use if isinstance(use, str) else use.id
    base: list[tuple[str, Style | StyleChange]] = [(f"styles/{named}", styles[named])] if named else []
    return base if isinstance(use, str) else [*base, (contract, use)]


def _sizes(size: Sizes) -> dict[str, Size | None]:
    return {"sprite": size.sprite, "background": size.background, "still": size.still}


Strength = Annotated[Real, Field(ge=0, le=10)]
