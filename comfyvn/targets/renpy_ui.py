"""The game's own screens, file by file, and every word in them that a translator meets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from comfyvn.targets.renpy_menus import MENU_SCREENS
from comfyvn.targets.renpy_nvl import PAGE_SCREENS
from comfyvn.targets.renpy_phone import PHONE_SCREENS
from comfyvn.targets.renpy_preferences import PREFERENCE_SCREENS
from comfyvn.targets.renpy_reading import HISTORY_SCREENS
from comfyvn.targets.renpy_screens import STORY_SCREENS
from comfyvn.targets.renpy_styles import STYLES

SCREENS: Mapping[str, str] = {
    "styles.rpy": STYLES,
    "screens.rpy": STORY_SCREENS,
    "pages.rpy": PAGE_SCREENS,
    "menus.rpy": MENU_SCREENS,
    "history.rpy": HISTORY_SCREENS,
    "preferences.rpy": PREFERENCE_SCREENS,
    "phone.rpy": PHONE_SCREENS,
}
MARKED = re.compile(r'\b__?\(("(?:[^"\\]|\\.)*")\)')
NARRATOR = "Narrator"  # who the preferences call so; characters.rpy has it
# What the engine itself says in our screens: its questions, its notices.
ENGINE = (
    "Are you sure?",
    "Are you sure you want to delete this save?",
    "Are you sure you want to overwrite your save?",
    "Loading will lose unsaved progress.\nAre you sure you want to do this?",
    "Are you sure you want to quit?",
    "Are you sure you want to return to the main menu?\nThis will lose unsaved progress.",
    "Are you sure you want to end the replay?",
    "Are you sure you want to begin skipping?",
    "Are you sure you want to skip to the next choice?",
    "Are you sure you want to skip unseen dialogue to the next choice?",
    "Quick save complete.",
    "Saved screenshot as %s.",
    "Self-voicing enabled. Press 'v' to disable.",
    "Clipboard voicing enabled. Press 'shift+C' to disable.",
)


def ui_strings(screens: Iterable[str]) -> list[str]:
    """Every text that screens mark for translation, each once, in their order; what the engine says comes last."""
    ours = [str(ast.literal_eval(found)) for text in screens for found in MARKED.findall(text)]
    return list(dict.fromkeys([*ours, NARRATOR, *ENGINE]))
