"""Things made elsewhere: music, sound, bought or hand-drawn art, fonts, recordings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from comfyvn.contracts.model import Contract, File, Id, Model, Positive, Real, Text

AssetKind = Literal["music", "ambience", "sound", "image", "voice", "font", "video"]


class Loop(Model):
    """Where a piece repeats, in seconds: at `end` it goes on from `start`."""

    start: Annotated[Real, Field(ge=0)] = 0.0
    end: Positive | None = None


class Caption(Model):
    """What is said or heard in a film, while it is."""

    start: Annotated[Real, Field(ge=0)] = Field(description="seconds from the film's beginning")
    end: Positive = Field(description="seconds from the film's beginning")
    text: Text


class Asset(Contract):
    """`data/assets/<id>.json`: a file, whose it is, and how it is played."""

    id: Id
    kind: AssetKind
    file: File = Field(description="in the novel's folder")
    title: str = ""
    author: str = Field(default="", description="who made it, for the credits")
    source: str = Field(default="", description="where it was found")
    licence: str = Field(default="", description="SPDX expression or a phrase; empty is a warning")
    loop: Loop | None = None
    captions: tuple[Caption, ...] = Field(default=(), description="subtitles of a film")
    alt: Text = Field(default="", description="what a film shows, for players who hear the game read aloud")
    gain: Annotated[Real, Field(ge=-60, le=20)] = Field(default=0.0, description="dB, applied when it is played")
