"""How alike two files are: the same content, or close enough by PSNR and SSIM (scikit-image, the extra `verify`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comfyvn.errors import StoreError
from comfyvn.store.content import content_digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

PICTURES = {".png", ".webp", ".jpg", ".jpeg"}
SOUNDS = {".wav", ".ogg", ".opus", ".flac"}
WINDOW = 7  # pixels, the side of SSIM's window, as scikit-image has it
SILENT_DB = 200.0  # what stands for "no error at all", which JSON cannot hold as a number
INSTALL = "pip install 'comfyvn[verify]' measures by how much"

Degree = Literal["exact", "within tolerance", "differs"]


@dataclass(frozen=True)
class Tolerance:
    """How far a result may be from what was recorded and still count as the same.

    `psnr_db` and `ssim`: pictures, over premultiplied RGBA (RGB where both are opaque), peak 255, inside the smallest
    rectangle of what can be seen; both must hold. `sound_db`: PSNR of samples, peak to peak 2. Another thread count of
    the same machine moves 0.02 % of the pixels by one step: about 85 dB.
    """

    psnr_db: float = 40.0
    ssim: float = 0.98
    sound_db: float = 60.0


@dataclass(frozen=True)
class Likeness:
    """`measures`: psnr_db, ssim; `note`: why it differs, where numbers do not say it."""

    degree: Degree
    measures: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def likeness(old: Path, new: Path, tolerance: Tolerance) -> Likeness:
    """Of two files of one kind. Raises StoreError when one is not what its name says."""
    if content_digest(old) == content_digest(new):
        return Likeness("exact")
    suffix = new.suffix.lower()
    try:
        if suffix in PICTURES:
            return _pictures(old, new, tolerance)
        if suffix in SOUNDS:
            return _sounds(old, new, tolerance)
    except ModuleNotFoundError:
        return Likeness("differs", note=INSTALL)
    except (OSError, RuntimeError, SyntaxError, ValueError) as error:
        raise StoreError(f"it cannot be compared ({error})", new.name, "make the artifact again") from error
    return Likeness("differs", note="another text" if suffix in (".srt", ".vtt", ".json", ".txt") else "other bytes")


def _pictures(old: Path, new: Path, tolerance: Tolerance) -> Likeness:
    import numpy as np

    before, after = _rgba(old), _rgba(new)
    if before.shape != after.shape:
        return Likeness("differs", note=f"{_size(after)} pixels instead of {_size(before)}")
    seen = _seen(before, after)
    before, after = _premultiplied(before[seen]), _premultiplied(after[seen])
    if np.array_equal(before, after):  # only the colour of what nobody can see
        return Likeness("within tolerance", {"psnr_db": SILENT_DB, "ssim": 1.0})
    if (before[:, :, 3:] == 255).all() and (after[:, :, 3:] == 255).all():  # an even channel would flatter the mean
        before, after = before[:, :, :3], after[:, :, :3]
    psnr, ssim = _psnr(before, after, 255.0), _ssim(before, after)
    is_close = psnr >= tolerance.psnr_db and ssim >= tolerance.ssim
    return Likeness("within tolerance" if is_close else "differs", {"psnr_db": round(psnr, 2), "ssim": round(ssim, 5)})


def _rgba(path: Path) -> Values:
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"), dtype=np.float64)


def _seen(before: Values, after: Values) -> tuple[slice, slice]:
    """The smallest rectangle with all that can be seen of either: empty canvas around a figure flatters it."""
    import numpy as np

    visible = (before[:, :, 3] > 0) | (after[:, :, 3] > 0)
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    if not len(rows):
        return slice(None), slice(None)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _premultiplied(values: Values) -> Values:
    import numpy as np

    return np.concatenate([values[:, :, :3] * values[:, :, 3:] / 255.0, values[:, :, 3:]], axis=2)


def _psnr(before: Values, after: Values, span: float) -> float:
    from skimage.metrics import peak_signal_noise_ratio

    return float(peak_signal_noise_ratio(before, after, data_range=span))


def _ssim(before: Values, after: Values) -> float:
    """Mean over channels; 1 for what is too small to have a structure."""
    from skimage.metrics import structural_similarity

    window = min(WINDOW, *before.shape[:2])
    window -= 1 - window % 2
    if window < 3:
        return 1.0
    return float(structural_similarity(before, after, data_range=255.0, channel_axis=2, win_size=window))


def _size(values: Values) -> str:
    return f"{values.shape[1]}x{values.shape[0]}"


def _sounds(old: Path, new: Path, tolerance: Tolerance) -> Likeness:
    import numpy as np
    import soundfile

    (before, rate), (after, new_rate) = (soundfile.read(path, dtype="float64", always_2d=True) for path in (old, new))
    if (before.shape, rate) != (after.shape, new_rate):
        was, now = len(before) / rate, len(after) / new_rate
        return Likeness("differs", note=f"{now:.3f} s at {new_rate} Hz instead of {was:.3f} s at {rate} Hz")
    if np.array_equal(before, after):
        return Likeness("within tolerance", {"psnr_db": SILENT_DB})
    psnr = _psnr(before, after, 2.0)
    return Likeness("within tolerance" if psnr >= tolerance.sound_db else "differs", {"psnr_db": round(psnr, 2)})
