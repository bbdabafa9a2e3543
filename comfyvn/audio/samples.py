"""The shape of sound in this package, and running over it in pieces so that memory stays flat on long clips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.floating[Any]]
"""Samples between −1 and 1: shape (n,) for mono, (n, channels) otherwise. They are counted with in double precision;
what is only kept is in single precision where that holds it exactly, or where it is very long (see `join`)."""

PIECE = 1 << 19
"""Samples worked on at a time: 11 s at 48 kHz. What fits in one is kept between two steps; of more it is made anew."""


def mono(samples: Samples) -> Samples:
    """The mean of all channels, shape (n,)."""
    return doubles(samples if samples.ndim == 1 else doubles(samples).mean(axis=1))


def doubles(samples: Samples) -> Samples:
    """`samples` to count with; they are themselves where they are in double precision already."""
    return np.asarray(samples, dtype=np.float64)


def pieces(length: int, margin: int, size: int = PIECE) -> Iterator[tuple[slice, slice, slice]]:
    """Cover `length` samples in pieces that see `margin` samples of their neighbours.

    Yields (what to read, which part of the outcome counts, where that part belongs).
    """
    for start in range(0, length, size):
        stop = min(start + size, length)
        low, high = max(start - margin, 0), min(stop + margin, length)
        yield slice(low, high), slice(start - low, stop - low), slice(start, stop)


def blocks(samples: Samples) -> Iterator[Samples]:
    """`samples` piece after piece, in double precision."""
    for _, _, place in pieces(len(samples), 0):
        yield doubles(samples[place])


class Tape:
    """Sound that comes block after block, read from its beginning to its end: what was passed is let go."""

    def __init__(self, source: Iterable[Samples]) -> None:
        self._source = iter(source)
        self._held: Samples = np.empty(0)
        self._at = 0  # where what is held begins

    def read(self, part: slice) -> Samples:
        """The samples of `part`, which begins no earlier than the one before; fewer where the sound ends."""
        while self._at + len(self._held) < part.stop and (block := next(self._source, None)) is not None:
            self._held = np.concatenate([self._held, block]) if len(self._held) else block
        self._held = self._held[part.start - self._at :]
        self._at = part.start
        return self._held[: part.stop - part.start]
