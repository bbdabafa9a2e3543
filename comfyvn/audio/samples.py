"""The shape of sound in this package, and running over it in pieces so that memory stays flat on long clips."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
"""Samples between −1 and 1: shape (n,) for mono, (n, channels) otherwise."""

PIECE = 1 << 19
"""Samples worked on at a time: 11 s at 48 kHz."""


def mono(samples: Samples) -> Samples:
    """The mean of all channels, shape (n,)."""
    return np.asarray(samples if samples.ndim == 1 else samples.mean(axis=1), dtype=np.float64)


def pieces(length: int, margin: int, size: int = PIECE) -> Iterator[tuple[slice, slice, slice]]:
    """Cover `length` samples in pieces that see `margin` samples of their neighbours.

    Yields (what to read, which part of the outcome counts, where that part belongs).
    """
    for start in range(0, length, size):
        stop = min(start + size, length)
        low, high = max(start - margin, 0), min(stop + margin, length)
        yield slice(low, high), slice(start - low, stop - low), slice(start, stop)
