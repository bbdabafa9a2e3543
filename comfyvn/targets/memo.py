"""The seam to what planning remembers: a part of a plan that depends on few contracts is made once for them.

A memo gets the name of a part and how to make it, and gives the part: as it was made before when no contract that it
was made of has changed, else made anew. What it was made of is noted by the project's mappings as they are read (see
reading.lazily). A part is a JSON value. `plainly` remembers nothing: then a plan is just a function of the contracts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Part = Any  # a JSON value: str, int, float, bool, None, list or dict
Memo = Callable[[str, Callable[[], Part]], Part]


def plainly(name: str, make: Callable[[], Part]) -> Part:
    """Makes the part, every time."""
    return make()
