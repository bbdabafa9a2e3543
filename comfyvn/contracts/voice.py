"""How somebody speaks, and the clips that are made of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from comfyvn.contracts.model import Contract, File, Fraction, Id, Language, Model, Real, Seed, Whole
from comfyvn.contracts.pronunciation import Lexicon

Engine = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="speech engine, such as espeak")]


DEESS = "deess"  # the setting that is no engine's: it is done to what was spoken

CLONING = frozenset({"xtts", "xtts_server", "gpt_sovits"})
"""Engines that imitate a reference recording; where none of them is asked, it is not heard."""

PACKAGED = frozenset({"piper"})
"""Engines whose voices are packages: behind the engine's version and a `+` stands the voice's."""

PHONETIC = frozenset({"espeak", "piper", "openai"})
"""Engines that take a word in IPA (`openai`: where its server's entry says so); for others it is spoken as written."""


class VoiceSettings(Model):
    """Settings of one language or one delivery; what is left out is inherited."""

    voice: str | None = Field(default=None, description="the engine's voice name")
    variant: str | None = Field(default=None, description="variant of that voice (eSpeak NG: f3, m7 …)")
    pitch: Annotated[int, Field(strict=True, ge=0, le=99)] | None = Field(
        default=None, description="50 is the voice's own"
    )
    pitch_range: Annotated[int, Field(strict=True, ge=0, le=99)] | None = Field(
        default=None, description="how lively the melody is; 50 is the voice's own"
    )
    rate: Annotated[int, Field(strict=True, ge=80, le=450)] | None = Field(default=None, description="words a minute")
    deess: Fraction | None = Field(default=None, description="how much of the hiss of an s is taken away, 0 to 1")
    engine: dict[str, JsonValue] = Field(default_factory=dict, description="settings only one engine understands")


class Delivery(VoiceSettings):
    """A way of saying a line (whisper, angry …): settings and reference audio of its own."""

    reference: File | None = Field(default=None, description="recording that cloning engines imitate")


class LanguageVoice(VoiceSettings):
    """How somebody speaks another language: what differs from the voice they have otherwise."""

    reference: File | None = Field(default=None, description="recording that cloning engines imitate")
    delivery: dict[Id, Delivery] = Field(
        default_factory=dict, description="what differs in this language when a line is said in such a way"
    )
    lexicon: Lexicon = Field(default_factory=dict)


class VoiceConversion(Model):
    """RVC: a second step that gives the speech another timbre."""

    model: str
    pitch: Annotated[int, Field(strict=True, ge=-24, le=24)] = Field(default=0, description="semitones")
    mix: Annotated[float, Field(strict=True, ge=0, le=1)] = Field(
        default=1.0, description="0 keeps the engine's timbre"
    )


class Voice(VoiceSettings):
    """A speaker's voice. `languages` and `delivery` state only what differs."""

    preferred_tts: tuple[Engine, ...] = Field(default=(), description="engines in order of preference")
    languages: dict[Language, LanguageVoice] = Field(
        default_factory=dict, description="language → what differs when that language is spoken"
    )
    delivery: dict[Id, Delivery] = Field(default_factory=dict, description="ways of saying a line, such as whisper")
    reference: File | None = Field(default=None, description="recording that cloning engines imitate")
    rvc: VoiceConversion | None = Field(default=None, description="another timbre for what the engine says")
    lexicon: Lexicon = Field(default_factory=dict)
    seed: Seed = 0


class VoiceCheck(Model):
    """What is asked of every take beside what is always looked at (clipping, cut off, silence, length)."""

    model: str | None = Field(
        default=None,
        description="folder of a Whisper model (CTranslate2) that listens to English or, if it can, any language; "
        "nobody listens when left out. The variable COMFYVN_ASR goes before it",
    )
    threshold: Annotated[Real, Field(ge=0, le=2)] = Field(default=0.5, description="word error rate that is still good")
    retries: Annotated[int, Field(strict=True, ge=0, le=10)] = Field(
        default=2, description="further takes, with the next seeds, of one at which something is wrong"
    )


class Clip(Model):
    """What is said in one recording. Its identity is (id, language); a line's clip has the line's id."""

    id: Id
    text: Annotated[str, Field(max_length=20000)] | None = Field(
        default=None, description="what is said; in the novel's first language a line's clip says the line"
    )
    speaker: Id | None = Field(default=None, description="character; nobody: the narrator")
    language: Language | None = Field(default=None, description="the novel's first language when left out")
    delivery: Id | None = None
    engine: tuple[Engine, ...] = Field(default=(), description="engines in order of preference")
    seed: Seed | None = None
    settings: VoiceSettings = VoiceSettings()
    reference: File | None = Field(default=None, description="recording that cloning engines imitate")
    target_ms: Whole | None = Field(default=None, description="wanted length in milliseconds; 0: as it comes")
    rvc: VoiceConversion | None = Field(default=None, description="another timbre than the speaker's `rvc` gives")
    loudness: Annotated[Real, Field(ge=-40, le=-5)] | None = Field(default=None, description="LUFS")
    file: File | None = Field(default=None, description="an actor's recording, used instead of synthesis")


class VoiceContract(Contract):
    """`data/voices/<id>.json`: one clip or several."""

    clips: tuple[Clip, ...]
