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
from comfyvn.contracts.voice import VoiceContract

NOVEL_FILE = "comfyvn.yaml"
# Folder under data/ → model.
FOLDERS: Mapping[str, type[Contract]] = {
    "styles": Style,
    "characters": Character,
    "locations": Location,
    "scenes": Scene,
    "voices": VoiceContract,
    "assets": Asset,
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
}
