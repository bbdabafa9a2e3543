"""One text that is to be translated, with all that a translator needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["missing", "stale", "unmarked", "unspoken", "done"]
STATES: dict[State, str] = {
    "missing": "not translated; the first language is shown",
    "stale": "the line says something else by now than what was translated",
    "unmarked": "nothing says which text was translated (`comfyvn translate accept` does)",
    "unspoken": "it shows a variable and has no `spoken`, so it is not dubbed",
    "done": "translated",
}


@dataclass(frozen=True)
class Entry:
    """`scene` and `id` are "" for a text that is no line (`kind` "string"). `source` is what it says in the first
    language, `text` what in `language`, "" for nothing yet; `spoken_source` and `spoken` what a voice says instead.
    """

    language: str
    scene: str
    id: str
    kind: Literal["say", "narrate", "menu", "choice", "input", "string"]
    speaker: str
    context: str
    source: str
    text: str
    spoken_source: str
    spoken: str
    note: str
    state: State
