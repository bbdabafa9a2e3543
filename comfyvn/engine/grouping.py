"""Many targets told in few lines: those of one cause together, counted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# kind → one, many
WORDS = {
    "uncut": ("uncut sprite", "uncut sprites"),
    "sprites": ("sprite", "sprites"),
    "atlases": ("atlas", "atlases"),
    "backgrounds": ("background", "backgrounds"),
    "scenes": ("still", "stills"),
    "voices": ("voice", "voices"),
    "manifests": ("manifest", "manifests"),
    "export": ("export", "exports"),
    "file": ("file", "files"),
}
# A reason speaks of one target; the same of several.
PLURALS = (("it is ", "they are "), ("it was ", "they were "), ("its ", "their "))


@dataclass(frozen=True)
class Group:
    """Targets that the same causes are told of, in the order of the plan."""

    causes: tuple[str, ...]
    names: tuple[str, ...]

    def sentence(self) -> str:
        """`12 sprites because pack ComfyUI moved 1a2b3c4 → 3c4d5e6`; the first of several causes."""
        return f"{self.subject()} because {said_of(self.causes[0], len(self.names))}"

    def subject(self) -> str:
        """How many of which kind; of one, its name."""
        return self.names[0] if len(self.names) == 1 else counted(self.names)


def grouped(causes: Mapping[str, Iterable[str]]) -> list[Group]:
    """`causes`: target → why. Each target is in the group of each of its causes; most targets first.

    Causes of the very same targets are one group, in the order in which the first of these tells them.
    """
    by_cause: dict[str, dict[str, None]] = {}
    for name, texts in causes.items():
        for text in texts:
            by_cause.setdefault(text, {})[name] = None
    by_names: dict[tuple[str, ...], list[str]] = {}
    for text, names in by_cause.items():
        by_names.setdefault(tuple(names), []).append(text)
    found = [Group(tuple(texts), names) for names, texts in by_names.items()]
    return sorted(found, key=lambda group: -len(group.names))


def counted(names: Iterable[str]) -> str:
    """`12 sprites, 2 atlases and 1 background`: by kind, in the order in which they come."""
    counts = Counter(_kind(name) for name in names)
    *firsts, last = [f"{count} {word_of(kind, count)}" for kind, count in counts.items()] or ["nothing"]
    return f"{', '.join(firsts)} and {last}" if firsts else last


def said_of(cause: str, count: int) -> str:
    """A cause as it is said of so many targets."""
    for one, many in PLURALS:
        if count > 1 and cause.startswith(one):
            return many + cause.removeprefix(one)
    return cause


def _kind(name: str) -> str:
    kind, colon, _ = name.partition(":")
    if colon:
        return kind
    return "file" if name.startswith("file ") else name.partition("_")[0]


def word_of(kind: str, count: int) -> str:
    """What so many of a kind are called."""
    one, many = WORDS.get(kind, (kind, kind))
    return one if count == 1 else many
