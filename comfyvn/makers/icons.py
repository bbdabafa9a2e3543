"""The icons that Ren'Py's builds take from a game's folder, made of one picture: `icon.ico` and `icon.icns`."""

from __future__ import annotations

import io
from pathlib import Path

from comfyvn.errors import MakeError

PLACE = "game/gui/window_icon"  # where the picture itself lies, whatever its suffix
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
LARGEST = 1024  # pixels of an ICNS picture's side


def icons(source: Path) -> dict[str, bytes]:
    """Place in the export → bytes. Raises MakeError when the file is no picture, or too large a one."""
    from PIL import Image, ImageOps

    try:
        with Image.open(source) as image:
            whole = ImageOps.contain(ImageOps.exif_transpose(image).convert("RGBA"), (LARGEST, LARGEST))
    except (OSError, SyntaxError, ValueError) as error:
        raise MakeError(f"not a picture ({error})", str(source), "replace the file by a square PNG") from error
    except Image.DecompressionBombError as error:
        raise MakeError(f"the picture is too large ({error})", str(source), "replace it by a smaller one") from error
    square = Image.new("RGBA", (LARGEST, LARGEST), (0, 0, 0, 0))
    square.paste(whole, ((LARGEST - whole.width) // 2, (LARGEST - whole.height) // 2))
    found = {}
    for place, kind in (("icon.ico", "ICO"), ("icon.icns", "ICNS")):
        buffer = io.BytesIO()
        sizes = {"sizes": [(size, size) for size in ICO_SIZES]} if kind == "ICO" else {}
        square.save(buffer, kind, **sizes)
        found[place] = buffer.getvalue()
    return found
