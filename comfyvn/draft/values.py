"""What travels along the links of a graph when the draft endpoint runs it: pictures, masks, latents, words, sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]
T = TypeVar("T")
Box = tuple[float, float, float, float]  # x, y, width, height as fractions of the picture

SOFTWARE = "comfyvn draft"  # what a file drawn here says in its "Software" text
PIXEL_LIMIT = 100_000_000  # a 10,000 × 10,000 picture; a real server runs out of memory long before


class DraftOutOfMemoryError(Exception):
    """A picture larger than the endpoint draws; named so that clients recognise it as their servers' out-of-memory."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture.

    `pixels` (height, width, 3 or 4), straight alpha. `cutout` is the same picture without its background (height,
    width, 4) where that is known, as for every figure drawn here. `drawn`: draft art is in it. `face`: where its face
    is. `origin`: digest of the loaded picture that this one is made from; it survives scaling. `marked`: it came with
    a DRAFT tag and needs no second one.
    """

    pixels: Pixels
    cutout: Pixels | None = None
    drawn: bool = False
    face: Box | None = None
    origin: str = ""
    marked: bool = False

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def opaque(self) -> bool:
        return self.pixels.shape[2] == 3 or bool((self.pixels[..., 3] == 255).all())

    def image(self) -> Image.Image:
        return Image.fromarray(np.ascontiguousarray(self.pixels))

    def digest(self) -> str:
        if self.origin:
            return self.origin
        return pixel_digest(self.pixels)


class Drawing(Protocol):
    """A picture that is not drawn yet, and can still be drawn at any size."""

    @property
    def size(self) -> tuple[int, int]: ...

    def draw(self) -> Frame: ...

    def scaled(self, size: tuple[int, int], crop: bool) -> Drawing: ...


@dataclass(frozen=True, eq=False)
class Images:
    """A batch of pictures, never empty; drawings in it are drawn when somebody looks at `frames`."""

    parts: tuple[Frame | Drawing, ...]

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        drawn: dict[int, Frame] = {}
        for part in self.parts:
            if id(part) not in drawn:
                drawn[id(part)] = part if isinstance(part, Frame) else part.draw()
        return tuple(drawn[id(part)] for part in self.parts)

    @property
    def size(self) -> tuple[int, int]:
        return self.parts[0].size

    def __len__(self) -> int:
        return len(self.parts)


@dataclass(frozen=True, eq=False)
class Masks:
    """A batch of masks (height, width), 255 where the mask is 1.0; never empty."""

    planes: tuple[Pixels, ...]

    @property
    def size(self) -> tuple[int, int]:
        return self.planes[0].shape[1], self.planes[0].shape[0]


@dataclass(frozen=True, eq=False)
class Latent:
    """`size` in pixels when decoded; `images`: what it decodes to (None: empty); `mask`: what is repainted."""

    size: tuple[int, int]
    batch: int = 1
    images: Images | None = None
    mask: Masks | None = None


@dataclass(frozen=True)
class Conditioning:
    """`texts`: one prompt, or one for each frame of a schedule; `controls`: digests of control pictures."""

    texts: tuple[str, ...] = ("",)
    controls: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def text(self, frame: int = 0) -> str:
        return self.texts[min(frame, len(self.texts) - 1)]


@dataclass(frozen=True)
class Model:
    """A checkpoint with what was loaded on top; `references`: digests of the pictures that fix a person."""

    name: str = ""
    loras: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    motion: bool = False

    def refer(self, digests: tuple[str, ...]) -> Model:
        return replace(self, references=tuple(sorted({*self.references, *digests})))


@dataclass(frozen=True)
class Noise:
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Guider:
    model: Model
    positive: Conditioning


@dataclass(frozen=True)
class Sigmas:
    steps: int = 20
    denoise: float = 1.0


@dataclass(frozen=True, eq=False)
class Sound:
    """`samples` (n, channels) from −1 to 1, `rate` in Hz."""

    samples: Samples
    rate: int


@dataclass(frozen=True, eq=False)
class Video:
    images: Images
    fps: float
    sound: Sound | None = None


@dataclass(frozen=True, eq=False)
class Bundle:
    """A value of a type that has no meaning here (`kind`), with all that went into it, by name, to be unpacked."""

    kind: str
    parts: tuple[tuple[str, Any], ...] = ()

    def find(self, wanted: type[T], name: str = "") -> T | None:
        """The first value of a Python type in here or in bundles inside; with `name`, only one that came as it."""
        for key, part in self.parts:
            if isinstance(part, wanted) and name in ("", key):
                return part
            if isinstance(part, Bundle) and (found := part.find(wanted, name)) is not None:
                return found
        return None


def pixel_digest(pixels: Pixels) -> str:
    """Hex digest of a picture's content, shape included."""
    sha = hashlib.sha256(repr(pixels.shape).encode())
    sha.update(np.ascontiguousarray(pixels).tobytes())
    return sha.hexdigest()[:32]


def frame_of(image: Image.Image, *, drawn: bool = False, face: Box | None = None) -> Frame:
    """A frame from a Pillow image in mode RGB or RGBA (others are converted to RGB)."""
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGB")
    return Frame(np.asarray(image), drawn=drawn, face=face)


def checked(width: int, height: int) -> tuple[int, int]:
    """The size itself; raises `DraftOutOfMemoryError` if nobody could want to draw it."""
    if width * height > PIXEL_LIMIT:
        raise DraftOutOfMemoryError(f"a picture of {width} × {height} is larger than the draft endpoint draws")
    return max(1, width), max(1, height)
