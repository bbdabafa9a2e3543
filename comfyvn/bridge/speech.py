"""What a speech engine is asked and what it answers: the seam between the TTS bridge and its engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # planning asks engines for their versions; it need not load the sound libraries for that
    from comfyvn.audio.samples import Samples
    from comfyvn.audio.subtitles import Anchor


@dataclass(frozen=True)
class Speech:
    """Everything that is heard in a clip; the whole of it goes into the recipe.

    `text` is what is said, markup already taken out. `language` is a BCP-47 tag, `engines` are names in order of
    preference. `voice` holds settings every engine understands (voice, variant, pitch and pitch_range 0–99, rate in
    words per minute) and under "engine" what only one does. `loudness` is in LUFS, `peak` in dBTP. `reference` is the
    recording that cloning engines imitate. `target` alone is not heard: whose clip it is, for messages and costs.
    """

    text: str
    language: str = "en"
    engines: tuple[str, ...] = ("espeak",)
    voice: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
    loudness: float = -16.0
    peak: float = -1.0
    reference: Path | None = None
    target: str = ""


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do. `languages`: primary language tags, None where nobody knows; `voices`: their names, None
    where any may be asked for; `seedable`: the same seed gives the same samples; `word_times`: it tells when it says
    which word; `clones`: it imitates a reference recording, and needs one.
    """

    languages: frozenset[str] | None = None
    voices: tuple[str, ...] | None = None
    seedable: bool = False
    word_times: bool = False
    streams: bool = False
    clones: bool = False


@dataclass(frozen=True)
class Spoken:
    """What an engine said: `samples` at `rate` Hz, and when it said which character of the text (may be empty)."""

    samples: Samples
    rate: int
    anchors: tuple[Anchor, ...] = ()


class Engine(Protocol):
    """A speech engine. `repeatable`: the same speech always gives the same samples."""

    @property
    def name(self) -> str: ...

    @property
    def repeatable(self) -> bool: ...

    def capabilities(self) -> Capabilities:
        """What it can do. Raises VoiceError when it has to be asked, and does not answer."""

    def version(self) -> str:
        """Cheap enough to ask while planning. Raises VoiceError when the engine is not installed."""

    def speak(self, speech: Speech) -> Spoken:
        """Say `speech.text`, which is one line with something in it to say. Raises VoiceError."""


@runtime_checkable
class HasProcesses(Protocol):
    """An engine that runs programs of its own."""

    def stop(self) -> None:
        """Ends them, and begins no more; returns at once."""
