"""Repeatable choices: the same key and question always give the same answer, on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Dice:
    """Answers depend on `key` and on the question asked, never on the order of the questions."""

    key: str

    def number(self, question: str, sides: int) -> int:
        """An integer in 0 … sides−1."""
        digest = hashlib.sha256(f"{self.key}\x00{question}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % sides

    def unit(self, question: str) -> float:
        """A number in 0 … 1."""
        return self.number(question, 10_001) / 10_000

    def between(self, question: str, low: float, high: float) -> float:
        return low + (high - low) * self.unit(question)

    def pick(self, question: str, choices: Sequence[T]) -> T:
        return choices[self.number(question, len(choices))]

    def chance(self, question: str, probability: float) -> bool:
        return self.unit(question) < probability
