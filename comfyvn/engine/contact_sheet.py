"""The contact sheet of takes: one PNG with the current artifact first, numbers in the corner, seeds below."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from comfyvn.engine.contrasts import PICTURE, SOUND, Difference, Shown
from comfyvn.makers.copy import png

Colour = tuple[int, int, int]
PAPER: Colour = (236, 237, 240)
CARD: Colour = (255, 255, 255)
LINE: Colour = (210, 212, 218)
INK: Colour = (34, 37, 43)
DIM: Colour = (104, 110, 121)
ACCENT: Colour = (36, 96, 196)  # the current one
CHECK: tuple[Colour, Colour] = ((247, 247, 249), (232, 233, 237))  # below what is transparent
MARGIN, GAP, PAD = 28, 20, 12
ROW, BADGE = 22, 30  # high: a line of text, the number
SMOOTH = 4  # shapes are drawn so many times larger, then scaled down
WIDEST = 1800  # pixels of the sheet
TALL, WIDE = 420, 420  # the largest picture, high and wide
BARS = 90  # of a drawn sound


@dataclass(frozen=True)
class _Card:
    picture: Image.Image
    shown: Shown
    lines: tuple[str, ...]


def contact_sheet(title: str, shown: Sequence[Shown], apart: Mapping[int, Difference]) -> bytes:
    """PNG bytes. `shown`: what to show, the current one first; `apart`: number → its difference from that."""
    cards = [_card(one, apart.get(one.number)) for one in shown]
    width = max(max(card.picture.width for card in cards), 250)
    height = max(card.picture.height for card in cards)
    text = ROW * max(len(card.lines) for card in cards)
    cell = (width + 2 * PAD, BADGE + height + text + 4 * PAD)
    columns = min(len(cards), max(1, (WIDEST - 2 * MARGIN + GAP) // (cell[0] + GAP)))
    columns = -(-len(cards) // -(-len(cards) // columns))  # rows as even as they can be
    rows = -(-len(cards) // columns)
    head = 64
    size = (
        2 * MARGIN + columns * (cell[0] + GAP) - GAP,
        MARGIN + head + rows * (cell[1] + GAP) - GAP + MARGIN,
    )
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), _fitting(draw, title, 24, size[0] - 2 * MARGIN), INK, _font(24))
    for index, card in enumerate(cards):
        at = MARGIN + index % columns * (cell[0] + GAP), MARGIN + head + index // columns * (cell[1] + GAP)
        _draw(sheet, draw, card, at, cell, height)
    return png(sheet)


def _card(one: Shown, apart: Difference | None) -> _Card:
    told = tuple(f"{name} {seed}" for name, seed in one.seeds.items())
    length = one.notes.get("duration_ms")
    spoken = (f"{length / 1000:.2f} s",) if isinstance(length, int) and SOUND in one.files else ()
    words = (", ".join(apart.words()),) if apart is not None else ()
    label = (one.label,) if one.label else ()
    return _Card(_picture(one), one, (*told, *spoken, *words, *label))


def _picture(one: Shown) -> Image.Image:
    if PICTURE not in one.files:
        return _sound(one.files.get(SOUND, b""))
    with Image.open(io.BytesIO(one.files[PICTURE])) as image:
        scaled = image.convert("RGBA")
    scaled.thumbnail((WIDE, TALL), Image.Resampling.LANCZOS)
    under = _checks(scaled.size)
    under.paste(scaled, (0, 0), scaled)
    return under


def _checks(size: tuple[int, int], side: int = 12) -> Image.Image:
    rows, columns = np.indices((size[1], size[0])) // side
    odd = ((rows + columns) % 2)[:, :, None]
    return Image.fromarray(np.where(odd, np.array(CHECK[1]), np.array(CHECK[0])).astype(np.uint8))


def _sound(data: bytes) -> Image.Image:
    """A clip as bars: how loud it is from beginning to end."""
    import soundfile

    width, height = WIDE, 140
    image = Image.new("RGB", (width, height), CHECK[0])
    try:
        samples, _ = soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)
    except (OSError, RuntimeError):
        return image
    draw, middle, step = ImageDraw.Draw(image), height / 2, width / BARS
    parts = np.array_split(np.abs(samples).max(axis=1), BARS) if len(samples) else []
    for index, part in enumerate(parts):
        high = max(1.0, float(part.max()) * (middle - 10)) if len(part) else 1.0
        draw.rectangle((index * step, middle - high, index * step + step - 2, middle + high), ACCENT)
    return image


def _draw(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    card: _Card,
    at: tuple[int, int],
    cell: tuple[int, int],
    tallest: int,
) -> None:
    """One card; `tallest`: the height of the highest picture, so that what is written below stands in rows."""
    (x, y), (width, height) = at, cell
    is_current = card.shown.number == 0
    if is_current:
        _round(sheet, (x - 3, y - 3), (width + 6, height + 6), 13, ACCENT)
    else:
        _round(sheet, (x - 1, y - 1), (width + 2, height + 2), 11, LINE)
    _round(sheet, at, cell, 10, CARD)
    word = "current" if is_current else str(card.shown.number)
    span = max(BADGE + 2, round(draw.textlength(word, _font(17))) + 22)
    _round(sheet, (x + PAD, y + PAD), (span, BADGE), BADGE // 2, ACCENT if is_current else INK)
    draw.text((x + PAD + span / 2, y + PAD + BADGE / 2), word, CARD, _font(17), anchor="mm")
    top = y + 2 * PAD + BADGE
    sheet.paste(card.picture, (x + (width - card.picture.width) // 2, top))
    below = top + tallest + PAD
    for number, line in enumerate(card.lines):
        colour = INK if number < len(card.shown.seeds) else DIM
        draw.text((x + PAD, below + ROW * number), _fitting(draw, line, 15, width - 2 * PAD), colour, _font(15))


def _round(sheet: Image.Image, at: tuple[int, int], size: tuple[int, int], radius: int, colour: Colour) -> None:
    """A filled rectangle with smooth round corners, which Pillow itself does not draw."""
    shape = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH), 0)
    box = (0, 0, shape.width - 1, shape.height - 1)
    ImageDraw.Draw(shape).rounded_rectangle(box, radius * SMOOTH, 255)
    sheet.paste(colour, (at[0], at[1]), shape.resize(size, Image.Resampling.LANCZOS))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own: no font of this computer, so that a sheet is the same everywhere."""
    return ImageFont.load_default(size)


def _fitting(draw: ImageDraw.ImageDraw, text: str, size: int, width: int) -> str:
    """The text, shortened where it is longer than the room that it has."""
    font = _font(size)
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(f"{text}...", font) > width:
        text = text[:-1]
    return f"{text}..."
