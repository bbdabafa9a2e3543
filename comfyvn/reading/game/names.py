"""Names of a game as ids of contracts: lower-case, ASCII, each thing its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from comfyvn.contracts.model import check_cell_id

LONGEST = 64


def id_of(name: str, fallback: str = "x") -> str:
    """The id that is nearest to a name: `Old Pier (2)` → `old_pier_2`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    text = text if text[:1].isalpha() else f"{fallback}_{text}".rstrip("_")
    text = text[:LONGEST].rstrip("_")
    try:
        return check_cell_id(text)
    except ValueError:
        return f"{text}_1"[:LONGEST]


class Ids:
    """Ids of one kind: one name has one id, and two names have two."""

    def __init__(self, fallback: str = "x", taken: Iterable[str] = ()) -> None:
        self._fallback, self._taken = fallback, set(taken)
        self._of: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self._of:
            wish = id_of(name, self._fallback)
            self._of[name] = free(wish, self._taken.__contains__)
            self._taken.add(self._of[name])
        return self._of[name]

    def __contains__(self, name: str) -> bool:
        return name in self._of

    def items(self) -> Iterable[tuple[str, str]]:
        """(name, id) of all that were asked for."""
        return self._of.items()


def free(wish: str, is_taken: Callable[[str], bool]) -> str:
    """`wish`, or the first of `wish_2`, `wish_3` … that is not taken."""
    found, number = wish, 1
    while is_taken(found):
        number += 1
        found = f"{wish[: LONGEST - 5]}_{number}"
    return found
