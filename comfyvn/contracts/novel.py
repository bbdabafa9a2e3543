"""`comfyvn.yaml`: the novel itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from comfyvn.contracts.cache import CacheSettings
from comfyvn.contracts.exporting import Exporting
from comfyvn.contracts.model import Colour, Contract, File, Flag, Fraction, Id, Language, Model, Rating, Size, Whole
from comfyvn.contracts.pronunciation import Lexicon
from comfyvn.contracts.style import StyleUse
from comfyvn.contracts.voice import Voice, VoiceCheck

Variable = Flag | Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)] | str
Staleness = Literal["content", "style", "pins"]
ExportName = Literal["renpy", "bundle", "web"]


Letters = Annotated[int, Field(strict=True, ge=12, le=96)]


class Engines(Model):
    """What makes each kind of artifact."""

    image: Literal["draft", "comfyui"] = "draft"
    video: Literal["draft", "comfyui"] = "draft"
    voice: tuple[str, ...] = Field(default=("espeak",), description="speech engines in order of preference")


class Theme(Model):
    """Colours, fonts and sizes of the game's own screens; sizes are pixels of a screen of 1920 × 1080."""

    accent: Colour = "#d9a441"
    ink: Colour = "#f4efe6"
    paper: Colour = "#1d2430"
    text_size: Letters = 36
    name_size: Letters | None = Field(default=None, description="of speakers' names; follows text_size when left out")
    interface_size: Letters | None = Field(default=None, description="of menus; follows text_size when left out")
    title_size: Annotated[int, Field(strict=True, ge=24, le=200)] = Field(default=92, description="of the title")
    title_font: File | None = Field(default=None, description="font of the title and of headings; `font` when left out")
    radius: Annotated[int, Field(strict=True, ge=1, le=60)] = Field(default=22, description="of the panels' corners")
    opacity: Fraction = Field(default=0.92, description="of the panels behind text; 1 hides the picture")


class Web(Model):
    """What the web export holds beside the game."""

    gallery: Flag = Field(default=True, description="a page of every artifact, with the prompts and seeds behind it")


class Novel(Contract):
    """The whole novel: title, languages, resolution, default style, engines, exports."""

    id: Id
    title: str
    author: str = ""
    description: str = ""
    release: str = Field(default="1.0", pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$", description="the game's version")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        default=("en",), description="the first is the one that the contracts are written in"
    )
    resolution: Size = Field(default=(1920, 1080), description="of the game, in pixels")
    start: Id = Field(description="scene that begins the story")
    style: StyleUse = Field(description="default style: an id, or an id with changes")
    engines: Engines = Engines()
    voiced: Literal["all", "main", "none"] = Field(
        default="all", description="which lines are spoken: all, those of main characters, none"
    )
    dubbed: tuple[Language, ...] | None = Field(
        default=None, description="further languages whose translated lines are spoken too; all when left out, [] none"
    )
    narrator: Voice = Field(default=Voice(), description="the narrator's voice")
    wav_bits: Literal[16, 24] = Field(default=16, description="bits of a sample in the clips' WAV files")
    voice_check: VoiceCheck = Field(default=VoiceCheck(), description="what is asked of every take of a clip")
    lexicon: dict[Language, Lexicon] = Field(
        default_factory=dict, description="language → word → how every voice says it; a voice's own goes before it"
    )
    variables: dict[Id, Variable] = Field(default_factory=dict, description="story variables and their first values")
    font: File | None = Field(default=None, description="font of the game's text; the engine's own when left out")
    fonts: dict[Language, File] = Field(default_factory=dict, description="fonts of single languages")
    theme: Theme = Theme()
    trusted: Flag = Field(
        default=False, description="whether `renpy` statements are the author's own: what they say goes into the game"
    )
    exports: tuple[ExportName, ...] = Field(default=("renpy",), description="what `doit` builds")
    export: Exporting = Field(default=Exporting(), description="how exports are made")
    web: Web = Web()
    rating: Rating = Field(default="everyone", description="of the whole game; nothing in it may be rated higher")
    icon: File | None = Field(default=None, description="square picture, 512 pixels or more, that stands for the game")
    licences: dict[Annotated[str, Field(min_length=1)], str] = Field(
        default_factory=dict,
        description="licence (SPDX or a phrase) of a file that is no asset's, or of what a speech engine says",
    )
    rebuild: tuple[Staleness, ...] = Field(
        default=("content", "style", "pins"), description="classes of staleness that render by themselves"
    )
    cache: CacheSettings = Field(default=CacheSettings(), description="a render cache that a team shares")
    cache_limit_gb: Whole = Field(default=0, description="what `comfyvn cache gc` leaves; 0: no limit")
