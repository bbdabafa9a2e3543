"""Draft art: flat storyboard figures and places drawn from words and seeds, the same on every machine."""

from comfyvn.draft.art.figure import Figure, draw_figure, face_box

__all__ = ["Figure", "draw_figure", "face_box"]
