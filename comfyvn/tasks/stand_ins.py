"""Clips that another engine has spoken than the wanted one, as the end of a build tells of them.

Pure: from the notes of records to lines of text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from comfyvn.bridge.tts import FALLBACK, stood_in
from comfyvn.errors import plain
from comfyvn.tasks.causes import some

AGAIN = "`comfyvn build --upgrade`"


def told(notes: Mapping[str, object]) -> Iterator[str]:
    """A line for each engine that was missed, and why; `notes`: target → the note in its record."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for target, note in sorted(notes.items()):
        if isinstance(note, Mapping):
            wanted, made, reason = (plain(str(note.get(key, ""))) for key in ("wanted", "made", "reason"))
            found.setdefault((wanted, made.partition("@")[0], reason), []).append(target)
    for (wanted, made, reason), targets in found.items():
        clips, them = ("1 clip was", "it") if len(targets) == 1 else (f"{len(targets)} clips were", "them")
        who = f"{clips} spoken by {made} in the place of {wanted}: {some(targets)}"
        yield f"{who}; {reason}; {AGAIN} speaks {them} again"


def reminded(said: Mapping[str, int]) -> Iterator[str]:
    """A line for each voice that still stands in for another; `said`: what is said of a clip → of how many."""
    for words, count in sorted(said.items()):
        clips, them = ("1 clip was", "it") if count == 1 else (f"{count} clips were", "them")
        yield f"{clips} {plain(words)}: {AGAIN} speaks {them} again"


def earlier(said: Counter[str], notes: Iterable[object]) -> Counter[str]:
    """`said` without those that this run has made, and told of; `notes`: theirs, as their records have them."""
    return said - Counter(stood_in({FALLBACK: note}) for note in notes)
