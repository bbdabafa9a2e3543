"""Draft art: flat storyboard figures and places drawn from words and seeds, the same on every machine."""

from comfyvn.draft.art.figure import Figure, draw_figure, face_box
from comfyvn.draft.art.place import Place, draw_place
from comfyvn.draft.art.prompt import PromptParts, split_prompt
from comfyvn.draft.art.still import draw_still, stamp_draft, tag_box

__all__ = [
    "Figure",
    "Place",
    "PromptParts",
    "draw_figure",
    "draw_place",
    "draw_still",
    "face_box",
    "split_prompt",
    "stamp_draft",
    "tag_box",
]
