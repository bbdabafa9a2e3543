"""Failures as people are told of them: those of one cause together, and the shortest command that retries just them.

Pure: from what failed to lines of text.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from comfyvn.errors import ComfyVNError, plain
from comfyvn.paths import groups

NAMED = 8  # targets in a line about failures
PLACES = 3  # places in a line about failures
WORDS = 8  # names in a command that is typed or pasted


@dataclass(frozen=True)
class Failure:
    """One target that could not be made: `what` failed, `where`, what `todo`; all as ComfyVNError has them."""

    target: str
    what: str
    where: str = ""
    todo: str = ""

    @classmethod
    def of(cls, target: str, error: ComfyVNError) -> Failure:
        return cls(target, *(plain(text) for text in (error.what, error.where, error.todo)))

    @classmethod
    def parse(cls, target: str, message: str) -> Failure:
        """Of the lines that a failing action gave; those of an author's own task may be anything, a traceback too."""
        what: list[str] = []
        found = {"where": "", "to do": ""}
        for line in plain(message.strip()).splitlines():
            key, colon, rest = line.partition(": ")
            if colon and key in found and not found[key]:
                found[key] = rest
            else:
                what.append(line.removeprefix("error: ") if not what else line)
        return cls(target, "\n".join(what), found["where"], found["to do"])


@dataclass(frozen=True)
class Cause:
    """What is said of one or more targets alike; `places` in the order in which they were met, each once."""

    what: str
    todo: str
    targets: tuple[str, ...]
    places: tuple[str, ...]

    def where(self) -> str:
        """The first few places; of what is many the rest is counted."""
        rest = len(self.places) - PLACES
        return "; ".join(self.places[:PLACES]) + (f"; and {rest} more" if rest > 0 else "")

    def lines(self, word: str = "failed") -> list[str]:
        """As plain text, for a pipe: which, why, where, what to do."""
        return [
            f"{word}: {some(self.targets)}",
            *ComfyVNError(self.what, self.where(), self.todo).lines(),
        ]


def causes(failures: Iterable[Failure]) -> list[Cause]:
    """One for each distinct cause, those of most targets first: a server that is off fails a hundred alike."""
    found: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        found.setdefault((failure.what, failure.todo), []).append(failure)
    told = [Cause(*key, _targets(same), _places(same)) for key, same in found.items()]
    return sorted(told, key=lambda cause: -len(cause.targets))


def _targets(failures: Sequence[Failure]) -> tuple[str, ...]:
    return tuple(failure.target for failure in failures)


def _places(failures: Sequence[Failure]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(failure.where for failure in failures if failure.where))


def some(names: Sequence[str]) -> str:
    """The first few; the summary and `comfyvn status` tell of the rest."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def retry(failed: Sequence[str], known: Collection[str], ours: Collection[str], rating: str = "") -> str:
    """What makes just these again. `known`: names of all tasks; `ours`: the novel's targets, without authors' tasks;
    `rating`: what the game was cut to."""
    with_rating = f" --rating {rating}" if rating else ""
    words = covering(failed, known)
    these = "this" if len(failed) == 1 else "these"
    if len(words) <= WORDS:
        command = f"comfyvn build{with_rating}" if rating else "doit"
        return f"to retry just {these}: {command} {' '.join(shlex.quote(word) for word in words)}"
    if all(name in ours for name in failed):
        return f"to retry just {these}: comfyvn build{with_rating} --failed"
    return "to retry: run the same command again; what was made is kept"


def covering(failed: Sequence[str], known: Collection[str]) -> list[str]:
    """The fewest names of tasks and groups that mean these and no others, in the order of `failed`."""
    chosen, tasks = frozenset(failed), frozenset(known)
    above = frozenset(group for name in known for group in groups(name))  # groups are tasks too, and no targets
    others = [name for name in known if name not in chosen and name not in above]
    partly = frozenset(group for name in others for group in groups(name))
    members: dict[str, int] = {}
    for name in chosen:
        for group in groups(name):
            members[group] = members.get(group, 0) + 1
    words = [
        next((group for group in groups(name) if group in tasks - partly and members[group] > 1), name)
        for name in failed
    ]
    return list(dict.fromkeys(words))
