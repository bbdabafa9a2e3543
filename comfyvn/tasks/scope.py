"""Which of a novel's targets doit is given: what a command asks for, and of the rest only what is not settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from comfyvn.engine.order import needed
from comfyvn.paths import groups, means
from comfyvn.targets.row import Row


def is_meant(words: Iterable[str], name: str, files: Collection[str] = ()) -> bool:
    """Whether a word is the target's name, that of a group that it is in, a pattern, or a file that it makes."""
    return any(means(word, name) or word in files or ("*" in word and fnmatchcase(name, word)) for word in words)


@dataclass(frozen=True)
class Wish:
    """What a `doit run` was asked: names of tasks, groups, patterns or files (none: everything), and `-a`."""

    asked: tuple[str, ...] = ()
    always: bool = False

    def means(self, row: Row) -> bool:
        """Whether the target was named, by itself, by a group that it is in, a pattern, or a file that it makes."""
        return is_meant(self.asked, row.name, row.files)

    def has_others(self, rows: Mapping[str, Row]) -> bool:
        """Whether a word means no target at all."""
        return any(not any(Wish((word,)).means(row) for row in rows.values()) for word in self.asked)


@dataclass(frozen=True)
class Scope:
    """`names`: the targets that become tasks, in their order; `fresh`: how many of what was asked for are settled."""

    names: tuple[str, ...]
    fresh: int

    @cached_property
    def members(self) -> frozenset[str]:
        return frozenset(self.names)

    def groups(self, asked: Sequence[str]) -> dict[str, list[str]]:
        """Group → its members in scope, of the groups that were asked for; a kind by itself is none (`sprites`)."""
        found: dict[str, list[str]] = {word: [] for word in asked}
        for name in self.names:
            for group in groups(name):
                if group in found:
                    found[group].append(name)
        return found


def scope(rows: Mapping[str, Row], unsettled: Collection[str], wish: Wish) -> Scope:
    """`rows` in an order in which needs come first; `unsettled`: what must be judged.

    Everything: what is unsettled. Names: those, settled or not, and of what they need what is unsettled. A name that is
    none of ours is a task of the author's own, which may need anything.
    """
    if not wish.asked:
        names = tuple(rows) if wish.always else tuple(name for name in rows if name in unsettled)
        return Scope(names, len(rows) - len(names))
    meant = {name for name, row in rows.items() if wish.means(row)}
    within = set(rows) if wish.has_others(rows) else set(needed(rows, meant))
    chosen = within if wish.always else {name for name in within if name in unsettled or name in meant}
    return Scope(tuple(name for name in rows if name in chosen), 0)
