"""Assets for a Ren'Py game that exists: images, voices and their definitions in one folder of it, and no story.

All of it lies in the game's folder game/comfyvn/<id of the novel>/; its record beside that says which files are ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from comfyvn.contracts.project import Project
from comfyvn.recipe import Input
from comfyvn.targets import renpy
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.renpy_cast import atlas_text, cast_text
from comfyvn.targets.renpy_script import background_image, still_image
from comfyvn.targets.renpy_text import python

HEADER = "# Made by ComfyVN; edits here are not kept. docs/existing-game.md tells how to use it.\n\n"
# Of an export's files those that a game of one's own can use: pictures, and voices in every language.
PICTURES = re.compile(r"(?:bg|stills|atlas|sprites)/")
VOICES = re.compile(r"(?:voice|tl/[^/]+/voice)/")


def place(project: Project) -> str:
    """Where everything goes, relative to the game's folder `game/`, as scripts name it."""
    return f"comfyvn/{project.novel.id}"


def artifact(project: Project) -> str:
    """The artifact's place, relative to the novel; the target's files lie below it."""
    return f"{project.novel.export.renpy.into}/{renpy.GAME}/{place(project)}"


def assets(project: Project, memo: Memo = plainly) -> dict[str, Input]:
    """As `renpy.assets`, of those that a game of one's own can use; places are relative to our folder in it."""
    whole = ((name.partition("/")[2], item) for name, item in renpy.assets(project, memo).items())
    with_pictures = project.novel.export.renpy.pictures
    return {name: item for name, item in whole if VOICES.match(name) or (with_pictures and PICTURES.match(name))}


def texts(project: Project, memo: Memo = plainly) -> dict[str, str]:
    found = {"comfyvn_assets.rpy": _assets_text(project, memo)}
    if project.novel.export.renpy.pictures:
        found |= renpy.sprite_texts(project, memo, f"{place(project)}/", _scaled(project))
    return {name: HEADER + text.rstrip("\n") + "\n" for name, text in found.items()}


def image_texts(project: Project, atlases: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """As `renpy.image_texts`."""
    found = {}
    for key in sorted(atlases) if project.novel.export.renpy.pictures else ():
        text = atlas_text(project, key, atlases[key], f"{place(project)}/atlas/{key}/", _scaled(project))
        found[f"images_{key}.rpy"] = f"{HEADER}{text}\n"
    return found


def _scaled(project: Project) -> str:
    """The function that brings sizes to the game's resolution; it is known when images are defined, and not before."""
    return f"cvn_{project.novel.id}.scaled"


def _assets_text(project: Project, memo: Memo) -> str:
    key = project.novel.id
    if not project.novel.export.renpy.pictures:
        return _VOICES.replace("NOVEL", key)
    images = [f"image {name} = cvn_{key}.plate({python(file)})" for name, file in _plates(project, memo)]
    size = str(project.novel.resolution[1])
    plates, voices = (text.replace("NOVEL", key).replace("HEIGHT", size) for text in (_PLATES, _VOICES))
    return "\n".join([plates, *images, "", cast_text(project, memo, f"cvn_{key}"), "", voices])


def _plates(project: Project, memo: Memo) -> list[tuple[str, str]]:
    """Image name → file, of everything that fills the screen."""
    found = []
    for name in assets(project, memo):
        kind, _, file = name.partition("/")
        one, _, other = file.removesuffix(".png").partition("/")
        if kind == "bg":
            found.append((background_image(f"{one}/{other}"), f"{place(project)}/{name}"))
        elif kind == "stills":
            found.append((still_image(one, other), f"{place(project)}/{name}"))
    return found


_PLATES = """init -5 python in cvn_NOVEL:
    from store import Transform, config

    def plate(file):
        \"\"\"A picture that fills the screen; what does not fit is cut off alike on both sides.\"\"\"
        size = (config.screen_width, config.screen_height)
        return Transform(file, xysize=size, fit="cover", align=(0.5, 0.5))

    def scaled(size):
        \"\"\"From the novel's pixels, or a zoom, to the game's.\"\"\"
        by = size * config.screen_height / HEIGHT
        return int(round(by)) if isinstance(size, int) else by
"""

# The game's own automatic voice, if it has one, is asked where we have none.
_VOICES = """init 1500 python in cvn_NOVEL:
    from store import _preferences

    theirs = renpy.config.auto_voice

    def voice_of(id):
        \"\"\"The file of a line's voice, by its id: in the player's language, where it is dubbed.\"\"\"
        dub = "comfyvn/NOVEL/tl/%s/voice/%s.ogg" % (_preferences.language, id)
        if renpy.loadable(dub):
            return dub
        ours = "comfyvn/NOVEL/voice/" + id + ".ogg"
        if theirs is None or renpy.loadable(ours):
            return ours
        return theirs(id) if callable(theirs) else theirs.format(id=id)

    renpy.config.auto_voice = voice_of
    renpy.config.has_voice = True

init python:
    build.classify("game/comfyvn/*.render.json", None)
"""
