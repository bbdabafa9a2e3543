"""The kinds of contract files: which model a file holds, and where files of that kind lie."""

from __future__ import annotations

from collections.abc import Mapping

from comfyvn.contracts.asset import Asset
from comfyvn.contracts.character import Character
from comfyvn.contracts.location import Location
from comfyvn.contracts.model import Contract
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.scene import Scene
from comfyvn.contracts.style import Style
from comfyvn.contracts.translation import NovelTranslation, SceneTranslation
from comfyvn.contracts.voice import VoiceContract

# Folder under data/ → model.
FOLDERS: Mapping[str, type[Contract]] = {
    "styles": Style,
    "characters": Character,
    "locations": Location,
    "scenes": Scene,
    "voices": VoiceContract,
    "assets": Asset,
}
TRANSLATIONS = "tl"  # data/tl/<language>.json is of the whole novel, data/tl/<language>/<scene>.json of one scene
# What a project holds → model. The names of translations in it are `de` and `de/arrival`.
PARTS: Mapping[str, type[Contract]] = {
    **FOLDERS,
    "novel_translations": NovelTranslation,
    "scene_translations": SceneTranslation,
}
# Name of the schema file → model.
SCHEMAS: Mapping[str, type[Contract]] = {
    "novel": Novel,
    "style": Style,
    "character": Character,
    "location": Location,
    "scene": Scene,
    "voices": VoiceContract,
    "asset": Asset,
    "scene_translation": SceneTranslation,
    "novel_translation": NovelTranslation,
}


def part_of(key: str) -> tuple[str, str]:
    """The part of a project that a contract is in, and its name there: `tl/de/a` → scene_translations, `de/a`.

    The novel itself is in none of them.
    """
    folder, _, name = key.partition("/")
    if folder == TRANSLATIONS:
        return ("scene_translations" if "/" in name else "novel_translations"), name
    return folder, name


def folder_of(part: str) -> str:
    """The folder under data/ that the contracts of a part of a project lie in; their keys begin with it."""
    return part if part in FOLDERS else TRANSLATIONS
