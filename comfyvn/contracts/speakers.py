"""What speech engines there are, and the names of what one can speak with: voices are checked against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

ENGINES = ("espeak", "piper", "xtts", "openai", "xtts_server", "alltalk", "gpt_sovits")


@dataclass(frozen=True)
class Names:
    """What an engine takes for one setting, in any case: `shown` is what messages offer, `others` is taken too."""

    shown: tuple[str, ...]
    others: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        wanted = name.strip().lower()
        return any(wanted == known.lower() for known in (*self.shown, *self.others))

    def near(self, name: str, otherwise: str, count: int = 3) -> list[str]:
        """The names that look like `name`, the nearest first, then those that begin with `otherwise`, in order."""
        spelled = {known.lower(): known for known in self.shown}
        close = [spelled[found] for found in get_close_matches(name.strip().lower(), spelled, n=count)]
        usual = [known for known in self.shown if known.startswith(otherwise)]
        return list(dict.fromkeys([*close, *usual]))[:count]


@dataclass(frozen=True)
class VoiceNames:
    """What an engine, called `engine` in messages, can speak with."""

    engine: str
    voices: Names
    variants: Names


Speakers = Mapping[str, VoiceNames]
"""By the engine's name in contracts (`espeak`); an engine whose names are not known here is left out."""
