"""Finished art taken as it is, fitted to the size that its slot has."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps, PngImagePlugin

from comfyvn.errors import MakeError
from comfyvn.makers.made import Made
from comfyvn.recipe import LOCAL, Copy


def copy(recipe: Copy, source: Path) -> Made:
    """A PNG: `cover` fills `size` and crops, `contain` keeps all of it, standing on the canvas's lower edge.

    A PNG that fits already is copied byte for byte. Raises MakeError when the file is no picture.
    """
    try:
        with Image.open(source) as image:
            image.load()
            if image.format == "PNG" and recipe.size in (None, image.size):
                return Made({".png": source.read_bytes()}, LOCAL)
            return Made({".png": png(_fitted(ImageOps.exif_transpose(image), recipe))}, LOCAL)
    except (OSError, SyntaxError, ValueError) as error:
        raise MakeError(f"not a picture ({error})", str(source), "replace the file by a PNG, JPEG or WebP") from error


def _fitted(image: Image.Image, recipe: Copy) -> Image.Image:
    if recipe.size is None or recipe.size == image.size:
        return image
    if recipe.fit == "cover":
        whole = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGBA")  # a palette cannot be scaled
        return ImageOps.fit(whole, recipe.size, Image.Resampling.LANCZOS)
    small = ImageOps.contain(image.convert("RGBA"), recipe.size, Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", recipe.size, (0, 0, 0, 0))
    canvas.paste(small, ((recipe.size[0] - small.width) // 2, recipe.size[1] - small.height))
    return canvas


def png(image: Image.Image, texts: Mapping[str, str] | None = None) -> bytes:
    """PNG bytes without a time, and with no text chunks but `texts`: the same pixels and texts give the same bytes."""
    buffer = io.BytesIO()
    mode = image.mode if image.mode in ("RGB", "RGBA", "L") else "RGBA"
    info = PngImagePlugin.PngInfo()
    for name, text in (texts or {}).items():
        info.add_text(name, text)
    image.convert(mode).save(buffer, "PNG", compress_level=6, pnginfo=info)
    return buffer.getvalue()
