"""Sprites trimmed and packed into atlas pages, with a TexturePacker JSON-hash manifest.

Packing is rectpack's MaxRects (Jylänki, "A Thousand Ways to Pack the Bin", 2010), best short side fit, no rotation:
Ren'Py cannot turn a crop back. Pasting a frame at `spriteSourceSize` on a canvas of `sourceSize` gives the sprite
back pixel for pixel; frames with the same pixels share their place on the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import rectpack
from PIL import Image

from comfyvn.errors import MakeError
from comfyvn.makers.copy import png
from comfyvn.makers.made import Made
from comfyvn.recipe import LOCAL, Pack

APP = "comfyvn"
EMPTY = (0, 0, 1, 1)  # a wholly transparent sprite keeps one transparent pixel


@dataclass(frozen=True)
class Trimmed:
    """A sprite without its transparent margin: `box` is left, top, right, bottom on the canvas of `canvas` size."""

    pixels: Image.Image
    box: tuple[int, int, int, int]
    canvas: tuple[int, int]


@dataclass(frozen=True)
class Spot:
    """Where a frame lies, in pixels."""

    page: int
    x: int
    y: int


def pack(recipe: Pack, sources: Mapping[str, Path]) -> Made:
    """Raises MakeError when a sprite is no picture or does not fit a page."""
    trimmed = {name: _trim(name, path) for name, path in sorted(sources.items())}
    spots = _place(recipe, trimmed)
    pages = list(_pages(trimmed, spots))
    manifest = _manifest(recipe, trimmed, spots, [page.size for page in pages])
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    images = {f"-{number}.png": png(page) for number, page in enumerate(pages)}
    return Made({".json": text.encode(), **images}, LOCAL)


def _trim(name: str, path: Path) -> Trimmed:
    try:
        with Image.open(path) as image:
            sprite = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:
        raise MakeError(f"sprite {name} is not a picture ({error})", str(path), "make it again") from error
    box = sprite.getchannel("A").getbbox() or EMPTY
    return Trimmed(sprite.crop(box), box, sprite.size)


def _place(recipe: Pack, trimmed: Mapping[str, Trimmed]) -> dict[str, Spot]:
    """Where each frame goes; equal frames get one place."""
    first: dict[tuple[tuple[int, int], bytes], str] = {}
    twins = {name: first.setdefault((item.pixels.size, item.pixels.tobytes()), name) for name, item in trimmed.items()}
    packer = rectpack.newPacker(
        mode=rectpack.PackingMode.Offline,
        pack_algo=rectpack.MaxRectsBssf,
        sort_algo=rectpack.SORT_LSIDE,
        rotation=False,
    )
    for number, name in enumerate(first.values()):
        width, height = (side + recipe.padding for side in trimmed[name].pixels.size)
        if max(width, height) > recipe.max_size:
            raise MakeError(
                f"sprite {name} is larger than an atlas page ({recipe.max_size} px)",
                recipe.name,
                "render this character smaller (style: size.sprite)",
            )
        packer.add_rect(width, height, number)
    packer.add_bin(recipe.max_size, recipe.max_size, count=float("inf"))
    packer.pack()
    names = list(first.values())
    spots = {names[number]: Spot(page, x, y) for page, x, y, _, _, number in packer.rect_list()}
    return {name: spots[twin] for name, twin in twins.items()}


def _pages(trimmed: Mapping[str, Trimmed], spots: Mapping[str, Spot]) -> Iterator[Image.Image]:
    for number in range(1 + max(spot.page for spot in spots.values())):
        here = {name: spot for name, spot in spots.items() if spot.page == number}
        width = max(spot.x + trimmed[name].pixels.width for name, spot in here.items())
        height = max(spot.y + trimmed[name].pixels.height for name, spot in here.items())
        page = Image.new("RGBA", (width, height), (0, 0, 0, 0))
        for name, spot in here.items():
            page.paste(trimmed[name].pixels, (spot.x, spot.y))
        yield page


def _manifest(
    recipe: Pack, trimmed: Mapping[str, Trimmed], spots: Mapping[str, Spot], sizes: list[tuple[int, int]]
) -> dict[str, object]:
    images = [{"image": f"{recipe.name}-{n}.png", "size": {"w": w, "h": h}} for n, (w, h) in enumerate(sizes)]
    meta = {"app": APP, "version": "1", "format": "RGBA8888", "scale": "1", **images[0], "images": images}
    return {"frames": {name: _frame(recipe, trimmed[name], spots[name]) for name in sorted(trimmed)}, "meta": meta}


def _frame(recipe: Pack, item: Trimmed, spot: Spot) -> dict[str, object]:
    (left, top, right, bottom), (width, height) = item.box, item.canvas
    size = {"w": right - left, "h": bottom - top}
    return {
        "frame": {"x": spot.x, "y": spot.y, **size},
        "rotated": False,
        "trimmed": item.box != (0, 0, width, height),
        "spriteSourceSize": {"x": left, "y": top, **size},
        "sourceSize": {"w": width, "h": height},
        "anchor": {"x": recipe.anchor[0], "y": recipe.anchor[1]},
        "page": spot.page,
    }
