"""What a speech engine is asked and what it answers: the seam between the TTS bridge and its engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from comfyvn.contracts.speakers import ENGINES

if TYPE_CHECKING:  # planning asks engines for their versions; it need not load the sound libraries for that
    from comfyvn.audio.samples import Samples
    from comfyvn.audio.subtitles import Anchor


@dataclass(frozen=True)
class Sounded:
    """Characters `start` to `stop` of a text are said as the sounds `ipa`."""

    start: int
    stop: int
    ipa: str


@dataclass(frozen=True)
class Speech:
    """Everything that is heard in a clip; the whole of it goes into the recipe.

    `text` is what is said, markup already taken out. `language` is a BCP-47 tag, `engines` are names in order of
    preference. `voice` holds settings every engine understands (voice, variant, pitch and pitch_range 0–99, rate in
    words per minute) and under "engine" what only one does. `loudness` is in LUFS, `peak` in dBTP. `reference` is the
    recording that cloning engines imitate. `conversion`: the timbre that the speech gets afterwards (model, pitch in
    semitones, mix), for engines that do it themselves; see `Spoken.is_converted`. `phonemes`: words of the text that
    are given in IPA, in order, for engines that take it. `speed`: how many times as fast as the settings say, for
    engines that have one. `target` alone is not heard: whose clip it is, for messages and costs.
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
    conversion: Mapping[str, object] = field(default_factory=dict)
    phonemes: tuple[Sounded, ...] = ()
    speed: float = 1.0


def settings_for(speech: Speech, engine: str) -> dict[str, object]:
    """What an engine is told of how to speak: the common settings, under those that are its own.

    Under "engine" stand settings of the engine that was asked for first, or, below an engine's name, that one's. The
    voice that was asked for is the first engine's, too: one that stands in has voices of other names.
    """
    given = speech.voice.get("engine")
    own: Mapping[str, object] = given if isinstance(given, Mapping) else {}
    by_name = {name: each for name, each in own.items() if name in ENGINES and isinstance(each, Mapping)}
    is_first = engine in speech.engines[:1] or not speech.engines
    common = {name: value for name, value in speech.voice.items() if name != "engine" and (is_first or name != "voice")}
    first = {name: value for name, value in own.items() if is_first and name not in by_name}
    merged = {**common, **first, **by_name.get(engine, {})}
    return {name: value for name, value in merged.items() if value is not None}


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do. `languages`: primary language tags, None where nobody knows; `voices`: their names, None
    where any may be asked for; `seedable`: the same seed gives the same samples; `word_times`: it tells when it says
    which word; `clones`: it imitates a reference recording, and needs one; `converts`: it gives its speech another
    timbre itself, when it is asked to; `phonemes`: it takes words in IPA; `has_speed`: it can be asked to speak faster
    or slower; `is_elsewhere`: it speaks behind a server, and needs no core of this machine for it.
    """

    languages: frozenset[str] | None = None
    voices: tuple[str, ...] | None = None
    seedable: bool = False
    word_times: bool = False
    streams: bool = False
    clones: bool = False
    converts: bool = False
    phonemes: bool = False
    has_speed: bool = False
    is_elsewhere: bool = False


@dataclass(frozen=True)
class Spoken:
    """What an engine said: `samples` at `rate` Hz, and when it said which character of the text (may be empty).

    `is_converted`: the speech's `conversion` was done, and must not be done again. `made_with`: versions of the server
    that made it, for records. `waited_s`: seconds for which a free place was waited for.
    """

    samples: Samples
    rate: int
    anchors: tuple[Anchor, ...] = ()
    is_converted: bool = False
    made_with: Mapping[str, str] = field(default_factory=dict)
    waited_s: float = field(default=0.0, compare=False)


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
    """An engine that runs programs of its own, or waits for servers."""

    def stop(self) -> None:
        """Ends them, and begins no more; returns at once."""


@runtime_checkable
class HasVoices(Protocol):
    """An engine whose voices have versions of their own."""

    def voice_version(self, speech: Speech) -> str:
        """That of the voice that `speech` would be said in; "" where nobody knows. Nothing is loaded."""


@runtime_checkable
class HasPlaces(Protocol):
    """An engine behind servers, each of which takes only so many lines at once."""

    @property
    def places(self) -> int:
        """How many lines they take at once, all together."""


@runtime_checkable
class HasConnections(Protocol):
    """An engine that keeps something open between two lines."""

    def close(self) -> None:
        """Lets go of it; the next line opens it again."""
