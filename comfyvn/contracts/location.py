"""Places: a base plate, and variants derived from it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from comfyvn.contracts.model import CellId, Contract, File, Id, Model, Rating, Seed, Text
from comfyvn.contracts.style import Strength, StyleUse
from comfyvn.contracts.words import BASE


class Variant(Model):
    """The same place at another time or in other weather, derived from the accepted base plate."""

    prompt: str = Field(default="", description="time and weather in words")
    seed: Seed | None = None
    denoise: Annotated[float, Field(strict=True, gt=0, le=1)] = Field(
        default=0.6, description="how far it may leave the base plate"
    )
    structure: Strength | None = Field(
        default=None, description="how strictly the shapes of the base plate are kept; the workflow's own when left out"
    )
    style: StyleUse | None = None
    file: File | None = Field(default=None, description="finished art, used instead of rendering")
    alt: Text = Field(default="", description="what is to be seen, for players who hear the game read aloud")
    rating: Rating | None = Field(
        default=None, description="games with a lower rating (`--rating`) show the base plate instead"
    )


class Location(Contract):
    """`data/locations/<id>.json`: a place. Scenes name it `<id>` (the base) or `<id>/<variant>`."""

    id: Id
    name: str = ""
    prompt: str = Field(default="", description="what is true of the place at any time")
    moment: str = Field(default="", description="time and weather of the base plate")
    seed: Seed | None = None
    style: StyleUse | None = None
    file: File | None = Field(default=None, description="finished art, used instead of rendering the base")
    alt: Text = Field(default="", description="what is to be seen, for players who hear the game read aloud")
    variants: dict[CellId, Variant] = Field(default_factory=dict)


def split_background(name: str) -> tuple[str, str]:
    """`cafe/night` → ("cafe", "night"); `cafe` → ("cafe", "base")."""
    location, _, variant = name.partition("/")
    return location, variant or BASE
