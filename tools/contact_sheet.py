"""Draws contact sheets of the draft art: `python tools/contact_sheet.py OUT.png [people|faces|poses|places]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from comfyvn.draft.art import Figure, Place, draw_figure, draw_place
from comfyvn.draft.art.expression import FACES
from comfyvn.draft.art.place import INSIDE, OUTSIDE

PAPER = (228, 229, 233)
MOODS = ("neutral", "joy", "anger", "sadness")
LOOKS = ("", "school blazer", "grey hoodie", "summer dress", "long coat", "blue kimono", "apron", "armour",
         "white shirt and jeans", "sweater", "robe", "raincoat")  # fmt: skip
STANCES = ("standing", "arms crossed", "hand on hip", "waving", "pointing", "hands together", "holding a cup",
           "hand on chin", "hands behind back", "sitting")  # fmt: skip
MOMENTS = ("day", "dusk", "night", "rain")


def sheet(pictures: Sequence[Image.Image], columns: int, size: tuple[int, int]) -> Image.Image:
    """The pictures in rows, each scaled into a cell of `size`."""
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * size[0], rows * size[1]), PAPER)
    for index, picture in enumerate(pictures):
        cell = picture.resize(size, Image.Resampling.LANCZOS)
        at = (index % columns * size[0], index // columns * size[1])
        page.paste(cell, at, cell if cell.mode == "RGBA" else None)
    return page


def people(high: int = 160) -> Image.Image:
    """24 random characters, each in 4 moods: three people to a row."""
    figures = [Figure(f"person {i}", LOOKS[i % len(LOOKS)], STANCES[i % 3], mood) for i in range(24) for mood in MOODS]
    return sheet([_bust(draw_figure(figure)) for figure in figures], 12, (high, high))


def faces(high: int = 230) -> Image.Image:
    one = Figure("a young woman with long silver hair and green eyes", "navy school blazer")
    return sheet([_bust(draw_figure(replace(one, expression=label))) for label in FACES], 10, (high, high))


def poses(high: int = 300) -> Image.Image:
    subjects = ("a woman with a red ponytail", "a man with short black hair")
    figures = [Figure(subjects[i % 2], look, stance) for i, look in enumerate(LOOKS[1:]) for stance in STANCES]
    return sheet([draw_figure(figure) for figure in figures], len(STANCES), (high * 832 // 1216, high))


def places(wide: int = 384) -> Image.Image:
    kinds = [kind.replace("_", " ") for kind in (*OUTSIDE, *INSIDE)]
    pictures = [draw_place(Place(kind, moment)) for kind in kinds for moment in MOMENTS]
    return sheet(pictures, len(MOMENTS) * 2, (wide, wide * 9 // 16))


def _bust(image: Image.Image) -> Image.Image:
    width = image.width
    return image.crop((width // 5, 0, width - width // 5, width * 3 // 5))


SHEETS = {"people": people, "faces": faces, "poses": poses, "places": places}


def main(arguments: Sequence[str]) -> int:
    if not arguments or (len(arguments) > 1 and arguments[1] not in SHEETS):
        print(__doc__)
        return 2
    SHEETS[arguments[1] if len(arguments) > 1 else "people"]().save(arguments[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
