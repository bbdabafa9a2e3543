"""From a prompt to a picture: decides whether words mean a figure, a place or both, and has the artist draw it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from comfyvn.draft.art import Figure, Place, PromptParts, draw_figure, draw_place, draw_still, face_box, split_prompt
from comfyvn.draft.pixels import crop, mix, over, resample, scale
from comfyvn.draft.values import Box, Frame, Pixels, checked

GROUND = (128, 128, 128)  # what a figure stands on before its background is removed: neutral grey
POSES = ("", "arms crossed", "hand on hip", "waving", "hands together", "pointing", "sitting")
SPRITE_ASPECT = 832 / 1216
_SMALLEST, _LARGEST = 256, 2048  # the artist's range; other sizes are scaled from it
_PREPOSITION = re.compile(r"\s+(in|inside|at|on|by|near|under|beside|before)\s+", re.IGNORECASE)
_PERSON = re.compile(
    r"\b(\d?(girl|boy|other)s?|wom[ae]n|m[ae]n|heroine|hero|lady|gentleman|person|people|child(ren)?|kid|figure|character"
    r"|portrait|face|she|he|her|his|knight|witch|wizard|princess|prince|maid|sailor|soldier|student|keeper|captain)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """One picture to draw: `cutout`: it will lose its background, so it is a figure whatever the words say."""

    text: str
    size: tuple[int, int]
    seed: int = 0
    references: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    cutout: bool = False


@dataclass(frozen=True)
class Sketch:
    """A picture that is drawn when it is looked at: `window` of what `request` asks for, `size` pixels large.

    Upscalers then cost nothing, and vector art stays sharp.
    """

    request: Request
    stretched: tuple[int, int] | None = None
    window: Box = (0.0, 0.0, 1.0, 1.0)

    @property
    def size(self) -> tuple[int, int]:
        return self.stretched or self.request.size

    def scaled(self, size: tuple[int, int], crop: bool) -> Sketch:
        """The same at another size; `crop`: cut to its shape around the centre instead of stretched."""
        if not crop:
            return replace(self, stretched=size)
        old, wanted = self.size[0] / self.size[1], size[0] / size[1]
        x, y, width, height = self.window
        kept_width, kept_height = min(1.0, wanted / old) * width, min(1.0, old / wanted) * height
        window = (x + (width - kept_width) / 2, y + (height - kept_height) / 2, kept_width, kept_height)
        return replace(self, stretched=size, window=window)

    def draw(self) -> Frame:
        """The picture itself: the whole drawn so large that the window has about the right size, then cut out."""
        x, y, width, height = self.window
        wanted = max(self.size[0] / width / self.request.size[0], self.size[1] / height / self.request.size[1])
        whole = (round(self.request.size[0] * wanted), round(self.request.size[1] * wanted))
        factor = min(1.0, _LARGEST / max(whole))
        whole = (max(1, round(whole[0] * factor)), max(1, round(whole[1] * factor)))
        frame = draw(replace(self.request, size=whole))
        box = (round(x * whole[0]), round(y * whole[1]), round(width * whole[0]), round(height * whole[1]))
        return scale(crop(frame, box), self.size)


def kind_of(text: str, cutout: bool) -> str:
    """`figure`, `place` or `still`. Our own workflows send five lines for a figure and three for a place."""
    lines = text.count("\n") + 1
    if lines in (3, 5):
        return "figure" if lines == 5 else "place"
    if cutout:
        return "figure"
    parts = _parts(text)
    if not parts.place:
        return "figure"
    return "still" if _PERSON.search(text) else "place"


def draw(request: Request) -> Frame:
    """The picture that a sampler makes of this; figures keep their cutout, all else is opaque."""
    kind = kind_of(request.text, request.cutout)
    if kind == "figure":
        return _figure_frame(request)
    size = _workable(request.size)
    place = _place(request, size)
    image = draw_place(place) if kind == "place" else draw_still(place, [(_figure(request, size), 0.5, 0.85)])
    return Frame(resample(np.asarray(image.convert("RGB")), request.size), drawn=True)


def repaint(source: Frame, mask: Pixels, request: Request) -> Frame:
    """`source` with what `request` shows where `mask` (height, width) is white; nothing else changes, nor alpha."""
    drawn = draw(replace(request, size=source.size))
    fresh = _laid_on(drawn, source)
    pixels = source.pixels.copy()
    pixels[..., :3] = mix(source.pixels[..., :3], fresh, mask)
    cutout = source.cutout
    if cutout is not None:
        cutout = cutout.copy()
        cutout[..., :3] = mix(cutout[..., :3], fresh, mask)
    return replace(source, pixels=pixels, cutout=cutout, drawn=True, origin="")


def _laid_on(drawn: Frame, source: Frame) -> Pixels:
    """RGB: the drawing over the source; over a sprite whose outline is known, with the colours of unmixed edges.

    A sprite gets its own alpha back later; edges mixed with the ground would then show as a grey fringe.
    """
    ground = source.pixels[..., :3]
    if drawn.cutout is None:
        return drawn.pixels[..., :3]
    if source.cutout is None:
        return over(drawn.cutout, ground)
    return np.where(drawn.cutout[..., 3:] > 0, drawn.cutout[..., :3], ground)


def _figure_frame(request: Request) -> Frame:
    width, height = checked(*request.size)
    canvas = _canvas(width, height)
    figure = _figure(request, _workable(canvas))
    drawn = resample(np.asarray(draw_figure(figure).convert("RGBA")), canvas)
    cutout = drawn if canvas == (width, height) else _stand(drawn, (width, height))
    ground = np.empty((height, width, 3), np.uint8)
    ground[:] = GROUND
    x, y, w, h = face_box(figure)
    across, down = canvas[0] / width, canvas[1] / height
    face = ((1 - across) / 2 + x * across, 1 - (1 - y) * down, w * across, h * down)
    return Frame(over(cutout, ground), cutout=cutout, drawn=True, face=face)


def _canvas(width: int, height: int) -> tuple[int, int]:
    """The part of the picture that the figure takes: all of it, or a portrait-shaped middle of other shapes."""
    if 0.5 <= width / height <= 0.85:
        return width, height
    if width / height > 0.85:
        return max(1, min(width, round(height * SPRITE_ASPECT))), height
    return width, max(1, min(height, round(width / SPRITE_ASPECT)))


def _stand(drawn: Pixels, size: tuple[int, int]) -> Pixels:
    """The figure in the middle of a larger transparent picture, at its foot."""
    whole = np.zeros((size[1], size[0], 4), np.uint8)
    height, width = drawn.shape[:2]
    left, top = (size[0] - width) // 2, size[1] - height
    whole[top : top + height, left : left + width] = drawn
    return whole


def _workable(size: tuple[int, int]) -> tuple[int, int]:
    """A size of the same shape that the artist can draw well."""
    width, height = checked(*size)
    factor = 1.0
    if max(width, height) < _SMALLEST:
        factor = _SMALLEST / max(width, height)
    elif max(width, height) > _LARGEST:
        factor = _LARGEST / max(width, height)
    return max(16, round(width * factor)), max(16, round(height * factor))


def _figure(request: Request, size: tuple[int, int]) -> Figure:
    parts = _parts(request.text)
    pose = parts.pose or _pose_of(request.controls)
    return Figure(parts.subject, parts.outfit, pose, parts.expression, request.references, request.seed, size)


def _place(request: Request, size: tuple[int, int]) -> Place:
    parts = _parts(request.text)
    return Place(parts.place or parts.subject, parts.moment, request.seed, size)


def _parts(text: str) -> PromptParts:
    """The roles of a prompt's words; of free words, "a girl in a tea room" is understood as "a girl, a tea room"."""
    if text.count("\n") in (2, 4):
        return split_prompt(text)
    parts = split_prompt(text)
    if parts.place:
        return parts
    for match in _PREPOSITION.finditer(text):
        where = re.split(r"[,\n]", text[match.end() :], maxsplit=1)[0]
        if split_prompt(where).place:
            return split_prompt(f"{text[: match.start()]}, {text[match.end() :]}")
    return parts


def _pose_of(controls: tuple[str, ...]) -> str:
    """A pose for a control picture that comes without words: always the same for the same picture."""
    return POSES[int(controls[0][:8], 16) % len(POSES)] if controls else ""


def thumbnail(frame: Frame, longest: int = 128) -> Image.Image:
    """A small RGB copy, for previews."""
    image = frame.image().convert("RGB")
    image.thumbnail((longest, longest))
    return image
