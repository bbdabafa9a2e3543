"""`comfyvn.yaml`: the novel itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from comfyvn.contracts.model import Colour, Contract, File, Flag, Id, Language, Model, Size, Whole
from comfyvn.contracts.style import StyleUse
from comfyvn.contracts.voice import Voice

Variable = Flag | Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)] | str
Staleness = Literal["content", "style", "pins"]
ExportName = Literal["renpy", "bundle", "web"]


class Engines(Model):
    """What makes each kind of artifact."""

    image: Literal["draft", "comfyui"] = "draft"
    video: Literal["draft", "comfyui"] = "draft"
    voice: tuple[str, ...] = ("espeak",)


class Theme(Model):
    """Colours and sizes of the game's own screens."""

    accent: Colour = "#d9a441"
    ink: Colour = "#f4efe6"
    paper: Colour = "#1d2430"
    text_size: Annotated[int, Field(strict=True, ge=12, le=96)] = 36


class Novel(Contract):
    """The whole novel: title, languages, resolution, default style, engines, exports."""

    id: Id
    title: str
    author: str = ""
    description: str = ""
    release: str = Field(default="1.0", pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$", description="the game's version")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    resolution: Size = (1920, 1080)
    start: Id = Field(description="scene that begins the story")
    style: StyleUse = Field(description="default style: an id, or an id with changes")
    engines: Engines = Engines()
    voiced: Literal["all", "main", "none"] = "all"
    narrator: Voice = Voice()
    variables: dict[Id, Variable] = Field(default_factory=dict, description="story variables and their first values")
    font: File | None = Field(default=None, description="font of the game's text; the engine's own when left out")
    fonts: dict[Language, File] = Field(default_factory=dict, description="fonts of single languages")
    theme: Theme = Theme()
    exports: tuple[ExportName, ...] = ("renpy",)
    rating: Literal["everyone", "teen", "mature", "adult"] = "everyone"
    rebuild: tuple[Staleness, ...] = Field(
        default=("content", "style", "pins"), description="classes of staleness that render by themselves"
    )
    cache_limit_gb: Whole = Field(default=0, description="0: no limit")
