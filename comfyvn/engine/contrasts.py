"""How far a take is from the current one: changed pixels and PSNR of pictures, loudness and length of clips."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from comfyvn.engine.likeness import SILENT_DB

SOUND, PICTURE = ".wav", ".png"
STEP = 2  # of 255, in any channel: less is rounding, which no eye sees


@dataclass(frozen=True)
class Shown:
    """One artifact on a contact sheet. `number` 0 is the current one. `files`: suffix → bytes; `notes`: its record's.

    `label`: a word about it ("retouched"), "" for none.
    """

    number: int
    seeds: Mapping[str, int]
    files: Mapping[str, bytes] = field(repr=False)
    notes: Mapping[str, object] = field(default_factory=dict, repr=False)
    label: str = ""


@dataclass(frozen=True)
class Difference:
    """Against the current one. `is_same`: the same pixels or samples.

    Pictures: `changed`, the share of pixels (0…1) that differ by more than rounding, and `psnr_db` over premultiplied
    RGBA, peak 255. Clips: `longer_ms`, `louder_lu`, and `psnr_db` (peak to peak 2) where both are of one length. None
    where it cannot be said.
    """

    is_same: bool
    changed: float | None = None
    psnr_db: float | None = None
    longer_ms: int | None = None
    louder_lu: float | None = None

    def words(self) -> list[str]:
        """For people, most telling first."""
        if self.is_same:
            return ["the same as the current one"]
        found = []
        if self.changed is not None:
            found.append(f"{self.changed:.1%} of pixels changed")
        if self.longer_ms:
            found.append(f"{self.longer_ms / 1000:+.2f} s")
        if self.louder_lu is not None and abs(self.louder_lu) >= 0.05:
            found.append(f"{self.louder_lu:+.1f} LU")
        if self.psnr_db is not None:
            found.append(f"PSNR {self.psnr_db:.1f} dB")
        return found or ["another size"]


def difference(current: Shown, other: Shown) -> Difference:
    """`other` against `current`, which are of one target."""
    if PICTURE in current.files and PICTURE in other.files:
        return _pictures(current.files[PICTURE], other.files[PICTURE])
    return _clips(current, other)


def _pictures(before: bytes, after: bytes) -> Difference:
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as two:
        if one.size != two.size:
            return Difference(is_same=False)
        old, new = (np.asarray(image.convert("RGBA"), dtype=np.float64) for image in (one, two))
    if np.array_equal(old, new):
        return Difference(is_same=True, changed=0.0, psnr_db=SILENT_DB)
    seen = [np.concatenate([part[:, :, :3] * part[:, :, 3:] / 255.0, part[:, :, 3:]], axis=2) for part in (old, new)]
    apart = np.abs(seen[0] - seen[1])
    error = float(np.mean(apart**2))
    psnr = SILENT_DB if error == 0 else 10 * math.log10(255.0**2 / error)
    return Difference(False, float(np.mean(apart.max(axis=2) >= STEP)), psnr)


def _clips(current: Shown, other: Shown) -> Difference:
    if current.files.get(SOUND) == other.files.get(SOUND):
        return Difference(is_same=True, longer_ms=0, louder_lu=0.0)
    longer, louder = (_apart(current, other, name) for name in ("duration_ms", "lufs"))
    psnr = _heard(current.files.get(SOUND, b""), other.files.get(SOUND, b""))
    return Difference(False, psnr_db=psnr, longer_ms=None if longer is None else round(longer), louder_lu=louder)


def _heard(before: bytes, after: bytes) -> float | None:
    """PSNR of samples; None for clips of two lengths, and for what is no sound."""
    import numpy as np
    import soundfile

    try:
        old, new = (soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)[0] for data in (before, after))
    except (OSError, RuntimeError):
        return None
    if old.shape != new.shape or not old.size:
        return None
    error = float(np.mean((old - new) ** 2))
    return SILENT_DB if error == 0 else 10 * math.log10(2.0**2 / error)


def _apart(current: Shown, other: Shown, name: str) -> float | None:
    before, after = current.notes.get(name), other.notes.get(name)
    if isinstance(before, int | float) and isinstance(after, int | float):
        return after - before
    return None
