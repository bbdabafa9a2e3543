"""How exports are made: the member `export` of `comfyvn.yaml`, beside `exports`, which says which are made."""

from __future__ import annotations

import posixpath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from comfyvn.contracts.model import Flag, Model

Sprites = Literal["atlas", "files"]


def check_game(text: str) -> str:
    """A folder that may lie outside the novel, with forward slashes, as short as it can be written."""
    if not text.strip() or any(ord(letter) < 32 for letter in text):
        raise ValueError("is no folder")
    if "\\" in text or text.startswith("~"):
        raise ValueError("write the folder with / and without ~, best relative to the novel, such as ../my_game")
    path = posixpath.normpath(text)
    if path == "." or path.split("/")[0] in ("build", "renpy", "data", "takes"):
        raise ValueError("names a folder of the novel itself; name that of the game")
    return path


class RenpyExport(Model):
    """The Ren'Py export."""

    into: Annotated[str, AfterValidator(check_game)] | None = Field(
        default=None,
        description="folder of a Ren'Py game that exists: it gets images and voices, and no project is made",
    )
    pictures: Flag = Field(default=True, description="whether pictures go `into` that game; else voices alone do")
    sprites: Sprites = Field(
        default="files", description="a file for each sprite, or crops of atlas pages (fewer files, more memory)"
    )


class Exporting(Model):
    """How each export is made."""

    renpy: RenpyExport = RenpyExport()
